package policytest

import (
	"testing"

	"trough.internal/policies"
)

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
