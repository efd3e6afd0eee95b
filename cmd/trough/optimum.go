package main

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"github.com/spf13/cobra"

	"trough.internal/models"
	"trough.internal/report"
	"trough.internal/report/measure"
	"trough.internal/sim/hindsight"
)

func (a *app) optimum() *cobra.Command {
	f := jobFlags{ledger: "none"}
	var names []string
	var out string
	ratio := priceRatioDefault
	c := &cobra.Command{
		Use:   "optimum SCENARIO [-p POLICY...]",
		Short: "Bound what any policy could have reached, had it known everything in advance",
		Long: `Prints two bounds of a scenario's hindsight optimum: a value that no policy can beat, and one that a plan made in
hindsight reaches in the same simulation. The value is the work of the jobs that completed on borrowed instances less
--price-ratio (p/v, the price of an overdraft hour over the worth of a useful hour; inf is no overdraft at all) times
the overdraft, in normalised hours. The two meet where the queue never runs out and jobs are short; where work is short,
the upper one ignores that the base fleet takes it first.

With -p it says how far each policy is from it; with -o it also sweeps the price ratio, and plots the frontier of
throughput against overdraft with each policy on it.`,
		Example: `  trough optimum netflix-realtime --price-ratio 4
  trough optimum netflix-realtime --price-ratio inf --json
  trough optimum netflix-realtime -p full -p schedule -o out/frontier`,
		Args:              oneArg("a scenario"),
		ValidArgsFunction: completeScenarios,
		RunE: func(cmd *cobra.Command, args []string) error {
			j, err := a.prepare(args[0], &f)
			if err != nil {
				return err
			}
			var cs []candidate
			for _, name := range names {
				c, err := j.candidate(name, f.set)
				if err != nil {
					return err
				}
				cs = append(cs, c)
			}
			return a.runOptimum(cmd.Context(), j, cs, float64(ratio), out)
		},
	}
	c.Flags().Var(&ratio, "price-ratio", priceRatioUsage)
	c.Flags().Uint64Var(&f.seed, "seed", 0, "seed instead of the scenario's")
	c.Flags().BoolVar(&f.force, "force", false, "replace existing files")
	c.Flags().StringArrayVarP(&names, "policy", "p", nil, "policy to set beside it (repeatable)")
	c.Flags().StringArrayVar(&f.set, "set", nil, "change a setting of the policies, as margin.share=3% (repeatable)")
	c.Flags().StringVarP(&out, "out", "o", "", "directory to write: frontier.csv, frontier.png and frontier.svg")
	c.MarkFlagDirname("out")
	c.RegisterFlagCompletionFunc("policy", completePolicies)
	return c
}

// optimumResult is what the command prints, for machines.
type optimumResult struct {
	Scenario string           `json:"scenario"`
	Seed     uint64           `json:"seed"`
	Ratio    jsonRatio        `json:"price_ratio"`
	Unit     string           `json:"unit"`
	Lower    float64          `json:"lower"`
	Upper    float64          `json:"upper"`
	Exact    bool             `json:"exact"`
	Policies []optimumAgainst `json:"policies,omitempty"`

	saturated bool
}

// optimumAgainst is one policy against the optimum.
type optimumAgainst struct {
	Policy        string   `json:"policy"`
	Goodput       float64  `json:"goodput"`
	Overdraft     float64  `json:"overdraft"`
	Value         *float64 `json:"value"`
	Regret        *float64 `json:"regret_percent"`
	RegretCertain *float64 `json:"regret_percent_low"`
	Capture       *float64 `json:"capture_percent"`
}

