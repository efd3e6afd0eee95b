package sim

import "trough.internal/models"

// This file is what instances do: every transition between two states is one function's doing and one event's record.

// moved brings an instance into another state and tells the market and the sinks. The event says what happened and to
// which state; when, to what, and from which state is filled in here.
func (e *Engine) moved(slot int32, ev *models.Event) {
	r := &e.fleet.hot[slot]
	c := &e.fleet.cells[r.cell]
	ev.At, ev.From, ev.Instance = e.at(e.now), r.state, e.fleet.lives[slot].id
	ev.Pool, ev.Borrower = c.pool, c.borrower
	if was, is := ev.From == models.Busy, ev.To == models.Busy; was != is && int(c.pool) < e.market.Lendable {
		n := &e.busy[int(c.borrower)*int(models.Classes)+int(e.fleet.jobs[slot].class)]
		if is {
			*n++
		} else {
			*n--
		}
	}
	e.fleet.enter(slot, ev.To)
	e.emit(ev)
}

func (e *Engine) pool(slot int32) *models.Pool {
	return &e.world.Pools[e.fleet.cells[e.fleet.hot[slot].cell].pool]
}

// populateBase brings up the base fleets, idle, at the start.
func (e *Engine) populateBase() {
	for i := range e.world.Base {
		e.bringUp(i)
	}
}

// bringUp makes a base fleet whole, its new instances idle.
func (e *Engine) bringUp(fleet int) {
	pool := models.PoolID(e.market.Lendable + fleet)
	borrower := models.BorrowerID(0)
	if e.world.BaseOf != nil {
		borrower = e.world.BaseOf[fleet]
	}
	for range e.world.Base[fleet] - e.market.Borrowed(pool) {
		slot := e.fleet.take(e.market.Cell(pool, borrower))
		e.moved(slot, &models.Event{Kind: models.Ready, To: models.Idle, Job: models.NoJob})
	}
}

// start gives every borrower's waiting jobs to its idle instances until one of the two runs out.
func (e *Engine) start() {
	for b := range e.market.Borrowers {
	classes:
		for class := range models.Classes {
			q := e.queueOf(models.BorrowerID(b), class)
			for q.n > 0 {
				cell := e.fleet.pick(&e.world, b)
				if cell < 0 {
					break classes
				}
				slot := e.fleet.newest(models.Idle, cell)
				job := &e.fleet.jobs[slot]
				q.popFront(job)
				if e.work != nil {
					e.addWork(models.BorrowerID(b), job, -1)
				}
				e.queued--
				e.running++
				e.moved(slot, &models.Event{Kind: models.Started, To: models.Busy, Cause: job.cause, Job: job.id, Class: job.class, N: job.left, M: e.now - job.since})
				e.fleet.hot[slot].started = e.now
				e.set(slot, e.now+e.moving(slot, job)+e.pool(slot).Seconds(job.left, job.format), completions)
			}
		}
	}
}

// complete ends a job that ran to its end. An instance that was told to yield is gone with it.
func (e *Engine) complete(slot int32) {
	r, job := &e.fleet.hot[slot], &e.fleet.jobs[slot]
	cell := r.cell
	e.tally.Completed++
	e.tally.Busy += int64(e.now - r.started)
	e.tally.Makespan = int64(e.now)
	e.tally.Check += uint64(e.now)*uint64(job.id+1) + uint64(e.fleet.cells[cell].pool)
	e.running--
	stays := r.state == models.Busy
	to := models.Idle
	if !stays {
		to = r.state
	}
	group := job.group
	e.moved(slot, &models.Event{Kind: models.Completed, To: to, Cause: models.ByJob, Job: job.id, Class: job.class, N: job.total, M: e.now - job.arrived})
	job.id = models.NoJob
	if !stays {
		e.gone(slot)
	}
	if group != 0 {
		e.release(group)
	}
}

// live is what a lifecycle timer does: the next step of an instance's life.
func (e *Engine) live(slot int32) {
	switch e.fleet.hot[slot].state {
	case models.OnOrder:
		e.launch(slot)
	case models.Booting:
		e.moved(slot, &models.Event{Kind: models.Ready, To: models.Idle, Job: models.NoJob})
	default:
		e.end(slot)
	}
}

