package sim

import (
	"trough.internal/models"
	"trough.internal/models/random"
)

// containers are the jobs on the instances of a world that packs. A container is a record of its own in the fleet's arena: its
// timer is the job's completion, while its instance's is the deadline. It has no number and is in none of the fleet's lists; the
// events of its job name the instance.
//
// A world that does not pack has none of this, and its engine does not look here.
type containers struct {
	rooms
	on     []container // by slot of the fleet's arena
	needs  []need      // 0 is that of a job that states none
	byRoom map[Room]uint16
	queued []int32 // by borrower, then class: slots of the jobs in the queue
	stuck  []stuck // by borrower
	spent  []Spent // by pool
	masked []uint64

	startLuck random.Stream
}

// container is one job's place on an instance, or the ends of an instance's list of them, which is in order of start.
type container struct {
	host       int32 // of a container: its instance
	next, prev int32 // of a container
	begins     tick  // of a container: when it has started, its job's data is there and the work begins
	first      int32 // of an instance
	last       int32
}

// stuck is the job that a borrower's instances had no room for, as long as nothing has been freed.
type stuck struct {
	job models.JobID
	on  bool
}

func newContainers(w *World, f *fleet) *containers {
	c := &containers{rooms: newRooms(w, f), byRoom: map[Room]uint16{}, startLuck: random.New(w.Seed, "container")}
	c.queued = make([]int32, len(w.Borrowers)*int(models.Classes))
	c.stuck = make([]stuck, len(w.Borrowers))
	c.spent = make([]Spent, len(w.Pools))
	c.masked = make([]uint64, len(f.idle))
	c.addNeed(w.Pools, w.Packing.Slot)
	return c
}

// startContainers gives every borrower's waiting jobs room, in their order: one that finds none holds up those behind it, so
// that a large job is not overtaken for ever by small ones.
func (e *Engine) startContainers() {
	for b := range e.market.Borrowers {
	classes:
		for class := range models.Classes {
			q := e.queueOf(models.BorrowerID(b), class)
			for q.n > 0 {
				job := &q.ring[q.first]
				if !e.place(b, job, q) {
					break classes
				}
			}
		}
	}
}

// place starts the first job of a queue, if there is room for it.
func (e *Engine) place(b int, job *waiting, q *deque) bool {
	c := e.containers
	n := &c.needs[job.need]
	if s := c.stuck[b]; s.on && s.job == job.id && !e.anyIdle(b) {
		return false
	}
	slot := e.choose(b, n)
	if c.stuck[b] = (stuck{job: job.id, on: slot == noSlot}); slot == noSlot {
		return false
	}
	e.startContainer(slot, models.BorrowerID(b), q, n)
	return true
}

func (e *Engine) anyIdle(b int) bool {
	for i := b * e.fleet.words; i < (b+1)*e.fleet.words; i++ {
		if e.fleet.idle[i]|e.fleet.idleBase[i] != 0 {
			return true
		}
	}
	return false
}

// startContainer starts the first job of a queue on an instance.
func (e *Engine) startContainer(slot int32, b models.BorrowerID, q *deque, n *need) {
	f, c := &e.fleet, e.containers
	cell := int(f.hot[slot].cell)
	own := f.record(cell)
	job := &f.jobs[own]
	q.popFront(job)
	e.addWork(b, job, -1)
	e.queued--
	e.running++
	c.grow(len(f.hot))
	alone := f.hot[slot].state == models.Idle
	e.jobMoved(slot, &models.Event{Kind: models.Started, To: models.Busy, Cause: job.cause, Job: job.id, Class: job.class, N: job.left, M: e.now - job.since})
	if alone {
		f.hot[slot].started = e.now
		c.admit(slot, cell, c.shapes[f.cells[cell].pool])
	}
	c.change(slot, cell, Room{-n.room.VCPUs, -n.room.Memory})
	c.append(slot, own)
	f.hot[own].started = e.now
	c.on[own].begins = e.now + e.moving(own, job) + c.packing.Start.draw(c.startLuck, random.Entity(uint64(job.id), attemptOf(job)))
	e.set(own, e.due(own), completions)
}

// attemptOf tells the attempts of a job apart: 0 for the first, then the second in which the one before was interrupted.
func attemptOf(job *waiting) uint64 {
	if job.cause == models.NoCause {
		return 0
	}
	return uint64(job.since)
}

// due is when a container's job completes.
func (e *Engine) due(own int32) tick {
	job := &e.fleet.jobs[own]
	pool := e.fleet.cells[e.fleet.hot[own].cell].pool
	return e.containers.on[own].begins + secondsAt(&e.world.Pools[pool], job.left, job.format, e.containers.needs[job.need].speed[pool])
}

// completeContainers ends the jobs that ran to their end in this second. An instance that was told to yield is gone with its last one.
func (e *Engine) completeContainers(t tick) {
	for own := e.popDue(t, completions); own != noSlot; own = e.popDue(t, completions) {
		e.completeContainer(own)
	}
}

func (e *Engine) completeContainer(own int32) {
	c, job := e.containers, &e.fleet.jobs[own]
	slot := c.on[own].host
	r := &e.fleet.hot[slot]
	pool := e.fleet.cells[r.cell].pool
	e.tally.Completed++
	e.tally.Makespan = int64(e.now)
	e.tally.Check += uint64(e.now)*uint64(job.id+1) + uint64(pool)
	work := e.spend(own)
	c.spent[pool].Completed += work
	e.remove(own)
	left := c.on[slot].first != noSlot
	to := r.state
	if r.state == models.Busy && !left {
		to = models.Idle
		c.shut(slot, int(r.cell))
	}
	group := job.group
	e.jobMoved(slot, &models.Event{Kind: models.Completed, To: to, Cause: models.ByJob, Job: job.id, Class: job.class, N: job.total, M: e.now - job.arrived})
	e.free(own)
	if !left && to != models.Idle {
		e.clearTimer(slot)
		e.gone(slot)
	}
	if group != 0 {
		e.release(group)
	}
}

