package main

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/spf13/cobra"

	"trough.internal/models/settings"
)

// seedsEnough is how many seeds a page needs so that its intervals say something about the scenario.
const seedsEnough = 20

func (a *app) reproduce() *cobra.Command {
	var seeds int
	var out string
	var force bool
	c := &cobra.Command{
		Use:   "reproduce [NAME...]",
		Short: "Set the figures of published borrowing systems beside ours",
		Long: `Runs the scenarios that are made after published systems, all or those that are named, each over several seeds, and prints
one table: the article's figure, the band that was set before the first run, our mean over the seeds with its interval,
and whether the band holds it. With -o it also leaves pages with what of each scenario is from the article, recorded,
assumed and calibrated (reproduce.md, reproduce.html), the table as data (reproduce.json) and a plot for each scenario.`,
		Example: `  trough reproduce season
  trough reproduce netflix-realtime --seeds 1 -o out/reproduce     a quick look: a figure to be quoted needs 20 seeds
  trough reproduce season --seeds 3 --json`,
		ValidArgsFunction: completeReproductions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if seeds < 1 || seeds > 1000 {
				return fmt.Errorf("--seeds is %d: expected a number from 1 to 1000", seeds)
			}
			list, err := pick(reproductions(), args)
			if err != nil {
				return err
			}
			r := &reproducing{app: a, list: list, seeds: seeds, workers: workersMost()}
			return r.reproduce(cmd.Context(), out, force)
		},
	}
	c.Flags().IntVar(&seeds, "seeds", seedsEnough, "how many seeds to run each scenario under: 1, 2, and so on")
	c.Flags().StringVarP(&out, "out", "o", "", "folder to write pages, data and plots into")
	c.Flags().BoolVar(&force, "force", false, "replace existing pages, data and plots")
	c.MarkFlagDirname("out")
	return c
}

func completeReproductions(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
	return beginning(namesOf(reproductions()), begun), cobra.ShellCompDirectiveNoFileComp
}

func namesOf(list []reproduction) []string {
	names := make([]string, len(list))
	for i := range list {
		names[i] = list[i].name
	}
	return names
}

// pick returns the reproductions of these names in the list's order; all if there are none.
func pick(list []reproduction, names []string) ([]reproduction, error) {
	if len(names) == 0 {
		return list, nil
	}
	known := namesOf(list)
	for _, name := range names {
		if slices.Contains(known, name) {
			continue
		}
		if near, ok := settings.Nearest(name, known); ok {
			return nil, fmt.Errorf("there is nothing to reproduce of the name %q: did you mean %q?", name, near)
		}
		return nil, fmt.Errorf("there is nothing to reproduce of the name %q: expected some of %v", name, known)
	}
	var picked []reproduction
	for _, r := range list {
		if slices.Contains(names, r.name) {
			picked = append(picked, r)
		}
	}
	return picked, nil
}

// reproducing is one call of the command.
type reproducing struct {
	*app
	list    []reproduction
	seeds   int
	workers int
}

func (r *reproducing) reproduce(ctx context.Context, out string, force bool) error {
	var to *output
	if out != "" { // refused before the work, not after
		var err error
		if to, err = createOutput(out, force, r.files()...); err != nil {
			return err
		}
		defer to.abandon()
	}
	measured, err := r.measure(ctx)
	if err != nil {
		return err
	}
	rows := r.rows(measured)
	if to != nil {
		if err := r.writePages(ctx, to, rows); err != nil {
			return err
		}
	}
	if r.json {
		return encodeJSON(r.out, rows)
	}
	if err := r.writeTable(rows); err != nil {
		return err
	}
	if out != "" {
		fmt.Fprintf(r.out, "\npages: %s/reproduce.md and reproduce.html; data: reproduce.json\n", out)
	}
	return nil
}

// measure runs every scenario under every seed, and returns what was measured by scenario and seed. Each run is its own,
// so that neither the number of workers nor their order changes anything.
func (r *reproducing) measure(ctx context.Context) ([][]map[string]float64, error) {
	measured := make([][]map[string]float64, len(r.list))
	for i := range measured {
		measured[i] = make([]map[string]float64, r.seeds)
	}
	quiet := *r.app
	quiet.quiet = true
	p := newProgress(r.err, "reproduce")
	defer p.done()
	err := inParallel(ctx, r.workers, len(r.list)*r.seeds, p, "runs", func(n int) (err error) {
		i, seed := n/r.seeds, n%r.seeds
		measured[i][seed], err = r.list[i].measure(ctx, &quiet, uint64(seed+1))
		return err
	})
	return measured, err
}

// measure runs one scenario under one seed, and holds what it gives against what it says that it gives.
func (r *reproduction) measure(ctx context.Context, a *app, seed uint64) (map[string]float64, error) {
	values, err := r.run(ctx, a, seed)
	if err != nil {
		return nil, fmt.Errorf("%s, seed %d: %w", r.name, seed, err)
	}
	listed := 0
	for _, f := range r.figures {
		v, there := values[f.figure]
		if !there {
			continue
		}
		if listed++; math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, failure{fmt.Errorf("%s, seed %d: %s is %v", r.name, seed, f.figure, v)}
		}
	}
	if listed != len(values) {
		return nil, failure{fmt.Errorf("%s, seed %d: of %d figures only %d are announced", r.name, seed, len(values), listed)}
	}
	return values, nil
}
