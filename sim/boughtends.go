package sim

import "trough.internal/models"

// This file is what a provider does: it takes spot instances back, and messages tell of instances that ended.

// takeBack ends the instances of a pool beyond those that may stay, by the provider's deadline. Those that leave already count,
// but no instance stays longer than that. Which ones it takes is the provider's choice; here it is those without a job
// first, then in the order in which busy ones yield.
func (e *Engine) takeBack(pool models.PoolID, stay int32, deadline tick) {
	over := e.market.Borrowed(pool) - stay
	for b := range e.market.Borrowers {
		cell := e.market.Cell(pool, models.BorrowerID(b))
		over = e.hasten(cell, over, deadline)
		for _, state := range [2]models.State{models.Booting, models.Idle} {
			for slot := e.fleet.newest(state, cell); over > 0 && slot != noSlot; slot = e.fleet.newest(state, cell) {
				e.leave(slot, deadline, models.ByCloud)
				over--
			}
		}
		for ; over > 0; over-- {
			slot := e.nextToYield(cell)
			if slot == noSlot {
				break
			}
			e.leave(slot, deadline, models.ByCloud)
		}
	}
}

// hasten counts up to n instances that leave already, and makes none of these leave later than the deadline. It returns how
// many are left to end.
func (e *Engine) hasten(cell int, n int32, deadline tick) int32 {
	head := e.fleet.head(models.Leaving, cell)
	leaving := e.market.Count[models.Leaving][cell]
	for slot := e.fleet.hot[head].younger; leaving > 0 && n > 0; leaving-- {
		next := e.fleet.hot[slot].younger // leave moves slot to the end of the list
		if e.fleet.lives[slot].deadline > deadline {
			e.leave(slot, deadline, models.ByCloud)
		}
		slot = next
		n--
	}
	return n
}

// full says whether all that can be had of a bought pool is there.
func (e *Engine) full(pool models.PoolID) bool {
	kind := e.world.Pools[pool].Kind
	return (kind == models.Spot || kind == models.OnDemand) && e.market.Borrowed(pool) >= e.market.Reserved[pool]
}

// The queue of messages is read at every evaluation; where that fails it is read again after a delay that grows with each
// failure, and after so many the reader starts anew (AppNeta's daemon: 5 s, a fifth more each time, five times).
const (
	readDelay    = 5.0
	readGrowth   = 1.2
	readFailures = 5
)

// messages are those of bought instances that ended: on their way, and as a policy is told.
type messages struct {
	sent, sentByCloud []int32 // by cell
	told, toldByCloud []int32 // by cell; the observation's columns
	failures          int
	delay             float64
	next              tick // when the queue is read again
}

// newMessages returns nil where nothing is bought.
func newMessages(m *models.Market) *messages {
	for p := range m.Pools {
		if kind := m.Pools[p].Kind; kind == models.Spot || kind == models.OnDemand {
			cells := m.Lendable * len(m.Borrowers)
			columns := make([]int32, 4*cells)
			return &messages{sent: columns[:cells:cells], sentByCloud: columns[cells : 2*cells : 2*cells],
				told: columns[2*cells : 3*cells : 3*cells], toldByCloud: columns[3*cells:], delay: readDelay}
		}
	}
	return nil
}

// tell sends the message that an instance ended: not at all or twice, by a draw of the instance.
func (e *Engine) tell(slot int32) {
	cell := e.fleet.hot[slot].cell
	if kind := e.world.Pools[e.fleet.cells[cell].pool].Kind; kind != models.Spot && kind != models.OnDemand {
		return
	}
	n, life := int32(1), &e.fleet.lives[slot]
	switch luck := e.messageLuck.Float64(life.entity, 0); {
	case luck < e.world.MessagesLost:
		n = 0
	case luck > 1-e.world.MessagesDoubled:
		n = 2
	}
	e.messages.sent[cell] += n
	if life.cause == models.ByCloud {
		e.messages.sentByCloud[cell] += n
	}
}

// readMessages fills the observation's columns with what was sent since the queue was last read.
func (e *Engine) readMessages(t tick) {
	m := e.messages
	clear(m.told)
	clear(m.toldByCloud)
	if t < m.next {
		return
	}
	if e.world.MessagesUnread > 0 && e.messageLuck.Float64(uint64(t), 1) < e.world.MessagesUnread {
		m.failures++
		m.next = t + tick(m.delay)
		m.delay *= readGrowth
		if m.failures < readFailures {
			return
		}
		m.failures, m.delay = 0, readDelay
		return
	}
	m.failures, m.delay = 0, readDelay
	copy(m.told, m.sent)
	copy(m.toldByCloud, m.sentByCloud)
	clear(m.sent)
	clear(m.sentByCloud)
}
