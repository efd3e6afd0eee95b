package bill

import "trough.internal/models"

const (
	pageBits = 12
	pageSize = 1 << pageBits
)

// slotTable finds an instance's slot by its number. Numbers are given in order and most of those in use are recent, so that
// pages of them come and go: memory is bounded by the pages that have an instance, and eight bytes for each 4096 numbers.
//
// Note: a map of numbers to slots took a third of the meter's time.
type slotTable struct {
	pages []*slotPage // by number / 4096; nil where no instance is there
	free  []*slotPage
}

type slotPage struct {
	slots [pageSize]int32 // slot + 1; 0 is none
	live  int32
}

func (t *slotTable) get(id models.InstanceID) (int32, bool) {
	if n := int(id >> pageBits); n < len(t.pages) && t.pages[n] != nil {
		slot := t.pages[n].slots[id&(pageSize-1)]
		return slot - 1, slot != 0
	}
	return 0, false
}

func (t *slotTable) set(id models.InstanceID, slot int32) {
	n := int(id >> pageBits)
	for n >= len(t.pages) {
		t.pages = append(t.pages, nil)
	}
	if t.pages[n] == nil {
		if last := len(t.free) - 1; last >= 0 {
			t.pages[n], t.free = t.free[last], t.free[:last]
		} else {
			t.pages[n] = new(slotPage)
		}
	}
	t.pages[n].slots[id&(pageSize-1)] = slot + 1
	t.pages[n].live++
}

// take returns an instance's slot and forgets it. It must be there.
func (t *slotTable) take(id models.InstanceID) int32 {
	n := int(id >> pageBits)
	p := t.pages[n]
	slot := p.slots[id&(pageSize-1)]
	p.slots[id&(pageSize-1)] = 0
	if p.live--; p.live == 0 {
		t.pages[n], t.free = nil, append(t.free, p)
	}
	return slot - 1
}
