package experiment

import (
	"testing"

	"trough.internal/models"
	"trough.internal/policies"
	"trough.internal/sim"
)

func full(t *testing.T, changes ...string) policies.Policy {
	t.Helper()
	s, err := policies.BuiltinSettings("full")
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(changes); i += 2 {
		if err := s.Set(changes[i], changes[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	p, err := policies.New(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func runOf(t *testing.T, b *sim.Built, p policies.Policy) sim.Tally {
	t.Helper()
	in, err := b.Inputs()
	if err != nil {
		t.Fatal(err)
	}
	tally, err := sim.New(b.World, in, p, sim.Options{}).Run()
	if err != nil {
		t.Fatal(err)
	}
	return tally
}

func TestForkedToItselfAPolicyRunsAsIfItWereNot(t *testing.T) {
	b := proving(t)
	at := b.World.Start + 3*3600
	fork, err := NewFork(full(t), full(t), at)
	if err != nil {
		t.Fatal(err)
	}
	if forked, was := runOf(t, b, fork), runOf(t, b, full(t)); forked != was || fork.First() != nil {
		t.Errorf("forked %+v, and alone %+v; first divergence %+v", forked, was, fork.First())
	}
}

// Forked at the run's first instant, the run is the other policy's; forked at its end, it is the first one's.
func TestAForkIsTheOtherPolicyFromItsInstantOn(t *testing.T) {
	b := proving(t)
	other := []string{"margin.share", "40%"}
	for _, test := range []struct {
		at   models.Instant
		want sim.Tally
	}{
		{b.World.Start, runOf(t, b, full(t, other...))},
		{b.World.Until, runOf(t, b, full(t))},
	} {
		fork, err := NewFork(full(t), full(t, other...), test.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := runOf(t, b, fork); got != test.want {
			t.Errorf("forked at %s: %+v, want %+v", test.at, got, test.want)
		}
	}
}

func TestTheFirstDivergenceIsNotBeforeTheForkAndSaysWhatBothWanted(t *testing.T) {
	b := proving(t)
	at := b.World.Start + 4*3600 + 30
	fork, err := NewFork(full(t), full(t, "margin.share", "40%"), at)
	if err != nil {
		t.Fatal(err)
	}
	runOf(t, b, fork)
	first := fork.First()
	if first == nil || first.At < at || len(first.Cells) == 0 {
		t.Fatalf("first divergence %+v", first)
	}
	for _, c := range first.Cells {
		if c.Was == c.Is || c.Was.Target < c.Is.Target || c.Is.Cause != models.ByMargin {
			t.Errorf("a wider margin made of %+v %+v", c.Was, c.Is)
		}
	}
}

func TestAForkKeepsIntervalAndLimits(t *testing.T) {
	for _, change := range [][]string{{"evaluate", "2m"}, {"limits.borrowed_max", "7"}} {
		if _, err := NewFork(full(t), full(t, change...), 0); err == nil {
			t.Errorf("%v was accepted", change)
		}
	}
}
