package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trough.internal/models"
	"trough.internal/report/measure"
	"trough.internal/sim"
	"trough.internal/traces"
)

// everyStage is a scenario in which every stage has something to say; with a full ledger it is what all promises about run
// directories are tested on.
const everyStage = shared + "/scenarios/every-stage.yaml"

// trough runs the program in a process of its own, which must succeed.
func trough(t *testing.T, env []string, args ...string) string {
	t.Helper()
	command := exec.Command("trough", args...)
	command.Env = append(os.Environ(), env...)
	var wrong bytes.Buffer
	command.Stderr = &wrong
	out, err := command.Output()
	if err != nil {
		t.Fatalf("trough %s: %v\n%s", strings.Join(args, " "), err, &wrong)
	}
	if wrong.Len() > 0 {
		t.Errorf("trough %s: it is not on a terminal and wrote %q", strings.Join(args, " "), &wrong)
	}
	return string(out)
}

// runFull leaves a run of everyStage with a full ledger.
func runFull(t *testing.T, env ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	trough(t, env, "backtest", everyStage, "-o", dir, "--ledger", "full")
	return dir
}

func TestRunDirectoryIsTheSameBytesForAnyNumberOfProcessorsInAnyProcess(t *testing.T) {
	first := contents(t, runFull(t, "GOMAXPROCS=1"))
	for _, env := range []string{"GOMAXPROCS=2", "GOMAXPROCS=2", "TZ=Asia/Tokyo"} {
		other := contents(t, runFull(t, env))
		if a, b := slices.Sorted(maps.Keys(first)), slices.Sorted(maps.Keys(other)); !slices.Equal(a, b) {
			t.Fatalf("%s: other files: %q, %q", env, a, b)
		}
		for name, data := range first {
			if !bytes.Equal(data, other[name]) {
				t.Errorf("%s: %s differs", env, name)
			}
		}
	}
	if len(first) < 14 {
		t.Errorf("only %d files: %q", len(first), slices.Sorted(maps.Keys(first)))
	}
}

