package experiment

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"trough.internal/models"
	"trough.internal/report/measure"
	"trough.internal/report/stats"
)

// Two seeds of two days: 30 h of work done where the base fleet alone did 20 h, in the first seed 2 USD of 100 USD overdraft.
func fourDays() [][]Day {
	a := Day{Seconds: 86400, Work: 10 * 3600, WorkAlone: 5 * 3600, Borrowed: 3600 * 1000 * 8, Base: 3600 * 1000 * 4, Cost: 2_000_000, List: 50_000_000,
		Started: [models.Classes]int64{4, 0, 1}, Waited: [models.Classes]int64{1200, 0, 0}, Interrupted: 3}
	b := Day{Seconds: 86400, Work: 5 * 3600, WorkAlone: 5 * 3600, Base: 3600 * 1000 * 4, List: 50_000_000}
	return [][]Day{{a, b}, {a, b}}
}

func objective(t *testing.T, text string) *Objective {
	t.Helper()
	return parse(t, "objective: "+text).Objective
}

// A score is of the sums over all days and seeds, by hand.
func TestAScoreIsOfSumsOverDaysAndSeeds(t *testing.T) {
	for _, c := range []struct {
		objective string
		want      float64
	}{
		{"{maximise: throughput_gain}", 50},
		{"{maximise: capacity_gain}", 100},
		{"{maximise: cost_efficiency}", 98},
		{"{minimise: overdraft_cost}", 1},
		{"{maximise: work_completed}", 7.5},
		{"{maximise: borrowed_normalised_hours}", 4},
		{"{minimise: interruptions}", 1.5},
		{"{minimise: high_wait_mean}", 300},
		{"{minimise: low_wait_mean}", 0},
		{"{weights: [{figure: throughput_gain, weight: 1}, {figure: overdraft_cost, weight: -5}]}", 45},
	} {
		if got := objective(t, c.objective).Score(fourDays()); !got.Known || math.Abs(got.Value-c.want) > 1e-9 {
			t.Errorf("%s: got %+v, want %g", c.objective, got, c.want)
		}
	}
	for _, text := range []string{"{minimise: medium_wait_mean}", "{maximise: instantaneous_cost_efficiency}",
		"{maximise: throughput_gain, constraints: [{figure: medium_wait_mean, at_most: 5m}]}"} {
		if got := objective(t, text).Score(fourDays()); got.Known || !math.IsNaN(got.Value) {
			t.Errorf("%s: got %+v, and there is nothing to divide by", text, got)
		}
	}
}

func TestAViolationIsAShareOfItsBound(t *testing.T) {
	for _, c := range []struct {
		constraints string
		want        float64
	}{
		{"[{figure: cost_efficiency, at_least: 95%}]", 0},
		{"[{figure: cost_efficiency, at_least: 98%}]", 0},
		{"[{figure: cost_efficiency, at_least: 100%}]", 0.02},
		{"[{figure: high_wait_mean, at_most: 4m}]", 0.25},
		{"[{figure: overdraft_cost, at_most: 0.8 USD/day}]", 0.25},
		{"[{figure: overdraft_cost, at_most: 0 USD/day}]", 1},
		{"[{figure: high_wait_mean, at_most: 4m}, {figure: cost_efficiency, at_least: 100%}]", 0.27},
	} {
		s := objective(t, "{maximise: throughput_gain, constraints: "+c.constraints+"}").Score(fourDays())
		if math.Abs(s.Violation-c.want) > 1e-9 || s.Feasible() != (c.want == 0) {
			t.Errorf("%s: got %+v, want %g", c.constraints, s, c.want)
		}
	}
}

func TestAFeasiblePointIsBetterThanAnyOther(t *testing.T) {
	unknown := Score{Value: math.NaN()}
	for _, way := range []string{"maximise", "minimise"} {
		o := objective(t, "{"+way+": throughput_gain}")
		best, second := Score{true, 9, 0}, Score{true, 7, 0}
		if way == "minimise" {
			best, second = second, best
		}
		order := []Score{best, second, {true, 8, 0.1}, {true, 8, 0.2}, unknown}
		for i := range order {
			for j := range order {
				if got := o.Compare(order[i], order[j]); got < 0 != (i < j) || got > 0 != (i > j) {
					t.Errorf("%s: %+v against %+v: %d", way, order[i], order[j], got)
				}
			}
		}
	}
}

