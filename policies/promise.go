package policies

import (
	"fmt"

	"trough.internal/models"
)

// Promise is one of the promises that a decision can be held against by itself. A policy may be exempt from some, because its
// idea is another.
type Promise string

// The promises.
const (
	// PromiseSane: numbers are not below zero, causes exist, and nothing ends by force without one. Nobody is exempt.
	PromiseSane Promise = "a decision that says what it means"
	// PromiseUnknown: where nobody knows what the owners use, targets are at most what is held. Not for fixed schedules.
	PromiseUnknown Promise = "no increase where the owners' use is unknown"
	// PromiseReserved: a pool's targets add up to at most its reserved instances, where these are known. Not for fixed schedules.
	PromiseReserved Promise = "no more than is reserved"
	// PromiseAvailable: no launch makes an overdraft, as far as is known: what is launched of a pool beyond a borrower's own
	// finishing instances fits beside all that is there, leaving ones included. Not for fixed schedules.
	PromiseAvailable Promise = "no launch beyond what is available"
	// PromiseEvacuated: nothing is held or kept in an evacuated region. Not for policies that are only compared with.
	PromiseEvacuated Promise = "nothing while evacuated"
)

// Promises lists them.
func Promises() []Promise {
	return []Promise{PromiseSane, PromiseUnknown, PromiseReserved, PromiseAvailable, PromiseEvacuated}
}

// Judge holds one decision against every promise, and calls broken for each place where one is not kept, with what stood there.
func Judge(obs *models.Observation, dec *models.Decision, broken func(p Promise, at string)) {
	borrowers := len(obs.Borrowers)
	for p := range obs.Pools {
		var sum, launches, present int32
		for cell := p * borrowers; cell < (p+1)*borrowers; cell++ {
			judgeCell(obs, dec, p, cell, broken)
			sum += dec.Target[cell]
			launches += max(0, dec.Target[cell]-obs.Held(cell)-obs.Finishing[cell])
			present += obs.Held(cell) + obs.Finishing[cell] + obs.Leaving[cell]
		}
		if obs.InUse[p] == models.Unknown {
			continue
		}
		if sum > obs.Reserved[p] {
			broken(PromiseReserved, fmt.Sprintf("%s at %s: targets add up to %d of %d", obs.Pools[p].Name(), obs.Now, sum, obs.Reserved[p]))
		}
		if free := obs.Reserved[p] - obs.InUse[p] - present; launches > max(0, free) {
			broken(PromiseAvailable, fmt.Sprintf("%s at %s: targets make %d launches where %d are free", obs.Pools[p].Name(), obs.Now, launches, free))
		}
	}
}

func judgeCell(obs *models.Observation, dec *models.Decision, p, cell int, broken func(p Promise, at string)) {
	target, keep := dec.Target[cell], dec.Keep[cell]
	at := func() string {
		return fmt.Sprintf("%s of %s at %s: target %d, keep %d, held %d, reserved %d, in use %d", obs.Borrowers[cell%len(obs.Borrowers)],
			obs.Pools[p].Name(), obs.Now, target, keep, obs.Held(cell), obs.Reserved[p], obs.InUse[p])
	}
	switch {
	case target < 0 || keep < 0:
		broken(PromiseSane, "a number below zero, or a cell that was not decided: "+at())
	case obs.InUse[p] == models.Unknown && target > obs.Held(cell):
		broken(PromiseUnknown, at())
	case obs.Evacuate[obs.RegionOf[p]] && (target > 0 || keep > 0):
		broken(PromiseEvacuated, at())
	case keep != models.NoLimit && dec.KeepCause[cell] == models.NoCause:
		broken(PromiseSane, "instances yield by notice without a cause: "+at())
	case dec.Cause[cell] >= models.Causes || dec.KeepCause[cell] >= models.Causes:
		broken(PromiseSane, "a cause that does not exist, or a cell that was not decided: "+at())
	}
}
