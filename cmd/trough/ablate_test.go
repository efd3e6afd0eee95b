package main

import (
	"context"
	"math"
	"os"
	"testing"
	"time"
)

// On the built-in market every strategy moves the figure that it is there for, both where it is added to those before it
// and where it is taken out of the whole; and a schedule that gains as much costs far more.
func TestEveryStrategyMovesItsFigureOnTheBuiltInMarket(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: thirty runs of days each")
	}
	a := &app{out: os.Stdout, err: os.Stderr, quiet: true}
	j, err := a.prepare("netflix-realtime", &jobFlags{ledger: "none"})
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("TROUGH_LONG") == "" { // three days for twelve, with the failover at its own hour of the last one
		j.scenario.Length -= 9 * 24 * time.Hour
		j.scenario.Market.Failover.At -= 9 * 24 * time.Hour
		if j.built, err = j.scenario.Build(j.files); err != nil {
			t.Fatal(err)
		}
	}
	c, err := j.candidate("full", nil)
	if err != nil {
		t.Fatal(err)
	}
	o, err := a.runAblation(context.Background(), j, c)
	if err != nil {
		t.Fatal(err)
	}
	if len(o.Adding) != 9 || len(o.Removing) != 8 {
		t.Fatalf("%d strategies added, %d removed: expected 9 and 8", len(o.Adding), len(o.Removing))
	}
	for _, s := range append(o.Adding, o.Removing...) {
		for _, m := range s.Figures {
			// The deepest overdraft of a run is that of one moment in one pool, and stepping need not have held that
			// pool back at the time. Where a figure does not move, the table must say why.
			if !m.Moved && s.Strategy != "stepping" {
				t.Errorf("%s: %s is %g without and %g with it: not %s: %s", s.Strategy, m.Figure, m.Without, m.With, m.Wanted, m.Why)
			}
			if m.Moved == (m.Why != "") {
				t.Errorf("%s: moved %t, and why is %q", s.Strategy, m.Moved, m.Why)
			}
		}
	}
	if s := o.Schedule; math.Abs(s.GainSchedule-s.GainPolicy) > 0.02*s.GainPolicy || s.CostSchedule < 10*s.CostPolicy {
		t.Errorf("a schedule that gains %.1f %% (the policy %.1f %%) costs %.2f USD (the policy %.2f)", s.GainSchedule, s.GainPolicy, s.CostSchedule, s.CostPolicy)
	}
}
