package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/cmd/trough-live/journal"
	"trough.internal/cmd/trough-live/livetest"
	"trough.internal/cmd/trough-live/source"
	"trough.internal/models"
	"trough.internal/policies"
	"trough.internal/sim"
	"trough.internal/traces"
)

// recorder is a live driver inside a backtest: it hears the same events, reports and workload, decides what the backtest decides,
// and writes a journal. So the journal's truth is known.
type recorder struct {
	built    *sim.Built
	runs     string // the policy
	driver   *drive.Driver
	market   *models.Market
	events   []models.Event // all of them, the owners' too
	running  map[models.JobID]models.Class
	now      models.Instant
	silent   func(models.Instant) bool // whether a report says nothing; nil: never
	full     func(models.Instant) bool // whether the disk is full; nil: never
	asked    bool                      // whether the driver finds out by asking what became of instances, as it does at Amazon
	jobsSeen bool                      // whether the cloud tells of jobs, and not of instances alone

	sim.DecisionSink // of the backtest; nil is nobody
	telemetry        drive.Telemetry
}

// recordLive plays the small scenario, changed, with a driver that writes a journal into a folder.
func recordLive(dir string, change func(*sim.Scenario, *recorder)) (*recorder, error) {
	text, err := os.ReadFile(filepath.Join(shared, "scenarios/small.yaml"))
	if err != nil {
		return nil, err
	}
	s, err := sim.ParseScenario("small.yaml", text)
	if err != nil {
		return nil, err
	}
	s.Base = nil // a live driver knows no base fleet
	r := &recorder{runs: "full", running: map[models.JobID]models.Class{}, jobsSeen: true}
	if change != nil {
		change(s, r)
	}
	files := dataFiles{filepath.Join(shared, "traces")}
	if r.built, err = s.Build(files); err != nil {
		return nil, err
	}
	set, err := policies.BuiltinSettings(r.runs)
	if err != nil {
		return nil, err
	}
	w := &r.built.World
	r.market, r.now = models.NewMarket(w.Pools, w.Borrowers), w.Start
	trace, err := traces.OpenCapacity(filepath.Join(shared, "traces/small-capacity.csv"))
	if err != nil {
		return nil, err
	}
	defer trace.Close()
	_, until := trace.Span()
	if r.telemetry, err = source.NewReplay(trace, trace.Pools(), until, w.Pools[:r.built.Lendable()], w.Start,
		time.Duration(w.TelemetryEvery)*time.Second, time.Duration(w.Lag)*time.Second); err != nil {
		return nil, err
	}
	folder, unlock, err := journal.Lock(dir)
	if err != nil {
		return nil, err
	}
	defer unlock()
	disk, err := journal.Open(folder)
	if err != nil {
		return nil, err
	}
	defer disk.Close()
	if r.driver, err = drive.New(drive.Setup{Pools: w.Pools, Borrowers: w.Borrowers, Policy: set, Safety: livetest.Believing(), Mode: drive.Run,
		Telemetry: r, Work: r, Cloud: r, Journal: filling{disk, r}, Clock: r, Patience: time.Minute}); err != nil {
		return nil, err
	}
	policy, err := policies.New(set)
	if err != nil {
		return nil, err
	}
	in, err := r.built.Inputs()
	if err != nil {
		return nil, err
	}
	_, err = sim.New(*w, in, policy, sim.Options{Sink: r, Decisions: r}).Run()
	return r, err
}

// filling is a disk that is full at times.
type filling struct {
	drive.Journal
	r *recorder
}

func (f filling) Append(record []byte) error {
	if f.r.full != nil && f.r.full(f.r.now) {
		return errors.New("no space left")
	}
	return f.Journal.Append(record)
}

func (r *recorder) Event(e models.Event) {
	r.market.Apply(&e)
	r.events = append(r.events, e)
	switch {
	case e.Kind == models.Started:
		r.running[e.Job] = e.Class
	case e.Kind == models.Completed || e.Kind == models.Interrupted:
		delete(r.running, e.Job)
	}
}

// Decision lets the driver decide at the same instant.
func (r *recorder) Decision(obs *models.Observation, dec *models.Decision) {
	r.now = obs.Now
	if c := r.driver.Cycle(context.Background()); !c.Acted && r.full == nil {
		panic(fmt.Sprint("it could not be written: ", c.Notes))
	}
	if r.DecisionSink != nil {
		r.DecisionSink.Decision(obs, dec)
	}
}

func (r *recorder) Reports(ctx context.Context, now models.Instant) ([]drive.Report, error) {
	reports, err := r.telemetry.Reports(ctx, now)
	var list []drive.Report
	for _, report := range reports {
		if r.silent == nil || !r.silent(report.OccurredAt) {
			list = append(list, report)
		}
	}
	return list, err
}

func (r *recorder) Act(context.Context, int64, []models.Order) error { return nil }

func (r *recorder) Since(_ context.Context, cursor int64) (list []models.Event, next int64, err error) {
	for _, e := range r.events[cursor:] {
		switch {
		case e.Kind == models.OwnersChanged:
		case r.asked:
			list = append(list, r.foundOut(e)...)
		case r.jobsSeen:
			list = append(list, e)
		case e.Kind >= models.Ordered && e.From != e.To && e.Kind.Capacity():
			list = append(list, withoutJobs(e))
		}
	}
	return list, int64(len(r.events)), nil
}

// foundOut is an event as the driver's fleet tells it: at the time of the look, a job without number, work and wait, which arrives
// when it starts.
func (r *recorder) foundOut(e models.Event) []models.Event {
	e.At, e.Job = r.now, models.NoJob
	switch e.Kind {
	case models.Arrived, models.Requeued:
		return nil
	case models.Started:
		e.N, e.M = 0, 0
		return []models.Event{{At: e.At, Kind: models.Arrived, Pool: models.NoPool, Instance: models.NoInstance, Job: models.NoJob, Class: e.Class}, e}
	case models.Completed, models.Interrupted:
		e.N, e.M = 0, 0
	}
	return []models.Event{e}
}

// withoutJobs is an event as who sees no jobs sees it: a busy instance looks idle, and one that finishes its job leaves.
func withoutJobs(e models.Event) models.Event {
	for _, state := range []*models.State{&e.From, &e.To} {
		switch *state {
		case models.Busy:
			*state = models.Idle
		case models.Finishing:
			*state = models.Leaving
		}
	}
	return e
}

func (r *recorder) Workload(_ context.Context, now models.Instant, into []models.Workload) error {
	w := models.Workload{AsOf: now, Queued: r.market.Queued, Work: r.market.QueuedWork}
	for p := range r.market.Pools {
		w.Running += r.market.Count[models.Busy][r.market.Cell(models.PoolID(p), 0)]
	}
	into[0] = w
	return nil
}

func (r *recorder) Now() models.Instant { return r.now }
func (r *recorder) Passed() time.Duration {
	return r.now.Sub(r.built.World.Start)
}

// recordScript is the scripts' command `record JOURNAL [unseen]`: a day of the small scenario, live; unseen: nobody sees jobs.
func recordScript(ts *testscript.TestScript, _ bool, args []string) {
	_, err := recordLive(ts.MkAbs(args[0]), func(s *sim.Scenario, r *recorder) {
		r.jobsSeen = len(args) == 1
		s.Launches.Refused = 0.05
	})
	ts.Check(err)
}

func mustPolicy(t *testing.T) *policies.Settings {
	t.Helper()
	set, err := policies.BuiltinSettings("full")
	if err != nil {
		t.Fatal(err)
	}
	return set
}
