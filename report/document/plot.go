package document

import (
	"fmt"
	"html"
	"html/template"
	"strconv"
	"strings"

	"trough.internal/models"
	"trough.internal/report"
)

// Figure is a plot on the page: its static plot, and the numbers behind it for whoever draws it live.
type Figure struct {
	ID, Name string
	Caption  string
	Unit     string
	Plots    []template.HTML
	Small    bool // several small plots instead of one
	Keys     []Key
	Data     template.JS // empty: the plot is all there is
}

// Key is an entry of a legend.
type Key struct {
	Colour       template.CSS
	Line         bool
	Mark         string // the class of a mark; empty: a patch
	Label, Extra string
}

// A plot stretches to the width of the page, so its lines are drawn in units of their own: text would stretch with them, and
// stands beside.
const (
	plotUnits    = 1000 // across and up
	plotColumns  = 500
	smallColumns = 120
)

// Plot draws a chart as inline SVG with its axes as text around it.
func (k *Colours) Plot(c *report.Chart, small bool) template.HTML {
	columns, labels, most := plotColumns, 640.0, 5
	class := "plot"
	if small {
		columns, labels, most, class = smallColumns, 150, 2, "plot small"
	}
	if c.Below != nil && c.Below.Top() > 0 {
		class += " hangs"
	}
	values, times, top := c.Marks(labels, most)
	var out strings.Builder
	fmt.Fprintf(&out, `<div class="%s"><div class="field">`, class)
	for _, m := range values {
		fmt.Fprintf(&out, `<span class="y" style="bottom:%s%%">%s</span>`, decimal(100*m.At), html.EscapeString(m.Label))
	}
	fmt.Fprintf(&out, `<svg viewBox="0 0 %d %d" preserveAspectRatio="none" role="img" aria-label="%s">`, plotUnits, plotUnits,
		html.EscapeString(spoken(c)))
	d := drawing{out: &out, chart: c, top: top, columns: columns}
	for _, s := range c.Shades {
		d.shade(&s)
	}
	for _, m := range values[1:] {
		y := plotUnits - int(m.At*plotUnits)
		fmt.Fprintf(&out, `<path class="grid" d="M0 %dH%d"/>`, y, plotUnits)
	}
	for i := range c.Layers {
		l := &c.Layers[i]
		if l.Top() > 0 {
			d.layer(l, k.Of(l.Colour, l.Shape == report.Line))
		}
	}
	if c.Below != nil && c.Below.Top() > 0 {
		d.strip(c.Below)
	}
	out.WriteString(`</svg>`)
	if len(c.Keys()) == 0 || c.Layers == nil {
		fmt.Fprintf(&out, `<span class="none">%s</span>`, html.EscapeString(c.Empty))
	}
	out.WriteString(`</div><div class="times">`)
	for i, m := range times {
		var class []string
		if i%2 == 1 {
			class = append(class, "odd")
		}
		if m.At > 0.96 { // it would reach beyond the page
			class = append(class, "last")
		}
		fmt.Fprintf(&out, `<span class="%s" style="left:%s%%">%s</span>`, strings.Join(class, " "), decimal(100*m.At), html.EscapeString(m.Label))
	}
	out.WriteString(`</div></div>`)
	return template.HTML(out.String()) //// names were escaped above, all else is numbers
}

// spoken is what a screen reader says of a plot.
func spoken(c *report.Chart) string {
	text := c.Title + ", " + c.Subtitle
	for _, l := range c.Keys() {
		text += "; " + l.Label
		if l.Second != "" {
			text += " " + l.Second
		}
	}
	return text
}

// drawing puts layers into an SVG.
type drawing struct {
	out     *strings.Builder
	chart   *report.Chart
	top     float64
	columns int
}

func (d *drawing) x(at models.Instant) int {
	c := d.chart
	at = min(max(at, c.From), c.Until)
	return int(int64(at-c.From) * plotUnits / max(1, int64(c.Until-c.From)))
}

func (d *drawing) y(value int64) int { return plotUnits - int(float64(value)/d.top*plotUnits+0.5) }

func (d *drawing) shade(s *report.Shade) {
	for _, span := range s.Spans {
		from := d.x(span.From)
		fmt.Fprintf(d.out, `<path class="shade %s" d="M%d 0H%dV%dH%dz"/>`, SpanKind(s.Label), from, max(d.x(span.Until), from+1), plotUnits, from)
	}
}

// SpanKind is what a stretch of time with a name is to styles: evacuation, or else curfew.
func SpanKind(label string) string {
	if label == "evacuation" {
		return "evacuation"
	}
	return "curfew"
}

func (d *drawing) layer(l *report.Layer, colour string) {
	path := d.path(report.Reduce(l.Steps, d.chart.From, d.chart.Until, d.columns), func(v int64) int { return d.y(v) })
	if l.Shape == report.Line {
		fmt.Fprintf(d.out, `<path class="line" style="stroke:%s" d="%s"/>`, colour, path)
		return
	}
	fmt.Fprintf(d.out, `<path class="area" style="fill:%s" d="%sV%dH0z"/>`, colour, path, plotUnits)
}

// strip hangs a layer on the time axis, as high as it is deep: even what is short and small shows.
func (d *drawing) strip(l *report.Layer) {
	d.out.WriteString(`<path class="over" d="`)
	steps, deepest := report.Reduce(l.Steps, d.chart.From, d.chart.Until, d.columns), l.Top()
	for i, s := range steps {
		if s.Value == 0 {
			continue
		}
		until := d.chart.Until
		if i+1 < len(steps) {
			until = steps[i+1].At
		}
		from := d.x(s.At)
		height := 12 + int(120*s.Value/deepest)
		fmt.Fprintf(d.out, "M%d %dv%dh%dv-%dz", from, plotUnits, height, max(1, d.x(until)-from), height)
	}
	d.out.WriteString(`"/>`)
}

// path is a step function as a line from left to right, in the fewest characters: differences are shorter than places.
func (d *drawing) path(steps []report.Step, y func(int64) int) string {
	var p strings.Builder
	x, at := 0, y(0)
	if len(steps) > 0 && d.x(steps[0].At) == 0 {
		at = y(steps[0].Value)
	}
	fmt.Fprintf(&p, "M0 %d", at)
	for _, s := range steps {
		toX, toY := d.x(s.At), y(s.Value)
		if toY == at {
			continue
		}
		if toX != x {
			p.WriteString("h" + strconv.Itoa(toX-x))
		}
		p.WriteString("v" + strconv.Itoa(toY-at))
		x, at = toX, toY
	}
	fmt.Fprintf(&p, "H%d", plotUnits)
	return p.String()
}

func decimal(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) }

// Swatch is the style of a patch of a colour, which is the name of a property.
func Swatch(colour string) template.CSS { return template.CSS("background:" + colour) }

// Keys are a chart's legend.
func (k *Colours) Keys(c *report.Chart) []Key {
	var list []Key
	for _, l := range c.Keys() {
		line := l.Shape == report.Line
		colour := k.Of(l.Colour, line)
		if c.Below != nil && strings.HasPrefix(l.Label, c.Below.Label) {
			colour = "var(--alarm)"
		}
		for _, s := range c.Shades {
			if s.Label == l.Label {
				colour = "var(--" + SpanKind(l.Label) + ")"
			}
		}
		list = append(list, Key{Colour: Swatch(colour), Line: line, Label: l.Label, Extra: l.Second})
	}
	return list
}
