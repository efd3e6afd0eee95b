package main

import (
	"context"
	"time"

	"trough.internal/models"
	"trough.internal/models/catalog"
	"trough.internal/report"
)

// month is what the static farm's idle share is over; a season arrives in it once.
const month = 30 * 86400

// season is a batch that is known by its work (High Scalability, December 2017).
func season() reproduction {
	return reproduction{
		name:  "season",
		about: "Netflix, 2017: a season of nine 8K episodes arrives within moments; on borrowed instances and on a static farm.",
		figures: []reproduced{
			{figure: "cpu_hours", unit: "CPU-h", article: new(190000.0), low: new(186200.0), high: new(193800.0), kind: calibrated,
				definition: "work of all the season's jobs on the reference type x its vCPUs"},
			{figure: "m4_16xlarge_hours", unit: "instance-hours", article: new(2965.0), low: new(2900.0), high: new(3030.0), kind: calibrated,
				definition: "those CPU-hours over the 64 vCPUs of an m4.16xlarge"},
			{figure: "makespan_borrowing_h", unit: "h", kind: emergent,
				definition: "from the arrival of the first episode to the completion of the last job, under the scenario's policy"},
			{figure: "makespan_static_h", unit: "h", kind: emergent,
				definition: "the same on a static farm: the base fleet alone, which is reserved for the same cost as with borrowing, overdraft aside"},
			{figure: "static_idle_share", unit: "%", kind: emergent,
				definition: "share of that farm's instance-hours over 30 days that do no work, if nothing arrives but one such season"},
		},
		run: func(ctx context.Context, a *app, seed uint64) (map[string]float64, error) {
			j, c, err := a.alteredJob("season", seed, nil, false)
			if err != nil {
				return nil, err
			}
			p, err := a.play(ctx, j.scenario, j.built, c, nil, nil)
			if err != nil {
				return nil, err
			}
			reference, err := catalog.Lookup(j.scenario.Prices.Date, "us-east-1", j.scenario.Reference)
			if err != nil {
				return nil, err
			}
			cpu := float64(p.result.Batches[0].Work) / 3600 * float64(reference.VCPUs)
			values := map[string]float64{"cpu_hours": cpu, "m4_16xlarge_hours": cpu / 64}
			addMakespan(values, "makespan_borrowing_h", p)
			farm, err := a.altered(ctx, "season", seed, nil, true)
			if err != nil {
				return nil, err
			}
			addMakespan(values, "makespan_static_h", farm)
			if _, done := values["makespan_static_h"]; done { // and the rest of the month is idle
				values["static_idle_share"] = 100 * (1 - float64(farm.result.Base.StateSeconds[models.Busy])/float64(farm.result.BaseInstances*month))
			}
			return values, nil
		},
		// The article has no graph; this is how fast the season goes, while there is anything of it left to do.
		plot: func(ctx context.Context, a *app, seed uint64, dir string) error {
			return a.plotRun(ctx, "season", seed, dir, 5*time.Hour, report.QueueByPriority)
		},
	}
}
