package drive

import (
	"slices"
	"strings"
	"testing"
	"time"

	"trough.internal/models"
	"trough.internal/policies"
)

// hazard is what has burnt users of live controllers, as a little play. It returns what harm was done, empty for none.
type hazard struct {
	rule   string
	hazard string
	safety func(*Safety)
	play   func(t *testing.T, w *world, d *Driver) string
}

var hazards = []hazard{
	{"agree", "one partial answer reads as idle owners", nil, func(_ *testing.T, w *world, d *Driver) string {
		w.minutes(d, 10)
		w.inUse[0] = 75
		w.minutes(d, 1)
		w.inUse[0] = 90
		return w.more(10, 10)
	}},
	{"fall", "an empty answer that is repeated reads as idle owners", nil, func(_ *testing.T, w *world, d *Driver) string {
		w.minutes(d, 10)
		w.inUse[0] = 0
		w.minutes(d, 5)
		return w.more(10, 10)
	}},
	{"agree", "a partial answer agrees with what was long ago", func(s *Safety) { s.IncreaseLeast, s.LaunchesPerHour = 1000, 10_000_000 }, func(_ *testing.T, w *world, d *Driver) string {
		w.inUse = []int32{75, 75}
		w.demand = 0
		w.minutes(d, 10)
		w.telemetryErr = errDown
		w.minutes(d, 10)
		w.telemetryErr, w.demand = nil, 1000 // and by now 90 are in use
		w.minutes(d, 1)
		w.inUse = []int32{90, 90}
		return w.more(10, 10)
	}},
	{"fall", "an empty answer follows a fall that is true", nil, func(_ *testing.T, w *world, d *Driver) string {
		w.minutes(d, 10)
		w.inUse[0] = 60
		w.minutes(d, 8)
		w.inUse[0] = 0
		w.minutes(d, 6)
		return w.more(40, 10)
	}},
	{"fall", "an empty answer meets a driver that has just started", nil, func(t *testing.T, w *world, d *Driver) string {
		w.minutes(d, 10)
		again, notes, err := Resume(w.setup(t, *d.safety.set), w.folder())
		if err != nil || len(notes) > 0 {
			t.Fatal(notes, err)
		}
		again.safety.off, again.trust.off = d.safety.off, d.trust.off
		w.inUse[0] = 0
		w.minutes(again, 8)
		return w.more(10, 10)
	}},
	{"fall", "an empty answer is the first that a driver hears", nil, func(_ *testing.T, w *world, d *Driver) string {
		w.inUse = []int32{0, 90}
		w.minutes(d, 8)
		return w.more(10, 10)
	}},
	{"source", "a source that leaves something out comes and goes", nil, func(_ *testing.T, w *world, d *Driver) string {
		w.minutes(d, 10)
		for range 10 {
			w.source, w.inUse = "second", []int32{75, 75}
			w.minutes(d, 4)
			if harm := w.more(10, 10); harm != "" {
				return harm
			}
			w.source, w.inUse = "first", []int32{90, 90}
			w.minutes(d, 1)
		}
		return ""
	}},
	{"source", "two sources that each leave something out take turns", nil, func(_ *testing.T, w *world, d *Driver) string {
		w.minutes(d, 10)
		w.inUse = []int32{75, 75}
		for range 10 {
			w.source = "second"
			w.minutes(d, 1)
			w.source = "first"
			w.minutes(d, 1)
		}
		return w.more(10, 10)
	}},
	{"skew", "a server's clock is wrong, and its old report looks young", nil, func(_ *testing.T, w *world, d *Driver) string {
		w.minutes(d, 10)
		w.inUse, w.ageUnknown = []int32{80, 80}, true
		w.minutes(d, 5)
		return w.more(10, 10)
	}},
	{"skew", "of what was available before a clock was doubted, more is borrowed", nil, func(_ *testing.T, w *world, d *Driver) string {
		w.demand = 4
		w.minutes(d, 10)
		w.demand, w.ageUnknown = 1000, true
		w.minutes(d, 3)
		return w.more(4, 4)
	}},
	{"pace", "a reading of no work lets the whole fleet go", func(s *Safety) { s.IncreaseLeast, s.LaunchesPerHour = 10_000, 10_000_000 }, func(_ *testing.T, w *world, d *Driver) string {
		w.reserved = []int32{590, 590}
		w.minutes(d, 10)
		w.noWork = true
		w.minutes(d, 2)
		return w.less(750)
	}},
	{"overdue", "launches that never come keep their work from other pools", nil, func(_ *testing.T, w *world, d *Driver) string {
		w.demand, w.silent = 8, true
		w.minutes(d, 30)
		if w.held[1] < 7 { // one is left to ask the first pool with
			return w.String()
		}
		return ""
	}},
	{"flap", "a pool is borrowed and taken back over and over", nil, func(_ *testing.T, w *world, d *Driver) string {
		for range 30 {
			w.inUse[0] = 90
			w.minutes(d, 13)
			w.inUse[0] = 100
			w.minutes(d, 2)
		}
		if n := w.launchedInto(0); n > 16 {
			return w.String()
		}
		return ""
	}},
	{"step", "a wrong number is written for the whole fleet at once", func(s *Safety) { s.LaunchesPerHour = 10_000_000 }, func(_ *testing.T, w *world, d *Driver) string {
		w.reserved = []int32{10_000, 10_000}
		w.demand = 100_000
		return w.jump(d, 10, 200)
	}},
	{"budget", "a driver that is started again and again launches each time", func(s *Safety) { s.LaunchesPerHour = 60 }, func(_ *testing.T, w *world, d *Driver) string {
		w.minutes(d, 5)
		return w.more(5, 5)
	}},
	{"cold", "what its predecessor ordered is not seen yet", func(s *Safety) { s.AgreeingReads = 1 }, func(_ *testing.T, w *world, d *Driver) string {
		w.pass(9 * time.Minute)
		w.minutes(d, 1)
		for range 20 { // the predecessor's
			w.launch(0)
		}
		return w.more(20, 0)
	}},
	{"loss", "most of the fleet is gone, and is launched anew into whatever took it", nil, func(_ *testing.T, w *world, d *Driver) string {
		w.minutes(d, 10)
		for range 9 {
			w.end(0, models.ByCloud)
			w.end(1, models.ByCloud)
		}
		w.minutes(d, 20)
		return w.more(1, 1)
	}},
	{"clock", "the clock is set, and ages and windows mean nothing", nil, func(_ *testing.T, w *world, d *Driver) string {
		w.minutes(d, 10)
		w.inUse[0], w.inUse[1] = 85, 85
		w.minutes(d, 1)
		w.now += 200
		w.minutes(d, 1)
		return w.more(10, 10)
	}},
	{"events", "reads are throttled while writes are not", nil, func(_ *testing.T, w *world, d *Driver) string {
		w.minutes(d, 2) // orders were carried out of which nothing was heard
		w.eventsErr = errDown
		w.minutes(d, 5)
		return w.more(10, 10)
	}},
	{"events", "an event is delivered twice", nil, func(_ *testing.T, w *world, d *Driver) string {
		w.minutes(d, 10)
		w.events = append(w.events, models.Event{Kind: models.Ready, From: models.Booting, To: models.Idle})
		w.inUse[0], w.inUse[1] = 85, 85
		w.minutes(d, 1)
		w.events = append(w.events, w.events[len(w.events)-1])
		w.minutes(d, 1)
		return w.more(10, 10)
	}},
	{"work", "the queue's depth is not known any more", nil, func(_ *testing.T, w *world, d *Driver) string {
		w.minutes(d, 10)
		w.workErr = errDown
		w.minutes(d, 6)
		w.inUse[0], w.inUse[1] = 80, 80
		w.minutes(d, 5)
		return w.more(10, 10)
	}},
	{"stale", "reports stop, and what was available is borrowed", nil, func(_ *testing.T, w *world, d *Driver) string {
		w.demand = 4
		w.minutes(d, 10)
		w.telemetryErr = errDown
		w.minutes(d, 6)
		w.demand = 1000
		w.minutes(d, 5)
		return w.more(4, 4)
	}},
	{"stale", "reports stop, the clock is set back, and the last one looks young", nil, func(_ *testing.T, w *world, d *Driver) string {
		w.demand = 4
		w.minutes(d, 10)
		w.telemetryErr = errDown
		w.now -= 1200
		w.minutes(d, 10)
		w.demand = 1000
		w.minutes(d, 5)
		return w.more(4, 4)
	}},
	{"work", "the queue's depth is not known any more, and the clock is set back", nil, func(_ *testing.T, w *world, d *Driver) string {
		w.minutes(d, 10)
		w.workErr = errDown
		w.now -= 1200
		w.minutes(d, 20) // until reports are younger than the last one of before
		w.inUse[0], w.inUse[1] = 80, 80
		w.minutes(d, 4)
		return w.more(10, 10)
	}},
	{"stale", "reports stop, and what is held is kept for ever", nil, func(_ *testing.T, w *world, d *Driver) string {
		w.minutes(d, 10)
		w.telemetryErr = errDown
		w.minutes(d, 15+30)
		return w.more(0, 0)
	}},
	{"mode", "a flag is ignored in one mode", nil, func(_ *testing.T, w *world, d *Driver) string {
		d.safety.mode = Hold
		w.minutes(d, 10)
		return w.more(0, 0)
	}},
	{"stop", "an evacuation waits for telemetry that is down", nil, func(_ *testing.T, w *world, d *Driver) string {
		w.minutes(d, 10)
		w.telemetryErr, w.workErr, w.eventsErr = errDown, errDown, errDown
		w.stops.Stops = []Stop{{State: "evacuate"}}
		w.minutes(d, 1)
		return w.more(0, 0)
	}},
	{"stop", "stop states cannot be read, and it goes on as if there were none", nil, func(_ *testing.T, w *world, d *Driver) string {
		w.stopsErr = errDown
		w.minutes(d, 10)
		return w.more(0, 0)
	}},
}

