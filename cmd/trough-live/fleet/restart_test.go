package fleet

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"trough.internal/models"
)

// This file is what a driver knows that goes on where another one ended, right after it gave orders and before it could write down what
// became of them.

// hide makes no description mention what is there.
func (w *world) hide() {
	for _, d := range w.instances {
		w.hidden[d.ID] = true
	}
}

func TestALaunchThatWasWrittenDownAndNotSaidIsWithdrawnAfterTheLaunchDeadline(t *testing.T) {
	w := newWorld(t)
	w.hold(2, 3)
	w.restart(orderOf(models.Launch, 2, 5))
	w.minutes(14)
	if w.count(models.OnOrder, 2) != 5 || w.held(2) != 8 {
		t.Fatalf("it may be there: %s", w)
	}
	if w.minutes(2); w.held(2) != 3 || w.calls(RunInstances) != 1 {
		t.Errorf("%s, notes %q", w, w.l.Notes())
	}
	w.cycle++
	if err := w.order(models.Launch, 2, 5); err != nil || len(w.there(2)) != 8 {
		t.Errorf("nothing keeps it from being ordered again: %v, %s", err, w)
	}
}

func TestALaunchOfLongAgoIsNotOnOrderAnyMore(t *testing.T) {
	w := newWorld(t)
	w.hold(2, 3)
	w.order(models.Launch, 2, 2)
	w.restart(orderOf(models.Launch, 2, 2))
	w.now = w.now.Add(6 * time.Hour)
	if w.minute(); w.held(2) != 5 || w.count(models.OnOrder, 2) != 0 {
		t.Errorf("what was launched is there, and nothing else is: %s", w)
	}
	w.restart(orderOf(models.Launch, 2, 4))
	w.now = w.now.Add(6 * time.Hour)
	if w.minute(); w.held(2) != 5 {
		t.Errorf("six hours later nothing is on order: %s", w)
	}
}

// A group's size is said by value: who says it again, by a description from before, launches no more than is wanted.
func TestAGroupNeedsNoPresumptionOfWhatWasLaunched(t *testing.T) {
	w := newWorld(t)
	w.hold(0, 4)
	old := w.snapshot()
	w.order(models.Launch, 0, 6)
	w.restart(orderOf(models.Launch, 0, 6))
	w.stale = old
	for range 3 {
		w.minute()
		if missing := 10 - w.held(0); missing > 0 {
			w.order(models.Launch, 0, missing)
		}
		if len(w.there(0)) > 10 || w.groups[0].Desired != 10 {
			t.Fatal(w)
		}
	}
	w.stale = nil
	if w.minutes(4); w.held(0) != 10 || len(w.there(0)) != 10 {
		t.Error(w)
	}
}

func TestAnInstanceThatIsSeenBeforeTheAnswerOfItsLaunchIsOne(t *testing.T) {
	for _, seen := range []int{1, 2, 4} {
		w := newWorld(t)
		w.minute()
		calls, _ := w.l.Calls(w.now, w.cycle, 7, []models.Order{orderOf(models.Launch, 2, 4)})
		if w.look(); w.count(models.OnOrder, 2) != 4 {
			t.Fatalf("it is on its way: %s", w)
		}
		ids := w.do(&calls[0])
		for _, id := range ids[seen:] {
			w.hidden[id] = true
		}
		w.look()
		w.l.Done(w.now, &calls[0], Done, ids)
		clear(w.hidden)
		for range 3 {
			if w.minute(); w.held(2) != 4 || len(w.l.cells[2].list) != 4 {
				t.Errorf("%d seen: %s", seen, w)
			}
		}
	}
}

