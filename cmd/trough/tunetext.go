package main

import (
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strings"
	"time"

	"trough.internal/sim/experiment"
)

func (v *tunedView) writeText(w io.Writer, s *searching) error {
	fmt.Fprintf(w, "experiment %s on %s: policy %s, %s\n", v.Experiment, v.Scenario, v.Policy, v.Objective)
	fmt.Fprintf(w, "%s: %d points, %d cells of a budget of %d, under %s; %d cells computed now\n", v.Method, v.Points, v.Cells, v.Budget,
		seedsText(v.Seeds), s.trials.Computed)
	if len(v.Rungs) > 0 {
		var rungs []string
		for _, r := range v.Rungs {
			rungs = append(rungs, fmt.Sprintf("%d points x %d", r.Points, r.Seeds))
		}
		fmt.Fprintf(w, "halving, the better half of each rung goes on: %s seeds\n", strings.Join(rungs, ", "))
	}
	fmt.Fprintf(w, "\n%s", v.parameters(s.Experiment))
	fmt.Fprintf(w, "\nin-sample, the %s of train, on which the choice was made:\n%s", daysText(v.Train.Days), v.Train.table(false, "tuned"))
	fmt.Fprintf(w, "\nout-of-sample, the %s of test:\n%s", daysText(v.Test.Days), v.Test.table(true, "tuned"))
	fmt.Fprintf(w, "\n%s\n", gainsText(s))
	for _, warning := range v.Warnings {
		fmt.Fprintf(w, "warning: %s\n", warning)
	}
	fmt.Fprintf(w, "results: %s; the tuned policy: %s\n", filepath.Join(s.out, tuneDir), filepath.Join(s.out, tuneDir, policyFile))
	return nil
}

// parameters are the axes' values.
func (v *tunedView) parameters(e *experiment.Experiment) *table {
	t := newTable("parameter", "as it is", "tuned")
	for i := range e.Axes {
		set := e.Axes[i].Set
		t.add(strings.TrimPrefix(set, "policy."), v.AsItIs[set], v.Tuned[set])
	}
	return t
}

// gainsText says what gains and intervals are.
func gainsText(s *searching) string {
	text := "gain: tuned less as it is; in brackets its 95 % interval, paired by day"
	switch {
	case s.Experiment.Seeds == 1:
		return text
	case s.pairing().SameInput:
		return text + "; a day is the same under all seeds, and counts once"
	}
	return text + " and seed"
}

func (v *spanView) table(judged bool, choice string) *table {
	heads := []string{"figure", "as it is", choice, "gain"}
	if judged {
		heads = append(heads, "interval", "verdict")
	}
	t := newTable(heads...)
	t.right(1, 2, 3)
	list := v.Figures
	if v.Objective.Unit == "" {
		list = append([]figureView{v.Objective}, list...)
	}
	for _, f := range list {
		row := []string{f.label(), f.text(f.AsItIs), f.text(f.Tuned), signed(f.text, f.Gain)}
		if judged {
			interval := "-"
			if f.Low != nil {
				interval = fmt.Sprintf("[%s, %s]", signed(f.text, f.Low), signed(f.text, f.High))
			}
			row = append(row, interval, orDash(f.Verdict))
		}
		t.add(row...)
	}
	return t
}

func (f *figureView) label() string {
	switch {
	case f.Unit == "" || f.Unit == "s":
		return f.Name
	case strings.HasSuffix(f.Unit, "/day"):
		return f.Name + ", " + strings.TrimSuffix(f.Unit, "/day")
	}
	return f.Name + ", " + f.Unit
}

// text has the decimals that the unit is worth.
func (f *figureView) text(v *float64) string {
	switch {
	case v == nil:
		return "-"
	case f.Unit == "s":
		return shortDuration(*v)
	case f.Unit == "":
		return grouped(*v, 3)
	}
	return grouped(*v, 2)
}

func shortDuration(seconds float64) string {
	return time.Duration(math.Round(seconds) * 1e9).String()
}

func signed(text func(*float64) string, v *float64) string {
	if v != nil && *v > 0 {
		return "+" + text(v)
	}
	return text(v)
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

func daysText(n int) string {
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}
