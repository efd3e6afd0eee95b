package policies

import "trough.internal/models"

// Limits bound what a policy's decisions may become, whatever its stages propose: the last guard, the same in a
// backtest and live. Zero is no limit.
type Limits struct {
	BorrowedMax              int32 `set:"borrowed_max" default:"0" min:"0" unit:"instances" doc:"Most instances borrowed at once, all pools and borrowers together, on order and leaving ones included; 0 is no limit."`
	BorrowedMaxPerPool       int32 `set:"borrowed_max_per_pool" default:"0" min:"0" unit:"instances" doc:"Most instances borrowed at once of one pool, all borrowers together; 0 is no limit."`
	LaunchesPerEvaluationMax int32 `set:"launches_per_evaluation_max" default:"0" min:"0" unit:"instances" doc:"Most instances launched by one evaluation, all pools and borrowers together; 0 is no limit."`
}

// Plan appends the orders that lead from what is to what was decided: first what ends, cell by cell, then what is
// launched. It is shared by backtest and live; once its orders have taken effect the same decision gives none.
//
// What is present (held or finishing) beyond Keep yields by notice. Of what is then still held, the part beyond Target
// yields when idle; it is worked out as if only held instances had been told to leave: where finishing ones were, the next evaluation
// ends the rest. Where less is held than both Target and Keep allow, the difference is launched, but never in a cell
// that yields by notice at the same evaluation.
//
// Whoever carries out a launch keeps finishing instances first and launches only the rest: the limits count on it. Leaving
// instances count as borrowed until they are gone. Where a limit cannot give every cell what it wants, each gets its part
// in proportion to that, rounded so that the whole is used.
func Plan(obs *models.Observation, dec *models.Decision, limits Limits, orders []models.Order) []models.Order {
	return planLaunches(obs, dec, limits, planEnds(obs, dec, limits, orders))
}

func planEnds(obs *models.Observation, dec *models.Decision, limits Limits, orders []models.Order) []models.Order {
	borrowers := len(obs.Borrowers)
	all := rationOf(orNoLimit(limits.BorrowedMax), heldIn(obs, 0, obs.Cells()))
	for p := range obs.Pools {
		first := p * borrowers
		pool := rationOf(orNoLimit(limits.BorrowedMaxPerPool), heldIn(obs, first, first+borrowers))
		for c := first; c < first+borrowers; c++ {
			held := obs.Held(c)
			mayHold := min(all.take(held), pool.take(held)) // less than held only after somebody lowered a limit
			target, cause := dec.Target[c], dec.Cause[c]
			if mayHold < min(held, target) {
				target, cause = mayHold, models.ByLimit
			}
			if n := excess(obs, dec, c); n > 0 {
				orders = append(orders, order(p, c-first, models.YieldByNotice, dec.KeepCause[c], n))
				held -= n
			}
			if n := held - max(0, target); n > 0 {
				orders = append(orders, order(p, c-first, models.YieldWhenIdle, cause, n))
			}
		}
	}
	return orders
}

func planLaunches(obs *models.Observation, dec *models.Decision, limits Limits, orders []models.Order) []models.Order {
	borrowers := len(obs.Borrowers)
	room := orNoLimit(limits.LaunchesPerEvaluationMax)
	if limits.BorrowedMax > 0 {
		room = min(room, max(0, limits.BorrowedMax-borrowedIn(obs, 0, obs.Cells())))
	}
	wanted := int64(0)
	for p := range obs.Pools {
		want, poolRoom := launchesOf(obs, dec, limits, p)
		wanted += min(want, poolRoom)
	}
	all := rationOf(room, wanted)
	for p := range obs.Pools {
		want, poolRoom := launchesOf(obs, dec, limits, p)
		pool := rationOf(all.take(int32(min(want, poolRoom))), want)
		for c := p * borrowers; c < (p+1)*borrowers; c++ {
			growth := growth(obs, dec, c)
			kept := min(growth, obs.Finishing[c])
			if n := kept + int32(pool.take(growth-kept)); n > 0 {
				orders = append(orders, order(p, c-p*borrowers, models.Launch, dec.Cause[c], n))
			}
		}
	}
	return orders
}

// launchesOf is how many instances a pool wants launched, finishing ones that are kept not counted, and how many more
// of it may be borrowed.
func launchesOf(obs *models.Observation, dec *models.Decision, limits Limits, p int) (want, room int64) {
	first := p * len(obs.Borrowers)
	last := first + len(obs.Borrowers)
	for c := first; c < last; c++ {
		growth := growth(obs, dec, c)
		want += int64(growth - min(growth, obs.Finishing[c]))
	}
	room = int64(models.NoLimit)
	if limits.BorrowedMaxPerPool > 0 {
		room = int64(max(0, limits.BorrowedMaxPerPool-borrowedIn(obs, first, last)))
	}
	return want, room
}

// growth is how many more instances of a cell are to be held.
func growth(obs *models.Observation, dec *models.Decision, c int) int32 {
	if excess(obs, dec, c) > 0 {
		return 0
	}
	return max(0, min(dec.Target[c], dec.Keep[c])-obs.Held(c))
}

// excess is how many instances of a cell may not remain after the notice.
func excess(obs *models.Observation, dec *models.Decision, c int) int32 {
	return max(0, obs.Held(c)+obs.Finishing[c]-max(0, dec.Keep[c]))
}

func heldIn(obs *models.Observation, from, to int) (n int64) {
	for c := from; c < to; c++ {
		n += int64(obs.Held(c))
	}
	return n
}

func borrowedIn(obs *models.Observation, from, to int) (n int32) {
	for c := from; c < to; c++ {
		n += obs.Held(c) + obs.Finishing[c] + obs.Leaving[c]
	}
	return n
}

func orNoLimit(limit int32) int32 {
	if limit == 0 {
		return models.NoLimit
	}
	return limit
}

func order(p, b int, kind models.OrderKind, cause models.Cause, n int32) models.Order {
	return models.Order{Pool: models.PoolID(p), Borrower: models.BorrowerID(b), Kind: kind, Cause: cause, N: n}
}

// ration divides so much room among wants that come one after the other: each gets its part of the room, rounded so
// that all that came so far have theirs. Where there is room for all, each gets what it wants.
type ration struct{ room, wanted, seen, given int64 }

func rationOf[N int32 | int64](room N, wanted int64) ration {
	return ration{room: min(int64(room), wanted), wanted: wanted}
}

func (r *ration) take(want int32) int32 {
	if want <= 0 {
		return 0
	}
	r.seen += int64(want)
	part := r.room*r.seen/r.wanted - r.given
	r.given += part
	return int32(part)
}
