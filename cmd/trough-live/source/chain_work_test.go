package source

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"trough.internal/cmd/trough-live/fleet"
	"trough.internal/models"
)

func workChain() (*WorkChain, []*said) {
	c := &WorkChain{Borrowers: []string{"encoding"}, AgeMax: 3 * time.Minute, Patience: time.Minute, Agree: 2, Apart: Apart{Least: 5, Share: 0.05}}
	list := []*said{new(said), new(said)}
	for s := range list {
		c.Sources = append(c.Sources, NamedWork{string(rune('A' + s)), list[s]})
	}
	return c, list
}

// wants makes a source say how many are queued.
func (s *said) wants(at models.Instant, queued int32) {
	s.work, s.err = []models.Workload{{AsOf: at, Queued: [models.Classes]int32{queued}}}, nil
}

// demand is what a chain says is queued, or -1 where it says nothing.
func demand(c *WorkChain, now models.Instant) (queued int32, notes string) {
	into := make([]models.Workload, 1)
	if err := c.Workload(context.Background(), now, into); err != nil {
		return -1, err.Error() + "\n" + strings.Join(c.Remarks().Notes, "\n")
	}
	return into[0].Queued[0], strings.Join(c.Remarks().Notes, "\n")
}

func TestAnotherSourceOfWorkIsBelievedWhenItWasGoodTwiceInSuccession(t *testing.T) {
	c, s := workChain()
	now := noon
	for i, step := range []struct {
		a, b int32 // -1 is down
		want int32
		says string
	}{
		{-1, 500, 500, "workload of A: down"}, // at the start the first good one counts
		{100, 500, 500, "sources disagree"}, {100, 500, 100, "workload comes from A instead of B"},
		{-1, 500, -1, "B is not believed before it was good 2 times in succession, and A is not good"},
		{100, 500, 100, ""}, {-1, 500, -1, ""}, {100, 500, 100, ""}, // a source that comes and goes
		{-1, -1, -1, "no source is good"}, {-1, 500, -1, ""}, {-1, 500, 500, "workload comes from B instead of A"},
		{100, 500, 500, ""}, {-1, 500, 500, ""}, {100, 500, 500, ""}, {100, 498, 100, ""},
	} {
		now += 60
		for n, queued := range []int32{step.a, step.b} {
			s[n].wants(now-5, queued)
			if queued < 0 {
				s[n].err = errDown
			}
		}
		if got, notes := demand(c, now); got != step.want || !strings.Contains(notes, step.says) {
			t.Errorf("step %d: %d are queued, want %d; %q", i, got, step.want, notes)
		}
	}
}

// TestEachRuleOfTheChainOfWorkPreventsItsHazard: without the rule the harm is done.
func TestEachRuleOfTheChainOfWorkPreventsItsHazard(t *testing.T) {
	for rule, play := range map[string]func(*WorkChain, []*said) string{
		"agree": func(c *WorkChain, s []*said) string {
			var seen []int32
			for n := range 10 {
				now := noon + models.Instant(60*n)
				s[0].wants(now, 100)
				s[1].wants(now, 500)
				if n%2 == 1 {
					s[0].err = errDown
				}
				if got, _ := demand(c, now); got >= 0 && !slices.Contains(seen, got) {
					seen = append(seen, got)
				}
			}
			if len(seen) > 1 {
				return "demand jumps to and fro"
			}
			return ""
		},
		"age": func(c *WorkChain, s []*said) string {
			s[0].wants(noon-181, 5000)
			s[1].wants(noon, 100)
			if got, _ := demand(c, noon); got != 100 {
				return "an old answer counts"
			}
			return ""
		},
	} {
		c, s := workChain()
		if harm := play(c, s); harm != "" {
			t.Errorf("%s: with the rule: %s", rule, harm)
		}
		c, s = workChain()
		c.off = rule
		if play(c, s) == "" {
			t.Errorf("%s: without the rule no harm is done", rule)
		}
	}
}

func TestDemandsThatDisagreeAreToldWithTheirAges(t *testing.T) {
	c, s := workChain()
	s[0].wants(noon-30, 100)
	s[1].wants(noon-10, 105)
	if _, notes := demand(c, noon); notes != "" {
		t.Errorf("five of a hundred apart: %q", notes)
	}
	s[1].wants(noon-10, 106)
	if _, notes := demand(c, noon); notes != "sources disagree on the demand of borrower encoding: A has 100, 30s ago, B 106, 10s ago" {
		t.Errorf("%q", notes)
	}
	s[1].wants(noon-500, 106)
	if _, notes := demand(c, noon); strings.Contains(notes, "disagree") || !strings.Contains(notes, "workload of B: what it says of encoding is 8m20s old: expected 3m0s at most") {
		t.Errorf("one is old: %q", notes)
	}
}

func TestInstancesAreTheYoungestThatAreKnown(t *testing.T) {
	c, _ := workChain()
	old, young := &Workload{instances: Instances{noon - 60, map[string]fleet.Job{"i-1": {}}}}, &Workload{instances: Instances{noon, map[string]fleet.Job{"i-2": {}}}}
	none := &Workload{instances: Instances{AsOf: noon + 60}}
	for _, from := range []*Workload{old, young, none} {
		c.Sources = append(c.Sources, NamedWork{"W", from})
	}
	if got := c.Instances(); got.AsOf != noon || got.Workers == nil {
		t.Errorf("%+v", got)
	}
}
