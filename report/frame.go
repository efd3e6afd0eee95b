package report

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"trough.internal/models"
)

// frame is the part of a plot that has axes.
type frame struct {
	c draw.Canvas
	vg.Rectangle
	from, until models.Instant
	top         float64 // of the vertical axis
	divisor     float64
}

func (f *frame) x(at models.Instant) vg.Length {
	at = min(max(at, f.from), f.until)
	return f.Min.X + vg.Length(float64(at-f.from)/float64(f.until-f.from))*(f.Max.X-f.Min.X)
}

func (f *frame) y(value int64) vg.Length {
	return f.Min.Y + vg.Length(float64(value)/f.divisor/f.top)*(f.Max.Y-f.Min.Y)
}

// outline is a step function as the corners of its line, from the frame's left to its right.
func (f *frame) outline(steps []Step) []vg.Point {
	corners := make([]vg.Point, 0, 2*len(steps)+2)
	y := f.y(0)
	if len(steps) > 0 && steps[0].At <= f.from {
		y = f.y(steps[0].Value)
	}
	corners = append(corners, vg.Point{X: f.Min.X, Y: y})
	for _, s := range steps {
		x := f.x(s.At)
		if last := len(corners) - 1; corners[last].X != x {
			corners = append(corners, vg.Point{X: x, Y: y})
		}
		y = f.y(s.Value)
		corners = append(corners, vg.Point{X: x, Y: y})
	}
	return append(corners, vg.Point{X: f.Max.X, Y: y})
}

func (f *frame) drawLayer(l Layer) {
	if l.top() == 0 {
		return
	}
	parts := pieces(f.outline(l.Steps))
	if l.Shape == Line {
		f.strokeAll(l.Colour, 1.1, parts)
		return
	}
	f.fillAll(l.Colour, parts)
	// A darker edge keeps neighbours apart where colours are not seen, and shows what is thinner than a pixel.
	edge := mix(l.Colour, 0)
	if len(l.Steps) > columns { // there would be more edge than area
		edge = l.Colour
	}
	f.strokeAll(edge, 0.4, parts)
}

// fillAll fills from outlines down, or up, to the time axis.
func (f *frame) fillAll(colour color.Color, parts [][]vg.Point) {
	for _, p := range parts {
		closed := append([]vg.Point{{X: p[0].X, Y: f.Min.Y}}, p...)
		f.fill(colour, append(closed, vg.Point{X: p[len(p)-1].X, Y: f.Min.Y})...)
	}
}

func (f *frame) strokeAll(colour color.Color, width vg.Length, parts [][]vg.Point) {
	for _, p := range parts {
		f.stroke(colour, width, p...)
	}
}

const (
	pieceCorners = 300
	pixel        = vg.Length(72) / plotDPI
)

// pieces cuts a long outline where it runs level across the edge of a pixel, so that no seam shows. The rasteriser
// looks along all that it has in a row of pixels for each new corner: a long jagged outline costs the square of its length.
func pieces(corners []vg.Point) [][]vg.Point {
	var parts [][]vg.Point
	from := 0
	var part []vg.Point
	for i := 1; i < len(corners); i++ {
		if i-from < pieceCorners || corners[i].Y != corners[i-1].Y {
			continue
		}
		cut := vg.Point{X: pixel * vg.Length(math.Ceil(float64(corners[i-1].X/pixel))), Y: corners[i].Y}
		if cut.X >= corners[i].X {
			continue
		}
		parts = append(parts, append(append(part, corners[from:i]...), cut))
		part = []vg.Point{cut}
		from = i
	}
	return append(parts, append(part, corners[from:]...))
}

func (f *frame) fill(colour color.Color, corners ...vg.Point) { f.c.FillPolygon(colour, corners) }

func (f *frame) stroke(colour color.Color, width vg.Length, corners ...vg.Point) {
	f.c.StrokeLines(draw.LineStyle{Color: colour, Width: width}, corners)
}

// drawGrid draws the vertical axis: its numbers, and a line across at each.
func (f *frame) drawGrid(ticks []tick) {
	style := textStyle(textSize, colourSoft)
	style.XAlign, style.YAlign = draw.XRight, draw.YCenter
	for _, t := range ticks {
		y := f.Min.Y + vg.Length(t.at/f.top)*(f.Max.Y-f.Min.Y)
		f.stroke(colourGrid, 0.75, vg.Point{X: f.Min.X, Y: y}, vg.Point{X: f.Max.X, Y: y})
		f.c.FillText(style, vg.Point{X: f.Min.X - 6, Y: y}, t.label)
	}
}

// drawTime draws the time axis at zero, and its labels under what hangs from it.
func (f *frame) drawTime(below vg.Length) {
	base := f.Min.Y - below
	style := textStyle(textSize, colourSoft)
	style.XAlign, style.YAlign = draw.XCenter, draw.YTop
	ticks, between := timeTicks(f.from, f.until, f.Max.X-f.Min.X)
	for _, t := range ticks {
		x := f.x(models.Instant(t.at))
		f.stroke(colourSoft, 0.75, vg.Point{X: x, Y: base}, vg.Point{X: x, Y: base - 5})
		f.c.FillText(style, vg.Point{X: x, Y: base - 8}, t.label)
	}
	for _, t := range between {
		x := f.x(models.Instant(t.at))
		f.stroke(colourSoft, 0.5, vg.Point{X: x, Y: base}, vg.Point{X: x, Y: base - 2.5})
	}
	f.stroke(colourInk, 1, vg.Point{X: f.Min.X, Y: f.Min.Y}, vg.Point{X: f.Max.X, Y: f.Min.Y})
	if below > 0 {
		f.stroke(colourSoft, 0.5, vg.Point{X: f.Min.X, Y: base}, vg.Point{X: f.Max.X, Y: base})
	}
}

// drawBelow hangs a layer from the time axis, downwards, the deepest as deep as there is room.
func (c *Chart) drawBelow(f frame) {
	if c.Below == nil {
		return
	}
	style := textStyle(textSize, colourSoft)
	style.YAlign = draw.YCenter
	deepest := c.Below.top()
	if deepest == 0 {
		f.c.FillText(style, vg.Point{X: f.Min.X + 6, Y: f.Min.Y - belowSize/2}, "no "+c.Below.Label)
		return
	}
	style.XAlign = draw.XRight
	f.c.FillText(style, vg.Point{X: f.Min.X - 6, Y: f.Min.Y - belowSize + 8}, "-"+Decimals(float64(deepest), 0))
	down := f
	down.top = float64(deepest)
	down.divisor = 1
	down.Max.Y = f.Min.Y - belowSize + 4
	parts := pieces(down.outline(c.Below.Steps))
	down.fillAll(c.Below.Colour, parts)
	down.strokeAll(c.Below.Colour, 0.9, parts) // what is too short for a pixel still shows
	f.stroke(colourInk, 1, vg.Point{X: f.Min.X, Y: f.Min.Y}, vg.Point{X: f.Max.X, Y: f.Min.Y})
}
