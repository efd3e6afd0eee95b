package study

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"trough.internal/report"
	"trough.internal/report/document"
)

// candidatesMost is how many points the page lists: those of a front first, then by number; candidates.csv has all.
const candidatesMost = 400

// Candidates is the table of all points, with what may be said of each.
func (s *Sweep) Candidates(most int) *document.Table {
	heads := []string{"#point", "policy"}
	for a := range s.Axes {
		heads = append(heads, s.Axes[a].Short())
	}
	for i := range headlines {
		heads = append(heads, "#"+headlines[i].title())
	}
	heads = append(heads, "work completed, against the reference", "overdraft cost, against the reference", "remarks")
	for i := range beside {
		heads = append(heads, "#"+beside[i].title())
	}
	t := document.NewTable("All points: means over seeds, ± half of a 95 % interval from three seeds on", heads...)
	t.Wide = true
	front := s.frontOfAny()
	order := s.all()
	slices.SortStableFunc(order, func(a, b *Point) int { return rank(front, b) - rank(front, a) })
	if len(order) > most {
		t.More = fmt.Sprintf("%d of %s points: those of a Pareto front, then by number; candidates.csv beside this page has all.", most, report.Decimals(float64(len(order)), 0))
		order = order[:most]
	}
	slices.SortStableFunc(order, func(a, b *Point) int { return a.Number - b.Number })
	for _, p := range order {
		texts := []string{fmt.Sprint(p.Number), p.Policy}
		for a := range s.Axes {
			texts = append(texts, p.Values[a].Text)
		}
		for i := range headlines {
			texts = append(texts, headlines[i].text(p))
		}
		texts = append(texts, p.difference("work_completed", 1), p.difference("overdraft_cost", 2), strings.Join(s.remarks(p, front), ", "))
		for i := range beside {
			texts = append(texts, beside[i].text(p))
		}
		row := t.Add(texts...)
		if p.AsItIs {
			row.Class = "reference"
		}
	}
	return t
}

func (s *Sweep) frontOfAny() []*Point {
	return append(s.front(&throughput, &cost), s.front(&throughput, &efficiency)...)
}

func rank(front []*Point, p *Point) int {
	if slices.Contains(front, p) || p.AsItIs {
		return 1
	}
	return 0
}

// difference is in words what a point's figure is against the reference's.
func (p *Point) difference(key string, places int) string {
	if p.AsItIs {
		return "reference"
	}
	d, ok := p.Differences[key]
	if !ok {
		return "-"
	}
	text := d.Verdict + ": " + signed(d.Value, places)
	if d.Interval {
		text += fmt.Sprintf(" [%s, %s]", signed(d.Low, places), signed(d.High, places))
	}
	return text
}

func signed(v float64, places int) string {
	if v > 0 {
		return "+" + report.Decimals(v, places)
	}
	return report.Decimals(v, places)
}

func (s *Sweep) remarks(p *Point, front []*Point) []string {
	var list []string
	if p.AsItIs {
		list = append(list, "as it is")
	}
	if slices.Contains(front, p) {
		list = append(list, "on a Pareto front")
	}
	if p.Seeds == 0 {
		list = append(list, "failed")
	}
	return list
}

// edge says that the best point of a figure stands at an end of an axis.
type edge struct {
	figure *figure
	point  *Point
	axis   int
	upper  bool
}

// edges are those of the headlines. Where a point inside is as good, the end says nothing; of two values both are ends.
func (s *Sweep) edges() []edge {
	var list []edge
	for i := range headlines {
		f := &headlines[i]
		best := s.best(f)
		if best == nil {
			continue
		}
		m, _ := f.of(best)
		family := s.of(best.Policy)
		for axis := range s.Axes {
			list = append(list, edgesOf(f, best, m.Value, family, axis)...)
		}
	}
	return list
}

func edgesOf(f *figure, best *Point, top float64, family []*Point, axis int) []edge {
	all := slices.DeleteFunc(levels(family, axis), func(v Value) bool { return math.IsNaN(v.Place) })
	last := len(all) - 1
	at := slices.IndexFunc(all, func(v Value) bool { return v.Text == best.Values[axis].Text })
	if last < 2 || at != 0 && at != last {
		return nil
	}
	for _, p := range family {
		if m, ok := f.of(p); ok && m.Value == top && p.Values[axis].Text != all[at].Text {
			return nil
		}
	}
	return []edge{{f, best, axis, at == last}}
}

// best is the point with the best mean of a figure; nil if none has one.
func (s *Sweep) best(f *figure) *Point {
	var best *Point
	top := 0.0
	for i := range s.Points {
		if m, ok := f.of(&s.Points[i]); ok && (best == nil || f.better(m.Value, top)) {
			best, top = &s.Points[i], m.Value
		}
	}
	return best
}

// words say where the best one stands.
func (e *edge) words(s *Sweep) string {
	end := "lower"
	if e.upper {
		end = "upper"
	}
	return fmt.Sprintf("the best %s is at the %s end of %s (%s, point %d): what lies beyond was not tried", e.figure.name, end, s.Axes[e.axis].Short(), e.point.Values[e.axis].Text, e.point.Number)
}
