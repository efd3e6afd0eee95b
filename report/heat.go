package report

import (
	"image/color"
	"math"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Heat is a plot of one number over two axes: fields whose colour and text say it.
type Heat struct {
	Name            string
	Title, Subtitle string
	X, Y            string   // what the axes are of
	Columns, Rows   []string // from the left, and from below
	Fields          [][]Field
	Unit            string // of the values, for the legend
	Places          int    // decimals of the fields' texts
}

// Field is one value of a Heat, by row, then column. NaN is no value.
type Field struct {
	Value   float64
	Crossed bool // not allowed
	Framed  bool // the best
}

// heatColours are five of the steps of viridis (Smith, van der Walt, matplotlib 2.0, 2015; in the public domain), which rises evenly in
// lightness and can be told apart under the common colour-vision deficiencies.
var heatColours = [...]color.RGBA{hex(0x440154), hex(0x3b528b), hex(0x21918c), hex(0x5ec962), hex(0xfde725)}

func (h *Heat) file() string         { return h.Name }
func (h *Heat) words() (a, b string) { return h.Title, h.Subtitle }

func (h *Heat) draw(canvas vg.CanvasSizer) {
	page := newPage(canvas, h.Title, h.Subtitle)
	low, high := h.extent()
	right := h.drawLegend(page, low, high)
	rows := make([]Tick, len(h.Rows))
	for i, label := range h.Rows {
		rows[i] = Tick{float64(i) + 0.5, label}
	}
	r := region{page, vg.Rectangle{Min: vg.Point{X: page.Min.X + edge + widest(rows) + 26, Y: page.Min.Y + footHeight + 24},
		Max: vg.Point{X: right, Y: page.Max.Y - headHeight}}, bounds{0, float64(len(h.Columns)), 0, float64(len(h.Rows))}}
	var columns []Tick
	every := r.every(h.Columns)
	for i := 0; i < len(h.Columns); i += every {
		columns = append(columns, Tick{float64(i) + 0.5, h.Columns[i]})
	}
	r.grid(columns, rows, h.X, h.Y)
	for y, row := range h.Fields {
		for x, f := range row {
			if !math.IsNaN(f.Value) {
				h.field(&r, Point{float64(x), float64(y)}, f, shadeOf(f.Value, low, high))
			}
		}
	}
	for y, row := range h.Fields {
		for x, f := range row {
			if f.Framed {
				r.stroke(ColourBest, 2.5, r.corners(Point{float64(x), float64(y)}, true)...)
			}
		}
	}
}

// every is how many columns a label takes.
func (r *region) every(labels []string) int {
	style, width := textStyle(textSize, colourSoft), vg.Length(0)
	for _, label := range labels {
		width = max(width, style.Width(label)+6)
	}
	return max(1, int(math.Ceil(float64(width)*float64(len(labels))/float64(r.Max.X-r.Min.X))))
}

func (r *region) corners(at Point, closed bool) []Point {
	list := []Point{at, {at.X + 1, at.Y}, {at.X + 1, at.Y + 1}, {at.X, at.Y + 1}}
	if closed {
		list = append(list, at)
	}
	return list
}

func (h *Heat) field(r *region, at Point, f Field, shade color.RGBA) {
	var corners []vg.Point
	for _, p := range r.corners(at, false) {
		corners = append(corners, r.place(p))
	}
	r.c.FillPolygon(shade, corners)
	if f.Crossed {
		for _, part := range [][2]float64{{0, 0.3}, {0.7, 1}} { // beside the text
			r.stroke(colourPaper, 1.5, Point{at.X + part[0], at.Y + part[0]}, Point{at.X + part[1], at.Y + part[1]})
		}
	}
	style := textStyle(textSize-1, onShade(shade))
	style.XAlign, style.YAlign = draw.XCenter, draw.YCenter
	if text := Decimals(f.Value, h.Places); style.Width(text) < corners[1].X-corners[0].X-2 {
		r.c.FillText(style, r.place(Point{at.X + 0.5, at.Y + 0.5}), text)
	}
}

// notes say what the marks mean that there are.
func (h *Heat) notes() []string {
	framed, crossed := false, false
	for _, row := range h.Fields {
		for _, f := range row {
			framed, crossed = framed || f.Framed, crossed || f.Crossed
		}
	}
	var notes []string
	if framed {
		notes = append(notes, "framed: the best")
	}
	if crossed {
		notes = append(notes, "struck: a constraint", "is not kept")
	}
	return notes
}

// Notes say what the marks of a heat mean, in one line; nothing where there are none.
func (h *Heat) Notes() string {
	return strings.ReplaceAll(strings.Join(h.notes(), "; "), "constraint; is", "constraint is")
}

// Shade is the colour of a value, and that of text on it.
func (h *Heat) Shade(v float64) (field, text color.RGBA) {
	low, high := h.extent()
	field = shadeOf(v, low, high)
	return field, onShade(field)
}

// onShade is black or white: of the two one always has 4.5 to 1, which a grey for one has not.
func onShade(field color.RGBA) color.RGBA {
	black := color.RGBA{A: 255}
	if Contrast(field, black) > Contrast(field, colourPaper) {
		return black
	}
	return colourPaper
}

func (h *Heat) extent() (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, row := range h.Fields {
		for _, f := range row {
			if !math.IsNaN(f.Value) {
				low, high = min(low, f.Value), max(high, f.Value)
			}
		}
	}
	return low, high
}

// drawLegend draws the colours' scale at the right, and what marks mean; it returns where the data has to end.
func (h *Heat) drawLegend(page draw.Canvas, low, high float64) vg.Length {
	style := textStyle(textSize, colourInk)
	notes := append([]string{h.Unit}, h.notes()...)
	width := vg.Length(0)
	for _, n := range notes {
		width = max(width, style.Width(n))
	}
	left, y := page.Max.X-edge-width, page.Max.Y-headHeight-swatch
	for _, n := range notes {
		page.FillText(style, vg.Point{X: left, Y: y}, n)
		y -= rowHeight
	}
	const steps = 40
	height := (y - 8 - page.Min.Y - footHeight - 24) / steps
	for i := range steps {
		bottom := page.Min.Y + footHeight + 24 + vg.Length(i)*height
		page.FillPolygon(shadeOf(float64(i), 0, steps-1), []vg.Point{{X: left, Y: bottom}, {X: left + swatch, Y: bottom},
			{X: left + swatch, Y: bottom + height}, {X: left, Y: bottom + height}})
	}
	if low <= high {
		page.FillText(style, vg.Point{X: left + swatch + 6, Y: page.Min.Y + footHeight + 24}, Decimals(low, h.Places))
		page.FillText(style, vg.Point{X: left + swatch + 6, Y: y - 8 - textSize/2}, Decimals(high, h.Places))
	}
	return left - 16
}

func shadeOf(v, low, high float64) color.RGBA {
	part := 1.0
	if high > low {
		part = (v - low) / (high - low)
	}
	at := part * float64(len(heatColours)-1)
	i := min(int(at), len(heatColours)-2)
	between := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + (at-float64(i))*(float64(b)-float64(a)))) }
	a, b := heatColours[i], heatColours[i+1]
	return color.RGBA{between(a.R, b.R), between(a.G, b.G), between(a.B, b.B), 255}
}
