package main

import (
	"bytes"
	"context"
	"fmt"

	"trough.internal/report/measure"
	"trough.internal/sim"
	"trough.internal/sim/experiment"
)

// cellWork says how cells are computed: each like a single backtest, over inputs that all cells of a world share.
func (a *app) cellWork(x *loadedExperiment, workers int) experiment.Work {
	quiet := *a
	quiet.quiet = true
	return experiment.Work{
		Workers: workers,
		Prepare: func(ctx context.Context, s *sim.Scenario) (*experiment.World, error) {
			built, err := s.Build(x.files)
			if err == nil {
				err = built.Decode()
			}
			if err != nil {
				return nil, err
			}
			w := &experiment.World{Scenario: s, Built: built}
			w.Base, err = quiet.basis(ctx, x.job(w), x.Experiment.PriceRatio)
			return w, err
		},
		Compute: func(ctx context.Context, w *experiment.World, c *experiment.Cell) (result *experiment.Result, err error) {
			// A ledger whose books do not balance is our fault, and this cell's alone: the others are worth having.
			defer func() {
				if p := recover(); p != nil {
					err = fmt.Errorf("%v", p)
				}
			}()
			return quiet.cell(ctx, x.job(w), w.Base.(*cellBasis), c, x.Experiment.PriceRatio)
		},
	}
}

func (x *loadedExperiment) job(w *experiment.World) *job {
	return &job{scenario: w.Scenario, built: w.Built, files: x.files}
}

// cellBasis is what all cells of a world are set beside.
type cellBasis struct {
	without *played // nil where the scenario drains
	optimum measure.Optimum
}

func (a *app) basis(ctx context.Context, j *job, ratio float64) (*cellBasis, error) {
	j.hear()
	without, err := a.playNever(ctx, j)
	if err != nil {
		return nil, err
	}
	solver, err := j.solver()
	if err != nil {
		return nil, err
	}
	bound, err := a.bound(ctx, j, solver, ratio)
	return &cellBasis{without, measure.Optimum{Upper: bound.Upper}}, err
}

// cell is one cell's result.
func (a *app) cell(ctx context.Context, j *job, basis *cellBasis, c *experiment.Cell, ratio float64) (*experiment.Result, error) {
	without := basis.without
	p, err := a.play(ctx, j.scenario, j.built, candidate{c.Point.Policy.Policy, c.Point.Policy}, nil, nil)
	if err != nil {
		return nil, err
	}
	summary := j.summary(p, without)
	var text bytes.Buffer
	if err := summary.WriteJSON(&text); err != nil {
		return nil, err
	}
	r := &experiment.Result{From: p.result.From, Days: cellDays(p, without), Summary: text.String()}
	for _, f := range append(summary.Run.Figures, p.result.Worth(ratio, basis.optimum)...) {
		if f.Known {
			r.Figures = append(r.Figures, experiment.Figure{Key: f.Key, Unit: string(f.Unit), Value: f.Value})
		}
	}
	return r, nil
}

// cellDays are a run's days, each with what the base fleet did alone.
func cellDays(p, without *played) []experiment.Day {
	r := &p.result
	days := make([]experiment.Day, len(r.Days))
	for i := range r.Days {
		d := &r.Days[i]
		days[i] = experiment.Day{
			Seconds: d.Seconds, Work: d.WorkCompleted, Borrowed: d.BorrowedNorm, Base: r.BaseNorm * d.Seconds,
			CostInstant: d.OverdraftCost, ListInstant: d.ListCost, Interrupted: d.Interrupted, Started: d.Started, Waited: d.Waited,
		}
		if i < len(r.Bill.Days) {
			b := &r.Bill.Days[i][r.Bill.Main]
			days[i].Cost, days[i].List = b.Cost, b.List
		}
		if without != nil && i < len(without.result.Days) {
			days[i].WorkAlone = without.result.Days[i].WorkCompleted
		}
	}
	return days
}
