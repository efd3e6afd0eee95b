package sim

import "math/bits"

// agenda holds what is due: at most one timer an instance, found by second, then phase, then the order in which
// timers were set. Two engines keep it: the wheel, which is fast, and the heap, which is plain. They must agree
// event for event.
//
// Note: an interface here costs an indirect call for each of three operations an event, which is why the world
// branches on e.heap instead; the branch is always predicted.

// tick is seconds since the scenario's start. Sixty-eight years fit.
type tick = int32

// phase orders what is due in one second.
type phase = uint8

const (
	completions phase = iota // jobs done
	lifecycle                // launches, boots done, deadlines
	phases
)

const (
	noSlot   int32 = -1
	farAhead int32 = -2 // the prev of an instance whose timer still waits beyond the wheel
	never    tick  = -1 // the due of an instance without a timer
)

// span is how far ahead the wheel reaches: longer than the longest job at full speed, and a power of two.
const span = 4096

// wheel has a bucket a second and phase, a doubly linked list through the instances, so that a timer that is
// called off costs no search. What lies further ahead waits in a heap and moves into its bucket when the wheel
// reaches it, before anything else can be set for that second: the order of setting is kept.
type wheel struct {
	head, tail [span * int(phases)]int32
	occupied   [span / 64]uint64 // a bit a second
	beyond     timerHeap
}

func (w *wheel) reset() {
	for i := range w.head {
		w.head[i], w.tail[i] = noSlot, noSlot
	}
}

func bucket(due tick, ph phase) int { return int(due)&(span-1)*int(phases) + int(ph) }

func (w *wheel) set(records []instance, slot int32, due tick, ph phase, now tick) {
	r := &records[slot]
	r.due, r.phase = due, ph
	if due-now >= span {
		r.prev = farAhead
		w.beyond.push(records, slot, due, ph)
		return
	}
	w.link(records, slot, due, ph)
}

func (w *wheel) link(records []instance, slot int32, due tick, ph phase) {
	b := bucket(due, ph)
	r := &records[slot]
	last := w.tail[b]
	r.prev, r.next = last, noSlot
	if last == noSlot {
		w.head[b] = slot
		second := uint(due) & (span - 1)
		w.occupied[second>>6] |= 1 << (second & 63)
	} else {
		records[last].next = slot
	}
	w.tail[b] = slot
}

// clear calls off a slot's timer.
func (w *wheel) clear(records []instance, slot int32) {
	r := &records[slot]
	if r.due == never {
		return
	}
	if r.prev == farAhead {
		r.due, r.prev = never, noSlot // its entry in the heap is stale from now on
		return
	}
	b := bucket(r.due, r.phase)
	if r.prev == noSlot {
		w.head[b] = r.next
	} else {
		records[r.prev].next = r.next
	}
	if r.next == noSlot {
		w.tail[b] = r.prev
	} else {
		records[r.next].prev = r.prev
	}
	w.vacate(b, r.due)
	r.due = never
}

// due says whether a second has any timer.
func (w *wheel) due(now tick) bool {
	second := uint(now) & (span - 1)
	return w.occupied[second>>6]>>(second&63)&1 != 0
}

// next is the first second after now at which a timer may be due, or noTick.
func (w *wheel) next(now tick) tick {
	due := noTick
	if len(w.beyond.timers) > 0 {
		due = w.beyond.timers[0].due
	}
	first := uint(now+1) & (span - 1)
	if b := w.occupied[first>>6] >> (first & 63); b != 0 {
		return min(due, now+1+tick(bits.TrailingZeros64(b)))
	}
	ahead := tick(64 - first&63)
	for i := range uint(span / 64) {
		if b := w.occupied[(first>>6+1+i)&(span/64-1)]; b != 0 {
			return min(due, now+1+ahead+tick(bits.TrailingZeros64(b)))
		}
		ahead += 64
	}
	return due
}

// advance moves what has come within reach into its bucket.
func (w *wheel) advance(records []instance, now tick) {
	for len(w.beyond.timers) > 0 && w.beyond.timers[0].due-now < span {
		t := w.beyond.pop()
		r := &records[t.slot]
		if r.due == t.due && r.stamp == t.stamp {
			w.link(records, t.slot, t.due, t.phase)
		}
	}
}

// pop returns the next slot due at this second and phase, its timer taken off, or noSlot.
func (w *wheel) pop(records []instance, now tick, ph phase) int32 {
	b := bucket(now, ph)
	slot := w.head[b]
	if slot == noSlot {
		return noSlot
	}
	r := &records[slot]
	r.due = never
	w.head[b] = r.next
	if r.next != noSlot {
		records[r.next].prev = noSlot
		return slot
	}
	w.tail[b] = noSlot
	w.vacate(b, now)
	return slot
}

// vacate notes that a second has no timers left, if that is so.
func (w *wheel) vacate(b int, due tick) {
	if w.head[b^1] == noSlot && w.head[b] == noSlot {
		second := uint(due) & (span - 1)
		w.occupied[second>>6] &^= 1 << (second & 63)
	}
}

// timer is one entry of the heap. A timer that was called off stays until it comes up: its stamp no longer fits.
type timer struct {
	due      tick
	slot     int32
	sequence uint64
	stamp    uint32
	phase    phase
}

func (a *timer) before(b *timer) bool {
	if a.due != b.due {
		return a.due < b.due
	}
	if a.phase != b.phase {
		return a.phase < b.phase
	}
	return a.sequence < b.sequence
}

// timerHeap is a plain binary heap ordered by second, phase and sequence.
type timerHeap struct {
	timers   []timer
	sequence uint64
	stamp    uint32
}

func (h *timerHeap) push(records []instance, slot int32, due tick, ph phase) {
	h.stamp++
	records[slot].stamp = h.stamp
	h.timers = append(h.timers, timer{due: due, slot: slot, sequence: h.sequence, stamp: h.stamp, phase: ph})
	h.sequence++
	i := len(h.timers) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if !h.timers[i].before(&h.timers[parent]) {
			return
		}
		h.timers[i], h.timers[parent] = h.timers[parent], h.timers[i]
		i = parent
	}
}

func (h *timerHeap) pop() timer {
	top := h.timers[0]
	n := len(h.timers) - 1
	h.timers[0] = h.timers[n]
	h.timers = h.timers[:n]
	for i := 0; ; {
		least := 2*i + 1
		if least >= n {
			break
		}
		if right := least + 1; right < n && h.timers[right].before(&h.timers[least]) {
			least = right
		}
		if !h.timers[least].before(&h.timers[i]) {
			break
		}
		h.timers[i], h.timers[least] = h.timers[least], h.timers[i]
		i = least
	}
	return top
}

// set, clear and popDue are the heap as an engine of its own.
func (h *timerHeap) set(records []instance, slot int32, due tick, ph phase) {
	records[slot].due, records[slot].phase = due, ph
	h.push(records, slot, due, ph)
}

func (h *timerHeap) next() tick {
	if len(h.timers) == 0 {
		return noTick
	}
	return h.timers[0].due
}

func (h *timerHeap) clear(records []instance, slot int32) { records[slot].due = never }

func (h *timerHeap) popDue(records []instance, now tick, ph phase) int32 {
	for len(h.timers) > 0 {
		top := &h.timers[0]
		r := &records[top.slot]
		stale := r.due != top.due || r.stamp != top.stamp
		if !stale && (top.due > now || top.phase > ph) {
			return noSlot
		}
		t := h.pop()
		if !stale {
			r.due = never
			return t.slot
		}
	}
	return noSlot
}
