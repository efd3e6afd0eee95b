package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/spf13/cobra"

	"trough.internal/models"
	"trough.internal/models/settings"
	"trough.internal/policies"
	"trough.internal/report/measure"
)

func (a *app) ablate() *cobra.Command {
	var f jobFlags
	var policy string
	c := &cobra.Command{
		Use:   "ablate SCENARIO",
		Short: "Show what each strategy of a policy is worth, by adding and removing them one at a time",
		Long: `Runs a policy's strategies one after another: availability alone, then each other strategy added in turn, then the
whole policy without each. Every strategy has a figure that it is there to move; the table says from what to what it
moved it, and where it did not, how often it had the last word at all. Last, a fixed schedule is scaled until it gains
as much capacity as the policy, and what it costs to do so is set beside.`,
		Example: `  trough ablate netflix-realtime
  trough ablate netflix-realtime --policy full --seed 7 --json`,
		Args:              oneArg("a scenario"),
		ValidArgsFunction: completeScenarios,
		RunE: func(cmd *cobra.Command, args []string) error {
			j, err := a.prepare(args[0], &f)
			if err != nil {
				return err
			}
			c, err := j.candidate(policy, f.set)
			if err != nil {
				return err
			}
			ablation, err := a.runAblation(cmd.Context(), j, c)
			if err != nil {
				return err
			}
			if a.json {
				encoder := json.NewEncoder(a.out)
				encoder.SetIndent("", "  ")
				return encoder.Encode(ablation)
			}
			return ablation.write(a.out)
		},
	}
	f.add(c.Flags())
	c.Flags().StringVarP(&policy, "policy", "p", "full", "policy whose strategies are taken apart")
	c.RegisterFlagCompletionFunc("policy", completePolicies)
	return c
}

// purpose is the figure that a strategy is there to move, and which way.
type purpose struct {
	figure string
	unit   string
	up     bool
	of     func(p *played, c *policies.Settings) float64
}

// purposes are as the strategies' article states their reasons (Netflix, Creating Your Own EC2 Spot Market, part 2).
var purposes = map[models.Cause][]purpose{
	models.ByAvailability: {{"capacity gain", "%", true, func(p *played, _ *policies.Settings) float64 { return capacityGain(p) }}},
	models.ByOverdraft: {{"time in overdraft", "pool-hours", false, func(p *played, _ *policies.Settings) float64 {
		return float64(p.result.EpisodesLasted.Sum) / 3600
	}}},
	models.ByIdle: {{"idle held hours", "instance-hours", false, func(p *played, _ *policies.Settings) float64 {
		return float64(p.result.Total.StateSeconds[models.Idle]) / 3600
	}}},
	models.ByFair: {{"evenness", "0 to 1", true, func(p *played, _ *policies.Settings) float64 {
		return float64(p.result.EvenSum) / 1e6 / math.Max(1, float64(p.result.EvenSeconds))
	}}},
	models.BySmoothing: {{"churn", "per borrowed hour", false, func(p *played, _ *policies.Settings) float64 {
		return float64(p.result.Total.Launches+p.result.Total.Ends) * 3600 / math.Max(1, float64(p.result.Total.BorrowedSeconds))
	}}},
	models.ByStepping: {{"deepest overdraft", "instances", false, func(p *played, _ *policies.Settings) float64 { return float64(p.result.Deepest) }}},
	models.ByMargin: {
		{"overdraft episodes", "episodes", false, func(p *played, _ *policies.Settings) float64 { return float64(p.result.Total.Episodes) }},
		{"involuntary ends", "instances", false, func(p *played, _ *policies.Settings) float64 { return float64(p.result.ByDeadline[models.ByOverdraft]) }},
	},
	models.ByCurfew: {{"overdraft around curfew", "instance-hours", false, aroundCurfew}},
	models.ByEvacuation: {
		{"borrowed while evacuating", "instance-hours", false, func(p *played, _ *policies.Settings) float64 {
			return float64(p.result.EvacuatingSeconds) / 3600
		}},
		{"until nothing is borrowed", "seconds", false, func(p *played, _ *policies.Settings) float64 { return float64(p.result.EvacuatedIn) }},
	},
}

