package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"trough.internal/models/settings"
	"trough.internal/report"
	"trough.internal/report/bill"
	"trough.internal/report/measure"
	"trough.internal/sim"
	"trough.internal/sim/hindsight"
)

// job is a scenario made ready, and what to do with its runs.
type job struct {
	scenario *sim.Scenario
	built    *sim.Built
	files    dataFiles
	force    bool
	plots    bool
	ledger   string
	farm     bool // whether to look for the static farm that a run compares with

	reader *hindsight.Reader // hears what the run without borrowing reads; nil: nobody asks for an optimum
}

// jobFlags are the flags that every command that runs a scenario has.
type jobFlags struct {
	seed    uint64
	force   bool
	noPlots bool
	ledger  string
	set     []string
	all     bool
}

// detail is how much of a table to print.
func (f *jobFlags) detail() report.Detail { return report.Detail{Short: !f.all, Definitions: f.all} }

func (f *jobFlags) add(flags *pflag.FlagSet) {
	flags.Uint64Var(&f.seed, "seed", 0, "seed instead of the scenario's")
	flags.BoolVar(&f.force, "force", false, "replace an existing run directory")
	flags.BoolVar(&f.noPlots, "no-plots", false, "leave out the plots")
	flags.StringVar(&f.ledger, "ledger", "capacity", "what the ledger holds: full, capacity (no events of jobs alone) or none")
	flags.BoolVar(&f.all, "all", false, "print every figure with its definition, and all that is recorded and assumed")
	flags.StringArrayVar(&f.set, "set", nil, "change a policy's setting, as margin.share=3% (repeatable)")
}

// complete completes the flags' values; it is called when the command has them.
func (f *jobFlags) complete(c *cobra.Command) {
	c.RegisterFlagCompletionFunc("ledger", words(ledgers...))
	c.MarkFlagDirname("out")
	if c.Flags().Lookup("policy") != nil {
		c.RegisterFlagCompletionFunc("policy", completePolicies)
	}
}

// prepare reads and builds a scenario.
func (a *app) prepare(name string, f *jobFlags) (*job, error) {
	if !slices.Contains(ledgers, f.ledger) {
		return nil, fmt.Errorf("--ledger is %q: expected %s", f.ledger, strings.Join(ledgers, ", "))
	}
	s, err := loadScenario(name)
	if err != nil {
		return nil, err
	}
	if f.seed != 0 {
		s.Seed = f.seed
	}
	files := dataFiles{a.data}
	built, err := s.Build(files)
	var placed *settings.Error
	if errors.As(err, &placed) { // it names the file already
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("scenario %s: %w", name, err)
	}
	return &job{scenario: s, built: built, files: files, force: f.force, plots: !f.noPlots, ledger: f.ledger}, nil
}

// candidate reads a policy; empty is the scenario's own.
func (j *job) candidate(name string, set []string) (candidate, error) {
	settings, err := scenarioPolicy(j.scenario)
	if name != "" {
		settings, err = loadPolicy(name)
	}
	if err == nil {
		err = setAll(settings, set)
	}
	if err != nil {
		return candidate{}, err
	}
	c := candidate{name: settings.Policy, settings: settings}
	if unknown := settings.UnknownBorrowers(j.built.World.Borrowers); len(unknown) > 0 {
		return candidate{}, fmt.Errorf("policy %s: the scenario has no borrower %q: expected one of %s", c.name, unknown[0], strings.Join(j.built.World.Borrowers, ", "))
	}
	_, err = c.make(j.built.World.Pools[:j.built.Lendable()])
	return c, err
}

func (a *app) backtest() *cobra.Command {
	var f jobFlags
	var policy, out string
	var farm bool
	c := &cobra.Command{
		Use:   "backtest SCENARIO",
		Short: "Run a policy on a scenario, and the same scenario without borrowing",
		Long: `Runs a policy on a scenario, and policy never on the same arrivals and luck, which the throughput gain is
relative to. Prints the figures; with -o it leaves a run directory with a manifest, the summary, plots, and the run's
series, decisions, jobs and ledger as Parquet.

With --static-farm it also looks for the smallest farm of reserved instances that does the same without borrowing, which
takes ten to fifteen more runs, and says what borrowing saves against it.

A scenario or policy is a file (a name with a / or ending in .yaml), or the name of a built-in one.`,
		Example: `  trough backtest netflix-realtime
  trough backtest netflix-realtime --policy availability -o out/availability
  trough backtest netflix-realtime --policy full --set margin.share=10% --set stepping.up=5% -o out/careful
  trough backtest my-scenario.yaml --policy my-policy.yaml --seed 7 --json`,
		Args:              oneArg("a scenario"),
		ValidArgsFunction: completeScenarios,
		RunE: func(cmd *cobra.Command, args []string) error {
			j, err := a.prepare(args[0], &f)
			if err != nil {
				return err
			}
			j.farm = farm
			if err := j.checkFarm(); err != nil {
				return err
			}
			c, err := j.candidate(policy, f.set)
			if err != nil {
				return err
			}
			return a.runBacktest(cmd.Context(), j, c, out, f.detail())
		},
	}
	f.add(c.Flags())
	c.Flags().StringVarP(&policy, "policy", "p", "", "policy to run (default: the scenario's own)")
	c.Flags().StringVarP(&out, "out", "o", "", "run directory to write")
	c.Flags().BoolVar(&farm, "static-farm", false, "compare with the smallest static farm that does the same")
	f.complete(c)
	return c
}