// more says where more is held than may be.
func (w *world) more(first, second int) string {
	if w.held[0] > first || w.held[1] > second {
		return w.String()
	}
	return ""
}

// less says where less is held than is to be.
func (w *world) less(least int32) string {
	if w.total() < least {
		return w.String()
	}
	return ""
}

// launchedInto is how many orders launched something of a pool.
func (w *world) launchedInto(p models.PoolID) (n int) {
	for _, o := range w.acts {
		if o.Kind == models.Launch && o.Pool == p {
			n++
		}
	}
	return n
}

// jump says when more is launched in one cycle than may be.
func (w *world) jump(d *Driver, cycles, most int) string {
	for range cycles {
		before := w.total()
		w.minutes(d, 1)
		if n := w.total() - before; n > int32(most) {
			return w.String()
		}
	}
	return ""
}

// TestEachRulePreventsItsHazardAndNothingElseDoes: with all rules no harm is done; without the one, it is.
func TestEachRulePreventsItsHazardAndNothingElseDoes(t *testing.T) {
	played := map[string]bool{}
	for _, h := range hazards {
		played[h.rule] = true
		t.Run(h.rule+": "+h.hazard, func(t *testing.T) {
			safety := DefaultSafety()
			if h.safety != nil {
				h.safety(&safety)
			}
			w := newWorld()
			if harm := h.play(t, w, w.driver(t, safety, "")); harm != "" {
				t.Errorf("with the rule: %s", harm)
			}
			w = newWorld()
			if harm := h.play(t, w, w.driver(t, safety, h.rule)); harm == "" {
				t.Errorf("without the rule no harm is done: the test shows nothing: %s", w)
			}
		})
	}
	for _, r := range rules {
		if !played[r.name] {
			t.Errorf("rule %s has no hazard", r.name)
		}
	}
}

