package hindsight

import (
	"math"
	"slices"
)

// run is a stretch of time in which a level is free: what is borrowed of it is no overdraft.
type run struct{ from, until int32 }

// group is all levels of a pool between two neighbouring values of what is available: they are free at the same times.
type group struct {
	levels float64
	runs   []run
}

// levels are a pool's groups, lowest first, and when it was closed.
type levels struct {
	norm, speed float64
	groups      []group
	closed      []int32 // where it became closed, in order
}

// levelsOf finds the free stretches of every group, within [first, length).
func levelsOf(p *Pool, first, length int32) levels {
	l := levels{norm: p.Norm, speed: p.Speed}
	tops := tops(p.Steps)
	count := make([]int, len(tops))
	sweep(p.Steps, tops, first, length, func(g int, _ run) { count[g]++ })
	l.groups = make([]group, len(tops))
	below := int32(0)
	for g, top := range tops {
		l.groups[g] = group{levels: float64(top - below), runs: make([]run, 0, count[g])}
		below = top
	}
	sweep(p.Steps, tops, first, length, func(g int, r run) { l.groups[g].runs = append(l.groups[g].runs, r) })
	for _, s := range p.Steps {
		if s.Available == Closed {
			l.closed = append(l.closed, s.At)
		}
	}
	return l
}

// tops are the highest levels of the groups: the values above zero that are ever available.
func tops(steps []Step) []int32 {
	var all []int32
	for _, s := range steps {
		if s.Available > 0 {
			all = append(all, s.Available)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// sweep finds each group's free stretches, in order of their ends.
func sweep(steps []Step, tops []int32, first, length int32, found func(g int, r run)) {
	began := make([]int32, len(tops))
	free := 0 // how many groups are
	to := func(now int, at int32) {
		for ; free < now; free++ {
			began[free] = at
		}
		for ; free > now; free-- {
			if r := (run{max(began[free-1], first), at}); r.from < r.until {
				found(free-1, r)
			}
		}
	}
	for _, s := range steps {
		if s.At >= length {
			break
		}
		now := 0
		if s.Available > 0 {
			now, _ = slices.BinarySearch(tops, s.Available)
			now++
		}
		to(now, s.At)
	}
	to(0, length)
}

// prices are what a second is worth and costs.
type prices struct {
	worth   *worth
	over    float64 // of a second of overdraft, in units of the pool's speed; math.Inf(1): not to be had
	boot    int32
	closed  []int32
	horizon int32
}

// blocked says whether a pool was closed somewhere between two free stretches.
func (p *prices) blocked(from, until int32) bool {
	if len(p.closed) == 0 {
		return false
	}
	i, _ := slices.BinarySearch(p.closed, from)
	return i < len(p.closed) && p.closed[i] < until
}

// bridge is what it costs to stay on from one free stretch to the next.
func (p *prices) bridge(from, until int32) float64 {
	if math.IsInf(p.over, 1) || p.blocked(from, until) {
		return math.Inf(1)
	}
	return p.over * float64(until-from)
}

// chain is the memory of a level's dynamic program, used again for each.
type chain struct{ bridged, ends []bool }

// solve is the value of one level of a group; stays is called for each stretch of time that it is on in a plan of that
// value, from launch to gone, the last first.
//
// The chain is on or off at the end of each free stretch. The value of on is kept less what the time until now was
// worth, so that staying on changes nothing but for a bridge's cost.
func (c *chain) solve(g *group, p *prices, stays func(run)) float64 {
	c.bridged, c.ends = c.bridged[:0], c.ends[:0]
	off, on := 0.0, math.Inf(-1)
	for i, r := range g.runs {
		if i > 0 {
			on -= p.bridge(g.runs[i-1].until, r.from)
		}
		anew := off - p.worth.until(min(r.from+p.boot, p.horizon))
		c.bridged = append(c.bridged, on > anew)
		on = max(on, anew)
		value := on + p.worth.until(r.until)
		c.ends = append(c.ends, value > off)
		off = max(off, value)
	}
	for i := len(g.runs) - 1; i >= 0; i-- {
		if !c.ends[i] {
			continue
		}
		until := g.runs[i].until
		for c.bridged[i] {
			i--
		}
		stays(run{g.runs[i].from, until})
	}
	return off
}
