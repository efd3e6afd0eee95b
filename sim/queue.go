package sim

import "trough.internal/models"

// waiting is a job in a queue, parked behind a group, or on an instance: all that the run still needs of it.
type waiting struct {
	id      models.JobID
	total   int32 // its whole work, seconds on the reference type
	left    int32 // work left: less than total only with checkpoints
	arrived tick  // when it entered the queue for the first time
	since   tick  // when it entered the queue this time
	group   int32
	format  models.FormatID
	class   models.Class
	cause   models.Cause // why its last attempt was interrupted
	need    uint16       // where jobs are packed: what it needs, by number
}

// deque is a ring of waiting jobs that grows by doubling.
type deque struct {
	ring  []waiting
	first int
	n     int
}

func (q *deque) grow() {
	ring := make([]waiting, max(64, 2*len(q.ring)))
	for i := range q.n {
		ring[i] = q.ring[(q.first+i)&(len(q.ring)-1)]
	}
	q.ring, q.first = ring, 0
}

// back makes room at the back and returns it, to be filled in place.
func (q *deque) back() *waiting {
	if q.n == len(q.ring) {
		q.grow()
	}
	q.n++
	return &q.ring[(q.first+q.n-1)&(len(q.ring)-1)]
}

func (q *deque) pushFront(w *waiting) {
	if q.n == len(q.ring) {
		q.grow()
	}
	q.first = (q.first - 1) & (len(q.ring) - 1)
	q.ring[q.first] = *w
	q.n++
}

// popFront moves the first job to w; the queue must not be empty.
func (q *deque) popFront(w *waiting) {
	*w = q.ring[q.first]
	q.first = (q.first + 1) & (len(q.ring) - 1)
	q.n--
}

// gates parks jobs until the group that they wait for is done.
type gates struct {
	open   []int32 // by group: jobs that arrived and did not complete
	first  []int32 // by group: the first parked job, or noSlot
	last   []int32
	parked []parkedJob
	free   int32
}

type parkedJob struct {
	job      waiting
	next     int32
	borrower models.BorrowerID
}

func (g *gates) reset() { *g = gates{free: noSlot} }

func (g *gates) reach(group int32) {
	for int(group) >= len(g.open) {
		g.open = append(g.open, 0)
		g.first = append(g.first, noSlot)
		g.last = append(g.last, noSlot)
	}
}

func (g *gates) park(group int32, w *waiting, borrower models.BorrowerID) {
	slot := g.free
	if slot == noSlot {
		slot = int32(len(g.parked))
		g.parked = append(g.parked, parkedJob{})
	} else {
		g.free = g.parked[slot].next
	}
	g.parked[slot] = parkedJob{job: *w, next: noSlot, borrower: borrower}
	if g.last[group] == noSlot {
		g.first[group] = slot
	} else {
		g.parked[g.last[group]].next = slot
	}
	g.last[group] = slot
}

// take returns the next job parked behind the group in w, and its borrower, or false.
func (g *gates) take(group int32, w *waiting) (models.BorrowerID, bool) {
	slot := g.first[group]
	if slot == noSlot {
		return 0, false
	}
	*w = g.parked[slot].job
	borrower := g.parked[slot].borrower
	g.first[group] = g.parked[slot].next
	if g.first[group] == noSlot {
		g.last[group] = noSlot
	}
	g.parked[slot].next = g.free
	g.free = slot
	return borrower, true
}
