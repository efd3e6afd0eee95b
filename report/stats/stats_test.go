package stats

import (
	"math"
	"testing"

	"trough.internal/models/random"
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

func TestFewerThanFiveDaysGetNoInterval(t *testing.T) {
	i := TotalDifference(1, []float64{3, 4, 5, 6}, []float64{1, 1, 1, 1})
	if i.Known || i.Note != "too few blocks for an interval" || i.Value != 14 {
		t.Errorf("got %+v", i)
	}
}

func TestAConstantDifferenceHasAnIntervalOfNoWidth(t *testing.T) {
	a, b := []float64{3, 9, 4, 8, 11}, []float64{1, 7, 2, 6, 9}
	if i := TotalDifference(1, a, b); i.Value != 10 || i.Low != 10 || i.High != 10 {
		t.Errorf("got %+v", i)
	}
	ones := []float64{1, 1, 1, 1, 1}
	if i := RatioDifference(1, Ratio{a, ones}, Ratio{b, ones}); math.Abs(i.Low-2) > 1e-12 || math.Abs(i.High-2) > 1e-12 || math.Abs(i.Value-2) > 1e-12 {
		t.Errorf("ratio: got %+v", i)
	}
}

func TestTheSameSeedDrawsTheSameDays(t *testing.T) {
	a, b := []float64{3, 9, 4, 8, 11, 2}, []float64{1, 2, 2, 6, 3, 9}
	if TotalDifference(7, a, b) != TotalDifference(7, a, b) {
		t.Error("two runs differ")
	}
	if TotalDifference(7, a, b) == TotalDifference(8, a, b) {
		t.Error("two seeds agree")
	}
}

// The percentile interval of a sum of n days is narrower than the normal one by sqrt((n-1)/n) and by the normal's
// shorter tails: with 40 days, 93 to 95 in a hundred should hold the true value.
func TestNearlyAllIntervalsHoldTheTrueValue(t *testing.T) {
	const tries, days = 400, 40
	stream := random.New(5, "days")
	hit := 0
	for try := range tries {
		a, b := make([]float64, days), make([]float64, days)
		for d := range a {
			common := 10 * stream.Normal(uint64(try), uint64(3*d))
			a[d] = 2 + common + stream.Normal(uint64(try), uint64(3*d+1))
			b[d] = common + stream.Normal(uint64(try), uint64(3*d+2))
		}
		if i := TotalDifference(uint64(try), a, b); i.Low <= 2*days && 2*days <= i.High {
			hit++
		}
	}
	if share := float64(hit) / tries; share < 0.90 || share > 0.98 {
		t.Errorf("%.1f %% of the intervals hold the true value", 100*share)
	}
}

func TestADifferenceOfRatiosIsOfSumsNotOfDays(t *testing.T) {
	a := Ratio{[]float64{1, 0}, []float64{1, 9}}
	b := Ratio{[]float64{0, 0}, []float64{0, 0}}
	if i := RatioDifference(1, a, b); i.Value != 0.1 {
		t.Errorf("got %+v", i)
	}
}
