package policies

import (
	"cmp"
	"math"
	"slices"

	"trough.internal/models"
)

// Demand holds no more than there is work for: it fills pools in order, the fastest type first, ties by index. It is
// not one of the nine strategies but part of every policy that holds demand; Fair, which speaks before it, replaces the order.
type Demand struct {
	order []int32 // pools, fastest first
	pools *models.Pool
}

// Cause is ByDemand.
func (*Demand) Cause() models.Cause { return models.ByDemand }

// Memory is nil: the order follows from the pools.
func (*Demand) Memory() any { return nil }

// Apply lowers targets in the slowest pools until every borrower's slots are covered by its demand, rounded up to
// whole instances.
func (d *Demand) Apply(obs *models.Observation, p *Proposal) {
	d.sort(obs.Pools)
	for b, demand := range p.Demand {
		left := ceil(demand)
		for _, pool := range d.order {
			c := int(pool)*p.Borrowers + b
			slots := slotsOf(&obs.Pools[pool])
			p.Target[c] = min(p.Target[c], (left+slots-1)/slots)
			left = max(0, left-p.Target[c]*slots)
		}
	}
}

func (d *Demand) sort(pools []models.Pool) {
	if len(d.order) == len(pools) && (len(pools) == 0 || d.pools == &pools[0]) {
		return
	}
	d.order = resize(d.order, len(pools))
	for i := range pools {
		d.order[i], d.pools = int32(i), &pools[0]
	}
	slices.SortStableFunc(d.order, func(a, b int32) int { return cmp.Compare(pools[b].Speed, pools[a].Speed) })
}

// ceil rounds slots up, but for the dust that sums of floats leave.
func ceil(x float64) int32 {
	return int32(min(math.Ceil(x-dust), math.MaxInt32/2))
}

func slotsOf(p *models.Pool) int32 { return max(1, p.Slots) }
