package drive

import (
	"time"

	"trough.internal/models"
	"trough.internal/models/settings"
)

// This file is what the driver adds to a policy so that a fault of the world's does no harm: rules that lower what was decided,
// and never raise it beyond what is held. Each answers one kind of incident that users of live controllers had. They speak in this order, and who speaks later
// overrules: budgets; what is unknown or stale; what people have told it.

// Safety is the rules' settings.
type Safety struct {
	AgreeingReads int32          `set:"agreeing_reads" default:"2" min:"1" max:"10" doc:"Complete reports that must agree before more is believed to be available; that it is less is believed at once."`
	FallMax       settings.Share `set:"fall_max" default:"30%" min:"0%" max:"100%" doc:"Largest fall of a region's use between two reports that is believed at once: an answer that is incomplete reads as idle owners. A first report that they use nothing counts as one that fell. 100% believes all."`
	FallFor       time.Duration  `set:"fall_for" default:"10m" min:"0s" max:"24h" doc:"After how long a larger fall is believed if it stays."`
	SourceFor     time.Duration  `set:"source_for" default:"10m" min:"0s" max:"24h" doc:"Where reports of a pool come from another source than before, for how long it must have been the only one until it is believed that more is available than the one before said."`

	TelemetryAgeMax  time.Duration  `set:"telemetry_age_max" default:"5m" min:"1s" max:"24h" doc:"Nothing is increased in a pool whose report is older."`
	TelemetryAgeRamp time.Duration  `set:"telemetry_age_ramp" default:"15m" min:"1s" max:"7d" doc:"What is held of a pool whose report is older yields when idle, part by part."`
	Ramp             settings.Share `set:"ramp" default:"20%" min:"1%" max:"100%" doc:"Which part of it each evaluation, at least one instance."`
	WorkAgeMax       time.Duration  `set:"work_age_max" default:"5m" min:"1s" max:"24h" doc:"While what is known of a borrower's work is older, nothing of it is increased, nor does what it holds yield when idle."`

	IncreaseMax     settings.Share `set:"increase_max" default:"10%" min:"1%" max:"100000%" doc:"Most by which all that is held may grow in one evaluation."`
	IncreaseLeast   int32          `set:"increase_least" default:"20" min:"1" max:"1000000" unit:"instances" doc:"It may grow by so many in any case."`
	LaunchesPerHour int32          `set:"launches_per_hour" default:"3000" min:"1" max:"10000000" unit:"instances" doc:"Budget of launches, for a quarter of an hour at most; empty when the driver starts."`

	ReclaimMax   settings.Share `set:"reclaim_max" default:"10%" min:"1%" max:"100%" doc:"Part of all that is held that may be told in one evaluation to yield for want of work."`
	ReclaimLeast int32          `set:"reclaim_least" default:"20" min:"1" max:"1000000" unit:"instances" doc:"So many may be told in any case."`

	LaunchWithin time.Duration `set:"launch_within" default:"15m" min:"1m" max:"24h" doc:"What was ordered and not heard of for so long is withdrawn, and nothing more is ordered there for as long."`
	FlapMost     int32         `set:"flap_most" default:"3" min:"1" max:"1000000" doc:"A pool of which a borrower's instances were launched and taken back by its owners so often within an hour is left alone for an hour."`

	LossMax   settings.Share `set:"loss_max" default:"45%" min:"1%" max:"100%" doc:"Part of what is borrowed that may be gone, unasked, from one evaluation to the next. When more is, nothing is increased for a while."`
	LossLeast int32          `set:"loss_least" default:"3" min:"0" max:"1000000" unit:"instances" doc:"So many may be gone in any case."`
	LossHold  time.Duration  `set:"loss_hold" default:"30m" min:"0s" max:"24h" doc:"For how long."`

	ClockStep time.Duration `set:"clock_step" default:"1m" min:"1s" max:"24h" doc:"A clock that was set by more makes one evaluation increase nothing."`
}

// DefaultSafety is what holds where a configuration says nothing.
func DefaultSafety() Safety {
	var s Safety
	settings.Defaults(&s)
	return s
}

// rules are asked in this order. Cells says how many cells a rule changed.
var rules = [...]struct {
	name string
	ask  func(*guard, *Cycle)
}{
	{"pace", (*guard).pace},
	{"step", (*guard).step},
	{"budget", (*guard).spend},
	{"overdue", (*guard).overdue},
	{"flap", (*guard).flap},
	{"cold", (*guard).cold},
	{"loss", (*guard).loss},
	{"clock", (*guard).clockStep},
	{"events", (*guard).events},
	{"work", (*guard).work},
	{"stale", (*guard).stale},
	{"skew", (*guard).skew},
	{"mode", (*guard).atMost},
	{"stop", (*guard).stop},
}

