package main

import (
	"math"
	"path/filepath"
	"testing"
	"time"

	"trough.internal/cmd/trough-live/journal"
	"trough.internal/cmd/trough/live"
	"trough.internal/models"
	"trough.internal/sim"
)

// TestCalibrationFindsTheWorldThatWasRecorded: of days of sim's world with known delays, the intervals hold what was set nineteen
// times in twenty, the medians are within a tenth of it, and the 95th percentiles within a fifth.
func TestCalibrationFindsTheWorldThatWasRecorded(t *testing.T) {
	held, all := 0, 0
	for seed := range uint64(3) {
		s, world := recordedSignals(t, 1+seed)
		for _, c := range calibration(s, world) {
			if c.Predicted == nil || c.Most || c.Low == nil {
				continue
			}
			all++
			if c.Verdict == asPredicted {
				held++
			}
			t.Logf("seed %d: %s: n %d, %.1f (%.1f to %.1f), predicted %.1f: %s", 1+seed, c.Signal, c.N, *c.Value, *c.Low, *c.High, *c.Predicted, c.Verdict)
			bound := 0.1
			if c.Signal == "launch latency, p95" || c.Signal == "boot, p95" {
				bound = 0.2
			}
			if c.Unit == "s" && math.Abs(*c.Error) > bound**c.Predicted {
				t.Errorf("seed %d: %s: %v, predicted %v", 1+seed, c.Signal, *c.Value, *c.Predicted)
			}
		}
	}
	// Of the 15 that chance has a say in, more than three miss once in two hundred times.
	if all < 20 || held < all-3 {
		t.Errorf("%d of %d intervals hold the truth", held, all)
	}
}

// recordedSignals are those of a day of a world that is known.
func recordedSignals(t *testing.T, seed uint64) (*live.Signals, *sim.Scenario) {
	t.Helper()
	var world *sim.Scenario
	dir := filepath.Join(t.TempDir(), "journal")
	_, err := recordLive(dir, func(s *sim.Scenario, r *recorder) {
		world, r.runs = s, "availability"
		s.Seed, s.Launches.Refused, s.Telemetry.Lag = seed, 0.1, 2*time.Minute
		s.Launches.Latency = sim.DelaySetting{Median: 50 * time.Second, P95: 100 * time.Second}
		s.Launches.Boot = sim.DelaySetting{Median: 5 * time.Minute, P95: 9 * time.Minute}
	})
	if err != nil {
		t.Fatal(err)
	}
	rec, err := live.Read(journal.Dir(dir), live.Options{Hold: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	return rec.Signals(), world
}

// TestAnotherWorldIsOff: against delays that are half as long again, each signal with an interval says so.
func TestAnotherWorldIsOff(t *testing.T) {
	s, world := recordedSignals(t, 4)
	world.Launches.Latency.Median += world.Launches.Latency.Median / 2
	world.Launches.Boot.Median += world.Launches.Boot.Median / 2
	world.Launches.Refused, world.Telemetry.Lag = 0.5, 10*time.Minute
	off := map[string]bool{}
	for _, c := range calibration(s, world) {
		off[c.Signal] = c.Verdict == isOff
	}
	for _, signal := range []string{"launch latency, p50", "boot, p50", "launches refused", "age of a report when heard, p50"} {
		if !off[signal] {
			t.Errorf("%s is as predicted", signal)
		}
	}
	if off["time between reports, p50"] {
		t.Error("the time between reports was not changed")
	}
}

// TestTimesAreOfWhatHappenedToOneInstance: what was refused has no latency, what the cloud ended has no drain, and who was told to
// stay was not told to go.
func TestTimesAreOfWhatHappenedToOneInstance(t *testing.T) {
	rec := &live.Recording{Pools: []models.Pool{{}}, Policy: mustPolicy(t)}
	at := func(at models.Instant, id models.InstanceID, kind models.EventKind, from, to models.State, n int32, cause models.Cause) {
		rec.Events = append(rec.Events, models.Event{At: at, Instance: id, Kind: kind, From: from, To: to, N: n, Cause: cause})
	}
	const absent, onOrder, booting, idle, finishing, leaving = models.Absent, models.OnOrder, models.Booting, models.Idle, models.Finishing, models.Leaving
	at(100, 1, models.Ordered, absent, onOrder, 0, 0)
	at(100, 2, models.Ordered, absent, onOrder, 0, 0)
	at(100, 3, models.Ordered, absent, onOrder, 0, 0)
	at(130, 1, models.Launched, onOrder, booting, 0, 0)
	at(140, 2, models.Refused, onOrder, absent, 0, models.ByCloud)
	at(150, 3, models.Launched, onOrder, booting, 0, 0)
	at(190, 1, models.Ready, booting, idle, 0, 0)
	at(200, 1, models.Draining, idle, finishing, 0, models.ByMargin)
	at(210, 1, models.Kept, finishing, idle, 0, 0)
	at(300, 1, models.Draining, idle, finishing, 0, models.ByMargin)
	at(310, 1, models.Yielding, finishing, leaving, 120, models.ByOverdraft)
	at(400, 1, models.Gone, leaving, absent, 0, models.ByOverdraft)
	at(500, 3, models.Gone, booting, absent, 0, models.ByCloud)
	for _, id := range []models.InstanceID{4, 5} { // 4 was told to stay before it went, and 5 was ended by the cloud while it drained
		at(600, id, models.Ordered, absent, onOrder, 0, 0)
		at(600, id, models.Launched, onOrder, booting, 0, 0)
		at(600, id, models.Ready, booting, idle, 0, 0)
		at(610, id, models.Draining, idle, finishing, 0, models.ByMargin)
	}
	at(620, 4, models.Kept, finishing, idle, 0, 0)
	at(700, 4, models.Gone, idle, absent, 0, models.ByMargin)
	at(700, 5, models.Gone, finishing, absent, 0, models.ByCloud)
	s := rec.Signals()
	same := func(name string, got []float64, want ...float64) {
		if len(got) != len(want) || len(got) > 0 && (got[0] != want[0] || got[len(got)-1] != want[len(want)-1]) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	same("latency", s.Latency, 0, 0, 30, 50)
	same("boot", s.Boot, 0, 0, 60)
	same("notice", s.Notice, 90)
	same("beyond", s.Beyond, -30)
	same("idle", s.Idle)
	if s.Refused != 1 || s.Launched != 4 || s.Told != 2*time.Minute {
		t.Errorf("%+v", s)
	}
}
