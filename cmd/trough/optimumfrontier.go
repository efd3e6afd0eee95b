package main

import (
	"context"
	"encoding/csv"
	"math"
	"os"
	"slices"
	"strconv"

	"trough.internal/report"
	"trough.internal/report/measure"
	"trough.internal/sim/hindsight"
)

// The price ratios of a frontier: bounds are quick, and a replay takes as long as a run.
var (
	frontierRatios  = []float64{0, 0.5, 1, 1.5, 2, 3, 4, 6, 10, 20, 50, 100, 1000, math.Inf(1)}
	frontierReplays = []float64{1, 2, 4, 10, math.Inf(1)}
)

// writeFrontier sweeps the price ratio and writes what no policy can reach, what plans reached and where the policies stand.
func (a *app) writeFrontier(ctx context.Context, j *job, solver *hindsight.Solver, all []*played, files *output) error {
	f := report.Frontier{Scenario: j.scenario.Name, Seed: j.scenario.Seed, From: j.built.World.Start, Until: j.built.World.Until}
	rows := [][]string{{"kind", "name", "price_ratio", "upper", "throughput", "overdraft"}}
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	for _, ratio := range frontierRatios {
		bound, err := a.bound(ctx, j, solver, ratio)
		if err != nil {
			return err
		}
		f.Bounds = append(f.Bounds, report.Tangent{Ratio: ratio, Upper: bound.Upper})
		row := []string{"bound", "", measure.RatioText(ratio), number(bound.Upper), "", ""}
		rows = append(rows, row)
		if !slices.Contains(frontierReplays, ratio) {
			continue
		}
		p, err := a.replay(ctx, j, solver, &bound, 0)
		if err != nil {
			return err
		}
		goodput, overdraft := p.result.Frontier()
		f.Plans = append(f.Plans, report.Place{Throughput: goodput, Overdraft: overdraft})
		rows = append(rows, []string{"plan", "", measure.RatioText(ratio), "", number(goodput), number(overdraft)})
	}
	for _, p := range all {
		goodput, overdraft := p.result.Frontier()
		f.Policies = append(f.Policies, report.Place{Name: p.name, Throughput: goodput, Overdraft: overdraft})
		rows = append(rows, []string{"policy", p.name, "", "", number(goodput), number(overdraft)})
	}
	if err := writeRows(files.path("frontier.csv"), rows); err != nil {
		return err
	}
	if err := report.WritePlots(files.temp, []report.Plot{&f}); err != nil {
		return failure{err}
	}
	return files.commit()
}

func writeRows(path string, rows [][]string) error {
	f, err := os.Create(path)
	if err != nil {
		return failure{fileError(path, err)}
	}
	w := csv.NewWriter(f)
	err = w.WriteAll(rows)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return failure{fileError(path, err)}
	}
	return nil
}
