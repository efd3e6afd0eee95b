package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"trough.internal/models"
	"trough.internal/models/settings"
	"trough.internal/models/zoneinfo"
	"trough.internal/report"
	"trough.internal/report/measure"
	"trough.internal/sim"
	"trough.internal/traces"
)

// manifest says what a run directory is and what it was made of. All but Machine is the same wherever it is made.
type manifest struct {
	Format   string            `json:"format"`
	Complete bool              `json:"complete"`
	Build    string            `json:"build"`
	Scenario string            `json:"scenario"`
	Policy   string            `json:"policy"`
	From     models.Instant    `json:"from"`
	Until    models.Instant    `json:"until"`
	Seed     uint64            `json:"seed"`
	Zoneinfo string            `json:"zoneinfo"`
	Ledger   string            `json:"ledger"`
	Inputs   map[string]string `json:"inputs"` // file to SHA-256
	Tally    sim.Tally         `json:"tally"`
	Recorded []string          `json:"recorded"`
	Assumed  []string          `json:"assumed"`

	ResolvedScenario string `json:"resolved_scenario"` // YAML, defaults included
	ResolvedPolicy   string `json:"resolved_policy"`

	Live *liveRecording `json:"live,omitempty"` // of what was recorded live; nil of a backtest

	Machine machine `json:"machine"`
}

// machine is the part of a manifest that differs from one making to the next.
type machine struct {
	Made    time.Time `json:"made"`
	Seconds float64   `json:"seconds"`
	Host    string    `json:"host"`
	Go      string    `json:"go"`
}

const runFormat = "trough run 1"

// ledgers are what --ledger can be.
var ledgers = []string{"full", "capacity", "none"}

// runDir is a run directory in the making: a hidden sibling until it is complete.
type runDir struct {
	final, temp string
	force       bool
	parents     madeFolders
}

// createDir begins a directory. An existing one is refused, unless force is set and it is one that a run or a comparison
// left: whatever else has that name is not ours to remove.
func createDir(final string, force bool) (*runDir, error) {
	final = filepath.Clean(final)
	if _, err := os.Lstat(final); err == nil {
		switch {
		case !force:
			return nil, fmt.Errorf("%s exists: name another directory, or replace it with --force", final)
		case !replaceable(final):
			return nil, fmt.Errorf("%s exists and holds no run: --force replaces nothing else", final)
		}
	}
	parent := filepath.Dir(final)
	parents, err := makeFolders(parent)
	if err != nil {
		return nil, fileError(parent, err)
	}
	temp, err := os.MkdirTemp(parent, "."+filepath.Base(final)+".partial-")
	if err != nil {
		return nil, fmt.Errorf("%s cannot be made: %w", final, fileError(parent, err))
	}
	if err := os.Chmod(temp, 0o755); err != nil {
		return nil, fileError(temp, err)
	}
	return &runDir{final, temp, force, parents}, nil
}

// replaceable: a run, a comparison, or nothing.
func replaceable(dir string) bool {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	for _, e := range entries {
		if e.Name() == "manifest.json" || e.Name() == "compare.json" {
			return true
		}
	}
	return len(entries) == 0
}

// abandon removes what was made so far; after a commit it does nothing.
func (d *runDir) abandon() {
	os.RemoveAll(d.temp)
	d.parents.removeEmpty()
}

// commit gives the directory its name. What stood there before goes only now.
func (d *runDir) commit() error {
	if d.force {
		if err := os.RemoveAll(d.final); err != nil {
			return failure{fileError(d.final, err)}
		}
	}
	if err := os.Rename(d.temp, d.final); err != nil {
		return failure{fileError(d.final, err)}
	}
	return nil
}

// recording is what a run leaves in its directory while it goes on.
type recording struct {
	dir       string
	ledger    *traces.Ledger
	series    *traces.Series
	attempts  *traces.Attempts
	decisions *traces.Decisions

	rows    []models.SeriesRow // of the series, for the plots
	sinks   sinks
	log     *decisionLog
	sampler *measure.Sampler
	tries   *measure.Attempts
}

// record opens a run's files. Ledger is one of ledgers.
func record(dir string, s *sim.Scenario, b *sim.Built, ledger string) (*recording, error) {
	run := traces.RunOf(models.NewMarket(b.World.Pools, b.World.Borrowers), traces.Meta{})
	r := &recording{dir: dir}
	err := errors.Join(
		open(&r.series, dir, "series", run, traces.CreateSeries),
		open(&r.attempts, dir, "jobs", run, traces.CreateAttempts),
		open(&r.decisions, dir, "decisions", run, traces.CreateDecisions),
	)
	if ledger != "none" {
		err = errors.Join(err, open(&r.ledger, dir, "ledger", run, func(path string, run traces.Run) (*traces.Ledger, error) {
			return traces.CreateLedger(path, run, ledger == "full")
		}))
	}
	if err != nil {
		return nil, failure{err}
	}
	r.sampler = measure.NewSampler(setupOf(s, b), 0, func(row models.SeriesRow) {
		r.series.Append(row)
		r.rows = append(r.rows, row)
	})
	r.tries = measure.NewAttempts(r.attempts.Append)
	r.sinks = sinks{r.sampler, r.tries}
	if r.ledger != nil {
		r.sinks = append(r.sinks, r.ledger)
	}
	r.log = &decisionLog{row: r.decisions.Append}
	return r, nil
}

