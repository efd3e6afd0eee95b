// Package random gives every draw an address: (seed, stream, entity, index). A draw depends on nothing else, so
// adding one moves no other, and two policies that meet the same entity meet the same luck.
//
// The generator is a counter hash, two rounds of the splitmix64 finaliser (Steele, Lea, Flood: Fast splittable
// pseudorandom number generators, 2014); it has no state that advances.
package random

import "math"

const golden = 0x9E3779B97F4A7C15

// Mix is the splitmix64 step: Mix(s), Mix(s+G), Mix(s+2G), … is its usual stream, with G = 0x9E3779B97F4A7C15.
func Mix(x uint64) uint64 {
	z := x + golden
	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9
	z = (z ^ (z >> 27)) * 0x94D049BB133111EB
	return z ^ (z >> 31)
}

// Stream is all draws of one name under one seed.
type Stream uint64

// New names a stream: "boot", "launch", "arrivals".
func New(seed uint64, name string) Stream {
	h := Mix(seed)
	for i := 0; i < len(name); i++ {
		h = Mix(h ^ uint64(name[i]))
	}
	return Stream(h)
}

// Entity makes one address out of up to several numbers, in order.
func Entity(parts ...uint64) uint64 {
	h := uint64(golden)
	for _, p := range parts {
		h = Mix(h ^ p)
	}
	return h
}

// Uint64 is 64 even bits.
func (s Stream) Uint64(entity, index uint64) uint64 {
	return Mix(Mix(uint64(s)^entity) + index*golden)
}

// Float64 is even in (0, 1): neither end is ever drawn.
func (s Stream) Float64(entity, index uint64) float64 {
	return (float64(s.Uint64(entity, index)>>11) + 0.5) / (1 << 53)
}

// Int is even in 0..n-1; n must be positive. The bias is below n/2^64.
func (s Stream) Int(entity, index uint64, n int) int {
	return int(s.Uint64(entity, index) % uint64(n))
}

// Exp is exponential with the given mean.
func (s Stream) Exp(entity, index uint64, mean float64) float64 {
	return -mean * math.Log(s.Float64(entity, index))
}

// Normal is the standard normal, by the inverse of its distribution function.
func (s Stream) Normal(entity, index uint64) float64 {
	return math.Sqrt2 * math.Erfinv(2*s.Float64(entity, index)-1)
}

// NormalLeast is the least number that Normal can give, -8.21: that of the least even draw.
func NormalLeast() float64 { return math.Sqrt2 * math.Erfinv(2*(0.5/(1<<53))-1) }

// LogNormal has the given median and the standard deviation sigma of its logarithm.
func (s Stream) LogNormal(entity, index uint64, median, sigma float64) float64 {
	return median * math.Exp(sigma*s.Normal(entity, index))
}

// Poisson has the given mean. Below a mean of 30 it multiplies draws (Knuth); above it rounds the normal
// approximation with continuity correction, off by less than 1 % of a standard deviation there.
func (s Stream) Poisson(entity, index uint64, mean float64) int {
	if mean <= 0 {
		return 0
	}
	if mean >= 30 {
		return int(math.Max(0, math.Round(mean+math.Sqrt(mean)*s.Normal(entity, index))))
	}
	limit, p, n := math.Exp(-mean), 1.0, 0
	base := Stream(s.Uint64(entity, index))
	for {
		p *= base.Float64(0, uint64(n))
		if p <= limit {
			return n
		}
		n++
	}
}
