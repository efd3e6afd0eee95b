// Package policytest checks what every policy promises, over random markets. Whoever writes a policy calls it from one test:
//
//	func TestMine(t *testing.T) {
//		policytest.Check(t, func() policies.Policy { return &Mine{} })
//	}
//
// # How to write a policy
//
// A policy is a value with a Decide method (see policies.Policy): what is known comes in as columns by pool and cell,
// targets go out the same way. The rules that Check enforces:
//
//   - Time is obs.Now. There is no clock, no chance, no file, and no variable of the package.
//   - Read obs, write out, and write all of out: call out.Reset first. Neither is yours after the call.
//   - What you remember goes into Snapshot, all of it, and Restore forgets what was there before.
//   - obs.InUse may be models.Unknown, which is not zero: hold no more than is held.
//   - Targets are absolute: instances to hold, from 0 to the reserved ones, not how many more.
//   - While obs.Evacuate is on for a region, Target and Keep of its pools are 0.
//
// Often one strategy is all that is new. Then write a policies.Stage and put it in a policies.NewPipeline beside those that
// are there: the pipeline takes care of snapshots, causes and the trail.
package policytest

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"trough.internal/models"
	"trough.internal/policies"
)

// Promise is one of the promises that a policy may be exempt from, because its idea is another.
type Promise = policies.Promise

// The promises with exemptions. All others hold for every policy.
const (
	Unknown   = policies.PromiseUnknown
	Reserved  = policies.PromiseReserved
	Available = policies.PromiseAvailable
	Evacuated = policies.PromiseEvacuated
	// Permuted: the order of pools does not matter beyond the breaking of ties, which moves a target by one instance, or in
	// a market with several slots on an instance by as many as have the slots of one.
	Permuted Promise = "the order of pools does not matter"
)

// Check fails t where a policy breaks a promise, with the smallest market that shows it. Fresh returns a new policy of the
// same settings each time. The number of markets is set by the flag -rapid.checks.
func Check(t testing.TB, fresh func() policies.Policy, exempt ...Promise) {
	t.Helper()
	rapid.Check(t, func(rt *rapid.T) {
		c := &checker{T: rt, fresh: fresh, exempt: exempt}
		c.all()
	})
}

type checker struct {
	*rapid.T
	fresh  func() policies.Policy
	exempt []Promise
	passes int32
}

// run is a course of observations, and what the first policy to see them decided.
type run struct {
	seen    []*models.Observation
	decided []*models.Decision
}

func (c *checker) all() {
	one, other := c.course("one"), c.course("other")
	at := rapid.IntRange(0, len(one.seen)-1).Draw(c.T, "at")

	c.replay("two policies of the same settings saw the same and decided differently: it depends on a clock, on chance, or on what all policies share",
		one, c.fresh(), usual)
	c.replay("a trail was asked for, and it decided differently", one, c.fresh(), way{trail: true})
	c.replay("it depends on what it keeps of an observation after the call, or on what was in the decision before", one, c.fresh(), way{spoil: true})
	c.replay("the future changed, and with it a decision before: it reads beyond the end of a column", one, c.fresh(), way{future: true})
	c.interleaved(one, other)
	c.snapshot(one, other, at)
	if !slices.Contains(c.exempt, Permuted) {
		c.permuted(one)
	}
}

// course lets a policy run a random market and checks every decision.
func (c *checker) course(name string) run {
	policy := c.fresh()
	every, limits := policy.Every(), policy.Limits()
	if every <= 0 {
		c.Fatalf("Every is %v: a policy must be asked now and then", every)
	}
	w := newWorld(c.T, name)
	var r run
	for range rapid.IntRange(1, 40).Draw(c.T, name+": evaluations") {
		w.advance(every)
		seen := w.observe()
		decided := c.decide(policy, seen, nil, usual)
		c.sane(seen, decided)
		w.carryOut(policies.Plan(seen, decided, policy.Limits(), nil))
		c.limited(w, limits)
		if policy.Every() != every || policy.Limits() != limits {
			c.Fatalf("Every or Limits changed during the run, from %v and %+v to %v and %+v", every, limits, policy.Every(), policy.Limits())
		}
		r.seen, r.decided = append(r.seen, seen), append(r.decided, decided)
	}
	return r
}

// sane checks one decision by itself.
func (c *checker) sane(obs *models.Observation, dec *models.Decision) {
	policies.Judge(obs, dec, c.unless)
}

func (c *checker) unless(p Promise, at string) {
	if !slices.Contains(c.exempt, p) {
		c.Fatalf("broken promise: %s: %s", p, at)
	}
}

