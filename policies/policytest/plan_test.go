package policytest

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"trough.internal/models"
	"trough.internal/policies"
)

// Whatever was decided, by whomever, and however limits are set.
func TestPlanKeepsLimitsAndNeedsSayingOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		limit := rapid.SampledFrom([]int32{0, 0, 1, 10, 40})
		limits := policies.Limits{BorrowedMax: limit.Draw(rt, "all"), BorrowedMaxPerPool: limit.Draw(rt, "per pool"), LaunchesPerEvaluationMax: limit.Draw(rt, "launches")}
		c := &checker{T: rt}
		w := newWorld(rt, "world")
		for range 20 {
			w.advance(time.Minute)
			obs := w.observe()
			dec := models.NewDecision(obs.Cells())
			for cell := range dec.Target {
				dec.Target[cell] = rapid.Int32Range(0, 40).Draw(rt, "target")
				if rapid.IntRange(0, 3).Draw(rt, "kind") == 0 {
					dec.Keep[cell] = rapid.Int32Range(0, 40).Draw(rt, "keep")
				}
			}
			orders := policies.Plan(obs, dec, limits, nil)
			launches := int32(0)
			yields := map[int]bool{}
			for _, o := range orders {
				cell := int(o.Pool)*len(obs.Borrowers) + int(o.Borrower)
				switch {
				case o.N <= 0:
					rt.Fatalf("an order for nothing: %+v", o)
				case o.Kind == models.YieldByNotice:
					yields[cell] = true
				case o.Kind == models.Launch && yields[cell]:
					rt.Fatalf("launched where instances yield by notice: %+v", o)
				case o.Kind == models.Launch:
					launches += max(0, o.N-obs.Finishing[cell])
				}
			}
			if limits.LaunchesPerEvaluationMax > 0 && launches > limits.LaunchesPerEvaluationMax {
				rt.Fatalf("%d launches, and the limit is %d", launches, limits.LaunchesPerEvaluationMax)
			}
			w.carryOut(orders)
			c.limited(w, limits)
			if limits == (policies.Limits{}) {
				c.rests(w, dec)
			}
		}
	})
}

// rests says the same decision again: at most it keeps a finishing instance in the place of one that left by notice.
func (c *checker) rests(w *world, dec *models.Decision) {
	for range 2 {
		obs := w.observe()
		orders := policies.Plan(obs, dec, policies.Limits{}, nil)
		for _, o := range orders {
			if cell := int(o.Pool)*len(obs.Borrowers) + int(o.Borrower); o.Kind == models.YieldByNotice || o.Kind == models.Launch && o.N > obs.Finishing[cell] {
				c.Fatalf("said twice, it orders again: %+v", o)
			}
		}
		w.carryOut(orders)
	}
	if orders := policies.Plan(w.observe(), dec, policies.Limits{}, nil); len(orders) > 0 {
		c.Fatalf("said three times, it orders again: %+v", orders)
	}
}
