package policies_test

import (
	"strings"
	"testing"

	"trough.internal/models"
	"trough.internal/policies"
	"trough.internal/policies/policytest"
)

// buyer shows a policy a market in which two of three pools are bought from, and of instances that are not there any more
// messages that they are gone, so that the promises of policies are asked of those that buy.
type buyer struct {
	policies.Policy
	of   *models.Pool // of the list that list was made of
	list []models.Pool
}

func (b *buyer) Decide(obs *models.Observation, out *models.Decision) {
	if b.of != &obs.Pools[0] {
		b.of, b.list = &obs.Pools[0], append([]models.Pool{}, obs.Pools...)
		for i := range b.list {
			b.list[i].Kind = [...]models.PoolKind{models.Spot, models.OnDemand, models.Surplus}[b.list[i].Speed/70%3]
		}
	}
	seen := *obs
	seen.Pools = b.list
	seen.Ended, seen.EndedByCloud = obs.Leaving, obs.Finishing
	b.Policy.Decide(&seen, out)
}

func TestPoliciesThatBuyKeepTheirPromises(t *testing.T) {
	for name, file := range map[string]string{
		"group":       "scaling: {groups: [{name: a, max: 40, desired: 30}]}\nevacuation: {}\n",
		"rebalancing": "scaling: {groups: [{name: a, min: 3, max: 40, desired: 30, rebalance: true, cooldown: 3m}]}\nevacuation: {}\n",
		"fallback":    "scaling: {groups: [{name: a, max: 20, desired: 20}]}\nfallback: {target: 20, base: 2, max: 30, lower_after: 5m}\nevacuation: {}\n",
		"messages":    "scaling: {groups: [{name: a, min: 4, max: 20, desired: 20}]}\nfallback: {target: 20, max: 30, lower_after: 5m, messages: {}}\nevacuation: {}\n",
		"every":       "fallback: {max: 30, messages: {count: every}}\nevacuation: {}\n",
		"three kinds": "availability: {}\noverdraft: {}\nfair: {}\nidle: {}\nsmoothing: {}\nstepping: {}\nmargin: {}\nscaling: {groups: [{name: a, max: 40}]}\nfallback: {max: 30}\nevacuation: {}\n",
		"full":        "availability: {}\noverdraft: {}\nfair: {}\nidle: {}\nsmoothing: {}\nstepping: {}\nmargin: {}\nevacuation: {}\ncurfew: {windows: [{cron: \"0 4 * * *\", duration: 2h}]}\n",
	} {
		s, err := policies.Parse(name, []byte("policy: "+name+"\n"+file))
		if err != nil {
			t.Fatal(err)
		}
		fresh := func() policies.Policy {
			policy, err := policies.New(s)
			if err != nil {
				t.Fatal(err)
			}
			return policy
		}
		t.Run(name, func(t *testing.T) { policytest.Check(t, fresh) })
		t.Run(name+", buying", func(t *testing.T) {
			policytest.Check(t, func() policies.Policy { return &buyer{Policy: fresh()} })
		})
	}
}

func TestGroupsThatCannotBeAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"scaling: {groups: [{name: a, min: 5, max: 4}]}":            "group a: min is 5 and max 4: expected min to be at most max",
		"scaling: {groups: [{name: a, max: 4, desired: 5}]}":        "group a: desired is 5: expected 0 to 4, from min to max",
		"scaling: {groups: [{name: a, max: 4}, {name: a, max: 3}]}": "group a is there twice: expected a name for each",
		"scaling: {}":                    "expected at least one of groups",
		"fallback: {min: 5, max: 4}":     "min is 5 and max 4: expected min to be at most max",
		"fallback: {base: 5, max: 4}":    "base is 5 and max 4: expected base to be at most max",
		"fallback: {max: 4}\nmargin: {}": "expected availability or schedule beside",
		"scaling: {groups: [{name: a, max: 4}]}\nfallback: {max: 4}\nstepping: {}":      "expected availability or schedule beside",
		"scaling: {groups: [{name: a, max: 4}]}\nfallback: {max: 4, messages: {of: 3}}": `unknown key "of"`,
	} {
		if _, err := policies.Parse("p.yaml", []byte("policy: p\n"+text+"\n")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, expected %q", text, err, want)
		}
	}
}
