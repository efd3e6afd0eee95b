package page

import (
	"fmt"
	"html/template"
	"strings"

	"trough.internal/report"
	"trough.internal/report/bill"
	"trough.internal/report/document"
	"trough.internal/report/measure"
)

// tileKeys are the three that finance asks for; beside each, the figure that keeps it honest.
var tileKeys = []string{"throughput_gain", "overdraft_cost", "cost_efficiency"}

// besideKeys are what stands under the tiles: the gain that an idle base fleet flatters, and the bill that knows no rule.
var besideKeys = []string{"capacity_gain", "instantaneous_overdraft_cost", "instantaneous_cost_efficiency"}

func (b *builder) headlines() document.Section {
	s := document.Section{ID: "figures", Title: "Figures"}
	var tiles, beside []document.Tile
	for _, key := range tileKeys {
		tiles = append(tiles, b.tile(key))
	}
	for _, key := range besideKeys {
		beside = append(beside, b.tile(key))
	}
	s.Parts = append(s.Parts, document.Part{Tiles: tiles}, document.Part{Lead: "Read beside them:", Tiles: beside})
	return s
}

func (b *builder) tile(key string) document.Tile {
	f, ok := b.find(key)
	if !ok {
		f = measure.Figure{Key: key, Name: strings.ReplaceAll(key, "_", " "), Note: "not in the run's summary"}
	}
	t := document.Tile{ID: b.prefix + "tile-" + key, Key: key, Name: f.Name, Value: report.ValueText(f), Unit: report.UnitText(f.Unit), Definition: f.Definition, Note: f.Note}
	if !f.Known {
		t.Unit = ""
	}
	if text := report.IntervalText(f); text != "" {
		t.Interval = "95 % interval " + text
		if f.Bounds {
			t.Interval = "bounds " + text
		}
	}
	if was, ok := measure.Find(b.run.Before, key); ok && b.run.Before != nil {
		t.Before = before(f, was)
	}
	t.Spark, t.SparkOf = b.spark(key)
	return t
}

// before says what a figure was in the week before, and how it changed.
func before(f, was measure.Figure) string {
	switch {
	case !was.Known:
		return "the week before: not known"
	case !f.Known:
		return "the week before: " + report.ValueText(was)
	case f.Value == was.Value || report.ValueText(f) == report.ValueText(was):
		return "the week before: the same"
	}
	change := f
	change.Value, change.Key = f.Value-was.Value, ""
	unit := report.UnitText(f.Unit)
	if f.Unit == measure.UnitPercent {
		unit = "percentage points"
	}
	arrow := "▲ +"
	if change.Value < 0 {
		arrow = "▼ "
	}
	return fmt.Sprintf("%s%s %s; the week before: %s", arrow, report.ValueText(change), unit, report.ValueText(was))
}

// spark is a bar for each day.
func (b *builder) spark(key string) (template.HTML, string) {
	r := b.run.Result
	if r == nil || len(r.Days) < 2 {
		return "", ""
	}
	of, unit := dayValue(key), "by day"
	if of == nil {
		return "", ""
	}
	var values []float64
	top := 0.0
	for d := range r.Days {
		var billed bill.Sums
		if d < len(r.Bill.Days) {
			billed = r.Bill.Days[d][r.Bill.Main]
		}
		v := max(0, of(&r.Days[d], &billed))
		values = append(values, v)
		top = max(top, v)
	}
	if top == 0 {
		return "", ""
	}
	var out strings.Builder
	n := len(values)
	fmt.Fprintf(&out, `<svg class="spark" viewBox="0 0 %d 24" preserveAspectRatio="none" aria-hidden="true">`, 10*n)
	for d, v := range values {
		h := max(0.5, 24*v/top)
		fmt.Fprintf(&out, `<path d="M%d 24v-%sh8v%sz"/>`, 10*d+1, report.Plain(h, 2), report.Plain(h, 2))
	}
	out.WriteString("</svg>")
	return template.HTML(out.String()), sparkWords[key] + " " + unit //// numbers
}

var sparkWords = map[string]string{"throughput_gain": "work completed", "overdraft_cost": "cost", "cost_efficiency": "efficiency",
	"capacity_gain": "borrowed capacity", "instantaneous_overdraft_cost": "cost", "instantaneous_cost_efficiency": "efficiency"}

// dayValue is what a tile's bars show.
func dayValue(key string) func(*measure.Day, *bill.Sums) float64 {
	switch key {
	case "throughput_gain":
		return func(d *measure.Day, _ *bill.Sums) float64 { return float64(d.WorkCompleted) }
	case "overdraft_cost":
		return func(_ *measure.Day, s *bill.Sums) float64 { return s.Cost.USD() }
	case "cost_efficiency":
		return func(_ *measure.Day, s *bill.Sums) float64 { v, _ := s.Efficiency(); return v }
	case "capacity_gain":
		return func(d *measure.Day, _ *bill.Sums) float64 { return float64(d.BorrowedNorm) }
	case "instantaneous_overdraft_cost":
		return func(d *measure.Day, _ *bill.Sums) float64 { return d.OverdraftCost.USD() }
	case "instantaneous_cost_efficiency":
		return func(d *measure.Day, _ *bill.Sums) float64 {
			if d.ListCost == 0 {
				return 0
			}
			return 1 - d.OverdraftCost.USD()/d.ListCost.USD()
		}
	}
	return nil
}
