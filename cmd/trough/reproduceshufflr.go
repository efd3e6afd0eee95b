package main

import (
	"context"
	"math"
	"slices"
	"time"

	"trough.internal/policies"
	"trough.internal/report"
	"trough.internal/report/measure"
	"trough.internal/report/stats"
)

// shufflr is Shufflr's background work (Shufflr's use of Amazon EC2 spot instances, 2012): workers by the depth of queues, and
// three forms of bidding, one after the other.
func shufflr() reproduction {
	figures := []reproduced{
		{figure: "saving", unit: "%", article: new(75.0), low: new(70.0), high: new(80.0), kind: emergent, definition: defSpotSaving + "; bought where a worker costs least, the article's last form of bidding"},
		{figure: "spot_hours", unit: "m1.small-hours", article: new(51000.0), kind: calibrated, definition: defSpotHours},
		{figure: "burst_p95_min", unit: "min", high: new(5.0), kind: calibrated,
			definition: "95th percentile, by nearest rank, over the hours of the run of the time from the beginning of the hour until all 170 geographies are done"},
		{figure: "burst_p50_min", unit: "min", kind: emergent, definition: "the median of it"},
		{figure: "saving_all", unit: "%", kind: emergent, definition: defBoughtSaving + ": the few on-demand workers too"},
	}
	for i := range shufflrVariants {
		v := &shufflrVariants[i]
		figures = append(figures,
			reproduced{figure: "saving_" + v.name, unit: "%", kind: emergent, definition: defSpotSaving + "; " + v.means},
			reproduced{figure: "cost_ratio_" + v.name, unit: "%", kind: emergent, definition: "all that is bought costs in percent of what it costs under the scenario's policy; " + v.means},
			reproduced{figure: "burst_p95_min_" + v.name, unit: "min", kind: emergent, definition: "burst_p95_min; " + v.means})
	}
	return reproduction{
		name:    "shufflr-2012",
		about:   "Shufflr, 2012: queues of several levels, served by spot workers as the depth of the queues needs, which are let go only near the end of a billed hour.",
		figures: figures,
		run:     runShufflr,
		// The article's charts, drawn by hand, track the depths of queues over days.
		plot: func(ctx context.Context, a *app, seed uint64, dir string) error {
			return a.plotRun(ctx, "shufflr-2012", seed, dir, 5*24*time.Hour, report.QueueByPriority)
		},
	}
}

// shufflrVariant is the scenario's policy with a change.
type shufflrVariant struct {
	name   string
	means  string
	change func(s *policies.Settings)
}

// shufflrZones begin with the article's main zone and the one where it saw lower prices.
var shufflrZones = []string{"us-east-1c", "us-east-1e", "us-east-1a", "us-east-1d"}

var shufflrVariants = []shufflrVariant{
	{name: "one_zone", means: "bids in the main zone alone, the article's first form", change: func(s *policies.Settings) {
		s.Workers.Place, s.Workers.Zones, s.Workers.MoveAfter = policies.PlaceZone, shufflrZones, 0
	}},
	{name: "moving", means: "bids in one zone, and in the next one where something lacks for ten minutes, its second form", change: func(s *policies.Settings) {
		s.Workers.Place, s.Workers.Zones, s.Workers.MoveAfter = policies.PlaceZone, shufflrZones, 10*time.Minute
	}},
	{name: "any_time", means: "workers are let go at once, whatever is left of their hour", change: func(s *policies.Settings) { s.BilledHour = nil }},
}

func runShufflr(ctx context.Context, a *app, seed uint64) (map[string]float64, error) {
	j, err := a.system("shufflr-2012", seed)
	if err != nil {
		return nil, err
	}
	p, err := a.playShufflr(ctx, j, nil)
	if err != nil {
		return nil, err
	}
	values := map[string]float64{}
	take := func(into, key string, p *played) {
		if f, ok := measure.Find(p.more, key); ok && f.Known {
			values[into] = f.Value
		}
	}
	take("saving", "spot_saving", p)
	take("saving_all", "saving", p)
	take("spot_hours", "spot_hours", p)
	addBurst(values, "burst_p95_min", p, 0.95)
	addBurst(values, "burst_p50_min", p, 0.5)
	for i := range shufflrVariants {
		v := &shufflrVariants[i]
		other, err := a.playShufflr(ctx, j, v)
		if err != nil {
			return nil, err
		}
		take("saving_"+v.name, "spot_saving", other)
		values["cost_ratio_"+v.name] = 100 * boughtCost(other) / boughtCost(p)
		addBurst(values, "burst_p95_min_"+v.name, other, 0.95)
	}
	return values, nil
}

// playShufflr runs the scenario's policy, or a variant of it.
func (a *app) playShufflr(ctx context.Context, j *job, v *shufflrVariant) (*played, error) {
	c, err := j.candidate("", nil)
	if err != nil {
		return nil, err
	}
	if v != nil {
		c.name = v.name
		v.change(c.settings)
	}
	return a.play(ctx, j.scenario, j.built, c, nil, nil)
}

// boughtCost is all that was paid for what a run bought, in USD.
func boughtCost(p *played) float64 {
	cost := 0.0
	for _, key := range []string{"spot_cost", "on_demand_cost"} {
		f, _ := measure.Find(p.more, key)
		cost += f.Value
	}
	return cost
}

// addBurst adds a quantile of the hourly bursts' makespans, unless it is of one that was not done.
func addBurst(values map[string]float64, figure string, p *played, q float64) {
	if minutes := stats.Quantile(burstMinutes(p.result.Batches), q); !math.IsInf(minutes, 1) {
		values[figure] = minutes
	}
}

// burstMinutes are the makespans of the hourly bursts, sorted; one that the run's end cut off lasts for ever.
func burstMinutes(batches []measure.BatchResult) []float64 {
	var minutes []float64
	for i := range batches {
		b := &batches[i]
		if b.Name != "geographies" {
			continue
		}
		if seconds, done := b.Makespan(); done {
			minutes = append(minutes, float64(seconds)/60)
		} else {
			minutes = append(minutes, math.Inf(1))
		}
	}
	slices.Sort(minutes)
	return minutes
}
