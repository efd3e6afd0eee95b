package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"trough.internal/models/settings"
	"trough.internal/report"
	"trough.internal/report/stats"
)

func (a *app) compare() *cobra.Command {
	var f jobFlags
	var names []string
	var out, until string
	var seeds int
	ratio := priceRatioDefault
	c := &cobra.Command{
		Use:   "compare SCENARIO -p POLICY -p POLICY...",
		Short: "Run several policies on the same arrivals and luck, side by side",
		Long: `Runs several policies on one scenario, and policy never with them. All meet the same market, the same arrivals
and the same luck, so that what differs is the policies' doing; differences are against never if it is one of them, else
against the first one named. Each has an interval over days and a verdict, both corrected for the number of policies that
were tried; of less than two weeks there is no verdict.

Each policy's value is its work less --price-ratio times its overdraft; its regret is how far that is from the hindsight
optimum, between the best of the policies compared and the bound that none can beat (see trough optimum).

With --seeds all of it is done under that many seeds, from the scenario's own on, and figures are means over them. With
--until-half-width it may stop at a quarter or half of the seeds: when the difference in work completed of every policy
has an interval of at most so much up and down, as a share of the work that the reference completed.`,
		Example: `  trough compare netflix-realtime -p full -p availability
  trough compare netflix-realtime -p full -p my-policy.yaml -o out/change     a run directory for each, and compare.json
  trough compare netflix-realtime -p full -p availability --seeds 8 --until-half-width 2%`,
		Args:              oneArg("a scenario"),
		ValidArgsFunction: completeScenarios,
		RunE: func(cmd *cobra.Command, args []string) error {
			r := &comparing{app: a, scenario: args[0], flags: &f, seeds: seeds, ratio: ratio, workers: workersMost()}
			if err := r.read(names, until); err != nil {
				return err
			}
			return r.compare(cmd.Context(), out)
		},
	}
	f.add(c.Flags())
	c.Flags().StringArrayVarP(&names, "policy", "p", nil, "policy to run (at least two)")
	c.Flags().StringVarP(&out, "out", "o", "", "directory to write: a run directory for each policy if there is one seed, and compare.json")
	c.Flags().Var(&ratio, "price-ratio", priceRatioUsage)
	c.Flags().IntVar(&seeds, "seeds", 1, "how many seeds to run under, one after another from the first")
	c.Flags().StringVar(&until, "until-half-width", "", "stop early where the difference in work completed is known this well, as 2%")
	f.complete(c)
	return c
}

// comparing is one call of the command.
type comparing struct {
	*app
	scenario   string
	flags      *jobFlags
	seeds      int
	ratio      priceRatio     // of the values
	halfWidth  settings.Share // that is narrow enough, of the reference's work completed; 0: do all seeds
	workers    int
	first      *job // under the first seed
	candidates []candidate
}

// read checks what the user gave.
func (r *comparing) read(names []string, until string) (err error) {
	if r.seeds < 1 || r.seeds > seedsMost {
		return fmt.Errorf("--seeds is %d: expected a number from 1 to %d", r.seeds, seedsMost)
	}
	if until != "" {
		if err := r.halfWidth.UnmarshalText([]byte(until)); err != nil {
			return fmt.Errorf("--until-half-width is %q: %w", until, err)
		}
		switch {
		case r.halfWidth <= 0:
			return fmt.Errorf("--until-half-width is %q: expected more than 0%%", until)
		case r.seeds == 1:
			return fmt.Errorf("--until-half-width says when fewer seeds are enough: expected --seeds of 2 or more with it")
		}
	}
	if r.first, err = r.prepare(r.scenario, r.flags); err != nil {
		return err
	}
	r.candidates, err = r.first.candidates(names, r.flags.set)
	return err
}

// candidates reads the policies to compare; their names must differ, since they name columns and directories.
func (j *job) candidates(names []string, set []string) ([]candidate, error) {
	if len(names) < 2 {
		return nil, fmt.Errorf("compare: expected at least two policies, as -p full -p availability")
	}
	var all []candidate
	for _, name := range names {
		c, err := j.candidate(name, set)
		if err != nil {
			return nil, err
		}
		for _, other := range all {
			if other.name == c.name {
				return nil, fmt.Errorf("compare: two policies are called %s: give one another name (policy: in its file)", c.name)
			}
		}
		all = append(all, c)
	}
	return all, nil
}

func (r *comparing) compare(ctx context.Context, out string) error {
	comparison, err := r.run(ctx, out)
	if err != nil {
		return err
	}
	if r.json {
		return comparison.WriteJSON(r.out)
	}
	if err := comparison.WriteText(r.out, r.flags.detail()); err != nil {
		return err
	}
	switch {
	case out != "" && r.seeds == 1:
		fmt.Fprintf(r.out, "\nrun directories and compare.json: %s\n", out)
	case out != "":
		fmt.Fprintf(r.out, "\ncompare.json: %s (trough backtest --seed N -o leaves the run directory of one)\n", out)
	}
	return nil
}

// run plays and compares; if out is named, it leaves a directory there.
func (r *comparing) run(ctx context.Context, out string) (*report.Comparison, error) {
	var dir *runDir
	if out != "" { // refused before the work, not after
		var err error
		if dir, err = createDir(out, r.flags.force); err != nil {
			return nil, err
		}
		defer dir.abandon()
	}
	var comparison *report.Comparison
	var err error
	if r.seeds == 1 {
		comparison, err = r.oneSeed(ctx, dir)
	} else {
		comparison, err = r.manySeeds(ctx)
	}
	if err != nil || dir == nil {
		return comparison, err
	}
	return comparison, finishCompare(comparison, dir)
}

// oneSeed plays all candidates under the first seed; with a directory it leaves their runs there.
func (r *comparing) oneSeed(ctx context.Context, dir *runDir) (*report.Comparison, error) {
	r.first.hear()
	without, err := r.playNever(ctx, r.first)
	if err != nil {
		return nil, err
	}
	s := underSeed{without: without}
	for _, c := range r.candidates {
		p, err := r.playInto(ctx, r.first, c, without, dir)
		if err != nil {
			return nil, err
		}
		s.played = append(s.played, p)
	}
	if err := r.weigh(ctx, r.first, s.played, float64(r.ratio)); err != nil {
		return nil, err
	}
	if dir != nil { // what each is worth is known only now
		for _, p := range s.played {
			if err := r.first.writeSummary(filepath.Join(dir.temp, p.name), p, without); err != nil {
				return nil, err
			}
		}
	}
	return r.comparison([]underSeed{s}, stats.Look{Runs: 1}), nil
}

func (a *app) playInto(ctx context.Context, j *job, c candidate, without *played, dir *runDir) (*played, error) {
	switch {
	case dir != nil:
		return a.writeRun(ctx, j, c, without, filepath.Join(dir.temp, c.name))
	case without != nil && c.name == without.name:
		return without, nil
	}
	return a.play(ctx, j.scenario, j.built, c, nil, nil)
}

func finishCompare(c *report.Comparison, dir *runDir) error {
	path := filepath.Join(dir.temp, "compare.json")
	f, err := os.Create(path)
	if err != nil {
		return failure{fileError(path, err)}
	}
	if err := errors.Join(c.WriteJSON(f), f.Close()); err != nil {
		return failure{fileError(path, err)}
	}
	return dir.commit()
}
