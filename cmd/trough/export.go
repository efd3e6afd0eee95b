package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/cmd/trough-live/journal"
	"trough.internal/cmd/trough/live"
	"trough.internal/models"
	"trough.internal/models/settings"
	"trough.internal/models/zoneinfo"
	"trough.internal/report"
	"trough.internal/report/measure"
	"trough.internal/sim"
)

func (a *app) export() *cobra.Command {
	e := &exporting{app: a}
	c := &cobra.Command{
		Use:   "export JOURNAL -o RUN",
		Short: "Make a run directory of a live journal, with the traces that a backtest of it reads",
		Long: `Reads the journal of trough-live and writes what happened as a backtest writes it: manifest, summary, series,
decisions, attempts at jobs, ledger and plots, which report, why, bill and serve read. What nobody saw, such as the ends of
jobs, is missing from the figures, and the manifest says so.

Beside them lie traces, which a backtest reads: capacity.parquet, with unknown stretches from --hold after a report until the
next one; arrivals.parquet, the jobs that the queues' depths speak of; and scenario.yaml, which names both. workload.parquet,
orders.parquet and switches.parquet hold what the encoding system said, what was ordered, and the evacuations.`,
		Example: `  trough export journal -o out/live
  trough export journal -o out/live --name encoding --hold 10m --force`,
		Args: oneArg("a journal"),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case e.out == "":
				return errors.New("export: expected -o RUN, where the run directory is to be")
			case e.hold < time.Second || e.hold%time.Second != 0:
				return fmt.Errorf("--hold is %s: expected whole seconds, at least one", e.hold)
			}
			return e.write(cmd.Context(), args[0])
		},
	}
	c.Flags().StringVarP(&e.out, "out", "o", "", "run directory to write")
	c.Flags().StringVar(&e.name, "name", "live", "name of the scenario")
	c.Flags().DurationVar(&e.hold, "hold", 5*time.Minute, "for how long after it was true a report is trusted")
	c.Flags().BoolVar(&e.force, "force", false, "replace an existing run directory")
	c.Flags().BoolVar(&e.noPlots, "no-plots", false, "leave out the plots")
	c.MarkFlagDirname("out")
	return c
}

// exporting is one call of the command.
type exporting struct {
	*app
	out, name      string
	hold           time.Duration
	force, noPlots bool

	rec      *live.Recording
	scenario *sim.Scenario
	text     string // the scenario as a user would write it
	setup    measure.Setup
	result   measure.Result
	more     []measure.Figure
	gaps     *gaps
	sampled  []models.SeriesRow
}

func (e *exporting) write(ctx context.Context, from string) error {
	began := time.Now()
	if _, err := os.ReadDir(from); err != nil {
		return fileError(from, err)
	}
	dir, err := createDir(e.out, e.force)
	if err != nil {
		return err
	}
	defer dir.abandon()
	say := newProgress(e.err, "export")
	defer say.done()
	say.say("reading")
	orders, err := e.read(ctx, from, dir.temp)
	if err != nil {
		return err
	}
	if e.scenario, e.text, err = scenarioOf(e.rec, e.name); err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	if err := e.measure(); err != nil {
		return err
	}
	if err := errors.Join(e.writeRun(dir.temp), e.writeTraces(dir.temp, orders)); err != nil {
		return failure{err}
	}
	say.say("plots")
	if err := e.plots(dir.temp); err != nil {
		return err
	}
	summary := e.summary()
	if err := writeInto(filepath.Join(dir.temp, "summary.json"), summary.WriteJSON); err != nil {
		return err
	}
	if err := e.writeManifest(dir.temp, from, began); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return failure{ctx.Err()}
	}
	if err := dir.commit(); err != nil {
		return err
	}
	say.done()
	return e.tell(summary)
}

// read reads the journal, and writes its decisions as it goes.
func (e *exporting) read(ctx context.Context, from, dir string) (*orderLog, error) {
	orders, decisions := new(orderLog), &recordedDecisions{dir: dir}
	rec, err := live.Read(journal.Dir(from), live.Options{Hold: e.hold, Decision: decisions.take, Cycle: func(c *drive.Cycle) error {
		orders.take(c)
		return ctx.Err()
	}})
	if ctx.Err() != nil {
		decisions.close()
		return nil, failure{ctx.Err()}
	}
	if err := errors.Join(err, decisions.close()); err != nil {
		return nil, fmt.Errorf("%s: %w", from, err)
	}
	e.rec = rec
	return orders, nil
}

