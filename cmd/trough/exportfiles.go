package main

import (
	"errors"
	"path/filepath"
	"slices"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/models"
	"trough.internal/traces"
)

// The files of a recording beside those of every run.
const (
	scenarioFile     = "scenario.yaml"
	capacityFileName = "capacity.parquet"
	arrivalsFile     = "arrivals.parquet"
	workloadFile     = "workload.parquet"
	ordersFile       = "orders.parquet"
	switchesFile     = "switches.parquet"
)

// writeRun writes the files that every run has, but for its decisions, which were written as the journal was read.
func (e *exporting) writeRun(dir string) error {
	run := traces.RunOf(models.NewMarket(e.rec.Pools, e.rec.Borrowers), traces.Meta{Source: "a live journal"})
	series, err := traces.CreateSeries(filepath.Join(dir, "series.parquet"), run)
	if err != nil {
		return err
	}
	for _, row := range e.sampled {
		series.Append(row)
	}
	attempts, err := traces.CreateAttempts(filepath.Join(dir, "jobs.parquet"), run)
	if err != nil {
		return errors.Join(err, series.Close())
	}
	for _, row := range e.rec.Attempts {
		attempts.Append(row)
	}
	ledger, err := traces.CreateLedger(filepath.Join(dir, "ledger.parquet"), run, true)
	if err != nil {
		return errors.Join(err, series.Close(), attempts.Close())
	}
	for _, event := range e.rec.Events {
		ledger.Event(event)
	}
	return errors.Join(series.Close(), attempts.Close(), ledger.Close())
}

// writeTraces writes what a backtest reads, and what the driver was told and ordered.
func (e *exporting) writeTraces(dir string, orders *orderLog) error {
	r := e.rec
	meta := traces.Meta{Source: "a live journal", Recorded: "reservations and owners' use, as the driver believed them"}
	var keys []models.PoolKey
	for i := range r.Pools {
		if p := &r.Pools[i]; p.Kind == models.Surplus {
			keys = append(keys, models.PoolKey{Region: p.Region, Zone: p.Zone, Type: p.Type})
		}
	}
	capacity, err := traces.CreateCapacity(filepath.Join(dir, capacityFileName), meta, keys)
	if err != nil {
		return err
	}
	for _, c := range r.Capacity {
		err = errors.Join(err, capacity.Append(c))
	}
	capacity.End(r.Until)
	if err := errors.Join(err, capacity.Close()); err != nil {
		return err
	}
	jobs, err := traces.CreateJobs(filepath.Join(dir, arrivalsFile), traces.Meta{Source: "a live journal", Assumed: arrivalsAssumed}, []string{"unknown"})
	if err != nil {
		return err
	}
	for _, job := range r.Arrivals {
		err = errors.Join(err, jobs.Append(job))
	}
	return errors.Join(err, jobs.Close(),
		traces.WriteSwitches(filepath.Join(dir, switchesFile), r.Switches, traces.Meta{Source: "a live journal"}),
		e.writeWorkload(filepath.Join(dir, workloadFile)), orders.write(filepath.Join(dir, ordersFile)),
		writeInto(filepath.Join(dir, scenarioFile), e.writeScenario))
}

// columns are a table in the making; rows are given number by number.
type columns struct {
	names []string
	longs map[string][]int64
	texts map[string][]string
}

func newColumns() *columns {
	return &columns{longs: map[string][]int64{}, texts: map[string][]string{}}
}

func (c *columns) name(name string) {
	if !slices.Contains(c.names, name) {
		c.names = append(c.names, name)
	}
}

func (c *columns) long(name string, value int64) {
	c.name(name)
	c.longs[name] = append(c.longs[name], value)
}

func (c *columns) text(name, value string) {
	c.name(name)
	c.texts[name] = append(c.texts[name], value)
}

func (c *columns) write(path, kind string) error {
	t := &traces.Table{Kind: kind}
	for _, name := range c.names {
		t.Columns = append(t.Columns, traces.TableColumn{Name: name, Texts: c.texts[name], Longs: c.longs[name]})
	}
	if len(t.Columns) == 0 {
		t.Columns = []traces.TableColumn{{Name: "time", Longs: []int64{}}}
	}
	return traces.WriteTable(path, t)
}

func (e *exporting) writeWorkload(path string) error {
	c := newColumns()
	for i := range e.rec.Workload {
		w := &e.rec.Workload[i]
		c.long("time", int64(w.At))
		c.text("borrower", e.rec.Borrowers[w.Borrower])
		c.long("as_of", int64(w.AsOf))
		for class, name := range models.ClassNames() {
			c.long("queued_"+name, int64(w.Queued[class]))
			c.long("work_"+name, w.Work[class])
		}
		c.long("running", int64(w.Running))
		c.long("base_busy", int64(w.BaseBusy))
		c.long("base_idle", int64(w.BaseIdle))
	}
	return c.write(path, "workload")
}

// orderLog keeps every order.
type orderLog struct{ columns *columns }

func (l *orderLog) take(c *drive.Cycle) {
	if l.columns == nil {
		l.columns = newColumns()
	}
	for _, o := range c.Orders {
		l.columns.long("time", int64(c.Now))
		l.columns.long("evaluation", c.Number)
		l.columns.text("order", drive.OrderName(o.Kind))
		l.columns.text("pool", c.Obs.Pools[o.Pool].Name())
		l.columns.text("borrower", c.Obs.Borrowers[o.Borrower])
		l.columns.long("instances", int64(o.N))
		l.columns.text("because", o.Cause.String())
	}
}

func (l *orderLog) write(path string) error { return l.columns.write(path, "orders") }

// recordedDecisions writes decisions.parquet. It is begun with the first decision, which says whose numbers its rows hold.
type recordedDecisions struct {
	dir    string
	file   *traces.Decisions
	log    *decisionLog
	stages []models.Cause
	err    error
}

func (d *recordedDecisions) take(obs *models.Observation, dec *models.Decision) {
	if d.file == nil && d.err == nil {
		run := traces.RunOf(models.NewMarket(obs.Pools, obs.Borrowers), traces.Meta{})
		d.err = open(&d.file, d.dir, "decisions", run, traces.CreateDecisions)
	}
	if d.err != nil {
		return
	}
	if !slices.Equal(d.stages, dec.Trail.Stages) { // another policy: all that it says is new
		d.stages, d.log = slices.Clone(dec.Trail.Stages), &decisionLog{row: d.file.Append}
	}
	d.log.Decision(obs, dec)
}

func (d *recordedDecisions) close() error {
	if d.err == nil && d.file != nil {
		d.err = d.file.Close()
	}
	return d.err
}
