package sim

import "trough.internal/models"

// choose returns the instance on which a borrower's job starts, or noSlot. See Fit.
func (e *Engine) choose(b int, n *need) int32 {
	fit := e.containers.packing.Fit
	for _, base := range [2]bool{true, false} {
		if fit == BestFit {
			if slot := e.containers.among(b, base, n.room, fit); slot != noSlot {
				return slot
			}
		}
		if slot := e.jobless(b, base, n); slot != noSlot {
			return slot
		}
		if fit == SpreadFit {
			if slot := e.containers.among(b, base, n.room, fit); slot != noSlot {
				return slot
			}
		}
	}
	return noSlot
}

// jobless is the instance without a job that one of such a need would start on if instances took one each, or noSlot.
func (e *Engine) jobless(b int, base bool, n *need) int32 {
	f, c := &e.fleet, e.containers
	idle := f.idle
	if base {
		idle = f.idleBase
	}
	if n.fits != nil {
		for i := b * c.words; i < (b+1)*c.words; i++ {
			c.masked[i] = idle[i] & n.fits[i]
		}
		idle = c.masked
	}
	cell := -1
	if base {
		if place := firstFrom(idle[:(b+1)*c.words], b*c.words<<6); place >= 0 {
			cell = int(c.cellAt[place])
		}
	} else {
		cell = f.pickLent(&e.world, b, idle)
	}
	if cell < 0 {
		return noSlot
	}
	return f.newest(models.Idle, cell)
}

// among returns the instance that a fit prefers of a borrower's that have a job and room for another, in the base fleets or
// outside of them; noSlot if there is none.
func (r *rooms) among(b int, base bool, need Room, fit Fit) int32 {
	open := r.open[:(b+1)*r.words]
	for place := firstFrom(open, b*r.words<<6); place >= 0; place = firstFrom(open, place+1) {
		cell := int(r.cellAt[place])
		if cell >= r.baseFrom != base {
			continue
		}
		if slot := r.inCell(cell, need, fit); slot != noSlot {
			return slot
		}
	}
	return noSlot
}

func (r *rooms) inCell(cell int, need Room, fit Fit) int32 {
	shape := r.shapes[r.cells[cell].pool]
	if !shape.holds(need) {
		return noSlot
	}
	from, to, step := int(need.VCPUs), int(shape.VCPUs), 1
	if fit == SpreadFit {
		from, to, step = to, from, -1
	}
	for n := from; n != to+step; n += step {
		for slot := r.first[cell*r.stride+n]; slot != noSlot; slot = r.hosts[slot].next {
			if need.Memory <= r.hosts[slot].free.Memory {
				return slot
			}
		}
	}
	return noSlot
}
