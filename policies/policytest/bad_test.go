package policytest

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"trough.internal/models"
	"trough.internal/policies"
)

// honest is a small policy that keeps every promise: it holds a third of what is available, plus one when it was asked an
// even number of times. Each bad policy is the honest one with one fault.
type honest struct{ Asked int }

func (*honest) Every() time.Duration        { return time.Minute }
func (*honest) Limits() policies.Limits     { return policies.Limits{BorrowedMax: 100} }
func (h *honest) Snapshot() ([]byte, error) { return json.Marshal(h) }
func (h *honest) Restore(data []byte) error { *h = honest{}; return json.Unmarshal(data, h) }

func (h *honest) Decide(obs *models.Observation, out *models.Decision) {
	out.Reset()
	h.Asked++
	for c := range out.Target {
		p := c / len(obs.Borrowers)
		switch {
		case obs.Evacuate[obs.RegionOf[p]]:
			out.Keep[c], out.KeepCause[c] = 0, models.ByEvacuation
		case obs.InUse[p] == models.Unknown:
			out.Target[c] = obs.Held(c)
		default:
			out.Target[c] = max(0, obs.Reserved[p]-obs.InUse[p]-1)/3 + int32(h.Asked%2)
			out.Target[c] = min(out.Target[c], obs.Reserved[p]/int32(len(obs.Borrowers)), obs.Held(c)+free(obs, p)/int32(len(obs.Borrowers)))
		}
	}
}

func free(obs *models.Observation, p int) int32 {
	n := obs.Reserved[p] - obs.InUse[p]
	for c := p * len(obs.Borrowers); c < (p+1)*len(obs.Borrowers); c++ {
		n -= obs.Held(c) + obs.Finishing[c] + obs.Leaving[c]
	}
	return max(0, n)
}

// bad is the honest policy with a fault: what to do after its decision.
type bad struct {
	honest
	fault func(b *bad, obs *models.Observation, out *models.Decision)
	other int32               // never in the snapshot
	kept  *models.Observation // never in the snapshot
}

func (b *bad) Decide(obs *models.Observation, out *models.Decision) {
	b.honest.Decide(obs, out)
	b.fault(b, obs, out)
}

func (b *bad) Limits() policies.Limits { return policies.Limits{BorrowedMax: 100 + b.other/1000} }

var shared int32

func TestEveryCheckFires(t *testing.T) {
	type fault = func(b *bad, obs *models.Observation, out *models.Decision)
	faults := []struct {
		name, says string
		fault      fault
	}{
		// Which promise these two break first is the clock's and the variable's affair, and rapid may call it flaky: any failure
		// will do.
		{"counts in a variable of the package", "[rapid] f", func(_ *bad, _ *models.Observation, out *models.Decision) {
			shared++
			out.Target[0] = min(out.Target[0], shared%7)
		}},
		{"looks at the clock", "[rapid] f", func(_ *bad, _ *models.Observation, out *models.Decision) {
			out.Target[0] = min(out.Target[0], int32(time.Now().UnixNano()/100%7))
		}},
		{"writes to the observation", "wrote to the observation", func(_ *bad, obs *models.Observation, _ *models.Decision) {
			obs.Idle[0]++
		}},
		{"keeps the observation", "keeps of an observation", func(b *bad, obs *models.Observation, out *models.Decision) {
			if b.kept != nil && b.kept.Reserved[0] < 0 {
				out.Target[0] = 0
			}
			b.kept = obs
		}},
		{"counts relatively", "below zero", func(_ *bad, obs *models.Observation, out *models.Decision) {
			out.Target[0] = -1
		}},
		{"reads the future", "the future changed", func(_ *bad, obs *models.Observation, out *models.Decision) {
			if n := len(obs.InUse); cap(obs.InUse) > n && obs.InUse[:n+1][n] != 0 {
				out.Target[0] = 0
			}
		}},
		{"takes the unknown for idle", string(Unknown), func(_ *bad, obs *models.Observation, out *models.Decision) {
			for c := range out.Target {
				if p := c / len(obs.Borrowers); obs.InUse[p] == models.Unknown && !obs.Evacuate[obs.RegionOf[p]] {
					out.Target[c] = obs.Reserved[p] / int32(len(obs.Borrowers))
				}
			}
		}},
		{"holds more than is reserved", string(Reserved), func(_ *bad, obs *models.Observation, out *models.Decision) {
			if obs.InUse[0] != models.Unknown && !obs.Evacuate[obs.RegionOf[0]] {
				out.Target[0] = obs.Reserved[0] + 1
			}
		}},
		{"launches into an overdraft", string(Available), func(_ *bad, obs *models.Observation, out *models.Decision) {
			for c := range out.Target {
				p, b := c/len(obs.Borrowers), c%len(obs.Borrowers)
				if obs.InUse[p] != models.Unknown && !obs.Evacuate[obs.RegionOf[p]] {
					out.Target[c] = 0
					if b == int(obs.Now/60%2)%len(obs.Borrowers) {
						out.Target[c] = max(0, obs.Reserved[p]-obs.InUse[p])
					}
				}
			}
		}},
		{"stays where it should leave", string(Evacuated), func(_ *bad, obs *models.Observation, out *models.Decision) {
			if obs.Evacuate[obs.RegionOf[0]] {
				out.Keep[0] = models.NoLimit
			}
		}},
		{"ends by force without a cause", "without a cause", func(_ *bad, obs *models.Observation, out *models.Decision) {
			if !obs.Evacuate[obs.RegionOf[0]] {
				out.Keep[0] = 1000
			}
		}},
		{"raises its limits", "Every or Limits changed", func(b *bad, _ *models.Observation, _ *models.Decision) { b.other += 300 }},
		{"forgets a part in the snapshot", "snapshot lacks something", func(b *bad, _ *models.Observation, out *models.Decision) {
			if b.other++; b.other%4 == 0 {
				clear(out.Target)
			}
		}},
		{"favours the first pool", string(Permuted), func(_ *bad, obs *models.Observation, out *models.Decision) {
			for c := len(obs.Borrowers); c < len(out.Target); c++ {
				if obs.InUse[c/len(obs.Borrowers)] != models.Unknown {
					out.Target[c] = 0
				}
			}
		}},
		{"decides differently when watched", "a trail was asked for", func(_ *bad, _ *models.Observation, out *models.Decision) {
			if out.Trail != nil {
				out.Target[0] = 0
			}
		}},
	}
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			message := verdict(func() policies.Policy { return &bad{fault: f.fault} })
			if !strings.Contains(message, f.says) {
				t.Errorf("expected %q, got %q", f.says, message)
			}
		})
	}
}

