package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"trough.internal/cmd/trough/bucket"
	"trough.internal/report/measure"
	"trough.internal/report/stats"
	"trough.internal/sim/experiment"
)

// searchFlags are what tune and walk share.
type searchFlags struct {
	out             string
	workers, budget int
}

func (f *searchFlags) add(c *cobra.Command) {
	c.ValidArgsFunction = cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault)
	c.Flags().StringVarP(&f.out, "out", "o", "", "directory of the results; one of an earlier call, of a sweep's too, is gone on with")
	c.Flags().IntVar(&f.workers, "workers", 0, "cells that are computed side by side; 0 is one on each core")
	c.Flags().IntVar(&f.budget, "budget", 0, "cells that a search may ask for, in the place of tune.budget")
	c.MarkFlagDirname("out")
}

// searching is a search over an experiment's cells.
type searching struct {
	*loadedExperiment
	trials *experiment.Trials
	asItIs *experiment.Trial
	out    string
	shown  *progress
}

// search prepares one. Change may change the experiment, and refuses what it cannot do.
func (a *app) search(command, name string, f *searchFlags, change func(*experiment.Experiment) error) (*searching, error) {
	if f.out == "" {
		return nil, fmt.Errorf("%s: expected a directory for its results: -o DIR", command)
	}
	if bucket.IsURL(f.out) {
		return nil, fmt.Errorf("%s: -o is %q: expected a directory; a bucket is for the cells of a sweep alone", command, f.out)
	}
	workers, err := workersOf(f.workers)
	if err != nil {
		return nil, err
	}
	e, err := readExperiment(name)
	if err != nil {
		return nil, err
	}
	if f.budget < 0 {
		return nil, fmt.Errorf("--budget is %d: expected a number of cells, 1 or more", f.budget)
	}
	if f.budget > 0 {
		e.Tune.Budget = f.budget
	}
	if err := change(e); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	x, err := a.planned(name, e, experiment.Open)
	if err != nil {
		return nil, err
	}
	s := &searching{loadedExperiment: x, out: f.out, shown: newProgress(a.err, command+" "+e.Experiment)}
	work := experiment.KeepWorlds(a.cellWork(x, workers))
	work.Done = func(done, all int) { s.shown.of(done, all, "cells of this round") }
	if s.trials, err = experiment.Begin(x.Plan, nil, work); err == nil {
		// What the method does not fit is said before anything is written.
		_, err = e.NewSearch(nil, nil)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	store := &cellFolder{directory(f.out)}
	s.trials.Store = store
	return s, store.begin(x)
}

// run runs the policy as it is, and then what looks for a better one.
func (s *searching) run(ctx context.Context, look func() error) error {
	var err error
	s.asItIs, err = s.trials.AsItIs(ctx)
	if err == nil {
		err = look()
	}
	s.shown.done()
	if ctx.Err() != nil {
		return failure{fmt.Errorf("interrupted: %d new cells are kept in %s: the same call goes on with the rest", s.trials.Computed, s.out)}
	}
	return err
}

func (s *searching) pairing() measure.Pairing {
	return pairingOf(s.base, stats.Level)
}
