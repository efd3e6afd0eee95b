package fleet

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"trough.internal/models"
)

// kinds are the events of an instance, in order.
func kinds(events []models.Event, number models.InstanceID) (list []models.EventKind) {
	for _, e := range events {
		if e.Instance == number {
			list = append(list, e.Kind)
		}
	}
	return list
}

func TestWhatAnInstanceDoesComesAsEvents(t *testing.T) {
	w := newWorld(t)
	var events []models.Event
	step := func() {
		w.pass()
		w.cycle++
		events = append(events, w.look()...)
	}
	step()
	w.order(models.Launch, 0, 1)
	for range 4 {
		step()
	}
	id := w.there(0)[0].ID
	w.jobs[id] = Job{Jobs: 1, Class: models.Medium}
	step()
	w.jobs[id] = Job{}
	step()
	w.jobs[id] = Job{Jobs: 2, Class: models.High}
	step()
	w.order(models.YieldWhenIdle, 0, 1)
	step()
	w.order(models.Launch, 0, 1) // it is kept
	step()
	w.order(models.YieldByNotice, 0, 1)
	step()
	w.kill(w.there(0)[0])
	step()
	want := []models.EventKind{models.Ordered, models.Launched, models.Ready, models.Started, models.Completed, models.Started, models.Draining, models.Kept,
		models.Yielding, models.Interrupted, models.Gone}
	if got := kinds(events, 0); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	last := events[len(events)-1]
	if last.Cause != models.ByMargin || last.From != models.Leaving {
		t.Errorf("it is gone by the driver's order: %+v", last)
	}
	if w.count(models.OnOrder, 0)+w.market.CellBorrowed(0) != 0 {
		t.Error(w)
	}
}

func TestWhatTheCloudEndsIsByTheCloud(t *testing.T) {
	w := newWorld(t)
	w.hold(2, 2)
	w.kill(w.there(2)[0])
	events := w.look()
	if len(events) != 2 || events[0].Kind != models.Interrupted || events[1].Kind != models.Gone || events[1].Cause != models.ByCloud {
		t.Errorf("%+v", events)
	}
}

func TestWhereNobodySaysWhatRunsTheNumberIsSharedOutAndNothingIdleIsEndedAtOnce(t *testing.T) {
	w := newWorld(t)
	w.jobs, w.running = nil, []int32{3}
	w.minute()
	w.order(models.Launch, 2, 5)
	w.minutes(3)
	if w.count(models.Busy, 2) != 3 || w.count(models.Idle, 2) != 2 {
		t.Fatal(w)
	}
	w.running[0] = 4
	w.minute()
	if w.count(models.Busy, 2) != 4 {
		t.Fatal(w)
	}
	w.order(models.YieldByNotice, 2, 1)
	if n := w.calls(TerminateAlone); n != 0 || w.told(2) != 1 {
		t.Errorf("%d ended at once, %d told", n, w.told(2))
	}
}

func TestWhatSomebodyElseLaunchedOrToldIsTakenOver(t *testing.T) {
	w := newWorld(t)
	w.groups[0].Desired = 3 // by a driver that did not live to write it down
	w.stuck[0] = true
	w.minute()
	if w.count(models.OnOrder, 0) != 3 {
		t.Fatal(w)
	}
	w.stuck[0] = false
	w.minutes(3)
	if w.count(models.Idle, 0) != 3 {
		t.Fatal(w)
	}
	list := w.there(0)
	w.jobs[list[0].ID], w.jobs[list[1].ID] = Job{Jobs: 1}, Job{Jobs: 1}
	list[0].Yield, list[1].Yield, list[2].Yield = WhenIdle, w.now.Add(time.Hour).String(), "nonsense"
	w.minute()
	if w.count(models.Finishing, 0) != 1 || w.count(models.Leaving, 0) != 2 {
		t.Fatal(w)
	}
	list[0].Yield = "" // and somebody takes the tag away again
	w.minutes(3)
	if list[0].Yield != WhenIdle {
		t.Errorf("it was told to yield, and has tag %q", list[0].Yield)
	}
	w.add(2)
	w.minute()
	if w.count(models.Booting, 2) != 1 {
		t.Error(w)
	}
}

