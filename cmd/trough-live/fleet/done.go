package fleet

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"trough.internal/models"
)

// Outcome is what became of a call.
type Outcome uint8

// The outcomes. The zero value is that it was carried out.
const (
	Done    Outcome = iota
	Lost            // nobody knows: there was no answer, or one that says nothing
	Lacks           // there is no capacity
	Refused         // it will not be carried out, and no pool is to blame: a quota
	Nothing         // it was not carried out, and may be later: too many calls, a right that is missing, a wrong call
)

// Done takes what became of a call: of RunInstances the instances that it gave, of a call about instances those to which it was done
// (nil: all of it).
func (l *Ledger) Done(now models.Instant, call *Call, outcome Outcome, ids []string) {
	own := &l.cells[call.Cell]
	switch call.Kind {
	case SetDesired:
		own.fresh = false
		switch {
		case outcome == Done:
			l.sized(now, own, call)
		case outcome == Lost && call.backs > 0:
			own.unsure = call
		}
	case RunInstances:
		l.ran(now, call, outcome, ids)
	case Terminate, TerminateAlone:
		for _, r := range call.done(ids) {
			// After a lost answer, too: it is not said again before a description has had the time to show it.
			if r.State != models.Absent && (outcome == Done || outcome == Lost) {
				r.Asked = now
				l.leaves(now, r, call.cause)
			}
			if outcome == Done {
				own.group.Desired--
				own.wrote--
			}
		}
	case TellYield:
		for _, r := range call.done(ids) {
			if outcome == Done {
				l.yields(now, r, call)
			}
		}
	case TellStay:
		for _, r := range call.done(ids) {
			if outcome == Done && r.State == models.Finishing {
				r.Told, r.Cause = now, models.NoCause
				l.move(now, r, models.Kept, models.Busy, call.cause)
			}
		}
	case Label:
		for _, r := range call.done(ids) {
			r.Labelled = outcome == Done
			l.touch(r)
		}
	}
}

func (c *Call) done(ids []string) []*Instance {
	if ids == nil {
		return c.rows
	}
	var list []*Instance
	for _, r := range c.rows {
		for _, id := range ids {
			if r.ID == id {
				list = append(list, r)
			}
		}
	}
	return list
}

// sized takes a group's new size.
func (l *Ledger) sized(now models.Instant, own *cell, call *Call) {
	own.before, own.wrote, own.wroteAt = own.group.Desired, call.Desired, now
	own.group.Desired = call.Desired
	own.withdrawn -= call.backs
	for range call.Adds {
		l.order(now, call.Cell, call.Cycle, call.cause)
	}
	for _, r := range call.rows {
		if r.State == models.OnOrder {
			l.move(now, r, models.Cancelled, models.Absent, call.cause)
		}
	}
}

// ran takes what EC2 launched. After a lost answer all of it is on order: it may be there, and the next looks will tell.
func (l *Ledger) ran(now models.Instant, call *Call, outcome Outcome, ids []string) {
	if outcome == Nothing {
		return
	}
	lacks := outcome == Lacks || outcome == Done && len(ids) < int(call.Adds)
	for i := range call.Adds {
		r := l.order(now, call.Cell, call.Cycle, call.cause)
		switch {
		case int(i) < len(ids):
			r.Labelled, r.Tagged, r.Member = true, true, true
			l.launched(now, r, ids[i])
		case outcome != Lost:
			l.move(now, r, models.Refused, models.Absent, models.ByCloud)
		}
	}
	if lacks || outcome == Refused && l.off == "class" {
		l.pool[call.Cell/len(l.borrowers)].refused(now)
	}
}

// leaves tells that an instance ends now.
func (l *Ledger) leaves(now models.Instant, r *Instance, cause models.Cause) {
	if cause != models.NoCause {
		r.Cause = cause
	}
	l.touch(r)
	if r.State != models.Leaving {
		l.move(now, r, models.Yielding, models.Leaving, r.Cause)
	}
}

func (l *Ledger) yields(now models.Instant, r *Instance, call *Call) {
	switch {
	case r.State == models.Absent:
	case r.Untagged: // it was told before
		r.Untagged, r.Told = false, now
		l.touch(r)
	case call.Yield == WhenIdle:
		l.told(now, r, call.cause)
	default:
		r.Deadline, r.Told, r.Cause = call.deadline, now, call.cause
		l.move(now, r, models.Yielding, models.Leaving, call.cause).N = int32(call.deadline - now)
	}
}

// token is a launch's name: who says it again with the same words gets the same instances (at most 64 characters).
func token(epoch int64, cell string, cycle int64) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s %d", epoch, cell, cycle))
	return hex.EncodeToString(sum[:])
}
