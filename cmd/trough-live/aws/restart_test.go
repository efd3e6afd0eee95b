package aws

import (
	"slices"
	"testing"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/cmd/trough-live/fakecloud"
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
