// Package measure turns a run's events into figures. It is a pure function of the ledger: the same events give the
// same numbers, whoever replays them.
//
// One rule of time holds everywhere: the state of a second is the one after its last event, and it lasts until the
// second of the next event. What begins and ends within one second has no length, so it is counted (a launch, an end)
// and not timed.
package measure

import (
	"fmt"

	"trough.internal/models"
	"trough.internal/report/bill"
)

// Accumulator integrates a run as it happens. It is a models.Sink; it allocates nothing per event but for the list of
// overdraft episodes. Its memory is bounded by pools, days, and Setup.EpisodesMax.
type Accumulator struct {
	setup    Setup
	from     models.Instant
	lendable int
	market   *models.Market
	bill     *bill.Meter
	now      models.Instant // the second that is being filled
	dayEnds  models.Instant // the end of the day that is being filled

	pools   []pool
	moved   bool // whether what is unused or borrowed changed in this second
	fair    fairness
	capture capture
	regions []region
	peak    Peaks

	classes     [models.Classes]classCounts
	running     int64 // jobs
	interrupted [models.Causes]int64
	byDeadline  [models.Causes]int64
	first, last models.Instant // arrival, completion
	batches     batches
	episodes    episodes
	days        []Day
	settled     Day // all that came before the day that is being filled
}

// Peaks are the largest values that lasted at least a second, over all pools together, in instances.
type Peaks struct {
	Unused   int64
	Borrowed int64
}

// classCounts is what became of one class's jobs.
type classCounts struct {
	arrived, arrivedWork     int64
	completed, completedWork int64
	wait, rewait, completion Histogram
}

// New returns an accumulator at the beginning of a run.
func New(setup Setup) *Accumulator {
	a := &Accumulator{
		setup:    setup,
		from:     setup.From,
		lendable: setup.lendable(),
		market:   models.NewMarket(setup.Pools, setup.Borrowers),
		bill:     bill.New(setup.bill()),
		now:      setup.From,
		dayEnds:  setup.From + secondsPerDay,
		pools:    make([]pool, len(setup.Pools)),
		first:    models.Never,
		last:     -models.Never,
		batches:  newBatches(setup.Batches),
	}
	a.episodes.lasted = newHistogram()
	a.episodes.max = setup.EpisodesMax
	if a.episodes.max == 0 {
		a.episodes.max = episodesMaxDefault
	}
	a.regions = make([]region, len(a.market.Regions))
	for p := range a.pools {
		a.pools[p] = newPool(&setup.Pools[p], setup.From)
		if p < a.lendable {
			a.pools[p].region = int16(a.market.Region(models.PoolID(p)))
		}
	}
	a.fair = newFairness(setup.Pools, a.pools, setup.From)
	for c := range a.classes {
		a.classes[c].wait = newHistogram()
		a.classes[c].rewait = newHistogram()
		a.classes[c].completion = newHistogram()
	}
	return a
}

// held says which states count as borrowed: 1 from launch to gone.
var held = [models.States]int32{models.Booting: 1, models.Idle: 1, models.Busy: 1, models.Finishing: 1, models.Leaving: 1}

// Event takes the next event of the ledger. It panics where the books do not balance or time runs backwards.
func (a *Accumulator) Event(e models.Event) {
	at := max(e.At, a.from)
	if at != a.now {
		a.advance(at)
	}
	a.market.Apply(&e)
	a.bill.Event(e)
	if e.From != e.To {
		p := &a.pools[e.Pool]
		// The integral of a count is the sum of the times at which instances left it less those at which they came,
		// plus, at the end, the end's time for those still there. That needs no look at the time of the last change.
		since := int64(at - a.from)
		p.seconds[e.From] += since
		p.seconds[e.To] -= since
		if change := held[e.To] - held[e.From]; change != 0 && int(e.Pool) < a.lendable {
			a.holds(p, &e, at, change)
		}
	}
	if e.Kind >= models.Ordered && a.pools[e.Pool].kind == models.Surplus {
		a.capture.count(&e)
	}
	switch e.Kind {
	case models.OwnersChanged:
		a.owners(&a.pools[e.Pool], &e, at)
		return
	case models.Switched:
		a.switched(&e, at)
		return
	}
	if e.At >= a.from {
		a.count(&e)
	}
}

