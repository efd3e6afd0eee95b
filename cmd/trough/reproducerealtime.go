package main

import (
	"context"
	"sync"
	"time"

	"trough.internal/models"
	"trough.internal/report"
	"trough.internal/report/measure"
	"trough.internal/sim"
)

// realtime is Netflix's borrower of nine strategies (Creating Your Own EC2 Spot Market, parts 1 and 2, 2015).
func realtime(runs *realtimeRuns) reproduction {
	return reproduction{
		name:  "netflix-realtime",
		about: "Netflix, October 2015: nine strategies follow in real time what the owners leave unused in every pool.",
		figures: []reproduced{
			{figure: "peak_unused", unit: "instances", definition: defMarketPeak, article: new(12000.0), low: new(12000.0), high: new(13000.0), kind: calibrated},
			{figure: "autoscaled_share", unit: "%", definition: defMarketAutoscaled, article: new(15.0), low: new(15.0), kind: calibrated},
			{figure: "unused_r3_4xlarge", unit: "instances", definition: defMarketUnused, article: new(1500.0), low: new(1500.0), high: new(1700.0), kind: calibrated},
			ofRun("capacity_gain", reproduced{article: new(210.0), low: new(190.0), high: new(230.0), kind: calibrated}),
			ofRun("throughput_gain", reproduced{kind: emergent}),
			ofRun("cost_efficiency", reproduced{article: new(92.0), low: new(90.0), high: new(94.0), kind: calibrated}),
			ofRun("cost_efficiency_instantaneous", reproduced{kind: emergent}),
			ofRun("evenness", reproduced{low: new(0.9), kind: emergent}),
			ofRun("evacuated_in", reproduced{kind: emergent}),
		},
		run: func(ctx context.Context, a *app, seed uint64) (map[string]float64, error) {
			return runRealtime(ctx, a, seed, runs)
		},
		plot: plotRealtime,
	}
}

func runRealtime(ctx context.Context, a *app, seed uint64, runs *realtimeRuns) (map[string]float64, error) {
	j, own, err := runs.of(ctx, a, seed)
	if err != nil {
		return nil, err
	}
	without, err := a.playNever(ctx, j)
	if err != nil {
		return nil, err
	}
	values := valuesOf(measure.Compare(&own.result, &without.result), "capacity_gain", "throughput_gain", "cost_efficiency",
		"cost_efficiency_instantaneous", "evenness", "evacuated_in")
	m := own.market
	values["peak_unused"], values["autoscaled_share"], values["unused_r3_4xlarge"] = m.peakUnused(), m.autoscaledShare(), m.unusedAfternoons()
	return values, nil
}

// realtimeRuns are runs of netflix-realtime's own policy, beside which other systems are set: each is played once, under every seed.
// Its inputs are not kept, which take a thousand times as much room.
type realtimeRuns struct {
	mu     sync.Mutex
	bySeed map[uint64]*realtimeRun
}

// realtimeRun is one of them, and the market that it met.
type realtimeRun struct {
	once sync.Once
	err  error

	*played
	market *sampledMarket
}

// of returns the run under a seed, and the scenario that it is of. The inputs are decoded only where the run was not there
// yet.
func (r *realtimeRuns) of(ctx context.Context, a *app, seed uint64) (*job, *realtimeRun, error) {
	j, err := a.prepare("netflix-realtime", &jobFlags{ledger: "none", seed: seed})
	if err != nil {
		return nil, nil, err
	}
	run := r.under(seed)
	run.once.Do(func() { run.err = run.play(ctx, a, j) })
	return j, run, run.err
}

func (r *realtimeRuns) under(seed uint64) *realtimeRun {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.bySeed == nil {
		r.bySeed = map[uint64]*realtimeRun{}
	}
	if r.bySeed[seed] == nil {
		r.bySeed[seed] = new(realtimeRun)
	}
	return r.bySeed[seed]
}

func (r *realtimeRun) play(ctx context.Context, a *app, j *job) error {
	if err := j.built.Decode(); err != nil {
		return err
	}
	c, err := j.candidate("", nil)
	if err != nil {
		return err
	}
	if r.played, err = a.play(ctx, j.scenario, j.built, c, nil, nil); err != nil {
		return err
	}
	r.market, err = sampleOwners(j)
	return err
}

