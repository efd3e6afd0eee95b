package measure

import (
	"trough.internal/report/bill"
	"trough.internal/report/stats"
)

// Pairing sets runs beside each other that met the same market, arrivals and luck.
type Pairing struct {
	Seed uint64  // of the bootstrap's draws
	Of   float64 // share of the intervals that should hold the true value; 0 is stats.Level

	// SameInput says that the seeds differ in luck alone, since the market or the jobs are recorded: a day is then the
	// same day under all of them, and counts once, with the seeds' mean. Else every seed has days of its own.
	SameInput bool
}

// Differences are each candidate's figures less the reference's, with intervals and verdicts that are corrected for the
// number of candidates. A policy's results are by seed, as many and in the same order for all. It says nothing of a
// candidate whose runs do not have the reference's days.
func (p Pairing) Differences(reference []*Result, candidates [][]*Result) [][]Figure {
	list := make([][]Figure, len(candidates))
	for _, f := range compared {
		var family []int
		for i, candidate := range candidates {
			if !sameDays(candidate, reference) {
				continue
			}
			if f.ratio && (nothingBelow(&f, candidate) || nothingBelow(&f, reference)) {
				list[i] = append(list[i], f.missing())
				continue
			}
			family = append(family, i)
		}
		values := make([]stats.Ratio, len(family))
		for at, i := range family {
			values[at] = p.days(&f, candidates[i])
		}
		for at, d := range p.comparison(reference).Differences(p.days(&f, reference), values) {
			list[family[at]] = append(list[family[at]], f.figure(d))
		}
	}
	return list
}

// difference is a figure that differences are taken of, as a day has it.
type difference struct {
	Figure
	way   stats.Direction
	ratio bool
	of    func(day *Sums, billed *bill.Sums) (above, below float64)
}

// compared are the figures that differences are taken of. Borrowing more is better as such: what it costs stands beside it.
var compared = []difference{
	{Figure{Key: "work_completed", Name: "work completed", Unit: UnitNormalisedHours, Definition: defWorkCompleted}, stats.MoreIsBetter, false,
		func(day *Sums, _ *bill.Sums) (float64, float64) { return hours(day.WorkCompleted), 0 }},
	{Figure{Key: "borrowed_normalised_hours", Name: "borrowed capacity, normalised", Unit: UnitNormalisedHours, Definition: defBorrowedNorm}, stats.MoreIsBetter, false,
		func(day *Sums, _ *bill.Sums) (float64, float64) { return normHours(day.BorrowedNorm), 0 }},
	{Figure{Key: "overdraft_cost", Name: "overdraft cost", Unit: UnitUSD, Definition: defOverdraftCost}, stats.LessIsBetter, false,
		func(_ *Sums, billed *bill.Sums) (float64, float64) { return billed.Cost.USD(), 0 }},
	{Figure{Key: "cost_efficiency", Name: "cost efficiency", Unit: UnitPoints, Definition: defCostEfficiency}, stats.MoreIsBetter, true,
		func(_ *Sums, billed *bill.Sums) (float64, float64) {
			return 100 * (billed.List - billed.Cost).USD(), billed.List.USD()
		}},
	{Figure{Key: "instantaneous_overdraft_cost", Name: "instantaneous overdraft cost", Unit: UnitUSD, Definition: defInstantCost}, stats.LessIsBetter, false,
		func(day *Sums, _ *bill.Sums) (float64, float64) { return day.OverdraftCost.USD(), 0 }},
	{Figure{Key: "instantaneous_cost_efficiency", Name: "instantaneous cost efficiency", Unit: UnitPoints, Definition: defInstantEfficiency}, stats.MoreIsBetter, true,
		func(day *Sums, _ *bill.Sums) (float64, float64) {
			return 100 * (day.ListCost - day.OverdraftCost).USD(), day.ListCost.USD()
		}},
	{Figure{Key: "interruptions", Name: "involuntary terminations", Unit: UnitAttempts, Definition: defInterruptions}, stats.LessIsBetter, false,
		func(day *Sums, _ *bill.Sums) (float64, float64) { return float64(day.Interrupted), 0 }},
}

func (f *difference) figure(d stats.Difference) Figure {
	figure := f.Figure
	figure.Group, figure.Known, figure.Value = Headline, d.N > 0, d.Value
	figure.Low, figure.High, figure.Interval = d.Low, d.High, d.Known
	e := &Evidence{Days: d.N, Blocks: d.Blocks, BlockDays: d.BlockDays, Candidates: d.Candidates, P: d.P}
	e.Verdict, figure.Note = d.Verdict(f.way)
	figure.Evidence = e
	return figure
}

// missing is an efficiency where one of the two borrowed nothing.
func (f *difference) missing() Figure {
	figure := f.Figure
	figure.Group, figure.Note = Headline, "nothing was borrowed by one of the two"
	return figure
}

func nothingBelow(f *difference, results []*Result) bool {
	for _, r := range results {
		for _, below := range daysOf(f, r).Below {
			if below != 0 {
				return false
			}
		}
	}
	return true
}

func sameDays(a, b []*Result) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].From != b[i].From || len(a[i].Days) != len(b[i].Days) || len(a[i].Days) != len(a[0].Days) {
			return false
		}
	}
	return true
}

// comparison says which days are independent runs.
func (p Pairing) comparison(results []*Result) stats.Comparison {
	c := stats.Comparison{Seed: p.Seed, Of: p.Of}
	for _, r := range results {
		c.Runs = append(c.Runs, len(r.Days))
	}
	if p.SameInput {
		c.Runs = c.Runs[:1]
	}
	return c
}

// days are a figure's days, one seed's after another's, or the seeds' mean by day where a day is the same under all.
func (p Pairing) days(f *difference, results []*Result) stats.Ratio {
	var all stats.Ratio
	for i, r := range results {
		own := daysOf(f, r)
		if i == 0 || !p.SameInput {
			all.Above, all.Below = append(all.Above, own.Above...), append(all.Below, own.Below...)
			continue
		}
		for day := range own.Above {
			all.Above[day] += own.Above[day]
		}
		for day := range own.Below {
			all.Below[day] += own.Below[day]
		}
	}
	if p.SameInput {
		for day := range all.Above {
			all.Above[day] /= float64(len(results))
		}
		for day := range all.Below {
			all.Below[day] /= float64(len(results))
		}
	}
	return all
}

func daysOf(f *difference, r *Result) stats.Ratio {
	var days stats.Ratio
	for i := range r.Days {
		billed := new(bill.Sums)
		if i < len(r.Bill.Days) {
			billed = &r.Bill.Days[i][r.Bill.Main]
		}
		above, below := f.of(&r.Days[i].Sums, billed)
		days.Above = append(days.Above, above)
		if f.ratio {
			days.Below = append(days.Below, below)
		}
	}
	return days
}
