package measure

import "trough.internal/report/stats"

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
	paid := func(s *Sums) float64 { return 100 * (s.ListCost - s.OverdraftCost).USD() }
	list := func(s *Sums) float64 { return s.ListCost.USD() }
	efficiency := difference("instantaneous_cost_efficiency", "instantaneous cost efficiency", UnitPercent, defCostEfficiency,
		stats.RatioDifference(seed, stats.Ratio{Above: days(a, paid), Below: days(a, list)}, stats.Ratio{Above: days(b, paid), Below: days(b, list)}))
	efficiency.Unit = UnitPoints
	if a.Total.ListCost == 0 || b.Total.ListCost == 0 {
		efficiency = Figure{Key: efficiency.Key, Name: efficiency.Name, Unit: UnitPoints, Group: Headline, Definition: efficiency.Definition,
			Note: "nothing was borrowed by one of the two"}
	}
	return []Figure{
		total("work_completed", "work completed", UnitNormalisedHours, defWorkCompleted, func(s *Sums) float64 { return hours(s.WorkCompleted) }),
		total("borrowed_normalised_hours", "borrowed capacity, normalised", UnitNormalisedHours, defBorrowedNorm,
			func(s *Sums) float64 { return normHours(s.BorrowedNorm) }),
		total("instantaneous_overdraft_cost", "instantaneous overdraft cost", UnitUSD, defOverdraftCost,
			func(s *Sums) float64 { return s.OverdraftCost.USD() }),
		efficiency,
		total("interruptions", "involuntary terminations, borrowed", UnitAttempts, defInterruptions,
			func(s *Sums) float64 { return float64(s.Interrupted) }),
	}
}

func difference(key, name string, unit Unit, definition string, i stats.Interval) Figure {
	return Figure{Key: key, Name: name, Unit: unit, Group: Headline, Value: i.Value, Known: i.N > 0,
		Low: i.Low, High: i.High, Interval: i.Known, Definition: definition, Note: i.Note}
}
