package sim

// rooms knows what every instance of a world that packs has left. Those that have a job and may take another are listed by
// cell and free vCPUs, so that the fullest is found without a look at the others. An instance without a job has all of its
// room and stands in the fleet's lists; one that yields takes no job and is in no list.
type rooms struct {
	packing  *Packing
	shapes   []Room  // by pool: an instance with nothing on it
	slots    []int32 // by pool
	cells    []cellOf
	rank     []int32
	cellAt   []int32
	words    int
	baseFrom int

	hosts  []host  // by slot of the fleet's arena
	first  []int32 // by cell, then free vCPUs: the instance that has had as many for longest
	last   []int32
	stride int      // free vCPUs that a cell can have, none included
	listed []int32  // by cell: listed instances with a free vCPU
	open   []uint64 // cells with any, by place, as the fleet's idle
	used   []int32  // by cell: slots that the jobs of listed instances fill, with what they leave too small for another
}

// host is an instance's room.
type host struct {
	free       Room
	next, prev int32 // in its list
	listed     bool
}

func newRooms(w *World, f *fleet) rooms {
	r := rooms{packing: w.Packing, cells: f.cells, rank: f.rank, cellAt: f.cellAt, words: f.words, baseFrom: f.baseFrom}
	for i := range w.Pools {
		shape := roomOf(&w.Pools[i])
		r.shapes = append(r.shapes, shape)
		r.slots = append(r.slots, shape.slots(w.Packing.Slot))
		r.stride = max(r.stride, int(shape.VCPUs)+1)
	}
	r.first, r.last = make([]int32, len(f.cells)*r.stride), make([]int32, len(f.cells)*r.stride)
	for i := range r.first {
		r.first[i], r.last[i] = noSlot, noSlot
	}
	r.listed, r.used = make([]int32, len(f.cells)), make([]int32, len(f.cells))
	r.open = make([]uint64, len(f.idle))
	return r
}

// admit lists an instance with what it has left: one that begins to take jobs, or goes on to.
func (r *rooms) admit(slot int32, cell int, free Room) {
	for int(slot) >= len(r.hosts) {
		r.hosts = append(r.hosts, host{})
	}
	h := &r.hosts[slot]
	h.free, h.listed = free, true
	list := cell*r.stride + int(free.VCPUs)
	h.next, h.prev = noSlot, r.last[list]
	if h.prev == noSlot {
		r.first[list] = slot
	} else {
		r.hosts[h.prev].next = slot
	}
	r.last[list] = slot
	r.used[cell] += r.filled(cell, free)
	if free.VCPUs > 0 {
		r.listed[cell]++
		r.mark(cell)
	}
}

// shut takes an instance off its list, if it is on one: it takes no more jobs, or its room is about to change.
func (r *rooms) shut(slot int32, cell int) {
	if int(slot) >= len(r.hosts) || !r.hosts[slot].listed {
		return
	}
	h := &r.hosts[slot]
	h.listed = false
	list := cell*r.stride + int(h.free.VCPUs)
	if h.prev == noSlot {
		r.first[list] = h.next
	} else {
		r.hosts[h.prev].next = h.next
	}
	if h.next == noSlot {
		r.last[list] = h.prev
	} else {
		r.hosts[h.next].prev = h.prev
	}
	r.used[cell] -= r.filled(cell, h.free)
	if h.free.VCPUs > 0 {
		r.listed[cell]--
		r.mark(cell)
	}
}

// change gives a listed instance other room, and one that is not listed as well.
func (r *rooms) change(slot int32, cell int, by Room) {
	h := &r.hosts[slot]
	free := Room{h.free.VCPUs + by.VCPUs, h.free.Memory + by.Memory}
	if !h.listed {
		h.free = free
		return
	}
	r.shut(slot, cell)
	r.admit(slot, cell, free)
}

// filled is how many slots of an instance are no longer there for a job of one slot.
func (r *rooms) filled(cell int, free Room) int32 {
	return r.slots[r.cells[cell].pool] - free.slots(r.packing.Slot)
}

func (r *rooms) mark(cell int) {
	place := uint(r.rank[cell])
	if r.listed[cell] > 0 {
		r.open[place>>6] |= 1 << (place & 63)
	} else {
		r.open[place>>6] &^= 1 << (place & 63)
	}
}
