package fleet

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"trough.internal/models"
)

// hazards are what has burnt users of live controllers, each as a little play. It returns what harm was done, empty for none.
var hazards = []struct {
	rule, hazard string
	play         func(w *world) string
}{
	{"fresh", "a size is written that was worked out from an old one", func(w *world) string {
		w.hold(0, 10)
		w.unknown = true
		w.minute()
		w.groups[0].Desired, w.unknown = 200, false // nobody saw that
		w.order(models.Launch, 0, 3)
		return fewer(w.groups[0].Desired, 200, "the size was lowered to")
	}},
	{"missing", "an empty answer reads as if everything were gone", func(w *world) string {
		w.hold(2, 10)
		for _, d := range w.instances {
			w.hidden[d.ID] = true
		}
		w.minute()
		return fewer(w.held(2), 10, "held are")
	}},
	{"missing", "two empty answers far apart read as if everything were gone", func(w *world) string {
		w.hold(2, 10)
		for _, d := range w.instances {
			w.hidden[d.ID] = true
		}
		w.minute()
		w.unknown = true
		w.minutes(20)
		w.unknown = false
		w.minute()
		return fewer(w.held(2), 10, "held are")
	}},
	{"presume", "a driver that was ended right after it launched is followed by one that sees nothing yet, and launches again", func(w *world) string {
		w.hold(2, 8)
		w.order(models.Launch, 2, 2)
		w.restart(orderOf(models.Launch, 2, 2))
		for range 3 {
			w.hide()
			w.minute()
			if missing := 10 - w.held(2); missing > 0 {
				w.order(models.Launch, 2, missing)
			}
		}
		return more(int32(len(w.there(2))), 10, "launched are")
	}},
	{"meant", "an end is asked for again that the driver before asked for a moment ago", func(w *world) string {
		w.hold(0, 4)
		w.order(models.YieldByNotice, 0, 1)
		w.minute()
		w.pass()
		w.cycle++
		w.look() // it is past its deadline, and its end is asked for
		w.restart()
		w.minute() // what is described is what was before
		return more(w.calls(Terminate), 0, "asked for so often:")
	}},
	{"settle", "a description is older than what was written before the driver was ended", func(w *world) string {
		w.hold(0, 4)
		old := w.snapshot()
		w.stuck[0] = true
		w.minute()
		w.order(models.Launch, 0, 6)
		w.look() // and it is in the journal
		w.restart()
		w.stale = old
		w.minute()
		return fewer(w.held(0), 10, "and will be launched again, since held are")
	}},
	{"settle", "a description is older than what was written", func(w *world) string {
		w.hold(0, 4)
		old := w.snapshot()
		w.stuck[0] = true
		w.minute()
		w.order(models.Launch, 0, 6)
		w.stale = old
		w.minute()
		return fewer(w.held(0), 10, "and will be launched again, since held are")
	}},
	{"tags", "an instance of somebody else's is taken for the driver's", func(w *world) string {
		w.hold(0, 2)
		w.add(0).Driver = ""
		w.groups[0].Desired++
		w.minutes(2)
		return more(w.held(0), 2, "held are")
	}},
	{"tagged", "an instance is ended from which the tags were taken", func(w *world) string {
		w.hold(2, 2)
		taken := w.there(2)[0]
		taken.Driver, taken.Pool = "", ""
		w.minute()
		w.order(models.YieldByNotice, 2, 2)
		w.minutes(5)
		return ended(taken)
	}},
	{"member", "an instance is ended that was put into another group", func(w *world) string {
		w.hold(2, 2)
		taken := w.there(2)[1]
		taken.Group = "checkout-v042"
		w.minute()
		w.order(models.YieldByNotice, 2, 2)
		w.minutes(5)
		return ended(taken)
	}},
	{"elsewhere", "an instance that was moved to another group is swept away", func(w *world) string {
		w.hold(0, 2)
		taken := w.detach(0)
		taken.Group = "checkout-v042"
		w.minutes(30)
		return ended(taken)
	}},
	{"foreign", "a group is resized that has somebody else's instances", func(w *world) string {
		w.hold(0, 2)
		w.add(0).Driver = ""
		w.groups[0].Desired++
		w.minute()
		w.order(models.YieldByNotice, 0, 2)
		w.order(models.Launch, 0, 5)
		w.minutes(5)
		if len(w.there(0)) != 3 || w.groups[0].Desired != 3 {
			return w.String()
		}
		return ""
	}},
	{"rebalance", "a group of two zones ends others than those that it was told to", func(w *world) string {
		w.groups[0].Zones, w.groups[0].Rebalances = []string{"us-east-1a", "us-east-1c"}, true
		w.minute()
		w.order(models.Launch, 0, 5)
		return more(w.groups[0].Desired, 0, "it is launched into:")
	}},
	{"backoff", "a pool without capacity is asked every minute", func(w *world) string {
		w.outOfRoom = true
		for range 60 {
			w.minute()
			w.order(models.Launch, 2, 5)
		}
		return more(w.calls(RunInstances), 5, "asked so often within an hour:")
	}},
	{"class", "too many calls are taken for a lack of capacity", func(w *world) string {
		w.minute()
		w.stuck[0] = true
		w.order(models.Launch, 0, 5)
		w.failures = []Failure{{Cell: 0, At: w.now.Add(time.Second), Message: "Request limit exceeded."}}
		w.minute()
		w.failures, w.stuck[0] = nil, false
		w.minutes(3)
		w.order(models.Launch, 0, 1)
		w.minutes(2)
		return fewer(int32(len(w.there(0))), 6, "launched are")
	}},
	{"deadline", "what is never launched counts as coming for ever", func(w *world) string {
		w.stuck[0] = true
		w.minute()
		w.order(models.Launch, 0, 5)
		w.minutes(20)
		return more(w.held(0)+w.groups[0].Desired, 0, "held and wanted are")
	}},
	{"twice", "an order that is said twice is carried out twice", func(w *world) string {
		w.hold(2, 6)
		w.minute()
		w.order(models.YieldByNotice, 2, 2)
		w.order(models.YieldByNotice, 2, 2)
		return more(w.told(2), 2, "told to yield are")
	}},
	{"asked", "an end whose answer was lost is asked for again before anybody has looked", func(w *world) string {
		w.hold(0, 4)
		w.order(models.YieldByNotice, 0, 1)
		w.fail = func(*Call) Outcome { return Lost }
		old := w.snapshot()
		w.minutes(2)
		w.stale = old // Amazon still describes what was before
		for _, d := range w.instances {
			d.Ending = false
		}
		before := w.calls(Terminate)
		w.minute()
		return more(w.calls(Terminate), before, "asked for so often:")
	}},
	{"dead man", "a driver is gone, and what it borrowed runs for weeks", func(w *world) string {
		w.workers = true
		w.hold(0, 3)
		w.hold(2, 3)
		for id := range w.jobs {
			w.jobs[id] = Job{}
		}
		for range 180 {
			w.pass()
		}
		return more(int32(len(w.there(0))+len(w.there(2))), 0, "after three hours there are")
	}},
	{"renew", "a driver that is there lets end what is wanted", func(w *world) string {
		w.workers = true
		w.hold(0, 3)
		w.hold(2, 3)
		for id := range w.jobs {
			w.jobs[id] = Job{}
		}
		w.minutes(600)
		return fewer(int32(len(w.there(0))+len(w.there(2))), 6, "after ten hours there are")
	}},
	{"idle", "a busy instance is ended that was told to yield when idle", func(w *world) string {
		w.hold(0, 4)
		w.minute()
		w.order(models.YieldWhenIdle, 0, 2)
		w.minutes(5)
		return fewer(int32(len(w.there(0))), 4, "there are")
	}},
	{"sweep", "a driver that may only look ends what has left its group", func(w *world) string {
		w.hold(0, 2)
		taken := w.detach(0)
		for range 30 {
			w.pass()
			w.look()
			w.tend(Work{AsOf: w.now, Instances: w.jobs}, false)
		}
		return ended(taken)
	}},
}