func TestALaunchThatFailsIsRefusedAndItsGroupIsTold(t *testing.T) {
	w := newWorld(t)
	w.stuck[0] = true
	w.minute()
	w.order(models.Launch, 0, 5)
	w.failures = []Failure{{Cell: 0, At: w.now.Add(time.Second), Lacks: true, Final: true, Message: "no capacity"}}
	w.minute()
	if w.held(0) != 0 || w.groups[0].Desired != 0 {
		t.Errorf("desired %d, %s", w.groups[0].Desired, w)
	}
	w.failures = nil
	w.minute()
	if err := w.order(models.Launch, 0, 1); err == nil || !strings.Contains(err.Error(), "no capacity: nothing is launched until") {
		t.Errorf("a minute later: %v", err)
	}
	w.minutes(2)
	if err := w.order(models.Launch, 0, 1); err != nil {
		t.Errorf("three minutes later: %v", err)
	}
}

func TestAPoolWithoutCapacityIsLeftAloneForLongerEachTimeUntilThreeHoursWithout(t *testing.T) {
	var b backoff
	now := models.Instant(1_000_000)
	for _, minutes := range []int{3, 6, 12, 24, 30, 30} {
		b.refused(now)
		if got := b.Until.Sub(now); got != time.Duration(minutes)*time.Minute {
			t.Errorf("left alone for %s, want %d minutes", got, minutes)
		}
		b.refused(now.Add(time.Second)) // another answer to the same
		now = b.Until
	}
	now = b.Last.Add(backoffReset)
	if b.refused(now); b.Until.Sub(now) != backoffFirst {
		t.Errorf("after three hours left alone for %s", b.Until.Sub(now))
	}
}

func TestALaunchWhoseAnswerIsLostIsCountedAndNotRepeated(t *testing.T) {
	w := newWorld(t)
	w.minute()
	w.fail = func(*Call) Outcome { return Lost }
	w.order(models.Launch, 2, 4)
	w.fail = nil
	for _, d := range w.instances {
		w.hidden[d.ID] = true // and Amazon does not describe them yet
	}
	w.minute()
	if w.held(2) != 4 {
		t.Fatalf("they may be there: %s", w)
	}
	clear(w.hidden)
	w.minutes(3)
	if w.held(2) != 4 || len(w.there(2)) != 4 || w.count(models.Idle, 2) != 4 {
		t.Error(w)
	}
}

func TestLaunchesAreNamedByDriverEpochPoolAndCycle(t *testing.T) {
	seen := map[string]bool{}
	again := token("night", 1, "a", 1)
	for _, text := range []string{token("night", 1, "a", 1), token("night", 2, "a", 1), token("night", 1, "b", 1), token("night", 1, "a", 2), token("day", 1, "a", 1)} {
		if len(text) > 64 || seen[text] {
			t.Errorf("%q", text)
		}
		seen[text] = true
	}
	if !seen[again] {
		t.Error("the same launch has another name")
	}
}

func TestWhatIsWrongWithAGroupIsSaidAtEveryLook(t *testing.T) {
	for want, change := range map[string]func(*Group){
		"rebalances among them":        func(g *Group) { g.Zones, g.Rebalances = []string{"us-east-1a", "us-east-1b"}, true },
		"expected us-east-1a: nothing": func(g *Group) { g.Zones = []string{"us-east-1d"} },
		"there is no such group":       func(g *Group) { g.Absent = true },
		`tag trough:pool = ""`:         func(g *Group) { g.Tags = map[string]string{TagDriver: "night"} },
		"does not protect":             func(g *Group) { g.Protects = false },
		"has a minimum of 2":           func(g *Group) { g.Min = 2 },
	} {
		w := newWorld(t)
		w.minute()
		if len(w.l.Notes()) > 0 {
			t.Fatal(w.l.Notes())
		}
		change(&w.groups[0])
		for range 2 {
			w.minute()
			if !w.noted(want) {
				t.Errorf("%q, want %s", w.l.Notes(), want)
			}
		}
	}
	w := newWorld(t)
	w.groups[0].Zones = []string{"us-east-1a", "us-east-1b"} // and it does not rebalance
	if w.minute(); len(w.l.Notes()) > 0 {
		t.Error(w.l.Notes())
	}
}

