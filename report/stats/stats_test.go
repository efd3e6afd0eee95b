package stats

import (
	"math"
	"testing"
)

func TestQuantileIsTheNearestRank(t *testing.T) {
	values := []float64{15, 20, 35, 40, 50}
	for _, c := range []struct{ q, want float64 }{{0, 15}, {0.05, 15}, {0.3, 20}, {0.4, 20}, {0.5, 35}, {0.95, 50}, {1, 50}} {
		if got := Quantile(values, c.q); got != c.want {
			t.Errorf("quantile %g: got %g, want %g", c.q, got, c.want)
		}
	}
	if got := Quantile(nil, 0.5); !math.IsNaN(got) {
		t.Errorf("of nothing: got %g", got)
	}
}

// The table's t for 4 degrees of freedom is 2.776; the mean of 1..5 is 3, their standard error sqrt(2.5/5).
func TestMeanHasStudentsInterval(t *testing.T) {
	i := Mean([]float64{1, 2, 3, 4, 5})
	if half := 2.776445 * math.Sqrt(0.5); i.Value != 3 || !i.Known || math.Abs(i.High-3-half) > 1e-5 || math.Abs(3-i.Low-half) > 1e-5 {
		t.Errorf("got %+v, want 3 +- %g", i, half)
	}
	if i := Mean([]float64{1, 3}); i.Known || i.Value != 2 || i.Note != "too few seeds for an interval" {
		t.Errorf("two seeds: got %+v", i)
	}
	if i := Mean(nil); i.Known || i.Note == "" {
		t.Errorf("no seeds: got %+v", i)
	}
}
