package fleet

import "trough.internal/models"

// Presume is for a ledger that has recalled what a journal says, and comes before its first look: the journal's last cycle gave orders,
// pool by pool, and whoever gave them ended before it could write down what became of them.
//
// What EC2 was asked for may be there, and Amazon may not describe it yet: it is on order until it is seen, or until the launch
// deadline has passed since the cycle. A group needs none of that. Its size is said by value, and so no more is launched than is available
// when the same is said again, whatever the descriptions between. Only where it may have been told of what was withdrawn, its next
// description says whether it was.
//
// Of instances that were to yield, to end or to stay it is noted what was meant. Nothing is repeated: the next cycle wants what is
// missing.
//
// Note: the same RunInstances, said again, would give the same instances, and at once. But where it had not been said yet it would launch,
// by a decision as old as the driver's outage and before the first evaluation.
func (l *Ledger) Presume(at models.Instant, cycle int64, parts [][]models.Order) {
	if l.off == "presume" {
		return
	}
	for c := range l.cells {
		l.cells[c].asKnown()
	}
	for _, orders := range parts {
		calls, _ := l.Calls(at, cycle, 0, orders) // an error is one that its giver has told
		for i := range calls {
			switch call := &calls[i]; call.Kind {
			case RunInstances:
			case SetDesired:
				if call.backs > 0 {
					l.cells[call.Cell].unsure = call
				}
			default:
				for _, r := range call.rows {
					l.means(at, r, call)
				}
			}
		}
	}
	for c := range l.cells {
		own := &l.cells[c]
		for _, r := range l.due(own, at, &Work{}) {
			l.means(at, r, &Call{Kind: Terminate, cause: r.Cause})
		}
		own.group, own.fresh = Group{}, false
	}
}

// asKnown describes a group as the ledger knows it, so that orders mean the same instances as when they were given.
func (own *cell) asKnown() {
	own.fresh, own.group = true, Group{Known: true, Max: 1<<31 - 1, Desired: own.withdrawn}
	for _, r := range own.list {
		own.group.Desired++
		if r.Member && r.State != models.OnOrder {
			own.group.Members = append(own.group.Members, Member{ID: r.ID})
		}
	}
}
