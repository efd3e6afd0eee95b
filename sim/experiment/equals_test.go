package experiment

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"trough.internal/models"
	"trough.internal/models/random"
	"trough.internal/policies"
	"trough.internal/report/measure"
	"trough.internal/report/stats"
	"trough.internal/sim"
)

// equalPools is a market of one type in five zones, so that its pools are as good as each other.
const equalPools = `
scenario: equal-pools
from: 2015-10-05T00:00:00Z
length: 28d
market:
  types: [{name: r3.4xlarge, reserved: 100, autoscales: 50%}]
  zones: [a, b, c, d, e]
  precompute: {instances: 0}
  surges: {per_day: 20, size_min: 5, size_max: 20, one_pool: 100%}
  deploys: {per_day: 0}
  failover: {more: 0%}
encoding: {load: 0.05}
base: [{pool: us-east-1a/r3.4xlarge, instances: 4}]
telemetry: {every: 10m, lag: 1m}
`

// permuted shows a policy equal pools in another order, and so makes another of it that is neither better nor worse.
type permuted struct {
	policies.Policy
	order []int // the pool that the policy sees in each place
	seen  models.Observation
	inner *models.Decision
}

// permute draws the order by an extra seed.
func permute(p policies.Policy, pools int, extra uint64) *permuted {
	order, stream := make([]int, pools), random.New(extra, "equal pools")
	for i := range order {
		j := stream.Int(0, uint64(i), i+1)
		order[i], order[j] = order[j], i
	}
	return &permuted{Policy: p, order: order, inner: models.NewDecision(pools)}
}

// Decide is for one borrower: cells are pools.
func (p *permuted) Decide(obs *models.Observation, out *models.Decision) {
	p.seen = *obs
	for _, column := range []*[]int32{&p.seen.Reserved, &p.seen.InUse, &p.seen.OnOrder, &p.seen.Booting, &p.seen.Idle, &p.seen.Busy, &p.seen.Finishing, &p.seen.Leaving} {
		from := *column
		*column = make([]int32, len(from))
		for place, pool := range p.order {
			(*column)[place] = from[pool]
		}
	}
	p.seen.AsOf = slices.Clone(obs.AsOf)
	for place, pool := range p.order {
		p.seen.AsOf[place] = obs.AsOf[pool]
	}
	p.inner.Reset()
	p.Policy.Decide(&p.seen, p.inner)
	for place, pool := range p.order {
		out.Target[pool], out.Keep[pool] = p.inner.Target[place], p.inner.Keep[place]
		out.Cause[pool], out.KeepCause[pool] = p.inner.Cause[place], p.inner.KeepCause[place]
	}
}

// playPermuted runs policy availability under a seed of the scenario, with its pools in the order of an extra seed.
func playPermuted(t *testing.T, seed, extra uint64) *measure.Result {
	s, err := sim.ParseScenario("equal-pools.yaml", []byte(equalPools))
	if err != nil {
		t.Fatal(err)
	}
	s.Seed = seed
	b, err := s.Build(nil)
	if err != nil {
		t.Fatal(err)
	}
	settings, err := policies.BuiltinSettings("availability")
	if err != nil {
		t.Fatal(err)
	}
	policy, err := policies.New(settings)
	if err != nil {
		t.Fatal(err)
	}
	in, err := b.Inputs()
	if err != nil {
		t.Fatal(err)
	}
	w := &b.World
	acc := measure.New(measure.Setup{Pools: w.Pools, Borrowers: w.Borrowers, From: w.Start, Until: w.Until, Base: w.Base,
		Billing: measure.Billing{Rules: s.BillingRules(), OwnerEnds: s.Billing.OwnerEnds, Seed: s.Seed}})
	if _, err := sim.New(*w, in, permute(policy, b.Lendable(), extra), sim.Options{Sink: acc}).Run(); err != nil {
		t.Fatal(err)
	}
	r := acc.Finish(w.Until)
	return &r
}

// Ten policies that differ from the reference in nothing but the order of equal pools come to other figures, and are called
// better or worse by none of a figure's intervals in at most 5 of 100 comparisons. The short run does 2 comparisons, the
// long one 100.
func TestEqualPoliciesGetNoVerdict(t *testing.T) {
	began := time.Now()
	count := 2
	if os.Getenv("TROUGH_LONG") != "" {
		count = 100
	}
	wrong, differ := map[string]int{}, 0
	for seed := range uint64(count) {
		reference := []*measure.Result{playPermuted(t, seed+1, 0)}
		var candidates [][]*measure.Result
		for extra := range uint64(10) {
			candidates = append(candidates, []*measure.Result{playPermuted(t, seed+1, extra+1)})
		}
		found := map[string]bool{}
		for _, figures := range (measure.Pairing{Seed: seed}).Differences(reference, candidates) {
			for _, f := range figures {
				if f.Evidence == nil {
					continue
				}
				if f.Value != 0 && f.Key == "overdraft_cost" {
					differ++
				}
				found[f.Key] = found[f.Key] || f.Evidence.Verdict == stats.Better || f.Evidence.Verdict == stats.Worse
			}
		}
		for key, is := range found {
			if is {
				wrong[key]++
			}
		}
	}
	t.Logf("wrong verdicts by figure, of %d: %v; %d of %d overdraft costs differ (%s)", count, wrong, differ, 10*count, fmt.Sprint(time.Since(began)))
	if differ < 5*count {
		t.Errorf("only %d of %d overdraft costs differ: the pools' order does not matter enough", differ, 10*count)
	}
	for key, n := range wrong {
		if n > 1 && 20*n > count {
			t.Errorf("%s: %d wrong verdicts of %d", key, n, count)
		}
	}
}
