package main

import (
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strings"
	"time"

	"trough.internal/report"
	"trough.internal/sim/experiment"
)

// walkView is walk.json.
type walkView struct {
	Experiment string     `json:"experiment"`
	Scenario   string     `json:"scenario"`
	Policy     string     `json:"policy"`
	Objective  string     `json:"objective"`
	Method     string     `json:"method"`
	Past       string     `json:"past"` // what a choice is made on
	Embargo    string     `json:"embargo"`
	Seeds      []uint64   `json:"seeds"`
	Folds      []foldView `json:"folds"`
	// Drift is how far the values of an axis move from fold to fold, on average, as a share of its range.
	Drift map[string]*float64 `json:"drift"`
	// InSample is the folds' mean gain on the days that each choice was made on.
	InSample *float64 `json:"in_sample_gain"`
	Out      spanView `json:"out_of_sample"` // all folds' days of test together
	Warnings []string `json:"warnings"`
}

// foldView is one fold; scores and gains are the objective's.
type foldView struct {
	Train    [2]string         `json:"train"` // first day and last
	Test     [2]string         `json:"test"`
	Chosen   map[string]string `json:"chosen"`
	Cells    int               `json:"cells"`
	InSample *float64          `json:"in_sample"`
	Out      *float64          `json:"out_of_sample"`
	InGain   *float64          `json:"in_sample_gain"`
	OutGain  *float64          `json:"out_of_sample_gain"`
	Kept     bool              `json:"constraints_kept"` // out-of-sample
}

func (s *searching) walkView(folds []experiment.Fold) *walkView {
	e := s.Experiment
	past := "all of it"
	if w := e.Walk.Window; w > 0 {
		past = fmt.Sprintf("the last %d folds", w)
	}
	v := &walkView{Experiment: e.Experiment, Scenario: s.base.Name, Policy: s.trials.Policy.Policy, Objective: e.Objective.String(), Method: folds[0].Found.Method,
		Past: past, Embargo: short(e.Embargo), Seeds: e.SeedList(), Drift: map[string]*float64{}}
	for i := range folds {
		v.Folds = append(v.Folds, s.foldView(&folds[i]))
	}
	for a := range e.Axes {
		var values []string
		for i := range folds {
			values = append(values, folds[i].Found.Best.Values[a])
		}
		if d, known := experiment.Drift(&e.Axes[a], values); known {
			v.Drift[e.Axes[a].Set] = &d
		}
	}
	if gain, known := e.Objective.InSample(folds); known {
		v.InSample = &gain
	}
	chosen, asItIs := experiment.OutOfSample(folds)
	v.Out = s.spanView(chosen, asItIs, true)
	v.Warnings = s.walkWarnings(folds, v)
	return v
}

func (s *searching) foldView(f *experiment.Fold) foldView {
	o := s.Experiment.Objective
	in, out := o.Score(f.Train.Of(f.Found.Best.Days)), o.Score(f.Test.Of(f.Found.Best.Days))
	return foldView{Train: s.dates(f.Train), Test: s.dates(f.Test), Chosen: s.byAxis(f.Found.Best), Cells: f.Found.Cells,
		InSample: given(in.Value), Out: given(out.Value), Kept: out.Feasible(),
		InGain: given(in.Value - o.Score(f.Train.Of(f.AsItIs.Days)).Value), OutGain: given(out.Value - o.Score(f.Test.Of(f.AsItIs.Days)).Value)}
}

func (s *searching) dates(days experiment.Days) [2]string {
	at := func(day int) string {
		return s.base.From.Add(time.Duration(day) * 24 * time.Hour).UTC().Format("2006-01-02")
	}
	return [2]string{at(days[0]), at(days[len(days)-1])}
}

func (s *searching) walkWarnings(folds []experiment.Fold, v *walkView) []string {
	list := []string{"in-sample figures are of the days that each choice was made on: they flatter it"}
	list = append(list, v.Out.undecided()...)
	for i := range folds {
		f, o := &folds[i], s.Experiment.Objective
		switch {
		case !o.Score(f.Train.Of(f.Found.Best.Days)).Feasible():
			list = append(list, fmt.Sprintf("fold %d: no point keeps every constraint on its past; the chosen one misses by least", i+1))
		case !o.Score(f.Train.Of(f.AsItIs.Days)).Feasible():
			list = append(list, fmt.Sprintf("fold %d: the policy as it is does not keep every constraint on its past; what does is chosen whatever it costs of the objective", i+1))
		}
	}
	last := &folds[len(folds)-1]
	for _, edge := range last.Search.Edges(last.Found, s.allowed) {
		list = append(list, fmt.Sprintf("fold %d: %s", len(folds), edgeText(s.Experiment.Axes[edge.Axis].Set, edge)))
	}
	return list
}

