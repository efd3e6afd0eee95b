package fleet

import (
	"cmp"
	"slices"

	"trough.internal/models"
)

// This file is which instances an order means: the same that the simulator takes (see sim/orders.go, whose lists are made for its
// speed; a test holds the two against each other).

// in are a cell's instances in a state, those that entered it first in front.
func (own *cell) in(state models.State) []*Instance {
	var list []*Instance
	for _, r := range own.list {
		if r.State == state {
			list = append(list, r)
		}
	}
	slices.SortFunc(list, func(a, b *Instance) int { return int(a.Entered - b.Entered) })
	return list
}

func (own *cell) oldest(state models.State) *Instance {
	if list := own.in(state); len(list) > 0 {
		return list[0]
	}
	return nil
}

func (own *cell) newest(state models.State) *Instance {
	if list := own.in(state); len(list) > 0 {
		return list[len(list)-1]
	}
	return nil
}

// picker takes instances of a cell for orders, each of them once.
type picker struct {
	l     *Ledger
	own   *cell
	now   models.Instant
	taken map[*Instance]bool
	cut   int32 // by how much calls already lower the group's size
}

// newest takes up to n instances in a state, those that entered it last first, and says how many are left to take.
func (p *picker) newest(state models.State, n int32) ([]*Instance, int32) {
	list := p.own.in(state)
	slices.Reverse(list)
	return p.take(list, n)
}

// busy takes up to n busy instances to yield when idle.
func (p *picker) busy(n int32) ([]*Instance, int32) {
	if p.l.rules.DrainOrder == oldestStart {
		return p.take(p.own.in(models.Busy), n)
	}
	return p.newest(models.Busy, n)
}

// working takes up to n busy or finishing instances to yield by notice, by the start of their jobs.
func (p *picker) working(n int32) ([]*Instance, int32) {
	list := append(p.own.in(models.Busy), p.own.in(models.Finishing)...)
	slices.SortFunc(list, func(a, b *Instance) int { return cmp.Compare(a.Started, b.Started) })
	if p.l.rules.Order != oldestStart {
		slices.Reverse(list)
	}
	return p.take(list, n)
}

const oldestStart = "oldest-start"

func (p *picker) take(list []*Instance, n int32) (taken []*Instance, left int32) {
	for _, r := range list {
		if n == 0 {
			break
		}
		if p.taken[r] || r.State != models.OnOrder && !p.l.witnessed(r) {
			continue
		}
		p.taken[r] = true
		n--
		if !p.l.mayEnd(r, p.now) {
			taken = append(taken, r)
		}
	}
	return taken, n
}

// mayEnd says whether an instance's end may have been asked for a moment ago. It counts, and is not asked for again before a
// description has had the time to show it: that would lower the size of its group once more.
func (l *Ledger) mayEnd(r *Instance, now models.Instant) bool {
	return r.Meant.End && now.Sub(r.Meant.At) < settle && l.off != "meant"
}

// witnessed says whether tags and group agree that an instance of the ledger is the driver's.
func (l *Ledger) witnessed(r *Instance) bool {
	return (r.Tagged || l.off == "tagged") && (r.Member || l.off == "member") && (l.cells[r.Cell].foreign == "" || l.off == "foreign")
}
