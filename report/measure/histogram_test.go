package measure

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestQuantilesAreExactBelowHalfAnHourAndAThousandthAbove(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.OneOf(rapid.Int32Range(0, 4000), rapid.Int32Range(0, math.MaxInt32)), 1, 60).Draw(t, "values")
		h := NewHistogram()
		for _, v := range values {
			h.Add(v)
		}
		slices.Sort(values)
		for _, q := range []float64{0, 0.5, 0.95, 0.99, 1} {
			exact := values[min(max(int(math.Ceil(q*float64(len(values)))), 1), len(values))-1]
			got := h.Quantile(q)
			if got < exact || float64(got) > float64(exact)*(1+1.0/1024) || exact < 2048 && got != exact {
				t.Fatalf("quantile %g of %v: got %d, want %d", q, values, got, exact)
			}
		}
		if s := h.Spread(); s.Max != values[len(values)-1] || s.Min != values[0] || s.N != int64(len(values)) {
			t.Fatalf("got %+v", s)
		}
	})
}

func TestAnEmptyHistogramIsAllZeros(t *testing.T) {
	if s := NewHistogram().Spread(); s != (Spread{}) || s.Mean() != 0 || NewHistogram().Quantile(0.5) != 0 {
		t.Errorf("got %+v", s)
	}
}
