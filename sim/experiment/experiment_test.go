package experiment

import (
	"strings"
	"testing"

	"trough.internal/policies"
	"trough.internal/sim"
)

const baseText = `
scenario: s
from: 2015-10-05T00:00:00Z
length: 28d
market: {scale: 0.02}
encoding: {load: 0.1}
policy: full
`

func base(t *testing.T) *sim.Scenario {
	t.Helper()
	s, err := sim.ParseScenario("s.yaml", []byte(baseText))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func parse(t *testing.T, text string) *Experiment {
	t.Helper()
	e, err := Parse("x.yaml", []byte("experiment: x\nscenario: s\npolicies: [full]\n"+text))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func builtin(t *testing.T, names ...string) []*policies.Settings {
	t.Helper()
	var list []*policies.Settings
	for _, name := range names {
		s, err := policies.BuiltinSettings(name)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, s)
	}
	return list
}

func lay(t *testing.T, text string) *Plan {
	t.Helper()
	p, err := Lay(parse(t, text), base(t), builtin(t, "full"), nil, "engine")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAGridHasEveryCombinationAndACellForEachSeed(t *testing.T) {
	p := lay(t, `
axes:
  - {set: policy.margin.share, values: [0%, 5%]}
  - {set: scenario.telemetry.lag, from: 1m, to: 3m, steps: 3}
seeds: 2
first_seed: 7
`)
	var got []string
	for i := range p.Points {
		got = append(got, p.Values(&p.Points[i]))
		if share := p.Points[i].Policy.Margin.Share.String(); share != p.Points[i].Values[0] {
			t.Errorf("point %d: the policy's share is %s", i+1, share)
		}
		if lag := durationText(p.Points[i].Scenario.Telemetry.Lag); lag != p.Points[i].Values[1] {
			t.Errorf("point %d: the scenario's lag is %s", i+1, lag)
		}
	}
	want := "policy.margin.share=0%, scenario.telemetry.lag=1m|policy.margin.share=0%, scenario.telemetry.lag=2m|policy.margin.share=0%, scenario.telemetry.lag=3m|" +
		"policy.margin.share=5%, scenario.telemetry.lag=1m|policy.margin.share=5%, scenario.telemetry.lag=2m|policy.margin.share=5%, scenario.telemetry.lag=3m"
	if strings.Join(got, "|") != want {
		t.Errorf("points %q", got)
	}
	if len(p.Cells) != 12 || p.Cells[0].Seed != 7 || p.Cells[2].Seed != 8 {
		t.Fatalf("%d cells, the first of seed %d", len(p.Cells), p.Cells[0].Seed)
	}
	for i := 1; i < len(p.Cells); i += 2 { // the two points that differ in their policy alone share a world
		a, b := p.Cells[i-1], p.Cells[i]
		if a.Point.World != b.Point.World || a.Seed != b.Seed || a.Point.Values[1] != b.Point.Values[1] {
			t.Errorf("cells %d and %d do not share a world: %+v %+v", i-1, i, a, b)
		}
	}
}

// Every world has a reference: the first policy as it is. Where it is among the points already, it is that one.
func TestEveryPointHasAReferenceInItsWorld(t *testing.T) {
	for _, test := range []struct {
		axis   string
		points int
	}{{"{set: policy.margin.share, values: [0%, 5%]}", 4}, {"{set: policy.margin.share, values: [0%, 7%]}", 6}} {
		p := lay(t, "axes: ["+test.axis+", {set: scenario.telemetry.lag, values: [1m, 2m]}]")
		if len(p.Points) != test.points {
			t.Errorf("%s: %d points, expected %d", test.axis, len(p.Points), test.points)
		}
		for i := range p.Points {
			r := p.Points[i].Reference
			if r.World != p.Points[i].World || r.Reference != r || r.Policy.Margin.Share != 0.05 || r.Values[0] != "5%" || r.Values[1] != p.Points[i].Values[1] {
				t.Errorf("%s: point %d's reference is %+v", test.axis, i+1, r)
			}
		}
	}
}

func TestARangeKeepsItsEndsAndItsUnit(t *testing.T) {
	for _, test := range []struct{ axis, want string }{
		{"{set: policy.a, from: 0%, to: 10%, steps: 3}", "0% 5% 10%"},
		{"{set: policy.a, from: 1%, to: 16%, steps: 5, scale: log}", "1% 2% 4% 8% 16%"},
		{"{set: policy.a, from: 30s, to: 1h, steps: 2}", "30s 1h"},
		{"{set: policy.a, from: 1, to: 4, steps: 3}", "1 3 4"}, // whole numbers stay whole
		{"{set: policy.a, from: 1.0, to: 4, steps: 3}", "1 2.5 4"},
		{"{set: policy.a, from: 1m, to: 1h, steps: 3, scale: log}", "1m 7m45s 1h"},
		{"{set: policy.a, values: [on, 7]}", "on 7"},
	} {
		e := parse(t, "axes: ["+test.axis+"]")
		if got := strings.Join(e.Axes[0].levels(), " "); got != test.want {
			t.Errorf("%s: got %s, want %s", test.axis, got, test.want)
		}
		for i, v := range e.Axes[0].levels() {
			place := e.Axes[0].Place(v)
			if e.Axes[0].Ranged() && e.Axes[0].at(place) != v || !e.Axes[0].Ranged() && place != float64(i) {
				t.Errorf("%s: %s stands at %v", test.axis, v, place)
			}
		}
	}
}

func TestALatinHypercubeHasOnePointInEachPartOfEveryAxis(t *testing.T) {
	e := parse(t, "sampling: latin-hypercube\npoints: 20\naxes: [{set: policy.a, from: 0.0, to: 20.0}, {set: policy.b, from: 0.0, to: 20.0}]")
	for axis := range e.Axes {
		seen := map[int]bool{}
		for _, point := range e.layout() {
			seen[int(e.Axes[axis].Place(point[axis])*20)] = true
		}
		if len(seen) != 20 {
			t.Errorf("axis %d: %d of 20 parts have a point", axis, len(seen))
		}
	}
	again := parse(t, "sampling: latin-hypercube\npoints: 20\naxes: [{set: policy.a, from: 0.0, to: 20.0}, {set: policy.b, from: 0.0, to: 20.0}]\nsample_seed: 2")
	if e.layout()[0][0] == again.layout()[0][0] {
		t.Error("another seed draws the same points")
	}
}

func TestAHaltonSequenceKeepsItsPointsWhenMoreAreAskedFor(t *testing.T) {
	text := "sampling: halton\naxes: [{set: policy.a, from: 0.0, to: 1.0}, {set: policy.b, from: 0.0, to: 1.0}]\npoints: "
	few, many := parse(t, text+"9").layout(), parse(t, text+"81").layout()
	for i := range few {
		if few[i][0] != many[i][0] || few[i][1] != many[i][1] {
			t.Errorf("point %d: %v became %v", i, few[i], many[i])
		}
	}
	halves := 0
	for _, point := range many {
		if point[0] < "0.5" {
			halves++
		}
	}
	if halves < 38 || halves > 43 {
		t.Errorf("%d of 81 points are in the lower half", halves)
	}
}

// An address changes with everything that a result depends on, and with nothing else.
func TestAnAddressIsAllThatAResultDependsOn(t *testing.T) {
	of := func(text, scenario, engine string, inputs map[string]string, seed uint64) Address {
		s, err := sim.ParseScenario("s.yaml", []byte(scenario))
		if err != nil {
			t.Fatal(err)
		}
		e := parse(t, text)
		e.FirstSeed = seed
		p, err := Lay(e, s, builtin(t, "full"), inputs, engine)
		if err != nil {
			t.Fatal(err)
		}
		return p.Cells[0].Address
	}
	one := "axes: [{set: policy.margin.share, values: [7%]}]"
	first := of(one, baseText, "e", map[string]string{"a": "1"}, 1)
	for name, other := range map[string]Address{
		"parameter": of(strings.ReplaceAll(one, "7%", "8%"), baseText, "e", map[string]string{"a": "1"}, 1),
		"scenario":  of(one, strings.ReplaceAll(baseText, "0.02", "0.03"), "e", map[string]string{"a": "1"}, 1),
		"engine":    of(one, baseText, "f", map[string]string{"a": "1"}, 1),
		"input":     of(one, baseText, "e", map[string]string{"a": "2"}, 1),
		"seed":      of(one, baseText, "e", map[string]string{"a": "1"}, 2),
	} {
		if other == first {
			t.Errorf("another %s has the same address", name)
		}
	}
	for name, other := range map[string]Address{
		"more axes' values":            of(strings.ReplaceAll(one, "7%", "7%, 9%"), baseText, "e", map[string]string{"a": "1"}, 1),
		"more seeds":                   of(one+"\nseeds: 9", baseText, "e", map[string]string{"a": "1"}, 1),
		"defaults that are written":    of(one, baseText+"load: 1\n", "e", map[string]string{"a": "1"}, 1),
		"the policy of the scenario":   of(one, strings.ReplaceAll(baseText, "policy: full", "policy: never"), "e", map[string]string{"a": "1"}, 1),
		"the seed that it states":      of(one, baseText+"seed: 9\n", "e", map[string]string{"a": "1"}, 1),
		"the same value, written else": of(strings.ReplaceAll(one, "7%", "7.0%"), baseText, "e", map[string]string{"a": "1"}, 1),
	} {
		if other != first {
			t.Errorf("%s: another address", name)
		}
	}
}

func TestWhatCannotBeLaidOutIsRefusedInOneLine(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"axes: [{set: policy.margin.share}]", "policy.margin.share has no values: expected values, or from and to"},
		{"axes: [{set: margin.share, values: [1%]}]", `set is "margin.share": expected policy. or scenario.`},
		{"axes: [{set: policy.a, from: 1%, to: 5m, steps: 2}]", "from is 1% and to is 5m: expected the same unit"},
		{"axes: [{set: policy.a, from: 5%, to: 1%, steps: 2}]", "expected a range that rises"},
		{"axes: [{set: policy.a, from: 0%, to: 1%, steps: 2, scale: log}]", "from is 0%: expected more than 0 for scale: log"},
		{"axes: [{set: policy.a, from: 0%, to: 1%, steps: 1}]", "steps is 1: expected at least 2"},
		{"axes: [{set: policy.a, from: much, to: 1%, steps: 2}]", `from is "much": expected a percentage, a duration or a number`},
		{"axes: [{set: policy.a, values: [1], steps: 3}]", "expected values, or from, to, steps and scale, not both"},
		{"axes: [{set: policy.a, values: [1]}, {set: policy.a, values: [2]}]", "axes[1].set is policy.a, like that of axes[0]"},
		{"sampling: halton\naxes: [{set: policy.a, from: 0, to: 1}]", "points is 0: expected how many points sampling halton lays out"},
		{"sampling: halton\npoints: 3", "axes is empty: expected at least one parameter for sampling halton"},
		{"points: 3", "points is 3: a grid has one for each combination"},
		{"train: [{until: 14d}]\ntest: [{from: 13d, until: 28d}]", "train[0] and test[0] overlap"},
		{"train: [{until: 14d}]\ntest: [{from: 14d, until: 28d}]", "train[0] and test[0] are 0s apart: expected at least 24h0m0s (embargo)"},
		{"train: [{until: 14d}, {from: 7d, until: 21d}]", "two spans overlap"},
		{"train: [{from: 7d, until: 7d}]", "expected whole days, of 24 hours, and at least one"},
		{"policies: []", "policies"},
	} {
		text := "experiment: x\nscenario: s\npolicies: [full]\n" + test.text
		if strings.HasPrefix(test.text, "policies") {
			text = "experiment: x\nscenario: s\n" + test.text
		}
		_, err := Parse("x.yaml", []byte(text))
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "x.yaml:") {
			t.Errorf("%s: got %v, want %s", test.text, err, test.want)
		}
	}
	for _, test := range []struct{ text, want string }{
		{"axes: [{set: policy.margin.share, from: 0%, to: 1%}]", "axes[0]: expected steps beside from and to"},
		{"axes: [{set: policy.margin.shares, values: [1%]}]", `did you mean "share"?`},
		{"axes: [{set: scenario.telemetri.lag, values: [1m]}]", `did you mean "telemetry"?`},
		{"axes: [{set: scenario.seed, values: [1]}]", "an experiment's own: expected policies and seeds"},
		{"axes: [{set: policy.margin.share, values: [5]}]", `expected a percentage such as "5%"`},
		{"axes: [{set: policy.margin.share, values: [5%, 5.0%]}]", "points 1 and 2 are the same cell"},
		{"test: [{from: 21d, until: 35d}]", "test[0] ends 840h0m0s after the scenario's start: the scenario is 672h0m0s long"},
	} {
		_, err := Lay(parse(t, test.text), base(t), builtin(t, "full"), nil, "e")
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %s", test.text, err, test.want)
		}
	}
}
