// Package sim replays a market second by second: what the owners do, what arrives, what a policy decides, and what
// the world makes of it. It has no clock and no chance of its own; the same scenario gives the same events.
//
// # Order within one second
//
// Completions; launches, boots done and deadlines; the owners' changes (and with them what a provider of spot instances takes
// back), outages of zones and switches; arrivals; the observation, the decision and its orders; starts. Within each: the order
// in which it was set. Jobs start only in "starts".
package sim

import (
	"fmt"
	"time"

	"trough.internal/models"
	"trough.internal/models/random"
	"trough.internal/policies"
)

// CapacitySource yields a capacity trace window by window, in order of time, then pool. The window is valid until
// the next call; io.EOF ends it. Unchanged values may be left out or repeated.
type CapacitySource interface {
	Next() (models.Capacity, error)
}

// JobSource yields jobs in order of arrival, batch by batch, valid until the next call; io.EOF ends it.
type JobSource interface {
	Next() ([]models.Job, error)
}

// DecisionSink is asked after every decision, before its orders. Both arguments are valid during the call.
type DecisionSink interface {
	Decision(obs *models.Observation, dec *models.Decision)
}

// World is how the cloud and the borrower's fleet behave. The zero value is an instant world: no lag, no boot, no
// notice, no limits.
type World struct {
	Start      models.Instant
	Until      models.Instant // the run covers [Start, Until); unused if Drain
	Drain      bool           // run until every job completed instead
	Pools      []models.Pool  // lendable first, then base fleets
	Borrowers  []string
	Base       []int32                           // instances of each base fleet
	BaseOf     []models.BorrowerID               // whose each base fleet is; nil: the first borrower's
	BorrowerOf [models.Origins]models.BorrowerID // who runs the jobs of an origin
	Seed       uint64

	TelemetryEvery int32 // seconds between reports, at least 1
	Lag            int32 // seconds until a report is seen

	Launch      Delay   // from the call until the instance runs
	Boot        Delay   // from then until it takes jobs
	Refused     float64 // share of launches that the cloud refuses
	Notice      int32   // seconds that an instance that yields by notice may still work
	DrainMost   int32   // seconds that an instance that yields when idle may still work; Forever is no limit
	LaunchCalls Bucket
	EndCalls    Bucket

	Placement  Placement
	YieldOrder Order    // of busy instances that yield by notice
	DrainOrder Order    // of busy instances that yield when idle
	Checkpoint int32    // seconds of an attempt after which progress is kept; 0 loses it all
	Packing    *Packing // how jobs share instances; nil: an instance takes one at a time

	// Of bought pools. Shares are of messages that an instance ended, and of attempts to read them.
	SpotNotice                                    int32 // seconds from when a provider takes an instance back until it ends
	MessagesLost, MessagesDoubled, MessagesUnread float64
	SpotPrices                                    [][]models.PriceChange // by pool: of spot pools, each in order of time; nil where nothing is bought

	Outages   []Outage
	Blackouts []Blackout

	Transfer *models.Transfer // nil: work moves at once and for nothing
	Nearest  []string         // where a job runs that moves: regions in order, those that are not named last
}

// Forever is a DrainMost without limit.
const Forever int32 = -1

// Placement says in which pool the first job of the queue starts. Base fleets always come first, and where work has a home the
// pools there before all others.
type Placement uint8

// The placements.
const (
	RoundRobin   Placement = iota // the next pool after the last one used, cyclically
	FastestFirst                  // the fastest type with a free instance, then the lowest pool
)

// Order says which busy instances of a pool yield first.
type Order uint8

// The orders. Without checkpoints, the newest start has the least work to lose.
const (
	NewestStart Order = iota
	OldestStart
)

