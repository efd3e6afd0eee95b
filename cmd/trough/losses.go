package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"trough.internal/models"
	"trough.internal/report/measure"
	"trough.internal/report/stats"
	"trough.internal/sim/experiment"
)

func (a *app) losses() *cobra.Command {
	f := jobFlags{ledger: "none"}
	var policy string
	var seeds int
	var shapley bool
	ratio := priceRatioDefault
	c := &cobra.Command{
		Use:   "losses SCENARIO",
		Short: "Split what a policy misses of the hindsight optimum among its rules",
		Long: `Runs a policy with one of its rules relaxed at a time (margin, curfew, smoothing, stepping, fairness and idle detection left
out, telemetry without lag), then with all of them, and says what each costs of the value that somebody who knew the future could
have reached. A rule with a negative loss pays. What relaxing all of them gains beyond the sum is their interaction; what is
missed even then is the future's being unknown.

With --shapley every set of rules is relaxed (2 to the power of their number), and each rule has its mean contribution over all
orders: nothing is left over as interaction.`,
		Example: `  trough losses netflix-realtime
  trough losses netflix-realtime -p full --seeds 5 --price-ratio 10
  trough losses netflix-realtime --shapley --json`,
		Args:              oneArg("a scenario"),
		ValidArgsFunction: completeScenarios,
		RunE: func(cmd *cobra.Command, args []string) error {
			if seeds < 1 || seeds > seedsMost {
				return fmt.Errorf("--seeds is %d: expected a number from 1 to %d", seeds, seedsMost)
			}
			if math.IsInf(float64(ratio), 1) {
				return fmt.Errorf("--price-ratio is inf: expected a number: a policy that overdraws at all has no value then that could be split")
			}
			l := &losing{app: a, scenario: args[0], flags: &f, policy: policy, ratio: float64(ratio), shapley: shapley}
			answer, err := l.split(cmd.Context(), seeds)
			if err != nil {
				return err
			}
			if a.json {
				return encodeJSON(a.out, answer)
			}
			return answer.write(a.out)
		},
	}
	c.Flags().Var(&ratio, "price-ratio", priceRatioUsage)
	c.Flags().Uint64Var(&f.seed, "seed", 0, "first seed, instead of the scenario's")
	c.Flags().IntVar(&seeds, "seeds", 1, "how many seeds to run under, one after another from the first")
	c.Flags().StringArrayVar(&f.set, "set", nil, "change a policy's setting, as margin.share=3% (repeatable)")
	c.Flags().StringVarP(&policy, "policy", "p", "", "policy to take apart (default: the scenario's own)")
	c.Flags().BoolVar(&shapley, "shapley", false, "relax every set of rules, and leave no interaction over")
	c.RegisterFlagCompletionFunc("policy", completePolicies)
	return c
}

// losing is one call of the command.
type losing struct {
	*app
	scenario, policy string
	flags            *jobFlags
	ratio            float64
	shapley          bool
	rules            []rule
}

// rule is something that costs, and can be relaxed.
type rule struct {
	name  string
	cause models.Cause // of the policy's strategy; NoCause is the telemetry's lag
}

// relaxable are the rules in the order of the table; a policy has some of them.
var relaxable = []rule{{"margin", models.ByMargin}, {"curfew", models.ByCurfew}, {"smoothing", models.BySmoothing}, {"stepping", models.ByStepping},
	{"fairness", models.ByFair}, {"telemetry lag", models.NoCause}, {"idle detection", models.ByIdle}}

// lossAnswer is what the losses come to, in normalised hours.
type lossAnswer struct {
	Scenario string      `json:"scenario"`
	Policy   string      `json:"policy"`
	Seeds    []uint64    `json:"seeds"`
	Ratio    float64     `json:"price_ratio"`
	Method   string      `json:"method"` // one at a time, or Shapley
	Unit     string      `json:"unit"`
	Optimum  lossMean    `json:"optimum"` // the upper bound
	Reached  lossMean    `json:"reached"` // the lower bound: what a plan made in hindsight reached, or the policy
	Value    lossMean    `json:"value"`
	Parts    []namedLoss `json:"parts"`
	Whole    lossMean    `json:"whole"` // the sum of the parts
}

// lossMean is a mean over the seeds, and its 95 % interval where there are enough of them.
type lossMean struct {
	Mean float64  `json:"mean"`
	Low  *float64 `json:"low"`
	High *float64 `json:"high"`
}

type namedLoss struct {
	Rule string `json:"rule"`
	lossMean
	Share float64 `json:"share_of_optimum"`
}

func (l *losing) split(ctx context.Context, seeds int) (*lossAnswer, error) {
	first, err := l.prepare(l.scenario, l.flags)
	if err != nil {
		return nil, err
	}
	c, err := first.candidate(l.policy, l.flags.set)
	if err != nil {
		return nil, err
	}
	own := c.settings.Strategies()
	for _, r := range relaxable {
		if slices.Contains(own, r.cause) || r.cause == models.NoCause && first.scenario.Telemetry.Lag > 0 {
			l.rules = append(l.rules, r)
		}
	}
	answer := &lossAnswer{Scenario: first.scenario.Name, Policy: c.name, Ratio: l.ratio, Unit: "normalised_hours", Method: "one at a time"}
	if l.shapley {
		answer.Method = "Shapley"
	}
	var all []seedLosses
	for seed := first.scenario.Seed; seed < first.scenario.Seed+uint64(seeds); seed++ {
		losses, err := l.underSeed(ctx, seed, len(answer.Seeds), seeds)
		if err != nil {
			return nil, err
		}
		answer.Seeds, all = append(answer.Seeds, seed), append(all, losses)
	}
	answer.fill(l, all)
	return answer, nil
}

