package measure

import "trough.internal/models"

// Borrowers measures each of several borrowers by itself, beside an Accumulator, which has them all together. It is a
// models.Sink; its memory is bounded by pools and borrowers.
type Borrowers struct {
	results []BorrowerResult
	now     []borrowerNow
	base    []bool // by pool: a base fleet, which is nobody's share
	from    models.Instant
	at      models.Instant // until which time is counted

	cells, before []int32        // by cell: instances now, and when moves were last counted
	next          models.Instant // when they are counted next
	moves         int64
}

// BorrowerResult is what one borrower had. Base fleets are not counted.
type BorrowerResult struct {
	Name string

	Held     int64 // instance-seconds borrowed, from launch to gone
	Together int64 // instance-seconds borrowed while every borrower had a job waiting
	Starved  int64 // seconds in which it had a job waiting and nothing borrowed
	Waiting  int64 // seconds in which it had a job waiting

	TogetherSeconds int64 // seconds in which every borrower had a job waiting: the same for all

	Arrived, Completed int64
	Wait               *Histogram // seconds in the queue before a job's first attempt
}

// borrowerNow is a borrower at an instant.
type borrowerNow struct {
	held   int64
	queued int64
}

// NewBorrowers returns a sink at the beginning of a run.
func NewBorrowers(setup Setup) *Borrowers {
	b := &Borrowers{results: make([]BorrowerResult, len(setup.Borrowers)), now: make([]borrowerNow, len(setup.Borrowers)),
		base: make([]bool, len(setup.Pools)), from: setup.From, at: setup.From,
		cells: make([]int32, len(setup.Pools)*len(setup.Borrowers)), before: make([]int32, len(setup.Pools)*len(setup.Borrowers)), next: setup.From + movesEvery}
	for i, name := range setup.Borrowers {
		b.results[i] = BorrowerResult{Name: name, Wait: NewHistogram()}
	}
	for p := range setup.Pools {
		b.base[p] = setup.Pools[p].Kind == models.Base
	}
	return b
}

// Event takes the next event of the ledger.
func (b *Borrowers) Event(e models.Event) {
	if e.Kind == models.OwnersChanged || e.Kind == models.Switched {
		return
	}
	b.settle(e.At)
	now, r := &b.now[e.Borrower], &b.results[e.Borrower]
	if e.Pool != models.NoPool && !b.base[e.Pool] {
		change := held[e.To] - held[e.From]
		now.held += int64(change)
		b.cells[int(e.Pool)*len(b.now)+int(e.Borrower)] += change
	}
	counts := e.At >= b.from
	switch e.Kind {
	case models.Arrived:
		now.queued++
		if counts {
			r.Arrived++
		}
	case models.Requeued:
		now.queued++
	case models.Started:
		now.queued--
		if counts && e.Cause == models.NoCause {
			r.Wait.Add(e.M)
		}
	case models.Completed:
		if counts {
			r.Completed++
		}
	}
}

// settle counts the time until an instant.
func (b *Borrowers) settle(at models.Instant) {
	for b.next < at {
		b.settleUntil(b.next)
		b.countMoves()
		b.next += movesEvery
	}
	b.settleUntil(at)
}

func (b *Borrowers) settleUntil(at models.Instant) {
	span := int64(at - b.at)
	if span <= 0 {
		return
	}
	b.at = at
	together := true
	for i := range b.now {
		together = together && b.now[i].queued > 0
	}
	for i := range b.now {
		now, r := &b.now[i], &b.results[i]
		r.Held += now.held * span
		if together {
			r.Together += now.held * span
			r.TogetherSeconds += span
		}
		if now.queued > 0 {
			r.Waiting += span
			if now.held == 0 {
				r.Starved += span
			}
		}
	}
}

// movesEvery is how often moves are counted, in seconds: longer than it takes to give back an instance that is idle and to boot
// another, shorter than most jobs.
const movesEvery = 600

// countMoves adds, pool by pool, what some borrowers had less than at the last count and others more.
func (b *Borrowers) countMoves() {
	n := len(b.now)
	for first := 0; first < len(b.cells); first += n {
		gained, lost := int64(0), int64(0)
		for c := first; c < first+n; c++ {
			change := int64(b.cells[c] - b.before[c])
			gained, lost = gained+max(0, change), lost+max(0, -change)
		}
		b.moves += min(gained, lost)
	}
	copy(b.before, b.cells)
}

// Moves is how many instances moved from one borrower to another: in each pool and every ten minutes, what some lost, as far as
// others gained as much. What the owners take or leave is no move.
func (b *Borrowers) Moves() int64 { return b.moves }

// Now is what a borrower holds, in instances, and how many of its jobs wait, after the events so far.
func (b *Borrowers) Now(of models.BorrowerID) (held, waiting int64) {
	return b.now[of].held, b.now[of].queued
}

// Finish ends the span and returns the results by models.BorrowerID.
func (b *Borrowers) Finish(until models.Instant) []BorrowerResult {
	b.settle(until)
	return b.results
}
