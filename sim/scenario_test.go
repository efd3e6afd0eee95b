package sim

import (
	"testing"

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

func TestBuiltinScenariosBuild(t *testing.T) {
	s, b := builtin(t, "netflix-realtime", nil)
	t.Logf("%+v", play(t, b, policyOf(t, s), Options{}))
}
