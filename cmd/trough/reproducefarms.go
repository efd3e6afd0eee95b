package main

import (
	"context"

	"trough.internal/models"
	"trough.internal/report"
	"trough.internal/report/measure"
	"trough.internal/sim"
)

// farmInstances is how many instances of the reference type each of the 40 farms has in each of three zones. The article
// does not say: calibrated, so that a suite takes about twice as long on them.
const farmInstances = 40

// farms are the development and test environments that share what is borrowed (Creating Your Own EC2 Spot Market, part 2,
// 2015). They share it as one borrower, through the classes of one queue; for several borrowers see broker.
func farms() reproduction {
	return reproduction{
		name:  "netflix-farms",
		about: "Netflix, October 2015: production beside 40 farms for development and testing, whose regression suites share what is borrowed.",
		figures: []reproduced{
			{figure: "suite_time_ratio", unit: "ratio", article: new(0.5), low: new(0.4), high: new(0.6), kind: calibrated,
				definition: "mean time of a suite with borrowing / time of the first suite on its farm alone"},
			{figure: "suite_borrowing_h", unit: "h", kind: emergent,
				definition: "from a suite's arrival to the completion of its last job, mean over the 40 farms' suites; none of the farms' own instances help"},
			{figure: "suite_alone_h", unit: "h", kind: calibrated,
				definition: "the same for the first suite, on the farm's own 120 r3.4xlarge, which do nothing else"},
			{figure: "production_wait_ratio", unit: "ratio", kind: emergent,
				definition: "p95 wait of class high, which is production's alone, with the farms' suites / without them; same arrivals and luck, both with borrowing"},
		},
		run: func(ctx context.Context, a *app, seed uint64) (map[string]float64, error) {
			with, err := a.altered(ctx, "netflix-farms", seed, nil, false)
			if err != nil {
				return nil, err
			}
			without, err := a.altered(ctx, "netflix-farms", seed, func(s *sim.Scenario) { s.Batches = nil }, false)
			if err != nil {
				return nil, err
			}
			alone, err := a.altered(ctx, "netflix-farms", seed, oneFarm, true)
			if err != nil {
				return nil, err
			}
			values := map[string]float64{}
			addMakespan(values, "suite_alone_h", alone)
			if mean, ok := measure.Find(with.result.Figures(), "batch_suite_makespan"); ok && mean.Known {
				values["suite_borrowing_h"] = mean.Value / 3600
				if farm, ok := values["suite_alone_h"]; ok {
					values["suite_time_ratio"] = values["suite_borrowing_h"] / farm
				}
			}
			if wait := without.result.Classes[models.High].Wait.P95; wait > 0 {
				values["production_wait_ratio"] = float64(with.result.Classes[models.High].Wait.P95) / float64(wait)
			}
			return values, nil
		},
		// The article has no graph; this is what the suites wait beside production.
		plot: func(ctx context.Context, a *app, seed uint64, dir string) error {
			return a.plotRun(ctx, "netflix-farms", seed, dir, 0, report.QueueByPriority)
		},
	}
}

// oneFarm leaves of the scenario the first suite and the farm that runs it.
func oneFarm(s *sim.Scenario) {
	s.Batches[0].Times = 1
	s.Encoding.Production.TitlesPerDay, s.Encoding.Research.ExperimentsPerDay = 0, 0
	for i := range s.Base {
		s.Base[i].Instances = farmInstances
	}
}
