package main

import (
	"context"
	"time"

	"trough.internal/report"
	"trough.internal/sim"
)

// aloneMost is far longer than the base fleet takes for the weekend's batch.
const aloneMost = 9 * 24 * time.Hour

// weekend is a batch on the real-time borrower (Creating Your Own EC2 Spot Market, part 2, 2015).
func weekend() reproduction {
	return reproduction{
		name:  "netflix-weekend",
		about: "Netflix, October 2015: a research project of 12,000 encoding jobs, triggered at once on a weekend, beside production.",
		figures: []reproduced{
			{figure: "makespan_borrowing_h", unit: "h", article: new(18.0), low: new(15.0), high: new(21.0), kind: calibrated,
				definition: "from the batch's arrival to the completion of its last job, under the scenario's policy"},
			// The article says that a few days were expected.
			{figure: "makespan_alone_h", unit: "h", low: new(48.0), kind: emergent,
				definition: "the same on the base fleet alone, which has the background's jobs to do beside; same arrivals and luck"},
		},
		run: func(ctx context.Context, a *app, seed uint64) (map[string]float64, error) {
			with, err := a.altered(ctx, "netflix-weekend", seed, nil, false)
			if err != nil {
				return nil, err
			}
			alone, err := a.altered(ctx, "netflix-weekend", seed, func(s *sim.Scenario) { s.Length = aloneMost }, true)
			if err != nil {
				return nil, err
			}
			values := map[string]float64{}
			addMakespan(values, "makespan_borrowing_h", with)
			addMakespan(values, "makespan_alone_h", alone)
			return values, nil
		},
		// The article's graph: jobs of class high as a line, the others as an area.
		plot: func(ctx context.Context, a *app, seed uint64, dir string) error {
			return a.plotRun(ctx, "netflix-weekend", seed, dir, 0, report.QueueByPriority)
		},
	}
}

// addMakespan adds the makespan of a run's first batch, in hours; a batch that did not complete has none.
func addMakespan(values map[string]float64, figure string, p *played) {
	if makespan, ok := p.result.Batches[0].Makespan(); ok {
		values[figure] = float64(makespan) / 3600
	}
}

// altered runs a built-in scenario under a seed and after a change, which may be nil: with its own policy, or alone on its
// base fleet.
func (a *app) altered(ctx context.Context, name string, seed uint64, change func(*sim.Scenario), alone bool) (*played, error) {
	j, c, err := a.alteredJob(name, seed, change, alone)
	if err != nil {
		return nil, err
	}
	return a.play(ctx, j.scenario, j.built, c, nil, nil)
}

// alteredJob is such a run before it begins.
func (a *app) alteredJob(name string, seed uint64, change func(*sim.Scenario), alone bool) (*job, candidate, error) {
	s, err := loadScenario(name)
	if err != nil {
		return nil, candidate{}, err
	}
	s.Seed = seed
	if change != nil {
		change(s)
	}
	j := &job{scenario: s, files: dataFiles{a.data}, ledger: "none"}
	if j.built, err = s.Build(j.files); err != nil {
		return nil, candidate{}, err
	}
	c, err := never()
	if !alone {
		c, err = j.candidate("", nil)
	}
	return j, c, err
}
