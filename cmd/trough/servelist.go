package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"trough.internal/models"
	"trough.internal/sim/experiment"
)

// servedList is what there is below the served directory, by name.
type servedList struct {
	Dir         string
	Runs        []servedRun
	Experiments []servedExperiment
}

// servedRun is a run directory as the list shows it.
type servedRun struct {
	Name             string // from the served directory on
	Scenario, Policy string
	From, Until      string
	Seed             string // of a recording there is none
	Made             string
}

// Link is where its report is.
func (r servedRun) Link() string { return "/report?run=" + url.QueryEscape(r.Name) }

// servedExperiment is the directory of an experiment as the list shows it.
type servedExperiment struct {
	Name                 string // from the served directory on
	Experiment, Scenario string
	Holds                string // sweep, tune, walk; empty: nothing that a page could show yet
	Made                 string
}

// Link is where its page is.
func (e servedExperiment) Link() string { return "/experiment?name=" + url.QueryEscape(e.Name) }

// list looks for runs and experiments. What cannot be read is none.
func (s *server) list() (*servedList, error) {
	l := &servedList{Dir: filepath.Clean(s.dir)}
	if all, err := filepath.Abs(s.dir); err == nil && l.Dir == "." {
		l.Dir = filepath.Base(all)
	}
	err := filepath.WalkDir(s.dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil || entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && path != s.dir:
			return fs.SkipDir
		case !entry.IsDir():
			return nil
		}
		name, err := filepath.Rel(s.dir, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if run, ok := runAt(path, name); ok {
			l.Runs = append(l.Runs, run)
			return fs.SkipDir
		}
		if e, ok := experimentAt(path, name); ok {
			l.Experiments = append(l.Experiments, e)
			return fs.SkipDir // the cells of a sweep are many
		}
		return nil
	})
	slices.SortFunc(l.Runs, func(a, b servedRun) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(l.Experiments, func(a, b servedExperiment) int { return strings.Compare(a.Name, b.Name) })
	return l, err
}

func runAt(path, name string) (servedRun, bool) {
	files, err := openRun(path)
	if err != nil {
		return servedRun{}, false
	}
	m, seed := &files.manifest, "-"
	if m.Live == nil {
		seed = fmt.Sprint(m.Seed)
	}
	return servedRun{name, m.Scenario, m.Policy, minuteText(m.From), minuteText(m.Until), seed, m.Machine.Made.Format(minuteLayout)}, true
}

func experimentAt(path, name string) (servedExperiment, bool) {
	var f sweepFile
	if readJSON(filepath.Join(path, sweepFileName), &f) != nil || f.Format != sweepFormat {
		return servedExperiment{}, false
	}
	e, err := experiment.Parse(sweepFileName, []byte(f.Resolved))
	if err != nil {
		return servedExperiment{}, false
	}
	var holds []string
	for _, of := range []struct{ command, file string }{{"sweep", sweepSummary}, {tuneDir, filepath.Join(tuneDir, tuneFile)}, {walkDir, filepath.Join(walkDir, walkFile)}} {
		if _, err := os.Stat(filepath.Join(path, of.file)); !errors.Is(err, fs.ErrNotExist) {
			holds = append(holds, of.command)
		}
	}
	return servedExperiment{name, e.Experiment, e.Scenario, strings.Join(holds, ", "), f.Machine.Made.Format(minuteLayout)}, true
}

// minuteLayout is how the list writes times; they are UTC.
const minuteLayout = "2006-01-02 15:04"

func minuteText(at models.Instant) string { return at.UTC().Format(minuteLayout) }
