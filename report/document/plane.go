package document

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strings"

	"trough.internal/report"
)

// Plane is a plane as a figure.
func (k *Colours) Plane(p *report.Plane) *Figure {
	f := &Figure{ID: "plane-" + p.Name, Name: p.Name, Caption: p.Title, Unit: p.Subtitle, Plots: []template.HTML{k.plane(p)}}
	for _, m := range p.Marks {
		if m.Label != "" {
			f.Keys = append(f.Keys, Key{Colour: template.CSS("color:" + k.Of(m.Colour, true)), Mark: markClass[m.Kind], Label: m.Label}) //// a name of ours
		}
	}
	for _, l := range p.Lines {
		if l.Label != "" {
			f.Keys = append(f.Keys, Key{Colour: Swatch(k.Of(l.Colour, true)), Line: true, Label: l.Label})
		}
	}
	return f
}

var markClass = map[report.MarkKind]string{report.Dot: "dot", report.Ring: "ring", report.Cross: "cross"}

// plane draws lines in an SVG that stretches to the width of the page, and marks and text beside and over it, which do not.
func (k *Colours) plane(p *report.Plane) template.HTML {
	xs, ys, place, ok := p.Axes()
	if !ok {
		return template.HTML(fmt.Sprintf(`<p class="none">%s</p>`, html.EscapeString(p.Empty))) //// escaped
	}
	d := planeDrawing{place: place}
	fmt.Fprintf(&d.out, `<div class="plot plane"><p class="axis">%s</p><div class="field">`, html.EscapeString(p.Y.Label))
	for _, t := range ys {
		fmt.Fprintf(&d.out, `<span class="y" style="bottom:%s%%">%s</span>`, decimal(100*d.y(t.At)), html.EscapeString(t.Label))
	}
	fmt.Fprintf(&d.out, `<svg viewBox="0 0 %d %d" preserveAspectRatio="none" role="img" aria-label="%s">`, plotUnits, plotUnits, html.EscapeString(p.Title+", "+p.Y.Label+" by "+p.X.Label))
	for _, t := range ys {
		fmt.Fprintf(&d.out, `<path class="grid" d="M0 %dH%d"/>`, d.down(t.At), plotUnits)
	}
	if p.Zero {
		if y := d.down(0); y > 0 && y < plotUnits {
			fmt.Fprintf(&d.out, `<path class="zero" d="M0 %dH%d"/>`, y, plotUnits)
		}
	}
	for i := range p.Lines {
		d.curve(&p.Lines[i], k.Of(p.Lines[i].Colour, true))
	}
	d.out.WriteString(`</svg>`)
	for _, m := range p.Marks {
		for i, at := range m.At {
			name := m.Label
			if i < len(m.Names) {
				name = m.Names[i]
			}
			fmt.Fprintf(&d.out, `<i class="mark %s" style="left:%s%%;bottom:%s%%;color:%s" title="%s"></i>`, markClass[m.Kind], decimal(100*place(at).X), decimal(100*place(at).Y),
				k.Of(m.Colour, true), html.EscapeString(strings.TrimPrefix(name+": ", ": ")+pointText(p, at)))
		}
	}
	d.out.WriteString(`</div><div class="times">`)
	for i, t := range xs {
		at, class := place(report.Point{X: t.At}).X, ""
		if i%2 == 1 {
			class = "odd"
		}
		fmt.Fprintf(&d.out, `<span class="%s" style="left:%s%%">%s</span>`, class, decimal(100*at), html.EscapeString(t.Label))
	}
	fmt.Fprintf(&d.out, `</div><p class="axis below">%s</p></div>`, html.EscapeString(p.X.Label))
	return template.HTML(d.out.String()) //// names were escaped above, all else is numbers
}

// pointText is where a point stands, with the name that its place has on the axis.
func pointText(p *report.Plane, at report.Point) string {
	x, y := axisText(&p.X, at.X), axisText(&p.Y, at.Y)
	if x == "" {
		return y
	}
	return strings.TrimSuffix(x+", "+y, ", ")
}

func axisText(s *report.Scale, v float64) string {
	for _, t := range s.Ticks {
		if t.At == v {
			return t.Label
		}
	}
	if len(s.Ticks) > 0 { // places that only their labels give a meaning
		return ""
	}
	places := 2
	if math.Abs(v) >= 1000 {
		places = 0
	}
	return report.Decimals(v, places)
}

// planeDrawing puts curves into an SVG.
type planeDrawing struct {
	out   strings.Builder
	place func(report.Point) report.Point
}

func (d *planeDrawing) x(v float64) int {
	return int(math.Round(d.place(report.Point{X: v}).X * plotUnits))
}

func (d *planeDrawing) y(v float64) float64 { return d.place(report.Point{Y: v}).Y }

func (d *planeDrawing) down(v float64) int { return plotUnits - int(math.Round(d.y(v)*plotUnits)) }

func (d *planeDrawing) curve(c *report.Curve, colour string) {
	if len(c.At) > 1 {
		fmt.Fprintf(&d.out, `<path class="line" style="stroke:%s" d="`, colour)
		for i, at := range c.At {
			fmt.Fprintf(&d.out, "%c%d %d", "ML"[min(i, 1)], d.x(at.X), d.down(at.Y))
		}
		d.out.WriteString(`"/>`)
	}
	if c.Low == nil {
		return
	}
	fmt.Fprintf(&d.out, `<path class="line" style="stroke:%s" d="`, colour)
	for i, at := range c.At {
		if !math.IsNaN(c.Low[i]) {
			x, low, high := d.x(at.X), d.down(c.Low[i]), d.down(c.High[i])
			fmt.Fprintf(&d.out, "M%d %dV%dM%d %dh8M%d %dh8", x, low, high, x-4, low, x-4, high)
		}
	}
	d.out.WriteString(`"/>`)
}
