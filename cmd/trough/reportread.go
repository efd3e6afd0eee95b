package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"trough.internal/models"
	"trough.internal/report"
	"trough.internal/report/measure"
	"trough.internal/report/page"
	"trough.internal/traces"
)

// decoded is what a report reads of a run's files.
type decoded struct {
	series    *report.Series
	poolNames []string
	result    *measure.Result // of the span reported; nil without a ledger
	before    *measure.Result // of the week before; nil if that is not compared
	waits     []report.WaitHour
	trail     trail
	explained []page.Trail // of the episodes that the page lists
}

// read reads all files of all runs, several at once: each waits for none of the others.
func (r *reporting) read(ctx context.Context, progress *progress) error {
	var tasks []func() error
	for _, run := range r.runs {
		tasks = append(tasks, func() error {
			if err := run.readBooks(ctx); err != nil {
				return err
			}
			return run.readDecisions(ctx) // which of them explain overdrafts, the books say
		}, func() error { return run.readSeries(ctx) })
	}
	return inParallel(ctx, workersMost(), len(tasks), progress, "runs", func(i int) error { return tasks[i]() })
}

// readSeries reads the series of the span reported. What was before it is stated at its beginning.
func (run *reportedRun) readSeries(ctx context.Context) error {
	f, err := traces.OpenSeries(run.path("series.parquet"))
	if err != nil {
		return err
	}
	defer f.Close()
	of := f.Run()
	m := models.NewMarket(of.Pools, of.Borrowers)
	s := &report.Series{Title: run.manifest.Scenario + ", policy " + run.manifest.Policy, From: run.from, Until: run.until, Regions: of.Regions, Lendable: m.Lendable}
	for i := range of.Pools {
		s.Pools = append(s.Pools, models.PoolKey{Region: of.Pools[i].Region, Zone: of.Pools[i].Zone, Type: of.Pools[i].Type})
	}
	if run.policy.Curfew != nil {
		for _, span := range run.policy.Curfew.Spans(run.from, run.until) {
			s.Spans = append(s.Spans, report.Span{From: span.From, Until: span.Until, Name: "curfew"})
		}
	}
	w := window{from: run.from, until: run.until, keys: max(len(of.Pools), len(of.Regions), int(models.Classes))}
	if err := each(ctx, f.Next, w.add); err != nil {
		return err
	}
	s.Rows = w.rows()
	run.series, run.poolNames = s, of.PoolNames()
	return nil
}

// window takes the rows of a span out of a longer series.
type window struct {
	from, until models.Instant
	keys        int
	before      map[int]models.SeriesRow // the last of each series and key before the span
	in          []models.SeriesRow
}

func (w *window) add(row *models.SeriesRow) {
	switch {
	case row.At >= w.until && w.until != row.At, row.At > w.until:
	case row.At >= w.from:
		w.in = append(w.in, *row)
	default:
		if w.before == nil {
			w.before = map[int]models.SeriesRow{}
		}
		w.before[int(row.Series)*w.keys+int(row.Key)] = *row
	}
}

// rows are those of the span. Cost, which adds up from the run's beginning, adds up from the span's.
func (w *window) rows() []models.SeriesRow {
	if w.before == nil {
		return w.in
	}
	var start []models.SeriesRow
	spent := make([]int64, w.keys)
	for series := range models.SeriesIDs {
		for key := range w.keys {
			row, ok := w.before[int(series)*w.keys+key]
			if !ok {
				continue
			}
			row.At = w.from
			if series == models.SeriesCost {
				spent[key], row.Value = row.Value, 0
			}
			start = append(start, row)
		}
	}
	for i := range w.in {
		if row := &w.in[i]; row.Series == models.SeriesCost {
			row.Value -= spent[row.Key]
		}
	}
	return append(start, w.in...)
}

// each reads a file to its end and hands on its rows.
func each[T any](ctx context.Context, next func() ([]T, error), row func(*T)) error {
	for {
		if ctx.Err() != nil {
			return failure{ctx.Err()}
		}
		rows, err := next()
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		for i := range rows {
			row(&rows[i])
		}
		if err != nil {
			return nil
		}
	}
}

