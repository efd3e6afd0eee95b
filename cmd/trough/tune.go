package main

import (
	"context"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"trough.internal/models/settings"
	"trough.internal/report"
	"trough.internal/sim/experiment"
)

func (a *app) tune() *cobra.Command {
	var f searchFlags
	c := &cobra.Command{
		Use:   "tune EXPERIMENT",
		Short: "Look for a policy's best parameters, and judge them on days that the choice has not seen",
		Long: `Looks for the values of an experiment's axes that its objective likes best on the days of train, and shows them on the
days of test beside the policy's own settings, with an interval that is paired by day. What is said of the days of train is
in-sample: the best of many points is partly the luckiest on those days.

All points are run as they are by sweep, each cell once: a call that was interrupted goes on, and the same call gives the
same results whatever the number of workers. DIR/tune holds tune.json, the tuned policy as a file, and plots: the figures of
the objective against each other, and the best point at each value of one parameter and of two.`,
		Example: `  trough tune testdata/experiments/tuned-month.yaml -o out/month
  trough backtest month -p out/month/tune/tuned.yaml
  trough sweep testdata/experiments/small.yaml --describe     every key of an experiment's file`,
		Args: oneArg("an experiment's file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.search("tune", args[0], &f, func(e *experiment.Experiment) error { return e.ReadyToTune() })
			if err != nil {
				return err
			}
			return a.runTune(cmd.Context(), s)
		},
	}
	f.add(c)
	return c
}

func (a *app) runTune(ctx context.Context, s *searching) error {
	var tuned *experiment.Tuned
	err := s.run(ctx, func() (err error) {
		tuned, err = s.Experiment.Fit(ctx, s.asItIs, s.trials.Evaluate)
		return err
	})
	if err != nil {
		return err
	}
	v := s.tunedView(tuned)
	if err := s.writeTuned(v, tuned); err != nil {
		return err
	}
	if a.json {
		return encodeJSON(a.out, v)
	}
	return v.writeText(a.out, s)
}

// The files that tune leaves in DIR/tune.
const (
	tuneDir    = "tune"
	tuneFile   = "tune.json"
	policyFile = "tuned.yaml"
)

func (s *searching) writeTuned(v *tunedView, t *experiment.Tuned) error {
	o, err := createOutput(filepath.Join(s.out, tuneDir), true)
	if err != nil {
		return err
	}
	defer o.abandon()
	if err := writeJSONFile(o.path(tuneFile), v); err != nil {
		return err
	}
	policy := *t.Best.Point.Policy
	policy.Policy += "-tuned"
	text, err := settings.Encode(&policy)
	if err == nil {
		err = os.WriteFile(o.path(policyFile), text, 0o644)
	}
	if err == nil {
		err = writePlots(o, s.tunedPlots(t))
	}
	if err != nil {
		return failure{err}
	}
	return o.commit()
}

// plotsFile has the numbers of the plots beside it.
const plotsFile = "plots.json"

func writePlots(o *output, plots []report.Plot) error {
	if err := report.WritePlots(o.temp, plots); err != nil {
		return err
	}
	return writeInto(o.path(plotsFile), func(w io.Writer) error { return report.SavePlots(w, plots) })
}

func writeJSONFile(path string, v any) error {
	f, err := os.Create(path)
	if err != nil {
		return failure{fileError(path, err)}
	}
	if err := encodeJSON(f, v); err != nil {
		f.Close()
		return failure{fileError(path, err)}
	}
	if err := f.Close(); err != nil {
		return failure{fileError(path, err)}
	}
	return nil
}
