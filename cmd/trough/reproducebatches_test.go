package main

import (
	"context"
	"math"
	"os"
	"testing"
)

// One seed is enough to see that every figure is known, and that none is of something else. What the figures come to over
// many seeds is the table's to say.
func TestReproductionsOfBatchesKnowTheirFigures(t *testing.T) {
	if testing.Short() {
		t.Skip("whole runs of one goroutine, which the race detector makes fifteen times as long")
	}
	a := &app{out: os.Stdout, err: os.Stderr, quiet: true}
	all := map[string]map[string]float64{}
	for _, r := range []reproduction{weekend(), farms(), season()} {
		values, err := r.measure(context.Background(), a, 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(values) != len(r.figures) {
			t.Errorf("%s: knows %v of %d figures", r.name, values, len(r.figures))
		}
		all[r.name] = values
	}
	if w := all["netflix-weekend"]; !(w["makespan_borrowing_h"] > 0 && w["makespan_borrowing_h"] < w["makespan_alone_h"]) {
		t.Errorf("the weekend: %v", w)
	}
	f := all["netflix-farms"]
	// A suite is 400 x (6 x 20 min + 2 x 5 min) and 20 inspections of 5 minutes: 868.3 h, on 120 instances at least 7.24 h.
	if f["suite_alone_h"] < 7.2 || f["suite_alone_h"] > 8 || f["suite_time_ratio"] != f["suite_borrowing_h"]/f["suite_alone_h"] {
		t.Errorf("the farms: %v", f)
	}
	s := all["season"]
	// 1,101 x 720 h, of which 190,000 CPU-hours over 16 are of use.
	if math.Abs(s["static_idle_share"]-100*(1-s["cpu_hours"]/16/1101/720)) > 0.01 || s["m4_16xlarge_hours"] != s["cpu_hours"]/64 {
		t.Errorf("the season: %v", s)
	}
	if s["makespan_static_h"] < s["cpu_hours"]/16/1101 || s["makespan_borrowing_h"] >= s["makespan_static_h"] {
		t.Errorf("the season: %v", s)
	}
}
