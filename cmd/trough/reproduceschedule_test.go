package main

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"trough.internal/models"
	"trough.internal/policies"
	"trough.internal/report/measure"
)

// TestEqualGainIsFoundOnAnyRisingCurve: in proportion it takes a second try, and on curves that bend it still comes near.
func TestEqualGainIsFoundOnAnyRisingCurve(t *testing.T) {
	for _, test := range []struct {
		name  string
		want  float64
		curve func(share float64) float64
		tries int // at most
	}{
		{"in proportion", 210, func(s float64) float64 { return 5000 * s }, 2},
		{"bent down", 210, func(s float64) float64 { return 1000 * math.Sqrt(s) }, 10},
		{"bent up", 210, func(s float64) float64 { return 1000 * s * s * s }, 10},
		{"nothing at first", 210, func(s float64) float64 { return max(0, 1000*(s-0.5)) }, 10},
		{"out of reach", 210, func(s float64) float64 { return 100 * s }, 10},
		{"nothing wanted", 0, func(s float64) float64 { return 100 * s }, 10},
	} {
		tries, last := 0, 0.0
		share, err := equalGain(test.want, 1.0/16, func(s float64) (float64, error) {
			if s <= 0 || s >= 1 {
				t.Errorf("%s: it tries a share of %v", test.name, s)
			}
			tries++
			last = s
			return test.curve(s), nil
		})
		if err != nil || share != last || tries > test.tries {
			t.Errorf("%s: %v, share %v, last tried %v, %d tries", test.name, err, share, last, tries)
		}
		got := test.curve(share)
		switch test.name {
		case "out of reach":
			if nearly(got, test.want) || got < 99 {
				t.Errorf("%s: %v", test.name, got)
			}
		case "nothing wanted":
			if got > 0.1 {
				t.Errorf("%s: %v", test.name, got)
			}
		default:
			if !nearly(got, test.want) {
				t.Errorf("%s: gained %v, not %v, after %d tries", test.name, got, test.want, tries)
			}
		}
	}
	closed := errors.New("the market is closed")
	if _, err := equalGain(1, 0.5, func(float64) (float64, error) { return 0, closed }); err != closed {
		t.Errorf("error is %v", err)
	}
}

// TestOverdraftAtTheWindowsEdgesByHand: of 14,400 instance-seconds in two days, 3,600 begin at noon's edge and 7,200 at
// midnight's.
func TestOverdraftAtTheWindowsEdgesByHand(t *testing.T) {
	at := func(day, hour, minute int) models.Instant {
		return models.Instant(time.Date(2015, 6, day, hour, minute, 0, 0, time.UTC).Unix())
	}
	r := &measure.Result{Episodes: []measure.Episode{
		{Start: at(1, 13, 59), Seconds: 3600},
		{Start: at(1, 14, 0), Seconds: 1800}, // within the window
		{Start: at(1, 22, 59), Seconds: 900}, // too early
		{Start: at(1, 23, 0), Seconds: 3600},
		{Start: at(2, 3, 59), Seconds: 3600},
		{Start: at(2, 4, 0), Seconds: 900}, // too late
	}}
	if e := edgesOf(r, time.UTC); e != (edges{start: 3600, end: 7200, all: 14400}) {
		t.Errorf("edges are %+v", e)
	}
	values := map[string]float64{}
	edgesOf(r, time.UTC).into(values, 2*86400)
	for figure, want := range map[string]float64{"overdraft_at_start": 0.5, "overdraft_at_end": 1, "overdraft_at_edges": 75} {
		if values[figure] != want {
			t.Errorf("%s is %v, not %v", figure, values[figure], want)
		}
	}
	if e := edgesOf(r, time.FixedZone("an hour behind", -3600)); e.end != 7200+900-3600 || e.start != 3600+1800 {
		t.Errorf("an hour further west the edges are %+v", e)
	}
}

// TestSchedulesOverAllPoolsKeepTheWindowAndItsDelays: only who holds how much differs from June's.
func TestSchedulesOverAllPoolsKeepTheWindowAndItsDelays(t *testing.T) {
	j, err := fakeRunner(t, nil, 1, 1).prepare("netflix-schedule", &jobFlags{ledger: "none"})
	if err != nil {
		t.Fatal(err)
	}
	c, err := j.candidate("", nil)
	if err != nil {
		t.Fatal(err)
	}
	june := c.settings.Schedule
	june.Seed = 7
	before := slices.Clone(june.Windows)
	pools := []models.Pool{{Zone: "us-east-1a", Type: "m4.large"}, {Zone: "us-east-1a", Type: "r3.large"}, {Zone: "us-east-1c", Type: "m4.large"}}
	share, medians := shareOfAll(june, 0.25), mediansOf(june, pools, []int32{10, 1, 7}, 0.4)
	for _, set := range []*policies.Settings{share, medians} {
		if _, err := policies.New(set); err != nil {
			t.Error(err)
		}
		s := set.Schedule
		if s.Delay != 15*time.Minute || s.DelayP95 != time.Hour || s.DelayMost != 3*time.Hour || s.Seed != 7 || s.End != policies.EndByNotice {
			t.Errorf("delays are %+v", s)
		}
		for _, w := range s.Windows {
			if w.Duration != 12*time.Hour || !reflect.DeepEqual(w.Cron, june.Windows[0].Cron) {
				t.Errorf("a window is %+v", w)
			}
		}
	}
	if w := share.Schedule.Windows; len(w) != 1 || w[0].Share != 0.25 || w[0].Instances != 0 || len(w[0].Pools) != 0 {
		t.Errorf("a quarter of all: %+v", w)
	}
	// 0.4 x 10 = 4; 0.4 x 1 rounds to nothing; 0.4 x 7 rounds to 3.
	w := medians.Schedule.Windows
	if len(w) != 2 || w[0].Instances != 4 || w[0].Pools[0] != "us-east-1a/m4.large" || w[1].Instances != 3 || w[1].Pools[0] != "us-east-1c/m4.large" {
		t.Errorf("two fifths of the medians: %+v", w)
	}
	if june.Windows[0].Instances != before[0].Instances || june.Windows[0].Pools[0] != before[0].Pools[0] {
		t.Error("June's own schedule changed")
	}
}

// TestRealtimeRunsArePlayedOncePerSeed: whoever asks, and however many at once, gets the run of the seed, not of another one.
func TestRealtimeRunsArePlayedOncePerSeed(t *testing.T) {
	runs := new(realtimeRuns)
	asked := make([]*realtimeRun, 40)
	var wg sync.WaitGroup
	for i := range asked {
		wg.Go(func() { asked[i] = runs.under(uint64(i % 4)) })
	}
	wg.Wait()
	for i, run := range asked {
		for k, other := range asked {
			if same := run == other; same != (i%4 == k%4) {
				t.Fatalf("under seeds %d and %d the run is the same: %t", i%4, k%4, same)
			}
		}
	}
}