// HoldRules are the rules of safety that can let nothing grow anywhere.
var HoldRules = [...]string{"cold", "loss", "clock", "events", "mode"}

// Bound is a rule that changed a decision, and in how many cells.
type Bound struct {
	Rule  string
	Cells int
}

// facts are what the rules go by, beside the observation.
type facts struct {
	eventsKnown  bool
	unbalanced   int // events that did not fit the books
	lost         int // instances that are gone unasked
	stopsUnknown bool
	doubted      []bool // by pool: its last report was of a clock that is not trusted
	passed       time.Duration
	epoch        int64 // of the lease
}

// guard holds the rules' memory.
type guard struct {
	set    *Safety
	mode   Mode
	market *models.Market
	stops  *StopFile

	off      string // the rule that is switched off; only tests do
	now      *models.Decision
	obs      *models.Observation
	holds    bool   // the rule that speaks lets nothing grow
	switched []bool // by region: evacuated by a stop state

	epoch     int64   // of the lease, at the last evaluation that held it
	turns     int     // cycles since the start, or since the lease was taken over
	tokens    float64 // launches that the budget allows
	last      models.Instant
	passed    time.Duration
	heldUntil models.Instant
	reports   []hearing // by pool
	works     []hearing // by borrower
	calm      []calm    // by cell
}

func newGuard(set *Safety, mode Mode, m *models.Market, clock Clock) guard {
	return guard{set: set, mode: mode, market: m, stops: new(StopFile), switched: make([]bool, len(m.Regions)),
		last: clock.Now(), passed: clock.Passed(), calm: make([]calm, m.Lendable*len(m.Borrowers)),
		reports: make([]hearing, m.Lendable), works: make([]hearing, len(m.Borrowers))}
}

// budgetFor is how long a budget that is full lasts.
const budgetFor = 15 * time.Minute

// warm fills the budget, and forgets that this is the beginning.
func (g *guard) warm() {
	g.turns, g.tokens = 1, float64(g.set.LaunchesPerHour)*budgetFor.Hours()
}

// guard asks every rule, and notes which of them changed anything.
func (g *guard) guard(c *Cycle) {
	copyDecision(c.Guarded, c.Decided)
	g.now, g.obs = c.Guarded, c.Obs
	before := models.NewDecision(len(c.Guarded.Target))
	for _, r := range rules {
		if r.name == g.off {
			continue
		}
		copyDecision(before, c.Guarded)
		g.holds = false
		r.ask(g, c)
		if g.holds {
			c.Holds = append(c.Holds, r.name)
		}
		if n := differing(before, c.Guarded); n > 0 {
			c.Bound = append(c.Bound, Bound{r.name, n})
		}
	}
	g.turns++
	g.last, g.passed = c.Now, c.facts.passed
}

// step: a controller that mistook one number for another wrote it at once for the whole fleet. No evaluation grows it by more than
// a part.
func (g *guard) step(*Cycle) {
	held := int64(0)
	for cell := range g.now.Target {
		held += int64(g.obs.Held(cell))
	}
	g.ration(max(int64(g.set.IncreaseLeast), int64(float64(held)*float64(g.set.IncreaseMax))))
}

// spend: budgets start empty and fill with time, so that a driver that starts again and again launches no more than one that runs.
func (g *guard) spend(c *Cycle) {
	perSecond := float64(g.set.LaunchesPerHour) / 3600
	if passed := (c.facts.passed - g.passed).Seconds(); passed > 0 {
		g.tokens = min(g.tokens+passed*perSecond, perSecond*budgetFor.Seconds())
	}
	g.tokens -= float64(g.ration(int64(g.tokens)))
}

// cold: what a driver that has just started sees may be what its predecessor ordered, half done. Its first evaluation increases nothing.
func (g *guard) cold(*Cycle) {
	if g.turns == 0 {
		g.hold()
	}
}

// loss: when a large part of what is borrowed is suddenly gone, either the world or the driver is not what it seems.
func (g *guard) loss(c *Cycle) {
	borrowed := int64(c.facts.lost)
	for p := range g.obs.Pools {
		borrowed += int64(g.market.Borrowed(models.PoolID(p)))
	}
	if c.facts.lost > int(g.set.LossLeast) && float64(c.facts.lost) > float64(borrowed)*float64(g.set.LossMax) {
		g.heldUntil = c.Now.Add(g.set.LossHold)
		c.note("%d of %d borrowed instances are gone unasked: nothing is increased until %s", c.facts.lost, borrowed, g.heldUntil)
	}
	if c.Now < g.heldUntil {
		g.hold()
	}
}

// clockStep: ages and windows mean nothing across a clock that was set.
func (g *guard) clockStep(c *Cycle) {
	step := c.Now.Sub(g.last) - (c.facts.passed - g.passed)
	if max(step, -step) > g.set.ClockStep {
		c.note("the clock was set by %s: nothing is increased", step.Round(time.Second))
		g.hold()
	}
}

