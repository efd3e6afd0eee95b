package main

import (
	"context"
	"math"
	"slices"
	"time"

	"trough.internal/models"
	"trough.internal/models/settings"
	"trough.internal/policies"
	"trough.internal/report"
	"trough.internal/report/measure"
)

const (
	defStart = "overdraft of episodes that began within the window's first two hours, in instance-hours a day, by no billing rule"
	defEnd   = "overdraft of episodes that began from an hour before the window's planned end until four hours after, in instance-hours a day, by no billing rule"

	defAtEdges = "part of all overdraft, in instance-hours, that is of episodes which began at the window's edges"

	defGap = "cost efficiency of the real-time borrower - that of the schedule, both on netflix-realtime under the same seed and as billed there; " +
		"the schedule is that of June with its window, its notice and its delays, over all pools, and "
	defGapEqual  = defGap + "of every reservation it holds the share at which it gains as much capacity, to within 1 %"
	defGapScaled = defGap + "every pool holds the same part of its median of what is unused from 12:00 to 24:00 (more than one could know beforehand), " +
		"the part at which it gains as much capacity, to within 1 %"
	defGapAll = defGap + "every pool holds its own median of what is unused from 12:00 to 24:00 over the whole span: more than one could know beforehand"

	defGapGain = "capacity gain of the schedule in which every pool holds its median of what is unused from 12:00 to 24:00"
	defShare   = "part of every pool's reservation that the schedule of equal capacity gain holds in its window"
)

// byHand is how Netflix began to borrow (Creating Your Own EC2 Spot Market, part 1, 2015).
func byHand(runs *realtimeRuns) reproduction {
	return reproduction{
		name:  "netflix-schedule",
		about: "Netflix, June 2015: a fixed window of twelve hours on r3.4xlarge, after the nightly precompute and until it begins again, scaled down by hand.",
		figures: []reproduced{
			{figure: "unused_r3_4xlarge", unit: "instances", definition: defMarketUnused, article: new(1500.0), low: new(1500.0), high: new(1700.0), kind: calibrated},
			{figure: "peak_unused_r3_4xlarge", unit: "instances", definition: defMarketTypePeak, kind: emergent},
			{figure: "overdraft_at_start", unit: "instance-hours a day", definition: defStart, kind: emergent},
			{figure: "overdraft_at_end", unit: "instance-hours a day", definition: defEnd, kind: emergent},
			{figure: "overdraft_at_edges", unit: "%", definition: defAtEdges, kind: emergent},
			ofRun("capacity_gain", reproduced{kind: emergent}),
			ofRun("cost_efficiency", reproduced{kind: emergent}),
			ofRun("cost_efficiency_instantaneous", reproduced{kind: emergent}),
			{figure: "schedule_gap_equal_gain", unit: "points", definition: defGapEqual, low: new(10.0), kind: emergent},
			{figure: "schedule_share_equal_gain", unit: "%", definition: defShare, kind: emergent},
			{figure: "schedule_gap_equal_gain_medians", unit: "points", definition: defGapScaled, kind: emergent},
			{figure: "schedule_gap_all_pools", unit: "points", definition: defGapAll, low: new(5.0), kind: emergent},
			{figure: "capacity_gain_all_pools", unit: "%", definition: defGapGain, kind: emergent},
		},
		run: func(ctx context.Context, a *app, seed uint64) (map[string]float64, error) {
			return runByHand(ctx, a, seed, runs)
		},
		plot: func(ctx context.Context, a *app, seed uint64, dir string) error {
			return a.plotRun(ctx, "netflix-schedule", seed, dir, 5*24*time.Hour, surplusOfR3)
		},
	}
}

// surplusOfR3 is the surplus of the one type that the window is about.
func surplusOfR3(s *report.Series) report.Chart {
	only := *s
	only.Title += ", r3.4xlarge"
	only.Rows = nil
	for _, row := range s.Rows {
		switch row.Series {
		case models.SeriesReserved, models.SeriesInUse, models.SeriesBorrowed, models.SeriesOverdraft:
			if s.Pools[row.Key].Type != "r3.4xlarge" {
				continue
			}
		}
		only.Rows = append(only.Rows, row)
	}
	return report.SurplusAgainstBorrowed(&only)
}

func runByHand(ctx context.Context, a *app, seed uint64, runs *realtimeRuns) (map[string]float64, error) {
	june, err := a.system("netflix-schedule", seed)
	if err != nil {
		return nil, err
	}
	c, err := june.candidate("", nil)
	if err != nil {
		return nil, err
	}
	c.settings.Schedule.Seed = seed // what people agree on is luck like any other
	p, err := a.play(ctx, june.scenario, june.built, c, nil, nil)
	if err != nil {
		return nil, err
	}
	values := valuesOf(p.result.Figures(), "capacity_gain", "cost_efficiency", "cost_efficiency_instantaneous")
	m, err := sampleOwners(june)
	if err != nil {
		return nil, err
	}
	values["unused_r3_4xlarge"], values["peak_unused_r3_4xlarge"] = m.unusedAfternoons(), m.peakUnusedOfType()
	zone, err := marketZone(june.scenario)
	if err != nil {
		return nil, err
	}
	edgesOf(&p.result, zone).into(values, p.result.Span())
	return values, a.runGaps(ctx, seed, runs, c.settings.Schedule, values)
}

