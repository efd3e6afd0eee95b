package hindsight

import (
	"math"
	"slices"
)

// Solver bounds what any policy could reach in a problem, for any price of overdraft.
type Solver struct {
	problem Problem
	pools   []levels
	arrived []float64 // by cell of worth: work that can be done from then on, in normalised seconds
	worth   *worth
	chain   chain
}

// cellsMax is how fine the multiplier is in time: 20 minutes of a fortnight. Any grid gives a valid bound.
const cellsMax = 1008

// New prepares a problem.
func New(p Problem) *Solver {
	s := &Solver{problem: p, worth: newWorth(p.Length, cellsMax)}
	for i := range p.Pools {
		s.pools = append(s.pools, levelsOf(&p.Pools[i], p.First, p.Length))
	}
	if p.Work != nil {
		s.arrived = make([]float64, len(s.worth.m))
		for _, r := range p.Work {
			s.arrived[r.At/s.worth.cell] += r.Work
		}
	}
	return s
}

// Length is how long the problem is, in seconds.
func (s *Solver) Length() int32 { return s.problem.Length }

// Bound is what no policy can beat.
type Bound struct {
	Ratio float64 // p/v: the price of an overdraft hour over the worth of a useful hour
	Upper float64 // value in normalised hours
	// Saturated says that the bound is what all free levels are worth: the queue never needs to be short of work.
	Saturated bool

	worth []float64
}

// Steps is how many evaluations Bound makes at most, each of which it tells of.
const Steps = 3 + thresholds + descents

const (
	thresholds = 8  // of the instants before which work was short, tried first
	descents   = 60 // of the search for a better multiplier
)

// Bound returns an upper bound at a price ratio of 0 or more; math.Inf(1) is no overdraft at all. Where the queue never runs out and a
// second of overdraft costs less than it brings, there is none: the bound is infinite. Step is called after each
// evaluation; an error of it ends the search.
func (s *Solver) Bound(ratio float64, step func() error) (Bound, error) {
	d := descent{s: s, ratio: ratio, most: s.most(ratio), step: step, best: math.Inf(1)}
	if s.problem.Work == nil && d.most < 1 {
		return Bound{Ratio: ratio, Upper: math.Inf(1)}, nil
	}
	if err := d.search(); err != nil {
		return Bound{}, err
	}
	b := Bound{Ratio: ratio, Upper: d.best / 3600, worth: d.bestAt}
	b.Saturated = !slices.ContainsFunc(b.worth, func(v float64) bool { return v < 1 })
	return b, nil
}

// most is the largest multiplier at which no level pays for itself in overdraft.
func (s *Solver) most(ratio float64) float64 {
	most := 1.0
	for i := range s.pools {
		most = min(most, s.pools[i].over(ratio))
	}
	return most
}

// over is what a second of overdraft costs, in seconds of the pool's speed.
func (l *levels) over(ratio float64) float64 { return ratio * l.norm / l.speed }

func (s *Solver) prices(l *levels, ratio float64) prices {
	return prices{worth: s.worth, over: l.over(ratio), boot: s.problem.Boot, closed: l.closed, horizon: s.problem.Length}
}

// descent is the search for the multiplier with the least bound.
type descent struct {
	s           *Solver
	ratio, most float64
	step        func() error

	supply amounts // what the plan can work, in normalised seconds
	best   float64
	bestAt []float64
}

func (d *descent) search() error {
	d.supply = newAmounts(d.s.worth)
	m := make([]float64, len(d.s.worth.m))
	if d.s.arrived != nil && !d.s.problem.WorkOnly {
		if _, err := d.try(m); err != nil { // all work, whatever there is room for
			return err
		}
	}
	if d.s.problem.WorkOnly {
		d.best, d.bestAt = d.s.problem.Total(), m
		return nil
	}
	for i := range m {
		m[i] = d.most
	}
	if _, err := d.try(m); err != nil || d.s.arrived == nil || d.most == 0 {
		return err
	}
	for _, from := range d.turns() {
		for i := range m {
			m[i] = 0
			if i >= from {
				m[i] = d.most
			}
		}
		if _, err := d.try(m); err != nil {
			return err
		}
	}
	return d.descend()
}

// turns are the instants from which on room and not work would have to be short for the least bounds, going by the supply of the
// saturated plan.
func (d *descent) turns() []int {
	type turn struct {
		from  int
		bound float64
	}
	var all []turn
	after := 0.0
	for i := len(d.supply.by) - 1; i > 0; i-- {
		after += d.most * (d.supply.by[i] - d.s.arrived[i])
		all = append(all, turn{i, after})
	}
	slices.SortStableFunc(all, func(a, b turn) int {
		switch {
		case a.bound < b.bound:
			return -1
		case a.bound > b.bound:
			return 1
		}
		return 0
	})
	var from []int
	for _, t := range all[:min(thresholds, len(all))] {
		from = append(from, t.from)
	}
	return from
}

// descend follows the subgradient from the best multiplier so far: where a plan could do more work than there is, time is worth less. The
// steps are Polyak's, towards a target below the best bound that comes nearer whenever it was not improved.
func (d *descent) descend() error {
	m := slices.Clone(d.bestAt)
	bound, err := d.try(m)
	if err != nil {
		return err
	}
	aim := 0.02
	for range descents {
		squares := 0.0
		for i, supply := range d.supply.by {
			squares += (supply - d.s.arrived[i]) * (supply - d.s.arrived[i])
		}
		if squares == 0 {
			return nil
		}
		length := (bound - (1-aim)*d.best) / squares
		for i, supply := range d.supply.by {
			m[i] -= length * (supply - d.s.arrived[i])
		}
		rising(m, d.most)
		before := d.best
		if bound, err = d.try(m); err != nil {
			return err
		}
		if d.best > before-1e-4*aim*before {
			aim *= 0.8
		}
	}
	return nil
}

// try is the bound for a multiplier.
func (d *descent) try(m []float64) (float64, error) {
	s := d.s
	s.worth.set(m)
	d.supply.clear()
	bound := 0.0
	for i := range s.pools {
		l := &s.pools[i]
		p := s.prices(l, d.ratio)
		for g := range l.groups {
			rate := l.groups[g].levels * l.speed
			bound += rate * s.chain.solve(&l.groups[g], &p, func(r run) {
				if r.from += p.boot; r.from < r.until {
					d.supply.add(s.worth, r, rate)
				}
			})
		}
	}
	d.supply.settle(s.worth)
	for i, work := range s.arrived {
		bound += work * (1 - m[i])
	}
	if bound < d.best {
		d.best, d.bestAt = bound, slices.Clone(m)
	}
	return bound, d.step()
}