// events: where it is not known what instances do, or what is said of them does not fit, what is held is not known.
func (g *guard) events(c *Cycle) {
	if !c.facts.eventsKnown || c.facts.unbalanced > 0 {
		g.hold()
	}
}

// work: an empty answer reads as no work, and everything would yield. What is to go because there is less to borrow goes all the same.
func (g *guard) work(c *Cycle) {
	for b := range g.obs.Workload {
		if age, heard := g.works[b].age(c, g.obs.Workload[b].AsOf); heard && age <= g.set.WorkAgeMax {
			continue
		}
		for cell := b; cell < len(g.now.Target); cell += len(g.obs.Borrowers) {
			if held := g.obs.Held(cell); g.now.Target[cell] > held || g.now.Target[cell] < held && g.forWantOfWork(cell) {
				g.now.Target[cell], g.now.Cause[cell] = held, models.ByLimit
			}
		}
	}
}

// stale: what was available is not what is. Unknown is not zero, and no report is no idle owner.
func (g *guard) stale(c *Cycle) {
	borrowers := len(g.obs.Borrowers)
	for p := range g.obs.Pools {
		age, heard := g.reports[p].age(c, g.obs.AsOf[p])
		if heard && g.obs.InUse[p] != models.Unknown && age <= g.set.TelemetryAgeMax {
			continue
		}
		for cell := p * borrowers; cell < (p+1)*borrowers; cell++ {
			most := g.obs.Held(cell)
			if age > g.set.TelemetryAgeRamp && most > 0 {
				most -= max(1, int32(float64(most)*float64(g.set.Ramp)))
			}
			g.lower(cell, most)
		}
	}
}

// skew: where a source's clock and ours differ, an old report looks young, or nobody knows which of the two is right. It is no
// reason to borrow.
func (g *guard) skew(c *Cycle) {
	borrowers := len(g.obs.Borrowers)
	for p, doubted := range c.facts.doubted {
		for cell := p * borrowers; doubted && cell < (p+1)*borrowers; cell++ {
			g.lower(cell, g.obs.Held(cell))
		}
	}
}

// atMost: a driver that is told to hold increases nothing, whatever it decides.
func (g *guard) atMost(*Cycle) {
	if g.mode == Hold {
		g.hold()
	}
}

// stop: what people have told it overrules everything, and an evacuation is neither paced nor in need of telemetry.
func (g *guard) stop(c *Cycle) {
	for cell := range g.now.Target {
		state := g.stops.Of(&g.obs.Pools[cell/len(g.obs.Borrowers)], g.obs.Borrowers[cell%len(g.obs.Borrowers)], c.Now)
		if c.facts.stopsUnknown {
			state = max(state, StopHold)
		}
		c.Stops = append(c.Stops, state)
		switch state {
		case StopHold:
			g.lower(cell, g.obs.Held(cell))
		case StopDrain:
			g.lower(cell, 0)
		case StopAll:
			g.lower(cell, 0)
			g.now.Keep[cell] = 0
			g.now.KeepCause[cell] = models.ByEvacuation
		}
	}
}

func (g *guard) evacuated(region string, now models.Instant) bool {
	return g.off != "stop" && g.stops.Evacuated(region, now)
}

// hold lets nothing grow.
func (g *guard) hold() {
	g.holds = true
	for cell := range g.now.Target {
		g.lower(cell, g.obs.Held(cell))
	}
}

func (g *guard) lower(cell int, most int32) {
	if g.now.Target[cell] > most {
		g.now.Target[cell], g.now.Cause[cell] = most, models.ByLimit
	}
}

// ration lets all cells together grow by so many at most, each in proportion to what it wants, and says by how many they grow.
func (g *guard) ration(most int64) int64 {
	wanted := int64(0)
	for cell, target := range g.now.Target {
		wanted += int64(max(0, target-g.obs.Held(cell)))
	}
	if wanted <= most {
		return wanted
	}
	seen, given := int64(0), int64(0)
	for cell, target := range g.now.Target {
		held := g.obs.Held(cell)
		if target <= held {
			continue
		}
		seen += int64(target - held)
		part := most*seen/wanted - given
		given += part
		g.lower(cell, held+int32(part))
	}
	return given
}

func copyDecision(to, from *models.Decision) {
	copy(to.Target, from.Target)
	copy(to.Keep, from.Keep)
	copy(to.Cause, from.Cause)
	copy(to.KeepCause, from.KeepCause)
}

func differing(a, b *models.Decision) (n int) {
	for cell := range a.Target {
		if a.Target[cell] != b.Target[cell] || a.Keep[cell] != b.Keep[cell] {
			n++
		}
	}
	return n
}
