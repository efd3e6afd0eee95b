package bill

import (
	"trough.internal/models"
	"trough.internal/models/billing"
)

// pool is one pool's present, and what its clock hour has come to so far.
type pool struct {
	last     models.Instant // settled up to here
	reserved int32
	inUse    int32 // the owners', the last that was known
	borrowed int32
	known    bool // the owners' use was known at some time
	unknown  bool // it is not now
	owners   billing.OwnerRuns
	runs     []int32 // slots of the borrowed instances that ran within the hour
	hour     ownersHour
}

// ownersHour is what the owners' instances, and those that run at once, come to in one clock hour. The owners' hours are
// counted by difference: one for each run that is there at its beginning and for each launch, less those that end before
// they count. That needs no look at any run but those that end.
type ownersHour struct {
	there     int32 // owners' runs at the beginning
	launched  int64
	notBegun  int64 // ended in this hour before an instance-hour of theirs began in it
	untouched int64 // ended with the hour's first second, so that they did not run in it
	seconds   int64 // owners'
	lacking   int64 // what owners' runs of this hour lack to the minimum

	overdraft int32 // the most at once
	borrowed  int32 // the most at once

	borrowedSeconds  int64
	overdraftSeconds int64 // of them, each second apart
}

// secondsMin is what a run is billed for at least, where it is billed by the second.
const secondsMin = 60

// ended takes the end of one of the owners' runs.
func (h *ownersHour) ended(start, end, hour models.Instant) {
	if hour+phase(start) >= end {
		h.notBegun++
	}
	if max(start, hour) >= end {
		h.untouched++
	}
	if end > start {
		h.lacking += max(0, secondsMin-int64(end-start))
	}
}

// settle integrates what held from the last change until at.
func (p *pool) settle(at models.Instant) {
	d := int64(at - p.last)
	p.last = at
	if d == 0 {
		return
	}
	p.hour.seconds += d * int64(p.inUse)
	p.hour.borrowed = max(p.hour.borrowed, p.borrowed)
	p.hour.borrowedSeconds += d * int64(p.borrowed)
	if over := min(p.borrowed, p.inUse+p.borrowed-p.reserved); over > 0 {
		p.hour.overdraft = max(p.hour.overdraft, over)
		if !p.unknown {
			p.hour.overdraftSeconds += d * int64(over)
		}
	}
}

// item is what one borrowed instance is billed for in the hour.
type item struct {
	order   uint64 // in which the reservation covers: the second of the hour at which it begins, then borrower, then instance
	seconds int64
	slot    int32
}

// closePool bills one pool's clock hour up to an instant.
func (m *Meter) closePool(id models.PoolID, until models.Instant) {
	p := &m.pools[id]
	p.settle(until)
	h := &p.hour
	var owners, borrowed [Bases]int64
	owners[ByTouched] = secondsPerHour * (int64(h.there) + h.launched - h.untouched)
	owners[ByBegun] = secondsPerHour * (int64(h.there) + h.launched - h.notBegun)
	owners[BySecond] = h.seconds + h.lacking
	borrowed[ByConcurrent] = secondsPerHour * int64(h.borrowed)
	borrowed[Instantaneous] = h.borrowedSeconds
	if until < m.hour+secondsPerHour {
		owners[ByBegun] -= secondsPerHour * p.notYet(m.hour, until)
	}
	m.borrowed(p, until, &borrowed)

	row := PoolHour{Hour: m.hour, Pool: id, Reserved: secondsPerHour * int64(p.reserved), Owners: owners[m.main], Borrowed: borrowed[m.main]}
	price := m.setup.Pools[id].OnDemand
	for b := range row.Of {
		s := &row.Of[b]
		s.Borrowed, s.List = borrowed[b], price.For(borrowed[b])
		s.Overdraft = billing.Marginal(owners[b], borrowed[b], row.Reserved)
		s.Owners = max(0, owners[b]-row.Reserved)
		switch Basis(b) {
		case ByConcurrent:
			s.Overdraft, s.Owners = secondsPerHour*int64(h.overdraft), 0
		case Instantaneous:
			s.Overdraft, s.Owners = h.overdraftSeconds, 0
		}
		s.Cost, s.OwnersCost = price.For(s.Overdraft), price.For(s.Owners)
	}
	row.Overdraft = row.Of[m.main].Overdraft
	if row.Overdraft > 0 {
		row.Cost = m.charge(&row)
		row.Of[m.main].Cost = row.Cost
	}
	m.book(&row)
	m.forget(p, until)
	p.hour = ownersHour{there: p.inUse}
}

// notYet is how many owners' runs have, when a bill ends within a clock hour, not begun an instance-hour in it.
func (p *pool) notYet(hour, until models.Instant) int64 {
	n := int64(0)
	p.owners.Each(func(start models.Instant) {
		if start < hour && phase(start) >= until-hour {
			n++
		}
	})
	return n
}

func phase(at models.Instant) models.Instant { return at - hourOf(at) }

// borrowed sums up what the borrowed instances are billed for, and lists it for the basis that counts.
func (m *Meter) borrowed(p *pool, until models.Instant, sums *[Bases]int64) {
	m.items = m.items[:0]
	for _, slot := range p.runs {
		r := &m.runs[slot]
		end := min(r.end, until)
		of := [Bases]int64{}
		begins := [Bases]models.Instant{}
		from := max(r.start, m.hour)
		if end > from {
			of[ByTouched], begins[ByTouched] = secondsPerHour, from
			of[BySecond], begins[BySecond] = int64(end-from), from
		}
		if first := m.hour + phase(r.start); first < end && first >= r.start {
			of[ByBegun], begins[ByBegun] = secondsPerHour, first
		}
		if r.end <= until && r.end > r.start { // it ended in this hour
			if lacking := secondsMin - int64(r.end-r.start); lacking > 0 {
				of[BySecond], begins[BySecond] = of[BySecond]+lacking, from
			}
		}
		sums[ByTouched] += of[ByTouched]
		sums[BySecond] += of[BySecond]
		sums[ByBegun] += of[ByBegun]
		if of[m.main] > 0 {
			order := uint64(begins[m.main]-m.hour)<<40 | uint64(r.borrower)<<32 | uint64(uint32(r.instance))
			m.items = append(m.items, item{order, of[m.main], slot})
			m.result.Borrowers[r.borrower].Borrowed += of[m.main]
		}
	}
}

// forget drops the borrowed instances that ended. What ended exactly with the hour is the next one's: until is its first
// second.
func (m *Meter) forget(p *pool, until models.Instant) {
	left := p.runs[:0]
	for _, slot := range p.runs {
		if m.runs[slot].end <= until {
			m.free = append(m.free, slot)
			continue
		}
		left = append(left, slot)
	}
	p.runs = left
}