// order sends the order for one instance: it will be launched when the API lets the call through and the cloud has done its part.
func (e *Engine) order(cell int, cause models.Cause) {
	f := &e.fleet
	slot := f.take(cell)
	f.address(&e.world, slot, e.now)
	e.moved(slot, &models.Event{Kind: models.Ordered, To: models.OnOrder, Cause: cause, Job: models.NoJob})
	at := f.launchCalls.take(e.now) + e.world.Launch.draw(f.launchLuck, f.lives[slot].entity)
	if at == e.now {
		e.launch(slot)
		return
	}
	e.set(slot, at, lifecycle)
}

func (e *Engine) launch(slot int32) {
	f := &e.fleet
	cell := f.hot[slot].cell
	if e.refused(slot) {
		e.obs.Refused[cell]++
		e.moved(slot, &models.Event{Kind: models.Refused, To: models.Absent, Cause: models.ByCloud, Job: models.NoJob})
		return
	}
	e.tally.Launched++
	f.lives[slot].launched = e.now
	e.obs.Launched[cell]++
	e.moved(slot, &models.Event{Kind: models.Launched, To: models.Booting, Job: models.NoJob})
	boot := e.world.Boot.draw(f.bootLuck, f.lives[slot].entity)
	if boot == 0 {
		e.moved(slot, &models.Event{Kind: models.Ready, To: models.Idle, Job: models.NoJob})
		return
	}
	e.set(slot, e.now+boot, lifecycle)
}

// refused says whether the cloud has no such instance: by chance, because no more exist, or because its zone is out.
func (e *Engine) refused(slot int32) bool {
	f := &e.fleet
	p := f.cells[f.hot[slot].cell].pool
	if e.out(e.world.Pools[p].Zone) {
		return true
	}
	if most := e.world.Pools[p].Physical; most > 0 && e.market.InUse[p] != models.Unknown && e.market.InUse[p]+e.market.Borrowed(p) >= most {
		return true
	}
	if e.messages != nil && e.full(p) {
		return true
	}
	return e.world.Refused > 0 && f.refuseLuck.Float64(f.lives[slot].entity, 0) < e.world.Refused
}

// gone ends an instance that has no job.
func (e *Engine) gone(slot int32) {
	if e.messages != nil {
		e.tell(slot)
	}
	e.moved(slot, &models.Event{Kind: models.Gone, To: models.Absent, Cause: e.fleet.lives[slot].cause, Job: models.NoJob})
}

// end is the deadline of an instance: what jobs it has are interrupted and go back to the front of their queue.
func (e *Engine) end(slot int32) {
	if e.fleet.jobs[slot].id != models.NoJob {
		e.interrupt(slot)
	}
	if e.containers != nil {
		e.interruptAll(slot)
	}
	e.gone(slot)
}

func (e *Engine) interrupt(slot int32) {
	r, job := &e.fleet.hot[slot], &e.fleet.jobs[slot]
	ran := e.now - r.started
	worked := max(0, ran-e.moving(slot, job))
	kept := worked
	if c := e.world.Checkpoint; c > 0 {
		kept -= worked % c
	} else {
		kept = 0
	}
	pool := e.pool(slot)
	saved := min(pool.Work(kept, job.format), job.left-1)
	lost := min(pool.Work(worked, job.format), job.left) - saved
	e.tally.Interrupted++
	e.tally.Busy += int64(ran)
	e.running--
	cause := e.fleet.lives[slot].cause
	e.moved(slot, &models.Event{Kind: models.Interrupted, To: r.state, Cause: cause, Job: job.id, Class: job.class, N: lost, M: ran})
	w := *job
	job.id = models.NoJob
	w.left -= saved
	e.requeue(&w, e.fleet.cells[r.cell].borrower, cause)
}

// requeue puts an interrupted job back to the front of its queue.
func (e *Engine) requeue(w *waiting, borrower models.BorrowerID, cause models.Cause) {
	w.since, w.cause = e.now, cause
	e.queueOf(borrower, w.class).pushFront(w)
	if e.work != nil {
		e.addWork(borrower, w, 1)
	}
	e.queued++
	e.emit(&models.Event{At: e.at(e.now), Kind: models.Requeued, Job: w.id, N: w.left, Class: w.class, Cause: cause, Borrower: borrower,
		Pool: models.NoPool, Instance: models.NoInstance})
}
