package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"trough.internal/report"
	"trough.internal/report/measure"
)

func (a *app) compare() *cobra.Command {
	var f jobFlags
	var names []string
	var out string
	c := &cobra.Command{
		Use:   "compare SCENARIO -p POLICY -p POLICY...",
		Short: "Run several policies on the same arrivals and luck, side by side",
		Long: `Runs several policies on one scenario, and policy never with them. All meet the same market, the same arrivals
and the same luck, so that what differs is the policies' doing; differences are against never if it is one of them, else
against the first one named, with an interval over days.`,
		Example: `  trough compare netflix-realtime -p full -p availability
  trough compare netflix-realtime -p full -p my-policy.yaml -o out/change     a run directory for each, and compare.json`,
		Args:              oneArg("a scenario"),
		ValidArgsFunction: completeScenarios,
		RunE: func(cmd *cobra.Command, args []string) error {
			j, err := a.prepare(args[0], &f)
			if err != nil {
				return err
			}
			cs, err := j.candidates(names, f.set)
			if err != nil {
				return err
			}
			return a.runCompare(cmd.Context(), j, cs, out, f.detail())
		},
	}
	f.add(c.Flags())
	c.Flags().StringArrayVarP(&names, "policy", "p", nil, "policy to run (at least two)")
	c.Flags().StringVarP(&out, "out", "o", "", "directory to write: a run directory for each policy, and compare.json")
	f.complete(c)
	return c
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

func (a *app) runCompare(ctx context.Context, j *job, cs []candidate, out string, detail report.Detail) error {
	comparison, err := a.compareAll(ctx, j, cs, out)
	if err != nil {
		return err
	}
	if a.json {
		return comparison.WriteJSON(a.out)
	}
	if err := comparison.WriteText(a.out, detail); err != nil {
		return err
	}
	if out != "" {
		fmt.Fprintf(a.out, "\nrun directories and compare.json: %s\n", out)
	}
	return nil
}

// compareAll plays all candidates; with a directory it leaves their runs there.
func (a *app) compareAll(ctx context.Context, j *job, cs []candidate, out string) (*report.Comparison, error) {
	var dir *runDir
	if out != "" {
		var err error
		if dir, err = createDir(out, j.force); err != nil {
			return nil, err
		}
		defer dir.abandon()
	}
	without, err := a.playNever(ctx, j)
	if err != nil {
		return nil, err
	}
	comparison := new(report.Comparison)
	var all []*played
	for _, c := range cs {
		p, err := a.playInto(ctx, j, c, without, dir)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
		comparison.Runs = append(comparison.Runs, figures(p, without))
	}
	comparison.Conditions = j.conditions(all[0])
	comparison.Differences = differences(j.scenario.Seed, all)
	if dir == nil {
		return comparison, nil
	}
	return comparison, finishCompare(comparison, dir)
}

// differences are against policy never where it was one of them: what borrowing brings. Else they are against the first
// one named: what a change brings.
func differences(seed uint64, all []*played) []report.Difference {
	reference := all[0]
	for _, p := range all {
		if p.name == "never" {
			reference = p
		}
	}
	var list []report.Difference
	for _, p := range all {
		if p != reference {
			list = append(list, report.Difference{Policy: p.name, Reference: reference.name,
				Figures: measure.Differences(seed, &p.result, &reference.result)})
		}
	}
	return list
}

func (a *app) playInto(ctx context.Context, j *job, c candidate, without *played, dir *runDir) (*played, error) {
	if dir == nil {
		if without != nil && c.name == without.name {
			return without, nil
		}
		return a.play(ctx, j.scenario, j.built, c, nil, nil)
	}
	return a.writeRun(ctx, j, c, without, filepath.Join(dir.temp, c.name))
}

func finishCompare(c *report.Comparison, dir *runDir) error {
	path := filepath.Join(dir.temp, "compare.json")
	f, err := os.Create(path)
	if err != nil {
		return failure{fileError(path, err)}
	}
	if err := c.WriteJSON(f); err != nil {
		f.Close()
		return failure{fileError(path, err)}
	}
	if err := f.Close(); err != nil {
		return failure{fileError(path, err)}
	}
	return dir.commit()
}
