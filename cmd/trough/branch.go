package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"trough.internal/models"
	"trough.internal/report"
	"trough.internal/report/measure"
	"trough.internal/sim"
	"trough.internal/sim/experiment"
)

func (a *app) branch() *cobra.Command {
	var at, policy string
	var set []string
	c := &cobra.Command{
		Use:   "branch RUN --at TIME --set SETTING=VALUE",
		Short: "Fork a run at an instant, with the same future and luck, and say what differs",
		Long: `Plays a run again as it was, and once more with another policy from an instant on: the one that ran, with settings changed,
or another one. Both meet the same market, arrivals and luck. Prints the first decision that differs, and what the change
comes to by the end of the run.

The other policy has watched from the beginning, as in shadow, so that at the instant it remembers what it would have
seen. TIME is RFC 3339, or an offset from the run's beginning such as +28h10m or +1d4h.`,
		Example: `  trough branch out/demo/full --at +3d --set margin.share=20%
  trough branch out/demo/full --at 2015-10-08T20:00:00Z --policy availability --json`,
		Args: oneArg("a run directory"),
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := a.openFork(args[0], at, policy, set)
			if err != nil {
				return err
			}
			answer, err := f.run(cmd.Context())
			if err != nil {
				return err
			}
			if a.json {
				return encodeJSON(a.out, answer)
			}
			return answer.write(a.out)
		},
	}
	c.Flags().StringVar(&at, "at", "", "instant: RFC 3339, or +offset from the run's beginning")
	c.Flags().StringVarP(&policy, "policy", "p", "", "policy from then on (default: the run's own)")
	c.Flags().StringArrayVar(&set, "set", nil, "change a setting of it, as margin.share=3% (repeatable)")
	c.RegisterFlagCompletionFunc("policy", completePolicies)
	return c
}

// fork is a run that is to be played again, and what is to be changed in it.
type fork struct {
	*app
	files   *runFiles
	job     *job
	at      models.Instant
	was, is candidate
}

func (a *app) openFork(dir, at, policy string, set []string) (*fork, error) {
	files, err := openRun(dir)
	if err != nil {
		return nil, err
	}
	f := &fork{app: a, files: files, was: candidate{files.policy.Policy, files.policy}}
	if f.at, err = files.instant("at", at); err != nil {
		return nil, err
	}
	if policy == "" && len(set) == 0 {
		return nil, fmt.Errorf("branch: expected a change: --set SETTING=VALUE, or --policy")
	}
	changed := *files.policy
	f.is = candidate{files.policy.Policy + ", changed", &changed}
	if policy != "" {
		if f.is.settings, err = loadPolicy(policy); err != nil {
			return nil, err
		}
		f.is.name = f.is.settings.Policy
	}
	if err := setAll(f.is.settings, set); err != nil {
		return nil, err
	}
	f.job, err = a.again(files)
	return f, err
}

// again makes a run's scenario ready to be played once more.
func (a *app) again(files *runFiles) (*job, error) {
	path := files.path("manifest.json")
	s, err := sim.ParseScenario(path+": resolved_scenario", []byte(files.manifest.ResolvedScenario))
	if err != nil {
		return nil, err
	}
	inputs := dataFiles{a.data}
	now, err := hashes(s, inputs)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(now)) {
		if files.manifest.Inputs[name] != now[name] {
			return nil, fmt.Errorf("%s: %s in %s is not the trace that the run replayed: its content has another SHA-256", path, name, a.data)
		}
	}
	built, err := s.Build(inputs)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &job{scenario: s, built: built, files: inputs}, built.Decode()
}

// run plays both side by side, and the run without borrowing.
func (f *fork) run(ctx context.Context) (*branchAnswer, error) {
	pools := f.job.built.World.Pools[:f.job.built.Lendable()]
	was, err := f.was.make(pools)
	if err != nil {
		return nil, err
	}
	is, err := f.is.make(pools)
	if err != nil {
		return nil, err
	}
	watched, err := f.was.make(pools) // the one that decides until the fork: each policy is for one run
	if err != nil {
		return nil, err
	}
	forked, err := experiment.NewFork(watched, is, f.at)
	if err != nil {
		return nil, fmt.Errorf("branch: %w", err)
	}
	quiet := *f.app
	quiet.quiet = true
	var runs [3]*played // the last one without borrowing, which throughput gains are relative to
	var errs [3]error
	var wg sync.WaitGroup
	wg.Go(func() { runs[0], errs[0] = f.playPolicy(ctx, f.job.scenario, f.job.built, f.was.name, was, nil, nil) })
	wg.Go(func() {
		runs[1], errs[1] = quiet.playPolicy(ctx, f.job.scenario, f.job.built, f.is.name, forked, nil, nil)
	})
	wg.Go(func() { runs[2], errs[2] = quiet.playNever(ctx, f.job) })
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	if runs[0].tally != f.files.manifest.Tally {
		return nil, failure{fmt.Errorf("%s: this build does not play the run as it was (build %s): make it again, then fork it", f.files.dir, f.files.manifest.Build)}
	}
	return f.answer(runs[0], runs[1], runs[2], forked.First()), nil
}

