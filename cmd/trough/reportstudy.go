package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"trough.internal/report"
	"trough.internal/report/document"
	"trough.internal/report/study"
	"trough.internal/sim/experiment"
)

// studied is what lies in the directory of an experiment: what sweep, tune and walk came to, as far as they were run there.
type studied struct {
	dir        string
	file       sweepFile
	experiment *experiment.Experiment
	sweep      *study.Sweep
	tune       *tunedView
	walk       *walkView
	tunePlots  []report.Plot
	walkPlots  []report.Plot
}

// isStudy says whether a directory is an experiment's and not a run's.
func isStudy(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, sweepFileName))
	return err == nil
}

// The files of its report that runs' do not have.
const (
	candidatesCSV      = "candidates.csv"
	candidatesMarkdown = "candidates.md"
)

// writeStudy writes the report of an experiment's directory.
func (r *reporting) writeStudy(ctx context.Context, dir string) error {
	if r.week != "" {
		return fmt.Errorf("--week is %q: %s holds an experiment, and a week is of runs: expected a run directory", r.week, dir)
	}
	s, err := openStudy(dir)
	if err != nil {
		return err
	}
	names := []string{reportPage, reportPlots}
	if s.sweep != nil {
		names = append(names, candidatesCSV, candidatesMarkdown)
	}
	out, err := createOutput(r.out, r.force, names...)
	if err != nil {
		return err
	}
	defer out.abandon()
	progress := newProgress(r.err, "report")
	defer progress.done()
	if err := writeInto(out.path(reportPage), s.document().Write); err != nil {
		return err
	}
	if s.sweep != nil {
		table := s.sweep.Candidates(len(s.sweep.Points))
		err := errors.Join(writeInto(out.path(candidatesCSV), s.candidates), writeInto(out.path(candidatesMarkdown), table.WriteMarkdown))
		if err != nil {
			return err
		}
	}
	if err := r.plotFiles(ctx, s.plots(), out, progress); err != nil {
		return err
	}
	return r.finish(ctx, out, progress)
}

func openStudy(dir string) (*studied, error) {
	s := &studied{dir: dir}
	path := filepath.Join(dir, sweepFileName)
	if err := readJSON(path, &s.file); err != nil {
		return nil, err
	}
	if s.file.Format != sweepFormat {
		return nil, fmt.Errorf("%s: format is %q: expected %q, as trough sweep, tune and walk leave it", path, s.file.Format, sweepFormat)
	}
	var err error
	if s.experiment, err = experiment.Parse(path+": resolved", []byte(s.file.Resolved)); err != nil {
		return nil, err
	}
	if err := errors.Join(s.readSweep(), s.readSearch(tuneDir, tuneFile, &s.tune, &s.tunePlots), s.readSearch(walkDir, walkFile, &s.walk, &s.walkPlots)); err != nil {
		return nil, err
	}
	if s.sweep == nil && s.tune == nil && s.walk == nil {
		return nil, fmt.Errorf("%s: there is neither %s nor a folder %s or %s in it: what was interrupted goes on with the same call, and shards become one with trough sweep merge",
			dir, sweepSummary, tuneDir, walkDir)
	}
	return s, nil
}

func readJSON(path string, to any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fileError(path, err)
	}
	if err := json.Unmarshal(text, to); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// readSearch reads what tune or walk left; where they were not run there is nothing.
func (s *studied) readSearch(folder, name string, to any, plots *[]report.Plot) error {
	path := filepath.Join(s.dir, folder, name)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := readJSON(path, to); err != nil {
		return err
	}
	path = filepath.Join(s.dir, folder, plotsFile)
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("%w: the same call of trough %s writes it", fileError(path, err), folder)
	}
	defer f.Close()
	if *plots, err = report.LoadPlots(f); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func (s *studied) readSweep() error {
	path := filepath.Join(s.dir, sweepSummary)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var v sweepView
	if err := readJSON(path, &v); err != nil {
		return err
	}
	s.sweep = &study.Sweep{Scenario: v.Scenario, Seeds: seedsText(v.Seeds), Notes: v.Notes}
	for i := range s.experiment.Axes {
		s.sweep.Axes = append(s.sweep.Axes, s.axis(&s.experiment.Axes[i]))
	}
	for i := range v.Points {
		p, err := s.point(&v.Points[i])
		if err != nil {
			return fmt.Errorf("%s: point %d: %w", path, v.Points[i].Point, err)
		}
		s.sweep.Points = append(s.sweep.Points, p)
	}
	return nil
}

