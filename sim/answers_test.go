package sim

import (
	"testing"

	"pgregory.net/rapid"

	"trough.internal/models"
	"trough.internal/policies"
)

// answers counts what a policy is told of its launches.
type answers struct{ launched, refused int64 }

func (a *answers) Decision(obs *models.Observation, _ *models.Decision) {
	for c := range obs.Launched {
		a.launched += int64(obs.Launched[c])
		a.refused += int64(obs.Refused[c])
	}
}

// After the last evaluation nobody asks; everything before is told once.
func TestPolicyIsToldOnceOfEveryLaunchGrantedOrRefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawDisturbed(t)
		c.world.Refused = rapid.SampledFrom([]float64{0, 0.3, 1}).Draw(t, "refused")
		b, _ := c.disturb(t, "- {kind: outage, at: +10m, length: 20m, zone: r0a}\n", 7)
		in, err := b.Inputs()
		if err != nil {
			t.Fatal(err)
		}
		policy, err := policies.New(c.settings)
		if err != nil {
			t.Fatal(err)
		}
		told, happened, events := &answers{}, answers{}, eventList{}
		e := New(b.World, in, policy, Options{Sink: &events, Decisions: told})
		if _, err := e.Run(); err != nil {
			t.Fatal(err)
		}
		for _, event := range events {
			switch event.Kind {
			case models.Launched:
				happened.launched++
			case models.Refused:
				happened.refused++
			}
		}
		for cell := range e.obs.Launched { // not told any more
			told.launched += int64(e.obs.Launched[cell])
			told.refused += int64(e.obs.Refused[cell])
		}
		if *told != happened {
			t.Fatalf("told of %+v, and what happened is %+v", *told, happened)
		}
	})
}
