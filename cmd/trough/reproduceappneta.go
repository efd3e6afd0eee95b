package main

import (
	"context"
	"time"

	"trough.internal/models"
	"trough.internal/models/settings"
	"trough.internal/policies"
	"trough.internal/report"
	"trough.internal/report/measure"
)

// appneta is AppNeta's trace processing (Using AWS Spot Instances Effectively, 2013): spot groups and a daemon that falls back
// to on-demand.
func appneta() reproduction {
	figures := []reproduced{}
	for i := range appnetaVariants {
		v := &appnetaVariants[i]
		figures = append(figures,
			reproduced{figure: "capacity_" + v.name, unit: "%", definition: defAppnetaCapacity + "; " + v.means, article: v.article, low: v.low, high: v.high, kind: emergent, why: v.why},
			reproduced{figure: "cost_" + v.name, unit: "USD", definition: defAppnetaCost + "; " + v.means, kind: emergent},
			reproduced{figure: "saving_" + v.name, unit: "%", definition: defBoughtSaving + "; " + v.means, kind: emergent},
			reproduced{figure: "on_demand_left_" + v.name, unit: "instances", definition: defAppnetaLeft + "; " + v.means, kind: emergent},
		)
	}
	figures = append(figures,
		reproduced{figure: "drift_capacity", unit: "percentage points", definition: "capacity_declarative_lossy - capacity_every_lossy: what the counting rule lacks where messages are lost", kind: emergent},
		reproduced{figure: "drift_cost", unit: "USD", definition: "cost_every_lossy - cost_declarative_lossy: what the counting rule pays more, for messages that came twice and for what nothing lowers", kind: emergent})
	return reproduction{
		name:    "appneta-2013",
		about:   "AppNeta, 2013: a spot group over three zones loses two thirds when the price jumps in one; a daemon falls back to on-demand.",
		figures: figures,
		run:     runAppneta,
		plot:    plotAppneta,
	}
}

const (
	defAppnetaCapacity = "instances ready, of all kinds, on average over the four days of the price jump but for its first hour, in which on-demand instances boot and groups rebalance / instances desired"
	defAppnetaCost     = "spot and on-demand cost of the eight days, by the rules of 2013"
	defAppnetaLeft     = "on-demand instances at the end, three days after spot had recovered"
)

// appnetaVariant is one way to run the scenario.
type appnetaVariant struct {
	name      string
	means     string
	article   *float64
	low, high *float64
	why       string
	lossy     bool
	fallback  func(f *policies.Fallback) *policies.Fallback // of the scenario's policy; nil leaves it as it is
}

var appnetaVariants = []appnetaVariant{
	{name: "without_daemon", means: "the spot group alone", article: new(100.0 / 3), high: new(40.0),
		fallback: func(*policies.Fallback) *policies.Fallback { return nil }},
	{name: "with_daemon", means: "the daemon as the article's code has it: only terminations after a failed health check count, and nothing lowers the group", low: new(95.0),
		why: "the third that rebalancing ends is not ended by a failed health check, so that the daemon as the article prints it covers only the third that the provider took; by the rule that the article states in words, where every termination counts, capacity holds: see capacity_every"},
	{name: "every", means: "the daemon as the article's text has it: every termination of a spot instance counts, the group's own rebalancing included",
		fallback: func(f *policies.Fallback) *policies.Fallback {
			f.Messages = &policies.Messages{Count: policies.CountEvery}
			return f
		}},
	{name: "lowering", means: "as every, and the group is lowered once spot has held its target for an hour: the half that the article misses",
		fallback: func(f *policies.Fallback) *policies.Fallback {
			f.Messages, f.LowerAfter = &policies.Messages{Count: policies.CountEvery}, time.Hour
			return f
		}},
	{name: "declarative", means: "on-demand = max(0, target - ready spot), lowered after ten minutes", fallback: declarative},
	{name: "every_lossy", means: "as every, with a tenth of the messages lost and a tenth delivered twice", lossy: true,
		fallback: func(f *policies.Fallback) *policies.Fallback {
			f.Messages = &policies.Messages{Count: policies.CountEvery}
			return f
		}},
	{name: "declarative_lossy", means: "as declarative, with the same messages lost and delivered twice: it reads none", lossy: true, fallback: declarative},
}

func declarative(f *policies.Fallback) *policies.Fallback {
	f.Messages, f.LowerAfter = nil, 10*time.Minute
	return f
}

// The scenario's price jump.
const (
	appnetaJump  = 24 * time.Hour
	appnetaAside = time.Hour
	appnetaEnds  = 120 * time.Hour
)

