package report

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// drawLegend draws the legend in a column of its own right of the data, and returns where the data has to end.
func (c *Chart) drawLegend(page draw.Canvas, head vg.Length) vg.Length {
	entries := c.legend()
	style := textStyle(textSize, colourInk)
	width := vg.Length(0)
	for _, e := range entries {
		width = max(width, style.Width(e.Label))
	}
	if len(entries) == 0 {
		return page.Max.X - edge - 20
	}
	left := page.Max.X - edge - width - swatch - 6
	style.YAlign = draw.YCenter
	for i, e := range entries {
		y := page.Max.Y - head - rowHeight*vg.Length(i) - swatch/2
		f := frame{c: page}
		if e.Shape == Line {
			f.stroke(e.Colour, 2, vg.Point{X: left, Y: y}, vg.Point{X: left + swatch, Y: y})
		} else {
			f.fill(e.Colour, vg.Point{X: left, Y: y - swatch/2}, vg.Point{X: left + swatch, Y: y - swatch/2},
				vg.Point{X: left + swatch, Y: y + swatch/2}, vg.Point{X: left, Y: y + swatch/2})
		}
		page.FillText(style, vg.Point{X: left + swatch + 6, Y: y}, e.Label)
	}
	return left - 16
}

// legend is what the legend names, from the top down.
func (c *Chart) legend() []Layer {
	var entries []Layer
	if c.top() > 0 {
		entries = append(entries, c.Layers...)
	}
	if c.Below != nil && c.Below.top() > 0 {
		entries = append(entries, *c.Below)
	}
	for _, s := range c.Shades {
		entries = append(entries, Layer{Label: s.Label, Colour: s.Colour})
	}
	return entries
}
