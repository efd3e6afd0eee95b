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
	if limits == (Limits{}) {
		return planFree(obs, dec, orders)
	}
	orders, growing := planEnds(obs, dec, limits, orders)
	if growing {
		orders = planLaunches(obs, dec, limits, orders)
	}
	return orders
}

// planFree is Plan without limits, which is most runs': no cell is anybody else's business, and most of them are where
// they are wanted.
func planFree(obs *models.Observation, dec *models.Decision, orders []models.Order) []models.Order {
	n, borrowers := len(dec.Target), len(obs.Borrowers)
	targets, keeps := dec.Target[:n], dec.Keep[:n]
	onOrder, booting, idle, busy := obs.OnOrder[:n], obs.Booting[:n], obs.Idle[:n], obs.Busy[:n]
	finishing := obs.Finishing[:n]
	growing := false
	for c, target := range targets {
		held := onOrder[c] + booting[c] + idle[c] + busy[c]
		if over := held + finishing[c] - max(0, keeps[c]); over > 0 {
			orders = append(orders, order(c/borrowers, c%borrowers, models.YieldByNotice, dec.KeepCause[c], over))
			held -= over
		}
		if held > max(0, target) {
			orders = append(orders, order(c/borrowers, c%borrowers, models.YieldWhenIdle, dec.Cause[c], held-max(0, target)))
		}
		growing = growing || held < target
	}
	if !growing {
		return orders
	}
	for c, target := range targets {
		if target == onOrder[c]+booting[c]+idle[c]+busy[c] {
			continue
		}
		if more := growth(obs, dec, c); more > 0 {
			orders = append(orders, order(c/borrowers, c%borrowers, models.Launch, dec.Cause[c], more))
		}
	}
	return orders
}

// planEnds also says whether any cell is to grow.
func planEnds(obs *models.Observation, dec *models.Decision, limits Limits, orders []models.Order) (_ []models.Order, growing bool) {
	borrowers := len(obs.Borrowers)
	all := rationHeld(obs, limits.BorrowedMax, 0, obs.Cells())
	for p := range obs.Pools {
		first := p * borrowers
		pool := rationHeld(obs, limits.BorrowedMaxPerPool, first, first+borrowers)
		for c := first; c < first+borrowers; c++ {
			held := obs.Held(c)
			target, cause := max(0, dec.Target[c]), dec.Cause[c]
			growing = growing || held < target
			if mayHold := min(all.take(held), pool.take(held)); mayHold < min(held, target) {
				target, cause = mayHold, models.ByLimit // Note: happens only after somebody lowered a limit
			}
			if n := held + obs.Finishing[c] - max(0, dec.Keep[c]); n > 0 {
				orders = append(orders, order(p, c-first, models.YieldByNotice, dec.KeepCause[c], n))
				held -= n
			}
			if n := held - target; n > 0 {
				orders = append(orders, order(p, c-first, models.YieldWhenIdle, cause, n))
			}
		}
	}
	return orders, growing
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
	all := rationOf(int64(room), wanted)
	for p := range obs.Pools {
		want, poolRoom := launchesOf(obs, dec, limits, p)
		pool := rationOf(int64(all.take(int32(min(want, poolRoom)))), want)
		for c := p * borrowers; c < (p+1)*borrowers; c++ {
			growth := growth(obs, dec, c)
			kept := min(growth, obs.Finishing[c])
			if n := kept + pool.take(growth-kept); n > 0 {
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
	held := obs.Held(c)
	if held+obs.Finishing[c] > dec.Keep[c] {
		return 0
	}
	return max(0, min(dec.Target[c], dec.Keep[c])-held)
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

func rationOf(room, wanted int64) ration { return ration{room: min(room, wanted), wanted: wanted} }

// rationHeld divides a limit among the cells that hold instances; a limit of 0 is none.
func rationHeld(obs *models.Observation, limit int32, from, to int) ration {
	held := int64(0)
	if limit == 0 {
		return ration{}
	}
	for c := from; c < to; c++ {
		held += int64(obs.Held(c))
	}
	return rationOf(int64(limit), held)
}

func (r *ration) take(want int32) int32 {
	if r.room >= r.wanted {
		return want
	}
	r.seen += int64(want)
	part := r.room*r.seen/r.wanted - r.given
	r.given += part
	return int32(part)
}
