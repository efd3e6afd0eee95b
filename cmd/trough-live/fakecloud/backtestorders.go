package fakecloud

import (
	"slices"

	"trough.internal/cmd/trough-live/fleet"
	"trough.internal/models"
)

// This file is how calls become orders. It goes by what there is after the driver's turn, and not by the calls themselves: what was
// said twice, or undone, comes to the same.

// decide makes the decision of which policies.Plan makes the orders that the driver's calls come to.
func (b *Backtest) decide(obs *models.Observation, out *models.Decision) {
	for cell := range out.Target { // what is, stays
		out.Target[cell], out.Keep[cell] = obs.Held(cell), models.NoLimit
	}
	b.bindRuns()
	for cell := range b.groups {
		a := b.asked(obs, cell)
		if b.err != nil {
			return
		}
		b.check(obs, cell, &a)
		a.jobless = min(a.jobless, obs.OnOrder[cell]+obs.Booting[cell]+obs.Idle[cell])
		if a.jobless+a.drain+a.notice > 0 {
			a.kept, a.launches = 0, 0 // what is wanted stays so until the next evaluation
		}
		if a.notice > 0 {
			out.Keep[cell] = obs.Held(cell) + obs.Finishing[cell] - (a.jobless + a.notice)
			out.Target[cell] = obs.Held(cell) - (a.jobless + a.notice) - a.drain
			continue
		}
		out.Target[cell] = obs.Held(cell) - a.jobless - a.drain + a.kept + a.launches
	}
}

// asked is what a driver's turn came to, of one pool and borrower: numbers of instances.
type asked struct {
	jobless  int32 // to end that have no job: on order, booting or idle
	drain    int32 // busy, and told to yield when idle
	notice   int32 // busy or finishing, and told to yield by a deadline
	kept     int32 // finishing, and told to stay
	launches int32
}

func (b *Backtest) asked(obs *models.Observation, cell int) (a asked) {
	g, name := b.groups[cell], b.cellName(cell)
	deadline := obs.Now.Add(0) + models.Instant(b.world.Notice)
	for _, v := range b.cells[cell] {
		i, told := v.shown, v.shown.Tag(fleet.TagYield)
		switch {
		case (v.state == models.Booting || v.state == models.Idle) && (!i.There() || told != ""):
			a.jobless++
		case v.state == models.Leaving && i.Jobs == 0:
		case !i.There():
			a.notice++
			b.odd("%s: instance %s was ended, which is %s: expected it to be told to yield", name, i.ID, v.state)
		case v.state == models.Busy && told == fleet.WhenIdle:
			a.drain++
		case (v.state == models.Busy || v.state == models.Finishing) && told != "" && told != fleet.WhenIdle:
			a.notice++
			if told != deadline.String() {
				b.odd("%s: instance %s was told to yield by %s: expected %s", name, i.ID, told, deadline)
			}
		case v.state == models.Finishing && told == "":
			a.kept++
		case v.state == models.Leaving && (told == "" || told == fleet.WhenIdle):
			b.odd("%s: instance %s leaves and was told otherwise: its tag is %q", name, i.ID, told)
		}
	}
	a.launches = g.Desired - b.Encode.Count(g) + int32(len(b.waiting(cell))) - obs.OnOrder[cell]
	if a.launches < 0 {
		a.jobless -= a.launches
		a.launches = 0
	}
	return a
}

// check refuses what no order of Plan's can be.
func (b *Backtest) check(obs *models.Observation, cell int, a *asked) {
	name := b.cellName(cell)
	jobless := obs.OnOrder[cell] + obs.Booting[cell] + obs.Idle[cell]
	switch ends := a.jobless + a.drain + a.notice; {
	case a.jobless > jobless:
		b.odd("%s: the group is to hold %d fewer than it has: expected to be told which", name, a.jobless-jobless)
	case ends > 0 && a.kept+a.launches > 0:
		b.odd("%s: %d are to end and %d to be launched: expected one of both", name, ends, a.kept+a.launches)
	case a.drain+a.notice > 0 && a.jobless < jobless:
		b.odd("%s: %d busy ones were told to yield, and %d that have no job were not", name, a.drain+a.notice, jobless-a.jobless)
	case a.launches > 0 && a.kept < obs.Finishing[cell]:
		b.odd("%s: %d are to be launched, and %d that could stay were not told to", name, a.launches, obs.Finishing[cell]-a.kept)
	}
}

// bindRuns finds what RunInstances has made since.
func (b *Backtest) bindRuns() {
	bound := map[*Instance]bool{}
	for cell := range b.cells {
		for _, v := range b.cells[cell] {
			bound[v.shown] = true
		}
		b.unbound[cell] = b.unbound[cell][:0]
	}
	for _, i := range b.Encode.Instances {
		if p := b.poolOf(i.Zone, i.Type); p >= 0 && i.Group == "" && i.There() && !bound[i] {
			cell := p*len(b.world.Borrowers) + max(0, slices.Index(b.world.Borrowers, i.Tag(fleet.TagBorrower)))
			b.unbound[cell] = append(b.unbound[cell], i)
		}
	}
}