func open[T any](into *T, dir, name string, run traces.Run, create func(string, traces.Run) (T, error)) error {
	file, err := create(filepath.Join(dir, name+".parquet"), run)
	*into = file
	return err
}

// close ends the files at the end of the span.
func (r *recording) close(until models.Instant) error {
	r.sampler.Finish(until)
	r.tries.Finish(until)
	err := errors.Join(r.series.Close(), r.attempts.Close(), r.decisions.Close())
	if r.ledger != nil {
		err = errors.Join(err, r.ledger.Close())
	}
	if err != nil {
		return failure{err}
	}
	return nil
}

// writeRun plays a candidate and leaves its run directory, the run without borrowing beside it in the summary.
func (a *app) writeRun(ctx context.Context, j *job, c candidate, without *played, final string) (*played, error) {
	began := time.Now()
	dir, err := createDir(final, j.force)
	if err != nil {
		return nil, err
	}
	defer dir.abandon()
	rec, err := record(dir.temp, j.scenario, j.built, j.ledger)
	if err != nil {
		return nil, err
	}
	p, err := a.play(ctx, j.scenario, j.built, c, rec.sinks, rec.log)
	if err != nil {
		return nil, err
	}
	if err := rec.close(p.until); err != nil {
		return nil, err
	}
	if err := a.plots(j, p, c, rec, dir.temp); err != nil {
		return nil, err
	}
	if err := a.findStaticFarm(ctx, j, p, without); err != nil {
		return nil, err
	}
	if err := j.writeSummary(dir.temp, p, without); err != nil {
		return nil, err
	}
	if err := j.writeManifest(dir.temp, p, c, began); err != nil {
		return nil, err
	}
	if ctx.Err() != nil { // while plots were drawn
		return nil, failure{ctx.Err()}
	}
	return p, dir.commit()
}

func (a *app) plots(j *job, p *played, c candidate, rec *recording, dir string) error {
	if !j.plots {
		return nil
	}
	say := newProgress(a.err, j.scenario.Name+", "+p.name)
	say.say("plots")
	defer say.done()
	series := newSeries(j.scenario, j.built, c, p.until, rec.rows)
	plots := filepath.Join(dir, "plots")
	if err := os.Mkdir(plots, 0o755); err != nil {
		return failure{fileError(plots, err)}
	}
	if err := report.WriteCharts(plots, report.Charts(series)); err != nil {
		return failure{err}
	}
	return nil
}

func (j *job) writeManifest(dir string, p *played, c candidate, began time.Time) error {
	scenario, err := settings.Encode(j.scenario)
	if err != nil {
		return failure{err}
	}
	policy, err := settings.Encode(c.settings)
	if err != nil {
		return failure{err}
	}
	inputs, err := hashes(j.scenario, j.files)
	if err != nil {
		return failure{err}
	}
	host, _ := os.Hostname()
	m := manifest{
		Format: runFormat, Complete: true, Build: buildName(), Scenario: j.scenario.Name, Policy: c.name,
		From: j.built.World.Start, Until: p.until, Seed: j.scenario.Seed, Zoneinfo: zoneinfo.Version, Ledger: j.ledger,
		Inputs: inputs, Tally: p.tally, Recorded: j.built.Notes.Recorded, Assumed: j.built.Notes.Assumed,
		ResolvedScenario: string(scenario), ResolvedPolicy: string(policy),
		Machine: machine{Made: time.Now().UTC().Truncate(time.Second), Seconds: time.Since(began).Seconds(), Host: host, Go: runtime.Version()},
	}
	return writeJSON(filepath.Join(dir, "manifest.json"), m)
}

// hashes are the SHA-256 of the traces that a scenario names, by name.
func hashes(s *sim.Scenario, files dataFiles) (map[string]string, error) {
	sums := map[string]string{}
	names := slices.Clone(s.Jobs)
	if s.Capacity != nil {
		names = append(names, s.Capacity.File)
	}
	for i := range s.Bought {
		for _, name := range []string{s.Bought[i].PriceTrace, s.Bought[i].Availability} {
			if name != "" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	for _, name := range names {
		path, err := files.path(name)
		if err != nil {
			return nil, err
		}
		if sums[name], err = hashFile(path); err != nil {
			return nil, err
		}
	}
	return sums, nil
}

// hashFile is a file's SHA-256 in hexadecimal.
func hashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fileError(path, err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fileError(path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// buildName is the program's version as its build knows it.
func buildName() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	name := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			name = s.Value
		}
	}
	return name
}

func writeJSON(path string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err == nil {
		err = os.WriteFile(path, append(text, '\n'), 0o644)
	}
	if err != nil {
		return failure{fileError(path, err)}
	}
	return nil
}
