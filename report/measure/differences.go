package measure

import (
	"trough.internal/report/bill"
	"trough.internal/report/stats"
)

// Differences are a policy's figures less another's, over the same days, with day-bootstrap intervals: a - b.
// It says nothing where the two runs do not have the same days.
func Differences(seed uint64, a, b *Result) []Figure {
	if len(a.Days) != len(b.Days) || a.From != b.From {
		return nil
	}
	days := func(r *Result, of func(*Sums) float64) []float64 {
		values := make([]float64, len(r.Days))
		for i := range r.Days {
			values[i] = of(&r.Days[i].Sums)
		}
		return values
	}
	total := func(key, name string, unit Unit, definition string, of func(*Sums) float64) Figure {
		return difference(key, name, unit, definition, stats.TotalDifference(seed, days(a, of), days(b, of)))
	}
	billed := func(r *Result, of func(*bill.Sums) float64) []float64 {
		values := make([]float64, len(r.Days))
		for i := range r.Bill.Days {
			values[i] = of(&r.Bill.Days[i][r.Bill.Main])
		}
		return values
	}
	saved := func(s *bill.Sums) float64 { return 100 * (s.List - s.Cost).USD() }
	list := func(s *bill.Sums) float64 { return s.List.USD() }
	efficiency := efficiencyDifference("cost_efficiency", "cost efficiency", defCostEfficiency, a, b,
		stats.RatioDifference(seed, stats.Ratio{Above: billed(a, saved), Below: billed(a, list)}, stats.Ratio{Above: billed(b, saved), Below: billed(b, list)}))
	savedNow := func(s *Sums) float64 { return 100 * (s.ListCost - s.OverdraftCost).USD() }
	listNow := func(s *Sums) float64 { return s.ListCost.USD() }
	instant := efficiencyDifference("instantaneous_cost_efficiency", "instantaneous cost efficiency", defInstantEfficiency, a, b,
		stats.RatioDifference(seed, stats.Ratio{Above: days(a, savedNow), Below: days(a, listNow)}, stats.Ratio{Above: days(b, savedNow), Below: days(b, listNow)}))
	cost := func(s *bill.Sums) float64 { return s.Cost.USD() }
	return []Figure{
		total("work_completed", "work completed", UnitNormalisedHours, defWorkCompleted, func(s *Sums) float64 { return hours(s.WorkCompleted) }),
		total("borrowed_normalised_hours", "borrowed capacity, normalised", UnitNormalisedHours, defBorrowedNorm,
			func(s *Sums) float64 { return normHours(s.BorrowedNorm) }),
		difference("overdraft_cost", "overdraft cost", UnitUSD, defOverdraftCost, stats.TotalDifference(seed, billed(a, cost), billed(b, cost))),
		efficiency,
		total("instantaneous_overdraft_cost", "instantaneous overdraft cost", UnitUSD, defInstantCost,
			func(s *Sums) float64 { return s.OverdraftCost.USD() }),
		instant,
		total("interruptions", "involuntary terminations, borrowed", UnitAttempts, defInterruptions,
			func(s *Sums) float64 { return float64(s.Interrupted) }),
	}
}

// efficiencyDifference is missing where one of the two borrowed nothing.
func efficiencyDifference(key, name, definition string, a, b *Result, i stats.Interval) Figure {
	f := difference(key, name, UnitPoints, definition, i)
	if a.Total.ListCost == 0 || b.Total.ListCost == 0 {
		return Figure{Key: key, Name: name, Unit: UnitPoints, Group: Headline, Definition: definition, Note: "nothing was borrowed by one of the two"}
	}
	return f
}

func difference(key, name string, unit Unit, definition string, i stats.Interval) Figure {
	return Figure{Key: key, Name: name, Unit: unit, Group: Headline, Value: i.Value, Known: i.N > 0,
		Low: i.Low, High: i.High, Interval: i.Known, Definition: definition, Note: i.Note}
}
