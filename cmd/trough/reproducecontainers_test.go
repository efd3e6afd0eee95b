package main

import (
	"context"
	"math"
	"os"
	"testing"

	"trough.internal/models"
	"trough.internal/report/measure"
	"trough.internal/sim"
)

// What containers do to this workload whatever the luck: fewer launches for the same work, and less boot. The overhead is the
// sum of its parts.
func TestContainersLaunchLessForTheSameWork(t *testing.T) {
	if testing.Short() {
		t.Skip("whole runs of one goroutine, which the race detector makes fifteen times as long")
	}
	a := &app{out: os.Stdout, err: os.Stderr, quiet: true}
	r := containers()
	v, err := r.measure(context.Background(), a, 2)
	if err != nil {
		t.Fatal(err)
	}
	if len(v) != len(r.figures) {
		t.Errorf("knows %v of %d figures", v, len(r.figures))
	}
	for _, variant := range containerVariants {
		if packed, alone := v["launches_per_hour_packed"+variant.suffix], v["launches_per_hour_alone"+variant.suffix]; !(packed > 0 && packed < alone) {
			t.Errorf("launches for an hour of work%s: packed %v, alone %v", variant.means, packed, alone)
		}
	}
	if packed, alone := v["overhead_boot_packed"], v["overhead_boot_alone"]; !(packed > 0 && packed < alone) {
		t.Errorf("boot is %v %% of what is held, alone %v", packed, alone)
	}
	if v["overhead_start_alone"] != 0 || !(v["overhead_start_packed"] > 0) {
		t.Errorf("containers start for %v %% of what is held, alone %v", v["overhead_start_packed"], v["overhead_start_alone"])
	}
	for _, run := range []string{"_packed", "_alone"} {
		sum := 0.0
		for _, part := range overheadParts {
			sum += v["overhead_"+part.name+run]
			if v["overhead_"+part.name+run] < 0 {
				t.Errorf("%s%s is %v", part.name, run, v["overhead_"+part.name+run])
			}
		}
		if math.Abs(sum-v["overhead"+run]) > 1e-9 {
			t.Errorf("the parts of overhead%s add up to %v, not %v", run, sum, v["overhead"+run])
		}
	}
}

// An instance of 16 vCPUs is held for 1,000 s, boots for 240 of them, and has two jobs, for 300 s and, interrupted, for 100 s. Packed,
// its jobs have vCPUs for as much in other parts. What is bought counts nowhere.
func TestOverheadByHand(t *testing.T) {
	pools := []models.Pool{{VCPUs: 16}, {VCPUs: 8, Kind: models.OnDemand}}
	books := measure.PoolResult{Sums: measure.Sums{BorrowedSeconds: 1000}}
	books.StateSeconds[models.Booting] = 240
	p := &played{pools: pools, result: measure.Result{Pools: []measure.PoolResult{books, books}}}
	alone := &overhead{}
	alone.attempt(models.AttemptRow{Start: 1000, End: 1300, Outcome: models.DidComplete}, 16)
	alone.attempt(models.AttemptRow{Start: 1400, End: 1500, Outcome: models.WasInterrupted}, 16)
	alone.add(p)
	if want := (overhead{held: 16000, boot: 3840, lost: 1600, used: 4800}); *alone != want || alone.unused() != 5760 || alone.all() != 11200 {
		t.Errorf("alone: %+v, of which %d unused and %d overhead", *alone, alone.unused(), alone.all())
	}
	p.spent = []sim.Spent{{Starting: 100, Completed: 3000, Interrupted: 2000, Running: 500}, {Completed: 7}}
	packed := &overhead{}
	packed.add(p)
	if want := (overhead{held: 16000, boot: 3840, start: 100, lost: 2000, used: 3500}); *packed != want {
		t.Errorf("packed: %+v", *packed)
	}
}