// limited checks the market after the orders were carried out.
func (c *checker) limited(w *world, limits policies.Limits) {
	all := int32(0)
	for p := range w.obs.Pools {
		pool := w.borrowed(p)
		all += pool
		if limits.BorrowedMaxPerPool > 0 && pool > limits.BorrowedMaxPerPool {
			c.Fatalf("%d borrowed of %s, beyond its limit of %d", pool, w.obs.Pools[p].Name(), limits.BorrowedMaxPerPool)
		}
	}
	if limits.BorrowedMax > 0 && all > limits.BorrowedMax {
		c.Fatalf("%d borrowed, beyond the limit of %d", all, limits.BorrowedMax)
	}
}

// way is how a policy is asked.
type way struct {
	trail  bool // with a trail to fill
	spoil  bool // the observation and the decision hold garbage when they are not the policy's to read
	future bool // the next observation lies behind the end of the columns
}

var usual = way{}

// decide asks a policy once, with copies, and checks that it left the observation as it was.
func (c *checker) decide(policy policies.Policy, obs, next *models.Observation, how way) *models.Decision {
	mine := copyOf(obs, nil)
	if how.future {
		mine = copyOf(obs, next)
	}
	out := models.NewDecision(obs.Cells())
	if how.spoil {
		c.passes++
		spoilDecision(out, -1000-c.passes)
	}
	if how.trail {
		out.Trail = &models.Trail{}
	}
	policy.Decide(mine, out)
	if !reflect.DeepEqual(mine, obs) {
		c.Fatalf("it wrote to the observation at %s", obs.Now)
	}
	if how.spoil {
		spoil(mine, -2000-c.passes)
	}
	out.Trail = nil
	return out
}

// replay asks a policy about a whole course and compares its decisions.
func (c *checker) replay(what string, r run, policy policies.Policy, how way) {
	for i := range r.seen {
		c.same(what, r, i, c.decide(policy, r.seen[i], r.after(i), how))
	}
}

func (r run) after(i int) *models.Observation {
	if i+1 < len(r.seen) {
		return r.seen[i+1]
	}
	return nil
}

func (c *checker) same(what string, r run, i int, got *models.Decision) {
	if !reflect.DeepEqual(got, r.decided[i]) {
		c.Fatalf("%s\nevaluation %d at %s:\n  target %v, because %v\n  keep %v, because %v\nand before:\n  target %v, because %v\n  keep %v, because %v", what, i+1, r.seen[i].Now,
			got.Target, got.Cause, got.Keep, got.KeepCause, r.decided[i].Target, r.decided[i].Cause, r.decided[i].Keep, r.decided[i].KeepCause)
	}
}

// interleaved runs two policies in turns.
func (c *checker) interleaved(one, other run) {
	const what = "another policy ran in between, and it decided differently: they share a state"
	p, q := c.fresh(), c.fresh()
	for i := range max(len(one.seen), len(other.seen)) {
		if i < len(one.seen) {
			c.same(what, one, i, c.decide(p, one.seen[i], nil, usual))
		}
		if i < len(other.seen) {
			c.same(what, other, i, c.decide(q, other.seen[i], nil, usual))
		}
	}
}

// snapshot moves the policy's memory into another policy, with a past of its own, in the middle of a course.
func (c *checker) snapshot(one, other run, at int) {
	policy, heir := c.fresh(), c.fresh()
	for _, seen := range other.seen {
		c.decide(heir, seen, nil, usual)
	}
	for i := range one.seen {
		if i == at {
			memory, err := policy.Snapshot()
			if err != nil {
				c.Fatalf("Snapshot: %v", err)
			}
			own := slices.Clone(memory)
			if err := heir.Restore(own); err != nil {
				c.Fatalf("Restore of its own snapshot: %v", err)
			}
			for j := range own {
				own[j] = '?' // the bytes are the caller's again
			}
		}
		if i >= at {
			c.same("its memory was restored from a snapshot, and it decided differently: the snapshot lacks something, or Restore left something", one, i,
				c.decide(heir, one.seen[i], nil, usual))
		}
		c.same("a snapshot was taken, and it decided differently", one, i, c.decide(policy, one.seen[i], nil, usual))
	}
}

// permuted runs the same market with its pools in another order.
func (c *checker) permuted(r run) {
	pools := len(r.seen[0].Pools)
	order := rapid.Permutation(indexes(pools)).Draw(c.T, "order")
	policy, borrowers, tie := c.fresh(), len(r.seen[0].Borrowers), int32(1)
	list := slices.Clone(r.seen[0].Pools) // one list for the course, as callers have it
	for i, p := range order {
		list[i] = r.seen[0].Pools[p]
		tie = max(tie, list[i].Slots)
	}
	for i, seen := range r.seen {
		got := c.decide(policy, permute(seen, order, list), nil, usual)
		for to, from := range order {
			for b := range borrowers {
				mine, was := got.Target[to*borrowers+b], r.decided[i].Target[from*borrowers+b]
				if mine-was > tie || was-mine > tie {
					c.unless(Permuted, fmt.Sprintf("%s of %s at %s: target %d, and %d before", seen.Borrowers[b], seen.Pools[from].Name(), seen.Now, mine, was))
				}
			}
		}
	}
}

func indexes(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}
