package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"trough.internal/report"
	"trough.internal/sim/experiment"
)

func (a *app) walk() *cobra.Command {
	var f searchFlags
	window := -1
	c := &cobra.Command{
		Use:   "walk EXPERIMENT",
		Short: "Walk forward: choose parameters on past weeks, judge them on the next one, and move on",
		Long: `Chooses the parameters of a policy as tune does, on weeks 1 to k of the scenario, and looks at what they come to in week
k+1; then moves on by a week. So every choice is judged on days that it has not seen, as it would be by whoever used it.
Shows for each fold what was chosen and its gain over the policy's own settings, in-sample against out-of-sample, how far the
parameters drift, and the gain over all folds with an interval that is paired by day.

walk.fold, walk.first and walk.folds of the experiment's file say how long a fold and the first past are; the embargo is left
out at the end of each past. Cells are shared with sweep and tune: a run has all days. DIR/walk holds walk.json and a plot.`,
		Example: `  trough walk testdata/experiments/tuned-month.yaml -o out/forward
  trough walk testdata/experiments/tuned-month.yaml -o out/forward --window 1     chosen on the week before alone`,
		Args: oneArg("an experiment's file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var folds []experiment.Fold
			s, err := a.search("walk", args[0], &f, func(e *experiment.Experiment) (err error) {
				if window >= 0 {
					e.Walk.Window = window
				}
				folds, err = a.folds(args[0], e)
				return err
			})
			if err != nil {
				return err
			}
			return a.runWalk(cmd.Context(), s, folds)
		},
	}
	f.add(c)
	c.Flags().IntVar(&window, "window", -1, "folds of the past that a choice is made on, in the place of walk.window; 0 is all of it")
	return c
}

// folds are those of an experiment's scenario.
func (a *app) folds(name string, e *experiment.Experiment) ([]experiment.Fold, error) {
	if e.Objective == nil {
		return nil, experiment.ErrObjective
	}
	base, err := loadScenario(beside(name, e.Scenario))
	if err != nil {
		return nil, fmt.Errorf("scenario: %w", err)
	}
	if base.Drain {
		return nil, fmt.Errorf("scenario %s runs until all jobs completed: expected one with a length, which folds are cut from", base.Name)
	}
	return e.Folds(int(base.Length / (24 * time.Hour)))
}

func (a *app) runWalk(ctx context.Context, s *searching, folds []experiment.Fold) error {
	err := s.run(ctx, func() error {
		return s.Experiment.WalkForward(ctx, folds, s.asItIs, s.trials.Evaluate)
	})
	if err != nil {
		return err
	}
	v := s.walkView(folds)
	if err := s.writeWalk(v); err != nil {
		return err
	}
	if a.json {
		return encodeJSON(a.out, v)
	}
	return v.writeText(a.out, s)
}

// The files that walk leaves in DIR/walk.
const (
	walkDir  = "walk"
	walkFile = "walk.json"
)

func (s *searching) writeWalk(v *walkView) error {
	o, err := createOutput(filepath.Join(s.out, walkDir), true)
	if err != nil {
		return err
	}
	defer o.abandon()
	if err := writeJSONFile(o.path(walkFile), v); err != nil {
		return err
	}
	if err := writePlots(o, append([]report.Plot{s.walkPlot(v)}, s.driftPlots(v)...)); err != nil {
		return failure{err}
	}
	return o.commit()
}
