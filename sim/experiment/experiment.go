// Package experiment runs many policies and parameters on one scenario: it reads an experiment's file, lays out its points,
// gives every cell an address made of all that it depends on, and computes those that are not there yet, on several
// goroutines. How a cell is computed and where its result is kept is the caller's.
//
//   - point: one policy with one value for each axis.
//   - cell: one point under one seed; what is computed, kept and found again.
package experiment

import (
	"fmt"
	"slices"
	"time"

	"trough.internal/models"
	"trough.internal/models/settings"
)

// Experiment is what a file of one states.
type Experiment struct {
	Experiment string `set:"experiment" required:"true" doc:"Name of the experiment, as its tables and files have it."`
	About      string `set:"about" doc:"What is asked, in a sentence or two."`

	Scenario string         `set:"scenario" required:"true" doc:"Base scenario: a file, from the folder of the experiment's on, or the name of a built-in one."`
	Policies []settings.Raw `set:"policies" required:"true" doc:"Policies: names of built-in ones, files as for scenario, or policies written out. The first one, with its own parameters, is what the others are compared with."`
	Axes     []Axis         `set:"axes" doc:"Parameters that vary; not given: the policies as they are."`

	Sampling   string `set:"sampling" default:"grid" enum:"grid|latin-hypercube|halton" doc:"How points are laid out: every combination of the axes' values, or so many points spread over the axes' ranges."`
	Points     int    `set:"points" default:"0" min:"0" max:"100000" unit:"points" doc:"Of latin-hypercube and halton: how many points for each policy."`
	SampleSeed uint64 `set:"sample_seed" default:"1" doc:"Of latin-hypercube and halton: seed of the points' draws."`

	Seeds     int    `set:"seeds" default:"5" min:"1" max:"10000" unit:"seeds" doc:"Under how many seeds of the scenario each point is run."`
	FirstSeed uint64 `set:"first_seed" default:"1" min:"1" doc:"The first of these seeds; the others follow it."`

	UntilHalfWidth settings.Share `set:"until_half_width" default:"0%" min:"0%" max:"100%" doc:"A sweep may stop at a quarter or half of the seeds: when every point's difference in work completed is known to this much up and down, as a share of the reference's; 0% does all seeds."`

	PriceRatio float64 `set:"price_ratio" default:"4" min:"0" max:"1000" doc:"p/v, the price of an overdraft hour over the worth of a useful hour: what value and regret weigh overdraft with."`

	Train   []Span        `set:"train" doc:"Spans of the scenario on which parameters are chosen; not given: all of it."`
	Test    []Span        `set:"test" doc:"Spans on which a choice is judged; not given: none, and every figure is in-sample."`
	Embargo time.Duration `set:"embargo" default:"24h" min:"0s" max:"366d" doc:"How far apart a span of train and one of test must be: what is borrowed, queued and smoothed at the end of one reaches into the other."`

	Objective *Objective `set:"objective" doc:"Of tune and walk: which of two points is better."`
	Tune      TuneRules  `set:"tune" doc:"Of tune and walk: how the best point is looked for."`
	Walk      WalkRules  `set:"walk" doc:"Of walk: how it goes forward; train and test are of tune alone."`
}

// Span is a part of the scenario's span, measured from the scenario's start. Scores count whole days of 24 hours from there.
type Span struct {
	From  time.Duration `set:"from" default:"0s" min:"0s" max:"3660d" doc:"First instant, from the scenario's start."`
	Until time.Duration `set:"until" required:"true" min:"1s" max:"3660d" doc:"End, from the scenario's start."`
}

// day is what spans are measured in.
const day = 24 * time.Hour

// Parse reads an experiment's file. Mistakes are errors of package settings, with file, line and column.
func Parse(file string, text []byte) (*Experiment, error) {
	e := new(Experiment)
	if err := settings.Decode(file, text, e); err != nil {
		return nil, err
	}
	return e, nil
}

// Check refuses a span without a whole day.
func (s *Span) Check() error {
	if s.From%day != 0 || s.Until%day != 0 || s.Until <= s.From {
		return fmt.Errorf("from %s until %s: expected whole days, of 24 hours, and at least one", s.From, s.Until)
	}
	return nil
}

// Check refuses what cannot be laid out, and spans that would let a choice see what judges it.
func (e *Experiment) Check() error {
	if len(e.Policies) == 0 {
		return fmt.Errorf("policies is empty: expected at least one policy, such as full")
	}
	for i := range e.Axes {
		for j := range e.Axes[:i] {
			if e.Axes[i].Set == e.Axes[j].Set {
				return fmt.Errorf("axes[%d].set is %s, like that of axes[%d]: expected each parameter once", i, e.Axes[i].Set, j)
			}
		}
		if e.Sampling != "grid" && len(e.Axes[i].Values) == 0 && e.Axes[i].Steps != 0 {
			return fmt.Errorf("axes[%d].steps is %d: sampling %s takes points instead", i, e.Axes[i].Steps, e.Sampling)
		}
	}
	switch sampled := e.Sampling != "grid"; {
	case sampled && len(e.Axes) == 0:
		return fmt.Errorf("axes is empty: expected at least one parameter for sampling %s", e.Sampling)
	case sampled && e.Points == 0:
		return fmt.Errorf("points is 0: expected how many points sampling %s lays out", e.Sampling)
	case !sampled && e.Points != 0:
		return fmt.Errorf("points is %d: a grid has one for each combination of values", e.Points)
	}
	return e.checkSpans()
}

// checkSpans refuses spans of train and test that overlap or are closer than the embargo.
func (e *Experiment) checkSpans() error {
	for i, train := range e.Train {
		for j, test := range e.Test {
			gap := max(test.From-train.Until, train.From-test.Until)
			if gap < 0 {
				return fmt.Errorf("train[%d] and test[%d] overlap: expected spans at least %s (embargo) apart", i, j, e.Embargo)
			}
			if gap < e.Embargo {
				return fmt.Errorf("train[%d] and test[%d] are %s apart: expected at least %s (embargo)", i, j, gap, e.Embargo)
			}
		}
	}
	for _, spans := range [][]Span{e.Train, e.Test} {
		sorted := slices.SortedFunc(slices.Values(spans), func(a, b Span) int { return int(a.From - b.From) })
		for i := 1; i < len(sorted); i++ {
			if sorted[i].From < sorted[i-1].Until {
				return fmt.Errorf("two spans overlap at %s: a day would count twice", sorted[i].From)
			}
		}
	}
	return nil
}

// SeedList lists the seeds.
func (e *Experiment) SeedList() []uint64 {
	list := make([]uint64, e.Seeds)
	for i := range list {
		list[i] = e.FirstSeed + uint64(i)
	}
	return list
}

// In says whether a day, counted from the scenario's start, is part of some spans; of none, every day is.
func In(spans []Span, day int) bool {
	from := time.Duration(day) * 24 * time.Hour
	return len(spans) == 0 || slices.ContainsFunc(spans, func(s Span) bool { return s.From <= from && from < s.Until })
}

// within refuses spans beyond the scenario's end.
func within(name string, spans []Span, from, until models.Instant) error {
	length := time.Duration(until-from) * time.Second
	for i, s := range spans {
		if s.Until > length {
			return fmt.Errorf("%s[%d] ends %s after the scenario's start: the scenario is %s long", name, i, s.Until, length)
		}
	}
	return nil
}
