package drive

import (
	"time"

	"trough.internal/models"
)

// This file is the rules that keep a fleet from being thrown about: too much that ends at once, launches that never come, and cells
// that are borrowed and taken back over and over. They count the time that passed, which nobody sets.

// calm is what these rules remember of a cell.
type calm struct {
	grown   bool            // since it was evicted last
	evicted []time.Duration // when it was evicted and had grown since, within flapWithin
	rests   time.Duration   // until when it is left alone for it

	waits     bool          // for launches
	since     time.Duration // since when it waits, or when it last had an answer
	withdrawn time.Duration // until when it is left alone, since none came
	unheard   int32         // launches that were withdrawn at the last evaluation
}

// flapWithin is the time in which evictions are counted, and for which a cell that had too many is left alone.
const flapWithin = time.Hour

// pace: a reading of no work, which nothing tells from a true one, lets the whole fleet go. What ends for want of work ends part by
// part; what the owners need, curfews and what people say are not held up.
func (g *guard) pace(*Cycle) {
	held, fewer := int64(0), int64(0)
	for cell, target := range g.now.Target {
		n := g.obs.Held(cell)
		held += int64(n)
		if g.forWantOfWork(cell) {
			fewer += int64(max(0, n-target))
		}
	}
	most := max(int64(g.set.ReclaimLeast), int64(float64(held)*float64(g.set.ReclaimMax)))
	if fewer <= most {
		return
	}
	seen, given := int64(0), int64(0)
	for cell, target := range g.now.Target {
		n := g.obs.Held(cell)
		if target >= n || !g.forWantOfWork(cell) {
			continue
		}
		seen += int64(n - target)
		part := most*seen/fewer - given
		given += part
		g.now.Target[cell], g.now.Cause[cell] = n-int32(part), models.ByLimit
	}
}

// forWantOfWork says whether a target is what it is because of what there is to do, and not because of what there is to borrow.
func (g *guard) forWantOfWork(cell int) bool {
	switch g.now.Cause[cell] {
	case models.ByAvailability, models.ByMargin, models.ByOverdraft, models.ByCurfew, models.ByStale, models.ByEvacuation, models.BySchedule, models.ByLimit:
		return false
	}
	return true
}

// overdue: what was asked for and is not there counts as held, so that nothing else is asked for in its place. When no answer comes
// for long it is withdrawn, its cell is left alone for as long again, and the policy is told that it was refused: it asks elsewhere.
func (g *guard) overdue(c *Cycle) {
	for cell := range g.now.Target {
		m, now := &g.calm[cell], c.facts.passed
		waits, answered := g.obs.OnOrder[cell] > 0, g.obs.Launched[cell] > 0 || g.obs.Refused[cell] > 0
		if waits && (!m.waits || answered) {
			m.since = now
		}
		m.waits = waits
		if waits && now-m.since >= g.set.LaunchWithin {
			c.note("%s: nothing is heard for %s of %d instances on order: they are withdrawn, and nothing more is ordered there for as long", g.name(cell), g.set.LaunchWithin, g.obs.OnOrder[cell])
			m.since, m.withdrawn, m.unheard = now, now+g.set.LaunchWithin, g.obs.OnOrder[cell]
			g.lower(cell, g.obs.Held(cell)-g.obs.OnOrder[cell])
		}
		if now < m.withdrawn {
			g.lower(cell, g.obs.Held(cell))
		}
	}
}

// refuse tells the policy of what was withdrawn.
func (g *guard) refuse(refused []int32) {
	for cell := range refused {
		refused[cell] += g.calm[cell].unheard
		g.calm[cell].unheard = 0
	}
}

// flap: a cell from which the owners take back what was just launched, time after time, costs them waiting, us boots, and the work of
// the jobs that are ended. It counts only what was launched anew in between: a long retreat is one eviction.
func (g *guard) flap(c *Cycle) {
	for cell := range g.now.Target {
		m, now := &g.calm[cell], c.facts.passed
		m.grown = m.grown || g.obs.Launched[cell] > 0
		present := g.obs.Held(cell) + g.obs.Finishing[cell]
		if m.grown && c.Decided.KeepCause[cell] == models.ByOverdraft && present > c.Decided.Keep[cell] {
			m.grown = false
			if len(m.evicted) == int(g.set.FlapMost) {
				m.evicted = append(m.evicted[:0], m.evicted[1:]...)
			}
			m.evicted = append(m.evicted, now)
			if len(m.evicted) == int(g.set.FlapMost) && now-m.evicted[0] <= flapWithin {
				m.rests = now + flapWithin
				c.note("%s: it was borrowed and taken back %d times within %s: nothing more is borrowed there for as long", g.name(cell), g.set.FlapMost, flapWithin)
			}
		}
		if now < m.rests {
			g.lower(cell, g.obs.Held(cell))
		}
	}
}

// name is a cell as messages name it.
func (g *guard) name(cell int) string {
	borrowers := len(g.obs.Borrowers)
	return g.obs.Pools[cell/borrowers].Name() + " of " + g.obs.Borrowers[cell%borrowers]
}
