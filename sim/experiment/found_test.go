package experiment

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"trough.internal/models"
)

// A point is on the front where no other has every goal as good and one better: by comparing all of them, for any days.
func TestTheFrontIsWhatNobodyBeats(t *testing.T) {
	o := objective(t, "{maximise: throughput_gain, constraints: [{figure: overdraft_cost, at_most: 9 USD/day}, {figure: interruptions, at_most: 9 attempts/day}]}")
	rapid.Check(t, func(rt *rapid.T) {
		var trials []*Trial
		for range rapid.IntRange(1, 12).Draw(rt, "trials") {
			n := func(name string) int64 { return rapid.Int64Range(0, 4).Draw(rt, name) }
			trials = append(trials, &Trial{Days: [][]Day{{{Seconds: 86400, WorkAlone: 10, Work: 10 + n("work"), Cost: models.MicroUSD(n("cost") * 1e6), Interrupted: n("interrupted")}}}})
		}
		front := Front(o.Goals(), trials, between(0, 1).Of)
		for _, a := range trials {
			beaten := slices.ContainsFunc(trials, func(b *Trial) bool {
				x, y := a.Days[0][0], b.Days[0][0]
				asGood := y.Work >= x.Work && y.Cost <= x.Cost && y.Interrupted <= x.Interrupted
				return asGood && (y.Work > x.Work || y.Cost < x.Cost || y.Interrupted < x.Interrupted)
			})
			if slices.Contains(front, a) == beaten {
				rt.Errorf("%+v: beaten %v, on the front %v", a.Days[0][0], beaten, !beaten)
			}
		}
	})
}

func TestParametersAtAnEdgeAreFlagged(t *testing.T) {
	edges := func(text string, gain func([]float64) float64) string {
		s := &synthetic{Experiment: parse(t, text+"\nseeds: 1\nobjective: {maximise: throughput_gain}\n"), gain: gain}
		search, found := s.search(t)
		var list []string
		for _, e := range search.Edges(found, func(_ int, value string) bool { return !strings.HasPrefix(value, "-") }) {
			list = append(list, fmt.Sprintf("%d upper %v limit %v", e.Axis, e.Upper, e.Limit))
		}
		return strings.Join(list, ", ")
	}
	two := "axes: [{set: policy.a, from: 0%, to: 10%, steps: 5}, {set: policy.b, values: [1, 2, 4]}]"
	for _, test := range []struct {
		name, text, want string
		gain             func([]float64) float64
	}{
		{"inside", two, "", quadratic(0.5, 0.33)},
		{"upper end of a range", two, "0 upper true limit false", quadratic(1.3, 0.33)},
		{"lower end, which is the setting's own", two, "0 upper false limit true", quadratic(-1, 0.33)},
		{"both", two, "0 upper true limit false, 1 upper false limit false", quadratic(2, -1)},
		{"upper end of values", two, "1 upper true limit false", quadratic(0.5, 2)},
		{"a plateau from the end inwards", two, "", func(x []float64) float64 { return min(10, 100*(1-x[0])) + quadratic(0.33)(x[1:]) }},
		{"words have no ends", "axes: [{set: policy.a, values: [on, off]}]", "", quadratic(1)},
		{"near the end of a long range", "axes: [{set: policy.a, from: 0.0, to: 1.0}]", "0 upper true limit false", quadratic(1.5)},
	} {
		if got := edges(test.text, test.gain); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

func TestASurfaceHasTheBestPointAtEachValue(t *testing.T) {
	text := "axes: [{set: policy.a, values: [0, 1, 2]}, {set: policy.b, values: [0, 2, 8]}]\nseeds: 1\nobjective: {maximise: throughput_gain}\n"
	s := &synthetic{Experiment: parse(t, text), gain: func(x []float64) float64 { return 10*x[0] - 8*x[1] + 20*x[0]*x[1] }}
	search, found := s.search(t)
	line := search.Surface(found, 0)
	var got []string
	for i, level := range line.Levels[0] {
		got = append(got, level.Label+": "+line.Best[0][i].Values[1])
	}
	if text := strings.Join(got, ", "); text != "0: 0, 1: 8, 2: 8" {
		t.Errorf("the best b at each a: %s", text)
	}
	plane := search.Surface(found, 0, 1)
	for y, row := range plane.Best {
		for x, trial := range row {
			if trial.Values[0] != plane.Levels[0][x].Label || trial.Values[1] != plane.Levels[1][y].Label {
				t.Errorf("field %d, %d has %v", x, y, trial.Values)
			}
		}
	}
	// Many values become parts of the range, each with the best point in it.
	many := &synthetic{Experiment: parse(t, "axes: [{set: policy.a, from: 0.0, to: 1.0, steps: 101}]\nseeds: 1\nobjective: {maximise: throughput_gain}\n"), gain: quadratic(0.1)}
	search, found = many.search(t)
	line = search.Surface(found, 0)
	if n := len(line.Levels[0]); n != 10 || line.Best[0][0].Values[0] != "0.09" || line.Best[0][1].Values[0] != "0.1" || line.Best[0][9].Values[0] != "0.9" {
		t.Errorf("%d parts, the best of the first ones %v, %v, of the last one %v", n, line.Best[0][0].Values, line.Best[0][1].Values, line.Best[0][9].Values)
	}
}