// readBooks measures the span reported, and the week before it, of the ledger and the attempts.
func (run *reportedRun) readBooks(ctx context.Context) error {
	if run.manifest.Ledger == "none" {
		return nil
	}
	b, ledger, err := run.openBill()
	if err != nil {
		return err
	}
	defer ledger.Close()
	setup := measure.Setup{Pools: b.pools, Borrowers: b.setup.Borrowers, From: run.from, Base: run.baseSizes(b.pools), Until: run.until,
		Billing: measure.Billing{Rules: b.setup.Rules, OwnerEnds: b.setup.OwnerEnds, Seed: b.setup.Seed}}
	spans := []span{{measure.NewReplay(setup), run.until}}
	if run.weekBefore {
		setup.From, setup.Until = run.from.Add(-week), run.from
		spans = append(spans, span{measure.NewReplay(setup), run.from})
	}
	err = each(ctx, ledger.Next, func(e *models.Event) {
		for _, s := range spans {
			if e.At < s.until {
				s.Event(*e)
			}
		}
	})
	if err != nil {
		return err
	}
	attempts, err := traces.OpenAttempts(run.path("jobs.parquet"))
	if err != nil {
		return err
	}
	defer attempts.Close()
	waits := newWaits(run.from, run.until)
	err = each(ctx, attempts.Next, func(row *models.AttemptRow) {
		for k, s := range spans {
			if started := s.Attempt(row, s.until); started && k == 0 {
				waits.add(row)
			}
		}
	})
	if err != nil {
		return err
	}
	run.waits = waits.hours
	result := spans[0].Finish(run.until)
	if !run.manifest.waitsSeen() {
		for class := range result.Classes {
			result.Classes[class].Wait = measure.Spread{}
		}
	}
	run.result = &result
	if run.weekBefore {
		before := spans[1].Finish(run.from)
		run.before = &before
	}
	return nil
}

// waits are those of the span reported, by hour.
type waits struct {
	from  models.Instant
	hours []report.WaitHour
}

func newWaits(from, until models.Instant) *waits {
	w := &waits{from: from}
	for at := from; at < until; at = at.Add(report.WaitsEvery) {
		w.hours = append(w.hours, report.WaitHour{At: at})
	}
	return w
}

// add takes the first attempt at a job.
func (w *waits) add(row *models.AttemptRow) {
	hour := &w.hours[row.Start.Sub(w.from)/report.WaitsEvery]
	hour.Started[row.Class]++
	hour.Waited[row.Class] += int64(row.Waited)
}

// span is a replay and where it ends.
type span struct {
	*measure.Replay
	until models.Instant
}

// baseSizes are the instances of each base fleet, in the order of pools.
func (run *reportedRun) baseSizes(pools []models.Pool) []int32 {
	var sizes []int32
	for i := range run.scenario.Base {
		sizes = append(sizes, run.scenario.Base[i].Instances)
	}
	return sizes
}

// trail is what a run's decisions say of the policy's stages.
type trail struct {
	stages  []page.Stage
	reports page.Reports
}

// readDecisions sums up which stages had the last word, and for how long, and picks out what explains overdrafts.
func (run *reportedRun) readDecisions(ctx context.Context) error {
	f, err := traces.OpenDecisions(run.path("decisions.parquet"))
	if err != nil {
		return err
	}
	defer f.Close()
	of := f.Run()
	t := newTally(run, len(of.Pools), len(of.Borrowers))
	collector, picked := newTrails(page.Listed(run.result), len(of.Pools), len(of.Borrowers))
	err = each(ctx, f.Next, func(row *models.DecisionRow) {
		t.row(row)
		collector.row(row)
	})
	if err != nil {
		return err
	}
	collector.finish()
	run.trail, run.explained = t.finish(), run.trails(&of, picked)
	return nil
}

// measured are the figures of what was replayed, as far as a replay knows them. The throughput gain is against a run of the
// same report that borrowed nothing.
func (r *reporting) measured(run *reportedRun, result *measure.Result, of func(*reportedRun) *measure.Result) []measure.Figure {
	known := measure.Replayed()
	list := slices.DeleteFunc(result.Figures(), func(f measure.Figure) bool {
		return f.Key != "throughput_gain" && !slices.Contains(known, f.Key)
	})
	for i := range list {
		f := &list[i]
		if strings.Contains(f.Key, "_wait_") {
			f.Note = ""
		}
		if f.Key != "throughput_gain" {
			continue
		}
		f.Note = "needs the run without borrowing: name its run directory, too"
		for _, other := range r.runs {
			without := of(other)
			if r.notComparable == "" && without != nil && without.Total.BorrowedSeconds == 0 && without.WorkCompleted() > 0 {
				f.Known, f.Value = true, 100*(float64(result.WorkCompleted())/float64(without.WorkCompleted())-1)
				f.Note = fmt.Sprintf("against %s; what both left undone is not known of a week", other.name)
			}
		}
	}
	return list
}
