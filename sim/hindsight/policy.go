package hindsight

import (
	"encoding/json"
	"fmt"
	"time"

	"trough.internal/models"
	"trough.internal/policies"
	"trough.internal/sim"
)

// Policy carries out a plan in the engine: what it comes to is what somebody who knew the future could have reached at
// least. It knows what no policy may know, so that it is in no registry.
type Policy struct {
	plan    Plan
	start   models.Instant
	every   int32 // seconds
	latency int32 // from an order to the launch, at least
	notice  int32
	drain   int32
}

// NewPolicy makes a policy for a world. So many seconds before its plan gives instances back it tells them to yield when idle, and
// those that are still there in the end it gives notice, so that they are gone in time.
func NewPolicy(w *sim.World, plan Plan, drain int32) *Policy {
	p := &Policy{plan: plan, start: w.Start, latency: w.Launch.Shortest(), notice: w.Notice, drain: drain}
	p.every = p.cycle()
	return p
}

// cycle is the longest time between two decisions, of those that divide a minute, at which nothing of the plan comes late.
func (p *Policy) cycle() int32 {
	every := int32(60)
	for _, steps := range p.plan {
		for _, h := range steps {
			for _, before := range [...]int32{0, p.notice} {
				for h.At > p.latency && (h.At-before)%every != 0 {
					every = shorter(every)
				}
			}
		}
	}
	return every
}

// shorter is the next divisor of a minute.
func shorter(every int32) int32 {
	for every--; 60%every != 0; every-- {
	}
	return every
}

// Every is the time between two decisions.
func (p *Policy) Every() time.Duration { return time.Duration(p.every) * time.Second }

// Limits are none.
func (p *Policy) Limits() policies.Limits { return policies.Limits{} }

// Decide says what the plan holds from the order's effect until the next decision has one.
func (p *Policy) Decide(obs *models.Observation, out *models.Decision) {
	out.Reset()
	now := int32(obs.Now - p.start)
	borrowers := len(obs.Borrowers)
	for pool := range obs.Pools {
		target := p.plan.least(pool, now+p.latency, now+max(p.latency+p.every-1, p.drain))
		keep := p.plan.least(pool, now+p.notice, now+p.notice+p.every-1)
		cells := pool * borrowers
		divide(out.Target[cells:cells+borrowers], min(target, keep), func(b int) int64 { return int64(obs.Workload[b].Demand()) })
		present := func(b int) int64 { return int64(obs.Held(cells+b) + obs.Finishing[cells+b]) }
		total := int64(0)
		for b := range borrowers {
			total += present(b)
		}
		if total > int64(keep) {
			divide(out.Keep[cells:cells+borrowers], keep, present)
		}
	}
}

// divide gives each borrower its part of so many instances, in proportion to a weight, rounded so that the whole is given. Without
// any weight the first gets all.
func divide(to []int32, n int32, weight func(b int) int64) {
	all, seen, given := int64(0), int64(0), int64(0)
	for b := range to {
		all += weight(b)
	}
	if all == 0 {
		to[0] = n
		return
	}
	for b := range to {
		seen += weight(b)
		part := int64(n)*seen/all - given
		given += part
		to[b] = int32(part)
	}
}

// Snapshot returns nothing: the plan is all that the policy knows.
func (p *Policy) Snapshot() ([]byte, error) { return json.Marshal(struct{}{}) }

// Restore takes what Snapshot returned.
func (p *Policy) Restore(data []byte) error {
	if string(data) != "{}" {
		return fmt.Errorf("a plan's snapshot is %q: expected {}", data)
	}
	return nil
}
