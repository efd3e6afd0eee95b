package report

import (
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"trough.internal/models"
)

// Frontier is throughput against overdraft: what no policy can reach, what plans made in hindsight reached, and where
// policies stand. Both are in normalised hours.
type Frontier struct {
	Scenario    string
	Seed        uint64
	From, Until models.Instant
	Bounds      []Tangent
	Plans       []Place
	Policies    []Place
}

// Tangent says that throughput less Ratio times overdraft is at most Upper, whatever the policy. Of an infinite ratio it says so of
// runs without overdraft.
type Tangent struct{ Ratio, Upper float64 }

// Place is where a run stands.
type Place struct {
	Name                  string
	Throughput, Overdraft float64
}

// Most is the largest throughput that the bounds leave at so much overdraft.
func (f *Frontier) Most(overdraft float64) float64 {
	most := math.Inf(1)
	for _, b := range f.Bounds {
		if overdraft == 0 || !math.IsInf(b.Ratio, 1) {
			above := b.Upper
			if overdraft > 0 {
				above += b.Ratio * overdraft
			}
			most = min(most, above)
		}
	}
	return most
}

func (f *Frontier) file() string { return "frontier" }

func (f *Frontier) words() (title, subtitle string) {
	return "Throughput against overdraft", fmt.Sprintf("normalised hours; %s, %s, seed %d", f.Scenario, SpanText(f.From, f.Until), f.Seed)
}

// plane is a frontier's axes: overdraft to the right, its logarithm from an hour on, and throughput upwards.
type plane struct {
	frame
	right float64 // overdraft at the right edge
}

func (p *plane) at(overdraft, throughput float64) vg.Point {
	part := math.Log10(1+overdraft) / math.Log10(1+p.right)
	return vg.Point{X: p.Min.X + vg.Length(part)*(p.Max.X-p.Min.X), Y: p.Min.Y + vg.Length(throughput/p.top)*(p.Max.Y-p.Min.Y)}
}

func (f *Frontier) draw(canvas vg.CanvasSizer) {
	title, subtitle := f.words()
	page := newPage(canvas, title, subtitle)

	top, right := f.Most(0), 10.0
	for _, p := range append(append([]Place(nil), f.Plans...), f.Policies...) {
		top = max(top, p.Throughput)
		for p.Overdraft > right {
			right *= 10
		}
	}
	ticks := valueTicks(max(top, 1)*1.05, false, 6)
	left := edge + new(Chart).labelWidth(ticks) + 10
	p := plane{right: right, frame: frame{c: page, top: ticks[len(ticks)-1].at, divisor: 1, Rectangle: vg.Rectangle{
		Min: vg.Point{X: page.Min.X + left + 6, Y: page.Min.Y + footHeight + 26},
		Max: vg.Point{X: f.drawLegend(page), Y: page.Max.Y - headHeight},
	}}}
	p.drawGrid(ticks)
	p.drawOverdraft()
	f.drawBound(&p)
	for _, place := range f.Plans {
		p.mark(place, colourSoft, draw.RingGlyph{})
	}
	for i, place := range f.Policies {
		p.mark(place, policyColour(i), draw.CircleGlyph{})
	}
}

// drawBound draws what no policy can reach: everything above the lowest of the tangents.
func (f *Frontier) drawBound(p *plane) {
	const parts = 400
	var line []vg.Point
	for i := range parts + 1 {
		overdraft := math.Pow(1+p.right, float64(i)/parts) - 1
		most := f.Most(overdraft)
		if most > p.top {
			break // it leaves the plot
		}
		line = append(line, p.at(overdraft, most))
	}
	area := append([]vg.Point{{X: p.Min.X, Y: p.Max.Y}}, line...)
	p.fill(colourCurfew, append(area, vg.Point{X: line[len(line)-1].X, Y: p.Max.Y})...)
	p.stroke(colourInk, 1.4, line...)
}

// drawOverdraft draws the horizontal axis.
func (p *plane) drawOverdraft() {
	style := textStyle(textSize, colourSoft)
	style.XAlign, style.YAlign = draw.XCenter, draw.YTop
	label := func(overdraft float64) {
		foot := p.at(overdraft, 0)
		p.stroke(colourGrid, 0.75, foot, vg.Point{X: foot.X, Y: p.Max.Y})
		p.c.FillText(style, vg.Point{X: foot.X, Y: foot.Y - 6}, Decimals(overdraft, 0))
	}
	label(0)
	for overdraft := 1.0; overdraft <= p.right; overdraft *= 10 {
		label(overdraft)
	}
	p.stroke(colourInk, 1, p.Min, vg.Point{X: p.Max.X, Y: p.Min.Y})
	p.c.FillText(style, vg.Point{X: (p.Min.X + p.Max.X) / 2, Y: p.Min.Y - 22}, "overdraft, normalised hours (logarithmic)")
}

func (p *plane) mark(place Place, colour color.RGBA, shape draw.GlyphDrawer) {
	p.c.DrawGlyph(draw.GlyphStyle{Color: colour, Radius: markRadius, Shape: shape}, p.at(place.Overdraft, place.Throughput))
}

const markRadius = vg.Length(5)

// policyColour leaves out what is too pale for a dot: the pale colours of the scheme stand between the dark ones.
func policyColour(i int) color.RGBA { return typeColour(2 * i) }

// drawLegend draws the legend in a column right of the data, and returns where the data has to end.
func (f *Frontier) drawLegend(page draw.Canvas) vg.Length {
	entries := []Layer{{Label: "no policy can be above", Colour: colourInk, Shape: Line}}
	if len(f.Plans) > 0 {
		entries = append(entries, Layer{Label: "plans made in hindsight", Colour: colourSoft})
	}
	for i, place := range f.Policies {
		entries = append(entries, Layer{Label: place.Name, Colour: policyColour(i)})
	}
	style, width := textStyle(textSize, colourInk), vg.Length(0)
	style.YAlign = draw.YCenter
	for _, e := range entries {
		width = max(width, style.Width(e.Label))
	}
	left, y := page.Max.X-edge-width-swatch-6, page.Max.Y-headHeight-swatch/2
	marks := frame{c: page}
	for i, e := range entries {
		middle := vg.Point{X: left + swatch/2, Y: y}
		switch {
		case e.Shape == Line:
			marks.drawSwatch(e, left, y)
		case i == 1 && len(f.Plans) > 0:
			page.DrawGlyph(draw.GlyphStyle{Color: e.Colour, Radius: markRadius, Shape: draw.RingGlyph{}}, middle)
		default:
			page.DrawGlyph(draw.GlyphStyle{Color: e.Colour, Radius: markRadius, Shape: draw.CircleGlyph{}}, middle)
		}
		page.FillText(style, vg.Point{X: left + swatch + 6, Y: y}, e.Label)
		y -= rowHeight
	}
	return left - 40
}