func TestASizeIsNeverSetBelowWhatAGroupHas(t *testing.T) {
	w := newWorld(t)
	w.stuck[0] = true
	w.minute()
	w.order(models.Launch, 0, 4)
	w.minute()
	w.stuck[0] = false
	w.groups[0].Members = append(w.groups[0].Members, Member{ID: "i-new"}, Member{ID: "i-newer"}) // which nothing describes yet
	w.look()
	w.cycle++
	w.order(models.YieldByNotice, 0, 4)
	if w.groups[0].Desired != 2 || w.held(0) != 4 {
		t.Errorf("desired %d, %s", w.groups[0].Desired, w)
	}
	if w.look(); w.held(0) != 2 {
		t.Error(w)
	}
}

func TestTwoOrdersOfACellLowerItsSizeTogether(t *testing.T) {
	w := newWorld(t)
	w.stuck[0] = true
	w.minute()
	w.order(models.Launch, 0, 6)
	w.minute()
	calls, err := w.l.Calls(w.now, w.cycle, 0, []models.Order{{Kind: models.YieldByNotice, N: 2}, {Kind: models.YieldWhenIdle, N: 3}})
	if w.carry(calls); err != nil || w.groups[0].Desired != 1 {
		t.Errorf("desired %d, %v", w.groups[0].Desired, err)
	}
	if w.look(); w.held(0) != 1 {
		t.Error(w)
	}
}

func TestWhatHasLeftItsGroupIsEndedAfterTheGrace(t *testing.T) {
	w := newWorld(t)
	w.hold(0, 2)
	taken := w.detach(0)
	w.minutes(14)
	if taken.Ending || !w.noted("has left group group-0") {
		t.Fatalf("ended %t, notes %q", taken.Ending, w.l.Notes())
	}
	w.minutes(3)
	if !taken.Ending {
		t.Error("it runs for ever")
	}
	stranger := w.add(2)
	stranger.Pool = "us-east-1f/r3.4xlarge" // the driver's name, and no pool of its
	w.minutes(30)
	if stranger.Ending || !w.noted("is in no group of its: it is not touched") {
		t.Errorf("ended %t, notes %q", stranger.Ending, w.l.Notes())
	}
}

