package measure

import "fmt"

// BorrowerFigures are those of each of several borrowers; none of one borrower, whose figures are the run's.
func BorrowerFigures(results []BorrowerResult) []Figure {
	if len(results) < 2 {
		return nil
	}
	all := int64(0)
	for i := range results {
		all += results[i].Held
	}
	b := &builder{}
	b.in(ByBorrower)
	for i := range results {
		r := &results[i]
		key := "borrower_" + r.Name
		b.ratio(key+"_share", r.Name+", share", float64(r.Held), float64(all), defBorrowerShare, "nothing was borrowed")
		b.give(key+"_completed", r.Name+", jobs completed", float64(r.Completed), UnitJobs, defBorrowerJobs, fmt.Sprintf("of %d that arrived", r.Arrived))
		spread := r.Wait.Spread()
		b.of(spread.N, key+"_wait_p50", r.Name+", wait, p50", float64(spread.P50), UnitSeconds, defWait, "none of its jobs started")
		b.of(spread.N, key+"_wait_p95", r.Name+", wait, p95", float64(spread.P95), UnitSeconds, defWait, "none of its jobs started")
		b.give(key+"_starved", r.Name+", starved", float64(r.Starved), UnitSeconds, defBorrowerStarved, "")
	}
	return b.figures
}