// contents are a run directory's files, the manifest without its machine's part.
func contents(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if name == "manifest.json" {
			var m map[string]any
			if err := json.Unmarshal(data, &m); err != nil {
				return err
			}
			if _, ok := m["machine"]; !ok {
				return fmt.Errorf("the manifest says nothing about the machine")
			}
			delete(m, "machine")
			if data, err = json.Marshal(m); err != nil {
				return err
			}
		}
		files[name] = data
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func readManifest(t *testing.T, dir string) manifest {
	t.Helper()
	r, err := openRun(dir)
	if err != nil {
		t.Fatal(err)
	}
	return r.manifest
}

func TestManifestHoldsWhatARunWasMadeOf(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	trough(t, nil, "backtest", shared+"/scenarios/small.yaml", "--data", shared+"/traces", "-o", dir, "--no-plots", "--seed", "7", "--set", "margin.share=7%")
	m := readManifest(t, dir)
	if m.Scenario != "small" || m.Policy != "full" || m.Seed != 7 || m.Ledger != "capacity" || m.Zoneinfo == "" || m.Build == "" || m.Machine.Go == "" {
		t.Errorf("%+v", m)
	}
	if m.From.String() != "2015-10-05T00:00:00Z" || m.Until.String() != "2015-10-06T00:00:00Z" {
		t.Errorf("span %s to %s", m.From, m.Until)
	}
	if len(m.Inputs) != 2 || len(m.Inputs["small-capacity.csv"]) != 64 || len(m.Inputs["small-jobs.csv"]) != 64 {
		t.Errorf("inputs %v", m.Inputs)
	}
	if len(m.Assumed) == 0 || m.Tally.Completed == 0 {
		t.Errorf("assumed %q, tally %+v", m.Assumed, m.Tally)
	}

	// What it holds is enough to run the same again.
	scenario, policy := filepath.Join(t.TempDir(), "s.yaml"), filepath.Join(t.TempDir(), "p.yaml")
	for path, text := range map[string]string{scenario: m.ResolvedScenario, policy: m.ResolvedPolicy} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	again := filepath.Join(t.TempDir(), "again")
	trough(t, nil, "backtest", scenario, "-p", policy, "--data", shared+"/traces", "-o", again, "--no-plots")
	first, second := contents(t, dir), contents(t, again)
	for name := range first {
		if name != "manifest.json" && !bytes.Equal(first[name], second[name]) {
			t.Errorf("run again from the manifest, %s differs", name)
		}
	}
	if r := readManifest(t, again); r.Tally != m.Tally {
		t.Errorf("run again from the manifest: %+v, not %+v", r.Tally, m.Tally)
	}
}

// summaryFile is what summary.json promises.
type summaryFile struct {
	Conditions map[string]any `json:"conditions"`
	Policy     string         `json:"policy"`
	Figures    map[string]struct {
		Name       string   `json:"name"`
		Group      string   `json:"group"`
		Value      *float64 `json:"value"`
		Unit       string   `json:"unit"`
		Low        *float64 `json:"low"`
		High       *float64 `json:"high"`
		Bounds     bool     `json:"bounds"`
		Definition string   `json:"definition"`
		Note       string   `json:"note"`
	} `json:"figures"`
	Without *struct {
		Policy  string         `json:"policy"`
		Figures map[string]any `json:"figures"`
	} `json:"without_borrowing"`
}

func readSummary(t *testing.T, dir string) summaryFile {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "summary.json"))
	if err != nil {
		t.Fatal(err)
	}
	var s summaryFile
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFullLedgerReplaysToTheSameMarketAndTheSameFigures(t *testing.T) {
	dir := runFull(t)
	m, s := readManifest(t, dir), readSummary(t, dir)
	scenario, err := sim.ParseScenario("resolved", []byte(m.ResolvedScenario))
	if err != nil {
		t.Fatal(err)
	}
	built, err := scenario.Build(nil)
	if err != nil {
		t.Fatal(err)
	}
	events, run, err := traces.ReadLedger(filepath.Join(dir, "ledger.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	if len(run.Pools) != len(built.World.Pools) {
		t.Fatalf("%d pools, not %d", len(run.Pools), len(built.World.Pools))
	}
	market, books := models.NewMarket(built.World.Pools, built.World.Borrowers), measure.New(setupOf(scenario, built))
	for i := range events {
		market.Apply(&events[i])
		books.Event(events[i])
	}
	result := books.Finish(m.Until)
	compared := 0
	for _, f := range result.Figures() {
		written, ok := s.Figures[f.Key]
		switch {
		case f.Key == "throughput_gain": // needs the run without borrowing
		case !ok:
			t.Errorf("%s is not in the summary", f.Key)
		case f.Known != (written.Value != nil) || f.Known && f.Value != *written.Value:
			t.Errorf("%s is %v from the ledger, %v in the summary", f.Key, f.Value, written.Value)
		case written.Definition == "" || written.Name == "" || written.Unit == "":
			t.Errorf("%s: no name, unit or definition: %+v", f.Key, written)
		default:
			compared++
		}
	}
	if compared < 30 || s.Figures["throughput_gain"].Value == nil || s.Without == nil || s.Without.Policy != "never" {
		t.Errorf("%d figures compared, summary %+v", compared, s)
	}
	for _, key := range []string{"scenario", "from", "until", "telemetry_lag", "boot", "drain", "billing_rules", "seeds", "recorded", "assumed"} {
		if _, ok := s.Conditions[key]; !ok {
			t.Errorf("the summary's conditions lack %s", key)
		}
	}
	lastOfSeries(t, dir, market)
	completed := int64(0)
	for _, e := range events {
		if e.Kind == models.Completed {
			completed++
		}
	}
	if completed != m.Tally.Completed {
		t.Errorf("%d completions in the ledger, %d in the manifest", completed, m.Tally.Completed)
	}
}

// lastOfSeries compares where the series end with the market that the ledger leads to.
func lastOfSeries(t *testing.T, dir string, market *models.Market) {
	t.Helper()
	rows, _, err := traces.ReadSeries(filepath.Join(dir, "series.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	type key struct {
		series models.SeriesID
		key    int16
	}
	last := map[key]int64{}
	for _, row := range rows {
		last[key{row.Series, row.Key}] = row.Value
	}
	for p := range market.Lendable {
		for series, want := range map[models.SeriesID]int32{models.SeriesReserved: market.Reserved[p], models.SeriesInUse: market.InUse[p],
			models.SeriesBusy: market.Count[models.Busy][p], models.SeriesIdle: market.Count[models.Idle][p], models.SeriesBooting: market.Count[models.Booting][p],
			models.SeriesYielding: market.Count[models.Finishing][p] + market.Count[models.Leaving][p]} {
			if got := last[key{series, int16(p)}]; got != int64(want) {
				t.Errorf("%s of %s ends at %d, the ledger leads to %d", series, market.Pools[p].Name(), got, want)
			}
		}
	}
}

// TestEveryStageSpeaksInTheScenarioNamedForIt keeps the scenario worth its name: a change of the market that silences a
// stage would empty the tests that rest on it.
func TestEveryStageSpeaksInTheScenarioNamedForIt(t *testing.T) {
	rows, _, err := traces.ReadDecisions(filepath.Join(runFull(t), "decisions.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	spoke := map[models.Cause]int{}
	target, keep := int32(0), models.NoLimit
	for i, row := range rows {
		if i == 0 || rows[i-1].At != row.At || rows[i-1].Pool != row.Pool {
			target, keep = 0, models.NoLimit
		}
		if row.Target != target || row.Keep != keep {
			spoke[row.Stage]++
		}
		target, keep = row.Target, row.Keep
	}
	// Smoothing changes the demand alone, and demand has nothing to add where fair has spread what there is.
	for _, stage := range []models.Cause{models.ByAvailability, models.ByMargin, models.ByFair, models.ByStepping, models.ByIdle,
		models.ByCurfew, models.ByOverdraft, models.ByStale, models.ByEvacuation} {
		if spoke[stage] == 0 {
			t.Errorf("%s changed nothing", stage)
		}
	}
	t.Log(spoke)
}

func TestScenarioFileOfWorkloadWGivesTheKnownAnswers(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "w")
	trough(t, nil, "backtest", shared+"/scenarios/workload-w-small.yaml", "-o", dir, "--no-plots", "--ledger", "none")
	tally := readManifest(t, dir).Tally
	if tally.Completed != 20000 || tally.Interrupted != 1358 || tally.Check != 23821153895718 {
		t.Errorf("%+v", tally)
	}
	line := trough(t, nil, "bench", "w", "--jobs", "20000", "--pools", "10", "--days", "2")
	want := fmt.Sprintf("completed=%d preempt=%d busy=%d makespan=%d check=%d ", tally.Completed, tally.Interrupted, tally.Busy, tally.Makespan, tally.Check)
	if !strings.HasPrefix(line, want) {
		t.Errorf("bench says %s, the run %s", line, want)
	}
	if line := trough(t, nil, "bench", "w", "--jobs", "20000", "--pools", "10", "--days", "2", "--engine", "heap"); !strings.HasPrefix(line, want) {
		t.Errorf("bench with the heap says %s, the run %s", line, want)
	}
}

// TestWhyTellsOfEveryStage asks at the instants that the scenario was made for.
func TestWhyTellsOfEveryStage(t *testing.T) {
	dir := runFull(t)
	for _, c := range []struct{ at, want string }{
		{"+28h5m", "curfew in force: at most 0% in 3 pools"},
		{"+27h30m", "curfew comes: at most 0% in 3 pools"},
		{"+30h2m", "evacuation: the switch of us-east-1 is on"},
	} {
		if text := trough(t, nil, "why", dir, "--at", c.at); !strings.Contains(text, c.want) {
			t.Errorf("at %s: expected %q in\n%s", c.at, c.want, text)
		}
	}
	said := map[string]bool{}
	for minute := 5; minute < 48*60; minute += 240 {
		var w whyAnswer
		if err := json.Unmarshal([]byte(trough(t, nil, "why", dir, "--at", fmt.Sprintf("+%dm", minute), "--json")), &w); err != nil {
			t.Fatal(err)
		}
		for _, c := range w.Pools {
			before := int32(0)
			for _, s := range c.Stages {
				if s.TargetBefore != before {
					t.Fatalf("%s at %s: %s begins at %d, the stage before ended at %d", c.Pool, w.At, s.Stage, s.TargetBefore, before)
				}
				if before = s.Target; s.Target != s.TargetBefore && s.Words == "" {
					t.Errorf("%s at %s: %s moved %d to %d and does not say why", c.Pool, w.At, s.Stage, s.TargetBefore, s.Target)
				}
				said[s.Stage] = said[s.Stage] || s.Words != ""
			}
			if c.Target != before || c.Since > w.At || c.Binding == "" {
				t.Errorf("%s at %s: %+v", c.Pool, w.At, c)
			}
		}
	}
	if len(said) != 12 {
		t.Errorf("stages %v", said)
	}
}
