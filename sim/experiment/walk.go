package experiment

import (
	"context"
	"fmt"
	"math"
	"time"
)

// WalkRules say how a walk goes forward: fit on what is past, judge on the next span, and move on by it.
type WalkRules struct {
	Fold   time.Duration `set:"fold" default:"7d" min:"24h" max:"366d" doc:"How long a span is on which a choice is judged, and by how much the walk moves on; whole days."`
	First  time.Duration `set:"first" default:"0s" min:"0s" max:"3660d" doc:"How long the span is on which the first choice is made, embargo included; 0 is as long as a fold."`
	Folds  int           `set:"folds" default:"0" min:"0" max:"1000" unit:"folds" doc:"How many; 0 is as many as the scenario has."`
	Window int           `set:"window" default:"0" min:"0" max:"1000" unit:"folds" doc:"On how much of the past a choice is made: on so many folds before it, or with 0 on all of it."`
}

// Check refuses spans that cut a day.
func (w *WalkRules) Check() error {
	for _, d := range []time.Duration{w.Fold, w.First} {
		if d%day != 0 {
			return fmt.Errorf("%s is not whole days, of 24 hours", d)
		}
	}
	return nil
}

// Fold is one step of a walk.
type Fold struct {
	Train, Test Days
	Search      *Search
	Found       *Found
	AsItIs      *Trial
}

// Folds are the spans of a walk over a scenario of so many whole days. The embargo at a split is taken from the past.
func (e *Experiment) Folds(days int) ([]Fold, error) {
	w := e.Walk
	length, embargo := int(w.Fold/day), int((e.Embargo+day-1)/day)
	first := int(w.First / day)
	if first == 0 {
		first = length
	}
	if embargo >= first || w.Window > 0 && embargo >= w.Window*length {
		return nil, fmt.Errorf("embargo is %s: it leaves nothing of the past that a choice is made on", e.Embargo)
	}
	there := (days - first) / length
	most := w.Folds
	if most == 0 {
		most = there
	}
	if there < 1 || most > there {
		return nil, fmt.Errorf("walk.folds is %d: the scenario's %d days have %d folds of %d days after the first %d", w.Folds, days, max(0, there), length, first)
	}
	list := make([]Fold, most)
	for i := range list {
		split := first + i*length
		from := 0
		if w.Window > 0 {
			from = max(0, split-w.Window*length)
		}
		list[i] = Fold{Train: between(from, split-embargo), Test: between(split, split+length)}
	}
	return list, nil
}

// WalkForward chooses for each fold on its past. Every run is one of the whole span under one set of parameters: a policy
// remembers nothing from one week to the next, but queues do, so that the first hours of a fold are those of its own
// parameters' past and not of the fold before.
func (e *Experiment) WalkForward(ctx context.Context, folds []Fold, asItIs *Trial, evaluate Evaluate) error {
	for i := range folds {
		f := &folds[i]
		var err error
		if f.Search, err = e.NewSearch(evaluate, e.betterOn(f.Train)); err != nil {
			return err
		}
		if f.Found, err = f.Search.Run(ctx, asItIs); err != nil {
			return err
		}
		f.AsItIs = asItIs
	}
	return nil
}

// OutOfSample are the days of all folds' tests, by seed: under what was chosen for each, and as it is.
func OutOfSample(folds []Fold) (chosen, asItIs [][]Day) {
	for i := range folds {
		f := &folds[i]
		chosen = joined(chosen, f.Test.Of(f.Found.Best.Days))
		asItIs = joined(asItIs, f.Test.Of(f.AsItIs.Days))
	}
	return chosen, asItIs
}

func joined(a, b [][]Day) [][]Day {
	if a == nil {
		a = make([][]Day, len(b))
	}
	for i := range b {
		a[i] = append(a[i], b[i]...)
	}
	return a
}

// InSample is the mean over folds of the objective's gain on the days that each choice was made on; false where a score is
// missing. It is what a reader would expect who looks at the fit alone.
func (o *Objective) InSample(folds []Fold) (float64, bool) {
	total := 0.0
	for i := range folds {
		f := &folds[i]
		total += o.Score(f.Train.Of(f.Found.Best.Days)).Value - o.Score(f.Train.Of(f.AsItIs.Days)).Value
	}
	return total / float64(len(folds)), !math.IsNaN(total)
}

// Drift is how far the chosen values of an axis move from fold to fold, on average, as a share of the range; of listed
// values, of the list. It is not known of one fold, nor where the policy as it is does not have the setting and was chosen.
func Drift(axis *Axis, values []string) (float64, bool) {
	if len(values) < 2 {
		return 0, false
	}
	moved := 0.0
	for i := 1; i < len(values); i++ {
		a, b := axis.Place(values[i-1]), axis.Place(values[i])
		moved += math.Abs(b - a)
	}
	return moved / float64(len(values)-1), !math.IsNaN(moved)
}
