package study

import (
	"cmp"
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"

	"trough.internal/report"
)

// levelsMost is how many values of an axis are shown as they are; more, as samples of a range have, are points on a line.
const levelsMost = 24

// Responses are how the headlines answer to the parameters: a curve for each policy where one varies, a surface for each where
// two do; of more, and of points that are samples, each apart, with all points.
func (s *Sweep) Responses() []report.Plot {
	var plots []report.Plot
	for i := range headlines {
		f := &headlines[i]
		switch {
		case len(s.Axes) == 1 && !s.sampled():
			plots = append(plots, s.curves(f))
		case len(s.Axes) == 2 && s.gridded():
			for _, policy := range s.policies() {
				plots = append(plots, s.surface(f, policy))
			}
		default:
			if len(s.Axes) > 1 && s.sampled() {
				for _, policy := range s.policies() {
					plots = append(plots, s.sampledSurface(f, policy))
				}
			}
			for axis := range s.Axes {
				plots = append(plots, s.effect(f, axis))
			}
		}
	}
	return plots
}

// sampled says that the points are samples of a range.
func (s *Sweep) sampled() bool {
	return slices.ContainsFunc(s.Axes, func(a Axis) bool { return a.Round != nil })
}

// gridded says that the axes have few values each.
func (s *Sweep) gridded() bool {
	if s.sampled() {
		return false
	}
	for _, policy := range s.policies() {
		for axis := range s.Axes {
			if len(levels(s.of(policy), axis)) > levelsMost {
				return false
			}
		}
	}
	return true
}

// curveColours are those of lines beside each other.
var curveColours = []color.RGBA{report.ColourFront, report.ColourReference, report.ColourBest, report.ColourQueue, report.ColourBorrowed}

// curves are a figure over the only axis, a line for each policy, with intervals over seeds.
func (s *Sweep) curves(f *figure) *report.Plane {
	p := &report.Plane{Name: "response-" + fileName(f.key), Title: sentence(f.name) + " by " + s.Axes[0].Short(), Subtitle: s.subtitle(),
		X: report.Scale{Label: s.Axes[0].Short()}, Y: report.Scale{Label: f.title()}, Empty: "no point has the figure"}
	all := s.all()
	place := placer(levels(all, 0))
	p.X.Ticks = place.ticks()
	for k, policy := range s.policies() {
		line := report.Curve{Label: policy, Colour: curveColours[k%len(curveColours)]}
		marks := report.Marks{Colour: line.Colour}
		own := report.Marks{Label: "as it is", Colour: report.ColourReference, Kind: report.Cross}
		points := s.of(policy)
		slices.SortStableFunc(points, func(a, b *Point) int {
			return cmp.Compare(place.of(a.Values[0]), place.of(b.Values[0]))
		})
		for _, point := range points {
			m, ok := f.of(point)
			if !ok {
				continue
			}
			at := report.Point{X: place.of(point.Values[0]), Y: m.Value}
			if math.IsNaN(at.X) {
				p.Lines = append(p.Lines, level(point, m.Value, p.X.Ticks))
				continue
			}
			low, high := math.NaN(), math.NaN()
			if m.Interval {
				low, high = m.Low, m.High
			}
			line.At, line.Low, line.High = append(line.At, at), append(line.Low, low), append(line.High, high)
			marks.At, marks.Names = append(marks.At, at), append(marks.Names, pointName(point))
			if point.AsItIs {
				own.At, own.Names = append(own.At, at), append(own.Names, pointName(point)+", as it is")
			}
		}
		p.Lines, p.Marks = append(p.Lines, line), append(p.Marks, marks)
		if len(own.At) > 0 {
			p.Marks = append(p.Marks, own)
		}
	}
	return p
}

// level is the height of a point that stands beside the axis.
func level(p *Point, value float64, ticks []report.Tick) report.Curve {
	first, last := ticks[0].At, ticks[len(ticks)-1].At
	return report.Curve{Label: p.Policy + " as it is", Colour: report.ColourReference, At: []report.Point{{X: first, Y: value}, {X: last, Y: value}}}
}

