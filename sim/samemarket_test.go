package sim_test

import (
	"bytes"
	"fmt"
	"testing"

	"trough.internal/models/settings"
	"trough.internal/sim"
)

// TestNetflixScenariosShareOneMarket: what they say about each other holds only as long as market, workload, prices and,
// for the schedule, the base fleet and the world are those of netflix-realtime.
func TestNetflixScenariosShareOneMarket(t *testing.T) {
	realtime, schedule, farm := scenarioOf(t, "netflix-realtime"), scenarioOf(t, "netflix-schedule"), scenarioOf(t, "static-farm")
	for _, test := range []struct {
		what string
		of   func(s *sim.Scenario) any
		farm bool
	}{
		{"market, failover aside", func(s *sim.Scenario) any {
			market := *s.Market
			market.Failover = realtime.Market.Failover
			return &market
		}, true},
		{"encoding", func(s *sim.Scenario) any { return s.Encoding }, true},
		{"prices", func(s *sim.Scenario) any { return &s.Prices }, true},
		{"speeds", func(s *sim.Scenario) any { return s.Speeds }, true},
		{"length", func(s *sim.Scenario) any { return s.Length.String() }, true},
		{"dispatch", func(s *sim.Scenario) any { return &s.Dispatch }, true},
		{"base", func(s *sim.Scenario) any { return s.Base }, false},
		{"telemetry", func(s *sim.Scenario) any { return &s.Telemetry }, false},
		{"launches", func(s *sim.Scenario) any { return &s.Launches }, false},
		{"yields", func(s *sim.Scenario) any { return &s.Yields }, false},
	} {
		want := encoded(t, test.of(realtime))
		if got := encoded(t, test.of(schedule)); !bytes.Equal(got, want) {
			t.Errorf("netflix-schedule has other settings of %s than netflix-realtime: %s", test.what, firstDifference(got, want))
		}
		if got := encoded(t, test.of(farm)); test.farm && !bytes.Equal(got, want) {
			t.Errorf("static-farm has other settings of %s than netflix-realtime: %s", test.what, firstDifference(got, want))
		}
	}
	if farm.From != realtime.From {
		t.Errorf("static-farm begins %s, not %s", farm.From, realtime.From)
	}
}

func scenarioOf(t *testing.T, name string) *sim.Scenario {
	text, err := sim.BuiltinFile(name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := sim.ParseScenario(name, text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func encoded(t *testing.T, v any) []byte {
	text, err := settings.Encode(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// firstDifference is the first line that differs.
func firstDifference(got, want []byte) string {
	a, b := bytes.Split(got, []byte("\n")), bytes.Split(want, []byte("\n"))
	for i := range min(len(a), len(b)) {
		if !bytes.Equal(a[i], b[i]) {
			return fmt.Sprintf("%s, not %s", bytes.TrimSpace(a[i]), bytes.TrimSpace(b[i]))
		}
	}
	return "one has more"
}
