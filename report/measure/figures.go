package measure

import (
	"fmt"
	"strings"

	"trough.internal/models"
	"trough.internal/report/bill"
)

// Figures names a run's figures, headlines first. The throughput gain needs the same run without borrowing: see Compare.
func (r *Result) Figures() []Figure {
	b := &builder{}
	b.in(Headline)
	b.missing("throughput_gain", "throughput gain", UnitPercent, defThroughputGain, "needs the same run without borrowing")
	r.headline(b)
	b.in(Capacity)
	r.capacity(b)
	b.in(Exposure)
	r.exposure(b)
	b.in(Billed)
	r.billed(b)
	b.in(Waits)
	r.waits(b)
	b.in(Citizenship)
	r.citizenship(b)
	b.in(Unknowns)
	r.unknowns(b)
	return b.figures
}

func (r *Result) headline(b *builder) {
	base := float64(r.BaseNorm) * float64(r.Span())
	b.ratio("capacity_gain", "capacity gain", float64(r.Total.BorrowedNorm), base, defCapacityGain, "there is no base fleet")
	billed, basis := r.Bill.Billed(), "billed "+r.Bill.Main.String()
	b.give("overdraft_cost", "overdraft cost", billed.Cost.USD(), UnitUSD, defOverdraftCost, basis)
	b.ratio("cost_efficiency", "cost efficiency", float64(billed.List-billed.Cost), float64(billed.List), defCostEfficiency, r.noCost())
	b.give("instantaneous_overdraft_cost", "instantaneous overdraft cost", r.Total.OverdraftCost.USD(), UnitUSD, defInstantCost, r.unknownNote())
	paid := float64(r.Total.ListCost - r.Total.OverdraftCost)
	b.ratio("instantaneous_cost_efficiency", "instantaneous cost efficiency", paid, float64(r.Total.ListCost), defInstantEfficiency, r.noCost())
}

func (r *Result) capacity(b *builder) {
	t := &r.Total
	b.give("borrowed_hours", "borrowed capacity", hours(t.BorrowedSeconds), UnitInstanceHours, defBorrowedHours, "")
	b.give("borrowed_normalised_hours", "borrowed capacity, normalised", normHours(t.BorrowedNorm), UnitNormalisedHours, defBorrowedNorm, "")
	b.ratio("unused_borrowed", "borrowed of what was unused", float64(t.InsideSeconds), float64(t.UnusedSeconds), defUnusedBorrowed, "nothing was unused")
	b.give("peak_unused", "peak unused", float64(r.Peak.Unused), UnitInstances, defPeakUnused, "")
	b.give("peak_borrowed", "peak borrowed", float64(r.Peak.Borrowed), UnitInstances, defPeakBorrowed, "")
	b.ratio("goodput_share", "goodput share", float64(1000*t.WorkCompleted), float64(t.BorrowedNorm), defGoodput, "nothing was borrowed")
	b.give("boot_hours", "boot hours", hours(t.StateSeconds[models.Booting]), UnitInstanceHours, defBoot, "")
	b.give("idle_hours", "idle held hours", hours(t.StateSeconds[models.Idle]), UnitInstanceHours, defIdle, "")
	if s := r.Bought.BorrowedSeconds; s > 0 {
		b.give("bought_hours", "bought capacity", hours(s), UnitInstanceHours, defBought, "")
	}
}

func (r *Result) exposure(b *builder) {
	t := &r.Total
	b.give("overdraft_exposure", "overdraft exposure", float64(t.OverdraftSeconds), UnitInstanceSeconds, defExposure, r.unknownNote())
	b.give("overdraft_episodes", "overdraft episodes", float64(t.Episodes), UnitEpisodes, defEpisodes, "")
	lasted := r.EpisodesLasted
	why := "there was no overdraft"
	b.of(lasted.N, "overdraft_time_p50", "overdraft time, median", float64(lasted.P50), UnitSeconds, defOverdraftTime, why)
	b.of(lasted.N, "overdraft_time_p95", "overdraft time, p95", float64(lasted.P95), UnitSeconds, defOverdraftTime, why)
	b.of(lasted.N, "overdraft_time_max", "overdraft time, worst", float64(lasted.Max), UnitSeconds, defOverdraftTime, why)
	b.give("overdraft_deepest", "deepest overdraft", float64(r.Deepest), UnitInstances, defDeepest, "")
}

// billed says how much the rules matter: the same runs, however a clock hour's use is counted.
func (r *Result) billed(b *builder) {
	billed := r.Bill.Billed()
	b.give("billed_overdraft", "billed overdraft", hours(billed.Overdraft), UnitInstanceHours, defBilledOverdraft, "")
	b.give("overdraft_pool_hours", "pool-hours with overdraft", float64(billed.Hours), UnitPoolHours, defOverdraftHours, "")
	b.give("billed_list_cost", "all borrowed, on-demand", billed.List.USD(), UnitUSD, defListCost, "")
	b.give("owners_overdraft_cost", "owners' own overdraft cost", billed.OwnersCost.USD(), UnitUSD, defOwnersCost, "")
	for basis, name := range []string{"hours begun", "hours touched", "hours concurrent", "seconds"} {
		s := &r.Bill.Total[basis]
		key := "cost_efficiency_" + strings.ReplaceAll(name, " ", "_")
		b.ratio(key, "efficiency, "+name, float64(s.List-s.Cost), float64(s.List), defCostEfficiency+"; "+bill.Basis(basis).String(), r.noCost())
	}
}