func TestAHealthyDriverBorrowsWhatThereIsAndReturnsAnOverdraftAtOnce(t *testing.T) {
	w := newWorld()
	d := w.driver(t, DefaultSafety(), "")
	c := w.minutes(d, 6)
	if w.held[0] != 10 || w.held[1] != 10 || len(c.Notes) > 0 {
		t.Fatalf("%s, notes %q", w, c.Notes)
	}
	w.inUse[0] = 97
	c = w.minutes(d, 1)
	if w.held[0] != 3 || w.held[1] != 10 {
		t.Errorf("one report of less is enough: %s, orders %+v", w, c.Orders)
	}
}

func TestAnotherSourceIsBelievedWhenItHasBeenTheOnlyOneForAWhile(t *testing.T) {
	w := newWorld()
	d := w.driver(t, DefaultSafety(), "")
	w.minutes(d, 6)
	w.source, w.inUse = "second", []int32{80, 90}
	w.minutes(d, 10)
	if w.held[0] != 10 {
		t.Errorf("for nine minutes: %s", w)
	}
	w.minutes(d, 2)
	if w.held[0] != 20 {
		t.Errorf("for eleven: %s", w)
	}
	w.source, w.inUse = "first", []int32{85, 90}
	w.minutes(d, 1)
	if w.held[0] != 15 {
		t.Errorf("that less is available is believed at once: %s", w)
	}
}

