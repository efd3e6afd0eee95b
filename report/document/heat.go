package document

import (
	"fmt"
	"html/template"
	"math"

	"trough.internal/report"
)

// HeatTable is a heat map as a table: whoever does not see its colours reads its numbers.
type HeatTable struct {
	ID, Caption string
	X, Y        string
	Columns     []string
	Rows        []heatRow // from the top down
	Unit        string
	Low, High   string // of the scale
	Scale       template.CSS
	Notes       string
	Subtitle    string
}

type heatRow struct {
	Label  string
	Fields []heatField
}

type heatField struct {
	Text  string
	Style template.CSS
	Class string
	Said  string // what its marks say
}

// HeatOf makes the table of a heat map.
func HeatOf(h *report.Heat) *HeatTable {
	t := &HeatTable{ID: "heat-" + h.Name, Caption: h.Title, Subtitle: h.Subtitle, X: h.X, Y: h.Y, Columns: h.Columns, Unit: h.Unit, Notes: h.Notes()}
	low, high := math.Inf(1), math.Inf(-1)
	for y := len(h.Rows) - 1; y >= 0; y-- {
		row := heatRow{Label: h.Rows[y]}
		for _, f := range h.Fields[y] {
			row.Fields = append(row.Fields, heatFieldOf(h, f))
			if !math.IsNaN(f.Value) {
				low, high = min(low, f.Value), max(high, f.Value)
			}
		}
		t.Rows = append(t.Rows, row)
	}
	if low > high {
		return t
	}
	t.Low, t.High = report.Decimals(low, h.Places), report.Decimals(high, h.Places)
	t.Scale = "background:linear-gradient(to right"
	const steps = 8
	for k := range steps + 1 {
		shade, _ := h.Shade(low + (high-low)*float64(k)/steps)
		t.Scale += template.CSS("," + report.ColourText(shade)) //// a colour of ours
	}
	t.Scale += ")"
	return t
}

func heatFieldOf(h *report.Heat, f report.Field) heatField {
	if math.IsNaN(f.Value) {
		return heatField{Class: "empty", Said: "no value"}
	}
	shade, text := h.Shade(f.Value)
	out := heatField{Text: report.Decimals(f.Value, h.Places),
		Style: template.CSS(fmt.Sprintf("background:%s;color:%s", report.ColourText(shade), report.ColourText(text)))} //// colours of ours
	switch {
	case f.Framed:
		out.Class, out.Said = "framed", "the best"
	case f.Crossed:
		out.Class, out.Said = "crossed", "a constraint is not kept"
	}
	return out
}