// edges is the overdraft at the edges of a window from 12:00 to 24:00, in instance-seconds.
type edges struct{ start, end, all int64 }

func edgesOf(r *measure.Result, zone *time.Location) edges {
	var e edges
	for _, episode := range r.Episodes {
		e.all += episode.Seconds
		switch hour := episode.Start.UTC().In(zone).Hour(); {
		case hour == 12 || hour == 13:
			e.start += episode.Seconds
		case hour == 23 || hour < 4:
			e.end += episode.Seconds
		}
	}
	return e
}

func (e edges) into(values map[string]float64, span int64) {
	days := float64(span) / 86400
	values["overdraft_at_start"], values["overdraft_at_end"] = float64(e.start)/3600/days, float64(e.end)/3600/days
	if e.all > 0 {
		values["overdraft_at_edges"] = 100 * float64(e.start+e.end) / float64(e.all)
	}
}

// runGaps holds the real-time borrower against schedules over all pools.
func (a *app) runGaps(ctx context.Context, seed uint64, runs *realtimeRuns, agreed *policies.Schedule, values map[string]float64) error {
	j, realtime, err := runs.of(ctx, a, seed)
	if err != nil {
		return err
	}
	if err := j.built.Decode(); err != nil {
		return err
	}
	m := realtime.market
	medians := func(part float64) *policies.Settings { return mediansOf(agreed, j.built.World.Pools, m.medians, part) }
	all, err := a.play(ctx, j.scenario, j.built, candidate{"schedule", medians(1)}, nil, nil)
	if err != nil {
		return err
	}
	gap := func(p *played) float64 { return costEfficiency(realtime.played) - costEfficiency(p) }
	values["schedule_gap_all_pools"], values["capacity_gain_all_pools"] = gap(all), capacityGain(all)

	// Gains are about in proportion to what is held, so that the run with whole medians says where to begin. Up to
	// twice the medians are tried.
	want, whole := capacityGain(realtime.played), capacityGain(all)
	scaled, _, err := a.playEqualGain(ctx, j, want, min(0.9, want/whole/2), func(share float64) *policies.Settings { return medians(2 * share) })
	if err != nil {
		return err
	}
	if nearly(capacityGain(scaled), want) {
		values["schedule_gap_equal_gain_medians"] = gap(scaled)
	}
	first := min(0.9, want/whole*m.medianShare(j.built.World.Pools))
	equal, share, err := a.playEqualGain(ctx, j, want, first, func(share float64) *policies.Settings { return shareOfAll(agreed, share) })
	if err != nil {
		return err
	}
	if nearly(capacityGain(equal), want) {
		values["schedule_gap_equal_gain"], values["schedule_share_equal_gain"] = gap(equal), 100*share
	}
	return nil
}

func costEfficiency(p *played) float64 {
	f, _ := measure.Find(p.result.Figures(), "cost_efficiency")
	return f.Value
}

// shareOfAll is a schedule with its first window over all pools, and a share of each.
func shareOfAll(agreed *policies.Schedule, share float64) *policies.Settings {
	window := agreed.Windows[0]
	window.Pools, window.Instances, window.Share = nil, 0, settings.Share(share)
	return scheduleOf(agreed, window)
}

// mediansOf is a schedule with its first window over all pools, and a part of so many instances of each, rounded.
func mediansOf(agreed *policies.Schedule, pools []models.Pool, medians []int32, part float64) *policies.Settings {
	var windows []policies.ScheduleWindow
	for p, median := range medians {
		if n := int32(math.Round(part * float64(median))); n > 0 {
			window := agreed.Windows[0]
			window.Pools, window.Instances, window.Share = []policies.Pattern{policies.Pattern(pools[p].Name())}, n, 0
			windows = append(windows, window)
		}
	}
	return scheduleOf(agreed, windows...)
}

func scheduleOf(agreed *policies.Schedule, windows ...policies.ScheduleWindow) *policies.Settings {
	return &policies.Settings{Policy: "schedule", Evaluate: time.Minute, Schedule: &policies.Schedule{Windows: slices.Clone(windows), End: agreed.End,
		Delay: agreed.Delay, DelayP95: agreed.DelayP95, DelayMost: agreed.DelayMost, Seed: agreed.Seed}}
}
