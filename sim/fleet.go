package sim

import (
	"cmp"
	"math/bits"
	"slices"

	"trough.internal/models"
	"trough.internal/models/random"
)

// instance is the hot part of one instance's record: 32 bytes, in an arena with a free list. Its timer's links and
// its cell's links are all touched together, which is why they stand in one record and not in columns.
type instance struct {
	next, prev     int32 // in the timer's bucket; next is the free list's link too
	due            tick  // of its timer, or never
	older, younger int32 // in its cell's list of its state, by when it entered the state
	started        tick  // when it entered its state; when its job started, if it has one
	stamp          uint32
	cell           int16
	state          models.State
	phase          phase
}

// life is the part of an instance's record that only its beginning and end touch.
type life struct {
	id       models.InstanceID
	deadline tick // by which it must be gone, or never
	launched tick
	entity   uint64
	cause    models.Cause // of its yielding
}

// cellOf is a cell's pool and borrower.
type cellOf struct {
	pool     models.PoolID
	borrower models.BorrowerID
}

// fleet is every instance that exists or is on order.
type fleet struct {
	// The first records of the arena are no instances but the heads of the lists, one for each state and cell, so that
	// linking and unlinking need no branches. A list is a ring through its head, in order of entering the state: the
	// head's younger is the oldest.
	hot   []instance
	lives []life
	jobs  []waiting // by slot: the job of an instance that has one
	free  int32
	next  models.InstanceID

	cells []cellOf

	// free instances, as bitmaps over cells: each borrower's in words of its own, in the placement's order of pools.
	rank     []int32  // by cell: its place in the order
	cellAt   []int32  // by place
	words    int      // of a borrower
	idle     []uint64 // lendable cells with an idle instance, by place
	idleBase []uint64 // base cells with an idle instance, by place
	baseFrom int      // first base cell
	nextRank []int    // by borrower, round robin: where the search begins

	lastOrder []tick // by cell: the second of its last order
	ordinal   []uint32

	launchLuck, bootLuck, refuseLuck random.Stream
	launchCalls, endCalls            tokens
}

func (f *fleet) reset(w *World, m *models.Market) {
	cells := len(w.Pools) * len(w.Borrowers)
	f.free = noSlot
	heads := int(models.States) * cells
	f.hot, f.lives, f.jobs = make([]instance, heads, 2*heads), make([]life, heads, 2*heads), make([]waiting, heads, 2*heads)
	for h := range f.hot {
		f.hot[h].older, f.hot[h].younger = int32(h), int32(h)
	}
	f.baseFrom = m.Lendable * len(w.Borrowers)
	f.cells = make([]cellOf, cells)
	for c := range f.cells {
		f.cells[c] = cellOf{models.PoolID(c / len(w.Borrowers)), models.BorrowerID(c % len(w.Borrowers))}
	}
	f.lastOrder = make([]tick, cells)
	f.ordinal = make([]uint32, cells)
	for c := range f.lastOrder {
		f.lastOrder[c] = never
	}
	f.rankPools(w, m.Lendable)
	f.launchLuck = random.New(w.Seed, "launch")
	f.bootLuck = random.New(w.Seed, "boot")
	f.refuseLuck = random.New(w.Seed, "refuse")
	f.launchCalls, f.endCalls = newTokens(w.LaunchCalls), newTokens(w.EndCalls)
}

// rankPools puts the pools in every borrower's order: the placement's, and where work has a home by region before that.
func (f *fleet) rankPools(w *World, lendable int) {
	borrowers := len(w.Borrowers)
	f.words = (len(w.Pools) + 63) / 64
	f.rank = make([]int32, len(f.cells))
	f.cellAt = make([]int32, borrowers*f.words*64)
	for b := range borrowers {
		for i, p := range w.order(models.BorrowerID(b), lendable) {
			cell, place := int(p)*borrowers+b, b*f.words*64+i
			f.rank[cell], f.cellAt[place] = int32(place), int32(cell)
		}
	}
	f.idle = make([]uint64, borrowers*f.words)
	f.idleBase = make([]uint64, borrowers*f.words)
	f.nextRank = make([]int, borrowers)
}

// order is the order in which a borrower's jobs take the lendable pools, and after them the base fleets.
func (w *World) order(b models.BorrowerID, lendable int) []int16 {
	poolAt := make([]int16, len(w.Pools))
	for i := range poolAt {
		poolAt[i] = int16(i)
	}
	if w.Placement == FastestFirst {
		slices.SortStableFunc(poolAt[:lendable], func(i, j int16) int { return cmp.Compare(w.Pools[j].Speed, w.Pools[i].Speed) })
	}
	if w.Transfer != nil {
		nearer := func(i, j int16) int {
			return cmp.Compare(w.distance(b, w.Pools[i].Region), w.distance(b, w.Pools[j].Region))
		}
		slices.SortStableFunc(poolAt[:lendable], nearer)
		slices.SortStableFunc(poolAt[lendable:], nearer)
	}
	return poolAt
}