// The days' parts of a weighted sum have the sum itself as their mean, and of one figure the same gain as the figure.
func TestAWeightedSumsGainIsTheDifferenceOfItsScores(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		draw := func(name string) [][]Day {
			days := make([][]Day, 2)
			for i := range days {
				for range 10 {
					days[i] = append(days[i], Day{Seconds: 86400, Work: rapid.Int64Range(100, 200).Draw(rt, name), WorkAlone: rapid.Int64Range(50, 99).Draw(rt, name),
						Cost: models.MicroUSD(rapid.Int64Range(0, 1e6).Draw(rt, name)), List: models.MicroUSD(rapid.Int64Range(1e6, 2e6).Draw(rt, name))})
				}
			}
			return days
		}
		a, b := draw("a"), draw("b")
		o := objective(t, "{weights: [{figure: throughput_gain, weight: 2}, {figure: cost_efficiency, weight: -0.5}]}")
		for _, same := range []bool{false, true} {
			want := o.Score(a).Value - o.Score(b).Value
			got := o.Gain(measure.Pairing{Seed: 1, SameInput: same}, a, b)
			if math.Abs(got.Value-want) > 1e-6 {
				rt.Errorf("same days %v: gain %g, and the scores differ by %g", same, got.Value, want)
			}
			if days := map[bool]int{false: 20, true: 10}[same]; got.N != days {
				rt.Errorf("%d days, want %d", got.N, days)
			}
		}
		one := objective(t, "{weights: [{figure: throughput_gain, weight: 1}]}")
		if got, want := one.Gain(measure.Pairing{Seed: 1}, a, b), known("throughput_gain").Gain(measure.Pairing{Seed: 1}, a, b); got != want {
			rt.Errorf("got %+v, want %+v", got, want)
		}
	})
}

func TestGoalsSayWhichWayIsBetter(t *testing.T) {
	o := objective(t, "{weights: [{figure: throughput_gain, weight: 1}, {figure: overdraft_cost, weight: -5}], "+
		"constraints: [{figure: cost_efficiency, at_least: 95%}, {figure: overdraft_cost, at_most: 9 USD/day}]}")
	var got []string
	for _, g := range o.Goals() {
		word := "more"
		if g.Way == stats.LessIsBetter {
			word = "less"
		}
		got = append(got, g.Key+" "+word)
	}
	if text := strings.Join(got, ", "); text != "throughput_gain more, overdraft_cost less, cost_efficiency more" {
		t.Errorf("got %s", text)
	}
	if text := o.String(); text != "maximise 1 x throughput gain + -5 x overdraft cost a day, cost efficiency at least 95%, overdraft cost a day at most 9 USD/day" {
		t.Errorf("got %s", text)
	}
}

func TestEveryFigureHasADefinition(t *testing.T) {
	for _, f := range figures() {
		if f.Name == "" || f.Definition == "" || f.Unit == "" || f.Way == 0 {
			t.Errorf("%+v", f)
		}
	}
}

func TestObjectivesThatSayNothingAreRefused(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"{}", "expected one of maximise, minimise and weights"},
		{"{maximise: throughput_gain, minimise: overdraft_cost}", "expected one of maximise, minimise and weights"},
		{"{maximise: throughput_gein}", `unknown figure "throughput_gein": did you mean "throughput_gain"?`},
		{"{maximise: profit}", `unknown figure "profit": expected one of throughput_gain, capacity_gain, `},
		{"{weights: [{figure: profit, weight: 1}]}", `unknown figure "profit"`},
		{"{weights: [{figure: throughput_gain, weight: 0}]}", "weight of throughput_gain is 0"},
		{"{maximise: throughput_gain, constraints: [{figure: cost_efficiency, at_least: 95}]}", `cost_efficiency: "95": expected a percentage such as 95%`},
		{"{maximise: throughput_gain, constraints: [{figure: high_wait_mean, at_most: 10}]}", `high_wait_mean: "10": expected a duration such as 10m`},
		{"{maximise: throughput_gain, constraints: [{figure: overdraft_cost, at_most: 10}]}", `overdraft_cost: "10": expected a number with its unit, such as 20 USD/day`},
		{"{maximise: throughput_gain, constraints: [{figure: overdraft_cost, at_most: 10 USD}]}", "such as 20 USD/day"},
		{"{maximise: throughput_gain, constraints: [{figure: cost_efficiency}]}", "cost_efficiency: expected at_least or at_most"},
		{"{maximise: throughput_gain, constraints: [{figure: cost_efficiency, at_least: 9%, at_most: 99%}]}", "cost_efficiency: expected at_least or at_most"},
	} {
		_, err := Parse("x.yaml", []byte("experiment: x\nscenario: s\npolicies: [full]\nobjective: "+test.text))
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "x.yaml:") {
			t.Errorf("%s: got %v, want %s", test.text, err, test.want)
		}
	}
}
