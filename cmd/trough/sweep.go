package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"trough.internal/models/settings"
	"trough.internal/policies"
	"trough.internal/report/stats"
	"trough.internal/sim"
	"trough.internal/sim/experiment"
)

func (a *app) sweep() *cobra.Command {
	var out, shard string
	var workers int
	var doc bool
	c := &cobra.Command{
		Use:   "sweep EXPERIMENT",
		Short: "Run many policies and parameters on one scenario, over seeds",
		Long: `Lays out the points of an experiment's file (policies and axes of parameters), runs each under every seed, side by side on
all cores over one decoded trace, and leaves a directory with one file for each cell (a point under a seed) and all of them
in results.parquet, one row for each cell.

A cell's name is a hash of all that it depends on: scenario, policy, parameters, the traces' content, seed and build. So a
sweep that was interrupted goes on where it was, and one with more points or seeds computes only those. A cell that failed
is recorded with its error, and tried again by the next call.

The directory may be a bucket of S3, or of what speaks its protocol: -o 's3://bucket/prefix', with ?region=..., &endpoint=URL
and &path_style=true where they are needed. Credentials come from where Amazon's tools look for them.

With --shard i/n it computes the i-th of n parts of the cells, and leaves cells alone; several may write to one directory at
once, from as many machines. --shard auto/n takes i from the array that the call is a task of, by
` + arrayVariables() + `.
sweep merge verifies that all cells are there, and makes results.parquet of them.`,
		Example: `  trough sweep testdata/experiments/small.yaml --data testdata/traces -o out/small
  trough sweep testdata/experiments/small.yaml --describe     every key of an experiment's file
  trough sweep testdata/experiments/small.yaml --data testdata/traces -o out/parts --shard 1/2
  trough sweep my-experiment.yaml -o out/mine --workers 1
  trough sweep my-experiment.yaml -o 's3://my-bucket/mine?region=us-east-1'`,
		Args:              oneArg("an experiment's file"),
		ValidArgsFunction: cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault),
		RunE: func(cmd *cobra.Command, args []string) error {
			if doc {
				return a.describeExperiment(args[0])
			}
			if out == "" {
				return fmt.Errorf("sweep: expected a directory for its results: -o DIR")
			}
			workers, err := workersOf(workers)
			if err != nil {
				return err
			}
			part, err := parseShard(shard, os.Getenv)
			if err != nil {
				return err
			}
			x, err := a.loadExperiment(args[0])
			if err != nil {
				return err
			}
			if part.Of > 0 {
				return a.runShard(cmd.Context(), x, out, workers, part)
			}
			return a.runSweep(cmd.Context(), x, out, workers)
		},
	}
	c.Flags().StringVarP(&out, "out", "o", "", "directory or s3://bucket/prefix of the results; one of an earlier call is gone on with")
	c.Flags().IntVar(&workers, "workers", 0, "cells that are computed side by side; 0 is one on each core")
	c.Flags().StringVar(&shard, "shard", "", "compute the i-th of n parts: i/n, or auto/n in a task of an array")
	c.Flags().BoolVar(&doc, "describe", false, "list every key of the experiment's file with value, default, range and meaning")
	c.MarkFlagDirname("out")
	c.AddCommand(a.sweepMerge())
	return c
}

// workersOf is the flag's number, or one for each core.
func workersOf(flag int) (int, error) {
	if flag < 0 || flag > 1024 {
		return 0, fmt.Errorf("--workers is %d: expected 1 to 1024, or 0 for one on each core", flag)
	}
	if flag == 0 {
		return workersMost(), nil
	}
	return flag, nil
}

func (a *app) describeExperiment(name string) error {
	e, err := readExperiment(name)
	if err != nil {
		return err
	}
	if a.json {
		return encodeJSON(a.out, describe(e))
	}
	_, err = io.WriteString(a.out, settingsText(describe(e)))
	return err
}

func readExperiment(name string) (*experiment.Experiment, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fileError(name, err)
	}
	return experiment.Parse(name, text)
}

// loadedExperiment is an experiment laid out, with what its cells need.
type loadedExperiment struct {
	*experiment.Plan
	base   *sim.Scenario
	files  dataFiles
	engine string
}

type planner func(*experiment.Experiment, *sim.Scenario, []*policies.Settings, map[string]string, string) (*experiment.Plan, error)

// loadExperiment reads an experiment's file, its scenario and its policies, and lays it out.
func (a *app) loadExperiment(name string) (*loadedExperiment, error) {
	e, err := readExperiment(name)
	if err != nil {
		return nil, err
	}
	return a.planned(name, e, experiment.Lay)
}

// planned reads what an experiment names, and makes its plan: laid out, or open for a search.
func (a *app) planned(name string, e *experiment.Experiment, plan planner) (*loadedExperiment, error) {
	base, err := loadScenario(beside(name, e.Scenario))
	if err != nil {
		return nil, fmt.Errorf("%s: scenario: %w", name, err)
	}
	named, err := experimentPolicies(name, e.Policies)
	if err != nil {
		return nil, err
	}
	files := dataFiles{a.data}
	inputs, err := hashes(base, files)
	if err != nil {
		return nil, err
	}
	engine, err := engineName()
	if err != nil {
		return nil, err
	}
	p, err := plan(e, base, named, inputs, engine)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	x := &loadedExperiment{Plan: p, base: base, files: files, engine: engine}
	return x, x.check(name, base)
}

