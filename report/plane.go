package report

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Plane is a plot of two numbers: marks, and lines with intervals.
type Plane struct {
	Name            string // of its file: pareto
	Title, Subtitle string
	X, Y            Scale
	Lines           []Curve // drawn first, in their order
	Marks           []Marks // over them
	Zero            bool    // whether to draw where the vertical axis has zero
	Empty           string  // what to say if there is nothing to see
}

// Scale is an axis: with the ticks that it is given, or else with round numbers over what there is.
type Scale struct {
	Label string
	Ticks []Tick
}

// Tick is a place on a scale with what is written there.
type Tick struct {
	At    float64
	Label string
}

// Point is a place on a plane.
type Point struct{ X, Y float64 }

// Curve is a line through points, with an interval at each of them where Low and High are given: of NaN there is none.
type Curve struct {
	Label     string
	Colour    color.RGBA
	At        []Point
	Low, High []float64
}

// Marks are points of one kind.
type Marks struct {
	Label  string
	Colour color.RGBA
	Kind   MarkKind
	At     []Point
	Names  []string // of each point, for whoever points at it; may be shorter
}

// MarkKind is how a point is drawn.
type MarkKind uint8

// The kinds.
const (
	Dot MarkKind = iota
	Ring
	Cross
)

// The colours of planes.
var (
	ColourPoint     = hex(0x999999)
	ColourFront     = hex(0x332288)
	ColourBest      = hex(0xc1272d)
	ColourReference = hex(0x117733)
)

func (p *Plane) file() string         { return p.Name }
func (p *Plane) words() (a, b string) { return p.Title, p.Subtitle }

func (p *Plane) draw(canvas vg.CanvasSizer) {
	page := newPage(canvas, p.Title, p.Subtitle)
	if p.bounds().empty() {
		drawNothing(page, p.Empty)
		return
	}
	b := p.bounds()
	xs, ys := p.X.ticks(b.left, b.right), p.Y.ticks(b.bottom, b.top)
	b = b.over(xs, ys)
	left := edge + widest(ys) + 26
	right := p.drawLegend(page)
	r := region{page, vg.Rectangle{Min: vg.Point{X: page.Min.X + left, Y: page.Min.Y + footHeight + 24},
		Max: vg.Point{X: right, Y: page.Max.Y - headHeight}}, b}
	r.grid(xs, ys, p.X.Label, p.Y.Label)
	if p.Zero && b.bottom < 0 && b.top > 0 {
		r.stroke(colourSoft, 1, Point{b.left, 0}, Point{b.right, 0})
	}
	for i := range p.Lines {
		r.curve(&p.Lines[i])
	}
	for _, m := range p.Marks {
		for _, at := range m.At {
			r.mark(m.Kind, m.Colour, r.place(at))
		}
	}
}

// Axes are the ticks of both axes, and where a point stands between their ends, from the left and from below, 0 to 1; false
// where there is nothing to see.
func (p *Plane) Axes() (xs, ys []Tick, place func(Point) Point, ok bool) {
	b := p.bounds()
	if b.empty() {
		return nil, nil, nil, false
	}
	xs, ys = p.X.ticks(b.left, b.right), p.Y.ticks(b.bottom, b.top)
	b = b.over(xs, ys)
	return xs, ys, func(at Point) Point {
		return Point{(at.X - b.left) / (b.right - b.left), (at.Y - b.bottom) / (b.top - b.bottom)}
	}, true
}

// drawLegend draws the legend at the right, and returns where the data has to end.
func (p *Plane) drawLegend(page draw.Canvas) vg.Length {
	style := textStyle(textSize, colourInk)
	style.YAlign = draw.YCenter
	width := vg.Length(0)
	for _, l := range p.Lines {
		width = max(width, style.Width(l.Label))
	}
	for _, m := range p.Marks {
		width = max(width, style.Width(m.Label))
	}
	left, y := page.Max.X-edge-width-swatch-6, page.Max.Y-headHeight-swatch/2
	r := region{c: page}
	entry := func(label string, sample func(at vg.Point)) {
		if label == "" {
			return
		}
		sample(vg.Point{X: left + swatch/2, Y: y})
		page.FillText(style, vg.Point{X: left + swatch + 6, Y: y}, label)
		y -= rowHeight
	}
	for _, m := range p.Marks {
		entry(m.Label, func(at vg.Point) { r.mark(m.Kind, m.Colour, at) })
	}
	for _, l := range p.Lines {
		entry(l.Label, func(at vg.Point) {
			page.StrokeLines(draw.LineStyle{Color: l.Colour, Width: 2}, []vg.Point{{X: left, Y: at.Y}, {X: left + swatch, Y: at.Y}})
		})
	}
	return left - 16
}

// bounds are the least and greatest of all that is drawn.
func (p *Plane) bounds() bounds {
	b := bounds{math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)}
	for _, l := range p.Lines {
		for i, at := range l.At {
			b.add(at)
			if l.Low != nil && !math.IsNaN(l.Low[i]) {
				b.add(Point{at.X, l.Low[i]})
				b.add(Point{at.X, l.High[i]})
			}
		}
	}
	for _, m := range p.Marks {
		for _, at := range m.At {
			b.add(at)
		}
	}
	return b
}
