package experiment

import (
	"fmt"
	"strings"

	"trough.internal/report/stats"
)

// Objective says which of two points is better. A point that keeps all constraints is better than one that does not; of
// those that do not, the one that is nearer to it.
type Objective struct {
	Maximise    string       `set:"maximise" doc:"Figure to maximise, such as throughput_gain."`
	Minimise    string       `set:"minimise" doc:"Figure to minimise, such as overdraft_cost."`
	Weights     []Weight     `set:"weights" doc:"In the place of one figure: the sum of several, each times a weight, to maximise."`
	Constraints []Constraint `set:"constraints" doc:"What a point has to keep."`
}

// Weight is a figure's part in a sum.
type Weight struct {
	Figure string  `set:"figure" required:"true" doc:"The figure."`
	Weight float64 `set:"weight" required:"true" doc:"What one of its units is worth; negative where less is better."`
}

// Constraint is a bound of a figure.
type Constraint struct {
	Figure  string `set:"figure" required:"true" doc:"The figure."`
	AtLeast string `set:"at_least" doc:"The least that is allowed, with its unit: 95%, 10m, 20 USD/day."`
	AtMost  string `set:"at_most" doc:"The most that is allowed, likewise."`
}

// Check refuses an objective without a figure or with several, and figures that nobody knows.
func (o *Objective) Check() error {
	given := 0
	for _, there := range []bool{o.Maximise != "", o.Minimise != "", len(o.Weights) > 0} {
		if there {
			given++
		}
	}
	if given != 1 {
		return fmt.Errorf("objective: expected one of maximise, minimise and weights")
	}
	for _, key := range []string{o.Maximise, o.Minimise} {
		if key != "" {
			if _, err := figureOf(key); err != nil {
				return err
			}
		}
	}
	return nil
}

// Check refuses an unknown figure and a weight that says nothing.
func (w *Weight) Check() error {
	if w.Weight == 0 {
		return fmt.Errorf("weight of %s is 0: leave it out", w.Figure)
	}
	_, err := figureOf(w.Figure)
	return err
}

// Check refuses an unknown figure, and a bound without the figure's unit.
func (c *Constraint) Check() error {
	f, err := figureOf(c.Figure)
	if err != nil {
		return err
	}
	if (c.AtLeast == "") == (c.AtMost == "") {
		return fmt.Errorf("%s: expected at_least or at_most", c.Figure)
	}
	_, err = f.bound(c.AtLeast + c.AtMost)
	return err
}

// Term is a figure's part in the objective's value.
type Term struct {
	Figure *DayFigure
	Weight float64
}

// Terms are the figures of the objective's value. Check has been called.
func (o *Objective) Terms() []Term {
	var list []Term
	for _, w := range o.Weights {
		list = append(list, Term{known(w.Figure), w.Weight})
	}
	if key := o.Maximise + o.Minimise; key != "" {
		list = append(list, Term{known(key), 1})
	}
	return list
}

// Way says whether more of the objective's value is better.
func (o *Objective) Way() stats.Direction {
	if o.Minimise != "" {
		return stats.LessIsBetter
	}
	return stats.MoreIsBetter
}

// Goals are the figures that the objective looks at, those of constraints included, each once, and which way they should go.
func (o *Objective) Goals() []DayFigure {
	var list []DayFigure
	add := func(f DayFigure, way stats.Direction) {
		for i := range list {
			if list[i].Key == f.Key {
				return
			}
		}
		f.Way = way
		list = append(list, f)
	}
	for _, t := range o.Terms() {
		way := o.Way()
		if t.Weight < 0 {
			way = -way
		}
		add(*t.Figure, way)
	}
	for i := range o.Constraints {
		b := o.Constraints[i].bound()
		add(*b.figure, b.way)
	}
	return list
}

// String is the objective in words. Check has been called.
func (o *Objective) String() string {
	var parts []string
	switch {
	case o.Maximise != "":
		parts = append(parts, "maximise "+known(o.Maximise).Name)
	case o.Minimise != "":
		parts = append(parts, "minimise "+known(o.Minimise).Name)
	default:
		var sum []string
		for _, w := range o.Weights {
			sum = append(sum, fmt.Sprintf("%g x %s", w.Weight, known(w.Figure).Name))
		}
		parts = append(parts, "maximise "+strings.Join(sum, " + "))
	}
	for i := range o.Constraints {
		parts = append(parts, o.Constraints[i].String())
	}
	return strings.Join(parts, ", ")
}

// String is the constraint in words. Check has been called.
func (c *Constraint) String() string {
	if c.AtLeast != "" {
		return known(c.Figure).Name + " at least " + c.AtLeast
	}
	return known(c.Figure).Name + " at most " + c.AtMost
}

// bounded is a constraint in numbers.
type bounded struct {
	figure *DayFigure
	way    stats.Direction // that leads to where it is kept
	at     float64
}

func (c *Constraint) bound() bounded {
	b := bounded{figure: known(c.Figure), way: stats.MoreIsBetter}
	if c.AtMost != "" {
		b.way = stats.LessIsBetter
	}
	var err error
	if b.at, err = b.figure.bound(c.AtLeast + c.AtMost); err != nil {
		panic(err) // Check has been called
	}
	return b
}

func known(key string) *DayFigure {
	f, err := figureOf(key)
	if err != nil {
		panic(err) // Check has been called
	}
	return f
}
