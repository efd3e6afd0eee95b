package random

import (
	"math"
	"testing"
)

// The first values of the splitmix64 stream with seed 1234567, as its authors' C code prints them.
func TestMixIsSplitmix64(t *testing.T) {
	want := []uint64{6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821}
	for i, w := range want {
		if got := Mix(1234567 + uint64(i)*golden); got != w {
			t.Errorf("value %d is %d, expected %d", i, got, w)
		}
	}
}

func TestADrawDependsOnItsAddressAlone(t *testing.T) {
	s := New(7, "boot")
	before := s.Uint64(Entity(1, 2), 3)
	if s.Uint64(Entity(1, 2), 4) == before || s.Uint64(Entity(1, 2), 3) != before {
		t.Error("the same address gave another value after another draw")
	}
	for name, other := range map[string]uint64{
		"seed": New(8, "boot").Uint64(Entity(1, 2), 3), "stream": New(7, "boots").Uint64(Entity(1, 2), 3),
		"entity": s.Uint64(Entity(2, 1), 3), "index": s.Uint64(Entity(1, 2), 4),
	} {
		if other == before {
			t.Errorf("another %s gave the same value", name)
		}
	}
}

// Means and variances of 200,000 draws lie within five standard errors of what the distributions have.
func TestDistributionsHaveTheirMoments(t *testing.T) {
	const n = 200000
	s := New(1, "moments")
	for _, c := range []struct {
		name           string
		mean, variance float64
		draw           func(i uint64) float64
	}{
		{"even", 0.5, 1.0 / 12, func(i uint64) float64 { return s.Float64(i, 0) }},
		{"exponential", 3, 9, func(i uint64) float64 { return s.Exp(i, 1, 3) }},
		{"normal", 0, 1, func(i uint64) float64 { return s.Normal(i, 2) }},
		{"lognormal", 4 * math.Exp(0.125), 16 * math.Exp(0.25) * (math.Exp(0.25) - 1), func(i uint64) float64 { return s.LogNormal(i, 3, 4, 0.5) }},
		{"small Poisson", 4, 4, func(i uint64) float64 { return float64(s.Poisson(i, 4, 4)) }},
		{"large Poisson", 100, 100, func(i uint64) float64 { return float64(s.Poisson(i, 5, 100)) }},
		{"integers", 4.5, 99.0 / 12, func(i uint64) float64 { return float64(s.Int(i, 6, 10)) }},
	} {
		sum, squares := 0.0, 0.0
		for i := range uint64(n) {
			x := c.draw(i)
			sum += x
			squares += (x - c.mean) * (x - c.mean)
		}
		if off := math.Abs(sum/n-c.mean) / math.Sqrt(c.variance/n); off > 5 {
			t.Errorf("%s: mean %g, expected %g (%.1f standard errors)", c.name, sum/n, c.mean, off)
		}
		if ratio := squares / n / c.variance; math.Abs(ratio-1) > 0.1 {
			t.Errorf("%s: variance %g, expected %g", c.name, squares/n, c.variance)
		}
	}
}
