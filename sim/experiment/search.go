package experiment

import (
	"context"
	"fmt"
)

// TuneRules say how the best point is looked for.
type TuneRules struct {
	Method string `set:"method" default:"auto" enum:"auto|grid|halving|cma-es" doc:"How: every point of the grid or the sample; successive halving of these, or of as many spread points as the budget allows; CMA-ES over ranges. auto: grid where the points are laid out (steps, values, or points of a sampling), else cma-es for up to four ranges, else halving."`
	Budget int    `set:"budget" default:"0" min:"0" max:"10000000" unit:"cells" doc:"How many cells a search may ask for, those that are there already included; 0 is what grid takes, and 40 points for each axis under all seeds for the others."`
}

// Search looks for the best of an experiment's points.
type Search struct {
	*Experiment
	Method   string // grid, halving or cma-es
	Budget   int    // cells
	Evaluate Evaluate
	Better   func(a, b *Trial, seeds int) int // negative where a is better, under the first so many seeds
}

// Found is what a search came to.
type Found struct {
	Method string
	Trials []*Trial // in the order in which they were first asked for; the one that it began with first
	Best   *Trial   // the first of the best, of those under all seeds
	Cells  int      // asked for, whether the store held them or not; without those of the trial that it began with
	Budget int
	Rungs  []Rung // of halving

	seeds map[*Trial]int // under how many seeds it was asked for
}

// axesFew is how many ranges CMA-ES is used for unless the experiment says otherwise: with more, the runs that it takes to
// learn how they hang together cost more than spread points that are soon given up.
const axesFew = 4

// pointsPerAxis times the number of axes is how many points a search may take where no budget is given: for up to four axes
// CMA-ES has come to rest by then.
const pointsPerAxis = 40

// NewSearch settles the method and the budget. It is an error where they do not fit the axes.
func (e *Experiment) NewSearch(evaluate Evaluate, better func(a, b *Trial, seeds int) int) (*Search, error) {
	s := &Search{Experiment: e, Method: e.Tune.Method, Budget: e.Tune.Budget, Evaluate: evaluate, Better: better}
	ranges := 0
	for i := range e.Axes {
		if e.Axes[i].Ranged() {
			ranges++
		}
	}
	if s.Method == "auto" {
		switch {
		case e.laidOut() == nil:
			s.Method = "grid"
		case ranges == len(e.Axes) && ranges <= axesFew:
			s.Method = "cma-es"
		default:
			s.Method = "halving"
		}
	}
	if s.Budget == 0 && s.Method != "grid" {
		s.Budget = pointsPerAxis * len(e.Axes) * e.Seeds
	}
	return s, s.check()
}

func (s *Search) check() error {
	if s.Method == "grid" {
		if err := s.laidOut(); err != nil {
			return err
		}
		cells := len(s.layout()) * s.Seeds
		if s.Budget > 0 && s.Budget < cells {
			return fmt.Errorf("budget is %d: the grid has %d cells (%d points, %d seeds); method: halving takes fewer", s.Budget, cells, cells/s.Seeds, s.Seeds)
		}
		s.Budget = cells
	}
	if s.Method != "cma-es" {
		return nil
	}
	for i := range s.Axes {
		if !s.Axes[i].Ranged() {
			return fmt.Errorf("axes[%d]: %s has values: cma-es expects from and to", i, s.Axes[i].Set)
		}
	}
	if least := s.population() * s.Seeds; s.Budget < least {
		return fmt.Errorf("budget is %d: expected at least %d for cma-es, one generation of %d points under %d seeds", s.Budget, least, s.population(), s.Seeds)
	}
	return nil
}

// Run searches, beginning with a trial that has been run under all seeds: what is found is never worse on the same days.
func (s *Search) Run(ctx context.Context, first *Trial) (*Found, error) {
	f := &Found{Method: s.Method, Budget: s.Budget, Trials: []*Trial{first}, seeds: map[*Trial]int{first: s.Seeds}}
	var err error
	switch s.Method {
	case "grid":
		_, err = s.ask(ctx, f, s.layout(), s.Seeds)
	case "halving":
		err = s.halve(ctx, f)
	default:
		err = s.evolve(ctx, f)
	}
	if err != nil {
		return nil, err
	}
	f.settle(s)
	return f, nil
}

// ask evaluates points under so many seeds, and counts what is new to this search: what another one has asked for changes
// nothing.
func (s *Search) ask(ctx context.Context, f *Found, points [][]string, seeds int) ([]*Trial, error) {
	list, err := s.Evaluate(ctx, points, seeds)
	if err != nil {
		return nil, err
	}
	for _, t := range list {
		under, there := f.seeds[t]
		if !there {
			f.Trials = append(f.Trials, t)
		}
		f.Cells += max(0, seeds-under)
		f.seeds[t] = max(seeds, under)
	}
	return list, nil
}

// settle chooses the best of those under all seeds, the first of equals.
func (f *Found) settle(s *Search) {
	full := f.Full(s.Seeds)
	f.Best = full[0] // what the search began with is one
	for _, t := range full[1:] {
		if s.Better(t, f.Best, s.Seeds) < 0 {
			f.Best = t
		}
	}
}

// Full are the trials that were asked for under all seeds, and did not fail.
func (f *Found) Full(seeds int) []*Trial {
	var list []*Trial
	for _, t := range f.Trials {
		if t.Failed == "" && f.seeds[t] >= seeds {
			list = append(list, t)
		}
	}
	return list
}