func runAppneta(ctx context.Context, a *app, seed uint64) (map[string]float64, error) {
	values := map[string]float64{}
	for i := range appnetaVariants {
		if err := a.runAppnetaVariant(ctx, &appnetaVariants[i], seed, values); err != nil {
			return nil, err
		}
	}
	values["drift_capacity"] = values["capacity_declarative_lossy"] - values["capacity_every_lossy"]
	values["drift_cost"] = values["cost_every_lossy"] - values["cost_declarative_lossy"]
	return values, nil
}

// plotAppneta draws the article's graph, the capacity that is ready over the days before, during and after the jump, without
// the daemon, with it, and with the declarative form.
func plotAppneta(ctx context.Context, a *app, seed uint64, dir string) error {
	var lines []report.NamedSteps
	var from, until models.Instant
	for i := range appnetaVariants {
		v := &appnetaVariants[i]
		label := map[string]string{"without_daemon": "no daemon", "with_daemon": "daemon, as printed", "every": "daemon, as described", "declarative": "declarative"}[v.name]
		if label == "" {
			continue
		}
		j, _, ready, err := a.playAppneta(ctx, v, seed)
		if err != nil {
			return err
		}
		from, until = j.scenario.From, j.scenario.From.Add(j.scenario.Length)
		lines = append(lines, report.NamedSteps{Name: label, Steps: ready.steps})
	}
	chart := report.Lines("Instances ready, spot and on-demand", "instances  |  appneta-2013", "", from, until, lines)
	chart.Name = "appneta-2013"
	if err := report.WriteCharts(dir, []report.Chart{chart}); err != nil {
		return failure{err}
	}
	return nil
}

// playAppneta plays a variant, and follows what is ready.
func (a *app) playAppneta(ctx context.Context, v *appnetaVariant, seed uint64) (*job, *played, *readyTime, error) {
	j, err := a.prepare("appneta-2013", &jobFlags{ledger: "none", seed: seed})
	if err != nil {
		return nil, nil, nil, err
	}
	if v.lossy {
		j.scenario.Messages.Lost, j.scenario.Messages.Doubled = settings.Share(0.1), settings.Share(0.1)
		if j.built, err = j.scenario.Build(j.files); err != nil {
			return nil, nil, nil, err
		}
	}
	c, err := j.candidate("", nil)
	if err != nil {
		return nil, nil, nil, err
	}
	c.name = v.name
	if v.fallback != nil {
		c.settings.Fallback = v.fallback(c.settings.Fallback)
	}
	from := j.scenario.From
	ready := &readyTime{from: from.Add(appnetaJump + appnetaAside), until: from.Add(appnetaEnds), pools: j.built.World.Pools,
		desired: int64(c.settings.Scaling.Groups[0].Desired)}
	p, err := a.play(ctx, j.scenario, j.built, c, sinks{ready}, nil)
	return j, p, ready, err
}

func (a *app) runAppnetaVariant(ctx context.Context, v *appnetaVariant, seed uint64, values map[string]float64) error {
	_, p, ready, err := a.playAppneta(ctx, v, seed)
	if err != nil {
		return err
	}
	desired := float64(ready.desired)
	values["capacity_"+v.name] = 100 * ready.mean() / desired
	values["on_demand_left_"+v.name] = float64(ready.onDemand)
	bought := map[string]float64{}
	for _, f := range p.more {
		bought[f.Key] = f.Value
	}
	values["cost_"+v.name] = bought["spot_cost"] + bought["on_demand_cost"]
	if f, ok := measure.Find(p.more, "saving"); ok && f.Known {
		values["saving_"+v.name] = f.Value
	}
	return nil
}

// readyTime is a sink that averages how many instances are ready over a span of time.
type readyTime struct {
	from, until models.Instant
	pools       []models.Pool

	desired  int64 // instances that there should be
	ready    int64 // instances now
	at       models.Instant
	seconds  int64
	onDemand int64 // instances launched and not gone now
	steps    []report.Step
}

// Event takes the next event of a ledger.
func (r *readyTime) Event(e models.Event) {
	if e.Instance == models.NoInstance {
		return
	}
	r.settle(e.At)
	if change := readyIn(e.To) - readyIn(e.From); change != 0 {
		r.ready += change
		r.steps = append(r.steps, report.Step{At: e.At, Value: r.ready})
	}
	if r.pools[e.Pool].Kind == models.OnDemand {
		switch e.Kind {
		case models.Launched:
			r.onDemand++
		case models.Gone:
			r.onDemand--
		}
	}
}

func (r *readyTime) settle(at models.Instant) {
	if span := min(at, r.until) - max(r.at, r.from); span > 0 {
		r.seconds += r.ready * int64(span)
	}
	r.at = at
}

// mean ends the span.
func (r *readyTime) mean() float64 {
	r.settle(max(r.at, r.until))
	return float64(r.seconds) / float64(r.until-r.from)
}

func readyIn(s models.State) int64 {
	if s == models.Idle || s == models.Busy || s == models.Finishing {
		return 1
	}
	return 0
}
