package main

import (
	"context"
	"math"
	"os"
	"slices"
	"testing"

	"trough.internal/models"
	"trough.internal/report/measure"
)

// What follows from the rules, whatever the luck: bidding anywhere is no dearer than in one zone, and letting workers go at once
// pays for many hours of which little was used.
func TestShufflrSavesMostWhereItIsCheapestAndByTheHour(t *testing.T) {
	if testing.Short() {
		t.Skip("whole runs of one goroutine, which the race detector makes fifteen times as long")
	}
	a := &app{out: os.Stdout, err: os.Stderr, quiet: true}
	r := shufflr()
	v, err := r.measure(context.Background(), a, 4)
	if err != nil {
		t.Fatal(err)
	}
	if len(v) != len(r.figures) {
		t.Errorf("knows %v of %d figures", v, len(r.figures))
	}
	// The usual price is a third of the on-demand price: less is not saved, and no price of a cheapest zone is below a sixth.
	if !(v["saving"] > 67 && v["saving"] < 83 && v["saving"] > v["saving_one_zone"] && v["saving_all"] < v["saving"]) {
		t.Errorf("savings: %v", v)
	}
	if !(v["cost_ratio_one_zone"] > 100 && v["cost_ratio_any_time"] > 150) {
		t.Errorf("costs: %v", v)
	}
	if !(v["burst_p50_min"] > 0.5 && v["burst_p50_min"] <= v["burst_p95_min"] && v["burst_p95_min"] < 6) {
		t.Errorf("bursts: %v", v)
	}
	if !(v["spot_hours"] > 45_000 && v["spot_hours"] < 57_000) {
		t.Errorf("%v hours", v["spot_hours"])
	}
}

func TestBurstsAreThoseOfTheGeographies(t *testing.T) {
	batch := func(name string, last models.Instant, completed int64) measure.BatchResult {
		return measure.BatchResult{Name: name, At: 3600, Jobs: 2, Completed: completed, Last: last}
	}
	got := burstMinutes([]measure.BatchResult{batch("geographies", 3900, 2), batch("stale-videos", 9000, 2), batch("geographies", 3720, 2), batch("geographies", 3660, 1)})
	if !slices.Equal(got, []float64{2, 5, math.Inf(1)}) {
		t.Errorf("%v minutes", got)
	}
	values := map[string]float64{}
	p := &played{result: measure.Result{Batches: []measure.BatchResult{batch("geographies", 3720, 2), batch("geographies", 3660, 1)}}}
	addBurst(values, "p95", p, 0.95)
	addBurst(values, "p50", p, 0.5)
	if len(values) != 1 || values["p50"] != 2 {
		t.Errorf("%v: one burst of two took 2 minutes, the other was not done", values)
	}
}
