package main

import (
	"bytes"
	"context"
	"fmt"

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
			without, err := quiet.playNever(ctx, x.job(w))
			w.Base = without
			return w, err
		},
		Compute: func(ctx context.Context, w *experiment.World, c *experiment.Cell) (result *experiment.Result, err error) {
			// A ledger whose books do not balance is our fault, and this cell's alone: the others are worth having.
			defer func() {
				if p := recover(); p != nil {
					err = fmt.Errorf("%v", p)
				}
			}()
			return quiet.cell(ctx, x.job(w), w.Base.(*played), c)
		},
	}
}

func (x *loadedExperiment) job(w *experiment.World) *job {
	return &job{scenario: w.Scenario, built: w.Built, files: x.files}
}

// cell is one cell's result.
func (a *app) cell(ctx context.Context, j *job, without *played, c *experiment.Cell) (*experiment.Result, error) {
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
	for _, f := range summary.Run.Figures {
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
