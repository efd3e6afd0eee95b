package sim

import (
	"time"

	"trough.internal/models"
)

// This file is the hours by which instances are billed: whole ones, counted from each instance's own launch. A policy that
// minds them is told how many of a cell are about to complete one, and these are what ends first when it lets some go.

// billedHour is in seconds.
const billedHour = int32(time.Hour / time.Second)

// hourLeft is how many seconds are left of the hour that the instance is billed for, from 1 to 3600.
func (e *Engine) hourLeft(slot int32) int32 {
	return billedHour - int32(e.now-e.fleet.lives[slot].launched)%billedHour
}

// stays are the states of launched instances that nobody told to go.
var stays = [...]models.State{models.Booting, models.Idle, models.Busy}

// watchHours fills the observation's column.
func (e *Engine) watchHours() {
	for cell := range e.obs.HourEnding {
		n := int32(0)
		for _, state := range stays {
			head := e.fleet.head(state, cell)
			for slot := e.fleet.hot[head].younger; slot != head; slot = e.fleet.hot[slot].younger {
				if e.hourLeft(slot) <= e.hourWithin {
					n++
				}
			}
		}
		e.obs.HourEnding[cell] = n
	}
}

// yieldHourEnding ends up to n of the instances that are about to complete a billed hour, the soonest first, whether they
// have a job or not: one that is idle has the rest of an hour that is paid for. It returns how many are left to end.
func (e *Engine) yieldHourEnding(cell int, n int32, cause models.Cause) int32 {
	for ; n > 0; n-- {
		slot := e.soonestHour(cell)
		if slot == noSlot {
			break
		}
		if e.fleet.hot[slot].state == models.Busy {
			e.drain(slot, cause)
		} else {
			e.leave(slot, e.fleet.endCalls.take(e.now), cause)
		}
	}
	return n
}

// soonestHour is the instance whose billed hour ends first, within what the policy asked for; of several the one that is
// booting, then idle, then busy, and the one that has been so for longest.
func (e *Engine) soonestHour(cell int) int32 {
	best, least := noSlot, e.hourWithin+1
	for _, state := range stays {
		head := e.fleet.head(state, cell)
		for slot := e.fleet.hot[head].younger; slot != head; slot = e.fleet.hot[slot].younger {
			if left := e.hourLeft(slot); left < least {
				best, least = slot, left
			}
		}
	}
	return best
}
