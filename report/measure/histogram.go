package measure

import (
	"math"
	"math/bits"
)

// Histogram counts whole seconds in bounded memory (90 kB). Values below 2048 (34 minutes) are exact; above, each power
// of two is cut into 1024 steps, and a quantile is given as the upper end of its step: at most 0.1 % too long.
type Histogram struct {
	counts   []uint32
	n        int64
	sum      int64
	min, max int32
}

const (
	histogramBits  = 10
	histogramExact = 2 << histogramBits
	histogramMax   = math.MaxInt32
	histogramSteps = histogramExact + (31-histogramBits-1)<<histogramBits
)

func newHistogram() Histogram {
	return Histogram{counts: make([]uint32, histogramSteps), min: math.MaxInt32}
}

// NewHistogram returns an empty histogram.
func NewHistogram() *Histogram {
	h := newHistogram()
	return &h
}

// Add counts one value; a negative one counts as zero.
func (h *Histogram) Add(seconds int32) {
	v := max(seconds, 0)
	h.counts[step(v)]++
	h.n++
	h.sum += int64(v)
	h.min = min(h.min, v)
	h.max = max(h.max, v)
}

// step is the index of a value's count.
func step(v int32) int {
	if v < histogramExact {
		return int(v)
	}
	shift := bits.Len32(uint32(v)) - (histogramBits + 1)
	return shift<<histogramBits + int(v>>shift)
}

// stepMax is the largest value that a count holds.
func stepMax(i int) int32 {
	if i < histogramExact {
		return int32(i)
	}
	shift := i>>histogramBits - 1
	low := int64(i-shift<<histogramBits) << shift
	return int32(low + 1<<shift - 1)
}

// Quantile returns the smallest value that at least the share q of all values do not exceed (nearest rank), in seconds,
// at the histogram's resolution. 0 if there is none.
func (h *Histogram) Quantile(q float64) int32 {
	rank := int64(math.Ceil(q * float64(h.n)))
	rank = min(max(rank, 1), h.n)
	seen := int64(0)
	for i, c := range h.counts {
		seen += int64(c)
		if c > 0 && seen >= rank {
			return min(stepMax(i), h.max)
		}
	}
	return 0
}

// Spread is a distribution in a few numbers of seconds.
type Spread struct {
	N             int64
	Sum           int64
	Min, Max      int32
	P50, P95, P99 int32
}

// Spread sums the histogram up.
func (h *Histogram) Spread() Spread {
	if h.n == 0 {
		return Spread{}
	}
	return Spread{N: h.n, Sum: h.sum, Min: h.min, Max: h.max, P50: h.Quantile(0.50), P95: h.Quantile(0.95), P99: h.Quantile(0.99)}
}

// Mean is in seconds; 0 if there is nothing.
func (s Spread) Mean() float64 {
	if s.N == 0 {
		return 0
	}
	return float64(s.Sum) / float64(s.N)
}