func (r *Result) waits(b *builder) {
	jobs, work := r.Backlog()
	b.give("jobs_completed", "jobs completed", float64(r.JobsCompleted()), UnitJobs, defJobsCompleted, "")
	b.give("work_completed", "work completed", hours(r.WorkCompleted()), UnitNormalisedHours, defWorkCompleted, "")
	b.give("backlog_jobs", "backlog left", float64(jobs), UnitJobs, defBacklog, "")
	b.give("backlog_hours", "backlog left, work", hours(work), UnitNormalisedHours, defBacklog, "")
	for c := range models.Classes {
		class := &r.Classes[c]
		if class.Arrived == 0 && class.Completed == 0 && class.Wait.N == 0 {
			continue
		}
		note := ""
		if class.Waiting > 0 {
			note = fmt.Sprintf("without %s that still waited at the end", Thousands(class.Waiting))
		}
		b.spread(class.Wait, c.String()+"_wait", c.String()+" wait", defWait, note, "no job of the class started")
		note = ""
		if left := class.Arrived - class.Completed; left > 0 {
			note = fmt.Sprintf("without %s that had not completed at the end", Thousands(left))
		}
		b.spread(class.Completion, c.String()+"_completion", c.String()+" completion", defCompletion, note, "no job of the class completed")
	}
	r.makespan(b, jobs)
	r.batches(b)
}

func (r *Result) makespan(b *builder, left int64) {
	if r.LastCompletion < r.FirstArrival {
		b.missing("makespan", "makespan", UnitSeconds, defMakespan, "no job completed")
		return
	}
	note := ""
	if left > 0 {
		note = fmt.Sprintf("a lower bound: %s jobs had not completed at the end", Thousands(left))
	}
	b.give("makespan", "makespan", float64(r.LastCompletion-r.FirstArrival), UnitSeconds, defMakespan, note)
}

func (r *Result) citizenship(b *builder) {
	t := &r.Total
	total := int64(0)
	for _, n := range r.Interrupted {
		total += n
	}
	b.give("interruptions", "involuntary terminations", float64(total), UnitAttempts, defInterruptions, causes(&r.Interrupted))
	lost := t.WorkLost + r.Bought.WorkLost + r.Base.WorkLost
	b.give("work_lost", "work lost", hours(lost), UnitNormalisedHours, defWorkLost, "")
	b.give("launches", "launches", float64(t.Launches), UnitInstances, defLaunches, "")
	b.give("launches_refused", "borrower's launches refused", float64(t.Refused), UnitInstances, defRefused, "")
	b.quotient("churn", "churn", float64(t.Launches+t.Ends), hours(t.BorrowedSeconds), UnitPerHour, defChurn, "nothing was borrowed")
	b.quotient("evenness", "evenness", float64(r.EvenSum)/1e6, float64(r.EvenSeconds), UnitIndex, defEvenness,
		"it never applied")
	if r.Modelled {
		b.give("owners_refused", "owners' launches refused", float64(t.Blocked), UnitInstances, defOwnersRefused, "")
		b.give("owners_blocked", "owners' instances kept out", float64(t.BlockedSeconds), UnitInstanceSeconds, defOwnersBlocked, "")
	} else {
		b.missing("owners_refused", "owners' launches refused", UnitInstances, defOwnersRefused, "not modelled")
	}
	r.evacuation(b)
}

func (r *Result) evacuation(b *builder) {
	why := "no region was evacuated"
	note := ""
	if r.EvacuationsUncleared > 0 {
		note = fmt.Sprintf("in %d of %d evacuations something was borrowed to their end", r.EvacuationsUncleared, r.Evacuations)
	}
	b.of(r.Evacuations, "evacuated_in", "evacuated in", float64(r.EvacuatedIn), UnitSeconds, defEvacuatedIn, why)
	b.noted(note)
	b.of(r.Evacuations, "evacuating_hours", "borrowed while evacuating", hours(r.EvacuatingSeconds), UnitInstanceHours, defEvacuating, why)
}

func (r *Result) unknowns(b *builder) {
	b.give("unknown_time", "unknown time", hours(r.Total.UnknownSeconds), UnitPoolHours, defUnknown, "")
	b.give("unknown_borrowed", "borrowed while unknown", hours(r.Total.UnknownBorrowedSeconds), UnitInstanceHours, defUnknownBorrowed, "")
}

func (r *Result) unknownNote() string {
	if r.Total.UnknownBorrowedSeconds == 0 {
		return ""
	}
	return fmt.Sprintf("a lower bound: nobody knew the surplus for %.1f of %.1f borrowed instance-hours",
		hours(r.Total.UnknownBorrowedSeconds), hours(r.Total.BorrowedSeconds))
}

func causes(counts *[models.Causes]int64) string {
	var words []string
	for c := range models.Causes {
		if counts[c] > 0 {
			words = append(words, fmt.Sprintf("%s %s", c, Thousands(counts[c])))
		}
	}
	return strings.Join(words, ", ")
}

func hours(seconds int64) float64         { return float64(seconds) / 3600 }
func normHours(thousandths int64) float64 { return float64(thousandths) / 3.6e6 }

// noCost says why there is no cost to be efficient about.
func (r *Result) noCost() string {
	if r.Total.BorrowedSeconds > 0 {
		return "nothing that was borrowed has a price"
	}
	return "nothing was borrowed"
}
