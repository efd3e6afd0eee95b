package aws

import (
	"maps"
	"slices"
	"testing"
	"time"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/cmd/trough-live/fakecloud"
	"trough.internal/cmd/trough-live/fleet"
	"trough.internal/models"
)

// A driver launched, ended before it could write down what, and is followed by one that Amazon describes nothing to: the first
// evaluation, which increases nothing, is not enough to wait for.
func TestADriverThatWasEndedRightAfterItLaunchedIsNotFollowedByASecondLaunch(t *testing.T) {
	w := newWorld(t, quick())
	w.minutes(8)
	w.inUse = []int32{85, 85, 85}
	w.minutes(1) // five more are launched
	if got := w.held(); !slices.Equal(got, []int{10, 10, 15}) || w.account.Groups[0].Desired != 15 {
		t.Fatalf("held %v", got)
	}
	w.start()
	w.server.Fail(1, fakecloud.Fault{Kind: fakecloud.Empty, Operation: "ec2:DescribeInstances", Share: 1})
	for range 4 {
		if w.minutes(1); w.driver.Market().Borrowed(2)+w.driver.Market().Count[models.OnOrder][2] != 15 {
			t.Errorf("%d are in the books", w.driver.Market().Borrowed(2))
		}
	}
	w.server.Fail(0)
	w.minutes(4)
	if got := w.held(); !slices.Equal(got, []int{15, 15, 15}) || w.known() != nil {
		t.Errorf("held %v, %v", got, w.known())
	}
}

// Nobody renews what a driver borrowed that is gone: as jobs end, so do the instances, and their groups do not launch others.
func TestWhatADriverBorrowedThatIsGoneGoesBackByItself(t *testing.T) {
	set := quick()
	set.Workers = true
	w := newWorld(t, set)
	w.minutes(2)
	for _, i := range w.there(zones[2]) {
		if want := w.Now().Add(w.cloud.Rules.DeadMan).String(); i.Tag(fleet.TagUntil) != want {
			t.Errorf("instance %s is launched with tags %v, want %s", i.ID, i.Tags, want)
		}
	}
	w.minutes(198)
	if got := w.held(); !slices.Equal(got, []int{10, 10, 10}) {
		t.Fatalf("a driver that is there renews what it borrowed: held %v", got)
	}
	calls := w.server.Calls()
	for n := range 125 {
		w.table.Advance(time.Minute)
		if n < 55 && len(w.there(zones[0])) != 10 {
			t.Fatalf("after %d minutes held %v", n, w.held())
		}
		for k, i := range w.account.Instances {
			if i.Jobs = 0; i.Takes(w.Now()) || k%2 == 0 && n < 120 {
				i.Jobs = 1 // jobs of two hours, and ones that end each minute
			}
		}
	}
	w.table.Advance(time.Minute)
	if got := w.held(); !slices.Equal(got, []int{0, 0, 0}) || w.account.Groups[0].Desired != 0 || !maps.Equal(calls, w.server.Calls()) {
		t.Errorf("held %v, and a group wants %d", got, w.account.Groups[0].Desired)
	}
}

// Everything is told to yield, and the driver is ended at once: its successor does not take that for a loss, after which nothing is
// launched for half an hour.
func TestAnEvacuationBeforeARestartIsNoLoss(t *testing.T) {
	w := newWorld(t, quick())
	w.minutes(8)
	w.stops.Stops = []drive.Stop{{State: "evacuate"}}
	w.minutes(1)
	w.start()
	w.minutes(4)
	if got := w.held(); !slices.Equal(got, []int{0, 0, 0}) {
		t.Fatalf("held %v", got)
	}
	w.stops.Stops = nil
	c := w.minutes(3)
	if got := w.account.Groups[0].Desired; got == 0 {
		t.Errorf("nothing is launched again: notes %q", c.Notes)
	}
}