func TestTheHonestPolicyPasses(t *testing.T) {
	Check(t, func() policies.Policy { return &honest{} })
}

func TestPolicyThatNeverAsksIsRefused(t *testing.T) {
	if message := verdict(func() policies.Policy { return &hasty{} }); !strings.Contains(message, "Every is 0s") {
		t.Errorf("got %q", message)
	}
}

type hasty struct{ honest }

func (*hasty) Every() time.Duration { return 0 }

func TestPolicyThatLosesWhatWasRestoredIsRefused(t *testing.T) {
	if message := verdict(func() policies.Policy { return &forgetful{} }); !strings.Contains(message, "snapshot lacks something") {
		t.Errorf("got %q", message)
	}
	if message := verdict(func() policies.Policy { return &choosy{} }); !strings.Contains(message, "Restore of its own snapshot") {
		t.Errorf("got %q", message)
	}
}

func TestPolicyThatDoesNotResetIsRefused(t *testing.T) {
	if message := verdict(func() policies.Policy { return &lazy{} }); !strings.Contains(message, "what was in the decision before") {
		t.Errorf("got %q", message)
	}
}

// lazy borrows nothing and does not say so.
type lazy struct{ honest }

func (*lazy) Decide(obs *models.Observation, out *models.Decision) {
	for c := range out.Target {
		if obs.Evacuate[obs.RegionOf[c/len(obs.Borrowers)]] {
			out.Keep[c], out.KeepCause[c] = 0, models.ByEvacuation
		}
	}
}

type forgetful struct{ honest }

func (*forgetful) Restore([]byte) error { return nil }

type choosy struct{ honest }

func (*choosy) Restore([]byte) error { return fmt.Errorf("not today") }

// verdict is what Check says of a policy, and nothing if it passes.
func verdict(fresh func() policies.Policy) string {
	var r recorder
	done := make(chan struct{})
	go func() {
		defer close(done)
		Check(&r, fresh)
	}()
	<-done
	return r.said.String()
}

// recorder is a test that fails without failing this one.
type recorder struct {
	testing.TB // nil: whatever is not here is not called
	said       strings.Builder
	failed     bool
}

func (r *recorder) Helper()                   {}
func (r *recorder) Name() string              { return "recorder" }
func (r *recorder) Failed() bool              { return r.failed }
func (r *recorder) Log(args ...any)           { fmt.Fprintln(&r.said, args...) }
func (r *recorder) Logf(f string, a ...any)   { fmt.Fprintf(&r.said, f+"\n", a...) }
func (r *recorder) Error(args ...any)         { r.failed = true; r.Log(args...) }
func (r *recorder) Errorf(f string, a ...any) { r.failed = true; r.Logf(f, a...) }
func (r *recorder) Fail()                     { r.failed = true }
func (r *recorder) FailNow()                  { r.failed = true; runtime.Goexit() }
func (r *recorder) Fatal(args ...any)         { r.Log(args...); r.FailNow() }
func (r *recorder) Fatalf(f string, a ...any) { r.Logf(f, a...); r.FailNow() }

func TestMain(m *testing.M) {
	flag.Parse()
	// Policies that are bad on purpose leave no files, and nobody reads their smallest market.
	for name, value := range map[string]string{"rapid.nofailfile": "true", "rapid.shrinktime": "0s"} {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