func (a *app) runOptimum(ctx context.Context, j *job, cs []candidate, ratio float64, out string) error {
	var files *output
	if out != "" {
		var err error
		if files, err = createOutput(out, j.force, "frontier.csv", "frontier.png", "frontier.svg"); err != nil {
			return err
		}
		defer files.abandon()
	}
	solver, err := j.solver()
	if err != nil {
		return err
	}
	var all []*played
	for _, c := range cs {
		p, err := a.play(ctx, j.scenario, j.built, c, nil, nil)
		if err != nil {
			return err
		}
		all = append(all, p)
	}
	result, err := a.findOptimum(ctx, j, solver, all, ratio)
	if err != nil {
		return err
	}
	if files != nil {
		if err := a.writeFrontier(ctx, j, solver, all, files); err != nil {
			return err
		}
	}
	if a.json {
		return encodeJSON(a.out, result)
	}
	result.writeText(a)
	if files != nil {
		fmt.Fprintf(a.out, "\nfrontier.csv, frontier.png and frontier.svg: %s\n", out)
	}
	return nil
}

// findOptimum bounds the optimum from both sides. What a policy reached is a lower bound, too, and so is 0: to borrow nothing.
func (a *app) findOptimum(ctx context.Context, j *job, solver *hindsight.Solver, all []*played, ratio float64) (*optimumResult, error) {
	bound, err := a.bound(ctx, j, solver, ratio)
	if err != nil {
		return nil, err
	}
	r := &optimumResult{Scenario: j.scenario.Name, Seed: j.scenario.Seed, Ratio: jsonRatio(ratio), Unit: "normalised_hours",
		Upper: bound.Upper, saturated: bound.Saturated}
	for _, drain := range []int32{0, drainLong} {
		p, err := a.replay(ctx, j, solver, &bound, drain)
		if err != nil {
			return nil, err
		}
		r.Lower = max(r.Lower, p.result.Value(ratio))
	}
	for _, p := range all {
		r.Lower = max(r.Lower, p.result.Value(ratio))
	}
	r.Exact = r.Upper-r.Lower <= exactly*r.Upper
	for _, p := range all {
		r.Policies = append(r.Policies, against(p, ratio, measure.Optimum{Lower: r.Lower, Upper: r.Upper}))
	}
	return r, nil
}

// exactly is how near two bounds are that meet, as a share: floating point adds up in another order in each.
const exactly = 1e-9

// drainLong is how long before the plan gives instances back they take no new job, in the second of two replays: in the first they
// work on until they must be gone. Half an hour is the length of a longer encode.
const drainLong = 1800

// replay runs the plan behind a bound.
func (a *app) replay(ctx context.Context, j *job, solver *hindsight.Solver, bound *hindsight.Bound, drain int32) (*played, error) {
	policy := hindsight.NewPolicy(&j.built.World, solver.Plan(bound), drain)
	built := *j.built
	if built.World.Drain { // what completes in the time of the plan is a lower bound of what completes at all
		built.World.Drain = false
		built.World.Until = built.World.Start + models.Instant(solver.Length())
	}
	return a.playPolicy(ctx, j.scenario, &built, "plan at p/v "+measure.RatioText(bound.Ratio), policy, nil, nil)
}

// hear makes the run without borrowing tell what it reads, so that an optimum has no need to read it again.
func (j *job) hear() {
	if !j.built.World.Drain {
		j.reader = hindsight.NewReader(j.built)
	}
}

// solver makes the scenario's problem, of what the run without borrowing read if there was one.
func (j *job) solver() (*hindsight.Solver, error) {
	if j.reader != nil {
		problem, err := j.reader.Problem()
		return hindsight.New(problem), err
	}
	problem, err := hindsight.Read(j.built)
	return hindsight.New(problem), err
}

// bound bounds the optimum from above, with progress.
func (a *app) bound(ctx context.Context, j *job, solver *hindsight.Solver, ratio float64) (hindsight.Bound, error) {
	p := newProgress(a.err, j.scenario.Name+", optimum at p/v "+measure.RatioText(ratio))
	p.visible = p.visible && !a.quiet
	p.visible = p.visible && !a.quiet
	defer p.done()
	n := 0
	bound, err := solver.Bound(ratio, func() error {
		n++
		p.of(n, hindsight.Steps, "bounds")
		return ctx.Err()
	})
	if err != nil {
		return bound, failure{err}
	}
	return bound, nil
}

