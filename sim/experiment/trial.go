package experiment

import (
	"context"
	"fmt"
	"strings"

	"trough.internal/policies"
)

// Trial is a point with the days that its cells had.
type Trial struct {
	Values []string  // by axis; "-" where the policy as it is does not have the setting
	Point  *Point    // nil where the values make no policy
	Days   [][]Day   // by seed, as many as it was run under
	Cells  []Address // likewise
	Failed string    // why there is nothing more
}

// Evaluate returns points' trials, in their order, under so many seeds at least. A point that comes again is the same trial.
type Evaluate func(ctx context.Context, values [][]string, seeds int) ([]*Trial, error)

// Trials evaluates points of one policy by their cells, which a store keeps: what an earlier call has computed is there.
type Trials struct {
	Plan   *Plan
	Policy *policies.Settings
	Store  Store
	Work   Work

	Computed int // cells that the store did not hold

	seen map[string]*Trial // by values
}

// Begin makes the trials of an experiment whose axes are all of its one policy.
func Begin(p *Plan, store Store, w Work) (*Trials, error) {
	if len(p.named) != 1 {
		return nil, fmt.Errorf("policies lists %d: expected one, whose parameters are looked for", len(p.named))
	}
	if len(p.Experiment.Axes) == 0 {
		return nil, fmt.Errorf("axes is empty: expected the parameters to look for")
	}
	for i := range p.Experiment.Axes {
		if set := p.Experiment.Axes[i].Set; !strings.HasPrefix(set, "policy.") {
			return nil, fmt.Errorf("axes[%d].set is %s: expected a setting of the policy; the scenario is the world, which nobody chooses", i, set)
		}
	}
	return &Trials{Plan: p, Policy: p.named[0], Store: store, Work: w, seen: map[string]*Trial{}}, nil
}

// AsItIs is the policy with its own settings, which everything else is held against.
func (t *Trials) AsItIs(ctx context.Context) (*Trial, error) {
	values := t.Plan.ownValues(t.Policy, make([]string, len(t.Plan.Experiment.Axes)))
	point := &Point{Policy: t.Policy, Scenario: t.Plan.base, Values: values}
	trial := &Trial{Values: values, Point: point}
	t.seen[key(values)] = trial
	err := t.run(ctx, []*Trial{trial}, t.Plan.Experiment.Seeds)
	if err == nil && trial.Failed != "" {
		err = fmt.Errorf("policy %s with its own settings failed: %s", t.Policy.Policy, trial.Failed)
	}
	return trial, err
}

// Evaluate implements the function type of its name.
func (t *Trials) Evaluate(ctx context.Context, values [][]string, seeds int) ([]*Trial, error) {
	list := make([]*Trial, len(values))
	for i, v := range values {
		if list[i] = t.seen[key(v)]; list[i] == nil {
			list[i] = t.trial(v)
			t.seen[key(v)] = list[i]
		}
	}
	return list, t.run(ctx, list, seeds)
}

// trial is one without days. Values that make no policy have failed: among values that each are fine, some may not go together.
func (t *Trials) trial(values []string) *Trial {
	point, err := t.Plan.at(t.Plan.base, t.Policy, values)
	if err != nil {
		return &Trial{Values: values, Failed: err.Error()}
	}
	return &Trial{Values: values, Point: &point}
}

// run computes what trials lack up to a number of seeds.
func (t *Trials) run(ctx context.Context, list []*Trial, seeds int) error {
	var cells []Cell
	var of []*Trial
	for _, trial := range list {
		if trial.Failed != "" || len(trial.Cells) >= seeds {
			continue
		}
		own, err := t.Plan.cells(trial.Point, t.Plan.Experiment.SeedList()[:seeds])
		if err != nil {
			return err
		}
		for _, cell := range own[len(trial.Cells):] {
			trial.Cells = append(trial.Cells, cell.Address)
			cells, of = append(cells, cell), append(of, trial)
		}
	}
	// Run has cells of one world and seed stand together.
	ordered := append([]Cell(nil), cells...)
	sorted(ordered)
	computed, err := Run(ctx, ordered, t.Store, t.Work)
	t.Computed += computed
	if err != nil {
		return err
	}
	results, err := Collect(cells, t.Store)
	if err != nil {
		return err
	}
	for i, r := range results {
		if r.Failed != "" {
			of[i].Failed = r.Failed
		}
		of[i].Days = append(of[i].Days, r.Days)
	}
	return nil
}

func key(values []string) string { return strings.Join(values, "\x00") }
