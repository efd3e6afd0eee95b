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
		// Its members are not those that were described any more, and a size that was worked out from them would replace these.
		own.fresh = false
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
	case TellYield, TellStay:
		for _, r := range call.done(ids) {
			switch {
			case outcome == Lost:
				l.means(now, r, call)
			case outcome != Done:
			case call.Kind == TellYield:
				l.yields(now, r, call)
			case r.State == models.Finishing:
				l.stays(now, r, call.cause)
			}
		}
	case Label:
		for _, r := range call.done(ids) {
			r.Labelled = outcome == Done
			l.touch(r)
			if outcome == Done {
				r.until = call.Until
			}
		}
	case Renew:
		for _, r := range call.done(ids) {
			if outcome == Done {
				r.until = call.Until
			}
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

// ran takes what EC2 launched. After a lost answer all of it stays on order: it may be there, and the next looks will tell.
func (l *Ledger) ran(now models.Instant, call *Call, outcome Outcome, ids []string) {
	if outcome == Lost {
		return
	}
	for _, id := range ids {
		r := l.byID[id]
		if r == nil { // else a look was quicker than the answer
			if r = call.waiting(); r == nil {
				r = l.order(now, call.Cell, call.Cycle, call.cause)
			}
			l.launched(now, r, id)
		}
		r.Labelled, r.Tagged, r.Member, r.until = true, true, true, call.Until
		l.touch(r)
	}
	// Note: what a look saw of this call may have been taken for an older one's. As many stay on order then in its place.
	for range int(call.Adds) - len(ids) {
		if r := call.waiting(); r != nil && outcome == Nothing {
			l.move(now, r, models.Cancelled, models.Absent, models.ByCloud)
		} else if r != nil {
			l.move(now, r, models.Refused, models.Absent, models.ByCloud)
		}
	}
	if outcome == Lacks || outcome == Done && len(ids) < int(call.Adds) || outcome == Refused && l.off == "class" {
		l.pool[call.Cell/len(l.borrowers)].refused(now)
	}
}

// waiting is the first of what a call ordered that is still on order; nil where nothing is.
func (c *Call) waiting() *Instance {
	for _, r := range c.rows {
		if r.State == models.OnOrder {
			return r
		}
	}
	return nil
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

// means notes what an instance was told, if it was.
func (l *Ledger) means(now models.Instant, r *Instance, call *Call) {
	r.Meant = meant{At: now, Cause: call.cause, End: call.Kind == Terminate || call.Kind == TerminateAlone, Stay: call.Kind == TellStay}
	l.touch(r)
}

func (l *Ledger) stays(now models.Instant, r *Instance, cause models.Cause) {
	r.Told, r.Cause, r.Untagged, r.Meant = now, models.NoCause, false, meant{}
	l.move(now, r, models.Kept, models.Busy, cause)
}

func (l *Ledger) yields(now models.Instant, r *Instance, call *Call) {
	r.Meant = meant{}
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
func token(driver string, epoch int64, cell string, cycle int64) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %d %s %d", driver, epoch, cell, cycle))
	return hex.EncodeToString(sum[:])
}
