package sim

import "trough.internal/models"

// observeSlots tells policies of a borrower's slots: those that queued jobs fill, those filled on instances that stay, and of the
// base fleets the filled and the free ones. What jobs leave on an instance that is too small for a slot counts as filled; only
// RunningBy, which is by the jobs' classes, leaves it out.
func (e *Engine) observeSlots(b models.BorrowerID, w *models.Workload) {
	c, m := e.containers, e.market
	copy(w.Queued[:], c.queued[int(b)*int(models.Classes):])
	w.Running, w.BaseBusy, w.BaseIdle = 0, 0, 0
	for p := range m.Pools {
		cell := m.Cell(models.PoolID(p), b)
		if p < m.Lendable {
			w.Running += c.used[cell]
			continue
		}
		w.BaseBusy += c.used[cell]
		w.BaseIdle += (m.Count[models.Idle][cell]+m.Count[models.Busy][cell])*c.slots[p] - c.used[cell]
	}
	clear(w.RunningBy[:])
	for own := range c.on {
		if slot := c.on[own].host; slot != noSlot {
			at := &e.fleet.cells[e.fleet.hot[slot].cell]
			if job := &e.fleet.jobs[own]; at.borrower == b && int(at.pool) < m.Lendable && e.fleet.hot[slot].state == models.Busy {
				w.RunningBy[job.class] += c.needs[job.need].slots
			}
		}
	}
}