func (f *fork) answer(was, is, without *played, first *experiment.Divergence) *branchAnswer {
	w := &f.job.built.World
	both := report.Comparison{Conditions: f.job.conditions(was), Runs: []report.PolicyRun{figures(was, without), figures(is, without)}}
	b := &branchAnswer{Run: f.files.dir, Scenario: f.job.scenario.Name, At: f.at, Was: was.name, Is: is.name, both: &both}
	for _, of := range both.Runs[0].Figures {
		if now, there := measure.Find(both.Runs[1].Figures, of.Key); there && of.Known && now.Known {
			b.Figures = append(b.Figures, branchFigure{of.Key, string(of.Unit), of.Value, now.Value})
		}
	}
	if first == nil {
		return b
	}
	b.First = &branchDivergence{At: first.At}
	for _, c := range first.Cells {
		cell := branchCell{Pool: w.Pools[c.Pool].Name(), Borrower: w.Borrowers[c.Borrower], Reserved: c.Reserved, Held: c.Held,
			Was: branchWanted(c.Was), Is: branchWanted(c.Is)}
		if c.InUse != models.Unknown {
			cell.InUse = &c.InUse
		}
		b.First.Cells = append(b.First.Cells, cell)
	}
	return b
}

// branchAnswer is what became of a fork.
type branchAnswer struct {
	Run      string            `json:"run"`
	Scenario string            `json:"scenario"`
	At       models.Instant    `json:"at"`
	Was      string            `json:"was"`
	Is       string            `json:"is"`
	First    *branchDivergence `json:"first_divergence"` // null: they never differed
	Figures  []branchFigure    `json:"figures"`          // of the whole run, those that both have

	both *report.Comparison
}

type branchDivergence struct {
	At    models.Instant `json:"at"`
	Cells []branchCell   `json:"cells"`
}

type branchCell struct {
	Pool     string      `json:"pool"`
	Borrower string      `json:"borrower"`
	Reserved int32       `json:"reserved"`
	InUse    *int32      `json:"in_use"` // null: not known
	Held     int32       `json:"held"`
	Was      cellWanting `json:"was"`
	Is       cellWanting `json:"is"`
}

type cellWanting struct {
	Target int32  `json:"target"`
	Stage  string `json:"stage"`
	Keep   *int32 `json:"keep"` // null: no limit
}

// branchFigure is a figure of both runs.
type branchFigure struct {
	Figure string  `json:"figure"`
	Unit   string  `json:"unit"`
	Was    float64 `json:"was"`
	Is     float64 `json:"is"`
}

func branchWanted(w experiment.Wanted) cellWanting {
	c := cellWanting{Target: w.Target, Stage: w.Cause.String()}
	if w.Keep != models.NoLimit {
		c.Keep = &w.Keep
	}
	return c
}

// cellsMost is how many pools of the first divergence a terminal is shown.
const cellsMost = 8

func (b *branchAnswer) write(to io.Writer) error {
	var out strings.Builder
	fmt.Fprintf(&out, "%s, and %s from %s on\n\n", b.Was, b.Is, b.At)
	if b.First == nil {
		out.WriteString("the two never decide differently: every figure is the same\n")
		_, err := io.WriteString(to, out.String())
		return err
	}
	fmt.Fprintf(&out, "first decision that differs: %s, in %d of the pools\n\n", b.First.At, len(b.First.Cells))
	t := newTable("pool", "reserved", "in use", "held", "was", "", "is", "")
	t.right(1, 2, 3, 4, 6)
	for _, c := range b.First.Cells[:min(cellsMost, len(b.First.Cells))] {
		inUse := "?"
		if c.InUse != nil {
			inUse = count(*c.InUse)
		}
		t.add(c.Pool, count(c.Reserved), inUse, count(c.Held), count(c.Was.Target), c.Was.words(), count(c.Is.Target), c.Is.words())
	}
	out.WriteString(t.String())
	if n := len(b.First.Cells) - cellsMost; n > 0 {
		fmt.Fprintf(&out, "and %d more\n", n)
	}
	out.WriteString("\n")
	if _, err := io.WriteString(to, out.String()); err != nil {
		return err
	}
	return b.both.WriteText(to, report.Detail{Short: true})
}

// words say which stage a target is by, and how many may stay where that is limited.
func (c cellWanting) words() string {
	if c.Keep != nil {
		return fmt.Sprintf("by %s, keep %d", c.Stage, *c.Keep)
	}
	return "by " + c.Stage
}
