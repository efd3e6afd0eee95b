package fleet

import (
	"slices"
	"time"

	"trough.internal/models"
)

// Tend are the calls that carry on what was ordered before in a region: to end what is idle or past its deadline and still there, to tell
// groups of what is not wanted any more, to tag what is new and renew what is wanted, and, where sweeping is allowed, to end what has left
// its group. None of them launches.
func (l *Ledger) Tend(now models.Instant, region string, work Work, sweep bool) []Call {
	var calls []Call
	for c := range l.cells {
		own := &l.cells[c]
		if own.place.Region != region || own.foreign != "" && l.off != "foreign" {
			continue
		}
		m := &maker{l: l, picker: &picker{l: l, own: own, now: now}, call: Call{Cell: c, Place: own.place}}
		if due := l.due(own, now, &work); len(due) > 0 {
			m.terminate(due)
		} else {
			m.lower() // never with the former: see Done
		}
		m.retell()
		if sweep || l.off == "sweep" {
			m.sweep()
		}
		calls = append(calls, m.calls...)
	}
	return append(append(calls, l.labels(now, region)...), l.renewals(now, region)...)
}

// due are the instances whose time has come.
func (l *Ledger) due(own *cell, now models.Instant, work *Work) (list []*Instance) {
	for _, r := range own.list {
		l.takeIdle(r, work)
		yields := r.State == models.Finishing || r.State == models.Leaving
		if !yields || r.ending || !l.witnessed(r) || l.mayEnd(r, now) || r.Asked != 0 && now.Sub(r.Asked) < settle && l.off != "asked" {
			continue
		}
		idle := r.Deadline == 0 && r.Idle > r.Told // known to have no job since it was told to take none
		late := r.Deadline != 0 && now >= r.Deadline
		again := r.Asked != 0 // its end was asked for, and it is there
		if idle || late || again || l.off == "idle" {
			list = append(list, r)
		}
	}
	return list
}

// lower tells a group of what is not wanted any more.
func (m *maker) lower() {
	own := m.own
	if own.withdrawn <= 0 || !own.fresh && m.l.off != "fresh" {
		return
	}
	desired := own.lowered()
	if desired < own.group.Desired {
		m.add(SetDesired, nil, func(c *Call) { c.Desired, c.backs = desired, own.withdrawn })
	} else {
		own.withdrawn = 0 // all of it has been launched after all
	}
}

// lowered is a group's size without what is not wanted any more.
func (own *cell) lowered() int32 { return max(own.group.Desired-own.withdrawn, own.members()) }

// retell says again what somebody took away.
func (m *maker) retell() {
	for _, r := range m.own.list {
		if !r.Untagged || !m.l.witnessed(r) {
			continue
		}
		m.add(TellYield, []*Instance{r}, func(c *Call) {
			if c.Yield = WhenIdle; r.Deadline != 0 {
				c.Yield = r.Deadline.UTC().Format(time.RFC3339)
			}
		})
	}
}

// sweep ends what was in the group, has left it for nowhere, and still has the driver's tags: nobody else will.
func (m *maker) sweep() {
	var list []*Instance
	for _, r := range m.own.list {
		long := r.Astray != 0 && m.now.Sub(r.Astray) >= m.l.rules.Grace
		if long && (r.Tagged || m.l.off == "tagged") && (!r.Elsewhere || m.l.off == "elsewhere") && (r.Asked == 0 || m.now.Sub(r.Asked) >= settle) {
			list = append(list, r)
		}
	}
	m.add(TerminateAlone, list, nil)
}

// labels are the tags of what is new in groups, which cannot give each instance its own.
func (l *Ledger) labels(now models.Instant, region string) (calls []Call) {
	rows := map[int64][]*Instance{}
	var cycles []int64
	for c := range l.cells {
		if l.cells[c].place.Region != region {
			continue
		}
		for _, r := range l.cells[c].list {
			if r.State == models.OnOrder || r.Labelled || !l.witnessed(r) {
				continue
			}
			if rows[r.Cycle] == nil {
				cycles = append(cycles, r.Cycle)
			}
			rows[r.Cycle] = append(rows[r.Cycle], r)
		}
	}
	for _, cycle := range cycles {
		for part := range slices.Chunk(rows[cycle], IDsMost) {
			calls = append(calls, callAbout(part, Call{Kind: Label, Place: Place{Region: region}, Cycle: cycle, Until: l.until(now)}))
		}
	}
	return calls
}
