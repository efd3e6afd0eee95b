// Package bill turns a run's events into what its borrowers add to the company's bill: the marginal overdraft, by the
// rules of package billing. It needs no more of a ledger than the owners' counts and the instances' launches and ends.
//
// Every pool's reservations are zonal and held by the owners' account; the borrowers are other accounts of the same
// consolidated bill. A clock hour's reservation is the one of its last second (see package billing). While nobody knows
// what the owners use, they are taken to use what they did.
package bill

import (
	"cmp"
	"slices"

	"trough.internal/models"
	"trough.internal/models/billing"
)

const secondsPerHour, secondsPerDay = 3600, 86400

// Setup is what a bill needs besides the events.
type Setup struct {
	Pools     []models.Pool // as the market has them; only those of kind Surplus are billed
	Borrowers []string
	From      models.Instant // the first second that is billed; events before it set the scene
	Rules     billing.Rules
	OwnerEnds billing.OwnerEnds
	Seed      uint64 // of the draws of OwnerEnds: the scenario's

	// Line takes the on-demand charges, one for each instance and clock hour, in order of hour, pool, and within that from
	// the one that the reservation came closest to covering; nil is nobody.
	Line func(Line)
	// Hour takes every clock hour of every pool, in order of hour, then pool; nil is nobody.
	Hour func(PoolHour)
	// Run takes the runs of the owners, as OwnerEnds made them of their counts, and of the borrowers, each when it ends or
	// at the end of the bill, then with End at that instant; nil is nobody.
	Run func(Run)
}

// Run is one instance from launch to end.
type Run struct {
	Pool       models.PoolID
	Instance   models.InstanceID // NoInstance if it is one of the owners'
	Borrower   models.BorrowerID
	Start, End models.Instant
	Ordered    models.Instant // of a borrowed one: the evaluation that borrowed it
	Cause      models.Cause   // likewise: the stage that had the last word
}

// Line is one charge: an instance-hour, or a part of one, that no reservation covers.
type Line struct {
	Hour     models.Instant // the clock hour
	Pool     models.PoolID
	Borrower models.BorrowerID
	Instance models.InstanceID // NoInstance under the reading concurrent, which knows of no instances
	Start    models.Instant    // of the instance's run
	Begins   models.Instant    // of what is charged
	Ordered  models.Instant    // the evaluation whose decision borrowed the instance
	Cause    models.Cause      // the stage that had the last word in it
	Seconds  int64             // instance-seconds charged; 3600 is a whole instance-hour
	Cost     models.MicroUSD
}

// First says whether the charge is for the run's first instance-hour, so that the order itself caused it; else the owners
// came back to what had been borrowed before.
func (l *Line) First() bool { return l.Begins-l.Start < secondsPerHour }

// PoolHour is one pool's clock hour, in instance-seconds: 3600 is an instance-hour.
type PoolHour struct {
	Hour      models.Instant
	Pool      models.PoolID
	Reserved  int64 // what the reservation covers
	Owners    int64 // billed use of the owners
	Borrowed  int64 // billed use of the borrowers
	Overdraft int64 // of it on-demand
	Cost      models.MicroUSD
	Of        [Bases]Sums // the same hour, however it is counted
}

// run is one borrowed instance.
type run struct {
	start, end models.Instant // end is models.Never while it runs
	ordered    models.Instant
	instance   models.InstanceID
	borrower   models.BorrowerID
	cause      models.Cause
}

// Meter bills a run as it happens. It is a models.Sink; its memory is bounded by pools, days and the instances that are
// there within one clock hour.
type Meter struct {
	setup Setup
	main  Basis
	hour  models.Instant // the beginning of the clock hour that is being filled
	pools []pool
	runs  []run // by slot
	free  []int32
	slots slotTable // of the instances ordered or running
	items []item

	result Result
}

// New returns a meter at the beginning of a run.
func New(setup Setup) *Meter {
	m := &Meter{setup: setup, main: basisOf(setup.Rules), hour: hourOf(setup.From)}
	m.pools = make([]pool, len(setup.Pools))
	for i := range m.pools {
		p := &setup.Pools[i]
		if p.Kind == models.Surplus {
			m.pools[i] = pool{last: setup.From, owners: billing.NewOwnerRuns(setup.OwnerEnds, setup.Seed, p.Name())}
		}
	}
	m.result = Result{Rules: setup.Rules, OwnerEnds: setup.OwnerEnds, Main: m.main, From: setup.From,
		Pools: make([][Bases]Sums, len(setup.Pools)), Borrowers: make([]Borrower, len(setup.Borrowers))}
	return m
}

// Event takes the next event of a ledger; those that cost nothing are passed over.
func (m *Meter) Event(e models.Event) {
	switch e.Kind {
	case models.OwnersChanged, models.Ordered, models.Launched, models.Gone, models.Cancelled, models.Refused:
	default:
		return
	}
	if m.setup.Pools[e.Pool].Kind != models.Surplus {
		return
	}
	at := max(e.At, m.setup.From)
	for at >= m.hour+secondsPerHour {
		m.closeHour()
	}
	switch e.Kind {
	case models.OwnersChanged:
		m.change(e.Pool, at, e.N, e.M)
	case models.Ordered:
		m.slots.set(e.Instance, m.slot(run{start: models.Never, ordered: e.At, instance: e.Instance, borrower: e.Borrower, cause: e.Cause}))
	case models.Launched:
		m.launch(&e, at)
	case models.Gone:
		m.pools[e.Pool].settle(at)
		m.pools[e.Pool].borrowed--
		r := &m.runs[m.slots.take(e.Instance)] // its slot is free once the hour is closed
		r.end = at
		m.tell(e.Pool, r, at)
	default:
		m.free = append(m.free, m.slots.take(e.Instance))
	}
}

