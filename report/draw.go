package report

import (
	"image/color"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A plot is 1200 x 600 pixels at 96 to the inch.
const (
	plotWidth  = 900 * vg.Length(1)
	plotHeight = 450 * vg.Length(1)
	plotDPI    = 96

	edge       = vg.Length(14)
	titleSize  = vg.Length(15)
	textSize   = vg.Length(10.5)
	headHeight = vg.Length(52)
	footHeight = vg.Length(24) // of the time axis' labels
	belowSize  = vg.Length(54) // of what hangs from the time axis
	swatch     = vg.Length(12)
	rowHeight  = vg.Length(17)
)

func (c *Chart) file() string         { return c.Name }
func (c *Chart) words() (a, b string) { return c.Title, c.Subtitle }

// draw draws the chart onto a canvas of plotWidth x plotHeight.
func (c *Chart) draw(canvas vg.CanvasSizer) {
	page := newPage(canvas, c.Title, c.Subtitle)
	most := 6
	whole := c.divisor() == 1
	ticks := valueTicks(max(c.top(), c.least()), whole, most)
	below := vg.Length(0)
	if c.Below != nil {
		below = belowSize
	}
	left := edge + c.labelWidth(ticks) + 10
	right := c.drawLegend(page, headHeight)
	f := frame{c: page, from: c.From, until: max(c.Until, c.From+1), top: ticks[len(ticks)-1].at, divisor: c.divisor(),
		Rectangle: vg.Rectangle{
			Min: vg.Point{X: page.Min.X + left, Y: page.Min.Y + footHeight + 6 + below},
			Max: vg.Point{X: right, Y: page.Max.Y - headHeight},
		}}
	c.drawShades(f, below)
	f.drawGrid(ticks)
	for _, l := range c.Layers {
		f.drawLayer(l)
	}
	f.drawTime(below)
	c.drawBelow(f)
	c.drawEmpty(f)
}

// least is the top of an axis on which there is nothing.
func (c *Chart) least() float64 {
	if c.divisor() == 1 {
		return 4
	}
	return 1
}

func (c *Chart) labelWidth(ticks []tick) vg.Length {
	style := textStyle(textSize, colourSoft)
	width := vg.Length(0)
	for _, t := range ticks {
		width = max(width, style.Width(t.label))
	}
	if c.Below != nil {
		width = max(width, style.Width("-"+Decimals(float64(c.Below.top()), 0)))
	}
	return width
}

// newPage is paper with a head.
func newPage(canvas vg.CanvasSizer, words, more string) draw.Canvas {
	page := draw.New(canvas)
	page.SetColor(colourPaper)
	page.Fill(page.Rectangle.Path())
	title := textStyle(titleSize, colourInk)
	title.Font.Weight = xfont.WeightBold
	page.FillText(title, vg.Point{X: page.Min.X + edge, Y: page.Max.Y - 24}, words)
	page.FillText(textStyle(textSize, colourSoft), vg.Point{X: page.Min.X + edge, Y: page.Max.Y - 40}, more)
	return page
}

// drawNothing says why there is nothing to see.
func drawNothing(page draw.Canvas, why string) {
	style := textStyle(titleSize, colourSoft)
	style.XAlign, style.YAlign = draw.XCenter, draw.YCenter
	page.FillText(style, vg.Point{X: (page.Min.X + page.Max.X) / 2, Y: (page.Min.Y + page.Max.Y) / 2}, why)
}

// drawEmpty says so where there is nothing to see.
func (c *Chart) drawEmpty(f frame) {
	if c.top() > 0 {
		return
	}
	style := textStyle(titleSize, colourSoft)
	style.XAlign, style.YAlign = draw.XCenter, draw.YCenter
	x, y, half := (f.Min.X+f.Max.X)/2, (f.Min.Y+f.Max.Y)/2, style.Width(c.Empty)/2+8
	f.fill(colourPaper, vg.Point{X: x - half, Y: y - 12}, vg.Point{X: x + half, Y: y - 12},
		vg.Point{X: x + half, Y: y + 12}, vg.Point{X: x - half, Y: y + 12})
	f.c.FillText(style, vg.Point{X: x, Y: y}, c.Empty)
}

func (c *Chart) drawShades(f frame, below vg.Length) {
	for _, shade := range c.Shades {
		for _, span := range shade.Spans {
			from, until := f.x(span.From), f.x(span.Until)
			until = max(until, from+1)
			f.fill(shade.Colour, vg.Point{X: from, Y: f.Min.Y - below}, vg.Point{X: until, Y: f.Min.Y - below},
				vg.Point{X: until, Y: f.Max.Y}, vg.Point{X: from, Y: f.Max.Y})
		}
	}
}

func textStyle(size vg.Length, colour color.Color) text.Style {
	return text.Style{Color: colour, Handler: plot.DefaultTextHandler,
		Font: font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}}
}