// Of what was seen before an answer came, and was taken for an older launch's of which nobody knows, as many stay on order.
func TestWhatIsOnOrderIsCountedWhoeverIsSeenFirst(t *testing.T) {
	w := newWorld(t)
	w.minute()
	w.fail = func(*Call) Outcome { return Lost }
	w.order(models.Launch, 2, 3)
	w.fail = nil
	w.hide()
	w.minute()
	calls, _ := w.l.Calls(w.now, w.cycle, 7, []models.Order{orderOf(models.Launch, 2, 5)})
	w.short = 2
	ids := w.do(&calls[0])
	w.look()
	w.l.Done(w.now, &calls[0], Done, ids)
	if w.look(); w.held(2) != 6 || w.count(models.OnOrder, 2) != 3 {
		t.Errorf("three may still come: %s", w)
	}
	clear(w.hidden)
	if w.minute(); w.held(2) != 6 || w.count(models.OnOrder, 2) != 0 {
		t.Error(w)
	}
}

func TestALaunchThatWasNotSaidIsNotOnOrder(t *testing.T) {
	w := newWorld(t)
	w.minute()
	w.fail = func(*Call) Outcome { return Nothing }
	w.order(models.Launch, 2, 3)
	w.fail = nil
	if events := w.look(); w.held(2) != 0 || len(events) != 6 || events[5].Kind != models.Cancelled {
		t.Errorf("%s: %+v", w, events)
	}
	w.cycle++
	if err := w.order(models.Launch, 2, 3); err != nil || len(w.there(2)) != 3 {
		t.Errorf("it was no lack of capacity: %v", err)
	}
}

// causeOf is why an instance of which a market's events tell is gone.
func causeOf(events []models.Event) (list []models.Cause) {
	for i := range events {
		if events[i].Kind == models.Gone {
			list = append(list, events[i].Cause)
		}
	}
	return list
}

// What an order ended is not taken for lost, which would make the driver hold for fear of what it did itself.
func TestWhatTheLastOrdersEndedIsGoneByThemAndNotByTheCloud(t *testing.T) {
	for name, lost := range map[string]bool{"restart": false, "lost answers": true} {
		for _, after := range []time.Duration{time.Minute, 6 * time.Hour} {
			w := newWorld(t)
			w.hold(2, 4)
			for _, d := range w.there(2)[:2] {
				w.jobs[d.ID] = Job{}
			}
			w.minute() // two of them are idle
			if lost {
				w.fail = func(*Call) Outcome { return Lost }
			}
			w.order(models.YieldByNotice, 2, 3)
			w.fail = nil
			if !lost {
				w.restart(orderOf(models.YieldByNotice, 2, 3))
			}
			for _, d := range w.there(2) {
				if d.Yield != "" {
					w.kill(d) // its worker did
				}
			}
			w.now = w.now.Add(after)
			causes := causeOf(w.look())
			if len(causes) != 3 {
				t.Fatalf("%s, %s later: %d are gone: %s", name, after, len(causes), w)
			}
			for _, cause := range causes {
				if cause != models.ByMargin {
					t.Errorf("%s, %s later: it is gone %s", name, after, cause)
				}
			}
			w.kill(w.there(2)[0]) // which nobody told
			if causes := causeOf(w.look()); len(causes) != 1 || causes[0] != models.ByCloud {
				t.Errorf("%s, %s later: the last one is gone %v", name, after, causes)
			}
		}
	}
}

func TestWhatWasToldToYieldIsKnownByItsTagWithTheOrdersCauseAndDeadline(t *testing.T) {
	w := newWorld(t)
	w.hold(0, 4)
	w.order(models.YieldByNotice, 0, 1)
	w.restart(orderOf(models.YieldByNotice, 0, 1))
	deadline := w.now.Add(rules().Notice)
	events := w.look()
	if len(events) != 1 || events[0].Kind != models.Yielding || events[0].Cause != models.ByMargin || events[0].N != int32(deadline-w.now) {
		t.Errorf("%+v", events)
	}
	w.minutes(1)
	if len(w.there(0)) != 4 {
		t.Errorf("it is ended before its deadline: %s", w)
	}
	if w.minutes(1); len(w.there(0)) != 3 {
		t.Errorf("it runs after its deadline: %s", w)
	}
}