// surface is a figure over both axes, of one policy.
func (s *Sweep) surface(f *figure, policy string) *report.Heat {
	points := s.of(policy)
	xs, ys := levels(points, 0), levels(points, 1)
	h := &report.Heat{Name: "surface-" + fileName(f.key) + "-" + fileName(policy), Title: fmt.Sprintf("%s of %s", sentence(f.name), policy), Subtitle: s.subtitle(),
		X: s.Axes[0].Short(), Y: s.Axes[1].Short(), Columns: texts(xs), Rows: texts(ys), Unit: f.title(), Places: f.places}
	for y := range ys {
		row := make([]report.Field, len(xs))
		for x := range xs {
			row[x].Value = math.NaN()
			for _, p := range points {
				if m, ok := f.of(p); ok && p.Values[0].Text == xs[x].Text && p.Values[1].Text == ys[y].Text {
					row[x].Value = m.Value
				}
			}
		}
		h.Fields = append(h.Fields, row)
	}
	frameBest(h, f)
	return h
}

// frameBest frames the best fields, unless all are as good.
func frameBest(h *report.Heat, f *figure) {
	best, differ := math.NaN(), false
	for _, row := range h.Fields {
		for _, field := range row {
			if math.IsNaN(field.Value) {
				continue
			}
			differ = differ || !math.IsNaN(best) && field.Value != best
			if math.IsNaN(best) || f.better(field.Value, best) {
				best = field.Value
			}
		}
	}
	for _, row := range h.Fields {
		for x := range row {
			row[x].Framed = differ && row[x].Value == best
		}
	}
}

// effect is a figure over one of several axes: all points, and where an axis has few values the mean at each.
func (s *Sweep) effect(f *figure, axis int) *report.Plane {
	name := s.Axes[axis].Short()
	p := &report.Plane{Name: "response-" + fileName(f.key) + "-" + fileName(name), Title: sentence(f.name) + " by " + name, Subtitle: s.subtitle(),
		X: report.Scale{Label: name}, Y: report.Scale{Label: f.title()}, Empty: "no point has the figure"}
	list := levels(s.all(), axis)
	place := placer(list)
	p.X.Ticks = place.ticks()
	round := s.Axes[axis].Round
	label := pointName
	if round != nil { // no tick says the value
		p.X.Ticks = placer(round).ticks()
		label = func(p *Point) string { return pointName(p) + " (" + p.Values[axis].Text + ")" }
	}
	for k, policy := range s.policies() {
		colour := curveColours[k%len(curveColours)]
		marks := report.Marks{Label: policy, Colour: colour}
		mean := report.Curve{Label: policy + ", mean over the other parameters", Colour: colour}
		for _, level := range list {
			sum, n := 0.0, 0
			for _, point := range s.of(policy) {
				m, ok := f.of(point)
				if !ok || point.Values[axis].Text != level.Text {
					continue
				}
				at := report.Point{X: place.of(level), Y: m.Value}
				if math.IsNaN(at.X) {
					continue
				}
				marks.At, marks.Names = append(marks.At, at), append(marks.Names, label(point))
				if !point.AsItIs { // it is beside the design, and would tilt the mean
					sum, n = sum+m.Value, n+1
				}
			}
			if n > 0 {
				mean.At = append(mean.At, report.Point{X: place.of(level), Y: sum / float64(n)})
			}
		}
		p.Marks = append(p.Marks, marks)
		switch {
		case round != nil:
			course := s.course(f, policy, axis)
			course.Colour = colour
			p.Lines = append(p.Lines, course)
		case len(list) <= levelsMost:
			p.Lines = append(p.Lines, mean)
		}
	}
	return p
}

// placer says where values stand: at their places, or where none has one, one beside the other. NaN is a value beside the
// axis: a policy as it is may not have the setting at all.
type placer []Value

func (l placer) of(v Value) float64 {
	if math.IsNaN(l[0].Place) { // values without a place are last
		return float64(slices.IndexFunc(l, func(o Value) bool { return o.Text == v.Text }))
	}
	return v.Place
}

// ticks are the values; of many, about a dozen.
func (l placer) ticks() []report.Tick {
	var list []report.Tick
	every := (len(l) + 11) / 12
	for i := 0; i < len(l); i += every {
		if at := l.of(l[i]); !math.IsNaN(at) {
			list = append(list, report.Tick{At: at, Label: l[i].Text})
		}
	}
	return list
}

func (s *Sweep) all() []*Point {
	list := make([]*Point, len(s.Points))
	for i := range s.Points {
		list[i] = &s.Points[i]
	}
	return list
}

func texts(list []Value) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = v.Text
	}
	return out
}

func (s *Sweep) subtitle() string { return s.Scenario + "  |  means over " + s.Seeds }

func pointName(p *Point) string { return fmt.Sprintf("point %d", p.Number) }

func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// fileName is a name as a part of a file's.
func fileName(name string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9':
			return r
		case r == ']':
			return -1
		}
		return '-'
	}, name), "-")
}
