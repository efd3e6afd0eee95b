// Package study says what the runs of one experiment come to together: how figures answer to parameters, which points no other
// one beats, what may be said of each, and what may not. It gets decoded results, and makes plots and sections of them.
package study

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"trough.internal/report"
	"trough.internal/report/stats"
)

// Sweep is a laid out experiment: points, each run under some seeds.
type Sweep struct {
	Scenario string
	Seeds    string // in words
	Axes     []Axis
	Points   []Point // by number
	Notes    []string
}

// Axis is a parameter that varies.
type Axis struct {
	Name  string  // policy.margin.share
	Round []Value // of an axis whose points are samples of a range: values from end to end, round ones between; else nil
}

// Point is one policy with one value for each axis.
type Point struct {
	Number      int
	Policy      string
	AsItIs      bool // with its own parameters: what others are compared with
	Values      []Value
	Seeds       int // that did not fail
	Means       map[string]Mean
	Differences map[string]Difference // less the reference's, of work_completed and overdraft_cost for two
}

// Value is where a point stands on an axis.
type Value struct {
	Text  string
	Place float64 // between the axis' ends, 0 to 1; NaN where it is on none
}

// Mean is a figure over seeds; of few there is no interval.
type Mean struct {
	Value, Low, High float64
	Interval         bool
}

// Difference is a paired difference with what may be said of it.
type Difference struct {
	Mean
	Verdict, Note string
}

// figure is one that a study shows.
type figure struct {
	key, name, unit string
	per             float64 // what the values are divided by
	places          int
	way             stats.Direction
}

// title is the figure with its unit, as axes have it.
func (f *figure) title() string { return f.name + ", " + f.unit }

var (
	throughput = figure{"throughput_gain", "throughput gain", "%", 1, 1, stats.MoreIsBetter}
	cost       = figure{"overdraft_cost", "overdraft cost", "USD", 1, 2, stats.LessIsBetter}
	efficiency = figure{"cost_efficiency", "cost efficiency", "%", 1, 2, stats.MoreIsBetter}
	value      = figure{"value", "value", "normalised hours", 1, 0, stats.MoreIsBetter}
)

// headlines are the figures whose answer to the parameters is shown.
var headlines = []figure{throughput, cost, efficiency}

// beside are the figures that the candidates' table has beside them.
var beside = []figure{{"capacity_gain", "capacity gain", "%", 1, 1, stats.MoreIsBetter},
	{"high_wait_p95", "high class, p95 wait", "minutes", 60, 1, stats.LessIsBetter}, {"regret", "regret, at most", "%", 1, 1, stats.LessIsBetter},
	{"capture", "capture", "%", 1, 1, stats.MoreIsBetter}}

// of is a point's mean of a figure, in the figure's unit.
func (f *figure) of(p *Point) (Mean, bool) {
	m, ok := p.Means[f.key]
	return Mean{m.Value / f.per, m.Low / f.per, m.High / f.per, m.Interval}, ok
}

// text is a mean with half its interval's width.
func (f *figure) text(p *Point) string {
	m, ok := f.of(p)
	switch {
	case !ok:
		return "-"
	case m.Interval:
		return report.Decimals(m.Value, f.places) + " ± " + report.Decimals((m.High-m.Low)/2, f.places)
	}
	return report.Decimals(m.Value, f.places)
}

// better says that a value of the figure is better than another one.
func (f *figure) better(a, b float64) bool { return float64(f.way)*(a-b) > 0 }

// policies lists the policies in order of their points.
func (s *Sweep) policies() []string {
	var list []string
	for i := range s.Points {
		if !slices.Contains(list, s.Points[i].Policy) {
			list = append(list, s.Points[i].Policy)
		}
	}
	return list
}

// Short is an axis' name without what all have.
func (a *Axis) Short() string { return strings.TrimPrefix(a.Name, "policy.") }

// words are a point's policy and values.
func (s *Sweep) words(p *Point) string {
	text := p.Policy
	for a := range s.Axes {
		text += ", " + s.Axes[a].Short() + " " + p.Values[a].Text
	}
	return text
}

// levels are an axis' values that some points have, in order of their places; those without one in order of their points.
func levels(points []*Point, axis int) []Value {
	var list []Value
	for _, p := range points {
		if v := p.Values[axis]; !slices.ContainsFunc(list, func(o Value) bool { return o.Text == v.Text }) {
			list = append(list, v)
		}
	}
	order := func(v Value) float64 {
		if math.IsNaN(v.Place) {
			return math.Inf(1)
		}
		return v.Place
	}
	slices.SortStableFunc(list, func(a, b Value) int { return cmp.Compare(order(a), order(b)) })
	return list
}

// of are the points of a policy, in their order.
func (s *Sweep) of(policy string) []*Point {
	var list []*Point
	for i := range s.Points {
		if s.Points[i].Policy == policy {
			list = append(list, &s.Points[i])
		}
	}
	return list
}
