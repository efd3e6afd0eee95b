package main

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"trough.internal/report/stats"
)

// reproducedRow is a figure under all seeds, beside the article's. What is nil is not given.
type reproducedRow struct {
	Scenario string   `json:"scenario"`
	Figure   string   `json:"figure"`
	Unit     string   `json:"unit"`
	Article  *float64 `json:"article"`
	BandLow  *float64 `json:"band_low"`
	BandHigh *float64 `json:"band_high"`
	Ours     *float64 `json:"ours"` // mean over the seeds under which it is known
	Low      *float64 `json:"low"`  // of the 95 % interval of that mean
	High     *float64 `json:"high"`
	Within   *bool    `json:"within"` // whether the band holds ours
	Kind     string   `json:"kind"`

	of    *reproduced
	known int // seeds under which it is known
}

// rows are the figures in the order of the list.
func (r *reproducing) rows(measured [][]map[string]float64) []reproducedRow {
	rows := []reproducedRow{}
	for i := range r.list {
		for f := range r.list[i].figures {
			rows = append(rows, reproducedRowOf(&r.list[i], &r.list[i].figures[f], measured[i]))
		}
	}
	return rows
}

func reproducedRowOf(r *reproduction, f *reproduced, measured []map[string]float64) reproducedRow {
	row := reproducedRow{Scenario: r.name, Figure: f.figure, Unit: f.unit, Article: f.article, BandLow: f.low, BandHigh: f.high, Kind: f.kind, of: f}
	var values []float64
	for _, m := range measured {
		if v, ok := m[f.figure]; ok {
			values = append(values, v)
		}
	}
	row.known = len(values)
	if row.known == 0 {
		return row
	}
	mean := stats.Mean(values)
	row.Ours = &mean.Value
	if mean.Known {
		row.Low, row.High = &mean.Low, &mean.High
	}
	if f.low != nil || f.high != nil {
		within := (f.low == nil || *f.low <= mean.Value) && (f.high == nil || mean.Value <= *f.high)
		row.Within = &within
	}
	return row
}

// outside says that ours is known and not within its band.
func (r *reproducedRow) outside() bool { return r.Within != nil && !*r.Within }

// writeTable prints all figures for a terminal, and what a reader must know about them.
func (r *reproducing) writeTable(rows []reproducedRow) error {
	t := newTable("scenario", "figure", "article", "band", "ours", "95 % interval", "within", "kind", "unit")
	t.right(2, 3, 4, 5)
	last := ""
	for i := range rows {
		row := &rows[i]
		name := row.Scenario
		if name == last {
			name = ""
		}
		last = row.Scenario
		t.add(name, row.Figure, number(row.Article), row.band(), number(row.Ours), row.interval(), row.within(), row.Kind, row.Unit)
	}
	var b strings.Builder
	b.WriteString(t.String() + "\n")
	for _, line := range wrap(r.basis(), tableWidth) {
		b.WriteString(line + "\n")
	}
	for i := range rows {
		if text := rows[i].remark(r.seeds); text != "" {
			for _, line := range wrap(rows[i].Scenario+", "+rows[i].Figure+": "+text, tableWidth) {
				b.WriteString(line + "\n")
			}
		}
	}
	_, err := io.WriteString(r.out, b.String())
	return err
}

// basis says what the columns mean.
func (r *reproducing) basis() string {
	text := fmt.Sprintf("Ours is the mean over seeds 1 to %d, with Student's 95 %% interval over them.", r.seeds)
	if r.seeds == 1 {
		text = "Ours is of seed 1 alone."
	}
	text += " A band was set before the first run, and within says whether it holds ours. Calibrated figures were aimed at, emergent ones came of it."
	switch {
	case r.seeds < stats.SeedsMin:
		text += fmt.Sprintf(" Warning: of %s there is no interval.", counted(r.seeds, "seed"))
	case r.seeds < seedsEnough:
		text += fmt.Sprintf(" Warning: %d seeds are few; a figure to be quoted needs at least %d.", r.seeds, seedsEnough)
	}
	return text
}

// remark is what a reader should know about this value; empty if nothing.
func (r *reproducedRow) remark(seeds int) string {
	var parts []string
	if r.outside() {
		why := r.of.why
		if why == "" {
			why = "the reason is not known"
		}
		parts = append(parts, "outside of its band: "+why)
	}
	if r.known < seeds {
		parts = append(parts, fmt.Sprintf("known under %d of %d seeds", r.known, seeds))
	}
	return strings.Join(parts, "; ")
}

func (r *reproducedRow) band() string {
	switch {
	case r.BandLow == nil && r.BandHigh == nil:
		return "-"
	case r.BandHigh == nil:
		return "≥ " + number(r.BandLow)
	case r.BandLow == nil:
		return "≤ " + number(r.BandHigh)
	}
	return number(r.BandLow) + " to " + number(r.BandHigh)
}

func (r *reproducedRow) interval() string {
	if r.Low == nil {
		return "-"
	}
	return number(r.Low) + " to " + number(r.High)
}

func (r *reproducedRow) within() string {
	switch {
	case r.Within == nil:
		return "-"
	case *r.Within:
		return "yes"
	}
	return "NO"
}

// number has four figures, and whole numbers all of theirs: 0.9312, 92.4, 12,345.
func number(v *float64) string {
	if v == nil {
		return "-"
	}
	if *v == 0 {
		return "0"
	}
	digits := max(0, 3-int(math.Floor(math.Log10(math.Abs(*v)))))
	text := strconv.FormatFloat(*v, 'f', min(digits, 6), 64)
	if strings.ContainsRune(text, '.') {
		return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	return count(int64(math.Round(*v)))
}
