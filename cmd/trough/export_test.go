package main

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"trough.internal/cmd/trough-live/journal"
	"trough.internal/cmd/trough/live"
	"trough.internal/models"
	"trough.internal/report/measure"
	"trough.internal/sim"
	"trough.internal/traces"
)

// TestARecordingIsTheRunThatItRecorded: a backtest is journaled by a driver beside it, and what is read from the journal is what
// happened: each event at its second, the owners' use when it was true and not when it was heard, and so the same figures.
func TestARecordingIsTheRunThatItRecorded(t *testing.T) {
	for _, lag := range []time.Duration{0, 4 * time.Minute} {
		dir := filepath.Join(t.TempDir(), "journal")
		was, err := recordLive(dir, func(s *sim.Scenario, r *recorder) {
			s.Telemetry.Lag, s.Launches.Refused, r.runs = lag, 0.1, "availability" // which leaves no margin
		})
		if err != nil {
			t.Fatal(err)
		}
		rec, err := live.Read(journal.Dir(dir), live.Options{Hold: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		// The last reports were true, and not yet heard. Owners' changes have an order of their own.
		until := rec.Until.Add(-lag)
		want, got := truth(was.events, until), truth(rec.Events, until)
		if len(want) < 1000 || !reflect.DeepEqual(want, got) {
			t.Errorf("lag %s: %d events, recorded %d: %s", lag, len(want), len(got), firstDifference(want, got))
		}
		sameFigures(t, was, rec, until, lag > 0)
		if rec.Every != time.Minute || rec.Lag != lag {
			t.Errorf("reports every %s, %s later, want 1m and %s", rec.Every, rec.Lag, lag)
		}
		s := rec.Seen
		if !s.JobEnds || !s.Work || !s.Arrivals || !s.Launches || s.Holes > 0 || s.MadeUp > 0 || s.ThereAtStart > 0 || s.UnendedJobs > 0 {
			t.Errorf("%+v", s)
		}
	}
}

// truth are the events before an instant: the owners' after all others, which do not depend on them.
func truth(events []models.Event, until models.Instant) []models.Event {
	var list []models.Event
	for _, e := range events {
		if e.At < until {
			list = append(list, e)
		}
	}
	slices.SortStableFunc(list, func(a, b models.Event) int {
		x, y := a.Kind == models.OwnersChanged, b.Kind == models.OwnersChanged
		switch {
		case x && !y:
			return 1
		case y && !x:
			return -1
		}
		return 0
	})
	return list
}

func firstDifference(a, b []models.Event) string {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			text, _ := json.Marshal([]models.Event{a[i], b[i]})
			return string(text)
		}
	}
	return "one is longer"
}

// sameFigures measures both up to an instant.
func sameFigures(t *testing.T, was *recorder, rec *live.Recording, until models.Instant, overdraft bool) {
	t.Helper()
	setup := measure.Setup{Pools: was.built.World.Pools, Borrowers: was.built.World.Borrowers, From: rec.From}
	a, b := measure.New(setup), measure.New(setup)
	for _, e := range was.events {
		if e.At < until {
			a.Event(e)
		}
	}
	for _, e := range rec.Events {
		if e.At < until {
			b.Event(e)
		}
	}
	x, y := a.Finish(until), b.Finish(until)
	want, got := x.Figures(), y.Figures()
	if f, _ := measure.Find(want, "overdraft_exposure"); overdraft && f.Value == 0 {
		t.Error("there is no overdraft: nothing is compared")
	}
	for i := range want {
		if want[i] != got[i] {
			t.Errorf("%s: %+v, recorded %+v", want[i].Key, want[i], got[i])
		}
	}
}