// check builds the base scenario, and makes every point's policy on it: what is wrong with all of a sweep is said before it.
func (x *loadedExperiment) check(name string, base *sim.Scenario) error {
	built, err := base.Build(x.files)
	if err != nil {
		return fmt.Errorf("%s: scenario %s: %w", name, base.Name, err)
	}
	for i := range x.Points {
		c := candidate{x.Points[i].Policy.Policy, x.Points[i].Policy}
		if _, err := c.make(built.World.Pools[:built.Lendable()]); err != nil && x.Points[i].World == 0 {
			return fmt.Errorf("%s: point %d (%s): %w", name, i+1, x.Values(&x.Points[i]), err)
		}
	}
	return nil
}

// beside is a file that another one names: from the other's folder on. Names of built-in ones stay as they are.
func beside(file, name string) string {
	if !isFile(name) || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(file), name)
}

func experimentPolicies(file string, list []settings.Raw) ([]*policies.Settings, error) {
	var named []*policies.Settings
	for i, raw := range list {
		set := new(policies.Settings)
		err := raw.Decode(set)
		if raw.Kind() == "value" {
			set, err = loadPolicy(beside(file, raw.String()))
		}
		if err != nil {
			return nil, fmt.Errorf("%s: policies[%d]: %w", file, i, err)
		}
		for _, other := range named {
			if other.Policy == set.Policy {
				return nil, fmt.Errorf("%s: policies[%d]: another policy is called %s too: expected names that differ", file, i, set.Policy)
			}
		}
		named = append(named, set)
	}
	return named, nil
}

// engineName says what computes: the build, and the hash of the program, since builds of changed sources have one name.
func engineName() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", failure{err}
	}
	sum, err := hashFile(path)
	if err != nil {
		return "", failure{err}
	}
	return fmt.Sprintf("%.12s, program %.16s", buildName(), sum), nil
}

// runSweep computes all cells, look by look where it may stop early. Which seeds are in a look is set before the first run.
func (a *app) runSweep(ctx context.Context, x *loadedExperiment, out string, workers int) error {
	looks := []stats.Look{{Runs: x.Experiment.Seeds}}
	if x.Experiment.UntilHalfWidth > 0 {
		looks = stats.Looks(x.Experiment.Seeds)
	}
	computed := 0
	var s *swept
	for _, look := range looks {
		part := x.underSeeds(look.Runs)
		store, n, err := a.computeCells(ctx, x, part.Cells, out, workers)
		if err != nil {
			return err
		}
		results, err := store.collect(part.Cells)
		if err != nil {
			return kept(ctx, err, out)
		}
		computed += n
		s = &swept{loadedExperiment: part, results: results, computed: computed, out: store, of: look.Of, planned: x.Experiment.Seeds}
		if look.Runs == x.Experiment.Seeds || s.narrow() {
			break
		}
	}
	return kept(ctx, a.conclude(s), out)
}

// underSeeds is the experiment with its first seeds alone.
func (x *loadedExperiment) underSeeds(n int) *loadedExperiment {
	part, plan, e := *x, *x.Plan, *x.Experiment
	e.Seeds = n
	plan.Experiment = &e
	plan.Cells = slices.DeleteFunc(slices.Clone(x.Cells), func(c experiment.Cell) bool { return c.Seed >= e.FirstSeed+uint64(n) })
	part.Plan = &plan
	return &part
}

// computeCells computes those of some cells that a folder does not hold.
func (a *app) computeCells(ctx context.Context, x *loadedExperiment, cells []experiment.Cell, out string, workers int) (*cellFolder, int, error) {
	store, err := openCells(ctx, out, x)
	if err != nil {
		return nil, 0, err
	}
	p := newProgress(a.err, "sweep "+x.Experiment.Experiment)
	work := a.cellWork(x, workers)
	work.Done = func(done, all int) { p.of(done, all, "cells") }
	computed, err := experiment.Run(ctx, cells, store, work)
	p.done()
	if ctx.Err() != nil {
		err = interruption{fmt.Errorf("interrupted: %d new cells are kept in %s: the same call goes on with the rest", computed, out)}
	}
	return store, computed, err
}

// kept is the error of a sweep that has all its cells, and was interrupted while it read them again or wrote what they come to.
func kept(ctx context.Context, err error, out string) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	return interruption{fmt.Errorf("interrupted: all cells are kept in %s: the same call goes on", out)}
}

// conclude writes results.parquet, and prints what came of a sweep.
func (a *app) conclude(s *swept) error {
	if err := s.writeResults(); err != nil {
		return err
	}
	if err := s.writeSummary(); err != nil {
		return err
	}
	print := s.writeText
	if a.json {
		print = s.writeJSON
	}
	if err := print(a.out); err != nil {
		return err
	}
	return s.failures(s.byPoint(s.results))
}
