package policies

import (
	"cmp"
	"slices"
	"time"

	"trough.internal/models"
)

// BilledHour lets go only what is about to complete an hour by which it is billed: whoever ends an instance earlier has paid
// for the rest of its hour too (Shufflr 2012: on scale-down, end only instances near the end of their hour, and use them until then).
// It is of use where whole hours are billed, from each instance's launch: until October 2017, bought and borrowed ones alike.
//
// What it holds back stands in, within a borrower and a kind of capacity, for what others would launch; and where others of
// these are about to complete an hour, they go instead. So about as many go as the stages before it wanted, only others.
// Orders that were not launched yet cost nothing and are withdrawn at once. Who must go by notice is none of its affair: the
// stages after it return overdrafts, curfews and evacuations.
type BilledHour struct {
	Within time.Duration `set:"within" default:"5m" min:"1s" max:"59m" doc:"How long before the end of its billed hour an instance may be let go: at least the time between two evaluations, or some hours are missed, and as long as a job takes, or it ends in the next one."`

	order []int32 // pools, by name
	pools *models.Pool
}

// HourEndsWithin is what the policy wants the observation's column HourEnding to be about; 0: no column. Whoever observes
// the market for it asks this once.
func HourEndsWithin(p Policy) time.Duration {
	if minding, ok := p.(interface{ hourEndsWithin() time.Duration }); ok {
		return minding.hourEndsWithin()
	}
	return 0
}

// hourEndsWithin is that of the stage that minds hours, if there is one.
func (pl *Pipeline) hourEndsWithin() time.Duration {
	for _, s := range pl.stages {
		if b, ok := s.(*BilledHour); ok {
			return b.Within
		}
	}
	return 0
}

// Cause is ByBilledHour.
func (*BilledHour) Cause() models.Cause { return models.ByBilledHour }

// Memory is nil: how long instances run is seen.
func (*BilledHour) Memory() any { return nil }

// Apply moves what is to go to where hours end.
func (s *BilledHour) Apply(obs *models.Observation, p *Proposal) {
	if obs.HourEnding == nil {
		return
	}
	s.sort(obs.Pools)
	for b := range p.Demand {
		for kind := models.Surplus; kind <= models.OnDemand; kind++ {
			if back := s.holdBack(obs, p, b, kind); back > 0 {
				back = s.launchFewer(obs, p, b, kind, back)
				s.endOthers(obs, p, b, kind, back)
			}
		}
	}
}

// stay is how many instances of a cell are in the midst of an hour.
func stay(obs *models.Observation, p *Proposal, c int) int32 {
	return max(0, p.Held[c]-obs.OnOrder[c]-obs.HourEnding[c])
}

// holdBack raises targets to what is in the midst of an hour, as far as it is no overdraft, and returns how much capacity
// that is, in thousandths of an instance of the reference type.
func (s *BilledHour) holdBack(obs *models.Observation, p *Proposal, b int, kind models.PoolKind) (back int64) {
	for _, pool := range s.order {
		if obs.Pools[pool].Kind != kind {
			continue
		}
		c := int(pool)*p.Borrowers + b
		n := stay(obs, p, c) - p.Target[c]
		if p.Known[pool] {
			n = min(n, p.Available[pool]-p.PoolTarget(int(pool)))
		}
		if n > 0 {
			p.Target[c] += n
			back += int64(n) * worthOf(&obs.Pools[pool])
		}
	}
	return back
}

// launchFewer lowers targets that are above what is held, and returns what is left of the capacity held back.
func (s *BilledHour) launchFewer(obs *models.Observation, p *Proposal, b int, kind models.PoolKind, back int64) int64 {
	return s.lower(obs, p, b, kind, back, func(c int) int32 { return p.Held[c] })
}

// endOthers lowers targets where hours end.
func (s *BilledHour) endOthers(obs *models.Observation, p *Proposal, b int, kind models.PoolKind, back int64) {
	s.lower(obs, p, b, kind, back, func(c int) int32 { return stay(obs, p, c) })
}

// lower lowers targets to no less than a floor, by no more than some capacity.
func (s *BilledHour) lower(obs *models.Observation, p *Proposal, b int, kind models.PoolKind, back int64, floor func(c int) int32) int64 {
	for _, pool := range s.order {
		c, worth := int(pool)*p.Borrowers+b, worthOf(&obs.Pools[pool])
		if obs.Pools[pool].Kind != kind || back < worth {
			continue
		}
		if n := min(int64(p.Target[c]-floor(c)), back/worth); n > 0 {
			p.Target[c] -= int32(n)
			back -= n * worth
		}
	}
	return back
}

// sort puts the pools in an order that does not depend on theirs.
func (s *BilledHour) sort(pools []models.Pool) {
	if len(s.order) == len(pools) && (len(pools) == 0 || s.pools == &pools[0]) {
		return
	}
	s.order, s.pools = resize(s.order, len(pools)), &pools[0]
	for i := range s.order {
		s.order[i] = int32(i)
	}
	slices.SortFunc(s.order, func(a, b int32) int {
		return cmp.Or(cmp.Compare(pools[a].Zone, pools[b].Zone), cmp.Compare(pools[a].Type, pools[b].Type), cmp.Compare(a, b))
	})
}