func TestAReportOfAClockThatIsNotTrustedLowersAndDoesNotMakeYounger(t *testing.T) {
	w := newWorld()
	d := w.driver(t, DefaultSafety(), "")
	c := w.minutes(d, 6)
	before := c.Obs.AsOf[0]
	w.inUse, w.ageUnknown = []int32{97, 80}, true
	c = w.minutes(d, 1)
	if w.held[0] != 3 || w.held[1] != 10 || c.Obs.AsOf[0] != before {
		t.Errorf("%s, believed as of %s, want %s", w, c.Obs.AsOf[0], before)
	}
	w.ageUnknown = false
	w.minutes(d, 6)
	if w.held[0] != 3 || w.held[1] != 20 {
		t.Errorf("the clock is right again: %s", w)
	}
}

func TestWhatASourceRemarksIsInTheNotes(t *testing.T) {
	w := newWorld()
	setup := w.setup(t, DefaultSafety())
	setup.Telemetry, setup.Work = remarking{w}, remarking{w}
	d, err := New(setup)
	if err != nil {
		t.Fatal(err)
	}
	w.telemetryErr = errDown
	c := w.minutes(d, 1)
	if c.Disagreements != 2 || len(c.Notes) != 3 || c.Notes[0] != "they disagree" || c.Notes[1] != "they disagree" {
		t.Errorf("%d disagreements, %q", c.Disagreements, c.Notes)
	}
}

type remarking struct{ *world }

func (remarking) Remarks() Remarks { return Remarks{[]string{"they disagree"}, 1} }

func TestARuleNeverRaisesATargetNorKeepsWhatIsToEnd(t *testing.T) {
	for _, h := range hazards {
		w := newWorld()
		d := w.driver(t, DefaultSafety(), "")
		h.play(t, w, d)
		c := w.minutes(d, 1)
		for cell := range c.Decided.Target {
			held := c.Obs.Held(cell)
			if c.Guarded.Target[cell] > max(c.Decided.Target[cell], held) || c.Guarded.Keep[cell] > c.Decided.Keep[cell] {
				t.Errorf("%s: decided %+v, guarded %+v", h.hazard, c.Decided, c.Guarded)
			}
		}
	}
}

func TestWorkThatWasNeverKnownEndsNothing(t *testing.T) {
	w := newWorld()
	for range 5 {
		w.launch(0) // held from before
	}
	w.workErr = errDown
	w.minutes(w.driver(t, DefaultSafety(), ""), 10)
	if w.held[0] != 5 {
		t.Errorf("no word of any work: %s", w)
	}
}

func TestTheLeastAvailableOfTheLastReportsIsBelieved(t *testing.T) {
	m := models.NewMarket(newWorld().pools, []string{"encoding"})
	safety := DefaultSafety()
	tr := newTrust(&safety, m)
	c := &Cycle{Now: 1000}
	for i, step := range []struct {
		at    models.Instant
		inUse int32
		want  int32 // in use that is believed, Unknown for nothing
	}{{100, 90, models.Unknown}, {100, 90, models.Unknown}, {160, 90, 90}, {220, 80, 90}, {280, 80, 80}, {340, models.Unknown, 80}, {400, 95, 95}, {350, 10, 95}, {5000, 10, 95}} {
		tr.take(c, &Report{OccurredAt: step.at, Reserved: []int32{100, 100}, InUse: []int32{step.inUse, 90}})
		r, known := tr.believed(0)
		if !known {
			r.inUse = models.Unknown
		}
		if known && step.at >= 160 && step.at <= 280 && r.at != step.at {
			t.Errorf("report %d: it is believed as of %d, want the last report's time, %d", i, r.at, step.at)
		}
		if r.inUse != step.want {
			t.Errorf("report %d, of %d in use at %d: %d are believed, want %d", i, step.inUse, step.at, r.inUse, step.want)
		}
	}
	if len(c.Notes) != 1 || !strings.Contains(c.Notes[0], "future") {
		t.Errorf("notes %q", c.Notes)
	}
}

func TestAFallThatStaysIsBelievedAfterAWhile(t *testing.T) {
	w := newWorld()
	d := w.driver(t, DefaultSafety(), "")
	w.minutes(d, 5)
	w.inUse = []int32{20, 90}
	w.minutes(d, 9)
	if w.held[0] > 10 {
		t.Errorf("after nine minutes: %s", w)
	}
	w.minutes(d, 10)
	if w.held[0] != 80 {
		t.Errorf("after nineteen: %s", w)
	}
}

