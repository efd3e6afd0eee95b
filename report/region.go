package report

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// region is the part of a page in which two numbers have places.
type region struct {
	c draw.Canvas
	vg.Rectangle
	bounds
}

type bounds struct{ left, right, bottom, top float64 }

func (b *bounds) add(p Point) {
	if math.IsNaN(p.X) || math.IsNaN(p.Y) {
		return
	}
	b.left, b.right = min(b.left, p.X), max(b.right, p.X)
	b.bottom, b.top = min(b.bottom, p.Y), max(b.top, p.Y)
}

func (b bounds) empty() bool { return b.right < b.left }

// over reaches to the outermost ticks, with a little air where the data would lie on the frame.
func (b bounds) over(xs, ys []Tick) bounds {
	for _, t := range xs {
		b.left, b.right = min(b.left, t.At), max(b.right, t.At)
	}
	for _, t := range ys {
		b.bottom, b.top = min(b.bottom, t.At), max(b.top, t.At)
	}
	x, y := 0.02*(b.right-b.left), 0.03*(b.top-b.bottom)
	return bounds{b.left - x, b.right + x, b.bottom - y, b.top + y}
}

func (r *region) place(p Point) vg.Point {
	return vg.Point{X: r.Min.X + vg.Length((p.X-r.left)/(r.right-r.left))*(r.Max.X-r.Min.X),
		Y: r.Min.Y + vg.Length((p.Y-r.bottom)/(r.top-r.bottom))*(r.Max.Y-r.Min.Y)}
}

func (r *region) stroke(colour color.Color, width vg.Length, points ...Point) {
	line := make([]vg.Point, len(points))
	for i, p := range points {
		line[i] = r.place(p)
	}
	r.c.StrokeLines(draw.LineStyle{Color: colour, Width: width}, line)
}

func (r *region) curve(l *Curve) {
	if len(l.At) > 1 {
		r.stroke(l.Colour, 1.4, l.At...)
	}
	for i, at := range l.At {
		if l.Low == nil || math.IsNaN(l.Low[i]) {
			continue
		}
		r.stroke(l.Colour, 1, Point{at.X, l.Low[i]}, Point{at.X, l.High[i]})
		for _, y := range []float64{l.Low[i], l.High[i]} {
			p := r.place(Point{at.X, y})
			r.c.StrokeLines(draw.LineStyle{Color: l.Colour, Width: 1}, []vg.Point{{X: p.X - 3, Y: p.Y}, {X: p.X + 3, Y: p.Y}})
		}
	}
}

func (r *region) mark(kind MarkKind, colour color.Color, at vg.Point) {
	switch kind {
	case Dot:
		r.c.DrawGlyph(draw.GlyphStyle{Color: colour, Radius: 3, Shape: draw.CircleGlyph{}}, at)
	case Ring:
		var circle vg.Path
		circle.Move(vg.Point{X: at.X + 6, Y: at.Y})
		circle.Arc(at, 6, 0, 2*math.Pi)
		r.c.SetLineStyle(draw.LineStyle{Color: colour, Width: 1.6})
		r.c.Stroke(circle)
	case Cross:
		for _, up := range []vg.Length{-4.5, 4.5} {
			r.c.StrokeLines(draw.LineStyle{Color: colour, Width: 1.6}, []vg.Point{{X: at.X - 4.5, Y: at.Y - up}, {X: at.X + 4.5, Y: at.Y + up}})
		}
	}
}

// grid draws both axes with their ticks and labels.
func (r *region) grid(xs, ys []Tick, x, y string) {
	style := textStyle(textSize, colourSoft)
	for _, t := range ys {
		r.stroke(colourGrid, 0.75, Point{r.left, t.At}, Point{r.right, t.At})
		style.XAlign, style.YAlign = draw.XRight, draw.YCenter
		at := r.place(Point{r.left, t.At})
		r.c.FillText(style, vg.Point{X: at.X - 6, Y: at.Y}, t.Label)
	}
	style.XAlign, style.YAlign = draw.XCenter, draw.YTop
	for _, t := range xs {
		at := r.place(Point{t.At, r.bottom})
		r.c.StrokeLines(draw.LineStyle{Color: colourSoft, Width: 0.75}, []vg.Point{at, {X: at.X, Y: at.Y - 4}})
		r.c.FillText(style, vg.Point{X: at.X, Y: at.Y - 7}, t.Label)
	}
	r.stroke(colourSoft, 0.75, Point{r.left, r.top}, Point{r.left, r.bottom}, Point{r.right, r.bottom})
	r.names(x, y)
}

// names are what the axes are of.
func (r *region) names(x, y string) {
	style := textStyle(textSize, colourInk)
	style.XAlign, style.YAlign = draw.XCenter, draw.YBottom
	r.c.FillText(style, vg.Point{X: (r.Min.X + r.Max.X) / 2, Y: r.c.Min.Y + 6}, x)
	style.Rotation, style.YAlign = math.Pi/2, draw.YTop
	r.c.FillText(style, vg.Point{X: r.c.Min.X + 6, Y: (r.Min.Y + r.Max.Y) / 2}, y)
}

// ticks are the scale's own, or about six round numbers that reach over all.
func (s *Scale) ticks(low, high float64) []Tick {
	if len(s.Ticks) > 0 {
		return s.Ticks
	}
	if high-low < 1e-9*max(math.Abs(high), 1e-6) { // all alike
		half := max(math.Abs(high)/10, 0.5)
		low, high = low-half, high+half
	}
	step := math.Pow10(int(math.Floor(math.Log10(high-low))) - 1)
	for i := 0; (high-low)/step > 6; i++ {
		step *= []float64{2, 2.5, 2}[i%3]
	}
	places := int(max(0, math.Ceil(-math.Log10(step)-1e-9)))
	var list []Tick
	for i := math.Floor(low / step); ; i++ {
		list = append(list, Tick{i * step, Decimals(i*step, places)})
		if i*step >= high {
			return list
		}
	}
}

func widest(ticks []Tick) vg.Length {
	style, width := textStyle(textSize, colourSoft), vg.Length(0)
	for _, t := range ticks {
		width = max(width, style.Width(t.Label))
	}
	return width
}
