package fleet

import (
	"strings"
	"testing"
	"time"

	"trough.internal/models"
)

func TestAGroupsMaximumIsKept(t *testing.T) {
	w := newWorld(t)
	w.groups[0].Max = 4
	w.minute()
	err := w.order(models.Launch, 0, 6)
	if err == nil || !strings.Contains(err.Error(), "maximum of 4: 2 of 6 are not launched") || w.groups[0].Desired != 4 {
		t.Errorf("desired %d, %v", w.groups[0].Desired, err)
	}
	w.minutes(2)
	w.cycle++
	if err := w.order(models.Launch, 0, 1); err == nil || w.groups[0].Desired != 4 {
		t.Errorf("desired %d, %v", w.groups[0].Desired, err)
	}
}

func TestEachSizeIsWrittenAfterALook(t *testing.T) {
	w := newWorld(t)
	w.minute()
	w.order(models.Launch, 0, 2)
	w.cycle++
	w.groups[0].Desired = 7 // by somebody else, which nobody has seen
	if err := w.order(models.Launch, 0, 2); err == nil || !strings.Contains(err.Error(), "has not been described since it was last changed") || w.groups[0].Desired != 7 {
		t.Errorf("desired %d, %v", w.groups[0].Desired, err)
	}
}

func TestFewerThanAskedForIsALackOfCapacity(t *testing.T) {
	w := newWorld(t)
	w.minute()
	w.short = 3
	w.order(models.Launch, 2, 5)
	w.minute()
	if w.held(2) != 2 {
		t.Error(w)
	}
	w.cycle++
	if err := w.order(models.Launch, 2, 3); err == nil || !strings.Contains(err.Error(), "there was no capacity") {
		t.Errorf("a minute later: %v", err)
	}
}

func TestAFailureOfBeforeRefusesNothing(t *testing.T) {
	w := newWorld(t)
	w.stuck[0] = true
	w.minute()
	w.failures = []Failure{{Cell: 0, At: w.now.Add(-time.Second), Lacks: true, Final: true, Message: "no capacity"}}
	w.order(models.Launch, 0, 2)
	w.minute()
	if w.held(0) != 2 {
		t.Error(w)
	}
}

func TestWhatIsInAGroupIsNotTakenForWhatEC2Launched(t *testing.T) {
	w := newWorld(t)
	w.add(2).Group = "checkout-v042" // with all of the driver's tags
	w.minutes(4)
	if w.held(2) != 0 || !w.noted("is in no group of its") {
		t.Errorf("%s, notes %q", w, w.l.Notes())
	}
}

func TestWhatIsNotWantedAnyMoreIsNotLoweredBelowWhatCame(t *testing.T) {
	w := newWorld(t)
	w.stuck[0] = true
	w.minute()
	w.order(models.Launch, 0, 5)
	w.pass()
	w.groups[0].Members = append(w.groups[0].Members, Member{ID: "i-new"}, Member{ID: "i-newer"}) // which nothing describes yet
	w.failures = []Failure{{Cell: 0, At: w.now, Lacks: true, Final: true, Message: "no capacity"}}
	w.look()
	w.tend(Work{}, true)
	if w.groups[0].Desired != 2 {
		t.Errorf("desired %d", w.groups[0].Desired)
	}
}

func TestWhatItsGroupEndsIsNotEndedAgain(t *testing.T) {
	w := newWorld(t)
	w.hold(0, 2)
	w.order(models.YieldByNotice, 0, 1)
	for m := range w.groups[0].Members { // lifecycle hooks keep it running
		w.groups[0].Members[m].Ending = w.instance(w.groups[0].Members[m].ID).Yield != ""
	}
	w.groups[0].Desired--
	w.minutes(6)
	if n := w.calls(Terminate); n != 0 || w.count(models.Leaving, 0) != 1 {
		t.Errorf("asked for %d times, %s", n, w)
	}
}

func TestAnIdleInstanceThatTookAJobBeforeItSawItsTagFinishesItUnlessThereIsANotice(t *testing.T) {
	w := newWorld(t)
	w.hold(0, 1)
	id := w.there(0)[0].ID
	w.jobs[id] = Job{}
	w.minute()
	w.order(models.YieldWhenIdle, 0, 1)
	w.jobs[id] = Job{Jobs: 1}
	w.minutes(5)
	if w.count(models.Finishing, 0) != 1 || w.instance(id).Ending {
		t.Fatal(w)
	}
	w.order(models.YieldByNotice, 0, 1)
	w.minutes(3)
	if !w.instance(id).Ending {
		t.Error(w)
	}
}

func TestNoCallHasMoreInstancesThanAmazonTakes(t *testing.T) {
	w := newWorld(t)
	w.groups[0].Max = 10_000
	w.hold(0, 2500)
	w.now = w.now.Add(time.Hour)
	if w.minute(); w.calls(Renew) != 3 || w.calls(Label) != 3 {
		t.Errorf("%d renewals, %d labels", w.calls(Renew), w.calls(Label))
	}
	w.order(models.YieldByNotice, 0, 2500)
	if n := w.calls(TellYield); n != 3 || w.told(0) != 2500 {
		t.Errorf("%d are told in %d calls", w.told(0), n)
	}
	w.minutes(2) // the deadline
	if n := w.calls(Terminate); n != 25 || len(w.there(0)) != 0 {
		t.Errorf("%d are left after %d calls", len(w.there(0)), n)
	}
}
