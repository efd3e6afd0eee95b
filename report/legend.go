package report

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// drawLegend draws the legend in a column of its own right of the data, and returns where the data has to end.
func (c *Chart) drawLegend(page draw.Canvas, head vg.Length) vg.Length {
	entries := c.legend()
	if len(entries) == 0 {
		return page.Max.X - edge - 20
	}
	style, over := textStyle(textSize, colourInk), textStyle(textSize-1.5, colourSoft)
	first, second := vg.Length(0), vg.Length(0)
	for _, e := range entries {
		first = max(first, style.Width(e.Label))
		second = max(second, style.Width(e.Second))
	}
	if second > 0 {
		second += 10
	}
	right := page.Max.X - edge
	left := right - max(first+second+swatch+6, over.Width(c.Legend))
	y := page.Max.Y - head - swatch/2
	if second > 0 {
		over.XAlign, over.YAlign = draw.XRight, draw.YCenter
		page.FillText(over, vg.Point{X: right, Y: y}, c.Legend)
		y -= rowHeight
	}
	f := frame{c: page}
	for _, e := range entries {
		f.drawSwatch(e, left, y)
		style.XAlign, style.YAlign = draw.XLeft, draw.YCenter
		page.FillText(style, vg.Point{X: left + swatch + 6, Y: y}, e.Label)
		style.XAlign = draw.XRight
		page.FillText(style, vg.Point{X: right, Y: y}, e.Second)
		y -= rowHeight
	}
	return left - 16
}

func (f *frame) drawSwatch(l Layer, left, y vg.Length) {
	if l.Shape == Line {
		f.stroke(l.Colour, 2, vg.Point{X: left, Y: y}, vg.Point{X: left + swatch, Y: y})
		return
	}
	f.fill(l.Colour, vg.Point{X: left, Y: y - swatch/2}, vg.Point{X: left + swatch, Y: y - swatch/2},
		vg.Point{X: left + swatch, Y: y + swatch/2}, vg.Point{X: left, Y: y + swatch/2})
}

// legend is what the legend names, from the top down.
func (c *Chart) legend() []Layer {
	var entries []Layer
	for i, l := range c.Layers {
		if c.top() > 0 && (i == 0 || l.Label != c.Layers[i-1].Label) { // lines of one kind are named once
			entries = append(entries, l)
		}
	}
	if c.Below != nil && c.Below.top() > 0 {
		below := *c.Below
		below.Label += ", up to " + Decimals(float64(below.top()), 0)
		entries = append(entries, below)
	}
	for _, s := range c.Shades {
		entries = append(entries, Layer{Label: s.Label, Colour: s.Colour})
	}
	return entries
}
