package fleet

import (
	"fmt"
	"slices"
)

// This file is what is wrong: with groups, and with instances that are not where they belong.

// checkGroup says what is wrong with a group, loudly and at every look: a setting that was right may be changed.
func (l *Ledger) checkGroup(c int, described map[string]*Described) {
	own := &l.cells[c]
	g := &own.group
	own.wrong, own.foreign = "", ""
	if own.place.Group == "" {
		return
	}
	zone := l.pools[c/len(l.borrowers)].Zone
	switch {
	case g.Rebalances && len(g.Zones) > 1 && l.off != "rebalance":
		own.wrong = fmt.Sprintf("it has zones %q and rebalances among them, which ends instances that nobody ordered to: expected zone %s alone, or AZRebalance suspended", g.Zones, zone)
	case !slices.Contains(g.Zones, zone):
		own.wrong = fmt.Sprintf("it has zones %q: expected %s", g.Zones, zone)
	case l.untagged(c) != "":
		own.wrong = l.untagged(c)
	}
	for _, m := range g.Members {
		if d := described[m.ID]; d != nil && !l.ours(d, c) {
			own.foreign = d.ID
		}
	}
	if own.wrong != "" {
		l.note("%s: group %s: %s: nothing is launched there", l.cellName(c), own.place.Group, own.wrong)
	}
	if own.foreign != "" {
		l.note("%s: group %s has instance %s without the driver's tags: it is somebody else's, and nothing is done there", l.cellName(c), own.place.Group, own.foreign)
	}
	if !g.Protects {
		l.note("%s: group %s does not protect new instances from scale-in: when its size is lowered it may end a busy one", l.cellName(c), own.place.Group)
	}
	if g.Min > 0 {
		l.note("%s: group %s has a minimum of %d, below which it cannot yield: expected 0", l.cellName(c), own.place.Group, g.Min)
	}
}

func (l *Ledger) untagged(c int) string {
	for _, tag := range [...][2]string{{TagDriver, l.name}, {TagPool, l.pools[c/len(l.borrowers)].Name()}, {TagBorrower, l.borrowers[c%len(l.borrowers)]}} {
		if got := l.cells[c].group.Tags[tag[0]]; got != tag[1] {
			return fmt.Sprintf("it gives tag %s = %q to what it launches: expected %q", tag[0], got, tag[1])
		}
	}
	return ""
}

// takeStrays reports instances with the driver's name that are not where they belong.
func (l *Ledger) takeStrays(look *Look) {
	seen := map[string]stray{}
	for _, s := range l.strays {
		seen[s.id] = s
	}
	l.strays = nil
	for i := range look.Instances {
		d := &look.Instances[i]
		if d.Ending || d.Driver != l.name || l.byID[d.ID] != nil {
			continue
		}
		s := seen[d.ID]
		if s.id == "" {
			s = stray{id: d.ID, since: look.At}
		}
		l.strays = append(l.strays, s)
		if look.At.Sub(s.since) >= settle {
			l.note("instance %s of %s/%s has the driver's name, pool %q and borrower %q, and is in no group of its: it is not touched: end it, or take its tag trough:driver away",
				d.ID, d.Zone, d.Type, d.Pool, d.Borrower)
		}
	}
	for c := range l.cells {
		for _, r := range l.cells[c].list {
			if r.Astray != 0 && look.At.Sub(r.Astray) >= settle {
				l.note("%s: instance %s has left group %s, and is ended %s after that", l.cellName(c), r.ID, l.cells[c].place.Group, l.rules.Grace)
			}
		}
	}
}
