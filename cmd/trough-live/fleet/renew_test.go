package fleet

import (
	"strings"
	"testing"
	"time"

	"trough.internal/models"
)

// left is for how long an instance may run, at least, of those of a pool that were not told to yield.
func (w *world) left(c int) time.Duration {
	least := time.Duration(1<<63 - 1)
	for _, d := range w.there(c) {
		if d.Yield == "" {
			least = min(least, d.Until.Sub(w.now))
		}
	}
	return least
}

// Instances are launched one by one all day, and yet are renewed together: the first that has half of its time left takes along those
// that have less than three quarters.
func TestRenewalsAreAsFewAsTheyMayBeAndInTime(t *testing.T) {
	w := newWorld(t)
	w.minute()
	for range 150 {
		w.order(models.Launch, 0, 1)
		if w.minutes(2); w.left(0) < rules().DeadMan/2-time.Minute {
			t.Fatalf("%s: one has %s left", w.now, w.left(0))
		}
	}
	if n := w.calls(Renew); n < 3 || n > 10 {
		t.Errorf("%d calls in 5 hours for up to %d instances, want one each half hour at most", n, len(w.there(0)))
	}
}

func TestARenewalThatFailsIsTriedAgainAtTheNextEvaluation(t *testing.T) {
	w := newWorld(t)
	w.hold(2, 2)
	begun := w.now
	w.fail = func(c *Call) Outcome {
		if c.Kind == Renew && w.now.Sub(begun) < 70*time.Minute {
			return Nothing
		}
		return Done
	}
	w.minutes(75)
	if w.left(2) < 110*time.Minute {
		t.Errorf("%s are left", w.left(2))
	}
}

// What yields runs out, and what is to stay after all is renewed.
func TestOnlyWhatIsWantedIsRenewed(t *testing.T) {
	w := newWorld(t)
	w.hold(0, 2)
	w.order(models.YieldWhenIdle, 0, 1)
	w.minutes(130)
	left := []time.Duration{}
	for _, d := range w.there(0) {
		if d.Yield != "" {
			left = append(left, d.Until.Sub(w.now))
		}
	}
	if len(left) != 1 || left[0] > 0 || w.left(0) <= 0 {
		t.Fatalf("what yields has %v left, what stays has %s", left, w.left(0))
	}
	w.order(models.Launch, 0, 1)
	if w.minute(); w.told(0) != 0 || w.left(0) < time.Hour {
		t.Errorf("%d yield, %s are left", w.told(0), w.left(0))
	}
	for _, d := range w.there(0) {
		d.Driver = "" // it is not the driver's any more
	}
	if w.minutes(130); w.left(0) > 0 {
		t.Errorf("another one's instances are renewed: %s are left", w.left(0))
	}
}

// While nothing can be described, the driver goes by what it gave.
func TestRenewalsNeedNoDescription(t *testing.T) {
	w := newWorld(t)
	w.hold(0, 2)
	w.unknown = true
	if w.minutes(170); w.left(0) < time.Hour-time.Minute || w.calls(Renew) > 4 {
		t.Errorf("%s are left after %d calls", w.left(0), w.calls(Renew))
	}
}

func TestWhatEC2LaunchesHasItsTagFromTheStart(t *testing.T) {
	w := newWorld(t)
	w.minute()
	if w.order(models.Launch, 2, 2); w.left(2) != rules().DeadMan {
		t.Errorf("%s are left", w.left(2))
	}
}

// Instances without the tag are those that a driver of before launched, or from which somebody took it.
func TestWhatHasNoSuchTagGetsIt(t *testing.T) {
	w := newWorld(t)
	w.hold(0, 2)
	w.hold(2, 2)
	for _, d := range w.instances {
		d.Until = 0
	}
	if w.minute(); w.left(0) != rules().DeadMan || w.left(2) != rules().DeadMan {
		t.Errorf("%s and %s are left", w.left(0), w.left(2))
	}
}

func TestWithoutADeadMansSwitchNothingIsRenewed(t *testing.T) {
	w := newWorld(t)
	w.l.rules.DeadMan = 0
	w.hold(0, 2)
	w.hold(2, 2)
	w.minutes(150)
	if n := w.calls(Renew); n != 0 || w.instances[0].Until != 0 || w.instances[3].Until != 0 {
		t.Errorf("%d calls", n)
	}
	for set, want := range map[time.Duration]string{0: "", 10 * time.Minute: "", 9 * time.Minute: "dead_man is 9m0s: expected 0s, which switches it off, or at least 10m0s"} {
		r := rules()
		r.DeadMan = set
		if err := r.Check(); (err == nil) != (want == "") || err != nil && err.Error() != want {
			t.Errorf("%s: %v", set, err)
		}
	}
}

func TestARenewalIsPrintedAsACall(t *testing.T) {
	w := newWorld(t)
	w.hold(0, 1)
	w.now = w.now.Add(time.Hour)
	calls := w.l.Tend(w.now, "us-east-1", Work{}, true)
	if len(calls) != 1 || !calls[0].Returns() || !strings.HasPrefix(calls[0].String(), "CreateTags trough:until=2015-10-05T03:") {
		t.Errorf("%v", calls)
	}
}
