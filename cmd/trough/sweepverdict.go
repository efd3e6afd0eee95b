package main

import (
	"trough.internal/report/bill"
	"trough.internal/report/measure"
	"trough.internal/report/stats"
	"trough.internal/sim/experiment"
)

// differences are every point's figures less its reference's, by point; nil of references, and of points of which a cell
// failed. Intervals and verdicts are corrected for all points that were tried: each world's family has its part of the error.
func (s *swept) differences() [][]measure.Figure {
	list := make([][]measure.Figure, len(s.Points))
	rows := s.byPoint(s.results)
	resultsOf := func(p *experiment.Point) []*measure.Result {
		var all []*measure.Result
		for _, row := range rows[(p.Number-1)*s.Experiment.Seeds:][:s.Experiment.Seeds] {
			if row.result.Failed != "" {
				return nil
			}
			all = append(all, measuredDays(row.result.Result))
		}
		return all
	}
	of := s.of
	if of == 0 {
		of = stats.Level
	}
	tried := 0
	families := map[*experiment.Point][]*experiment.Point{}
	for i := range s.Points {
		if p := &s.Points[i]; p.Reference != p {
			families[p.Reference] = append(families[p.Reference], p)
			tried++
		}
	}
	for i := range s.Points {
		family := families[&s.Points[i]]
		reference := resultsOf(&s.Points[i])
		if len(family) == 0 || reference == nil {
			continue
		}
		pairing := pairingOf(s.Points[i].Scenario, 1-(1-of)*float64(len(family))/float64(tried))
		candidates := make([][]*measure.Result, len(family))
		for c := range family {
			candidates[c] = resultsOf(family[c])
		}
		for c, figures := range pairing.Differences(reference, candidates) {
			list[family[c].Number-1] = figures
		}
	}
	return list
}

// narrow says that every point's difference in work completed is known well enough.
func (s *swept) narrow() bool {
	work := map[*experiment.Point]float64{} // mean over the seeds, in normalised hours
	for i, r := range s.results {
		for _, d := range r.Days {
			work[s.Cells[i].Point] += float64(d.Work) / 3600 / float64(s.Experiment.Seeds)
		}
	}
	for i, figures := range s.differences() {
		p := &s.Points[i]
		if p.Reference == p {
			continue
		}
		f, there := measure.Find(figures, "work_completed")
		if !there || !f.Interval || (f.High-f.Low)/2 > float64(s.Experiment.UntilHalfWidth)*work[p.Reference] {
			return false
		}
	}
	return true
}

// measuredDays are a cell's days as measure has them, with what differences are taken of.
func measuredDays(r *experiment.Result) *measure.Result {
	m := &measure.Result{From: r.From}
	for _, d := range r.Days {
		var billed [bill.Bases]bill.Sums
		billed[m.Bill.Main] = bill.Sums{Cost: d.Cost, List: d.List}
		m.Bill.Days = append(m.Bill.Days, billed)
		m.Days = append(m.Days, measure.Day{Seconds: d.Seconds, Started: d.Started, Waited: d.Waited, Sums: measure.Sums{WorkCompleted: d.Work,
			BorrowedNorm: d.Borrowed, OverdraftCost: d.CostInstant, ListCost: d.ListInstant, Interrupted: d.Interrupted}})
	}
	return m
}

// pointDifference is a difference for machines.
type pointDifference struct {
	Value   float64  `json:"value"`
	Low     *float64 `json:"low"`
	High    *float64 `json:"high"`
	Verdict string   `json:"verdict"`
	Note    string   `json:"note,omitempty"`
}

func pointDifferences(figures []measure.Figure) map[string]pointDifference {
	if figures == nil {
		return nil
	}
	list := map[string]pointDifference{}
	for _, f := range figures {
		if !f.Known || f.Evidence == nil {
			continue
		}
		d := pointDifference{Value: f.Value, Verdict: f.Evidence.Verdict.String(), Note: f.Note}
		if f.Interval {
			d.Low, d.High = &f.Low, &f.High
		}
		list[f.Key] = d
	}
	return list
}