func capacityGain(p *played) float64 {
	f, _ := measure.Find(p.result.Figures(), "capacity_gain")
	return f.Value
}

// aroundCurfew is the overdraft of episodes that began in a policy's curfew windows, or up to an hour before, in the
// pools that they concern.
func aroundCurfew(p *played, set *policies.Settings) float64 {
	if set.Curfew == nil {
		return 0
	}
	sum := int64(0)
	for _, e := range p.result.Episodes {
		if set.Curfew.Concerns(&p.pools[e.Pool], e.Start) {
			sum += e.Seconds
		}
	}
	return float64(sum) / 3600
}

// Ablation is what every strategy was worth.
type Ablation struct {
	Scenario string         `json:"scenario"`
	Policy   string         `json:"policy"`
	Seed     uint64         `json:"seed"`
	Adding   []ablationStep `json:"adding"`
	Removing []ablationStep `json:"removing"`
	Schedule *scheduleStep  `json:"schedule,omitempty"`
}

type ablationStep struct {
	Strategy string        `json:"strategy"`
	Figures  []movedFigure `json:"figures"`
}

// movedFigure is a strategy's figure without it and with it.
type movedFigure struct {
	Figure  string  `json:"figure"`
	Unit    string  `json:"unit"`
	Wanted  string  `json:"wanted"`
	Without float64 `json:"without"`
	With    float64 `json:"with"`
	Moved   bool    `json:"moved"` // the way that was wanted
	Why     string  `json:"why,omitempty"`
}

// scheduleStep is the schedule scaled to the policy's capacity gain.
type scheduleStep struct {
	Share                                  float64
	GainPolicy, GainSchedule               float64 // %
	CostPolicy, CostSchedule               float64 // USD
	OverdraftPolicy, OverdraftSchedule     float64 // instance-hours
	InvoluntaryPolicy, InvoluntarySchedule int64
}

// variant is one run of the ablation.
type variant struct {
	candidate
	played  *played
	binding bindings
}

// bindings counts how often each stage had the last word on a cell's target or on what it may keep, and notes when
// stepping had it.
type bindings struct {
	target, keep [models.Causes]int64
	cells        int64
	stepped      [][]models.Instant // by cell
}

// Decision takes the next decision.
func (b *bindings) Decision(obs *models.Observation, dec *models.Decision) {
	b.cells += int64(len(dec.Cause))
	if b.stepped == nil {
		b.stepped = make([][]models.Instant, len(dec.Cause))
	}
	for c, cause := range dec.Cause {
		b.target[cause]++
		if cause == models.ByStepping {
			b.stepped[c] = append(b.stepped[c], obs.Now)
		}
		if dec.Keep[c] != models.NoLimit {
			b.keep[dec.KeepCause[c]]++
		}
	}
}

func (a *app) runAblation(ctx context.Context, j *job, c candidate) (*Ablation, error) {
	order := []models.Cause{models.ByOverdraft, models.ByFair, models.BySmoothing, models.ByStepping, models.ByMargin,
		models.ByCurfew, models.ByIdle, models.ByEvacuation}
	have := map[models.Cause]bool{}
	for _, cause := range c.settings.Strategies() {
		have[cause] = true
	}
	var added, removed []*variant
	var strategies, so []models.Cause
	alone, err := c.settings.Only()
	if err != nil {
		return nil, err
	}
	added = append(added, &variant{candidate: candidate{"availability alone", alone}})
	for _, cause := range order {
		if !have[cause] {
			continue
		}
		strategies, so = append(strategies, cause), append(so, cause)
		with, err := c.settings.Only(so...)
		if err != nil {
			return nil, err
		}
		without, err := c.settings.Without(cause)
		if err != nil {
			return nil, err
		}
		added = append(added, &variant{candidate: candidate{"+ " + cause.String(), with}})
		removed = append(removed, &variant{candidate: candidate{"without " + cause.String(), without}})
	}
	none, err := never()
	if err != nil {
		return nil, err
	}
	if err := j.built.Decode(); err != nil { // all of them replay the same
		return nil, err
	}
	all := append(append([]*variant{{candidate: none}, {candidate: c}}, added...), removed...)
	if err := a.playAll(ctx, j, all); err != nil {
		return nil, err
	}
	out := &Ablation{Scenario: j.scenario.Name, Policy: c.name, Seed: j.scenario.Seed}
	nothing, whole := all[0], all[1]
	out.Adding = append(out.Adding, step(models.ByAvailability, nothing, added[0], c.settings))
	for i, cause := range strategies {
		out.Adding = append(out.Adding, step(cause, added[i], added[i+1], c.settings))
		out.Removing = append(out.Removing, step(cause, removed[i], whole, c.settings))
	}
	out.Schedule, err = a.equalSchedule(ctx, j, whole)
	return out, err
}

