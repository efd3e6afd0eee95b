package experiment

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"trough.internal/models"
	"trough.internal/policies"
	"trough.internal/sim"
)

const provingText = `
scenario: s
from: 2015-10-05T00:00:00Z
length: 12h
market: {scale: 0.01}
encoding: {load: 0.1}
base: [{pool: us-east-1a/r3.4xlarge, instances: 2}]
events: [{kind: failover, at: +6h, length: 2h, share: 10%, switch_after: 5m}, {kind: blackout, at: +9h, length: 1h}]
policy: full
`

func proving(t *testing.T) *sim.Built {
	t.Helper()
	s, err := sim.ParseScenario("s.yaml", []byte(provingText))
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Build(nil)
	if err == nil {
		err = b.Decode()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// faulty is policy full with a fault.
type faulty struct {
	policies.Policy
	Count   int // of decisions; what is in the snapshot of it is the fault's affair
	fault   func(f *faulty, obs *models.Observation, out *models.Decision)
	forgets bool
}

func (f *faulty) Decide(obs *models.Observation, out *models.Decision) {
	f.Policy.Decide(obs, out)
	f.Count++
	f.fault(f, obs, out)
}

func (f *faulty) Snapshot() ([]byte, error) {
	memory, err := f.Policy.Snapshot()
	if err != nil {
		return nil, err
	}
	return json.Marshal([]any{f.Count, json.RawMessage(memory)})
}

func (f *faulty) Restore(data []byte) error {
	var parts []json.RawMessage
	if err := json.Unmarshal(data, &parts); err != nil {
		return err
	}
	if !f.forgets {
		if err := json.Unmarshal(parts[0], &f.Count); err != nil {
			return err
		}
	}
	return f.Policy.Restore(parts[1])
}

func TestEveryProofFindsItsFault(t *testing.T) {
	b := proving(t)
	calls := 0
	type decide = func(f *faulty, obs *models.Observation, out *models.Decision)
	for _, test := range []struct {
		promise string
		forgets bool
		fault   decide
	}{
		{"", false, func(*faulty, *models.Observation, *models.Decision) {}},
		{"", false, func(f *faulty, _ *models.Observation, out *models.Decision) {
			out.Target[0] = min(out.Target[0], int32(f.Count%3))
		}},
		{string(policies.PromiseSane), false, func(_ *faulty, _ *models.Observation, out *models.Decision) { out.Target[0] = -1 }},
		{string(policies.PromiseUnknown), false, func(_ *faulty, obs *models.Observation, out *models.Decision) {
			if obs.InUse[0] == models.Unknown {
				out.Target[0] = obs.Held(0) + 1
			}
		}},
		{string(policies.PromiseReserved), false, func(_ *faulty, obs *models.Observation, out *models.Decision) {
			if obs.InUse[1] != models.Unknown && !obs.Evacuate[0] {
				out.Target[1] = obs.Reserved[1] + 1
			}
		}},
		{string(policies.PromiseAvailable), false, func(_ *faulty, obs *models.Observation, out *models.Decision) {
			if obs.InUse[1] != models.Unknown && !obs.Evacuate[0] {
				out.Target[1] = obs.Reserved[1]
			}
		}},
		{string(policies.PromiseEvacuated), false, func(_ *faulty, obs *models.Observation, out *models.Decision) {
			if obs.Evacuate[0] {
				out.Keep[0] = models.NoLimit
			}
		}},
		{"whenever it is run", false, func(_ *faulty, _ *models.Observation, out *models.Decision) {
			calls++
			out.Target[0] = min(out.Target[0], int32(calls%7))
		}},
		{"with a trail", false, func(_ *faulty, _ *models.Observation, out *models.Decision) {
			if out.Trail != nil {
				clear(out.Target)
			}
		}},
		{"written down and read again", true, func(f *faulty, _ *models.Observation, out *models.Decision) {
			out.Target[0] = min(out.Target[0], int32(f.Count%3))
		}},
	} {
		fresh := func() (policies.Policy, error) {
			full, err := policies.BuiltinSettings("full")
			if err != nil {
				return nil, err
			}
			p, err := policies.New(full)
			return &faulty{Policy: p, fault: test.fault, forgets: test.forgets}, err
		}
		proofs, err := Prove(context.Background(), b, fresh, nil)
		if err != nil {
			t.Fatal(err)
		}
		found := test.promise == ""
		for i := range proofs {
			broken := !proofs[i].Kept()
			if test.promise == "" && broken {
				t.Errorf("a policy without fault breaks %q: %s", proofs[i].Promise, proofs[i].First)
			}
			if broken && strings.Contains(proofs[i].Promise, test.promise) && proofs[i].First != "" {
				found = true
			}
		}
		if !found {
			t.Errorf("no proof found the fault against %q: %+v", test.promise, proofs)
		}
	}
}

// A decision that is another one although the future has not begun to differ is a broken promise; those after it are not.
func TestOnlyDecisionsBeforeTheOtherFutureCount(t *testing.T) {
	one := &judged{at: []models.Instant{1, 2, 3}, sums: []uint64{5, 6, 7}}
	other := &judged{at: []models.Instant{1, 2, 3}, sums: []uint64{5, 8, 9}}
	if proof := one.same("p", other, 3); proof.Broken != 1 || proof.Held != 2 || proof.First == "" {
		t.Errorf("got %+v", proof)
	}
	if proof := one.same("p", other, 2); proof.Broken != 0 || proof.Held != 1 {
		t.Errorf("decisions of the changed future count: %+v", proof)
	}
}

// Another future begins where it is said to, and changes what the owners use and the work of jobs; never what is reserved.
func TestAnotherFutureBeginsAtItsCut(t *testing.T) {
	b := proving(t)
	from := (&prover{built: b}).at(0.5)
	was, err := b.Inputs()
	if err != nil {
		t.Fatal(err)
	}
	is, _ := b.Inputs()
	change(&is, from)
	before, after := 0, 0
	for {
		w, err := was.Capacity.Next()
		o, _ := is.Capacity.Next()
		for i, c := range w.Changes {
			switch {
			case c.Reserved != o.Changes[i].Reserved || c.At != o.Changes[i].At || c.At >= from && o.Changes[i].InUse > c.Reserved:
				t.Fatalf("%+v became %+v", c, o.Changes[i])
			case c.At < from && c != o.Changes[i]:
				before++
			case c.At >= from && c != o.Changes[i]:
				after++
			}
		}
		if err != nil {
			break
		}
	}
	if before != 0 || after < 100 {
		t.Errorf("%d changes before the cut are others, and %d after it", before, after)
	}
}
