package policytest

import (
	"testing"

	"trough.internal/policies"
)

// What one strategy keeps back another may let through, so each is also checked in other company.
func TestOtherCompositionsKeepTheirPromises(t *testing.T) {
	for name, file := range map[string]string{
		"no pauses": "availability: {}\noverdraft: {cool_off: 0s}\nmargin: {share: 0%, least: 0}\nevacuation: {hold_off: 0s}\n",
		"slow":      "availability: {hold: surplus}\noverdraft: {cool_off: 1m}\nstepping: {up: 1%, down: 1%, up_least: 3, down_least: 1}\nevacuation: {}\n",
		"few":       "availability: {}\nfair: {tolerance: 0%}\nidle: {after: 1m}\nevacuation: {}\nlimits: {borrowed_max: 30, borrowed_max_per_pool: 12, launches_per_evaluation_max: 5}\n",
	} {
		t.Run(name, func(t *testing.T) {
			s, err := policies.Parse(name, []byte("policy: "+name+"\n"+file))
			if err != nil {
				t.Fatal(err)
			}
			Check(t, func() policies.Policy {
				policy, err := policies.New(s)
				if err != nil {
					t.Fatal(err)
				}
				return policy
			})
		})
	}
}

func TestBuiltinPoliciesKeepTheirPromises(t *testing.T) {
	exempt := map[string][]Promise{
		"never":        {Evacuated},
		"availability": {Evacuated},
		"schedule":     {Evacuated, Unknown, Reserved, Available},
	}
	for _, name := range policies.Builtin() {
		t.Run(name, func(t *testing.T) {
			Check(t, func() policies.Policy {
				policy, _, err := policies.Load(name)
				if err != nil {
					t.Fatal(err)
				}
				return policy
			}, exempt[name]...)
		})
	}
}
