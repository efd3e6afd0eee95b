package experiment

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"

	"trough.internal/models"
	"trough.internal/models/settings"
	"trough.internal/report/measure"
	"trough.internal/report/stats"
)

// DayFigure is a figure that any set of days has: a quotient of two sums over them. Totals are by day, so that spans of
// different lengths compare.
type DayFigure struct {
	Key, Name  string
	Unit       string // of its values: %, s, or what goes before /day
	Definition string
	Way        stats.Direction // which is better

	of func(*Day) (above, below float64)
}

// figures are what an objective may be made of.
var figures = sync.OnceValue(func() []DayFigure { return append(summaryFigures(), waits()...) })

// summaryFigures are those that a run's summary has, too, by the same definitions.
func summaryFigures() []DayFigure {
	list := []DayFigure{
		{Key: "throughput_gain", Unit: "%", Way: stats.MoreIsBetter, of: func(d *Day) (float64, float64) { return 100 * float64(d.Work-d.WorkAlone), float64(d.WorkAlone) }},
		{Key: "capacity_gain", Unit: "%", Way: stats.MoreIsBetter, of: func(d *Day) (float64, float64) { return 100 * float64(d.Borrowed), float64(d.Base) }},
		{Key: "cost_efficiency", Unit: "%", Way: stats.MoreIsBetter, of: func(d *Day) (float64, float64) { return 100 * (d.List - d.Cost).USD(), d.List.USD() }},
		{Key: "instantaneous_cost_efficiency", Unit: "%", Way: stats.MoreIsBetter,
			of: func(d *Day) (float64, float64) {
				return 100 * (d.ListInstant - d.CostInstant).USD(), d.ListInstant.USD()
			}},
		{Key: "work_completed", Unit: "normalised hours/day", Way: stats.MoreIsBetter, of: func(d *Day) (float64, float64) { return float64(d.Work) / 3600, d.days() }},
		{Key: "borrowed_normalised_hours", Unit: "normalised hours/day", Way: stats.MoreIsBetter,
			of: func(d *Day) (float64, float64) { return float64(d.Borrowed) / 3600 / 1000, d.days() }},
		{Key: "overdraft_cost", Unit: "USD/day", Way: stats.LessIsBetter, of: func(d *Day) (float64, float64) { return d.Cost.USD(), d.days() }},
		{Key: "instantaneous_overdraft_cost", Unit: "USD/day", Way: stats.LessIsBetter, of: func(d *Day) (float64, float64) { return d.CostInstant.USD(), d.days() }},
		{Key: "interruptions", Unit: "attempts/day", Way: stats.LessIsBetter, of: func(d *Day) (float64, float64) { return float64(d.Interrupted), d.days() }},
	}
	for i := range list {
		f := &list[i]
		defined := measure.Defined(f.Key)
		f.Name, f.Definition = defined.Name, defined.Definition
		if strings.HasSuffix(f.Unit, "/day") {
			f.Name, f.Definition = f.Name+" a day", f.Definition+"; a day"
		}
	}
	return list
}

// waits are means: days have no quantiles that add up.
func waits() []DayFigure {
	var list []DayFigure
	for c := range models.Classes {
		list = append(list, DayFigure{Key: c.String() + "_wait_mean", Name: c.String() + " wait, mean", Unit: "s", Way: stats.LessIsBetter,
			Definition: "time in the queue from arrival to the first start, of the jobs that started in these days; those that still wait are not in it",
			of:         func(d *Day) (float64, float64) { return float64(d.Waited[c]), float64(d.Started[c]) }})
	}
	return list
}

func (d *Day) days() float64 { return float64(d.Seconds) / 86400 }

// figureOf finds a figure by its key.
func figureOf(key string) (*DayFigure, error) {
	var keys []string
	list := figures()
	for i := range list {
		if list[i].Key == key {
			return &list[i], nil
		}
		keys = append(keys, list[i].Key)
	}
	if near, ok := settings.Nearest(key, keys); ok {
		return nil, fmt.Errorf("unknown figure %q: did you mean %q?", key, near)
	}
	return nil, fmt.Errorf("unknown figure %q: expected one of %s", key, strings.Join(keys, ", "))
}

// Value is the figure over days of one or several seeds; false where there is nothing to divide by.
func (f *DayFigure) Value(bySeed [][]Day) (float64, bool) {
	above, below := 0.0, 0.0
	for _, days := range bySeed {
		for i := range days {
			a, b := f.of(&days[i])
			above += a
			below += b
		}
	}
	if below == 0 {
		return math.NaN(), false
	}
	return above / below, true
}

// bound reads a value that the figure is held against, with its unit: 95%, 10m, 20 USD/day.
func (f *DayFigure) bound(text string) (float64, error) {
	number, unitThere, ok := measured(text)
	switch f.Unit {
	case "%":
		if ok && unitThere == percent {
			return 100 * number, nil
		}
		return 0, fmt.Errorf("%s: %q: expected a percentage such as 95%%", f.Key, text)
	case "s":
		if ok && unitThere == span {
			return number, nil
		}
		return 0, fmt.Errorf("%s: %q: expected a duration such as 10m", f.Key, text)
	}
	amount, rest, _ := strings.Cut(text, " ")
	if v, err := strconv.ParseFloat(amount, 64); err == nil && rest == f.Unit && !math.IsInf(v, 0) && !math.IsNaN(v) {
		return v, nil
	}
	return 0, fmt.Errorf("%s: %q: expected a number with its unit, such as 20 %s", f.Key, text, f.Unit)
}

// ratio has the figure's sums by day: one seed's after another's, or of all seeds together where a day is the same day
// under each of them.
func (f *DayFigure) ratio(bySeed [][]Day, same bool) stats.Ratio {
	var r stats.Ratio
	for seed, days := range bySeed {
		for i := range days {
			above, below := f.of(&days[i])
			if seed == 0 || !same {
				r.Above, r.Below = append(r.Above, above), append(r.Below, below)
				continue
			}
			r.Above[i] += above
			r.Below[i] += below
		}
	}
	return r
}
