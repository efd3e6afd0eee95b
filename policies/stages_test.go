package policies

import (
	"testing"
	"time"

	"trough.internal/models"
)

// apply lets a stage speak about targets that others proposed.
func apply(s Stage, obs *models.Observation, target ...int32) []int32 {
	var p Proposal
	p.begin(obs)
	p.Target, p.Keep = target, make([]int32, len(target))
	s.Apply(obs, &p)
	return p.Target
}

func TestIdleReleasesNoMoreThanWasIdleAllTheTime(t *testing.T) {
	obs := observationOf(1, 1)
	s := &Idle{After: 40 * time.Minute}
	for minute := range 50 { // parts of ten minutes; for one minute only 3 were idle
		obs.Now += 60
		obs.Idle[0], obs.Busy[0] = 20, 0
		if minute == 15 {
			obs.Idle[0], obs.Busy[0] = 3, 17
		}
		got := apply(s, obs, 20)[0]
		if want := map[bool]int32{true: 20, false: 17}[minute < 40]; got != want {
			t.Fatalf("minute %d: target %d, expected %d", minute, got, want)
		}
	}
}

func TestIdleDoesNotReleaseWhatBoots(t *testing.T) {
	obs := observationOf(1, 1)
	s := &Idle{After: 4 * time.Minute}
	var got int32
	for range 6 {
		obs.Now += 60
		obs.Idle[0], obs.Booting[0] = 2, 10
		got = apply(s, obs, 12)[0]
	}
	if got != 10 {
		t.Errorf("target %d: of 12 held 2 were idle for long", got)
	}
}

func TestIdleDoesNotReleaseWhatQueuedWorkNeeds(t *testing.T) {
	obs := observationOf(1, 1)
	s := &Idle{After: 4 * time.Minute}
	var got int32
	for minute := range 6 {
		obs.Now += 60
		obs.Idle[0] = 20
		if minute == 5 {
			obs.Workload[0].Queued[models.Low] = 15
		}
		got = apply(s, obs, 20)[0]
	}
	if got != 15 {
		t.Errorf("target %d for 15 queued jobs", got)
	}
}

func TestUnknownKeepsToTheLastTargetWhateverIsStillHeld(t *testing.T) {
	obs := observationOf(1, 1)
	s := &Stale{AgeMax: 5 * time.Minute, AgeZero: 15 * time.Minute}
	obs.Busy[0] = 10
	if got := apply(s, obs, 4)[0]; got != 4 {
		t.Fatalf("target %d while all is known", got)
	}
	obs.Now += 60
	obs.InUse[0] = models.Unknown
	if got := apply(s, obs, 10)[0]; got != 4 {
		t.Errorf("target %d, and the last one was 4", got)
	}
}

func TestWhoGivesBackSlowlyLeavesLessForTheOthers(t *testing.T) {
	obs := observationOf(1, 2)
	obs.Reserved[0], obs.Busy[0] = 20, 20
	s := &Stepping{UpLeast: 50, DownLeast: 5}
	if got := apply(s, obs, 5, 15); got[0] != 15 || got[1] != 0 {
		t.Errorf("targets %v: the first gives back 5, which are still there", got)
	}
}