// TestALedgerIsWhatItsJournalSays: a driver that is ended after any cycle, whose journal has any mix of heads and records, goes on with
// the same instances, and tells no event twice or never.
func TestALedgerIsWhatItsJournalSays(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		w.workers = rapid.Bool().Draw(rt, "workers")
		for range rapid.IntRange(1, 25).Draw(rt, "cycles") {
			w.pass()
			w.cycle++
			w.look()
			for c := range w.groups {
				w.stuck[c] = rapid.IntRange(0, 4).Draw(rt, "stuck") == 0
			}
			for _, d := range w.instances {
				if _, there := w.jobs[d.ID]; there && rapid.Bool().Draw(rt, "job") {
					w.jobs[d.ID] = Job{Jobs: rapid.Int32Range(0, 1).Draw(rt, "jobs")}
				}
			}
			early := rapid.IntRange(0, 3).Draw(rt, "early") == 0 // orders of the cycle before are late, and done only now
			if early {
				w.order(models.OrderKind(rapid.IntRange(0, 2).Draw(rt, "late kind")), rapid.IntRange(0, 2).Draw(rt, "late pool"), 2)
				w.cycle++
				w.tend(Work{AsOf: w.now, Instances: w.jobs}, true)
			}
			memory, err := w.l.Remember(w.cursor, rapid.IntRange(0, 5).Draw(rt, "head") == 0)
			if err != nil {
				rt.Fatal(err)
			}
			if memory != nil {
				w.journal = append(w.journal, memory)
			}
			if rapid.IntRange(0, 5).Draw(rt, "end") == 0 {
				before := state(w.l)
				w.l = New("night", w.l.pools, w.l.borrowers, []Place{w.l.cells[0].place, w.l.cells[1].place, w.l.cells[2].place}, rules())
				if err := w.l.Recall(w.cursor, w.journal); err != nil {
					rt.Fatal(err)
				}
				if after := state(w.l); after != before {
					rt.Fatalf("it was\n%s\nand is\n%s", before, after)
				}
			}
			for c := range w.groups {
				kind := models.OrderKind(rapid.IntRange(0, 2).Draw(rt, "kind"))
				w.order(kind, c, rapid.Int32Range(1, 4).Draw(rt, "n"))
			}
			if !early {
				w.tend(Work{AsOf: w.now, Instances: w.jobs}, true)
			}
		}
		clear(w.stuck)
		w.minutes(6)
		for c := range w.groups {
			if got := int(w.market.CellBorrowed(c)); got != len(w.there(c)) && len(w.there(c)) <= got {
				rt.Fatalf("pool %d: %d in the books, %d there", c, got, len(w.there(c)))
			}
		}
	})
}

// state is all that a ledger has to remember.
func state(l *Ledger) string {
	var b strings.Builder
	for c := range l.cells {
		for _, r := range l.cells[c].list {
			kept := *r
			kept.ending, kept.Idle, kept.until = false, 0, 0
			fmt.Fprintf(&b, "%+v\n", kept)
		}
	}
	fmt.Fprint(&b, l.next, l.step, l.pool, l.base+int64(len(l.out)))
	return b.String()
}

