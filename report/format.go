package report

import (
	"fmt"
	"strings"

	"trough.internal/report/measure"
)

const absent = "-"

// ValueText is a figure's value as tables write it; a dash where it is not known.
func ValueText(f measure.Figure) string {
	if !f.Known {
		return absent
	}
	return numberText(f, f.Value)
}

// IntervalText is the figure's interval, or nothing.
func IntervalText(f measure.Figure) string {
	if !f.Interval {
		return ""
	}
	return "[" + numberText(f, f.Low) + ", " + numberText(f, f.High) + "]"
}

// differenceHead names the columns that a table of differences has between a figure's name and its unit.
var differenceHead = []string{"difference", "interval", "blocks", "verdict"}

// differenceRow are a difference's cells under differenceHead.
func differenceRow(f measure.Figure) []string {
	blocks, verdict := absent, absent
	if e := f.Evidence; e != nil {
		blocks, verdict = Decimals(float64(e.Blocks), 0), e.Verdict.String()
		if e.BlockDays > 1 {
			blocks += fmt.Sprintf(" of %d d", e.BlockDays)
		}
	}
	return []string{ValueText(f), IntervalText(f), blocks, verdict}
}

// narrowUnit is the unit as tables of differences write it, which have many columns.
func narrowUnit(u measure.Unit) string {
	switch u {
	case measure.UnitPoints:
		return "points"
	case measure.UnitNormalisedHours:
		return "norm. hours"
	}
	return UnitText(u)
}

func numberText(f measure.Figure, v float64) string {
	switch f.Unit {
	case measure.UnitSeconds:
		return TimeText(int64(v))
	case measure.UnitPercent:
		if v > 0 && strings.HasSuffix(f.Key, "_gain") {
			return "+" + Decimals(v, 1)
		}
		if text := Decimals(v, 1); text == "100.0" && v != 100 { // what is missing is the point
			return Decimals(v, 3)
		}
		return Decimals(v, 1)
	case measure.UnitPoints:
		return Decimals(v, 2)
	case measure.UnitUSD:
		return Decimals(v, 2)
	case measure.UnitInstanceHours, measure.UnitNormalisedHours, measure.UnitPoolHours:
		return Decimals(v, 1)
	case measure.UnitPerHour, measure.UnitIndex:
		return Decimals(v, 3)
	}
	return Decimals(v, 0)
}

// PercentText has one decimal, and more where without them it would read as all or as nothing.
func PercentText(v float64) string {
	places := 1
	for v != 0 && v != 100 && places < 6 && (Decimals(v, places) == Decimals(0, places) || Decimals(v, places) == Decimals(100, places)) {
		places++
	}
	return Decimals(v, places)
}

// TimeText is a length of time, exact: 18h02m05s.
func TimeText(s int64) string {
	switch {
	case s < 60:
		return fmt.Sprintf("%ds", s)
	case s < 3600:
		return fmt.Sprintf("%dm%02ds", s/60, s%60)
	}
	return fmt.Sprintf("%sh%02dm%02ds", Decimals(float64(s/3600), 0), s/60%60, s%60)
}

// UnitText is the unit as tables write it; times carry their own.
func UnitText(u measure.Unit) string {
	if u == measure.UnitSeconds {
		return ""
	}
	return string(u)
}

// wrap breaks text into lines of at most width characters; a longer word stays whole.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
