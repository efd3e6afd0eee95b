package fleet

import (
	"errors"
	"slices"
	"time"

	"trough.internal/models"
)

// This file is the dead man's switch: an instance that nobody cares for any more ends by itself. It has until some time of its tag
// trough:until, which a driver that may act puts off long before.

// deadManLeast is the shortest: it is put off when half of it is gone, by evaluations minutes apart, of which some fail.
const deadManLeast = 10 * time.Minute

// Check refuses a switch that a driver could not put off in time.
func (r *Rules) Check() error {
	if r.DeadMan != 0 && r.DeadMan < deadManLeast {
		return errors.New("dead_man is " + r.DeadMan.String() + ": expected 0s, which switches it off, or at least " + deadManLeast.String())
	}
	return nil
}

// RenewEvery is how often instances are renewed at most, all of a region together.
func (r *Rules) RenewEvery() time.Duration { return r.DeadMan / 4 }

// until is what the tag trough:until says that is given now; 0 where there is none.
func (l *Ledger) until(now models.Instant) models.Instant {
	if l.rules.DeadMan == 0 || l.off == "dead man" {
		return 0
	}
	return now.Add(l.rules.DeadMan)
}

// renewals put off the end of what is wanted in a region. As soon as one instance has half of its time left, all go with it that have
// less than three quarters, so that those that were launched one by one are renewed together.
func (l *Ledger) renewals(now models.Instant, region string) (calls []Call) {
	until := l.until(now)
	if until == 0 || l.off == "renew" {
		return nil
	}
	half, most := now.Add(l.rules.DeadMan/2), now.Add(l.rules.DeadMan-l.rules.RenewEvery())
	var rows []*Instance
	due := false
	for c := range l.cells {
		if l.cells[c].place.Region != region {
			continue
		}
		for _, r := range l.cells[c].list {
			yields := r.State == models.Finishing || r.State == models.Leaving
			if r.State == models.OnOrder || yields || !r.Labelled || !l.witnessed(r) || r.until >= most {
				continue
			}
			rows = append(rows, r)
			due = due || r.until < half
		}
	}
	if !due {
		return nil
	}
	for part := range slices.Chunk(rows, IDsMost) {
		calls = append(calls, callAbout(part, Call{Kind: Renew, Place: Place{Region: region}, Until: until}))
	}
	return calls
}