// axis is a parameter of the sweep. Samples of a range have no values in common: round ones say where they stand.
func (s *studied) axis(of *experiment.Axis) study.Axis {
	a := study.Axis{Name: of.Set}
	if s.experiment.Sampling == "grid" {
		return a
	}
	for _, text := range of.Round() {
		a.Round = append(a.Round, study.Value{Text: text, Place: of.Place(text)})
	}
	return a
}

func (s *studied) point(of *sweptPoint) (study.Point, error) {
	p := study.Point{Number: of.Point, Policy: of.Policy, AsItIs: of.Reference == of.Point, Seeds: of.Seeds,
		Means: map[string]study.Mean{}, Differences: map[string]study.Difference{}}
	for i := range s.experiment.Axes {
		axis := &s.experiment.Axes[i]
		text, ok := of.Values[axis.Set]
		if !ok {
			return p, fmt.Errorf("it has no value of %s, an axis of the experiment beside it: the same call of trough sweep writes both anew", axis.Set)
		}
		place := axis.Place(text)
		if place < 0 || place > 1 {
			place = math.NaN()
		}
		p.Values = append(p.Values, study.Value{Text: text, Place: place})
	}
	for key, f := range of.Figures {
		p.Means[key] = mean(f.Value, f.Low, f.High)
	}
	for key, d := range of.Differences {
		p.Differences[key] = study.Difference{Mean: mean(d.Value, d.Low, d.High), Verdict: d.Verdict, Note: d.Note}
	}
	return p, nil
}

func mean(v float64, low, high *float64) study.Mean {
	m := study.Mean{Value: v}
	if low != nil && high != nil {
		m.Low, m.High, m.Interval = *low, *high, true
	}
	return m
}

// plots are all of the report.
func (s *studied) plots() []report.Plot {
	var plots []report.Plot
	if s.sweep != nil {
		plots = append(s.sweep.Fronts(), s.sweep.Responses()...)
	}
	return append(plots, slices.Concat(s.tunePlots, s.walkPlots)...)
}

// candidates writes every point with all its figures and differences, for machines.
func (s *studied) candidates(to io.Writer) error {
	figures, differences := map[string]bool{}, map[string]bool{}
	for i := range s.sweep.Points {
		for key := range s.sweep.Points[i].Means {
			figures[key] = true
		}
		for key := range s.sweep.Points[i].Differences {
			differences[key] = true
		}
	}
	keys, compared := slices.Sorted(maps.Keys(figures)), slices.Sorted(maps.Keys(differences))
	head := []string{"point", "policy", "seeds"}
	for i := range s.sweep.Axes {
		head = append(head, s.sweep.Axes[i].Name)
	}
	for _, key := range keys {
		head = append(head, key, key+"_low", key+"_high")
	}
	for _, key := range compared {
		head = append(head, key+"_difference", key+"_difference_low", key+"_difference_high", key+"_verdict")
	}
	w := csv.NewWriter(to)
	w.Write(head)
	for i := range s.sweep.Points {
		p := &s.sweep.Points[i]
		row := []string{strconv.Itoa(p.Number), p.Policy, strconv.Itoa(p.Seeds)}
		for _, v := range p.Values {
			row = append(row, v.Text)
		}
		for _, key := range keys {
			m, known := p.Means[key]
			row = append(row, meanCells(m, known)...)
		}
		for _, key := range compared {
			d, known := p.Differences[key]
			row = append(append(row, meanCells(d.Mean, known)...), d.Verdict)
		}
		w.Write(row)
	}
	w.Flush()
	return w.Error()
}

func meanCells(m study.Mean, known bool) []string {
	cells := []string{"", "", ""}
	if known {
		cells[0] = plainNumber(m.Value)
	}
	if known && m.Interval {
		cells[1], cells[2] = plainNumber(m.Low), plainNumber(m.High)
	}
	return cells
}

// documentTable is a table of a terminal as one of a page.
func documentTable(caption string, t *table) *document.Table {
	heads := slices.Clone(t.rows[0])
	for i := range heads {
		if heads[i] == "" {
			heads[i] = " "
		}
		if slices.Contains(t.rightward, i) {
			heads[i] = "#" + heads[i]
		}
	}
	out := document.NewTable(caption, heads...)
	for _, row := range t.rows[1:] {
		out.Add(row...)
	}
	return out
}