// measure replays the ledger into figures and series.
func (e *exporting) measure() error {
	r := e.rec
	pools := slices.Clone(r.Pools)
	for i := range pools { // as a report prices them
		p, err := e.scenario.Pool(models.PoolKey{Region: pools[i].Region, Zone: pools[i].Zone, Type: pools[i].Type})
		if err != nil {
			return fmt.Errorf("pool %s: %w", pools[i].Name(), err)
		}
		pools[i].OnDemand, pools[i].Speed = p.OnDemand, p.Speed
	}
	e.setup = measure.Setup{Pools: pools, Borrowers: r.Borrowers, From: r.From, Until: r.Until,
		Billing: measure.Billing{Rules: e.scenario.BillingRules(), OwnerEnds: e.scenario.Billing.OwnerEnds, Seed: e.scenario.Seed}}
	all := measure.New(e.setup)
	sampler := measure.NewSampler(e.setup, 0, func(row models.SeriesRow) {
		if row.Series != models.SeriesQueued || !r.Seen.Workload { // else the queues' own words count
			e.sampled = append(e.sampled, row)
		}
	})
	listening := sinks{all, sampler}
	each := measure.NewBorrowers(e.setup)
	if len(r.Borrowers) > 1 {
		listening = append(listening, each)
	}
	best, worst := measure.New(e.setup), measure.New(e.setup)
	listening = append(listening, measure.Fill{To: best}, measure.Fill{To: worst, Worst: true})
	for _, event := range r.Events {
		listening.Event(event)
	}
	sampler.Finish(r.Until)
	e.result = all.Finish(r.Until)
	if len(r.Borrowers) > 1 {
		e.more = measure.BorrowerFigures(each.Finish(r.Until))
	}
	if e.result.Total.UnknownBorrowedSeconds > 0 {
		e.gaps = &gaps{best.Finish(r.Until), worst.Finish(r.Until)}
	}
	if r.Seen.Workload {
		e.sampled = append(e.sampled, r.Queued...)
		slices.SortStableFunc(e.sampled, func(a, b models.SeriesRow) int { return int(a.At - b.At) })
	}
	return nil
}

func (e *exporting) summary() *report.Summary {
	r := e.rec
	list := e.result.Figures()
	if e.gaps != nil {
		list = measure.Bound(list, e.gaps.best.Figures(), e.gaps.worst.Figures())
	}
	return &report.Summary{
		Conditions: report.Conditions{Scenario: e.name, From: r.From, Until: r.Until,
			Lag:  fmt.Sprintf("reports every %s, heard %s later; trusted for %s", short(r.Every), short(r.Lag), short(e.hold)),
			Boot: "as it happened", Drain: "as it happened", Billing: billingText(&e.result.Bill), Seeds: "none: it happened once",
			Recorded: e.recorded(), Assumed: e.assumed()},
		Run: report.PolicyRun{Policy: r.Policy.Policy, Figures: onlySeen(&r.Seen, append(list, e.more...))},
	}
}

func (e *exporting) plots(dir string) error {
	if e.noPlots {
		return nil
	}
	built := &sim.Built{World: sim.World{Pools: e.rec.Pools, Borrowers: e.rec.Borrowers, Start: e.rec.From}}
	series := newSeries(e.scenario, built, candidate{name: e.rec.Policy.Policy, settings: e.rec.Policy}, e.rec.Until, e.sampled)
	plots := filepath.Join(dir, "plots")
	if err := os.Mkdir(plots, 0o755); err != nil {
		return failure{fileError(plots, err)}
	}
	if err := report.WriteCharts(plots, report.Charts(series)); err != nil {
		return failure{err}
	}
	return nil
}

func (e *exporting) writeManifest(dir, from string, began time.Time) error {
	r := e.rec
	scenario, err := settings.Encode(e.scenario)
	if err != nil {
		return failure{err}
	}
	policy, err := settings.Encode(r.Policy)
	if err != nil {
		return failure{err}
	}
	inputs, err := segmentHashes(from)
	if err != nil {
		return err
	}
	host, _ := os.Hostname()
	return writeJSON(filepath.Join(dir, "manifest.json"), manifest{
		Format: runFormat, Complete: true, Build: buildName(), Scenario: e.name, Policy: r.Policy.Policy, From: r.From, Until: r.Until,
		Seed: e.scenario.Seed, Zoneinfo: zoneinfo.Version, Ledger: "full", Inputs: inputs, Recorded: e.recorded(), Assumed: e.assumed(),
		ResolvedScenario: string(scenario), ResolvedPolicy: string(policy),
		Live: &liveRecording{Modes: r.Modes, Evaluations: r.Evaluations, Orders: r.Orders, Notes: r.Notes, TornBytes: r.Torn,
			PolicyChanged: r.Changed, HoldSeconds: int64(e.hold / time.Second), Seen: r.Seen},
		Machine: machine{Made: time.Now().UTC().Truncate(time.Second), Seconds: time.Since(began).Seconds(), Host: host, Go: runtime.Version()},
	})
}

// segmentHashes are the SHA-256 of a journal's segments, by name.
func segmentHashes(dir string) (map[string]string, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.journal"))
	if err != nil {
		return nil, err
	}
	sums := map[string]string{}
	for _, name := range names {
		if sums[filepath.Base(name)], err = hashFile(name); err != nil {
			return nil, err
		}
	}
	return sums, nil
}

func (e *exporting) tell(summary *report.Summary) error {
	if e.json {
		return summary.WriteJSON(e.app.out)
	}
	if err := summary.WriteText(e.app.out, report.Detail{Short: true}); err != nil {
		return err
	}
	_, err := fmt.Fprintf(e.app.out, "\nrun directory: %s\nto backtest it: trough backtest %s --data %s\n", e.out, filepath.Join(e.out, scenarioFile), e.out)
	return err
}