func TestStopStatesOfAnyScopeTheMostRestrictiveCounts(t *testing.T) {
	w := newWorld()
	d := w.driver(t, DefaultSafety(), "")
	w.minutes(d, 6)
	until := w.now.Add(5 * time.Minute)
	west := policies.Pattern("us-west-2a/*")
	w.stops.Stops = []Stop{{State: "run"}, {State: "hold"}, {State: "drain", Pool: &west, Until: &until}, {State: "hold", Pool: &west}, {State: "evacuate", Borrower: "nobody"}}
	w.inUse = []int32{80, 80}
	c := w.minutes(d, 4)
	if w.held[0] != 10 || w.held[1] != 0 || c.Orders != nil {
		t.Errorf("held, and drained in the west: %s", w)
	}
	w.minutes(d, 5)
	if before, after := w.stops.Of(&w.pools[1], "encoding", until-1), w.stops.Of(&w.pools[1], "encoding", until); before != StopDrain || after != StopHold {
		t.Errorf("until %s: %s before, %s from then on", until, before, after)
	}
	if w.held[0] != 10 || w.held[1] != 0 {
		t.Errorf("the drain has ended, the holds have not: %s", w)
	}
	w.stops.Stops = nil
	w.minutes(d, 5)
	if w.held[0] != 20 || w.held[1] != 20 {
		t.Errorf("nothing stops it: %s", w)
	}
	w.stops.Stops = []Stop{{State: "evacuate", Region: "us-east-1"}}
	c = w.minutes(d, 1)
	if len(c.Orders) != 1 || c.Orders[0].Kind != models.YieldByNotice {
		t.Errorf("an evacuation waits for nothing to be idle: %+v", c.Orders)
	}
	if w.held[0] != 0 || w.held[1] != 20 || !slices.Equal(c.Obs.Evacuate, []bool{true, false}) {
		t.Errorf("one region is evacuated, and the policy is told: %s, %v", w, c.Obs.Evacuate)
	}
}

func TestStopsThatStopNothingAreRefused(t *testing.T) {
	w := newWorld()
	for text, want := range map[string]string{
		"stops: [{state: evacuate, region: us-east-1, until: 2015-10-05T12:00:00Z, note: failover}]": "",
		"":                       "",
		"stops: [{state: halt}]": `stops.yaml:1:17: stops[0].state is "halt"`,
		"stops: [{state: hold, region: eu-west-1}]":    "stops.yaml: stops[0]: no pool is concerned",
		"stops: [{state: hold, borrower: nobody}]":     `stops.yaml: stops[0]: borrower is "nobody"`,
		"stops: [{state: hold, regions: us-east-1}]":   `unknown key "regions"`,
		"stops: [{state: hold, pool: 'us-east-9*/*'}]": "no pool is concerned",
	} {
		_, err := ParseStops("stops.yaml", []byte(text), w.pools, w.borrowers)
		if (want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func TestRulesThatLetNothingGrowAreNamed(t *testing.T) {
	for rule, happens := range map[string]func(*world){
		"":       func(*world) {},
		"events": func(w *world) { w.eventsErr = errDown },
		"clock":  func(w *world) { w.now += 3600 },
		"loss": func(w *world) {
			for w.held[0]+w.held[1] > 0 {
				p := models.PoolID(1)
				if w.held[0] > 0 {
					p = 0
				}
				w.end(p, models.ByCloud)
			}
		},
	} {
		w := newWorld()
		d := w.driver(t, DefaultSafety(), "")
		if c := w.minutes(d, 1); !slices.Equal(c.Holds, []string{"cold"}) {
			t.Errorf("the first evaluation: %q", c.Holds)
		}
		w.minutes(d, 8)
		happens(w)
		var want []string
		if rule != "" {
			want = []string{rule}
		}
		if c := w.minutes(d, 1); !slices.Equal(c.Holds, want) || rule != "" && !slices.Contains(HoldRules[:], rule) {
			t.Errorf("%q: %q hold", rule, c.Holds)
		}
	}
	w := newWorld()
	setup := w.setup(t, DefaultSafety())
	setup.Mode = Hold
	d, err := New(setup)
	if err != nil {
		t.Fatal(err)
	}
	if c := w.minutes(d, 2); !slices.Equal(c.Holds, []string{"mode"}) || !slices.Contains(HoldRules[:], "mode") || !slices.Contains(HoldRules[:], "cold") {
		t.Errorf("mode hold: %q", c.Holds)
	}
}
