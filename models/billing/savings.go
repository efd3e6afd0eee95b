package billing

import (
	"cmp"
	"math/bits"
	"slices"

	"trough.internal/models"
)

// coverPlanned covers what reserved instances left with Savings Plans: those of one family before those of all.
func (e *engine) coverPlanned() {
	for _, kind := range []Kind{EC2Plan, ComputePlan} {
		if !e.gives(kind) {
			continue
		}
		rank := e.rates.rank(kind, e.hour)
		e.order = e.order[:0]
		for i := range e.items {
			it := &e.items[i]
			if r := rank[e.pools[it.pool].key]; r != none && it.left > 0 {
				e.order = append(e.order, uint64(r)<<44|uint64(it.begin)<<32|uint64(i))
			}
		}
		e.cover(kind)
	}
}

// spend is how much of some units a commitment that has so much left covers at a plan's rate, and what it spends on that,
// rounded as a line is. Where it does not suffice it covers a part, and is spent: the rest is worth less than a unit.
func spend(left models.MicroUSD, rate models.MicroUSDPerHour, units, whole int64) (covered int64, spent models.MicroUSD) {
	cost, _ := charge(rate, units, whole) // fits: units are at most whole
	if cost <= left {
		return units, cost
	}
	high, low := bits.Mul64(uint64(left), uint64(whole))
	covers, _ := bits.Div64(high, low, uint64(rate)) // fits: less than units, as the cost is more than what is left
	return int64(covers), left
}

// offer is what an hour costs on-demand and with a plan.
type offer struct{ onDemand, plan models.MicroUSDPerHour }

// compareOffers has the higher saving (the share of the on-demand rate) first, and of equal ones the lower rate. Where no
// on-demand rate is known, or it is 0, it has them last.
func compareOffers(a, b offer) int {
	switch known, other := a.onDemand > 0, b.onDemand > 0; {
	case known != other && known:
		return -1
	case known != other:
		return 1
	case !known:
		return cmp.Compare(a.plan, b.plan)
	}
	// a saves more where a.plan/a.onDemand < b.plan/b.onDemand.
	high1, low1 := bits.Mul64(uint64(a.plan), uint64(b.onDemand))
	high2, low2 := bits.Mul64(uint64(b.plan), uint64(a.onDemand))
	return cmp.Or(cmp.Compare(high1, high2), cmp.Compare(low1, low2), cmp.Compare(a.plan, b.plan))
}

// plan is a kind of Savings Plan's rate.
func (r Rate) plan(kind Kind) models.MicroUSDPerHour {
	if kind == EC2Plan {
		return r.EC2Plan
	}
	return r.ComputePlan
}

// ranking is the order in which a kind of Savings Plan covers what has which rate.
type ranking struct {
	of   []Rate  // that it was made for
	rank []int32 // by key; equal offers have the same, and what the plan has no rate for has none
}

// rank is the ranking of an hour.
func (r *rates) rank(kind Kind, hour models.Instant) []int32 {
	for key := range r.keys.list {
		r.at(int32(key), hour)
	}
	k := &r.rankings[kind]
	if !slices.Equal(k.of, r.now) { // rates seldom change
		k.of = append(k.of[:0], r.now...)
		k.rank = rankOffers(r.now, kind)
	}
	return k.rank
}

func rankOffers(rates []Rate, kind Kind) []int32 {
	offerOf := func(key int32) offer { return offer{rates[key].OnDemand, rates[key].plan(kind)} }
	rank := make([]int32, len(rates))
	var order []int32
	for key := range rank {
		rank[key] = none
		if offerOf(int32(key)).plan >= 0 {
			order = append(order, int32(key))
		}
	}
	slices.SortFunc(order, func(a, b int32) int { return compareOffers(offerOf(a), offerOf(b)) })
	for i, key := range order {
		switch {
		case i == 0:
			rank[key] = 0
		case compareOffers(offerOf(order[i-1]), offerOf(key)) == 0:
			rank[key] = rank[order[i-1]]
		default:
			rank[key] = rank[order[i-1]] + 1
		}
	}
	return rank
}
