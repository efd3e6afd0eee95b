package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"trough.internal/sim/experiment"
)

// arrays are the engines' variables that say which task of an array a process is, and what the first task's is.
//
// Note: Slurm's SLURM_ARRAY_TASK_MIN and _COUNT are of no use: where the shards that are missing run again, they are those of
// this smaller array. So an array of Slurm counts from 1, and n is always stated.
var arrays = []struct {
	variable string
	first    int
}{
	{"SLURM_ARRAY_TASK_ID", 1},
	{"JOB_COMPLETION_INDEX", 0}, // Kubernetes, of an Indexed Job
	{"AWS_BATCH_JOB_ARRAY_INDEX", 0},
}

// arrayVariables are their names, for --help.
func arrayVariables() string {
	var names []string
	for _, a := range arrays {
		names = append(names, a.variable)
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}

// parseShard reads --shard: i/n, or auto/n for the task of an array that the environment says this is. Not given it is the
// zero shard, whatever the environment says: a sweep in a shell that an engine opened is a whole one.
func parseShard(text string, env func(string) string) (experiment.Shard, error) {
	if text == "" {
		return experiment.Shard{}, nil
	}
	from := "--shard"
	if of, auto := strings.CutPrefix(text, "auto/"); auto {
		variable, index, err := arrayTask(env)
		if err != nil {
			return experiment.Shard{}, err
		}
		from += " " + text + ", by " + variable + "=" + env(variable)
		text = strconv.Itoa(index) + "/" + of
	}
	s, err := experiment.ParseShard(text)
	if err != nil {
		return s, fmt.Errorf("%s: %w", from, err)
	}
	return s, nil
}

// arrayTask is which task of its array this process is, from 1 on, and the variable that says so.
func arrayTask(env func(string) string) (string, int, error) {
	set := -1
	for i, a := range arrays {
		switch {
		case env(a.variable) == "":
		case set >= 0:
			return "", 0, fmt.Errorf("--shard auto: %s and %s are set: say which by --shard i/n", arrays[set].variable, a.variable)
		default:
			set = i
		}
	}
	if set < 0 {
		return "", 0, fmt.Errorf("--shard auto: this is no task of an array: expected %s to be set", arrayVariables())
	}
	a := arrays[set]
	index, err := strconv.Atoi(env(a.variable))
	if err != nil || index < a.first {
		return "", 0, fmt.Errorf("--shard auto: %s is %q: expected a whole number from %d on", a.variable, env(a.variable), a.first)
	}
	return a.variable, index - a.first + 1, nil
}

// shardDone is what came of a shard.
type shardDone struct {
	Experiment string `json:"experiment"`
	Shard      int    `json:"shard"`
	Of         int    `json:"of"`
	Engine     string `json:"engine"`
	Cells      int    `json:"cells"`
	Computed   int    `json:"computed"`
	Failed     int    `json:"failed"`

	out *cellFolder
}

// runShard computes a shard's cells and no more: what they come to is known when all are there.
func (a *app) runShard(ctx context.Context, x *loadedExperiment, out string, workers int, s experiment.Shard) error {
	if x.Experiment.UntilHalfWidth > 0 {
		return fmt.Errorf("until_half_width is %s: a shard knows its own cells alone, and cannot see when to stop: expected 0%% with --shard", x.Experiment.UntilHalfWidth)
	}
	cells := s.Cells(x.Cells)
	store, computed, err := a.computeCells(ctx, x, cells, out, workers)
	if err != nil {
		return err
	}
	results, err := store.collect(cells)
	if err != nil {
		return kept(ctx, err, out)
	}
	d := shardDone{Experiment: x.Experiment.Experiment, Shard: s.Index, Of: s.Of, Engine: x.engine, Cells: len(cells), Computed: computed, out: store}
	for _, r := range results {
		if r.Failed != "" {
			d.Failed++
		}
	}
	if a.json {
		err = encodeJSON(a.out, d)
	} else {
		err = d.writeText(a.out)
	}
	if err != nil {
		return err
	}
	return x.failures(byPoint(cells, results))
}

func (d *shardDone) writeText(w io.Writer) error {
	_, err := fmt.Fprintf(w, "experiment %s, shard %d of %d: %d cells, %d of them computed now, %d failed\ncells: %s; `trough sweep merge` makes %s when all shards are done\n",
		d.Experiment, d.Shard, d.Of, d.Cells, d.Computed, d.Failed, d.out.Place(""), resultsFile)
	return err
}