func (m *Meter) slot(r run) int32 {
	if n := len(m.free); n > 0 {
		s := m.free[n-1]
		m.free = m.free[:n-1]
		m.runs[s] = r
		return s
	}
	m.runs = append(m.runs, r)
	return int32(len(m.runs) - 1)
}

func (m *Meter) launch(e *models.Event, at models.Instant) {
	slot, ok := m.slots.get(e.Instance)
	if !ok { // a ledger without orders
		slot = m.slot(run{ordered: e.At, instance: e.Instance, borrower: e.Borrower, cause: e.Cause})
		m.slots.set(e.Instance, slot)
	}
	m.runs[slot].start, m.runs[slot].end = at, models.Never
	p := &m.pools[e.Pool]
	p.settle(at)
	p.borrowed++
	p.runs = append(p.runs, slot)
}

// change takes a new reservation and a new use by the owners.
func (m *Meter) change(id models.PoolID, at models.Instant, reserved, inUse int32) {
	p := &m.pools[id]
	p.settle(at)
	p.reserved, p.unknown = reserved, inUse == models.Unknown
	if inUse == models.Unknown || inUse == p.inUse && p.known {
		return
	}
	if !p.known {
		p.known = true
		p.hour.there = inUse // launched before this hour or within it, nobody knows: each begins one hour in it
	} else if inUse > p.inUse {
		p.hour.launched += int64(inUse - p.inUse)
	}
	p.inUse = inUse
	p.owners.Set(at, inUse, func(start models.Instant) { m.ownerEnded(id, start, at) })
}

func (m *Meter) ownerEnded(id models.PoolID, start, end models.Instant) {
	p := &m.pools[id]
	p.hour.ended(start, end, m.hour)
	m.tell(id, &run{instance: models.NoInstance, start: start}, end)
}

func (m *Meter) tell(id models.PoolID, r *run, end models.Instant) {
	if m.setup.Run != nil && end > r.start {
		m.setup.Run(Run{Pool: id, Instance: r.instance, Borrower: r.borrower, Start: r.start, End: end, Ordered: r.ordered, Cause: r.cause})
	}
}

// Finish ends the bill at an instant: instance-hours that begin from there on are not charged.
func (m *Meter) Finish(at models.Instant) Result {
	for at >= m.hour+secondsPerHour {
		m.closeHour()
	}
	if at > m.hour {
		m.close(at)
	}
	for id := range m.pools {
		p := &m.pools[id]
		p.owners.Each(func(start models.Instant) {
			m.tell(models.PoolID(id), &run{instance: models.NoInstance, start: start}, at)
		})
		for _, slot := range p.runs {
			m.tell(models.PoolID(id), &m.runs[slot], at)
		}
	}
	m.result.Until = at
	return m.result
}

func (m *Meter) closeHour() {
	m.close(m.hour + secondsPerHour)
	m.hour += secondsPerHour
}

// close bills the clock hour up to an instant: its end, or the run's.
func (m *Meter) close(until models.Instant) {
	for id := range m.pools {
		if m.setup.Pools[id].Kind == models.Surplus {
			m.closePool(models.PoolID(id), until)
		}
	}
}

func hourOf(at models.Instant) models.Instant {
	h := at / secondsPerHour * secondsPerHour
	if h > at {
		h -= secondsPerHour
	}
	return h
}

// charge gives the on-demand part of a pool's hour to the borrowed instances that the reservation did not reach, in the
// order in which it covers them, and returns what that costs.
func (m *Meter) charge(row *PoolHour) models.MicroUSD {
	price := m.setup.Pools[row.Pool].OnDemand
	if m.main == ByConcurrent {
		cost := price.For(row.Overdraft)
		m.line(Line{Hour: row.Hour, Pool: row.Pool, Instance: models.NoInstance, Begins: row.Hour, Seconds: row.Overdraft, Cost: cost})
		return cost
	}
	if m.setup.Line == nil && len(m.setup.Borrowers) == 1 && m.main != BySecond { // nobody asks which, and there is nothing to round
		cost := price.For(row.Overdraft)
		m.owe(0, row.Overdraft, cost)
		return cost
	}
	slices.SortFunc(m.items, func(a, b item) int { return cmp.Compare(a.order, b.order) })
	cost, covered := models.MicroUSD(0), row.Borrowed-row.Overdraft
	for _, it := range m.items {
		part := min(it.seconds, covered)
		covered -= part
		if part == it.seconds {
			continue
		}
		r := &m.runs[it.slot]
		l := Line{Hour: row.Hour, Pool: row.Pool, Borrower: r.borrower, Instance: r.instance, Start: r.start, Begins: m.hour + models.Instant(it.order>>40),
			Ordered: r.ordered, Cause: r.cause, Seconds: it.seconds - part}
		l.Cost = price.For(l.Seconds)
		cost += l.Cost
		m.line(l)
	}
	return cost
}

func (m *Meter) line(l Line) {
	m.owe(l.Borrower, l.Seconds, l.Cost)
	if m.setup.Line != nil {
		m.setup.Line(l)
	}
}

func (m *Meter) owe(b models.BorrowerID, seconds int64, cost models.MicroUSD) {
	m.result.Borrowers[b].Overdraft += seconds
	m.result.Borrowers[b].Cost += cost
}
