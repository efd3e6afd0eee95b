package main

import (
	"bytes"
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"trough.internal/sim/experiment"
)

func (a *app) sweepMerge() *cobra.Command {
	var out string
	var shards int
	c := &cobra.Command{
		Use:   "merge EXPERIMENT -o DIR [DIR...]",
		Short: "Put a sweep's shards together, and verify that all cells are there",
		Long: `Verifies that every cell of an experiment is there, whole and computed by this build, in the directory of -o or in one of
the others, whose cells are copied into it. Then it leaves results.parquet and prints what a sweep on one machine does, to
the byte. While a cell is missing it says which, and leaves everything as it is. Any of the directories may be a bucket, with
a URL as sweep has it.`,
		Example: `  trough sweep testdata/experiments/small.yaml --data testdata/traces -o out/one --shard 1/2
  trough sweep testdata/experiments/small.yaml --data testdata/traces -o out/two --shard 2/2
  trough sweep merge testdata/experiments/small.yaml --data testdata/traces -o out/merged out/one out/two --shards 2
  trough sweep merge my-experiment.yaml -o out/mine 's3://my-bucket/mine?region=us-east-1'`,
		Args: someArgs("an experiment's file, then directories of shards"),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case out == "":
				return fmt.Errorf("sweep merge: expected a directory for the results: -o DIR")
			case shards < 0 || shards > experiment.ShardsMax:
				return fmt.Errorf("--shards is %d: expected 1 to %d, or 0 where it is not known", shards, experiment.ShardsMax)
			}
			x, err := a.loadExperiment(args[0])
			if err != nil {
				return err
			}
			return a.merge(cmd.Context(), x, out, args[1:], shards)
		},
	}
	c.Flags().StringVarP(&out, "out", "o", "", "directory or s3://bucket/prefix of the results, and of shards that were written there")
	c.Flags().IntVar(&shards, "shards", 0, "into how many shards the cells were divided, to say which of them is missing")
	c.MarkFlagDirname("out")
	return c
}

// merge gathers all cells in out. It writes nothing before it has seen that they are there.
func (a *app) merge(ctx context.Context, x *loadedExperiment, out string, others []string, shards int) error {
	folders, err := openFolders(ctx, append([]string{out}, others...))
	if err != nil {
		return err
	}
	store := folders[0]
	from, err := x.shards(folders)
	if err != nil {
		return err
	}
	p := newProgress(a.err, "merge "+x.Experiment.Experiment)
	gathered, err := gather(ctx, x, from, p)
	p.done()
	if err != nil {
		return err
	}
	if err := x.complete(gathered, shards); err != nil {
		return err
	}
	if err := store.begin(x); err != nil {
		return err
	}
	results := make([]*experiment.Result, len(gathered))
	for i, g := range gathered {
		results[i] = g.result
		if g.from == store {
			continue
		}
		err := ctx.Err()
		if err == nil {
			err = store.Put(x.Cells[i].Address, g.text)
		}
		if ctx.Err() != nil {
			return interruption{fmt.Errorf("interrupted: %s has %d of %d cells: the same call goes on with the rest", out, i, len(x.Cells))}
		}
		if err != nil {
			return err
		}
	}
	return kept(ctx, a.conclude(&swept{loadedExperiment: x, results: results, out: store}), out)
}

func openFolders(ctx context.Context, names []string) ([]*cellFolder, error) {
	var list []*cellFolder
	for _, name := range names {
		f, err := openFolder(ctx, name)
		if err != nil {
			return nil, err
		}
		list = append(list, &cellFolder{f})
	}
	return list, nil
}

// shards are those folders that cells may lie in. Only the first one, that of the results, need not be there yet.
func (x *loadedExperiment) shards(folders []*cellFolder) ([]*cellFolder, error) {
	var from []*cellFolder
	for i, c := range folders {
		there, err := c.find(x)
		switch {
		case err != nil:
			return nil, err
		case there != nil:
			from = append(from, c)
		case i > 0 || len(folders) == 1:
			return nil, fmt.Errorf("%s holds no cells of experiment %s: expected a directory that `trough sweep` wrote", c.Place(""), x.Experiment.Experiment)
		}
	}
	return from, nil
}

// gatheredCell is a cell as it was found; without a result it was not.
type gatheredCell struct {
	from   *cellFolder
	text   []byte // as it lies there
	result *experiment.Result
}

// gather reads every cell wherever it lies. The first directory that has one counts; but a cell that failed in one place and
// not in another did not fail, for the machine may have been to blame. Two results of one cell that differ are an error.
func gather(ctx context.Context, x *loadedExperiment, from []*cellFolder, p *progress) ([]gatheredCell, error) {
	list := make([]gatheredCell, len(x.Cells))
	err := inParallel(ctx, experiment.Readers, len(list), p, "cells", func(i int) error {
		for _, f := range from {
			if err := list[i].add(f, &x.Cells[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return list, err
}

func (g *gatheredCell) add(from *cellFolder, c *experiment.Cell) error {
	text, err := from.Get(c.Address)
	if err != nil || text == nil {
		return err
	}
	result, err := experiment.Unseal(c.Address, text)
	if err != nil {
		return fmt.Errorf("%s %w: remove it, and compute its shard again", from.path(c.Address), err)
	}
	switch {
	case g.result == nil || g.result.Failed != "" && result.Failed == "":
		*g = gatheredCell{from, text, result}
	case result.Failed == "" && !bytes.Equal(text, g.text):
		return fmt.Errorf("%s and %s are results of one cell, by one engine, and differ: remove the wrong one", g.from.path(c.Address), from.path(c.Address))
	}
	return nil
}

// complete names what is missing.
func (x *loadedExperiment) complete(list []gatheredCell, shards int) error {
	var missing, of []int
	for i := range list {
		if list[i].result == nil {
			missing = append(missing, i)
			if shards > 0 {
				of = append(of, experiment.ShardOf(i, len(list), shards))
			}
		}
	}
	if len(missing) == 0 {
		return nil
	}
	where := "compute it with --shard, or say with --shards how many there are"
	if shards > 0 {
		where = fmt.Sprintf("compute shards %s of %d", experiment.ShardList(of), shards)
	}
	return fmt.Errorf("%d of %d cells are missing, the first of them %s: %s", len(missing), len(list), x.cellName(&x.Cells[missing[0]]), where)
}
