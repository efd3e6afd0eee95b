package experiment

import (
	"cmp"
	"math"

	"trough.internal/report/measure"
	"trough.internal/report/stats"
)

// Score is what an objective makes of a point on some days.
type Score struct {
	Known bool    // whether every figure that the objective looks at could be given
	Value float64 // the objective's, in the figure's unit; of weights a sum without one
	// Violation is by how much constraints are missed, each as a share of its bound (of a bound of 0: in its unit), added up.
	Violation float64
}

// Feasible says that every constraint is kept.
func (s Score) Feasible() bool { return s.Known && s.Violation == 0 }

// Score judges days, by seed: of all seeds together. A policy learns nothing from one week to the next and sees no future,
// so that one run of the whole span has the days of every set that anything is fitted to or judged on.
func (o *Objective) Score(bySeed [][]Day) Score {
	s := Score{Known: true}
	for _, t := range o.Terms() {
		v, known := t.Figure.Value(bySeed)
		s.Known = s.Known && known
		s.Value += float64(t.Weight * v)
	}
	for i := range o.Constraints {
		b := o.Constraints[i].bound()
		v, known := b.figure.Value(bySeed)
		s.Known = s.Known && known
		s.Violation += b.missed(v)
	}
	if !s.Known {
		return Score{Value: math.NaN()}
	}
	return s
}

func (b *bounded) missed(v float64) float64 {
	by := float64(b.way) * (b.at - v)
	if by <= 0 {
		return 0
	}
	if b.at == 0 {
		return by
	}
	return by / math.Abs(b.at)
}

// Compare orders scores, the better one first: negative where a is better than b.
func (o *Objective) Compare(a, b Score) int {
	switch {
	case a.Known != b.Known:
		if a.Known {
			return -1
		}
		return 1
	case !a.Known:
		return 0
	case a.Violation != b.Violation:
		return cmp.Compare(a.Violation, b.Violation)
	case o.Way() == stats.LessIsBetter:
		return cmp.Compare(a.Value, b.Value)
	}
	return cmp.Compare(b.Value, a.Value)
}

// Gain is the objective of one point less that of another, on the same days under the same seeds, with an interval that is
// paired by day. p.SameInput says that the seeds share their days.
func (o *Objective) Gain(p measure.Pairing, a, b [][]Day) stats.Difference {
	terms := o.Terms()
	if len(terms) == 1 && terms[0].Weight == 1 {
		return terms[0].Figure.Gain(p, a, b)
	}
	return differences(p, a, o.linear(a, p.SameInput), o.linear(b, p.SameInput))
}

// Gain is the figure's difference.
func (f *DayFigure) Gain(p measure.Pairing, a, b [][]Day) stats.Difference {
	return differences(p, a, f.ratio(a, p.SameInput), f.ratio(b, p.SameInput))
}

func differences(p measure.Pairing, days [][]Day, a, b stats.Ratio) stats.Difference {
	c := stats.Comparison{Seed: p.Seed, Of: p.Of}
	for _, own := range days {
		c.Runs = append(c.Runs, len(own))
	}
	if p.SameInput {
		c.Runs = c.Runs[:1]
	}
	return c.Differences(b, []stats.Ratio{a})[0]
}

// linear gives a sum of ratios by day, as the delta method has it: each day's part is the sum's value plus what the day moves
// it to first order, so that the days' mean is the value itself.
func (o *Objective) linear(bySeed [][]Day, same bool) stats.Ratio {
	var sum stats.Ratio
	for _, t := range o.Terms() {
		r := t.Figure.ratio(bySeed, same)
		above, below := 0.0, 0.0
		for i := range r.Above {
			above += r.Above[i]
			below += r.Below[i]
		}
		if below == 0 {
			return stats.Ratio{Above: r.Above, Below: make([]float64, len(r.Above))} // undefined as a whole
		}
		n := float64(len(r.Above))
		for i := range r.Above {
			if len(sum.Above) <= i {
				sum.Above, sum.Below = append(sum.Above, 0), append(sum.Below, 1)
			}
			part := above/below + (r.Above[i]-above/below*r.Below[i])/(below/n)
			sum.Above[i] += float64(t.Weight * part)
		}
	}
	return sum
}