// TestEveryRuleKeepsItsHazardAway plays each hazard twice: with the rule nothing happens, and with the rule switched off the harm
// is done, so that it is known that the play is one.
func TestEveryRuleKeepsItsHazardAway(t *testing.T) {
	for _, h := range hazards {
		t.Run(h.rule, func(t *testing.T) {
			if harm := h.play(newWorld(t)); harm != "" {
				t.Errorf("%s: %s", h.hazard, harm)
			}
			w := newWorld(t)
			w.l.off = h.rule
			if harm := h.play(w); harm == "" {
				t.Errorf("%s: nothing happens without the rule, so that this shows nothing", h.hazard)
			}
		})
	}
}

// snapshot is what is described now, for later.
func (w *world) snapshot() []Group {
	list := slices.Clone(w.groups)
	for c := range list {
		list[c].Members = slices.Clone(list[c].Members)
	}
	return list
}

// detach takes an instance out of its group, which lowers its size.
func (w *world) detach(c int) *Described {
	taken := w.there(c)[0]
	w.groups[c].Members = w.groups[c].Members[1:]
	w.groups[c].Desired--
	taken.Group = ""
	return taken
}

func (w *world) calls(kind CallKind) (n int32) {
	for i := range w.made {
		if w.made[i].Kind == kind {
			n++
		}
	}
	return n
}

func (w *world) told(c int) (n int32) {
	for _, d := range w.there(c) {
		if d.Yield != "" {
			n++
		}
	}
	return n
}

func fewer(got, want int32, what string) string {
	if got >= want {
		return ""
	}
	return fmt.Sprintf("%s %d, want at least %d", what, got, want)
}

func more(got, want int32, what string) string {
	if got <= want {
		return ""
	}
	return fmt.Sprintf("%s %d, want at most %d", what, got, want)
}

func ended(d *Described) string {
	if d.Ending || d.Yield != "" {
		return fmt.Sprintf("%s is ended: %+v", d.ID, *d)
	}
	return ""
}
