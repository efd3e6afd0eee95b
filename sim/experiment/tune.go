package experiment

import (
	"context"
	"fmt"

	"trough.internal/report/stats"
)

// Days are days of a scenario, counted from its start, ascending.
type Days []int

func between(from, until int) Days {
	var list Days
	for day := from; day < until; day++ {
		list = append(list, day)
	}
	return list
}

// Of picks these days out of those of runs, by seed.
func (d Days) Of(bySeed [][]Day) [][]Day {
	list := make([][]Day, len(bySeed))
	for i := range bySeed {
		for _, day := range d {
			list[i] = append(list[i], bySeed[i][day])
		}
	}
	return list
}

// daysIn are the days of spans.
func daysIn(spans []Span) Days {
	last := 0
	for _, s := range spans {
		last = max(last, int(s.Until/day))
	}
	var list Days
	for d := range last {
		if In(spans, d) {
			list = append(list, d)
		}
	}
	return list
}

// Tuned is a search on the days of train, to be judged on those of test.
type Tuned struct {
	*Found
	Search      *Search
	AsItIs      *Trial
	Train, Test Days
}

// ReadyToTune says what of an experiment is missing for Fit.
func (e *Experiment) ReadyToTune() error {
	switch {
	case e.Objective == nil:
		return ErrObjective
	case len(e.Train) == 0 || len(e.Test) == 0:
		return fmt.Errorf("%s missing: expected the days to choose on and others to judge the choice, such as train: [{until: 14d}] and test: [{from: 15d, until: 28d}]",
			map[bool]string{true: "train is", false: "test is"}[len(e.Train) == 0])
	}
	return nil
}

// ErrObjective says that an experiment has none.
var ErrObjective = fmt.Errorf("objective is missing: expected which of two points is better, such as objective: {maximise: throughput_gain}")

// Fit looks for the best point on the days of train. ReadyToTune has been called.
func (e *Experiment) Fit(ctx context.Context, asItIs *Trial, evaluate Evaluate) (*Tuned, error) {
	t := &Tuned{AsItIs: asItIs, Train: daysIn(e.Train), Test: daysIn(e.Test)}
	var err error
	if t.Search, err = e.NewSearch(evaluate, e.betterOn(t.Train)); err != nil {
		return nil, err
	}
	t.Found, err = t.Search.Run(ctx, asItIs)
	return t, err
}

// betterOn compares trials on some days, and scores each but once for so many seeds.
func (e *Experiment) betterOn(days Days) func(a, b *Trial, seeds int) int {
	type run struct {
		trial *Trial
		seeds int
	}
	scores := map[run]Score{}
	score := func(r run) Score {
		s, there := scores[r]
		if !there {
			s = e.Objective.Score(days.Of(r.trial.Days[:r.seeds]))
			scores[r] = s
		}
		return s
	}
	return func(a, b *Trial, seeds int) int {
		return e.Objective.Compare(score(run{a, seeds}), score(run{b, seeds}))
	}
}

// Judged is a difference with what may be said of it.
type Judged struct {
	stats.Difference
	Verdict stats.Verdict
	Why     string // there is no verdict
}

// Judge says whether a gain on days that the choice has not seen is one.
func Judge(d stats.Difference, way stats.Direction) Judged {
	v, why := d.Verdict(way)
	return Judged{d, v, why}
}