// playAll plays variants on all processors; each is a run of its own, so that the order does not matter.
func (a *app) playAll(ctx context.Context, j *job, all []*variant) error {
	quiet := *a
	quiet.quiet = true
	p := newProgress(a.err, "ablation")
	defer p.done()
	return inParallel(ctx, workersMost(), len(all), p, "runs", func(i int) (err error) {
		v := all[i]
		v.played, err = quiet.play(ctx, j.scenario, j.built, v.candidate, nil, &v.binding)
		return err
	})
}

// step says what a strategy moved between a run without it and one with it.
func step(cause models.Cause, without, with *variant, policy *policies.Settings) ablationStep {
	s := ablationStep{Strategy: cause.String()}
	for _, p := range purposes[cause] {
		m := movedFigure{Figure: p.figure, Unit: p.unit, Wanted: "down", Without: p.of(without.played, policy), With: p.of(with.played, policy)}
		m.Moved = m.With < m.Without
		if p.up {
			m.Wanted, m.Moved = "up", m.With > m.Without
		}
		if !m.Moved {
			m.Why = why(cause, m, with)
		}
		s.Figures = append(s.Figures, m)
	}
	return s
}

// why says what the run tells about a strategy that did not move its figure.
func why(cause models.Cause, m movedFigure, with *variant) string {
	b := &with.binding
	words := b.target[cause] + b.keep[cause]
	switch {
	case m.Without == 0:
		return "there was nothing to lower without it"
	case words == 0:
		return "it never had the last word: nothing in this run asked for it, or others were stricter"
	}
	most, by := int64(0), models.NoCause
	for other, n := range b.target {
		if models.Cause(other) != cause && n > most {
			most, by = n, models.Cause(other)
		}
	}
	text := fmt.Sprintf("it had the last word in %.2f %% of %d decisions by pool, %s in %.1f %%",
		100*float64(words)/float64(b.cells), b.cells, by, 100*float64(most)/float64(b.cells))
	if e := deepest(with.played.result.Episodes); cause == models.ByStepping && e != nil {
		text += fmt.Sprintf("; the deepest overdraft begins %s in %s, %s", e.Start, with.played.pools[e.Pool].Name(), b.lastStep(e))
	}
	return text
}

// lastStep says when stepping last held an overdraft's pool back before the overdraft began: with one borrower a cell
// is a pool.
func (b *bindings) lastStep(e *measure.Episode) string {
	last, stepped := models.Instant(0), false
	for _, at := range b.stepped[e.Pool] {
		if at <= e.Start {
			last, stepped = at, true
		}
	}
	if !stepped {
		return "which stepping had never held back before"
	}
	return "which stepping had last held back " + short(e.Start.Sub(last)) + " before"
}

// deepest is the overdraft that went deepest, the first of equals; nil if there was none.
func deepest(episodes []measure.Episode) *measure.Episode {
	var found *measure.Episode
	for i := range episodes {
		if found == nil || episodes[i].Deepest > found.Deepest {
			found = &episodes[i]
		}
	}
	return found
}

// equalSchedule finds the fixed schedule that gains as much capacity as the policy did.
func (a *app) equalSchedule(ctx context.Context, j *job, whole *variant) (*scheduleStep, error) {
	want := capacityGain(whole.played)
	set, err := policies.BuiltinSettings("schedule")
	if err != nil {
		return nil, err
	}
	best, share, err := a.playEqualGain(ctx, j, want, shareFirst, func(share float64) *policies.Settings {
		for i := range set.Schedule.Windows {
			set.Schedule.Windows[i].Share = settings.Share(share)
		}
		return set
	})
	if err != nil {
		return nil, err
	}
	return &scheduleStep{Share: share, GainPolicy: want, GainSchedule: capacityGain(best),
		CostPolicy: whole.played.result.Total.OverdraftCost.USD(), CostSchedule: best.result.Total.OverdraftCost.USD(),
		OverdraftPolicy: float64(whole.played.result.Total.OverdraftSeconds) / 3600, OverdraftSchedule: float64(best.result.Total.OverdraftSeconds) / 3600,
		InvoluntaryPolicy: interrupted(whole.played), InvoluntarySchedule: interrupted(best)}, nil
}