// Engine runs one scenario with one policy. It may be run once.
type Engine struct {
	world  World
	market *models.Market
	policy policies.Policy

	sink      models.Sink
	decisions DecisionSink

	now     tick
	useHeap bool
	wheel   *wheel
	heap    timerHeap
	fleet   fleet
	queues  []deque // by borrower, then class
	work    []int64 // of the jobs in them, in seconds on the reference type; nil with one borrower, whose the market's is, unless jobs are packed
	queued  int
	running int     // jobs on instances, base fleets' too
	busy    []int32 // by borrower, then class: jobs on busy instances but for base fleets
	parked  int     // jobs behind a group
	gates   gates

	containers *containers // nil where an instance takes one job at a time

	capacity   CapacitySource
	window     []models.CapacityChange
	windowAt   int
	nextChange tick
	jobs       JobSource
	batch      []models.Job
	batchAt    int
	nextJob    tick
	switches   []models.Switch
	nextOutage tick // when one begins or ends

	away []bool // by cell: whether a job has to move its data to run there; nil where none has

	messages    *messages // nil where nothing is bought
	messageLuck random.Stream
	prices      *spotPrices // nil where nothing is bought
	hourWithin  int32       // seconds before the end of a billed hour; 0: the policy does not mind hours

	telemetry                  telemetry
	obs                        models.Observation
	decision                   *models.Decision
	orders                     []models.Order
	limits                     policies.Limits
	every                      tick // seconds between evaluations
	nextEvaluation, nextReport tick

	tally    Tally
	progress func(models.Instant) error
	err      error
}

// Tally is what every run counts, whatever its sinks.
type Tally struct {
	Arrived     int64
	Completed   int64
	Interrupted int64
	Launched    int64
	Evaluations int64
	Busy        int64  // seconds of all attempts that ended, completed or not
	Makespan    int64  // seconds from the start to the last completion
	Check       uint64 // sum over completions of second*(job+1)+pool, modulo 2^64: the same only if the same job ended at the same time in the same place
}

// Inputs is what a run replays.
type Inputs struct {
	Capacity CapacitySource
	Jobs     JobSource
	Switches []models.Switch // in order of time
}

// Options are what a run may have besides: nothing of it changes an event.
type Options struct {
	Heap      bool                       // use the heap instead of the wheel
	Sink      models.Sink                // asked once per event
	Decisions DecisionSink               // asked once per evaluation; makes decisions carry their trail
	Progress  func(models.Instant) error // asked once per simulated day; an error ends the run with it
}

// New prepares a run.
func New(w World, in Inputs, policy policies.Policy, o Options) *Engine {
	e := &Engine{
		world: w, policy: policy, capacity: in.Capacity, jobs: in.Jobs, switches: in.Switches,
		sink: o.Sink, decisions: o.Decisions, progress: o.Progress, useHeap: o.Heap,
		market: models.NewMarket(w.Pools, w.Borrowers),
		limits: policy.Limits(),
		every:  tick(policy.Every() / time.Second),
		queues: make([]deque, len(w.Borrowers)*int(models.Classes)),
		busy:   make([]int32, len(w.Borrowers)*int(models.Classes)),
	}
	if len(w.Borrowers) > 1 || w.Packing != nil {
		e.work = make([]int64, len(e.queues))
	}
	if !e.useHeap {
		e.wheel = new(wheel)
		e.wheel.reset()
	}
	e.gates.reset()
	e.fleet.reset(&e.world, e.market)
	e.away = awayOf(&e.world)
	if w.Packing != nil {
		e.containers = newContainers(&e.world, &e.fleet)
	}
	e.messages, e.messageLuck = newMessages(e.market), random.New(w.Seed, "message")
	e.prices = newSpotPrices(&e.world, e.market.Lendable)
	e.hourWithin = seconds(policies.HourEndsWithin(policy))
	e.telemetry.reset(&e.world, e.market.Lendable)
	e.observe0()
	return e
}

// addWork counts a job's work into its queue, or with a sign of -1 out of it.
func (e *Engine) addWork(b models.BorrowerID, w *waiting, sign int64) {
	i := int(b)*int(models.Classes) + int(w.class)
	e.work[i] += sign * int64(w.left)
	if c := e.containers; c != nil {
		c.queued[i] += int32(sign) * c.needs[w.need].slots
	}
}

// queueOf is where a borrower's jobs of a class wait.
func (e *Engine) queueOf(b models.BorrowerID, class models.Class) *deque {
	return &e.queues[int(b)*int(models.Classes)+int(class)]
}

// Market is the run's market, to read.
func (e *Engine) Market() *models.Market { return e.market }

