package sim

import "trough.internal/models"

// This file is what orders do. An order names a number; which instances is decided here.

// act carries out an evaluation's orders, in their order.
func (e *Engine) act() {
	for _, o := range e.orders {
		cell := e.market.Cell(o.Pool, o.Borrower)
		switch o.Kind {
		case models.Launch:
			e.more(cell, o.N, o.Cause)
		case models.YieldWhenIdle:
			e.yieldWhenIdle(cell, o.N, o.Cause)
		case models.YieldByNotice:
			e.yieldByNotice(cell, o.N, o.Cause)
		}
	}
}

// more keeps what was to yield when idle, newest order to yield first, and launches the rest.
func (e *Engine) more(cell int, n int32, cause models.Cause) {
	for ; n > 0; n-- {
		slot := e.fleet.newest(models.Finishing, cell)
		if slot == noSlot {
			break
		}
		e.fleet.lives[slot].deadline = never
		e.retime(slot)
		job := e.jobOf(slot)
		e.moved(slot, &models.Event{Kind: models.Kept, To: models.Busy, Cause: cause, Job: job.id, Class: job.class})
		if e.containers != nil {
			e.reopen(slot)
		}
	}
	for ; n > 0; n-- {
		e.order(cell, cause)
	}
}

// yieldWhenIdle ends what has no job, and tells busy instances to take no other.
func (e *Engine) yieldWhenIdle(cell int, n int32, cause models.Cause) {
	if e.hourWithin > 0 {
		n = e.yieldHourEnding(cell, e.cancel(cell, n, cause), cause)
	}
	n = e.yieldJobless(cell, n, cause)
	for ; n > 0; n-- {
		slot := e.fleet.newest(models.Busy, cell)
		if e.world.DrainOrder == OldestStart {
			slot = e.fleet.oldest(models.Busy, cell)
		}
		if slot == noSlot {
			return
		}
		e.drain(slot, cause)
	}
}

// drain tells a busy instance to end with the job that it has, or at once if it is given no time for it.
func (e *Engine) drain(slot int32, cause models.Cause) {
	most := e.world.DrainMost
	e.fleet.lives[slot].cause = cause
	if e.containers != nil {
		e.shut(slot)
	}
	if most != 0 {
		job := e.jobOf(slot)
		e.moved(slot, &models.Event{Kind: models.Draining, To: models.Finishing, Cause: cause, Job: job.id, Class: job.class})
	}
	if most != Forever {
		e.limit(slot, e.now+most)
	}
}

// yieldByNotice ends what has no job, and gives busy instances the notice, those told to yield when idle included.
func (e *Engine) yieldByNotice(cell int, n int32, cause models.Cause) {
	n = e.yieldJobless(cell, n, cause)
	for ; n > 0; n-- {
		slot := e.nextToYield(cell)
		if slot == noSlot {
			return
		}
		e.leave(slot, max(e.now+e.world.Notice, e.fleet.endCalls.take(e.now)), cause)
	}
}

// nextToYield is the busy or finishing instance whose job started last, or first, as the world says.
func (e *Engine) nextToYield(cell int) int32 {
	a, b := e.extreme(models.Busy, cell, e.world.YieldOrder), e.extreme(models.Finishing, cell, e.world.YieldOrder)
	if a == noSlot || b == noSlot {
		return max(a, b)
	}
	if newer := e.fleet.hot[b].started > e.fleet.hot[a].started; newer == (e.world.YieldOrder == NewestStart) {
		return b
	}
	return a
}

// extreme searches a cell's list for the job that started last or first. A list is in order of entering the state,
// which is the order of starts only until an instance was kept.
func (e *Engine) extreme(state models.State, cell int, order Order) int32 {
	hot, head, best := e.fleet.hot, e.fleet.head(state, cell), noSlot
	if order == NewestStart {
		for slot := hot[head].older; slot != head; slot = hot[slot].older {
			if best == noSlot || hot[slot].started > hot[best].started {
				best = slot
			}
		}
		return best
	}
	for slot := hot[head].younger; slot != head; slot = hot[slot].younger {
		if best == noSlot || hot[slot].started < hot[best].started {
			best = slot
		}
	}
	return best
}

// yieldJobless ends up to n instances that have no job: those on order first, then booting, then idle, newest
// first. It returns how many are left to end.
func (e *Engine) yieldJobless(cell int, n int32, cause models.Cause) int32 {
	f := &e.fleet
	n = e.cancel(cell, n, cause)
	for _, state := range [2]models.State{models.Booting, models.Idle} {
		for slot := f.newest(state, cell); n > 0 && slot != noSlot; slot = f.newest(state, cell) {
			e.leave(slot, f.endCalls.take(e.now), cause)
			n--
		}
	}
	return n
}

// cancel withdraws up to n orders to launch, newest first. It returns how many are left to end.
func (e *Engine) cancel(cell int, n int32, cause models.Cause) int32 {
	f := &e.fleet
	for slot := f.newest(models.OnOrder, cell); n > 0 && slot != noSlot; slot = f.newest(models.OnOrder, cell) {
		e.clearTimer(slot)
		e.moved(slot, &models.Event{Kind: models.Cancelled, To: models.Absent, Cause: cause, Job: models.NoJob})
		n--
	}
	return n
}

// leave makes an instance end by a deadline, or at once if that is now.
func (e *Engine) leave(slot int32, deadline tick, cause models.Cause) {
	e.fleet.lives[slot].cause = cause
	if e.containers != nil {
		e.shut(slot)
	}
	if deadline > e.now {
		job := e.jobOf(slot)
		e.moved(slot, &models.Event{Kind: models.Yielding, To: models.Leaving, Cause: cause, Job: job.id, Class: job.class, N: deadline - e.now})
	}
	e.limit(slot, deadline)
}

// limit sets an instance's deadline.
func (e *Engine) limit(slot int32, deadline tick) {
	e.fleet.lives[slot].deadline = deadline
	if deadline <= e.now {
		e.clearTimer(slot)
		e.end(slot)
		return
	}
	e.retime(slot)
}

// retime sets an instance's timer to what comes first, its job's completion or its deadline. Both at once is a completion.
func (e *Engine) retime(slot int32) {
	e.clearTimer(slot)
	if e.containers != nil {
		e.retimeAll(slot)
		return
	}
	deadline, job := e.fleet.lives[slot].deadline, &e.fleet.jobs[slot]
	if job.id == models.NoJob {
		e.set(slot, deadline, lifecycle)
		return
	}
	done := e.fleet.hot[slot].started + e.moving(slot, job) + e.pool(slot).Seconds(job.left, job.format)
	if deadline != never && deadline < done {
		e.set(slot, deadline, lifecycle)
		return
	}
	e.set(slot, done, completions)
}