// Nobody is ended by an order that was written down and not given: a driver's last decision may be hours old.
func TestWhatWasWrittenDownAndNotToldIsNotCarriedOutLater(t *testing.T) {
	for _, kind := range []models.OrderKind{models.YieldWhenIdle, models.YieldByNotice} {
		w := newWorld(t)
		w.hold(0, 4)
		w.hold(2, 4)
		for _, c := range []int{0, 2} {
			w.jobs[w.there(c)[0].ID] = Job{}
		}
		w.minute()
		w.restart(orderOf(kind, 0, 3), orderOf(kind, 2, 3))
		w.minutes(10)
		if w.held(0) != 4 || w.held(2) != 4 || w.told(0)+w.told(2) != 0 || w.calls(Terminate)+w.calls(TerminateAlone) != 0 {
			t.Errorf("order %d: %s", kind, w)
		}
		w.kill(w.there(2)[0])
		if causes := causeOf(w.look()); len(causes) != 1 || causes[0] != models.ByCloud {
			t.Errorf("order %d: what ends so much later is gone %v", kind, causes)
		}
		w.order(models.YieldByNotice, 0, 3) // and if it is wanted again, it is done
		if w.minutes(4); len(w.there(0)) != 1 {
			t.Errorf("order %d: %s", kind, w)
		}
	}
}

// What a group had not launched yet was cancelled first, and so no instance was ended.
func TestWhatWasCancelledIsNotPresumedOfInstances(t *testing.T) {
	w := newWorld(t)
	w.hold(0, 2)
	w.jobs[w.there(0)[0].ID], w.jobs[w.there(0)[1].ID] = Job{}, Job{}
	w.stuck[0] = true
	w.minute()
	w.order(models.Launch, 0, 3)
	w.minute()
	w.order(models.YieldByNotice, 0, 3)
	w.restart(orderOf(models.YieldByNotice, 0, 3))
	w.minute()
	if w.order(models.YieldByNotice, 0, 2); len(w.there(0)) != 0 {
		t.Errorf("they wait, as if they had been ended: %s", w)
	}
}

func TestBeforeItsFirstLookADriverThatGoesOnSetsNoSize(t *testing.T) {
	w := newWorld(t)
	w.hold(0, 2)
	w.restart()
	w.cycle++
	if err := w.order(models.Launch, 0, 3); err == nil || w.groups[0].Desired != 2 {
		t.Errorf("desired %d, %v", w.groups[0].Desired, err)
	}
}

func TestAnEndThatMayHaveBeenAskedForIsNotAskedForAgainAtOnce(t *testing.T) {
	w := newWorld(t)
	w.hold(0, 4)
	list := w.there(0)
	w.jobs[list[0].ID], w.jobs[list[1].ID] = Job{}, Job{}
	w.minute()
	w.order(models.YieldByNotice, 0, 2)
	w.restart(orderOf(models.YieldByNotice, 0, 2))
	for _, d := range list[:2] {
		d.Ending, d.Running = false, true // Amazon describes what was before
		w.groups[0].Members = append(w.groups[0].Members, Member{ID: d.ID})
		w.jobs[d.ID] = Job{}
	}
	w.minute()
	asked := w.calls(Terminate)
	if w.order(models.YieldByNotice, 0, 2); w.calls(Terminate) != asked || w.told(0) != 0 {
		t.Errorf("asked for again, or for others: %v", w.made)
	}
	w.minute()
	w.cycle++
	if w.order(models.YieldByNotice, 0, 2); w.calls(Terminate) != asked+1 {
		t.Error("after two minutes it is asked for again, since they are there")
	}
}

