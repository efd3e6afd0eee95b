package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"trough.internal/report/measure"
	"trough.internal/report/stats"
	"trough.internal/sim/experiment"
	"trough.internal/traces"
)

// swept is a sweep's outcome.
type swept struct {
	*loadedExperiment
	results  []*experiment.Result // by cell
	computed int
	out      *cellFolder
	of       float64 // share of the intervals that should hold the true value; 0 is stats.Level
	planned  int     // seeds, of which it may have done fewer
}

// resultsFile is where all cells are together.
const resultsFile = "results.parquet"

// writeResults writes results.parquet: a row for each cell, in the order of points, then seeds; a column for each axis and
// each figure that any cell has. What a cell cannot give is NaN.
func (s *swept) writeResults() error {
	rows := s.byPoint(s.results)
	n := len(rows)
	points, seeds := make([]int64, n), make([]int64, n)
	names, addresses, failures := make([]string, n), make([]string, n), make([]string, n)
	values := make([][]string, len(s.Experiment.Axes))
	units := map[string]string{}
	for i, row := range rows {
		points[i], seeds[i] = int64(row.cell.Point.Number), int64(row.cell.Seed)
		names[i], addresses[i], failures[i] = row.cell.Point.Policy.Policy, string(row.cell.Address), row.result.Failed
		for axis := range values {
			values[axis] = append(values[axis], row.cell.Point.Values[axis])
		}
		for _, f := range row.result.Figures {
			units[f.Key] = f.Unit
		}
	}
	t := &traces.Table{Kind: "results", Columns: []traces.TableColumn{{Name: "point", Longs: points}, {Name: "policy", Texts: names}}}
	for axis := range values {
		t.Columns = append(t.Columns, traces.TableColumn{Name: s.Experiment.Axes[axis].Set, Texts: values[axis]})
	}
	t.Columns = append(t.Columns, traces.TableColumn{Name: "seed", Longs: seeds}, traces.TableColumn{Name: "failed", Texts: failures})
	for _, key := range slices.Sorted(maps.Keys(units)) {
		column := make([]float64, n)
		for i, row := range rows {
			column[i] = row.result.figure(key)
		}
		t.Columns = append(t.Columns, traces.TableColumn{Name: key, Floats: column})
	}
	t.Columns = append(t.Columns, traces.TableColumn{Name: "cell", Texts: addresses})
	if err := s.out.writeTable(resultsFile, t); err != nil {
		return failure{err}
	}
	return nil
}

// cellRow is a cell with its result.
type cellRow struct {
	cell   *experiment.Cell
	result *cellResult
}

// cellResult finds figures by their keys.
type cellResult struct{ *experiment.Result }

func (r cellResult) figure(key string) float64 {
	for _, f := range r.Figures {
		if f.Key == key {
			return f.Value
		}
	}
	return math.NaN()
}

// byPoint are all cells in the order of points, then seeds.
func (x *loadedExperiment) byPoint(results []*experiment.Result) []cellRow {
	return byPoint(x.Cells, results)
}

func byPoint(cells []experiment.Cell, results []*experiment.Result) []cellRow {
	rows := make([]cellRow, len(results))
	for i := range rows {
		rows[i] = cellRow{&cells[i], &cellResult{results[i]}}
	}
	slices.SortStableFunc(rows, func(a, b cellRow) int { return a.cell.Point.Number - b.cell.Point.Number })
	return rows
}

// sweptPoint is one point over its seeds.
type sweptPoint struct {
	Point   int               `json:"point"`
	Policy  string            `json:"policy"`
	Values  map[string]string `json:"values,omitempty"`
	Seeds   int               `json:"seeds"` // that did not fail
	Figures meanFigures       `json:"figures"`

	Reference   int                        `json:"reference"`             // the point that it is compared with; its own number: it is one
	Differences map[string]pointDifference `json:"differences,omitempty"` // less the reference's
}

// meanFigure is a figure's mean over seeds; of fewer than three there is no interval.
type meanFigure struct {
	Value float64  `json:"value"`
	Low   *float64 `json:"low"`
	High  *float64 `json:"high"`
}

// meanFigures are by key.
type meanFigures map[string]meanFigure