// count adds what is counted and not timed.
func (a *Accumulator) count(e *models.Event) {
	switch e.Kind {
	case models.Started:
		a.running++
		c := &a.classes[e.Class]
		if e.Cause == models.NoCause {
			c.wait.Add(e.M)
		} else {
			c.rewait.Add(e.M)
		}
	case models.Completed:
		a.running--
		p := &a.pools[e.Pool]
		p.completed++
		p.completedWork += int64(e.N)
		c := &a.classes[e.Class]
		c.completed++
		c.completedWork += int64(e.N)
		c.completion.Add(e.M)
		a.last = max(a.last, e.At)
		a.batches.completed(e)
	case models.Arrived:
		c := &a.classes[e.Class]
		c.arrived++
		c.arrivedWork += int64(e.N)
		a.first = min(a.first, e.At)
	case models.Interrupted:
		a.running--
		p := &a.pools[e.Pool]
		p.interrupted++
		p.lostWork += int64(e.N)
		a.interrupted[e.Cause]++
	case models.Refused:
		a.pools[e.Pool].refused++
	case models.Yielding:
		a.pools[e.Pool].byDeadline++
		a.byDeadline[e.Cause]++
	}
}

// holds takes one instance more or less into a lendable pool.
func (a *Accumulator) holds(p *pool, e *models.Event, at models.Instant, change int32) {
	p.settle(at, &a.episodes, e.Pool)
	p.borrowed += change
	if e.At >= a.from {
		if change > 0 {
			p.launches++
		} else {
			p.ends++
		}
	}
	if change < 0 {
		p.note(at, 1<<e.Cause)
	} else {
		p.noteBegin(at, BegunByLaunch)
	}
	if p.kind != models.Surplus {
		return
	}
	a.regions[p.region].settle(at)
	a.regions[p.region].borrowed += change
	a.moved = true
	a.fair.borrowed += int64(change)
	a.refresh(p)
}

// owners takes a new reservation or a new use by the owners.
func (a *Accumulator) owners(p *pool, e *models.Event, at models.Instant) {
	p.settle(at, &a.episodes, e.Pool)
	if e.M == models.Unknown {
		p.note(at, EndedUnknown)
	} else if p.inUse == models.Unknown || e.N-e.M > p.reserved-p.inUse {
		p.note(at, EndedByOwners)
	} else if e.N-e.M < p.reserved-p.inUse {
		p.noteBegin(at, BegunByOwners)
	}
	p.reserved, p.inUse = e.N, e.M
	if p.kind != models.Surplus {
		return
	}
	a.moved = true
	a.refresh(p)
}

// refresh works out what holds in a pool from here on.
func (a *Accumulator) refresh(p *pool) {
	unused, inside := p.unused, p.inside
	a.fair.refresh(p)
	a.capture.available += int64(p.speed) * int64(p.unused-unused)
	a.capture.inside += int64(p.speed) * int64(p.inside-inside)
}

// advance ends the second that was being filled and begins another.
func (a *Accumulator) advance(to models.Instant) {
	if to < a.now {
		panic(fmt.Sprintf("measure: an event at %s follows one at %s", to, a.now))
	}
	if a.moved {
		a.moved = false
		a.peak.Borrowed = max(a.peak.Borrowed, a.fair.borrowed)
		a.peak.Unused = max(a.peak.Unused, a.fair.unused)
		a.fair.settle(a.now)
	}
	a.settleCapture(to)
	for to >= a.dayEnds {
		a.endDay(a.dayEnds)
	}
	a.now = to
}
