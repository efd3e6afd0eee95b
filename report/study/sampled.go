package study

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"trough.internal/report"
)

// parts are what an axis is divided into where its points are samples of a range: between one round value and the next.
// Elsewhere each value is one.
type parts struct {
	texts []string
	of    func(Value) int // -1 where the value is in none
}

func (s *Sweep) parts(axis int) parts {
	round := s.Axes[axis].Round
	if round == nil {
		all := levels(s.all(), axis)
		return parts{texts(all), func(v Value) int { return slices.IndexFunc(all, func(o Value) bool { return o.Text == v.Text }) }}
	}
	var p parts
	for i := range round[1:] {
		p.texts = append(p.texts, round[i].Text+" to "+round[i+1].Text)
	}
	p.of = func(v Value) int {
		if !(v.Place >= round[0].Place && v.Place <= round[len(round)-1].Place) { // or it is NaN
			return -1
		}
		after := slices.IndexFunc(round, func(r Value) bool { return r.Place > v.Place })
		if after < 0 { // the upper end
			return len(round) - 2
		}
		return after - 1
	}
	return p
}

// means are a figure's means over a policy's samples, by what a sample belongs to; NaN where there are none. The policy as it
// is is no sample: it stands beside the design, and would tilt the mean.
func (s *Sweep) means(f *figure, policy string, n int, of func(*Point) int) []float64 {
	sums, counts := make([]float64, n), make([]float64, n)
	for _, p := range s.of(policy) {
		if m, ok := f.of(p); ok && !p.AsItIs && of(p) >= 0 {
			sums[of(p)] += m.Value
			counts[of(p)]++
		}
	}
	for i := range sums {
		sums[i] /= counts[i] // 0/0 is NaN
	}
	return sums
}

// course is a figure's mean by part of a sampled axis: what the scattered points come to.
func (s *Sweep) course(f *figure, policy string, axis int) report.Curve {
	p, round := s.parts(axis), s.Axes[axis].Round
	c := report.Curve{Label: policy + ", mean from one labelled value to the next"}
	for i, mean := range s.means(f, policy, len(p.texts), func(point *Point) int { return p.of(point.Values[axis]) }) {
		if !math.IsNaN(mean) {
			c.At = append(c.At, report.Point{X: (round[i].Place + round[i+1].Place) / 2, Y: mean})
		}
	}
	return c
}

// sampledSurface is a figure over two sampled axes, of more over the two that it answers to most: each field is the mean of
// the points in it.
func (s *Sweep) sampledSurface(f *figure, policy string) *report.Heat {
	x, y := s.strongest(f, policy)
	xs, ys := s.parts(x), s.parts(y)
	means := s.means(f, policy, len(xs.texts)*len(ys.texts), func(p *Point) int {
		column, row := xs.of(p.Values[x]), ys.of(p.Values[y])
		if column < 0 || row < 0 {
			return -1
		}
		return row*len(xs.texts) + column
	})
	subtitle := s.subtitle() + "  |  each field is the mean of its points"
	if len(s.Axes) > 2 {
		subtitle += ", over the two parameters that move it most"
	}
	h := &report.Heat{Name: "surface-" + fileName(f.key) + "-" + fileName(policy), Title: fmt.Sprintf("%s of %s", sentence(f.name), policy), Subtitle: subtitle,
		X: s.Axes[x].Short(), Y: s.Axes[y].Short(), Columns: xs.texts, Rows: ys.texts, Unit: f.title(), Places: f.places}
	for row := range ys.texts {
		fields := make([]report.Field, len(xs.texts))
		for column := range fields {
			fields[column].Value = means[row*len(xs.texts)+column]
		}
		h.Fields = append(h.Fields, fields)
	}
	frameBest(h, f)
	return h
}

// strongest are the two axes whose parts' means lie furthest apart, in the axes' order.
func (s *Sweep) strongest(f *figure, policy string) (x, y int) {
	order, apart := make([]int, len(s.Axes)), make([]float64, len(s.Axes))
	for axis := range s.Axes {
		p := s.parts(axis)
		low, high := math.Inf(1), math.Inf(-1)
		for _, mean := range s.means(f, policy, len(p.texts), func(point *Point) int { return p.of(point.Values[axis]) }) {
			if !math.IsNaN(mean) {
				low, high = min(low, mean), max(high, mean)
			}
		}
		order[axis], apart[axis] = axis, high-low
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(apart[b], apart[a]) })
	return min(order[0], order[1]), max(order[0], order[1])
}
