package main

import (
	"context"
	"math"
	"slices"
	"time"

	"trough.internal/models/encoding"
	"trough.internal/policies"
	"trough.internal/report/measure"
)

// broker is the resource broker for several borrowers that Netflix announced as a next step (Creating Your Own EC2 Spot Market,
// part 2, 2015). The article gives no figures, so that there are no bands either.
func broker() reproduction {
	figures := []reproduced{}
	for _, v := range brokerVariants {
		figures = append(figures,
			reproduced{figure: "share_error" + v.suffix, unit: "percentage points", kind: emergent, definition: defShareError + v.means},
			reproduced{figure: "starved_hours" + v.suffix, unit: "h", kind: emergent, definition: defStarved + v.means},
			reproduced{figure: "moves_per_hour" + v.suffix, unit: "instances/h", kind: emergent, definition: defMoves + v.means},
			reproduced{figure: "together_share" + v.suffix, unit: "%", kind: emergent, definition: defTogether + v.means})
		efficiency := ofRun("cost_efficiency", reproduced{kind: emergent})
		efficiency.figure, efficiency.definition = efficiency.figure+v.suffix, efficiency.definition+v.means
		figures = append(figures, efficiency)
		if v.work == nil { // else QA's work never ends, and its wait says nothing but that
			figures = append(figures, reproduced{figure: "urgent_wait_p95_s" + v.suffix, unit: "s", kind: emergent, definition: defUrgentWait + v.means})
		}
	}
	return reproduction{
		name:    "broker",
		about:   "Netflix, October 2015: a resource broker for several borrowers, announced as a next step.",
		figures: figures,
		run: func(ctx context.Context, a *app, seed uint64) (map[string]float64, error) {
			values := map[string]float64{}
			for _, v := range brokerVariants {
				if err := a.runBroker(ctx, seed, v, values); err != nil {
					return nil, err
				}
			}
			return values, nil
		},
		plot: plotBroker,
	}
}

const (
	defShareError = "largest deviation of a borrower's part of the instance-hours borrowed from its part of the weights, over the time in which every " +
		"borrower had a job waiting"
	defStarved    = "time in which a borrower had a job waiting and held nothing, all borrowers added up; the boot of its first instances is part of it"
	defUrgentWait = "p95 of the wait of QA's jobs, which come as suites of 400 at once and are of class high, before their first attempt"
	defMoves      = "instances that moved from one borrower to another: in each pool and every ten minutes, what some held less and, as far as that, others more; over the hours of the run"
	defTogether   = "part of the run in which every borrower had a job waiting: what share_error is measured over"
)

// brokerVariant is one way to run the scenario.
type brokerVariant struct {
	suffix, means string
	work          func(s *encoding.Settings) // changes the scenario's workload
	change        func(s *policies.Settings)
}

var brokerVariants = []brokerVariant{
	{},
	{suffix: "_busy", means: "; with several times the work, so that every borrower has some at all times",
		work: func(s *encoding.Settings) {
			s.TimeZone, s.QA.At = "UTC", []time.Duration{0, 12 * time.Hour}
			s.Production.TitlesPerDay, s.Research.ExperimentsPerDay, s.QA.Jobs = 40, 100, 20000
		}},
	{suffix: "_without", means: "; without a broker: every pool is shared in proportion to demand at each evaluation",
		change: func(s *policies.Settings) { s.Broker = nil }},
}

func (a *app) runBroker(ctx context.Context, seed uint64, v brokerVariant, values map[string]float64) error {
	j, err := a.prepare("broker", &jobFlags{ledger: "none", seed: seed})
	if err != nil {
		return err
	}
	if v.work != nil {
		v.work(j.scenario.Encoding)
		if j.built, err = j.scenario.Build(j.files); err != nil {
			return err
		}
	}
	c, err := j.candidate("", nil)
	if err != nil {
		return err
	}
	weights := weightsOf(c.settings.Broker, j.built.World.Borrowers)
	if v.change != nil {
		v.change(c.settings)
	}
	each := measure.NewBorrowers(setupOf(j.scenario, j.built))
	p, err := a.play(ctx, j.scenario, j.built, c, sinks{each}, nil)
	if err != nil {
		return err
	}
	results := each.Finish(p.until)
	for key, value := range valuesOf(p.result.Figures(), "cost_efficiency") {
		values[key+v.suffix] = value
	}
	hours := float64(p.until-j.built.World.Start) / 3600
	together, starved := int64(0), int64(0)
	for i := range results {
		together += results[i].Together
		starved += results[i].Starved
	}
	values["starved_hours"+v.suffix] = float64(starved) / 3600
	values["moves_per_hour"+v.suffix] = float64(each.Moves()) / hours
	values["together_share"+v.suffix] = 100 * float64(results[0].TogetherSeconds) / 3600 / hours
	if at := slices.Index(j.built.World.Borrowers, "qa"); at >= 0 && v.work == nil {
		values["urgent_wait_p95_s"+v.suffix] = float64(results[at].Wait.Quantile(0.95))
	}
	if together == 0 {
		return nil // nobody knows: they never waited at the same time
	}
	off := 0.0
	for i := range results {
		off = max(off, math.Abs(float64(results[i].Together)/float64(together)-weights[i]))
	}
	values["share_error"+v.suffix] = 100 * off
	return nil
}

// weightsOf are the parts of all weights by borrower; one without terms has weight 1.
func weightsOf(b *policies.Broker, names []string) []float64 {
	weights, all := make([]float64, len(names)), 0.0
	for i, name := range names {
		weights[i] = 1
		if at := slices.IndexFunc(b.Borrowers, func(q policies.Quota) bool { return q.Name == name }); at >= 0 {
			weights[i] = b.Borrowers[at].Weight
		}
		all += weights[i]
	}
	for i := range weights {
		weights[i] /= all
	}
	return weights
}
