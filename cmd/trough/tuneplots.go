package main

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"trough.internal/report"
	"trough.internal/sim/experiment"
)

// pairsMost is of how many axes every two get a surface.
const pairsMost = 4

// tunedPlots are the front, and the surfaces of one and two parameters, all in-sample.
func (s *searching) tunedPlots(t *experiment.Tuned) []report.Plot {
	var plots []report.Plot
	if goals := s.Experiment.Objective.Goals(); len(goals) > 1 {
		plots = append(plots, s.frontPlot(t, goals))
	}
	n := len(s.Experiment.Axes)
	for i := range n {
		plots = append(plots, s.linePlot(t, i))
	}
	for i := range min(n, pairsMost) {
		for j := range i {
			plots = append(plots, s.heatPlot(t, j, i))
		}
	}
	return plots
}

// frontPlot shows the first two of the objective's figures against each other.
func (s *searching) frontPlot(t *experiment.Tuned, goals []experiment.DayFigure) report.Plot {
	at := func(trial *experiment.Trial) report.Point {
		days := t.Train.Of(trial.Days)
		x, _ := goals[1].Value(days)
		y, _ := goals[0].Value(days)
		return report.Point{X: x, Y: y}
	}
	p := &report.Plane{Name: "front", Title: strings.ToUpper(goals[0].Name[:1]) + goals[0].Name[1:] + " against " + goals[1].Name, Subtitle: s.subtitle(t),
		X: report.Scale{Label: goals[1].Name + ", " + goals[1].Unit}, Y: report.Scale{Label: goals[0].Name + ", " + goals[0].Unit}, Empty: "no point has both figures"}
	all := report.Marks{Label: "point", Colour: report.ColourPoint}
	full := t.Full(s.Experiment.Seeds)
	for _, trial := range full {
		if place := at(trial); !math.IsNaN(place.X) && !math.IsNaN(place.Y) {
			all.At = append(all.At, place)
		}
	}
	front := report.Curve{Label: "Pareto front", Colour: report.ColourFront}
	for _, trial := range experiment.Front(goals[:2], full, t.Train.Of) {
		front.At = append(front.At, at(trial))
	}
	slices.SortFunc(front.At, func(a, b report.Point) int {
		if a.X < b.X {
			return -1
		}
		return 1
	})
	p.Lines = []report.Curve{front}
	p.Marks = []report.Marks{all, {Label: "Pareto front", Colour: report.ColourFront, At: front.At},
		{Label: "as it is", Colour: report.ColourReference, Kind: report.Cross, At: []report.Point{at(t.AsItIs)}},
		{Label: "tuned", Colour: report.ColourBest, Kind: report.Ring, At: []report.Point{at(t.Best)}}}
	p.Lines[0].Label = ""
	return p
}

// linePlot is the gain of the best point at each value of one parameter.
func (s *searching) linePlot(t *experiment.Tuned, axis int) report.Plot {
	o, set := s.Experiment.Objective, s.setting(axis)
	p := &report.Plane{Name: "surface-" + fileName(set), Title: "Gain of the best point, by " + set, Subtitle: s.subtitle(t), Zero: true,
		X: report.Scale{Label: set}, Y: report.Scale{Label: s.gainLabel()}, Empty: "no point has a score"}
	surface := t.Search.Surface(t.Found, axis)
	every := (len(surface.Levels[0]) + 11) / 12
	line := report.Curve{Label: "best point", Colour: report.ColourFront, Low: []float64{}, High: []float64{}}
	struck := report.Marks{Label: "a constraint is not kept", Colour: report.ColourPoint, Kind: report.Cross}
	kept := report.Marks{Colour: report.ColourFront}
	best := report.Marks{Label: "tuned", Colour: report.ColourBest, Kind: report.Ring}
	for i, level := range surface.Levels[0] {
		if i%every == 0 {
			p.X.Ticks = append(p.X.Ticks, report.Tick{At: level.Place, Label: level.Label})
		}
		trial := surface.Best[0][i]
		if trial == nil {
			continue
		}
		days := t.Train.Of(trial.Days)
		score := o.Score(days)
		if !score.Known {
			continue
		}
		d := o.Gain(s.pairing(), days, t.Train.Of(t.AsItIs.Days))
		at := report.Point{X: level.Place, Y: d.Value}
		low, high := math.NaN(), math.NaN()
		if d.Known {
			low, high = d.Low, d.High
		}
		line.At, line.Low, line.High = append(line.At, at), append(line.Low, low), append(line.High, high)
		if !score.Feasible() {
			struck.At = append(struck.At, at)
		} else {
			kept.At = append(kept.At, at)
		}
		if trial == t.Best {
			best.At = append(best.At, at)
		}
	}
	p.Lines, p.Marks = []report.Curve{line}, []report.Marks{kept, best}
	if len(struck.At) > 0 {
		p.Marks = append(p.Marks, struck)
	}
	return p
}

// heatPlot is the objective of the best point at each pair of values of two parameters.
func (s *searching) heatPlot(t *experiment.Tuned, x, y int) report.Plot {
	o := s.Experiment.Objective
	surface := t.Search.Surface(t.Found, x, y)
	h := &report.Heat{Name: "surface-" + fileName(s.setting(x)) + "-" + fileName(s.setting(y)), Title: "Gain of the best point, by " + s.setting(x) + " and " + s.setting(y),
		Subtitle: s.subtitle(t), X: s.setting(x), Y: s.setting(y), Unit: s.gainLabel(), Places: 2,
		Columns: labels(surface.Levels[0]), Rows: labels(surface.Levels[1])}
	reference := o.Score(t.Train.Of(t.AsItIs.Days)).Value
	for _, row := range surface.Best {
		var fields []report.Field
		for _, trial := range row {
			f := report.Field{Value: math.NaN()}
			if trial != nil {
				score := o.Score(t.Train.Of(trial.Days))
				f = report.Field{Value: score.Value - reference, Crossed: !score.Feasible(), Framed: trial == t.Best}
			}
			fields = append(fields, f)
		}
		h.Fields = append(h.Fields, fields)
	}
	return h
}

func (s *searching) subtitle(t *experiment.Tuned) string {
	return fmt.Sprintf("in-sample, %s of train  |  %s, policy %s  |  %s", daysText(len(t.Train)), s.base.Name, s.trials.Policy.Policy, seedsText(s.Experiment.SeedList()))
}

func (s *searching) gainLabel() string {
	o := s.Experiment.Objective
	if unit := objectiveUnit(o); unit != "" {
		return "gain in " + strings.ReplaceAll(o.Terms()[0].Figure.Name, "throughput gain", "throughput") + ", " + unitOfGain(unit)
	}
	return "gain in the objective"
}

// unitOfGain: a difference of percentages is in points.
func unitOfGain(unit string) string {
	if unit == "%" {
		return "points"
	}
	return strings.TrimSuffix(unit, "/day")
}

func (s *searching) setting(axis int) string {
	return strings.TrimPrefix(s.Experiment.Axes[axis].Set, "policy.")
}

// fileName is a setting's path as a part of a file's name: curfew-windows-0-lead.
func fileName(path string) string {
	return strings.Trim(strings.NewReplacer(".", "-", "[", "-", "]", "").Replace(path), "-")
}

func labels(levels []experiment.Level) []string {
	list := make([]string, len(levels))
	for i, l := range levels {
		list[i] = l.Label
	}
	return list
}
