package fleet

import (
	"fmt"
	"strings"

	"trough.internal/models"
)

// Describe is what is known of a cell, as people read it; empty where nothing is there.
func (l *Ledger) Describe(c int) string {
	own := &l.cells[c]
	var b strings.Builder
	for state := models.OnOrder; state < models.States; state++ {
		if n := len(own.in(state)); n > 0 {
			fmt.Fprintf(&b, ", %d %s", n, state)
		}
	}
	if b.Len() == 0 {
		return ""
	}
	where := "by EC2"
	if own.place.Group != "" {
		where = fmt.Sprintf("group %s of %d", own.place.Group, own.group.Desired)
	}
	return fmt.Sprintf("%s, %s%s", l.cellName(c), where, b.String())
}

// Group is a cell's group as it was described last.
func (l *Ledger) Group(c int) Group { return l.cells[c].group }
