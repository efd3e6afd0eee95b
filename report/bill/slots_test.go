package bill

import (
	"testing"

	"trough.internal/models"
)

// Numbers go up for ever; what the table holds is what is there.
func TestSlotsOfEndedInstancesAreForgotten(t *testing.T) {
	var table slotTable
	const window = 3 * pageSize
	for id := range models.InstanceID(20 * pageSize) {
		table.set(id, int32(id%1000))
		if old := id - window; old >= 0 {
			if slot, ok := table.get(old); !ok || slot != int32(old%1000) {
				t.Fatalf("instance %d is in slot %d (%t)", old, slot, ok)
			}
			table.take(old)
			if _, ok := table.get(old); ok {
				t.Fatalf("instance %d was taken and is there", old)
			}
		}
	}
	pages := len(table.free)
	for _, p := range table.pages {
		if p != nil {
			pages++
		}
	}
	if pages > window/pageSize+2 {
		t.Errorf("%d pages for a window of %d", pages, window/pageSize)
	}
	if _, ok := table.get(1 << 30); ok {
		t.Error("an instance that never was is there")
	}
}
