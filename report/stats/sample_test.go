package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestQuantileIntervalsHaveTheRanksOfTheSignTest: the median of 10 lies between the 2nd and the 9th value, of 20 between the 6th and
// the 15th, of 5 nowhere; the 95th percentile has an upper rank from 72 values on, since 0.95^72 < 0.025 < 0.95^71.
func TestQuantileIntervalsHaveTheRanksOfTheSignTest(t *testing.T) {
	for _, c := range []struct {
		n         int
		q         float64
		low, high float64
	}{{10, 0.5, 2, 9}, {20, 0.5, 6, 15}, {5, 0.5, 0, 0}, {6, 0.5, 1, 6}, {71, 0.95, 0, 0}, {72, 0.95, 64, 72}} {
		values := make([]float64, c.n)
		for i := range values {
			values[i] = float64(i + 1)
		}
		i := QuantileOf(values, c.q)
		if i.Known != (c.low > 0) || i.Low != c.low || i.High != c.high {
			t.Errorf("%d values, quantile %v: %+v, want %v to %v", c.n, c.q, i, c.low, c.high)
		}
	}
}

func TestQuantileIntervalsHoldTheTruthAtLeastNineteenTimesInTwenty(t *testing.T) {
	luck := rand.New(rand.NewPCG(1, 2))
	const times, n = 2000, 200
	for _, q := range []float64{0.5, 0.95} {
		held, truth := 0, -math.Log(1-q)
		for range times {
			values := make([]float64, n)
			for i := range values {
				values[i] = luck.ExpFloat64()
			}
			slices.Sort(values)
			if i := QuantileOf(values, q); i.Known && i.Low <= truth && truth <= i.High {
				held++
			}
		}
		if share := float64(held) / times; share < 0.94 || share > 0.985 {
			t.Errorf("quantile %v: %.3f of the intervals hold the truth", q, share)
		}
	}
}

// TestSharesHaveWilsonsInterval: the figures are those of Newcombe 1998, table I (81 of 263, 15 of 148, 0 of 20, 1 of 29).
func TestSharesHaveWilsonsInterval(t *testing.T) {
	for _, c := range []struct {
		times, n  int
		low, high float64
	}{{81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718}} {
		if i := ShareOf(c.times, c.n); !i.Known || math.Abs(i.Low-c.low) > 5e-5 || math.Abs(i.High-c.high) > 5e-5 {
			t.Errorf("%d of %d: %+v, want %v to %v", c.times, c.n, i, c.low, c.high)
		}
	}
	if i := ShareOf(0, 9); i.Known || i.Note == "" {
		t.Errorf("%+v", i)
	}
}