func TestWhatWasDueWhenTheDriverEndedIsNotAskedForAgainAtOnce(t *testing.T) {
	w := newWorld(t)
	w.hold(0, 2)
	w.order(models.YieldByNotice, 0, 2)
	w.minute()
	w.pass()
	w.cycle++
	w.look() // the deadline: whoever ended here asked for their end
	w.restart()
	if w.minute(); w.calls(Terminate) != 0 {
		t.Errorf("%v", w.made)
	}
	if w.minute(); w.calls(Terminate) != 1 {
		t.Errorf("they are there two minutes later: %v", w.made)
	}
}

func TestWhatWasToldToStayStays(t *testing.T) {
	for name, lost := range map[string]bool{"restart": false, "lost answers": true} {
		w := newWorld(t)
		w.hold(0, 3)
		w.order(models.YieldWhenIdle, 0, 2)
		w.minutes(3)
		if lost {
			w.fail = func(*Call) Outcome { return Lost }
		}
		w.order(models.Launch, 0, 2)
		w.fail = nil
		if !lost {
			w.restart(orderOf(models.Launch, 0, 2))
		}
		if w.minutes(5); w.count(models.Busy, 0) != 3 || w.told(0) != 0 {
			t.Errorf("%s: %s", name, w)
		}
	}
}

// What is not wanted any more is not ordered anew by a driver that goes on: the group is told.
func TestWhatWasWithdrawnStaysWithdrawn(t *testing.T) {
	for name, told := range map[string]bool{"before the group is told": false, "after it is": true} {
		w := newWorld(t)
		w.hold(0, 2)
		w.stuck[0] = true
		w.order(models.Launch, 0, 5)
		w.minutes(14)
		w.pass()
		w.cycle++
		w.look() // the launch deadline
		if told {
			w.tend(Work{}, true)
		}
		w.restart()
		if w.minute(); w.groups[0].Desired != 2 || w.held(0) != 2 || w.count(models.OnOrder, 0) != 0 {
			t.Errorf("%s: desired %d, %s", name, w.groups[0].Desired, w)
		}
		w.minute()
		w.order(models.Launch, 0, 1) // which nothing withdraws
		if w.minute(); w.groups[0].Desired != 3 || w.count(models.OnOrder, 0) != 1 {
			t.Errorf("%s: desired %d, %s", name, w.groups[0].Desired, w)
		}
	}
}

// A lower size that was said right before the end leaves what was ordered otherwise on order.
func TestWhatWasWithdrawnIsTakenBackOnce(t *testing.T) {
	w := newWorld(t)
	w.hold(0, 8)
	w.stuck[0] = true
	w.order(models.Launch, 0, 3)
	w.pass()
	w.failures = []Failure{{Cell: 0, At: w.now, Final: true, Message: "no"}}
	w.cycle++
	w.look()
	w.failures = nil
	w.order(models.Launch, 0, 2) // beside three that are withdrawn
	w.tend(Work{}, true)
	w.pass()
	w.cycle++
	w.look()
	w.tend(Work{}, true)
	if w.groups[0].Desired != 10 {
		t.Fatal(w)
	}
	w.restart()
	if w.minute(); w.groups[0].Desired != 10 || w.count(models.OnOrder, 0) != 2 {
		t.Errorf("desired %d, %s", w.groups[0].Desired, w)
	}
}

// A launch of the last cycle was instead of what was withdrawn, and is not taken back with it.
func TestWhatWasLaunchedInPlaceOfWhatWasWithdrawnStays(t *testing.T) {
	for name, said := range map[string]bool{"it was said": true, "it was not": false} {
		w := newWorld(t)
		w.hold(0, 4)
		w.stuck[0] = true
		at := w.now
		w.order(models.Launch, 0, 5)
		w.minute()
		w.order(models.Launch, 0, 2) // which does not fail
		w.failures = []Failure{{Cell: 0, At: at, Final: true, Message: "no"}}
		w.fail = func(*Call) Outcome { return Nothing }
		w.minute() // the group is not told
		w.failures, w.fail = nil, nil
		w.pass()
		w.cycle++
		w.look()
		want := int32(6)
		if said {
			w.order(models.Launch, 0, 3)
			want = 9
		}
		w.restart(orderOf(models.Launch, 0, 3))
		if w.minutes(3); w.groups[0].Desired != want || w.held(0) != want {
			t.Errorf("%s: desired %d, %s", name, w.groups[0].Desired, w)
		}
	}
}

