package study

import (
	"cmp"
	"math"
	"slices"

	"trough.internal/report"
)

// Fronts are the throughput gain against what it costs, each with the points that no other one beats; and each point's value
// below the bound that no policy passes, where it was computed.
func (s *Sweep) Fronts() []report.Plot {
	plots := []report.Plot{s.frontPlot(&cost), s.frontPlot(&efficiency)}
	if p := s.valuePlot(); p != nil {
		plots = append(plots, p)
	}
	return plots
}

// Front are the points that no other one beats in two figures: none is at least as good in both and better in one. They are
// in order of the second figure.
func (s *Sweep) front(gain, against *figure) []*Point {
	var list []*Point
	for i := range s.Points {
		p := &s.Points[i]
		a, ok := gain.of(p)
		b, both := against.of(p)
		if !ok || !both {
			continue
		}
		beaten := slices.ContainsFunc(s.Points, func(o Point) bool {
			x, ok := gain.of(&o)
			y, both := against.of(&o)
			return ok && both && !gain.better(a.Value, x.Value) && !against.better(b.Value, y.Value) && (x.Value != a.Value || y.Value != b.Value)
		})
		if !beaten {
			list = append(list, p)
		}
	}
	slices.SortStableFunc(list, func(p, q *Point) int {
		x, _ := against.of(p)
		y, _ := against.of(q)
		return cmp.Compare(x.Value, y.Value)
	})
	return list
}

func (s *Sweep) frontPlot(against *figure) report.Plot {
	p := &report.Plane{Name: "front-" + fileName(against.key), Title: sentence(throughput.name) + " against " + against.name, Subtitle: s.subtitle(),
		X: report.Scale{Label: against.title()}, Y: report.Scale{Label: throughput.title()}, Empty: "no point has both figures"}
	all, own := report.Marks{Label: "point", Colour: report.ColourPoint}, report.Marks{Label: "as it is", Colour: report.ColourReference, Kind: report.Cross}
	for i := range s.Points {
		point := &s.Points[i]
		at, ok := s.at(point, against, &throughput)
		if !ok {
			continue
		}
		name := pointName(point) + " (" + s.words(point) + ")"
		all.At, all.Names = append(all.At, at), append(all.Names, name)
		if point.AsItIs {
			own.At, own.Names = append(own.At, at), append(own.Names, name)
		}
	}
	front := report.Marks{Label: "Pareto front", Colour: report.ColourFront}
	for _, point := range s.front(&throughput, against) {
		at, _ := s.at(point, against, &throughput)
		front.At, front.Names = append(front.At, at), append(front.Names, pointName(point)+" ("+s.words(point)+")")
	}
	p.Lines = []report.Curve{{Colour: report.ColourFront, At: front.At}}
	p.Marks = []report.Marks{all, front, own}
	return p
}

func (s *Sweep) at(p *Point, x, y *figure) (report.Point, bool) {
	a, ok := x.of(p)
	b, both := y.of(p)
	return report.Point{X: a.Value, Y: b.Value}, ok && both
}

// valuePlot is what each point is worth, and the bound: the value that it misses by its regret. Nil where neither is known.
func (s *Sweep) valuePlot() report.Plot {
	p := &report.Plane{Name: "value", Title: "Value against overdraft cost, below the hindsight bound", Subtitle: s.subtitle(),
		X: report.Scale{Label: cost.title()}, Y: report.Scale{Label: value.title()}, Empty: "no point has both figures"}
	points, bounds := report.Marks{Label: "point", Colour: report.ColourFront}, report.Marks{Label: boundLabel, Colour: report.ColourBest, Kind: report.Cross}
	for i := range s.Points {
		point := &s.Points[i]
		at, ok := s.at(point, &cost, &value)
		regret, known := point.Means["regret"]
		if !ok || !known || regret.Value >= 100 {
			continue
		}
		bound := report.Point{X: at.X, Y: at.Y / (1 - regret.Value/100)}
		points.At, points.Names = append(points.At, at), append(points.Names, pointName(point)+" ("+s.words(point)+")")
		bounds.At, bounds.Names = append(bounds.At, bound), append(bounds.Names, "bound for "+pointName(point))
	}
	if len(points.At) == 0 {
		return nil
	}
	p.Marks = []report.Marks{bounds, points}
	if line, ok := flat(bounds.At); ok { // one world has one bound
		p.Lines, p.Marks = []report.Curve{{Label: boundLabel, Colour: bounds.Colour, At: line}}, []report.Marks{points}
	}
	return p
}

const boundLabel = "no policy's value is above"

// flat is the line through points of one height; false where they differ by more than means do that were taken apart.
func flat(points []report.Point) ([]report.Point, bool) {
	left, right := points[0], points[0]
	for _, p := range points {
		if math.Abs(p.Y-left.Y) > 1e-3*math.Abs(left.Y) {
			return nil, false
		}
		if p.X < left.X {
			left = p
		}
		if p.X > right.X {
			right = p
		}
	}
	return []report.Point{left, right}, true
}
