package drive

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trough.internal/models"
)

// incidents are what has burnt users of live controllers, what prevents it here, and which tests show that it does. A rule is one of
// rules or trust, whose test fails where it is switched off; a test stands in one of the driver's packages or in policies.
var incidents = []struct {
	hazard string
	rules  []string
	tests  []string
}{
	{"a read that failed becomes a number, and is written for the whole fleet", []string{"events", "step"}, []string{"TestEventsThatDoNotFitTheBooksAreRefused"}},
	{"empty or partial telemetry reads as idle owners", []string{"agree", "fall", "source"}, []string{"TestTheLeastAvailableOfTheLastReportsIsBelieved", "TestAFallThatStaysIsBelievedAfterAWhile",
		"TestWhatAReportDoesNotSayIsUnknown", "TestARegionIsCompleteOrUnknown", "TestWhatIsNoNumberIsUnknownAndNotZero", "TestAQueueThatSaysNoCountIsUnknownAndNotEmpty"}},
	{"stale telemetry", []string{"stale", "work"}, []string{"TestWorkThatWasNeverKnownEndsNothing", "TestACurfewIsKeptThoughTheWorkIsNotKnown", "TestEachPoolComesFromTheFirstGoodSource"}},
	{"a cold start acts on half of the state", []string{"cold", "budget"}, []string{"TestADriverThatIsEndedAnywhereGoesOnAsIfItHadNotBeen", "TestATakeOverBeginsWithAnEmptyBudget"}},
	{"capacity errors are repeated for hours, or what never comes counts as coming", []string{"overdue"}, []string{"TestAStuckPoolHoldsUpNoOther"}},
	{"what a group replaces by itself is launched a second time", nil, []string{"TestWhatAGroupReplacedIsNotLaunchedAgain"}},
	{"two drivers act", nil, []string{"TestTwoNeverHoldIt", "TestWhoDoesNotHoldTheLeaseDecidesAndActsOnNothing", "TestAnOrderOnItsWayEndsWithTheEpoch", "TestASecondDriverIsRefusedTheJournal"}},
	{"flapping", []string{"flap"}, nil},
	{"a flag is ignored in one mode, or by what is there already", []string{"mode"}, []string{"TestALowerLimitHoldsForWhatIsThereAlready"}},
	{"mass termination", []string{"pace", "loss"}, []string{"TestAnEvacuationIsNotPacedAndNeedsNoTelemetry"}},
	{"production is blocked by what is borrowed", []string{"stop"}, []string{"TestAStopIsObeyedBeforeTheNextEvaluationIsDue"}},
	{"the clock is set, or a server's is wrong", []string{"clock", "skew"}, []string{"TestAMachineThatWasSuspendedDoesNotHoldItAnyMore", "TestAClockThatIsNotOursIsNoticed",
		"TestAReportOfAClockThatIsNotTrustedLowersAndDoesNotMakeYounger"}},
	{"fewer or more are launched than were asked for", nil, []string{"TestMoreOrFewerThanAskedForAreCountedOneByOne"}},
	{"rules collide", nil, []string{"TestWhoOverrulesWhom"}},
}

// TestEveryIncidentHasARuleOrATestThatIsThere keeps the table true.
func TestEveryIncidentHasARuleOrATestThatIsThere(t *testing.T) {
	there := testsOf(t, "..", "../drive", "../journal", "../lease", "../source", "../aws/owners", "../aws/queues")
	var answered []string
	for _, i := range incidents {
		if len(i.rules)+len(i.tests) == 0 {
			t.Errorf("%s: nothing prevents it", i.hazard)
		}
		for _, name := range i.tests {
			if !there[name] {
				t.Errorf("%s: there is no %s", i.hazard, name)
			}
		}
		for _, rule := range i.rules {
			if !slices.ContainsFunc(hazards, func(h hazard) bool { return h.rule == rule }) {
				t.Errorf("%s: no play shows what happens without rule %s", i.hazard, rule)
			}
		}
		answered = append(answered, i.rules...)
	}
	for _, h := range hazards {
		if !slices.Contains(answered, h.rule) {
			t.Errorf("rule %s answers no incident", h.rule)
		}
	}
}

func testsOf(t *testing.T, folders ...string) map[string]bool {
	names := map[string]bool{}
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: no tests, %v", folder, err)
		}
		for _, name := range files {
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range file.Decls {
				if f, ok := d.(*ast.FuncDecl); ok {
					names[f.Name.Name] = true
				}
			}
		}
	}
	return names
}