func (v *walkView) writeText(w io.Writer, s *searching) error {
	fmt.Fprintf(w, "experiment %s on %s: policy %s, %s\n", v.Experiment, v.Scenario, v.Policy, v.Objective)
	fmt.Fprintf(w, "walk forward by %s under %s: %s on what is past (%s, without the last %s); %d cells computed now\n\n",
		foldsText(len(v.Folds)), seedsText(v.Seeds), v.Method, v.Past, v.Embargo, s.trials.Computed)
	t, f := v.table(s.Experiment), &v.Out.Objective
	fmt.Fprintf(w, "%s\ngain: of the objective (%s), chosen less as it is; drift: mean move from fold to fold, of the range\n", t, f.label())
	fmt.Fprintf(w, "mean gain in-sample: %s\n", signed(f.text, v.InSample))
	fmt.Fprintf(w, "\nout-of-sample, the %s of all folds together:\n%s\n%s\n", daysText(v.Out.Days), v.Out.table(true, "chosen"), gainsText(s))
	for _, warning := range v.Warnings {
		fmt.Fprintf(w, "warning: %s\n", warning)
	}
	fmt.Fprintf(w, "results: %s\n", filepath.Join(s.out, walkDir))
	return nil
}

// table has a row for each fold, and one for the drift.
func (v *walkView) table(e *experiment.Experiment) *table {
	heads := []string{"fold", "chosen on", "judged on"}
	for i := range e.Axes {
		heads = append(heads, strings.TrimPrefix(e.Axes[i].Set, "policy."))
	}
	t := newTable(append(heads, "gain in-sample", "out-of-sample", "constraints")...)
	t.right(len(heads), len(heads)+1)
	f := &v.Out.Objective
	for i, fold := range v.Folds {
		row := []string{fmt.Sprint(i + 1), fold.Train[0] + " to " + fold.Train[1][5:], fold.Test[0] + " to " + fold.Test[1][5:]}
		for a := range e.Axes {
			row = append(row, fold.Chosen[e.Axes[a].Set])
		}
		kept := "kept"
		if !fold.Kept {
			kept = "not kept"
		}
		t.add(append(row, signed(f.text, fold.InGain), signed(f.text, fold.OutGain), kept)...)
	}
	row := []string{"drift", "", ""}
	for i := range e.Axes {
		row = append(row, driftText(v.Drift[e.Axes[i].Set]))
	}
	t.add(append(row, "", "", "")...)
	return t
}

// walkPlot is the gain of every fold, in-sample and out-of-sample.
func (s *searching) walkPlot(v *walkView) report.Plot {
	in := report.Curve{Label: "in-sample", Colour: report.ColourPoint}
	out := report.Curve{Label: "out-of-sample", Colour: report.ColourFront}
	p := &report.Plane{Name: "walk", Title: "Gain over the policy as it is, fold by fold", Zero: true, Empty: "no fold has a gain",
		Subtitle: fmt.Sprintf("%s  |  %s, policy %s  |  %s", v.Objective, v.Scenario, v.Policy, seedsText(v.Seeds)),
		X:        report.Scale{Label: "first day of the fold"}, Y: report.Scale{Label: s.gainLabel()}}
	for i, f := range v.Folds {
		p.X.Ticks = append(p.X.Ticks, report.Tick{At: float64(i), Label: f.Test[0]})
		for _, c := range []struct {
			to   *report.Curve
			gain *float64
		}{{&in, f.InGain}, {&out, f.OutGain}} {
			if c.gain != nil && !math.IsNaN(*c.gain) {
				c.to.At = append(c.to.At, report.Point{X: float64(i), Y: *c.gain})
			}
		}
	}
	p.Lines = []report.Curve{in, out}
	p.Marks = []report.Marks{{Colour: in.Colour, At: in.At}, {Colour: out.Colour, At: out.At}}
	return p
}

// driftPlots are the values that each fold chose, parameter by parameter.
func (s *searching) driftPlots(v *walkView) []report.Plot {
	var plots []report.Plot
	for i := range s.Experiment.Axes {
		axis, set := &s.Experiment.Axes[i], s.setting(i)
		chosen := report.Curve{Colour: report.ColourFront}
		p := &report.Plane{Name: "drift-" + fileName(set), Title: "What each fold chose: " + set, Empty: "no choice stands on the axis",
			Subtitle: fmt.Sprintf("drift %s of the range  |  %s, policy %s  |  %s", driftText(v.Drift[axis.Set]), v.Scenario, v.Policy, seedsText(v.Seeds)),
			X:        report.Scale{Label: "first day of the fold"}, Y: report.Scale{Label: set}}
		ticks := axis.Values
		if axis.Ranged() {
			ticks = []string{axis.From, axis.To}
		}
		for _, value := range ticks {
			if place := axis.Place(value); !math.IsNaN(place) {
				p.Y.Ticks = append(p.Y.Ticks, report.Tick{At: place, Label: value})
			}
		}
		var names []string
		for k, f := range v.Folds {
			p.X.Ticks = append(p.X.Ticks, report.Tick{At: float64(k), Label: f.Test[0]})
			if place := axis.Place(f.Chosen[axis.Set]); !math.IsNaN(place) {
				chosen.At, names = append(chosen.At, report.Point{X: float64(k), Y: place}), append(names, f.Chosen[axis.Set])
			}
		}
		p.Lines, p.Marks = []report.Curve{chosen}, []report.Marks{{Colour: chosen.Colour, At: chosen.At, Names: names}}
		plots = append(plots, p)
	}
	return plots
}

func driftText(v *float64) string {
	if v == nil {
		return "-"
	}
	return fmt.Sprintf("%.0f %%", 100**v)
}

func foldsText(n int) string {
	if n == 1 {
		return "1 fold"
	}
	return fmt.Sprintf("%d folds", n)
}
