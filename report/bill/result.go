package bill

import (
	"trough.internal/models"
	"trough.internal/models/billing"
)

// Basis is how a clock hour's use is counted.
type Basis uint8

// The bases: the three readings of whole instance-hours, seconds pooled, and each second apart, which no provider bills.
const (
	ByBegun       = Basis(billing.Begun)
	ByTouched     = Basis(billing.Touched)
	ByConcurrent  = Basis(billing.Concurrent)
	BySecond      = Basis(billing.Readings)
	Instantaneous = BySecond + 1
	Bases         = Instantaneous + 1 // how many there are
)

var basisWords = [Bases]string{
	"whole instance-hours, each in the clock hour in which it begins",
	"whole instance-hours, one in every clock hour that an instance touches",
	"whole instance-hours, as many in a clock hour as run at once",
	"by the second, at least 60, pooled over the clock hour",
	"no billing rule: each second apart",
}

// String says how it counts, as tables print it.
func (b Basis) String() string { return basisWords[b] }

// basisOf is the basis that rules ask for, for Linux: traces of capacity name no other platform that is billed apart.
func basisOf(r billing.Rules) Basis {
	if !r.Hourly(billing.Linux) {
		return BySecond
	}
	return Basis(r.Hours)
}

// Sums are what borrowing costs, of a pool, a day or all: integers that add up. Use is in instance-seconds, 3600 for an
// instance-hour.
type Sums struct {
	Borrowed  int64           // billed use of the borrowers, rounded as the rules say
	List      models.MicroUSD // the same at the on-demand rate
	Overdraft int64           // of it on-demand: what no reservation covered
	Cost      models.MicroUSD // of the overdraft: the marginal overdraft cost

	Owners     int64           // the owners' own use beyond their reservations; never the borrowers'. 0 where runs are not told apart
	OwnersCost models.MicroUSD // of that

	Hours int64 // pools' clock hours in which the borrowers had an overdraft
}

func (s *Sums) add(o *Sums) {
	s.Borrowed += o.Borrowed
	s.List += o.List
	s.Overdraft += o.Overdraft
	s.Cost += o.Cost
	s.Owners += o.Owners
	s.OwnersCost += o.OwnersCost
	s.Hours += o.Hours
}

// Efficiency is 1 - cost / list; false where nothing that has a price was borrowed.
func (s *Sums) Efficiency() (float64, bool) {
	if s.List == 0 {
		return 0, false
	}
	return 1 - float64(s.Cost)/float64(s.List), true
}

// Borrower is one borrower's part.
type Borrower struct {
	Borrowed  int64 // billed use, instance-seconds
	Overdraft int64 // of it on-demand
	Cost      models.MicroUSD
}

// Result is a run's bill.
type Result struct {
	From, Until models.Instant
	Rules       billing.Rules
	OwnerEnds   billing.OwnerEnds
	Main        Basis // the one that the rules ask for; the others say how much it matters

	Total     [Bases]Sums
	Pools     [][Bases]Sums // by models.PoolID
	Days      [][Bases]Sums // of 24 h from From on; a clock hour belongs to the day in which it begins
	Borrowers []Borrower    // by models.BorrowerID, on the main basis
}

// Billed are the totals on the main basis.
func (r *Result) Billed() *Sums { return &r.Total[r.Main] }

// book adds one pool's clock hour to all sums.
func (m *Meter) book(row *PoolHour) {
	r := &m.result
	day := int(max(0, row.Hour-r.From) / secondsPerDay)
	for len(r.Days) <= day {
		r.Days = append(r.Days, [Bases]Sums{})
	}
	for b := range row.Of {
		s := &row.Of[b]
		if s.Overdraft > 0 {
			s.Hours = 1
		}
		r.Total[b].add(s)
		r.Pools[row.Pool][b].add(s)
		r.Days[day][b].add(s)
	}
	if m.setup.Hour != nil {
		m.setup.Hour(*row)
	}
}
