package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"trough.internal/models"
	"trough.internal/report"
	"trough.internal/report/measure"
	"trough.internal/sim"
)

// reportedRun is a run that a report is about.
type reportedRun struct {
	*runFiles
	name        string // another one for each run of a report
	scenario    *sim.Scenario
	summary     *report.Summary
	from, until models.Instant // what of the run the report is about
	weekBefore  bool           // whether the run has the week before, too

	decoded
}

// open opens the runs and checks that a report can be made of them, before anything long begins.
func (r *reporting) open(dirs []string) error {
	if r.week != "" {
		w, err := parseWeek(r.week)
		if err != nil {
			return err
		}
		r.weekly = &w
	}
	for _, dir := range dirs {
		run, err := openReported(dir)
		if err != nil {
			return err
		}
		if err := r.cut(run); err != nil {
			return err
		}
		r.runs = append(r.runs, run)
	}
	nameRuns(r.runs)
	for _, other := range r.runs[1:] {
		if why := differ(r.runs[0], other); why != "" {
			if !r.anyway {
				return fmt.Errorf("%s and %s cannot be compared: %s: expected runs that differ in their policy alone, or --anyway", r.runs[0].dir, other.dir, why)
			}
			r.notComparable = fmt.Sprintf("%s and %s were set side by side though %s: nothing is said about their differences", r.runs[0].name, other.name, why)
		}
	}
	return nil
}

func openReported(dir string) (*reportedRun, error) {
	files, err := openRun(dir)
	if err != nil {
		return nil, err
	}
	run := &reportedRun{runFiles: files, name: files.manifest.Policy, from: files.manifest.From, until: files.manifest.Until}
	run.scenario, err = sim.ParseScenario(files.path("manifest.json")+": resolved_scenario", []byte(files.manifest.ResolvedScenario))
	if err != nil {
		return nil, err
	}
	path := files.path("summary.json")
	f, err := os.Open(path)
	if err != nil {
		return nil, incomplete(path, err)
	}
	defer f.Close()
	if run.summary, err = report.ReadSummary(f); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	names := []string{"series.parquet", "decisions.parquet", "jobs.parquet"}
	if files.manifest.Ledger != "none" {
		names = append(names, "ledger.parquet")
	}
	for _, name := range names {
		if _, err := os.Stat(files.path(name)); err != nil {
			return nil, incomplete(files.path(name), err)
		}
	}
	if run.from >= run.until {
		return nil, fmt.Errorf("%s: the run is from %s to %s: there is nothing to report", dir, run.from, run.until)
	}
	return run, nil
}

// incomplete is an error of a file that every run has.
func incomplete(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is missing: expected a whole run directory, as `trough backtest -o` leaves it", path)
	}
	return fileError(path, err)
}

// nameRuns gives each run its policy's name, and where two have the same, those of their directories.
func nameRuns(runs []*reportedRun) {
	count := map[string]int{}
	for _, run := range runs {
		count[run.name]++
	}
	seen := map[string]int{}
	for _, run := range runs {
		if count[run.name] > 1 {
			run.name += " (" + filepath.Clean(run.dir) + ")"
		}
		if seen[run.name]++; seen[run.name] > 1 {
			run.name += fmt.Sprintf(" %d", seen[run.name])
		}
	}
}

// differ says in what two runs differ besides their policy, or nothing.
func differ(a, b *reportedRun) string {
	x, y := &a.manifest, &b.manifest
	switch {
	case x.Scenario != y.Scenario:
		return fmt.Sprintf("their scenarios are %s and %s", x.Scenario, y.Scenario)
	case x.Seed != y.Seed:
		return fmt.Sprintf("their seeds are %d and %d", x.Seed, y.Seed)
	case a.from != b.from || a.until != b.until:
		return fmt.Sprintf("their spans are %s to %s and %s to %s", a.from, a.until, b.from, b.until)
	case x.ResolvedScenario != y.ResolvedScenario:
		return "scenario " + x.Scenario + " was changed between them: " + changedLine(x.ResolvedScenario, y.ResolvedScenario)
	}
	for name, sum := range x.Inputs {
		if y.Inputs[name] != sum {
			return "the contents of " + name + " differ"
		}
	}
	return ""
}

// changedLine is the first line in which two texts differ.
func changedLine(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := 0; i < len(x) && i < len(y); i++ {
		if x[i] != y[i] {
			return fmt.Sprintf("%q and %q", strings.TrimSpace(x[i]), strings.TrimSpace(y[i]))
		}
	}
	return "one is longer"
}

// isoWeek is a week from Monday on.
type isoWeek struct {
	name  string
	start models.Instant
}

const week = 7 * 24 * time.Hour

var weekPattern = regexp.MustCompile(`^(\d{4})-W(\d{2})$`)

func parseWeek(text string) (isoWeek, error) {
	wrong := fmt.Errorf("--week is %q: expected an ISO week such as 2015-W41", text)
	parts := weekPattern.FindStringSubmatch(text)
	if parts == nil {
		return isoWeek{}, wrong
	}
	year, _ := strconv.Atoi(parts[1])
	number, _ := strconv.Atoi(parts[2])
	// The fourth of January lies in the first week, whatever day it is.
	first := time.Date(year, 1, 4, 0, 0, 0, 0, time.UTC)
	monday := first.AddDate(0, 0, -(int(first.Weekday())+6)%7+7*(number-1))
	if y, n := monday.ISOWeek(); y != year || n != number {
		return isoWeek{}, wrong
	}
	return isoWeek{text, models.InstantOf(monday)}, nil
}

func weekOf(at models.Instant) string {
	year, number := at.UTC().ISOWeek()
	return fmt.Sprintf("%d-W%02d", year, number)
}

// cut narrows a run to the week that the report is about.
func (r *reporting) cut(run *reportedRun) error {
	if r.weekly == nil {
		return nil
	}
	m := &run.manifest
	start, end := r.weekly.start, r.weekly.start.Add(week)
	if end <= m.From || start >= m.Until {
		return fmt.Errorf("%s: it has nothing of week %s: it covers %s to %s, %s to %s", run.dir, r.weekly.name, m.From, m.Until, weekOf(m.From), weekOf(m.Until-1))
	}
	if m.Ledger == "none" {
		return fmt.Errorf("%s: the run left no ledger, and a week's figures are made of it: run it without --ledger none", run.dir)
	}
	run.from, run.until = max(start, m.From), min(end, m.Until)
	run.weekBefore = start.Add(-week) >= m.From
	return nil
}

// weekWarnings say what a week lacks.
func (r *reporting) weekWarnings(run *reportedRun) []string {
	if r.weekly == nil {
		return nil
	}
	var list []string
	if run.until.Sub(run.from) < week {
		list = append(list, fmt.Sprintf("the run has %s of week %s alone: %s to %s", short(run.until.Sub(run.from)), r.weekly.name, run.from, run.until))
	}
	if !run.weekBefore {
		list = append(list, "the run does not have all of the week before: nothing is compared with it")
	}
	return list
}

// figures are a run's in the report: the summary's, or those made anew of a week.
func (r *reporting) figures(run *reportedRun) []measure.Figure {
	if r.weekly == nil {
		return run.summary.Run.Figures
	}
	return run.manifest.seen(r.measured(run, run.result, func(o *reportedRun) *measure.Result { return o.result }))
}