func against(p *played, ratio float64, o measure.Optimum) optimumAgainst {
	x := optimumAgainst{Policy: p.name}
	x.Goodput, x.Overdraft = p.result.Frontier()
	figures := p.result.Worth(ratio, o)
	known := func(key string) *float64 {
		if f, _ := measure.Find(figures, key); f.Known {
			return &f.Value
		}
		return nil
	}
	x.Value, x.Regret, x.RegretCertain, x.Capture = known("value"), known("regret"), known("regret_certain"), known("capture")
	return x
}

func (r *optimumResult) writeText(a *app) {
	number := func(v float64) string { return report.Decimals(v, 1) }
	fmt.Fprintf(a.out, "hindsight optimum of %s, seed %d, at p/v %s, in normalised hours\n\n", r.Scenario, r.Seed, measure.RatioText(float64(r.Ratio)))
	t := newTable("", "", "")
	t.right(1)
	t.add("no policy can beat", number(r.Upper), "upper bound")
	t.add("reached by a plan", number(r.Lower), "lower bound; a plan made in hindsight, or the best of the policies below")
	fmt.Fprint(a.out, t.String())
	switch {
	case r.Exact:
		fmt.Fprintln(a.out, "The two bounds meet: the optimum is exact.")
	case !r.saturated:
		fmt.Fprintln(a.out, "Work is short in it: the upper bound ignores that the base fleet takes jobs first, and that jobs cannot be divided.")
	}
	if len(r.Policies) == 0 {
		return
	}
	fmt.Fprintln(a.out)
	t = newTable("policy", "goodput", "overdraft", "value", "regret", "capture")
	t.right(1, 2, 3, 4, 5)
	percent := func(v *float64) string {
		if v == nil {
			return "-"
		}
		return report.Decimals(*v, 1) + " %"
	}
	for _, p := range r.Policies {
		value, regret := "-", percent(p.Regret)
		if p.Value != nil {
			value = number(*p.Value)
		}
		if p.RegretCertain != nil {
			regret = report.Decimals(*p.RegretCertain, 1) + " to " + regret
		}
		t.add(p.Policy, number(p.Goodput), number(p.Overdraft), value, regret, percent(p.Capture))
	}
	fmt.Fprint(a.out, t.String())
}

// priceRatio is the flag of p/v: a number from 0, or inf.
type priceRatio float64

const (
	priceRatioDefault priceRatio = 4
	priceRatioUsage              = "p/v, the price of an overdraft hour over the worth of a useful hour: a number, or inf for no overdraft at all"
)

func (r *priceRatio) String() string { return measure.RatioText(float64(*r)) }
func (*priceRatio) Type() string     { return "number from 0 to 1000000, or inf" }

// Set reads what stands behind the flag.
func (r *priceRatio) Set(text string) error {
	if text == "inf" {
		*r = priceRatio(math.Inf(1))
		return nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v >= 0 && v <= 1e6) {
		return fmt.Errorf("expected a %s", r.Type())
	}
	*r = priceRatio(v)
	return nil
}

// jsonRatio writes an infinite ratio as "inf".
type jsonRatio float64

// MarshalJSON writes a number, or "inf".
func (r jsonRatio) MarshalJSON() ([]byte, error) {
	if math.IsInf(float64(r), 1) {
		return []byte(`"inf"`), nil
	}
	return strconv.AppendFloat(nil, float64(r), 'g', -1, 64), nil
}

// weigh adds to runs of one seed what each is worth and how far that is from the optimum, of which the best of them is the lower end.
func (a *app) weigh(ctx context.Context, j *job, all []*played, ratio float64) error {
	solver, err := j.solver()
	if err != nil {
		return err
	}
	bound, err := a.bound(ctx, j, solver, ratio)
	if err != nil {
		return err
	}
	optimum := measure.Optimum{Upper: bound.Upper}
	for _, p := range all {
		optimum.Lower = max(optimum.Lower, p.result.Value(ratio))
	}
	for _, p := range all {
		p.more, p.worth = append(p.more, p.result.Worth(ratio, optimum)...), measure.RatioText(ratio)
	}
	return nil
}
