package main

import (
	"context"

	"trough.internal/models"
	"trough.internal/report"
	"trough.internal/report/measure"
)

const (
	defFarmSize    = "instances of the farm: the smallest that under seed 1 does what borrowing does on netflix-realtime, with a p95 wait of class high that is no longer"
	defUtilisation = "time in which the farm's instances work / instances x span"
	defFarmIdle    = "1 - utilisation"
	defFarmReserve = "instances x span x the reserved price, upfront payment spread over the term, used or not"
	defBorrowCost  = "reserved cost of the base fleet of netflix-realtime, and its overdraft as billed"
	defBorrowSaves = "1 - cost with borrowing / cost of the farm, under the same seed; the farm keeps its size, so under other seeds than 1 it may do more or less than borrowing"
)

// farmAlone is encoding on reserved instances of its own (High Scalability 2017 has the case against it).
func farmAlone(runs *realtimeRuns) reproduction {
	return reproduction{
		name:  "static-farm",
		about: "Encoding on a reserved farm of its own, which borrows nothing: the baseline of every table.",
		figures: []reproduced{
			{figure: "static_farm_instances", unit: "instances", definition: defFarmSize, kind: calibrated},
			{figure: "utilisation", unit: "%", definition: defUtilisation, kind: emergent},
			{figure: "idle_share", unit: "%", definition: defFarmIdle, kind: emergent},
			ofRun("high_wait_p95", reproduced{kind: emergent}),
			ofRun("medium_wait_p95", reproduced{kind: emergent}),
			ofRun("low_wait_p95", reproduced{kind: emergent}),
			ofRun("work_completed", reproduced{kind: emergent}),
			{figure: "cost", unit: "USD", definition: defFarmReserve, kind: emergent},
			{figure: "cost_borrowing", unit: "USD", definition: defBorrowCost, kind: emergent},
			{figure: "saving_borrowing", unit: "%", definition: defBorrowSaves, kind: emergent},
		},
		run: func(ctx context.Context, a *app, seed uint64) (map[string]float64, error) {
			return runFarmAlone(ctx, a, seed, runs)
		},
		plot: func(ctx context.Context, a *app, seed uint64, dir string) error {
			return a.plotRun(ctx, "static-farm", seed, dir, 0, report.QueueByPriority)
		},
	}
}

func runFarmAlone(ctx context.Context, a *app, seed uint64, runs *realtimeRuns) (map[string]float64, error) {
	j, err := a.prepare("static-farm", &jobFlags{ledger: "none", seed: seed}) // played once: nothing to decode
	if err != nil {
		return nil, err
	}
	c, err := j.candidate("", nil)
	if err != nil {
		return nil, err
	}
	farm, err := a.play(ctx, j.scenario, j.built, c, nil, nil)
	if err != nil {
		return nil, err
	}
	values := valuesOf(farm.result.Figures(), "high_wait_p95", "medium_wait_p95", "low_wait_p95", "work_completed")
	values["static_farm_instances"] = float64(farm.result.BaseInstances)
	values["utilisation"] = utilisation(&farm.result)
	values["idle_share"] = 100 - values["utilisation"]
	cost := j.reservedCost(j.built.World.Base, farm.result.Span())

	b, borrowing, err := runs.of(ctx, a, seed)
	if err != nil {
		return nil, err
	}
	paid := b.reservedCost(b.built.World.Base, borrowing.result.Span()) + borrowing.result.Bill.Billed().Cost
	values["cost"], values["cost_borrowing"] = cost.USD(), paid.USD()
	values["saving_borrowing"] = 100 * (1 - paid.USD()/cost.USD())
	return values, nil
}

// utilisation is the part of the base fleets' time in which they work, in percent.
func utilisation(r *measure.Result) float64 {
	return 100 * float64(r.Base.StateSeconds[models.Busy]) / (float64(r.BaseInstances) * float64(r.Span()))
}
