package main

import (
	"cmp"
	"context"
	"fmt"
	"math/bits"
	"slices"

	"trough.internal/models"
	"trough.internal/report/measure"
)

// staticFarm is the smallest farm of reserved instances that does without borrowing what a policy's run did: it completes
// at least as many jobs and at least as much work within the span, and the p95 wait of class high is no longer. Its
// instances are of the base fleet's pools, in the base fleet's proportions; arrivals, market and luck are the same.
//
// Note: the search takes a farm that is enough for a sign that larger ones are. Queues need not obey that (with other
// instances free, jobs meet others), so what is found is a farm that is enough where one instance fewer is not.
type staticFarm struct {
	size    int64 // instances; 0 if no farm is enough
	fleets  []int32
	run     *played
	lacking string // what the largest farm that is not enough lacks; empty if the base fleet itself is enough
	tried   int64  // how large that one was
}

// findStaticFarm looks for the static farm of a policy's run, if it was asked for, and adds it to the run's figures.
// Without is the run of the base fleet alone.
func (a *app) findStaticFarm(ctx context.Context, j *job, p, without *played) error {
	if !j.farm {
		return nil
	}
	base := j.built.World.Base
	f := new(staticFarm)
	// More instances than jobs arrived can never be busy.
	most := max(sum(base), p.result.JobsArrived())
	_, err := smallest(sum(base), most, func(n int64) (trial, error) {
		run, fleets, err := a.playFarm(ctx, j, n, without)
		if err != nil {
			return tooSmall, err
		}
		lacking := lacks(&run.result, &p.result)
		switch {
		case lacking == "":
			f.size, f.fleets, f.run = n, fleets, run
			return enough, nil
		case nobodyWaited(&run.result):
			f.tried, f.lacking = n, lacking+", though no job waits"
			return hopeless, nil
		}
		f.tried, f.lacking = n, lacking
		return tooSmall, nil
	})
	if err != nil {
		return err
	}
	p.more = append(p.more, j.farmFigures(f, p, p.result.Bill.Billed().Cost)...)
	return nil
}

// playFarm runs the scenario without borrowing and with a base fleet of another size.
func (a *app) playFarm(ctx context.Context, j *job, n int64, without *played) (*played, []int32, error) {
	base := j.built.World.Base
	fleets := inProportion(n, base)
	if n == sum(base) {
		return without, fleets, nil
	}
	c, err := never()
	if err != nil {
		return nil, nil, err
	}
	c.name = fmt.Sprintf("static farm of %d", n)
	scaled := *j.built
	scaled.World.Base = fleets
	run, err := a.play(ctx, j.scenario, &scaled, c, nil, nil)
	return run, fleets, err
}

// lacks says what a farm does worse than a policy's run; empty if nothing.
func lacks(farm, policy *measure.Result) string {
	wait, most := farm.Classes[models.High].Wait, policy.Classes[models.High].Wait
	switch {
	case farm.JobsCompleted() < policy.JobsCompleted():
		return fmt.Sprintf("%s jobs complete, not %s", count(farm.JobsCompleted()), count(policy.JobsCompleted()))
	case farm.WorkCompleted() < policy.WorkCompleted():
		return fmt.Sprintf("%s s of work complete, not %s", count(farm.WorkCompleted()), count(policy.WorkCompleted()))
	case most.N > 0 && wait.P95 > most.P95:
		return fmt.Sprintf("the p95 wait of class high is %s, not %s", lasting(wait.P95), lasting(most.P95))
	}
	return ""
}

// nobodyWaited: every job started when it arrived, so that in a larger farm none would start sooner.
func nobodyWaited(r *measure.Result) bool {
	for c := range r.Classes {
		if r.Classes[c].Wait.Max > 0 || r.Classes[c].Waiting > 0 {
			return false
		}
	}
	return true
}

// trial is what came of trying a number.
type trial uint8

const (
	tooSmall trial = iota
	enough
	hopeless // and so would any larger one be
)

// smallest finds a number from low to high that is enough where one less is not, by doubling and bisection; low if low is
// enough, 0 if none is.
func smallest(low, high int64, try func(n int64) (trial, error)) (int64, error) {
	below, n := low-1, low
	for {
		came, err := try(n)
		if err != nil || came == hopeless || came == tooSmall && n == high {
			return 0, err
		}
		if came == enough {
			break
		}
		below, n = n, min(2*n, high)
	}
	for n-below > 1 {
		middle := below + (n-below)/2
		came, err := try(middle)
		if err != nil {
			return 0, err
		}
		if came == enough {
			n = middle
		} else {
			below = middle
		}
	}
	return n, nil
}

// inProportion spreads instances over fleets as base is spread, by largest remainders, the first of equals first.
func inProportion(n int64, base []int32) []int32 {
	all := uint64(sum(base))
	fleets, rests, order := make([]int32, len(base)), make([]uint64, len(base)), make([]int, len(base))
	left := n
	for i, b := range base {
		hi, lo := bits.Mul64(uint64(n), uint64(b))
		whole, rest := bits.Div64(hi, lo, all)
		fleets[i], rests[i], order[i] = int32(whole), rest, i
		left -= int64(whole)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rests[b], rests[a]) })
	for _, i := range order[:left] {
		fleets[i]++
	}
	return fleets
}

func sum(fleets []int32) int64 {
	n := int64(0)
	for _, f := range fleets {
		n += int64(f)
	}
	return n
}

// checkFarm refuses scenarios that have no static farm to compare with.
func (j *job) checkFarm() error {
	switch {
	case !j.farm:
		return nil
	case len(j.built.World.Base) == 0:
		return fmt.Errorf("--static-farm: scenario %s has no base fleet: a static farm is the base fleet, scaled", j.scenario.Name)
	case j.built.World.Drain:
		return fmt.Errorf("--static-farm: scenario %s drains: a static farm is compared over a span, so give it a length", j.scenario.Name)
	}
	return nil
}