// TestUnknownIsUnknownFromWhenAReportIsNoLongerTrusted: an hour without reports is known for as long as the last one is trusted.
func TestUnknownIsUnknownFromWhenAReportIsNoLongerTrusted(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "journal")
	was, err := recordLive(dir, func(s *sim.Scenario, r *recorder) {
		from := s.From.Add(12 * time.Hour)
		r.silent = func(at models.Instant) bool { return at > from && at < from.Add(time.Hour) }
	})
	if err != nil {
		t.Fatal(err)
	}
	rec, err := live.Read(journal.Dir(dir), live.Options{Hold: 5 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	start := was.built.World.Start
	for pool := range rec.Pools {
		var unknown []models.Instant
		known := models.Instant(0)
		for _, c := range rec.Capacity {
			switch {
			case int(c.Pool) != pool:
			case c.InUse == models.Unknown:
				unknown = append(unknown, c.At)
			case len(unknown) == 1 && known == 0:
				known = c.At
			}
		}
		if len(unknown) != 1 || unknown[0] != start.Add(12*time.Hour+5*time.Minute) || known != start.Add(13*time.Hour) {
			t.Errorf("%s: unknown from %v, known again from %v", rec.Pools[pool].Name(), unknown, known)
		}
	}
}

// TestAfterAHoleTheCountsAreRightAgain: for two hours nothing could be written down. Which instances came and went meanwhile nobody
// knows; how many there are, and in which state, is right again from the first evaluation that was written.
func TestAfterAHoleTheCountsAreRightAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "journal")
	was, err := recordLive(dir, func(s *sim.Scenario, r *recorder) {
		from := s.From.Add(8 * time.Hour)
		r.full = func(at models.Instant) bool { return at >= from && at < from.Add(2*time.Hour) }
	})
	if err != nil {
		t.Fatal(err)
	}
	rec, err := live.Read(journal.Dir(dir), live.Options{Hold: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	m := models.NewMarket(rec.Pools, rec.Borrowers)
	alive := map[models.InstanceID]models.State{}
	for i := range rec.Events {
		e := &rec.Events[i]
		m.Apply(e) // it panics where the books do not balance
		if e.Kind >= models.Ordered {
			if alive[e.Instance] != e.From {
				t.Fatalf("instance %d is %s: %+v", e.Instance, alive[e.Instance], *e)
			}
			if alive[e.Instance] = e.To; e.To == models.Absent {
				delete(alive, e.Instance)
			}
		}
	}
	if want := was.driver.Market().Count; !reflect.DeepEqual(want, m.Count) {
		t.Errorf("at the end %v, recorded %v", want, m.Count)
	}
	if rec.Seen.Holes != 1 || rec.Seen.MadeUp == 0 {
		t.Errorf("%+v", rec.Seen)
	}
}

// TestWhatNobodySawIsNoFigure: a journal of a cloud that tells of instances alone has no figure about jobs, and says why; what can be
// known stays.
func TestWhatNobodySawIsNoFigure(t *testing.T) {
	root := t.TempDir()
	dir, out := filepath.Join(root, "journal"), filepath.Join(root, "run")
	if _, err := recordLive(dir, func(_ *sim.Scenario, r *recorder) { r.jobsSeen = false }); err != nil {
		t.Fatal(err)
	}
	if text, err := exec.Command("trough", "export", dir, "-o", out, "--no-plots").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	run, err := openReported(out)
	if err != nil {
		t.Fatal(err)
	}
	for key, why := range map[string]string{"throughput_gain": "live, nobody knows", "work_completed": "was not seen", "goodput_share": "was not seen",
		"jobs_completed": "the ends of jobs were not seen", "interruptions": "not seen", "backlog_jobs": "arrivals", "idle_hours": "starts of jobs"} {
		if f, ok := measure.Find(run.summary.Run.Figures, key); !ok || f.Known || !strings.Contains(f.Note, why) {
			t.Errorf("%s: %+v, want it unknown: %s", key, f, why)
		}
	}
	for _, key := range []string{"borrowed_hours", "launches", "overdraft_cost", "cost_efficiency", "boot_hours"} {
		if f, _ := measure.Find(run.summary.Run.Figures, key); !f.Known {
			t.Errorf("%s: %+v", key, f)
		}
	}
	if run.manifest.Live == nil || run.manifest.Live.Seen.JobEnds || !run.manifest.Live.Seen.Launches || run.manifest.Live.Modes[0] != "run" {
		t.Errorf("%+v", run.manifest.Live)
	}
}

// TestWhatTheFleetFindsOutByAskingIsNoArrivalAndNoWait: at Amazon a job is seen on an instance alone. That it ended is known; when it
// arrived, how long it waited and how much work it was, is not.
func TestWhatTheFleetFindsOutByAskingIsNoArrivalAndNoWait(t *testing.T) {
	root := t.TempDir()
	dir, out, report := filepath.Join(root, "journal"), filepath.Join(root, "run"), filepath.Join(root, "report")
	if _, err := recordLive(dir, func(s *sim.Scenario, r *recorder) { r.asked, r.runs = true, "availability" }); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"export", dir, "-o", out, "--no-plots"}, {"report", out, "-o", report, "--no-plots"}, {"report", out, "-o", report + "week", "--week", "2015-W41", "--no-plots"}} {
		if text, err := exec.Command("trough", args...).CombinedOutput(); err != nil {
			t.Fatalf("%q: %v: %s", args, err, text)
		}
	}
	run, err := openReported(out)
	if err != nil {
		t.Fatal(err)
	}
	s := run.manifest.Live.Seen
	if !s.JobStarts || !s.JobEnds || s.Arrivals || s.Work || s.UnendedJobs > 0 {
		t.Errorf("%+v", s)
	}
	for key, known := range map[string]bool{"jobs_completed": true, "interruptions": true, "high_wait_p50": false, "backlog_jobs": false, "work_completed": false, "goodput_share": false} {
		if f, ok := measure.Find(run.summary.Run.Figures, key); f.Known != known || !ok && known {
			t.Errorf("%s: %+v", key, f)
		}
	}
	for _, dir := range []string{report, report + "week"} {
		page, err := os.ReadFile(filepath.Join(dir, "report.html"))
		if err != nil || strings.Contains(string(page), "Mean wait of the jobs") || !strings.Contains(string(page), "the arrivals of single jobs were not seen") {
			t.Errorf("%s speaks of waits: %v", dir, err)
		}
	}
	r := &reporting{app: new(app)}
	if err := errors.Join(r.open([]string{out}), r.read(t.Context(), new(progress))); err != nil {
		t.Fatal(err)
	}
	if n := r.runs[0].result.Classes[models.High].Wait.N; n != 0 {
		t.Errorf("%d waits of nobody knows how long", n)
	}
	rec, err := live.Read(journal.Dir(dir), live.Options{Hold: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	if known := rec.Signals().Known; known != time.Minute {
		t.Errorf("times are known to %s, want an evaluation", known)
	}
}

// TestAJournalOfTheDriverBecomesABacktest goes the whole way with both programs: a drill in shadow, its recording, that one's report,
// and a backtest of the recorded market, which is the drill's.
func TestAJournalOfTheDriverBecomesABacktest(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the other program")
	}
	root := t.TempDir()
	driver := filepath.Join(root, "trough-live")
	run := func(name string, args ...string) string {
		t.Helper()
		command := exec.Command(name, args...)
		command.Dir = root
		text, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %q: %v\n%.2000s", name, args, err, text)
		}
		return string(text)
	}
	build := exec.Command("go", "build", "-o", driver, "../trough-live")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	for _, name := range []string{"live", "traces"} {
		if err := os.CopyFS(filepath.Join(root, name), os.DirFS(filepath.Join(shared, name))); err != nil {
			t.Fatal(err)
		}
	}
	run(driver, "run", "live/drill.yaml")
	if text := run("trough", "verify", "live/journal"); !strings.Contains(text, "all decided the same again") {
		t.Error(text)
	}
	run("trough", "export", "live/journal", "-o", "run", "--no-plots")
	run("trough", "report", "run", "-o", "report", "--no-plots")
	page, err := os.ReadFile(filepath.Join(root, "report/report.html"))
	if err != nil || !strings.Contains(string(page), "recorded live, mode shadow") || !strings.Contains(string(page), "nothing was launched") {
		t.Errorf("the report does not say what it is of: %v", err)
	}
	if text := run("trough", "why", "run", "--at", "+6h15m", "--pool", "us-east-1a/m3.2xlarge"); !strings.Contains(text, "the driver's rules of safety") && !strings.Contains(text, "limit") {
		t.Error(text)
	}
	text := run("trough", "backtest", "run/scenario.yaml", "--data", "run")
	if !strings.Contains(text, "work completed") || strings.Contains(text, "borrowed capacity, normalised         0.0") {
		t.Error(text)
	}
	want, _, err := traces.ReadCapacity(filepath.Join(shared, "traces/small-capacity.csv"))
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := traces.ReadCapacity(filepath.Join(root, "run/capacity.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	// Of two reports that must agree the driver believes the one with less to borrow: a rise of what is available is believed one
	// report later.
	at := models.InstantOf(time.Date(2015, 10, 5, 12, 0, 0, 0, time.UTC))
	if a, b := stateAt(want, at), stateAt(got, at); len(a) != 3 || !reflect.DeepEqual(a, b) {
		t.Errorf("at noon %+v, recorded %+v", a, b)
	}
}

// stateAt is every pool's last change before an instant, without its time.
func stateAt(c *models.Capacity, at models.Instant) map[string][2]int32 {
	state := map[string][2]int32{}
	for _, change := range c.Changes {
		if change.At <= at {
			state[c.Pools[change.Pool].Name()] = [2]int32{change.Reserved, change.InUse}
		}
	}
	return state
}