// sampleOwners samples a scenario's market in its own time zone.
func sampleOwners(j *job) (*sampledMarket, error) {
	zone, err := marketZone(j.scenario)
	if err != nil {
		return nil, err
	}
	return sampleMarket(j.built, zone, "r3.4xlarge")
}

// keysOfRuns are figures of a run that are called otherwise here.
var keysOfRuns = map[string]string{"cost_efficiency_instantaneous": "instantaneous_cost_efficiency"}

func keyOfRun(figure string) string {
	if key, ok := keysOfRuns[figure]; ok {
		return key
	}
	return figure
}

// ofRun fills in the name, unit and definition of a figure that every run has.
func ofRun(figure string, r reproduced) reproduced {
	var run measure.Result
	for c := range run.Classes {
		run.Classes[c].Arrived = 1 // classes without jobs have no figures
	}
	f, ok := measure.Find(run.Figures(), keyOfRun(figure))
	if !ok {
		panic("no figure of a run is called " + keyOfRun(figure))
	}
	r.figure, r.unit, r.definition = figure, string(f.Unit), f.Definition
	return r
}

// valuesOf takes some figures of a run, those that are known.
func valuesOf(figures []measure.Figure, names ...string) map[string]float64 {
	values := map[string]float64{}
	for _, name := range names {
		if f, ok := measure.Find(figures, keyOfRun(name)); ok && f.Known {
			values[name] = f.Value
		}
	}
	return values
}

// plotRealtime draws the article's graph: usage by instance type over five days, as stacked bands.
func plotRealtime(ctx context.Context, a *app, seed uint64, dir string) error {
	return a.plotRun(ctx, "netflix-realtime", seed, dir, 5*24*time.Hour, report.BorrowedByType)
}

// plotRun draws a chart of a scenario's own policy into a folder, as SCENARIO.png and SCENARIO.svg. A length other than 0
// cuts the run short.
func (a *app) plotRun(ctx context.Context, name string, seed uint64, dir string, length time.Duration, chart func(*report.Series) report.Chart) error {
	j, err := a.system(name, seed)
	if err != nil {
		return err
	}
	if length > 0 {
		j.scenario.Drain, j.scenario.Length = false, length
		if j.built, err = j.scenario.Build(j.files); err != nil {
			return err
		}
	}
	c, err := j.candidate("", nil)
	if err != nil {
		return err
	}
	series, err := a.seriesOf(ctx, j, c)
	if err != nil {
		return err
	}
	drawn := chart(series)
	drawn.Name = name
	if err := report.WriteCharts(dir, []report.Chart{drawn}); err != nil {
		return failure{err}
	}
	return nil
}

// seriesOf plays a candidate and returns what it recorded of itself over time.
func (a *app) seriesOf(ctx context.Context, j *job, c candidate) (*report.Series, error) {
	var rows []models.SeriesRow
	sampler := measure.NewSampler(setupOf(j.scenario, j.built), 0, func(row models.SeriesRow) { rows = append(rows, row) })
	p, err := a.play(ctx, j.scenario, j.built, c, sinks{sampler}, nil)
	if err != nil {
		return nil, err
	}
	sampler.Finish(p.until)
	return newSeries(j.scenario, j.built, c, p.until, rows), nil
}

// newSeries names what a run recorded of itself.
func newSeries(s *sim.Scenario, b *sim.Built, c candidate, until models.Instant, rows []models.SeriesRow) *report.Series {
	m := models.NewMarket(b.World.Pools, b.World.Borrowers)
	series := &report.Series{Title: s.Name + ", policy " + c.name, From: b.World.Start, Until: until, Regions: m.Regions, Lendable: m.Lendable, Rows: rows}
	for i := range m.Pools {
		series.Pools = append(series.Pools, models.PoolKey{Region: m.Pools[i].Region, Zone: m.Pools[i].Zone, Type: m.Pools[i].Type})
	}
	if c.settings.Curfew != nil {
		for _, span := range c.settings.Curfew.Spans(series.From, series.Until) {
			series.Spans = append(series.Spans, report.Span{From: span.From, Until: span.Until, Name: "curfew"})
		}
	}
	return series
}
