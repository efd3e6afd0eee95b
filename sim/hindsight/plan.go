package hindsight

import "slices"

// Plan is how many instances to borrow of each pool, by pool of the problem, as steps in order of time. It knows the future.
type Plan [][]Hold

// Hold is so many instances from an instant on, in seconds since the start.
type Hold struct {
	At        int32
	Instances int32
}

// worthLeast is what a plan takes a second for where the bound finds work so short that it is worth nothing: its instances have to
// come from somewhere, so whatever is free is borrowed, and next to nothing is paid for it.
const worthLeast = 0.02

// Plan is a plan whose levels are best at a bound's prices.
func (s *Solver) Plan(b *Bound) Plan {
	m := make([]float64, len(s.worth.m))
	for i := range m {
		m[i] = 1
		if b.worth != nil {
			m[i] = max(b.worth[i], worthLeast)
		}
	}
	s.worth.set(m)
	plan := make(Plan, len(s.pools))
	for i := range s.pools {
		l := &s.pools[i]
		p := s.prices(l, b.Ratio)
		var changes []Hold
		for g := range l.groups {
			n := int32(l.groups[g].levels)
			s.chain.solve(&l.groups[g], &p, func(r run) { changes = append(changes, Hold{r.from, n}, Hold{r.until, -n}) })
		}
		plan[i] = accumulate(changes)
	}
	return plan
}

// accumulate turns changes in any order into steps.
func accumulate(changes []Hold) []Hold {
	slices.SortFunc(changes, func(a, b Hold) int { return int(a.At - b.At) })
	var steps []Hold
	held := int32(0)
	for i, c := range changes {
		held += c.Instances
		if i+1 == len(changes) || changes[i+1].At != c.At {
			steps = append(steps, Hold{c.At, held})
		}
	}
	return steps
}

// least is the fewest instances that a plan holds of a pool at any time in [from, until].
func (p Plan) least(pool int, from, until int32) int32 {
	steps := p[pool]
	i, exact := slices.BinarySearchFunc(steps, from, func(h Hold, at int32) int { return int(h.At - at) })
	if !exact {
		i--
	}
	if i < 0 {
		return 0
	}
	least := steps[i].Instances
	for i++; i < len(steps) && steps[i].At <= until; i++ {
		least = min(least, steps[i].Instances)
	}
	return least
}