// big is a world in which a thousand are held.
func big(t *testing.T, policy string) (*world, *Driver) {
	w := newWorld()
	w.reserved, w.policy = []int32{590, 590}, policy
	safety := DefaultSafety()
	safety.IncreaseLeast, safety.LaunchesPerHour = 10_000, 10_000_000
	d := w.driver(t, safety, "")
	if w.minutes(d, 10); w.total() != 1000 {
		t.Fatal(w)
	}
	return w, d
}

func TestAnEvacuationIsNotPacedAndNeedsNoTelemetry(t *testing.T) {
	w, d := big(t, greedy)
	w.telemetryErr, w.workErr, w.eventsErr = errDown, errDown, errDown
	w.stops.Stops = []Stop{{State: "evacuate"}}
	c := w.minutes(d, 1)
	if w.total() != 0 || len(c.Orders) != 2 || c.Orders[0].Kind != models.YieldByNotice || c.Orders[0].N != 500 {
		t.Errorf("%s, orders %+v", w, c.Orders)
	}
}

// curfewed drains from 00:30 on, and ends at 01:00 what is left.
const curfewed = greedy + "curfew: {windows: [{cron: \"0 1 * * *\", duration: 1h, lead: 30m}]}\n"

func TestACurfewIsKeptThoughTheWorkIsNotKnown(t *testing.T) {
	w := newWorld()
	w.policy = curfewed
	d := w.driver(t, DefaultSafety(), "")
	w.minutes(d, 20)
	w.workErr = errDown
	w.minutes(d, 9)
	if w.total() != 20 {
		t.Fatalf("before the curfew: %s", w)
	}
	if w.minutes(d, 2); w.total() != 0 {
		t.Errorf("in its lead: %s", w)
	}
}

// TestWhoOverrulesWhom: evacuation, then what is stale or unknown, then the return of an overdraft, then curfews, then budgets.
func TestWhoOverrulesWhom(t *testing.T) {
	t.Run("an evacuation overrules a driver that may hold only and has just started", func(t *testing.T) {
		w := newWorld()
		for range 5 {
			w.launch(0)
		}
		d := w.driver(t, DefaultSafety(), "")
		d.safety.mode = Hold
		w.telemetryErr, w.workErr = errDown, errDown
		w.stops.Stops = []Stop{{State: "evacuate"}, {State: "hold"}, {State: "run"}}
		if w.minutes(d, 1); w.total() != 0 {
			t.Error(w)
		}
	})
	t.Run("a stale report overrules what another pool needs", func(t *testing.T) {
		w := newWorld()
		d := w.driver(t, DefaultSafety(), "")
		w.minutes(d, 10)
		w.inUse = []int32{80, models.Unknown} // the first pool could give more
		w.minutes(d, 3)
		w.inUse[0] = 97
		w.minutes(d, 6)
		if w.held[0] != 3 || w.held[1] > 10 {
			t.Errorf("an overdraft is returned, and nothing is taken where nothing is known: %s", w)
		}
	})
	t.Run("the return of an overdraft and a curfew overrule budgets", func(t *testing.T) {
		w, d := big(t, curfewed)
		d.safety.set.ReclaimMax, d.safety.set.ReclaimLeast = 0, 1
		w.inUse[0] = 590
		if w.minutes(d, 1); w.held[0] != 0 || w.held[1] != 500 {
			t.Errorf("an overdraft is returned at once: %s", w)
		}
		if w.minutes(d, 25); w.total() != 0 {
			t.Errorf("in a curfew's lead: %s", w)
		}
	})
	t.Run("a budget overrules borrowing", func(t *testing.T) {
		w := newWorld()
		safety := DefaultSafety()
		safety.LaunchesPerHour = 60
		if w.minutes(w.driver(t, safety, ""), 5); w.total() > 5 {
			t.Error(w)
		}
	})
}

func TestALowerLimitHoldsForWhatIsThereAlready(t *testing.T) {
	w := newWorld()
	d := w.driver(t, DefaultSafety(), "")
	w.minutes(d, 8)
	w.policy = greedy + "limits: {borrowed_max: 6}\n"
	again, notes, err := Resume(w.setup(t, DefaultSafety()), w.folder())
	if err != nil || len(notes) > 0 {
		t.Fatal(notes, err)
	}
	if w.minutes(again, 1); w.total() != 6 {
		t.Errorf("the first evaluation with the new limit: %s", w)
	}
	if w.minutes(again, 5); w.total() != 6 {
		t.Errorf("it stays: %s", w)
	}
}

