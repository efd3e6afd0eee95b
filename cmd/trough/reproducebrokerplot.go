package main

import (
	"context"
	"fmt"
	"time"

	"trough.internal/models"
	"trough.internal/report"
	"trough.internal/report/measure"
)

// plotBroker draws who held how much over the first days, and where the bands would meet if everyone had its fair share. The
// article has no graph.
func plotBroker(ctx context.Context, a *app, seed uint64, dir string) error {
	j, err := a.prepare("broker", &jobFlags{ledger: "none", seed: seed})
	if err != nil {
		return err
	}
	j.scenario.Length = 3 * 24 * time.Hour
	if j.built, err = j.scenario.Build(j.files); err != nil {
		return err
	}
	c, err := j.candidate("", nil)
	if err != nil {
		return err
	}
	names := j.built.World.Borrowers
	h := newHoldings(measure.NewBorrowers(setupOf(j.scenario, j.built)), weightsOf(c.settings.Broker, names), j.built.World.Start)
	p, err := a.play(ctx, j.scenario, j.built, c, sinks{h}, nil)
	if err != nil {
		return err
	}
	chart := h.chart(names, j.built.World.Start, p.until)
	chart.Name = "broker"
	if err := report.WriteCharts(dir, []report.Chart{chart}); err != nil {
		return failure{err}
	}
	return nil
}

// holdings is a sink that follows what each of several borrowers holds, and what would be its fair share of that.
type holdings struct {
	each    *measure.Borrowers
	weights []float64
	next    models.Instant // when it looks next

	edges [][]report.Step // by borrower: what it and those before it hold
	fair  [][]report.Step // the same if each had its fair share
}

func newHoldings(each *measure.Borrowers, weights []float64, from models.Instant) *holdings {
	return &holdings{each: each, weights: weights, next: from, edges: make([][]report.Step, len(weights)), fair: make([][]report.Step, len(weights))}
}

// holdingsEvery is how often it looks, in seconds: what an instance does between two jobs would only blur the edges.
const holdingsEvery = 300

// Event takes the next event of a ledger.
func (h *holdings) Event(e models.Event) {
	for h.next <= e.At {
		h.note(h.next)
		h.next += holdingsEvery
	}
	h.each.Event(e)
}

// note adds what holds at an instant. Who has no job waiting has all that it needs; what the others hold together would
// be divided by their weights.
func (h *holdings) note(at models.Instant) {
	held, waits := make([]float64, len(h.weights)), make([]bool, len(h.weights))
	together, weights := 0.0, 0.0
	for b := range h.weights {
		n, waiting := h.each.Now(models.BorrowerID(b))
		held[b], waits[b] = float64(n), waiting > 0
		if waits[b] {
			together, weights = together+held[b], weights+h.weights[b]
		}
	}
	edge, fair := 0.0, 0.0
	for b := range h.weights {
		edge += held[b]
		share := held[b]
		if waits[b] {
			share = together * h.weights[b] / weights
		}
		fair += share
		h.edges[b] = append(h.edges[b], report.Step{At: at, Value: int64(edge)})
		h.fair[b] = append(h.fair[b], report.Step{At: at, Value: int64(fair + 0.5)})
	}
}

// chart stacks what was held, and draws the fair shares' inner edges over it.
func (h *holdings) chart(names []string, from, until models.Instant) report.Chart {
	h.note(until)
	var edges, fair []report.NamedSteps
	for b, name := range names {
		edges = append(edges, report.NamedSteps{Name: name, Remark: fmt.Sprintf("%.0f %%", 100*h.weights[b]), Steps: h.edges[b]})
		if b < len(names)-1 {
			fair = append(fair, report.NamedSteps{Name: "edges of fair shares", Steps: h.fair[b]})
		}
	}
	return report.Bands("Instances held by borrower", "instances  |  broker  |  fair: by weight, among those with jobs waiting", "of weights", from, until, edges, fair)
}