// take returns a slot for a new instance of a cell, in no state yet.
func (f *fleet) take(cell int) int32 {
	slot := f.record(cell)
	f.lives[slot] = life{id: f.next, deadline: never}
	f.jobs[slot].id = models.NoJob
	f.next++
	return slot
}

// record returns a slot of the arena that is free.
func (f *fleet) record(cell int) int32 {
	slot := f.free
	if slot == noSlot {
		slot = int32(len(f.hot))
		f.hot = append(f.hot, instance{})
		f.lives = append(f.lives, life{})
		f.jobs = append(f.jobs, waiting{})
	} else {
		f.free = f.hot[slot].next
	}
	stamp := f.hot[slot].stamp // must never repeat: a stale timer may still name it
	f.hot[slot] = instance{next: noSlot, prev: noSlot, due: never, older: noSlot, younger: noSlot, stamp: stamp, cell: int16(cell)}
	return slot
}

// address gives a new order's instance the entity of its draws: pool, borrower, second of the order, ordinal in that second.
func (f *fleet) address(w *World, slot int32, t tick) {
	cell := int(f.hot[slot].cell)
	if f.lastOrder[cell] != t {
		f.lastOrder[cell], f.ordinal[cell] = t, 0
	}
	c := f.cells[cell]
	f.lives[slot].entity = random.Entity(uint64(c.pool), uint64(c.borrower), uint64(w.Start)+uint64(t), uint64(f.ordinal[cell]))
	f.ordinal[cell]++
}

// head is the list of a cell's instances of a state.
func (f *fleet) head(state models.State, cell int) int32 {
	return int32(int(state)*len(f.cells) + cell)
}

// newest and oldest are the last and the first instance to enter a state, or noSlot.
func (f *fleet) newest(state models.State, cell int) int32 {
	h := f.head(state, cell)
	return f.instanceOf(f.hot[h].older, h)
}

func (f *fleet) oldest(state models.State, cell int) int32 {
	h := f.head(state, cell)
	return f.instanceOf(f.hot[h].younger, h)
}

func (f *fleet) instanceOf(slot, head int32) int32 {
	if slot == head {
		return noSlot
	}
	return slot
}

// enter puts an instance at the end of its cell's list of a state; the list of the state that it is in loses it.
func (f *fleet) enter(slot int32, to models.State) {
	hot := f.hot
	r := &hot[slot]
	cell := int(r.cell)
	if from := r.state; from != models.Absent {
		hot[r.older].younger, hot[r.younger].older = r.younger, r.older
		if from == models.Idle && r.older == r.younger && int(r.older) < int(models.States)*len(f.cells) {
			f.mark(cell, false)
		}
	}
	r.state = to
	if to == models.Absent {
		r.next, f.free = f.free, slot
		return
	}
	h := f.head(to, cell)
	last := hot[h].older
	r.older, r.younger = last, h
	hot[last].younger, hot[h].older = slot, slot
	if to == models.Idle && last == h {
		f.mark(cell, true)
	}
}

func (f *fleet) mark(cell int, free bool) {
	set := f.idle
	if cell >= f.baseFrom {
		set = f.idleBase
	}
	place := uint(f.rank[cell])
	if free {
		set[place>>6] |= 1 << (place & 63)
	} else {
		set[place>>6] &^= 1 << (place & 63)
	}
}

// pick returns a cell of a borrower with an idle instance for its next job, or -1.
func (f *fleet) pick(w *World, b int) int {
	from, to := b*f.words, (b+1)*f.words
	if place := firstFrom(f.idleBase[:to], from<<6); place >= 0 {
		return int(f.cellAt[place])
	}
	return f.pickLent(w, b, f.idle)
}

// pickLent is pick without the base fleets, among the cells of a set.
func (f *fleet) pickLent(w *World, b int, idle []uint64) int {
	from, to := b*f.words, (b+1)*f.words
	idle = idle[:to]
	if w.Placement == FastestFirst {
		place := firstFrom(idle, from<<6)
		if place < 0 {
			return -1
		}
		return int(f.cellAt[place])
	}
	place := firstFrom(idle, from<<6+f.nextRank[b])
	if place < 0 {
		place = firstFrom(idle, from<<6)
	}
	if place < 0 {
		return -1
	}
	f.nextRank[b] = place + 1 - from<<6
	if f.nextRank[b]*len(w.Borrowers) >= f.baseFrom {
		f.nextRank[b] = 0
	}
	return int(f.cellAt[place])
}

// firstFrom returns the first set bit at or after from, or -1.
func firstFrom(set []uint64, from int) int {
	word := from >> 6
	if word >= len(set) {
		return -1
	}
	if b := set[word] >> (uint(from) & 63); b != 0 {
		return from + bits.TrailingZeros64(b)
	}
	for word++; word < len(set); word++ {
		if set[word] != 0 {
			return word<<6 + bits.TrailingZeros64(set[word])
		}
	}
	return -1
}
