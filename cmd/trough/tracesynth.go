package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"trough.internal/models"
	"trough.internal/models/encoding"
	"trough.internal/models/settings"
	"trough.internal/models/synth"
	"trough.internal/sim"
	"trough.internal/traces"
)

// synthetic is what all generators are told.
type synthetic struct {
	out   string
	set   []string
	seed  uint64
	from  string
	days  int
	force bool
	doc   bool
}

func (a *app) traceSynth() *cobra.Command {
	return group(&cobra.Command{
		Use:   "synth",
		Short: "Make a synthetic trace",
		Long: `Makes a trace from one of the generators that scenarios use too (keys market, encoding and workload_w), to look at it
or to have it as a file. Nothing in it is measured.`,
		Example: `  trough trace synth market -o market.parquet --days 3
  trough trace synth encoding -o jobs.csv --days 1 --set load=0.1
  trough trace synth w -o w.parquet --days 2 --set jobs=20000 --set pools=10
  trough trace synth market --describe`,
	}, a.synthMarket(), a.synthEncoding(), a.synthW())
}

// synthCommand is one generator: its settings, and what writes files from them into an output.
func (a *app) synthCommand(c *cobra.Command, options any, names func(out string) []string,
	write func(ctx context.Context, o *output, names []string, y *synthetic, from models.Instant) error) *cobra.Command {
	var y synthetic
	c.Args = noArgs
	c.RunE = func(c *cobra.Command, _ []string) error {
		if y.doc {
			return a.describeOptions(options)
		}
		var from models.Instant
		if err := from.UnmarshalText([]byte(y.from)); err != nil {
			return fmt.Errorf("--from is %q: %w", y.from, err)
		}
		if y.out == "" || y.days < 1 || y.days > 3660 {
			return fmt.Errorf("%s: expected -o FILE and 1 to 3660 --days, got -o %q --days %d", c.CommandPath(), y.out, y.days)
		}
		if err := setOptions(options, y.set); err != nil {
			return err
		}
		return a.synthesise(c.Context(), &y, from, names(filepath.Base(y.out)), write)
	}
	f := c.Flags()
	f.StringVarP(&y.out, "out", "o", "", "file to write, .parquet or .csv")
	f.StringArrayVar(&y.set, "set", nil, "change a setting (repeatable); see --describe")
	f.Uint64Var(&y.seed, "seed", 1, "seed")
	f.StringVar(&y.from, "from", "2015-10-05T00:00:00Z", "first instant")
	f.IntVar(&y.days, "days", 7, "length in days")
	f.BoolVar(&y.force, "force", false, "replace an existing file")
	f.BoolVar(&y.doc, "describe", false, "list the settings instead")
	return c
}

func (a *app) synthesise(ctx context.Context, y *synthetic, from models.Instant, names []string,
	write func(ctx context.Context, o *output, names []string, y *synthetic, from models.Instant) error) error {
	o, err := createOutput(filepath.Dir(y.out), y.force, names...)
	if err != nil {
		return err
	}
	defer o.abandon()
	if err := write(ctx, o, names, y, from); err != nil {
		return o.named(err)
	}
	if err := o.commit(); err != nil {
		return err
	}
	for i := range names {
		names[i] = filepath.Join(o.dir, names[i])
	}
	return a.wrote(names...)
}

func (a *app) describeOptions(options any) error {
	if a.json {
		return encodeJSON(a.out, describe(options))
	}
	_, err := io.WriteString(a.out, settingsText(describe(options)))
	return err
}

func itself(out string) []string { return []string{out} }