// seedLosses are the losses under one seed.
type seedLosses struct {
	experiment.Losses
	value, upper, lower float64
}

// underSeed runs all that is asked for under one seed.
func (l *losing) underSeed(ctx context.Context, seed uint64, done, seeds int) (seedLosses, error) {
	jobs, err := l.jobs(seed)
	if err != nil {
		return seedLosses{}, err
	}
	c, err := jobs[0].candidate(l.policy, l.flags.set)
	if err != nil {
		return seedLosses{}, err
	}
	sets, split := experiment.SingleSets(len(l.rules)), experiment.SplitLosses
	if l.shapley {
		sets, split = experiment.AllSets(len(l.rules)), experiment.ShapleyLosses
	}
	quiet := *l.app
	quiet.quiet = true
	list := make([]float64, len(sets))
	var best *optimumResult
	p := newProgress(l.err, fmt.Sprintf("losses, seed %d of %d", done+1, seeds))
	defer p.done()
	err = inParallel(ctx, workersMost(), len(sets)+1, p, "runs", func(i int) (err error) {
		if i > 0 {
			list[i-1], err = quiet.relaxed(ctx, jobs, c, l.rules, sets[i-1], l.ratio)
			return err
		}
		solver, err := jobs[0].solver()
		if err == nil {
			best, err = quiet.findOptimum(ctx, jobs[0], solver, nil, l.ratio)
		}
		return err
	})
	if err != nil {
		return seedLosses{}, err
	}
	values := map[uint32]float64{}
	for i, set := range sets {
		values[set] = list[i]
	}
	// Without its lag a policy may pass what is reached with it, and even the bound, which is of the scenario as it is.
	return seedLosses{split(values, len(l.rules), best.Upper), values[0], best.Upper, max(best.Lower, values[0])}, nil
}

// jobs are the scenario under a seed, as it is and with telemetry without lag.
func (l *losing) jobs(seed uint64) (jobs [2]*job, err error) {
	flags := *l.flags
	flags.seed = seed
	for i := range jobs {
		if jobs[i], err = l.prepare(l.scenario, &flags); err != nil {
			return jobs, err
		}
		if i == 1 {
			jobs[i].scenario.Telemetry.Lag = 0
			if jobs[i].built, err = jobs[i].scenario.Build(jobs[i].files); err != nil {
				return jobs, err
			}
		}
		if err = jobs[i].built.Decode(); err != nil {
			return jobs, err
		}
	}
	return jobs, nil
}

// relaxed is the value of a policy without a set of its rules.
func (a *app) relaxed(ctx context.Context, jobs [2]*job, c candidate, rules []rule, set uint32, ratio float64) (float64, error) {
	j, settings := jobs[0], c.settings
	for i, r := range rules {
		if set>>i&1 == 0 {
			continue
		}
		if r.cause == models.NoCause {
			j = jobs[1]
			continue
		}
		var err error
		if settings, err = settings.Without(r.cause); err != nil {
			return 0, err
		}
	}
	p, err := a.play(ctx, j.scenario, j.built, candidate{settings.Policy, settings}, nil, nil)
	if err != nil {
		return 0, err
	}
	return p.result.Value(ratio), nil
}

func (l *lossAnswer) fill(from *losing, all []seedLosses) {
	mean := func(of func(i int) float64) lossMean {
		list := make([]float64, len(all))
		for i := range list {
			list[i] = of(i)
		}
		m := stats.Mean(list)
		lm := lossMean{Mean: m.Value}
		if m.Known {
			lm.Low, lm.High = &m.Low, &m.High
		}
		return lm
	}
	l.Optimum, l.Reached = mean(func(i int) float64 { return all[i].upper }), mean(func(i int) float64 { return all[i].lower })
	l.Value = mean(func(i int) float64 { return all[i].value })
	l.Whole = mean(func(i int) float64 { return all[i].Whole })
	add := func(name string, of func(i int) float64) {
		m := mean(of)
		l.Parts = append(l.Parts, namedLoss{name, m, m.Mean / l.Optimum.Mean})
	}
	for r := range from.rules {
		add(from.rules[r].name, func(i int) float64 { return all[i].Parts[r] })
	}
	if !from.shapley {
		add("interaction", func(i int) float64 { return all[i].Interaction })
	}
	add("future not known, at most", func(i int) float64 { return all[i].Rest })
}

func (l *lossAnswer) write(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "what %s misses on %s, %s, p/v %s, rules relaxed by %s\n\n", l.Policy, l.Scenario, seedsText(l.Seeds), measure.RatioText(l.Ratio),
		map[bool]string{false: "one at a time", true: "Shapley's value"}[l.Method == "Shapley"])
	t := newTable("", "normalised hours", "of the optimum", "95 % interval")
	t.right(1, 2, 3)
	row := func(name string, m lossMean) {
		interval := "-"
		if m.Low != nil {
			interval = grouped(*m.Low, 1) + " to " + grouped(*m.High, 1)
		}
		t.add(name, grouped(m.Mean, 1), grouped(100*m.Mean/l.Optimum.Mean, 2)+" %", interval)
	}
	row("hindsight optimum, at most", l.Optimum)
	for _, part := range l.Parts {
		row("  "+part.Rule, part.lossMean)
	}
	row("missed", l.Whole)
	row(l.Policy, l.Value)
	b.WriteString(t.String())
	fmt.Fprintf(&b, "\nA plan made in hindsight reached %s; whether more can be reached, up to the bound, nobody knows. A negative loss is a\n"+
		"rule that pays at this price of overdraft. Value: goodput on borrowed instances less p/v times the instantaneous overdraft.\n", grouped(l.Reached.Mean, 1))
	_, err := io.WriteString(w, b.String())
	return err
}