func TestWhatAGroupReplacedIsNotLaunchedAgain(t *testing.T) {
	w := newWorld()
	w.demand = 8
	d := w.driver(t, DefaultSafety(), "")
	w.minutes(d, 6)
	if w.held[0] != 8 {
		t.Fatal(w)
	}
	acts := len(w.acts)
	for range 3 { // the group keeps its size by itself
		w.end(0, models.ByCloud)
		w.launch(0)
		w.minutes(d, 2)
	}
	if len(w.acts) != acts || w.total() != 8 {
		t.Errorf("%s, orders %+v", w, w.acts[acts:])
	}
}

func TestMoreOrFewerThanAskedForAreCountedOneByOne(t *testing.T) {
	for _, gives := range []int{-3, +3} {
		w := newWorld()
		w.demand = 8
		d := w.driver(t, DefaultSafety(), "")
		for w.total() == 0 {
			w.minutes(d, 1)
		}
		for range max(gives, -gives) { // unasked
			if gives > 0 {
				w.launch(0)
			} else {
				w.end(0, models.ByCloud)
			}
		}
		if w.minutes(d, 3); w.total() != 8 || d.obs.Held(0)+d.obs.Held(1) != 8 {
			t.Errorf("%+d: %s, %d in the books", gives, w, d.obs.Held(0)+d.obs.Held(1))
		}
	}
}

func TestALongRetreatIsOneEviction(t *testing.T) {
	w := newWorld()
	d := w.driver(t, DefaultSafety(), "")
	w.minutes(d, 10)
	for n := range int32(8) { // the owners come back one by one
		w.inUse[0] = 91 + n
		w.minutes(d, 1)
	}
	w.inUse[0] = 90
	w.minutes(d, 20)
	if w.held[0] != 10 {
		t.Errorf("after the cool-off it is borrowed again: %s", w)
	}
}

func TestWhatIsWithdrawnIsSaidOnceAndAskedAgainLater(t *testing.T) {
	w := newWorld()
	w.demand, w.silent = 8, true
	d := w.driver(t, DefaultSafety(), "")
	said := 0
	for range 60 {
		for _, note := range w.minutes(d, 1).Notes {
			if strings.HasPrefix(note, "us-east-1a/r3.4xlarge of encoding: nothing is heard for 15m0s of ") {
				said++
			}
		}
	}
	// An order waits for 15 minutes, and its pool is left alone for as long.
	if want := 2; said != want || w.launchedInto(0) > want+1 {
		t.Errorf("it was said %d times, and ordered %d times, want %d and one that waits", said, w.launchedInto(0), want)
	}
	w.silent = false
	w.minutes(d, 60)
	if w.held[0] == 0 || w.unheard > 0 {
		t.Errorf("the pool answers again: %s", w)
	}
	if v, err := Verify(w.folder()); err != nil || v.First != nil {
		t.Errorf("%+v, %v", v, err)
	}
}

// deaf is a cloud that takes nothing back.
type deaf struct{ *world }

func (d deaf) Act(ctx context.Context, cycle int64, orders []models.Order) error {
	if orders[0].Kind != models.Launch {
		return nil
	}
	return d.world.Act(ctx, cycle, orders)
}

func TestWhatCannotBeWithdrawnIsSaidEveryQuarterOfAnHourAndItsPoolIsLeftAlone(t *testing.T) {
	w := newWorld()
	w.demand, w.silent = 8, true
	setup := w.setup(t, DefaultSafety())
	setup.Cloud = deaf{w}
	d, err := New(setup)
	if err != nil {
		t.Fatal(err)
	}
	said := 0
	for range 60 {
		said += len(w.minutes(d, 1).Notes)
	}
	if said != 3 || w.launchedInto(0) != 1 {
		t.Errorf("it was said %d times, and ordered %d times", said, w.launchedInto(0))
	}
}

func TestAPoolThatLaunchesSlowlyIsWaitedFor(t *testing.T) {
	w := newWorld()
	w.demand, w.silent = 8, true
	d := w.driver(t, DefaultSafety(), "")
	for range 7 {
		if c := w.minutes(d, 10); len(c.Notes) > 0 || w.held[0] != 8 {
			t.Fatalf("%s, notes %q", w, c.Notes)
		}
		w.unheard--
		w.event(models.Event{Kind: models.Launched, Pool: 0, From: models.OnOrder, To: models.Booting})
	}
}

func TestEvictionsThatAreFarApartAreNoFlapping(t *testing.T) {
	w := newWorld()
	d := w.driver(t, DefaultSafety(), "")
	for range 6 {
		w.inUse[0] = 90
		w.minutes(d, 38)
		w.inUse[0] = 100
		w.minutes(d, 2)
	}
	if n := w.launchedInto(0); n != 6 {
		t.Errorf("it was borrowed %d times, want each of 6: %s", n, w)
	}
}