// text is a mean with half its interval's width.
func (m meanFigures) text(key string, per float64, places int) string {
	f, there := m[key]
	if !there {
		return "-"
	}
	text := grouped(f.Value/per, places)
	if f.Low != nil {
		text += " +-" + grouped((*f.High-*f.Low)/2/per, places)
	}
	return text
}

func meanOf(values []float64) meanFigure {
	i := stats.Mean(values)
	f := meanFigure{Value: i.Value}
	if i.Known {
		f.Low, f.High = &i.Low, &i.High
	}
	return f
}

// headlines are the figures that a sweep prints; results.parquet has all.
var headlines = []struct {
	key, name string
	per       float64 // what the figure is divided by
	places    int
}{
	{"capacity_gain", "capacity", 1, 1}, {"throughput_gain", "throughput", 1, 1}, {"cost_efficiency", "efficiency", 1, 2},
	{"overdraft_cost", "overdraft", 1, 2}, {"high_wait_p95", "high wait", 60, 1}, {"regret", "regret", 1, 1}, {"capture", "capture", 1, 1},
}

func (s *swept) points() []sweptPoint {
	points := make([]sweptPoint, len(s.Points))
	rows := s.byPoint(s.results)
	differences := s.differences()
	for i := range points {
		p := &s.Points[i]
		points[i] = sweptPoint{Point: p.Number, Policy: p.Policy.Policy, Figures: meanFigures{}, Reference: p.Reference.Number,
			Differences: pointDifferences(differences[i])}
		if len(p.Values) > 0 {
			points[i].Values = map[string]string{}
		}
		for axis, value := range p.Values {
			points[i].Values[s.Experiment.Axes[axis].Set] = value
		}
		own := rows[i*s.Experiment.Seeds : (i+1)*s.Experiment.Seeds]
		for _, row := range own {
			if row.result.Failed == "" {
				points[i].Seeds++
			}
		}
		for _, h := range headlines {
			points[i].mean(own, h.key)
		}
		points[i].mean(own, "value") // no column of the table, but what a regret is of
	}
	return points
}

// mean adds a figure's mean over those seeds that have it.
func (p *sweptPoint) mean(own []cellRow, key string) {
	var values []float64
	for _, row := range own {
		if v := row.result.figure(key); !math.IsNaN(v) {
			values = append(values, v)
		}
	}
	if len(values) > 0 {
		p.Figures[key] = meanOf(values)
	}
}

func (s *swept) writeJSON(w io.Writer) error {
	return encodeJSON(w, struct {
		Experiment string       `json:"experiment"`
		Scenario   string       `json:"scenario"`
		Engine     string       `json:"engine"`
		Cells      int          `json:"cells"`
		Computed   int          `json:"computed"`
		Points     []sweptPoint `json:"points"`
	}{s.Experiment.Experiment, s.Experiment.Scenario, s.engine, len(s.Cells), s.computed, s.points()})
}

// sweepView is sweep.json: what came of a sweep, for its report.
type sweepView struct {
	Experiment string       `json:"experiment"`
	Scenario   string       `json:"scenario"`
	Seeds      []uint64     `json:"seeds"`
	Points     []sweptPoint `json:"points"`
	Notes      []string     `json:"notes"` // what a reader of the points must know
}

// sweepSummary is where it lies in a sweep's folder.
const sweepSummary = "sweep.json"

func (s *swept) writeSummary() error {
	points := s.points()
	text, err := json.MarshalIndent(sweepView{s.Experiment.Experiment, s.Points[0].Scenario.Name, s.Experiment.SeedList(), points, s.notes(points)}, "", "  ")
	if err != nil {
		return failure{err}
	}
	if err := s.out.Write(sweepSummary, append(text, '\n')); err != nil {
		return failure{err}
	}
	return nil
}

// pointsMost is how many points a terminal is shown; all are in results.parquet.
const pointsMost = 60