func (a *app) synthMarket() *cobra.Command {
	s := new(synth.Settings)
	settings.Defaults(s)
	return a.synthCommand(&cobra.Command{
		Use:     "market -o FILE",
		Short:   "A capacity trace: a market made to match what Netflix published in 2015",
		Example: `  trough trace synth market -o market.parquet --days 3 --set scale=0.1`,
	}, s, itself, func(ctx context.Context, o *output, names []string, y *synthetic, from models.Instant) error {
		market, err := synth.Market(*s, y.seed, from, y.until(from))
		if err != nil {
			return err
		}
		meta := traces.Meta{Source: "trough trace synth market", Assumed: strings.Join(market.Assumed(), ". "), Until: y.until(from)}
		w, err := traces.CreateCapacity(o.path(names[0]), meta, market.Pools())
		if err != nil {
			return err
		}
		return errors.Join(windows(ctx, market, w, y.until(from)), w.Close())
	})
}

func (y *synthetic) until(from models.Instant) models.Instant {
	return from + models.Instant(y.days)*86400
}

// windows writes a market window by window.
func windows(ctx context.Context, market *synth.Source, w *traces.CapacityWriter, until models.Instant) error {
	w.End(until)
	for {
		window, err := market.Next()
		if err == io.EOF {
			return nil
		}
		if err == nil && ctx.Err() != nil {
			err = failure{ctx.Err()}
		}
		if err != nil {
			return err
		}
		for _, change := range window.Changes {
			if err := w.Append(change); err != nil {
				return err
			}
		}
	}
}

func (a *app) synthEncoding() *cobra.Command {
	s := new(encoding.Settings)
	settings.Defaults(s)
	return a.synthCommand(&cobra.Command{
		Use:     "encoding -o FILE",
		Short:   "A jobs trace: titles, experiments and test suites to be encoded",
		Example: `  trough trace synth encoding -o jobs.parquet --days 1 --set production.titles_per_day=20`,
	}, s, itself, func(ctx context.Context, o *output, names []string, y *synthetic, from models.Instant) error {
		stream, err := encoding.New(*s, y.seed, from, y.until(from))
		if err != nil {
			return err
		}
		meta := traces.Meta{Source: "trough trace synth encoding", Assumed: strings.Join(s.Assumed(), ". ")}
		w, err := traces.CreateJobs(o.path(names[0]), meta, stream.Formats())
		if err != nil {
			return err
		}
		return errors.Join(titles(ctx, stream, w), w.Close())
	})
}

// titles writes a workload title by title.
func titles(ctx context.Context, stream *encoding.Stream, w *traces.JobsWriter) error {
	for {
		jobs, err := stream.Next()
		if err == io.EOF {
			return nil
		}
		if err == nil && ctx.Err() != nil {
			err = failure{ctx.Err()}
		}
		if err != nil {
			return err
		}
		for _, j := range jobs {
			if err := w.Append(j); err != nil {
				return err
			}
		}
	}
}

func (a *app) synthW() *cobra.Command {
	s := new(sim.WorkloadW)
	settings.Defaults(s)
	names := func(out string) []string {
		ending := filepath.Ext(out)
		return []string{strings.TrimSuffix(out, ending) + "-capacity" + ending, strings.TrimSuffix(out, ending) + "-jobs" + ending}
	}
	return a.synthCommand(&cobra.Command{
		Use:     "w -o FILE",
		Short:   "Reference workload W, by formula: a capacity and a jobs trace, FILE-capacity and FILE-jobs",
		Example: `  trough trace synth w -o w.parquet --days 2 --set jobs=20000 --set pools=10`,
	}, s, names, func(_ context.Context, o *output, names []string, y *synthetic, from models.Instant) error {
		w := synth.W{Pools: int(s.Pools), Days: y.days, Jobs: int(s.Jobs), Seed: y.seed, Start: from}
		capacity, jobs := w.Capacity(1440*y.days), w.Trace()
		meta := traces.Meta{Source: "trough trace synth w", Assumed: "all of it, by formula"}
		return errors.Join(
			traces.WriteCapacity(o.path(names[0]), &capacity, meta),
			traces.WriteJobs(o.path(names[1]), &jobs, meta))
	})
}