// interruptAll interrupts every job of an instance, newest first, so that the oldest is the first to start again.
func (e *Engine) interruptAll(slot int32) {
	c := e.containers
	e.shut(slot)
	for c.firstOn(slot) != noSlot {
		own := c.on[slot].last
		e.clearTimer(own)
		e.interruptContainer(own, slot)
	}
}

func (e *Engine) interruptContainer(own, slot int32) {
	c, r := e.containers, &e.fleet.hot[slot]
	w := e.fleet.jobs[own]
	at := e.fleet.cells[r.cell]
	pool, speed := &e.world.Pools[at.pool], c.needs[w.need].speed[at.pool]
	worked := max(0, e.now-c.on[own].begins)
	kept := tick(0)
	if every := e.world.Checkpoint; every > 0 {
		kept = worked - worked%every
	}
	saved := min(workAt(pool, kept, w.format, speed), w.left-1)
	lost := min(workAt(pool, worked, w.format, speed), w.left) - saved
	ran := e.now - e.fleet.hot[own].started
	e.tally.Interrupted++
	c.spent[at.pool].Interrupted += e.spend(own)
	e.remove(own)
	e.free(own)
	cause := e.fleet.lives[slot].cause
	e.jobMoved(slot, &models.Event{Kind: models.Interrupted, To: r.state, Cause: cause, Job: w.id, Class: w.class, N: lost, M: ran})
	w.left -= saved
	e.requeue(&w, at.borrower, cause)
}

// remove takes a container off its instance, which has its room again.
func (e *Engine) remove(own int32) {
	c := e.containers
	e.running--
	slot := c.on[own].host
	room := c.needs[e.fleet.jobs[own].need].room
	c.change(slot, int(e.fleet.hot[slot].cell), room)
	c.stuck[e.fleet.cells[e.fleet.hot[slot].cell].borrower].on = false
	c.unlink(slot, own)
}

// free gives a container's record back to the arena.
func (e *Engine) free(own int32) {
	e.containers.on[own].host = noSlot
	e.fleet.hot[own].next, e.fleet.free = e.fleet.free, own
}

// jobMoved is moved for what happens to one of an instance's jobs: the instance may stay in its state, and in its place among others.
func (e *Engine) jobMoved(slot int32, ev *models.Event) {
	r := &e.fleet.hot[slot]
	if ev.To != r.state {
		e.moved(slot, ev)
		return
	}
	at := &e.fleet.cells[r.cell]
	ev.At, ev.From, ev.Instance = e.at(e.now), r.state, e.fleet.lives[slot].id
	ev.Pool, ev.Borrower = at.pool, at.borrower
	e.emit(ev)
}

// jobOf is the job of an instance; of several, the one that started first.
func (e *Engine) jobOf(slot int32) *waiting {
	if e.containers != nil {
		if first := e.containers.firstOn(slot); first != noSlot {
			return &e.fleet.jobs[first]
		}
	}
	return &e.fleet.jobs[slot]
}

// shut lets an instance take no more jobs.
func (e *Engine) shut(slot int32) { e.containers.shut(slot, int(e.fleet.hot[slot].cell)) }

// reopen lets an instance that was kept take jobs again.
func (e *Engine) reopen(slot int32) {
	c := e.containers
	cell := int(e.fleet.hot[slot].cell)
	c.admit(slot, cell, c.hosts[slot].free)
	c.stuck[e.fleet.cells[cell].borrower].on = false
}

// retimeAll sets the timer of an instance to its deadline, if it has one. Its jobs' timers are set anew, although they are due
// when they were: what comes first in a second is what was set first, and it shall not matter whether instances take several.
func (e *Engine) retimeAll(slot int32) {
	c := e.containers
	if deadline := e.fleet.lives[slot].deadline; deadline != never {
		e.set(slot, deadline, lifecycle)
	}
	for own := c.firstOn(slot); own != noSlot; own = c.on[own].next {
		e.clearTimer(own)
		e.set(own, e.due(own), completions)
	}
}

func (c *containers) grow(n int) {
	for len(c.on) < n {
		c.on = append(c.on, container{host: noSlot, first: noSlot, last: noSlot})
	}
}

// firstOn is the container of an instance that started first, or noSlot.
func (c *containers) firstOn(slot int32) int32 {
	if int(slot) >= len(c.on) {
		return noSlot // nor did any record from there on ever have one
	}
	return c.on[slot].first
}

// append puts a container at the end of an instance's list.
func (c *containers) append(slot, own int32) {
	last := c.on[slot].last
	c.on[own].host, c.on[own].prev, c.on[own].next = slot, last, noSlot
	if last == noSlot {
		c.on[slot].first = own
	} else {
		c.on[last].next = own
	}
	c.on[slot].last = own
}

func (c *containers) unlink(slot, own int32) {
	at := &c.on[own]
	if at.prev == noSlot {
		c.on[slot].first = at.next
	} else {
		c.on[at.prev].next = at.next
	}
	if at.next == noSlot {
		c.on[slot].last = at.prev
	} else {
		c.on[at.next].prev = at.prev
	}
}