// Run replays the scenario to its end. An error of a source or of Progress ends it early.
func (e *Engine) Run() (Tally, error) {
	e.populateBase()
	e.nextChange, e.nextJob = 0, 0
	if err := e.fillWindow(); err != nil {
		return e.tally, err
	}
	if err := e.fillBatch(); err != nil {
		return e.tally, err
	}
	end := tick(e.world.Until - e.world.Start)
	if e.world.Drain {
		end = noTick
	}
	report := tick(0)
	for t := tick(0); t < end; t = e.next(t) {
		e.now = t
		e.second(t)
		if e.err != nil {
			return e.tally, e.err
		}
		if t >= report && e.progress != nil {
			if err := e.progress(e.at(t)); err != nil {
				return e.tally, err
			}
			report = t + 86400
		}
		if e.world.Drain {
			if e.drained() {
				break
			}
			if t-tick(e.tally.Makespan) > stalled {
				return e.tally, fmt.Errorf("no job completed for %d days up to %s and %d wait: the run would never drain", stalled/86400, e.at(t), e.queued)
			}
		}
	}
	return e.tally, nil
}

// stalled is how long a run that drains may go without a completion: a year.
const stalled = 366 * 86400

func (e *Engine) at(t tick) models.Instant { return e.world.Start + models.Instant(t) }

// next is the next second at which anything may happen.
func (e *Engine) next(t tick) tick {
	next := min(e.nextChange, e.nextOutage, e.nextJob, e.nextEvaluation, e.nextReport)
	if len(e.switches) > 0 {
		next = min(next, tick(max(e.switches[0].At-e.world.Start, models.Instant(t)+1)))
	}
	if e.useHeap {
		return min(next, max(e.heap.next(), t+1))
	}
	return min(next, e.wheel.next(t))
}

func (e *Engine) drained() bool {
	return e.queued == 0 && e.running == 0 && e.parked == 0 && e.nextJob == noTick
}

// second plays one second, in the order that the package states.
func (e *Engine) second(t tick) {
	if !e.useHeap {
		e.wheel.advance(e.fleet.hot, t)
	}
	if e.useHeap || e.wheel.due(t) {
		if e.containers != nil {
			e.completeContainers(t)
		}
		for slot := e.popDue(t, completions); slot != noSlot; slot = e.popDue(t, completions) {
			e.complete(slot)
		}
		for slot := e.popDue(t, lifecycle); slot != noSlot; slot = e.popDue(t, lifecycle) {
			e.live(slot)
		}
	}
	if t >= e.nextChange {
		e.changeOwners(t)
	}
	if t == e.nextOutage {
		e.turnOutages(t)
	}
	for len(e.switches) > 0 && e.switches[0].At <= e.at(t) {
		e.flip(e.switches[0])
		e.switches = e.switches[1:]
	}
	if t >= e.nextJob {
		e.arrive(t)
	}
	if t == e.nextReport {
		e.telemetry.report(e.market, e.world.Start, t)
		e.nextReport += e.telemetry.every
	}
	if t == e.nextEvaluation {
		e.evaluate(t)
		e.nextEvaluation += e.every
	}
	switch {
	case e.queued == 0:
	case e.containers != nil:
		e.startContainers()
	default:
		e.start()
	}
}

func (e *Engine) popDue(t tick, ph phase) int32 {
	if e.useHeap {
		return e.heap.popDue(e.fleet.hot, t, ph)
	}
	return e.wheel.pop(e.fleet.hot, t, ph)
}

func (e *Engine) set(slot int32, due tick, ph phase) {
	if e.useHeap {
		e.heap.set(e.fleet.hot, slot, due, ph)
		return
	}
	e.wheel.set(e.fleet.hot, slot, due, ph, e.now)
}

func (e *Engine) clearTimer(slot int32) {
	if e.useHeap {
		e.heap.clear(e.fleet.hot, slot)
		return
	}
	e.wheel.clear(e.fleet.hot, slot)
}

// emit is the one way in which anything changes.
func (e *Engine) emit(ev *models.Event) {
	e.market.Apply(ev)
	if e.sink != nil {
		e.sink.Event(*ev)
	}
}
