package livetest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trough.internal/policies"
	"trough.internal/sim"
)

// Policy is one of the project's policies.
type Policy struct {
	Name     string // as in full, cautious.yaml, scenario broker, full margin.share=40%
	Settings *policies.Settings

	scenario string        // the built-in one that it is of, where it is about that one's borrowers; empty: any
	after    time.Duration // how long after midnight (UTC) of Monday, 2015-10-05, its day begins
}

// Policies are all of the project's: the built-in ones, the files of testdata, those that built-in scenarios write out, and the built-in
// ones at the ends of what testdata's experiments tune.
func Policies(tb testing.TB, testdata string) []Policy {
	tb.Helper()
	var list []Policy
	for _, name := range policies.Builtin() {
		list = append(list, Policy{Name: name, Settings: Builtin(tb, name)})
	}
	paths, err := filepath.Glob(filepath.Join(testdata, "policies/*.yaml"))
	if err != nil || paths == nil {
		tb.Fatalf("policies of testdata: %v, %v", paths, err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			tb.Fatal(err)
		}
		set, err := policies.Parse(filepath.Base(path), text)
		if err != nil {
			tb.Fatal(err)
		}
		p := Policy{Name: filepath.Base(path), Settings: set}
		if p.Name == "office-hours.yaml" {
			p.after = 24 * time.Hour // it is by night: from Monday evening in New York
		}
		list = append(list, p)
	}
	for _, name := range sim.Builtin() {
		if p, is := written(tb, name); is {
			list = append(list, p)
		}
	}
	for _, set := range []string{"margin.share=0%", "margin.share=40%", "curfew.windows[0].lead=0m", "curfew.windows[0].lead=90m"} {
		p := Policy{Name: "full " + set, Settings: Builtin(tb, "full")}
		path, value, _ := strings.Cut(set, "=")
		if err := p.Settings.Set(path, value); err != nil {
			tb.Fatal(err)
		}
		list = append(list, p)
	}
	return list
}

// Builtin are the settings of a built-in policy.
func Builtin(tb testing.TB, name string) *policies.Settings {
	tb.Helper()
	set, err := policies.BuiltinSettings(name)
	if err != nil {
		tb.Fatal(err)
	}
	return set
}

// written is the policy that a built-in scenario writes out, if it does not name one.
func written(tb testing.TB, name string) (Policy, bool) {
	s := builtin(tb, name)
	if s.Policy.Kind() != "map" {
		return Policy{}, false
	}
	p := Policy{Name: "scenario " + name, Settings: new(policies.Settings)}
	if err := s.Policy.Decode(p.Settings); err != nil {
		tb.Fatal(err)
	}
	if p.Settings.Broker != nil {
		p.scenario = name
	}
	if name == "netflix-schedule" {
		p.after = 5 * time.Hour // its windows end at midnight in New York, and a driver's first evaluation holds
	}
	return p, true
}

func builtin(tb testing.TB, name string) *sim.Scenario {
	tb.Helper()
	text, err := sim.BuiltinFile(name)
	if err != nil {
		tb.Fatal(err)
	}
	return parse(tb, name+".yaml", string(text))
}

// Day is a day in which the policy has something to decide: the recorded one of three pools or the rest of it, the first of the scenario
// whose borrowers the policy is about, or a later one of Week's.
func (p *Policy) Day(tb testing.TB, testdata string) *sim.Built {
	tb.Helper()
	switch {
	case p.after >= 24*time.Hour:
		return Week(tb, p.after, 24*time.Hour)
	case p.scenario == "":
		return smallFrom(tb, testdata, p.after)
	}
	built := build(tb, testdata, builtin(tb, p.scenario))
	built.World.Until = min(built.World.Until, built.World.Start.Add(24*time.Hour))
	return built
}

// Buys says whether the policy has a strategy that is about bought instances, of which a live driver has none.
func (p *Policy) Buys() bool {
	s := p.Settings
	return s.Scaling != nil || s.Workers != nil || s.Fallback != nil || s.BilledHour != nil
}

// Made is a policy of these settings that remembers nothing yet.
func Made(tb testing.TB, set *policies.Settings) policies.Policy {
	tb.Helper()
	policy, err := policies.New(set)
	if err != nil {
		tb.Fatal(err)
	}
	return policy
}