func (s *swept) writeText(w io.Writer) error {
	fmt.Fprintf(w, "experiment %s on %s: %d points x %d seeds are %d cells, %d of them computed now\n\n",
		s.Experiment.Experiment, s.Points[0].Scenario.Name, len(s.Points), s.Experiment.Seeds, len(s.Cells), s.computed)
	head := []string{"point", "policy"}
	for i := range s.Experiment.Axes {
		_, short, _ := strings.Cut(s.Experiment.Axes[i].Set, ".")
		head = append(head, short)
	}
	for _, h := range headlines {
		head = append(head, h.name)
	}
	head = append(head, "work is", "overdraft is")
	t := newTable(head...)
	for i := range headlines {
		t.right(append(t.rightward, len(head)-3-i)...)
	}
	points := s.points()
	for i, p := range points {
		if i == pointsMost {
			break
		}
		row := []string{fmt.Sprint(p.Point), p.Policy}
		row = append(row, s.Points[i].Values...)
		for _, h := range headlines {
			row = append(row, p.Figures.text(h.key, h.per, h.places))
		}
		row = append(row, p.verdict("work_completed"), p.verdict("overdraft_cost"))
		t.add(row...)
	}
	io.WriteString(w, t.String())
	if n := len(s.Points) - pointsMost; n > 0 {
		fmt.Fprintf(w, "and %d more points\n", n)
	}
	fmt.Fprintln(w)
	for _, line := range s.notes(points) {
		fmt.Fprintln(w, line)
	}
	fmt.Fprintf(w, "results: %s\n", s.out.Place(resultsFile))
	return nil
}

// notes are what a reader of the points must know: units, intervals, what verdicts are corrected for, and what none of it says.
func (s *swept) notes(points []sweptPoint) []string {
	return slices.DeleteFunc([]string{
		"capacity and throughput gain, cost efficiency, regret (at most, at p/v " + measure.RatioText(s.Experiment.PriceRatio) + ") and capture in %; overdraft cost in USD; p95 of class high's wait in minutes",
		"means over " + seedsText(s.Experiment.SeedList()) + ", +- half of a 95 % interval (Student's t) from three seeds on",
		"verdicts, on work completed and overdraft cost: against " + s.Points[0].Reference.Policy.Policy + " with its own parameters, paired by seed and day, corrected for all points" + whyNoVerdict(points),
		s.stopped(),
		s.inSample(),
	}, func(line string) bool { return line == "" })
}

// verdict is what is said of a figure of a point.
func (p *sweptPoint) verdict(key string) string {
	if p.Reference == p.Point {
		return "reference"
	}
	d, there := p.Differences[key]
	if !there {
		return "-"
	}
	return d.Verdict
}

// whyNoVerdict is why there are none, where there are none.
func whyNoVerdict(points []sweptPoint) string {
	for i := range points {
		if d, there := points[i].Differences["work_completed"]; there && d.Verdict == stats.NoVerdict.String() {
			return ": " + d.Note
		}
	}
	return ""
}

// stopped says that not all seeds were needed.
func (s *swept) stopped() string {
	if s.planned <= s.Experiment.Seeds {
		return ""
	}
	return fmt.Sprintf("stopped after %d of %d seeds, at a look set before the first run: every difference in work completed is known to +-%s of the reference's",
		s.Experiment.Seeds, s.planned, s.Experiment.UntilHalfWidth)
}

// inSample is said wherever the best of several points may be read off the days that it is best on.
func (s *swept) inSample() string {
	if len(s.Points) < 2 {
		return ""
	}
	return "in-sample: the best of these points is the best of these days and seeds; `trough tune` judges it on others"
}

func seedsText(seeds []uint64) string {
	if len(seeds) == 1 {
		return fmt.Sprintf("seed %d", seeds[0])
	}
	return fmt.Sprintf("seeds %d to %d", seeds[0], seeds[len(seeds)-1])
}

// failures says which cells failed: everything else of the sweep is there.
func (x *loadedExperiment) failures(rows []cellRow) error {
	var list findings
	for _, row := range rows {
		if f := row.result.Failed; f != "" {
			list = append(list, failure{fmt.Errorf("%s failed: %s", x.cellName(row.cell), strings.TrimSpace(f))})
		}
	}
	if n := len(list); n > 10 {
		list = append(list[:10], failure{fmt.Errorf("and %d more cells failed: column failed of %s has them all", n-10, resultsFile)})
	}
	return list.orNil()
}

// cellName says which cell it is.
func (x *loadedExperiment) cellName(c *experiment.Cell) string {
	return fmt.Sprintf("point %d (policy %s, %s), seed %d", c.Point.Number, c.Point.Policy.Policy, x.Values(c.Point), c.Seed)
}