func TestAMemoryThatDoesNotFitIsRefused(t *testing.T) {
	for _, text := range []string{`{`, `{"rows": [null]}`, `{"rows": [{"cell": 9, "state": 1}]}`, `{"rows": [{"cell": 0, "state": 0}]}`, `{"rows": [{"cell": 0, "state": 99}]}`} {
		if err := newWorld(t).l.Recall(0, []json.RawMessage{json.RawMessage(text)}); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
	if _, _, err := newWorld(t).l.Since(5); err == nil {
		t.Error("events are asked for that were never told")
	}
}

func TestPlansArePrintedAsCalls(t *testing.T) {
	w := newWorld(t)
	w.hold(0, 2)
	w.minute()
	calls, _ := w.l.Calls(w.now, w.cycle, 0, []models.Order{{Kind: models.YieldByNotice, N: 1}})
	if len(calls) != 1 || !strings.HasPrefix(calls[0].String(), "CreateTags trough:yield=20") || !calls[0].Returns() {
		t.Errorf("%v", calls)
	}
	calls, _ = w.l.Calls(w.now, w.cycle, 0, []models.Order{{Kind: models.Launch, N: 3}})
	if len(calls) != 1 || calls[0].String() != "SetDesiredCapacity group-0 5" || calls[0].Returns() {
		t.Errorf("%v", calls)
	}
	if got := w.l.Describe(0); got != "us-east-1a/r3.4xlarge, group group-0 of 2, 2 busy" {
		t.Error(got)
	}
}

func TestWhatNoDescriptionMentionsIsGoneAfterAQuarterOfAnHour(t *testing.T) {
	w := newWorld(t)
	w.hold(2, 3)
	for _, d := range w.instances {
		w.hidden[d.ID] = true
	}
	if w.minutes(15); w.held(2) != 3 {
		t.Errorf("%d of 3 are held after it was missing for a little less", w.held(2))
	}
	if w.minutes(1); w.held(2) != 0 {
		t.Errorf("%d are held", w.held(2))
	}
}

// A group goes on trying what was refused until it is told: what is launched later is instead of that, and not beside it.
func TestWhatIsLaunchedIsNotOnTopOfWhatIsWithdrawn(t *testing.T) {
	for name, outcome := range map[string]Outcome{"it is told": Done, "the answer is lost": Lost, "it is not told": Nothing} {
		w := newWorld(t)
		w.hold(0, 4)
		w.stuck[0] = true
		w.order(models.Launch, 0, 5)
		w.failures = []Failure{{Cell: 0, At: w.now, Final: true, Message: "no"}}
		w.fail = func(*Call) Outcome { return Nothing }
		w.minute()
		w.failures = nil
		w.fail = func(*Call) Outcome { return outcome }
		w.pass()
		w.cycle++
		w.look()
		w.order(models.Launch, 0, 3)
		if want := map[Outcome]int32{Done: 7, Lost: 7, Nothing: 9}[outcome]; w.groups[0].Desired != want {
			t.Errorf("%s: desired %d, want %d", name, w.groups[0].Desired, want)
		}
		w.fail = nil
		w.minutes(2)
		want := int32(7)
		if outcome == Nothing {
			want = 4
		}
		if w.held(0) != want || w.groups[0].Desired != want {
			t.Errorf("%s: desired %d, %s", name, w.groups[0].Desired, w)
		}
	}
}

// Instances that end lower their group's size. What is worked out from the size before would raise it again, and they would be replaced.
func TestWhatEndsIsNotReplacedForWhatIsWithdrawn(t *testing.T) {
	for name, told := range map[string]bool{"at once": false, "since they were told before": true} {
		w := newWorld(t)
		w.hold(0, 6)
		for _, d := range w.there(0)[:2] {
			w.jobs[d.ID] = Job{}
		}
		w.minute()
		w.stuck[0] = true
		w.order(models.Launch, 0, 3)
		if told {
			w.order(models.YieldWhenIdle, 0, 2)
		}
		w.failures = []Failure{{Cell: 0, At: w.now, Final: true, Message: "no"}}
		w.fail = func(*Call) Outcome { return Nothing }
		w.minute()
		w.failures, w.fail = nil, nil
		w.pass()
		w.cycle++
		w.look()
		if !told {
			w.order(models.YieldByNotice, 0, 2)
		}
		w.tend(Work{AsOf: w.now, Instances: w.jobs}, true)
		launched := w.launched
		w.minutes(3) // it is stuck until it has been told
		w.stuck[0] = false
		if w.minutes(4); len(w.there(0)) != 4 || w.groups[0].Desired != 4 || w.launched != launched {
			t.Errorf("%s: desired %d, %d launched: %s", name, w.groups[0].Desired, w.launched-launched, w)
		}
	}
}

// A group was told of launches that failed, and the answer was lost: what is ordered once it has been described again is on order.
func TestALowerSizeWhoseAnswerIsLostIsTakenBackOnce(t *testing.T) {
	w := newWorld(t)
	w.hold(0, 8)
	w.stuck[0] = true
	w.order(models.Launch, 0, 3)
	w.failures = []Failure{{Cell: 0, At: w.now, Final: true, Message: "no"}}
	w.fail = func(*Call) Outcome { return Lost }
	w.minute()
	w.failures, w.fail = nil, nil
	w.unknown = true
	w.minutes(2)
	w.unknown = false
	w.pass()
	w.cycle++
	w.look()
	if err := w.order(models.Launch, 0, 2); err != nil || w.groups[0].Desired != 10 {
		t.Fatalf("desired %d, %v", w.groups[0].Desired, err)
	}
	if w.minute(); w.count(models.OnOrder, 0) != 2 || w.held(0) != 10 {
		t.Error(w)
	}
}