func TestAnotherOnesInstanceInAGroupIsNotForgotten(t *testing.T) {
	w := newWorld(t)
	w.hold(0, 2)
	w.order(models.YieldByNotice, 0, 1)
	w.add(0).Driver = ""
	w.groups[0].Desired++
	w.minute()
	w.restart()
	w.unknown = true // nothing can be described
	w.minutes(5)
	if w.calls(Terminate) != 0 {
		t.Error("an instance of a group is ended that has somebody else's")
	}
}

// TestNoMoreIsThereThanIsWanted: a driver that tops every pool up to ten, and is ended now and then right after it gave orders, with
// answers that are lost or late, descriptions that are empty or old, and launches that come short, never has an eleventh.
func TestNoMoreIsThereThanIsWanted(t *testing.T) {
	const wanted = 10
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		luck := func(name string, of int) bool { return rapid.IntRange(0, of-1).Draw(rt, name) == 0 }
		bad := 0
		late := map[int]func(){} // by pool: answers that have not come
		for range rapid.IntRange(5, 30).Draw(rt, "cycles") {
			w.pass()
			w.cycle++
			// Nothing is seen for some minutes, or groups as they were; then there is a true answer.
			if bad--; bad <= 0 {
				clear(w.hidden)
				w.stale = nil
			}
			if bad < 0 {
				switch rapid.IntRange(0, 4).Draw(rt, "see") {
				case 0:
					bad = rapid.IntRange(1, 4).Draw(rt, "nothing for")
				case 1:
					bad, w.stale = 1, w.snapshot()
				}
			}
			if bad > 0 {
				w.hide()
			}
			for c := range w.groups {
				w.stuck[c] = luck("stuck", 4)
			}
			w.short = int32(rapid.IntRange(0, 1).Draw(rt, "short"))
			w.failures = nil
			for c := range 2 {
				if w.stuck[c] && luck("failure", 2) {
					w.failures = append(w.failures, Failure{Cell: c, At: w.now, Final: true, Message: "no such key"})
				}
			}
			w.look()
			var given []models.Order
			for c := range w.groups {
				if late[c] != nil {
					if luck("still", 2) {
						continue
					}
					late[c]()
					delete(late, c)
					continue
				}
				missing := wanted - w.held(c) - w.count(models.Finishing, c) - w.count(models.Leaving, c)
				if missing <= w.short {
					continue
				}
				given = append(given, orderOf(models.Launch, c, missing))
				calls, _ := w.l.Calls(w.now, w.cycle, 7, given[len(given)-1:])
				for i := range calls {
					call := &calls[i]
					switch rapid.IntRange(0, 4).Draw(rt, "outcome") {
					case 0:
						w.do(call)
						w.l.Done(w.now, call, Lost, nil)
					case 1:
						w.l.Done(w.now, call, Nothing, nil)
					case 2:
						ids := w.do(call)
						late[c] = func() { w.l.Done(w.now, call, Done, ids) }
					default:
						w.l.Done(w.now, call, Done, w.do(call))
					}
				}
			}
			if luck("end", 5) {
				w.restart(given...)
				clear(late)
			} else {
				outcome := rapid.SampledFrom([]Outcome{Done, Done, Lost, Nothing}).Draw(rt, "outcome")
				w.fail = func(*Call) Outcome { return outcome }
				w.tend(Work{AsOf: w.now, Instances: w.jobs}, true)
			}
			for c := range w.groups {
				if n := len(w.there(c)); n > wanted {
					rt.Fatalf("pool %d: %d are there, of %d wanted: %s", c, n, wanted, w)
				}
			}
		}
	})
}
