package sim

import (
	"slices"
	"testing"
	"time"

	"trough.internal/models"
	"trough.internal/policies"
)

// builtin builds a built-in scenario that needs no files.
func builtin(t testing.TB, name string, change func(*Scenario)) (*Scenario, *Built) {
	t.Helper()
	text, err := BuiltinFile(name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := ParseScenario(name+".yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(s)
	}
	b, err := s.Build(nil)
	if err != nil {
		t.Fatal(err)
	}
	return s, b
}

// policyOf makes the policy that a scenario names or holds.
func policyOf(t testing.TB, s *Scenario) policies.Policy {
	t.Helper()
	if s.Policy.Kind() == "value" {
		p, _, err := policies.Load(s.Policy.String())
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	set := new(policies.Settings)
	if err := s.Policy.Decode(set); err != nil {
		t.Fatal(err)
	}
	p, err := policies.New(set)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func play(t testing.TB, b *Built, p policies.Policy, o Options) Tally {
	t.Helper()
	in, err := b.Inputs()
	if err != nil {
		t.Fatal(err)
	}
	tally, err := New(b.World, in, p, o).Run()
	if err != nil {
		t.Fatal(err)
	}
	return tally
}

func TestBuiltinScenariosWithoutFilesRunTheirPolicies(t *testing.T) {
	s, b := builtin(t, "netflix-realtime", func(s *Scenario) { s.Length = 24 * time.Hour })
	got := play(t, b, policyOf(t, s), Options{})
	if got.Completed == 0 || got.Launched == 0 || got.Evaluations != 1440 {
		t.Errorf("a day of the built-in market: %+v", got)
	}
}

func TestNamesThatAScenarioDoesNotHaveAreRefused(t *testing.T) {
	for want, change := range map[string]func(*Scenario){
		"speeds.m9.xlarge: no pool of the scenario has this type": func(s *Scenario) { s.Speeds = map[string]float64{"m9.xlarge": 2} },
		"physical.us-east-1a/m9.xlarge: the scenario has no such pool: expected one such as us-east-1a/c3.2xlarge": func(s *Scenario) {
			s.Physical = map[string]int32{"us-east-1a/m9.xlarge": 2}
		},
		"base: pool is \"r3.4xlarge\": expected zone/type such as us-east-1a/r3.4xlarge": func(s *Scenario) { s.Base[0].Pool = "r3.4xlarge" },
	} {
		text, err := BuiltinFile("netflix-realtime")
		if err != nil {
			t.Fatal(err)
		}
		s, err := ParseScenario("netflix-realtime.yaml", text)
		if err != nil {
			t.Fatal(err)
		}
		change(s)
		if _, err := s.Build(nil); err == nil || err.Error() != want {
			t.Errorf("%v, expected %s", err, want)
		}
	}
}

// Where the cloud has no more instances than are reserved, what is borrowed is refused to the owners.
func TestPhysicalInstancesAreALimitOfLaunches(t *testing.T) {
	s, b := builtin(t, "netflix-realtime", func(s *Scenario) {
		s.Length, s.Physical = 24*time.Hour, map[string]int32{"us-east-1a/r3.4xlarge": 1}
	})
	refused := &refusals{pool: models.PoolID(slices.IndexFunc(b.World.Pools, func(p models.Pool) bool { return p.Name() == "us-east-1a/r3.4xlarge" }))}
	play(t, b, policyOf(t, s), Options{Sink: refused})
	if refused.launched[0] != 0 || refused.refused[0] == 0 {
		t.Errorf("one instance exists and the owners use more: %d launched, %d refused", refused.launched[0], refused.refused[0])
	}
}

// refusals counts launches and refusals of us-east-1a/r3.4xlarge at 0, of other pools at 1.
type refusals struct {
	pool              models.PoolID
	launched, refused [2]int
}

func (r *refusals) Event(e models.Event) {
	i := 1
	if e.Pool == r.pool {
		i = 0
	}
	switch e.Kind {
	case models.Launched:
		r.launched[i]++
	case models.Refused:
		r.refused[i]++
	}
}
