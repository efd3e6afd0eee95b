package measure

import "trough.internal/models"

// Replay measures a run again, or a stretch of it, from what its directory holds: the ledger, be it of capacity alone, and
// the attempts at jobs. Both are given in their own order, and neither waits for the other. What it cannot know is what never
// became an attempt: jobs that did not start, and so the backlog and the times to completion. Replayed names what it can.
type Replay struct {
	setup  Setup
	books  *Accumulator
	states []models.State // of every instance, by number

	pools   []Sums
	days    []Day
	waits   [models.Classes]Histogram
	again   map[models.JobID]bool // jobs that were interrupted: their next attempt is not their first
	causes  [models.Causes]int64
	classes [models.Classes]ClassResult
}

// Replayed are the keys of the figures that a Replay knows as well as the run did.
func Replayed() []string {
	return []string{"capacity_gain", "overdraft_cost", "cost_efficiency", "instantaneous_overdraft_cost", "instantaneous_cost_efficiency",
		"borrowed_hours", "borrowed_normalised_hours", "unused_borrowed", "peak_unused", "peak_borrowed", "goodput_share", "boot_hours", "bought_hours",
		"overdraft_exposure", "overdraft_episodes", "overdraft_time_p50", "overdraft_time_p95", "overdraft_time_max", "overdraft_deepest",
		"billed_overdraft", "overdraft_pool_hours", "billed_list_cost", "owners_overdraft_cost",
		"cost_efficiency_hours_begun", "cost_efficiency_hours_touched", "cost_efficiency_hours_concurrent", "cost_efficiency_seconds",
		"jobs_completed", "work_completed", "high_wait_p50", "high_wait_p95", "high_wait_p99", "medium_wait_p50", "medium_wait_p95", "medium_wait_p99",
		"low_wait_p50", "low_wait_p95", "low_wait_p99",
		"interruptions", "work_lost", "launches", "launches_refused", "churn", "evenness", "owners_refused", "owners_blocked",
		"evacuated_in", "evacuating_hours", "unknown_time", "unknown_borrowed"}
}

// NewReplay returns a replay of the span from Setup.From to the instant that Finish names.
func NewReplay(setup Setup) *Replay {
	r := &Replay{setup: setup, books: New(setup), pools: make([]Sums, len(setup.Pools)), again: map[models.JobID]bool{}}
	for c := range r.waits {
		r.waits[c] = newHistogram()
	}
	return r
}

// Event takes the next event of the ledger. Events of jobs alone are passed over, so that a full ledger and one of capacity
// give the same; an instance is then idle from ready until it is told to go.
func (r *Replay) Event(e models.Event) {
	if !e.Kind.Capacity() {
		return
	}
	if e.Kind >= models.Ordered {
		for int(e.Instance) >= len(r.states) {
			r.states = append(r.states, models.Absent)
		}
		e.From = r.states[e.Instance]
		r.states[e.Instance] = e.To
	}
	r.books.Event(e)
}

// Attempt takes the next attempt, in the order in which they ended, and says whether it is the first one of its job and began in
// the span measured. Until is the first instant that is not.
func (r *Replay) Attempt(row *models.AttemptRow, until models.Instant) (started bool) {
	first := !r.again[row.Job]
	started = first && row.Start >= r.setup.From && row.Start < until
	if started {
		r.waits[row.Class].Add(row.Waited)
		day := r.day(row.Start)
		day.Started[row.Class]++
		day.Waited[row.Class] += int64(row.Waited)
	}
	if row.Outcome == models.WasInterrupted {
		r.again[row.Job] = true
	} else if !first {
		delete(r.again, row.Job)
	}
	if row.End < r.setup.From || row.End >= until {
		return started
	}
	pool, day := &r.pools[row.Pool], r.day(row.End)
	surplus := r.setup.Pools[row.Pool].Kind == models.Surplus
	switch row.Outcome {
	case models.DidComplete:
		pool.JobsCompleted++
		pool.WorkCompleted += int64(row.Work)
		day.JobsCompleted++
		day.WorkCompleted += int64(row.Work)
		r.classes[row.Class].Completed++
		r.classes[row.Class].CompletedWork += int64(row.Work)
	case models.WasInterrupted:
		r.causes[row.Cause]++
		pool.Interrupted++
		pool.WorkLost += int64(row.Work)
		if surplus {
			day.Interrupted++
			day.WorkLost += int64(row.Work)
		}
	}
	return started
}

func (r *Replay) day(at models.Instant) *Day {
	k := int((at - r.setup.From) / secondsPerDay)
	for len(r.days) <= k {
		r.days = append(r.days, Day{})
	}
	return &r.days[k]
}

// Finish ends the span and returns what was measured.
func (r *Replay) Finish(until models.Instant) Result {
	result := r.books.Finish(until)
	for p := range r.pools {
		jobs := &r.pools[p]
		row := &result.Pools[p]
		row.add(jobs)
		result.byKind(row.Kind).add(jobs)
		if row.Kind == models.Surplus {
			addTo(result.Types, row.Type, jobs)
			addTo(result.Regions, row.Region, jobs)
		}
	}
	for k := range r.days {
		if k < len(result.Days) {
			day, of := &result.Days[k], &r.days[k]
			day.Sums.add(&of.Sums)
			day.Started, day.Waited = of.Started, of.Waited
		}
	}
	for c := range r.waits {
		result.Classes[c].Wait = r.waits[c].Spread()
		result.Classes[c].Completed, result.Classes[c].CompletedWork = r.classes[c].Completed, r.classes[c].CompletedWork
	}
	result.Interrupted = r.causes
	return result
}

func addTo(groups []GroupResult, name string, jobs *Sums) {
	for k := range groups {
		if groups[k].Name == name {
			groups[k].add(jobs)
		}
	}
}