func (a *app) runBacktest(ctx context.Context, j *job, c candidate, out string, detail report.Detail) error {
	if out != "" {
		d, err := createDir(out, j.force) // refused before the work, not after
		if err != nil {
			return err
		}
		d.abandon()
	}
	without, err := a.playNever(ctx, j)
	if err != nil {
		return err
	}
	var p *played
	if out == "" {
		if p, err = a.play(ctx, j.scenario, j.built, c, nil, nil); err == nil {
			err = a.findStaticFarm(ctx, j, p, without)
		}
	} else {
		p, err = a.writeRun(ctx, j, c, without, out)
	}
	if err != nil {
		return err
	}
	summary := j.summary(p, without)
	if a.json {
		return summary.WriteJSON(a.out)
	}
	if err := summary.WriteText(a.out, detail); err != nil {
		return err
	}
	if err := writeFarm(a.out, p.more, detail.Definitions); err != nil {
		return err
	}
	if out != "" {
		fmt.Fprintf(a.out, "\nrun directory: %s\n", out)
	}
	return nil
}

// playNever runs the scenario without borrowing. It returns nil where a scenario drains: without borrowing it might
// never end, and a span of its own would compare nothing.
func (a *app) playNever(ctx context.Context, j *job) (*played, error) {
	if j.built.World.Drain {
		return nil, nil
	}
	c, err := never()
	if err != nil {
		return nil, err
	}
	if j.reader == nil {
		return a.play(ctx, j.scenario, j.built, c, nil, nil)
	}
	policy, err := c.make(j.built.World.Pools[:j.built.Lendable()])
	if err != nil {
		return nil, err
	}
	in, err := j.built.Inputs()
	if err != nil {
		return nil, err
	}
	return a.playInputs(ctx, j.scenario, j.built, c.name, policy, j.reader.Listen(in), nil, nil)
}

// conditions are what every headline of a scenario must state.
func (j *job) conditions(p *played) report.Conditions {
	s := j.scenario
	return report.Conditions{
		Scenario: s.Name, From: j.built.World.Start, Until: p.until,
		Lag: "reports every " + short(s.Telemetry.Every) + ", seen " + short(s.Telemetry.Lag) + " later", Boot: bootText(s),
		Billing: billingText(&p.result.Bill), Worth: p.worth,
		Drain: "notice " + short(s.Yields.Notice) + "; when idle " + s.Yields.DrainMost,
		Seeds: fmt.Sprint(s.Seed), Recorded: j.built.Notes.Recorded, Assumed: j.built.Notes.Assumed,
	}
}

func billingText(b *bill.Result) string {
	return fmt.Sprintf("%s; which of the owners' instances ends: %s", b.Rules, b.OwnerEnds)
}

func bootText(s *sim.Scenario) string {
	l, b := s.Launches.Latency, s.Launches.Boot
	if l.Median == 0 && b.Median == 0 {
		return "none"
	}
	return fmt.Sprintf("launch %s (p95 %s), boot %s (p95 %s)", short(l.Median), short(max(l.P95, l.Median)), short(b.Median), short(max(b.P95, b.Median)))
}

// short is a duration as files of settings write it: without zero parts, and from two days on in days: 2m, 1h30m, 10d19h.
func short(d time.Duration) string {
	if d >= 48*time.Hour {
		days := fmt.Sprintf("%dd", d/(24*time.Hour))
		if d %= 24 * time.Hour; d == 0 {
			return days
		}
		return days + short(d)
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}

// summary is a run beside the same without borrowing, which may be nil.
func (j *job) summary(p, without *played) *report.Summary {
	s := &report.Summary{Conditions: j.conditions(p), Run: figures(p, without)}
	if without != nil && p.name != without.name {
		w := figures(without, without)
		s.Without = &w
	}
	return s
}

func figures(p, without *played) report.PolicyRun {
	list := p.result.Figures()
	if without != nil {
		list = measure.Compare(&p.result, &without.result)
	}
	if p.gaps != nil {
		list = measure.Bound(list, p.gaps.best.Figures(), p.gaps.worst.Figures())
	}
	return report.PolicyRun{Policy: p.name, Figures: append(list, p.more...)}
}

func (j *job) writeSummary(dir string, p, without *played) error {
	path := filepath.Join(dir, "summary.json")
	f, err := os.Create(path)
	if err != nil {
		return failure{fileError(path, err)}
	}
	err = errors.Join(j.summary(p, without).WriteJSON(f), f.Close())
	if err != nil {
		return failure{fileError(path, err)}
	}
	return nil
}
