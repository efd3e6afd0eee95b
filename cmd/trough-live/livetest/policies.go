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
	after    time.Duration // of Week, when it begins to have something to say; 0: it has on the recorded day
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
			p.after = 24 * time.Hour // Monday evening in New York
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
	s := scenario(tb, name)
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
	return p, true
}

func scenario(tb testing.TB, name string) *sim.Scenario {
	tb.Helper()
	text, err := sim.BuiltinFile(name)
	if err != nil {
		tb.Fatal(err)
	}
	s, err := sim.ParseScenario(name+".yaml", text)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// Day is a day in which the policy has something to decide: the recorded one of three pools, the first of the scenario whose borrowers
// the policy is about, or one of Week's.
func (p *Policy) Day(tb testing.TB, testdata string) *sim.Built {
	tb.Helper()
	switch {
	case p.after > 0:
		return Week(tb, p.after, 24*time.Hour)
	case p.scenario == "":
		return Small(tb, testdata)
	}
	built, err := scenario(tb, p.scenario).Build(files{filepath.Join(testdata, "traces")})
	if err != nil {
		tb.Fatal(err)
	}
	built.World.Until = min(built.World.Until, built.World.Start.Add(24*time.Hour))
	return built
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
