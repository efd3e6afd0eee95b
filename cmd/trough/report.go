package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"trough.internal/report"
	"trough.internal/report/page"
)

func (a *app) report() *cobra.Command {
	r := &reporting{app: a}
	c := &cobra.Command{
		Use:   "report RUN... -o DIR",
		Short: "Write the report of a run, of several side by side, or of an experiment, as one HTML file and its plots and figures",
		Long: `Reads run directories, and nothing else, and writes a report: report.html, which opens from disk and needs no
network, the same plots as PNG, SVG and PDF, and the figures as CSV, JSON and Markdown.

Of several runs of one scenario, seed and span it sets the figures side by side, with paired differences against the run
that borrowed nothing, or else against the first one named. Runs that differ in more than their policy are refused;
with --anyway they stand side by side, and nothing is said about their differences.

Of the directory of a sweep, with what tune and walk came to there, it shows how figures answer to the parameters, the Pareto
front, what was chosen and what days that the choice has not seen say of it, and all points with their intervals and verdicts.

With --week it is about one ISO week, from Monday 00:00 UTC on, and compares with the week before where the run has it.
The figures of a week are made anew of the run's ledger and attempts at jobs: those that need more than that are left out.`,
		Example: `  trough report out/demo/full -o out/report
  trough report out/demo/full out/demo/never -o out/report
  trough report out/demo/full --week 2015-W41 -o out/week41
  trough report out/small -o out/points`,
		Args: someArgs("a run directory"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if r.out == "" {
				return errors.New("report: expected -o DIR, where the report is to be")
			}
			if i := slices.IndexFunc(args, isStudy); i >= 0 {
				if len(args) > 1 {
					return fmt.Errorf("%s holds an experiment: expected it alone, or runs", args[i])
				}
				return r.writeStudy(cmd.Context(), args[i])
			}
			return r.write(cmd.Context(), args)
		},
	}
	c.Flags().StringVarP(&r.out, "out", "o", "", "directory to write")
	c.Flags().StringVar(&r.week, "week", "", "ISO week to report, as 2015-W41 (default: the whole run)")
	c.Flags().BoolVar(&r.anyway, "anyway", false, "set runs of other scenarios, seeds or spans side by side, too")
	c.Flags().BoolVar(&r.force, "force", false, "replace an existing report")
	c.Flags().BoolVar(&r.noPlots, "no-plots", false, "leave out the plots beside the page")
	c.MarkFlagDirname("out")
	return c
}

// reporting is one call of the command.
type reporting struct {
	*app
	out, week     string
	anyway, force bool
	noPlots       bool
	runs          []*reportedRun
	weekly        *isoWeek // nil: the whole of the runs
	notComparable string   // why nothing is said about differences; empty: it is
}

// The files of a report, beside the folder of plots.
const (
	reportPage     = "report.html"
	reportJSON     = "figures.json"
	reportMarkdown = "figures.md"
	reportCSV      = "figures.csv"
	reportEpisodes = "episodes.csv"
	reportDays     = "days.csv"
	reportPlots    = "plots"
)

func (r *reporting) write(ctx context.Context, dirs []string) error {
	if err := r.open(dirs); err != nil {
		return err
	}
	out, err := createOutput(r.out, r.force, reportPage, reportJSON, reportMarkdown, reportCSV, reportEpisodes, reportDays, reportPlots)
	if err != nil {
		return err
	}
	defer out.abandon()
	progress := newProgress(r.err, "report")
	defer progress.done()
	progress.say("reading")
	if err := r.read(ctx, progress); err != nil {
		return err
	}
	p := r.page()
	progress.say("page")
	for _, file := range []struct {
		name  string
		write func(io.Writer) error
	}{{reportPage, p.Write}, {reportJSON, r.comparison().WriteJSON}, {reportMarkdown, r.comparison().WriteMarkdown}, {reportCSV, r.figuresCSV},
		{reportEpisodes, r.episodesCSV}, {reportDays, r.daysCSV}} {
		if err := writeInto(out.path(file.name), file.write); err != nil {
			return err
		}
	}
	if err := r.plots(ctx, p, out, progress); err != nil {
		return err
	}
	return r.finish(ctx, out, progress)
}

// finish gives the report's files their names.
func (r *reporting) finish(ctx context.Context, out *output, progress *progress) error {
	if ctx.Err() != nil {
		return failure{ctx.Err()}
	}
	if err := out.commit(); err != nil {
		return err
	}
	progress.done()
	fmt.Fprintf(r.app.out, "%s/%s\n", r.out, reportPage)
	return nil
}

func writeInto(path string, write func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return failure{fileError(path, err)}
	}
	if err := errors.Join(write(f), f.Close()); err != nil {
		return failure{fileError(path, err)}
	}
	return nil
}

// plots draws every chart of the page but those of single pools into files.
func (r *reporting) plots(ctx context.Context, p *page.Page, out *output, progress *progress) error {
	var charts []report.Plot
	for i := range p.Runs {
		run := &p.Runs[i]
		own := append([]report.Chart{}, run.Charts...)
		for _, g := range run.Groups {
			if g.Title != poolGroup {
				for _, u := range g.Uses {
					own = append(own, u.Chart)
				}
			}
		}
		for _, c := range own {
			if len(p.Runs) > 1 {
				c.Name = fmt.Sprintf("run%d-%s", i+1, c.Name)
			}
			charts = append(charts, &c)
		}
	}
	return r.plotFiles(ctx, charts, out, progress)
}

// plotFiles writes plots as PNG, SVG and PDF, several at once.
func (r *reporting) plotFiles(ctx context.Context, plots []report.Plot, out *output, progress *progress) error {
	if r.noPlots || len(plots) == 0 {
		return nil
	}
	if err := os.Mkdir(out.path(reportPlots), 0o755); err != nil {
		return failure{fileError(out.path(reportPlots), err)}
	}
	return inParallel(ctx, workersMost(), len(plots), progress, "plots", func(i int) error {
		for _, f := range report.Files(plots[i]) {
			if err := writeInto(out.path(reportPlots+"/"+f.Name), f.Write); err != nil {
				return err
			}
		}
		return nil
	})
}