// shareFirst is where the search for a share of reservations begins.
const shareFirst = 1.0 / 16

// playEqualGain finds the share at which a schedule gains as much capacity as is wanted, in percent, and plays it.
func (a *app) playEqualGain(ctx context.Context, j *job, want, first float64, scheduled func(share float64) *policies.Settings) (*played, float64, error) {
	var last *played
	share, err := equalGain(want, first, func(share float64) (float64, error) {
		var err error
		if last, err = a.play(ctx, j.scenario, j.built, candidate{"schedule", scheduled(share)}, nil, nil); err != nil {
			return 0, err
		}
		return capacityGain(last), nil
	})
	return last, share, err
}

// equalGain finds the share in (0, 1) at which the gain is what is wanted, nearly, and tries it last; after ten tries it
// takes what it has. The gain may only grow with the share, and about in proportion: so the next try is on a straight line
// from zero through the last one or, where that lies outside of what is still possible, in its middle.
func equalGain(want, first float64, gain func(share float64) (float64, error)) (float64, error) {
	low, high, share := 0.0, 1.0, first
	for tries := 1; ; tries++ {
		got, err := gain(share)
		if err != nil || nearly(got, want) || tries == 10 {
			return share, err
		}
		if got < want {
			low = share
		} else {
			high = share
		}
		if share *= want / got; !(low < share && share < high) { // not a number, too, where nothing is gained
			share = (low + high) / 2
		}
	}
}

// nearly is to within 1 %.
func nearly(got, want float64) bool { return math.Abs(got-want) < 0.01*want }

func interrupted(p *played) int64 { return p.tally.Interrupted }

func (o *Ablation) write(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "What the strategies of policy %s are worth on scenario %s, seed %d\n\n", o.Policy, o.Scenario, o.Seed)
	o.writeSteps(&b, "each added in turn, availability first (against the run before; availability against never)", o.Adding)
	o.writeSteps(&b, "the whole policy (against itself without the strategy)", o.Removing)
	if s := o.Schedule; s != nil {
		fmt.Fprintf(&b, "a fixed schedule of equal capacity gain: every pool's share is %.1f %%\n", 100*s.Share)
		fmt.Fprintf(&b, "  %-38s %14s %14s\n", "", o.Policy, "schedule")
		fmt.Fprintf(&b, "  %-38s %14.1f %14.1f\n", "capacity gain, %", s.GainPolicy, s.GainSchedule)
		fmt.Fprintf(&b, "  %-38s %14.2f %14.2f\n", "instantaneous overdraft cost, USD", s.CostPolicy, s.CostSchedule)
		fmt.Fprintf(&b, "  %-38s %14.1f %14.1f\n", "overdraft, instance-hours", s.OverdraftPolicy, s.OverdraftSchedule)
		fmt.Fprintf(&b, "  %-38s %14d %14d\n", "involuntary terminations, attempts", s.InvoluntaryPolicy, s.InvoluntarySchedule)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (o *Ablation) writeSteps(b *strings.Builder, title string, steps []ablationStep) {
	fmt.Fprintf(b, "%s\n  %-13s %-26s %-18s %12s %12s  %s\n", title, "strategy", "its figure", "unit", "without", "with", "")
	for _, s := range steps {
		for _, m := range s.Figures {
			verdict := m.Wanted
			if !m.Moved {
				verdict = "not " + m.Wanted + ": " + m.Why
			}
			fmt.Fprintf(b, "  %-13s %-26s %-18s %12.4g %12.4g  %s\n", s.Strategy, m.Figure, m.Unit, m.Without, m.With, verdict)
		}
	}
	fmt.Fprintln(b)
}
