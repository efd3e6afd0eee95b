package main

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"trough.internal/cmd/trough-live/aws"
	"trough.internal/cmd/trough-live/drive"
	"trough.internal/cmd/trough-live/fleet"
	"trough.internal/cmd/trough-live/metrics"
	"trough.internal/policies"
)

// This file is Amazon's calls as people see them: how many an evaluation takes, and what a plan would call.

// callsText says how many calls an evaluation takes in each region, and how many it may take; and how many it takes to return everything,
// which is what an evacuation waits for.
func (l *live) callsText() string {
	f := l.config.Fleet
	if f == nil {
		return ""
	}
	policy, err := policies.New(l.setup.Policy)
	if err != nil {
		return ""
	}
	every := policy.Every()
	places, _, err := f.places(l.setup.Pools, l.setup.Borrowers)
	if err != nil {
		return ""
	}
	groups, all := map[string]int{}, []string{}
	for _, p := range places {
		if !slices.Contains(all, p.Region) {
			all = append(all, p.Region)
		}
		if p.Group != "" {
			groups[p.Region]++
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n# calls of one evaluation, every %s\n", every)
	for _, region := range all {
		fmt.Fprintf(&b, "# %s: %d to describe %d groups, 1 for each %d instances, 1 to %d while something is on order, and those of orders; at most %d in all\n",
			region, aws.GroupCalls(groups[region]), groups[region], aws.InstancesPage, aws.ActivityPages, int(f.Account.PerSecond()*every.Seconds()))
	}
	if f.Rules.DeadMan > 0 {
		fmt.Fprintf(&b, "# and 1 for each %d instances of a region, every %s at most, to renew their tag %s\n", fleet.IDsMost, f.Rules.RenewEvery(), fleet.TagUntil)
	}
	fmt.Fprintf(&b, "# calls to return everything, beside the notice of %s\n", f.Rules.Notice)
	perMinute := f.Account.PerSecond() * 60
	for _, region := range all {
		n := aws.ReturnCalls(groups[region])
		fmt.Fprintf(&b, "# %s: at most %d for %d groups, and 3 for each %d instances; at %.0f a minute the groups take %s\n",
			region, n, groups[region], fleet.IDsMost, perMinute, time.Duration(float64(n)/perMinute*float64(time.Minute)).Round(time.Second))
	}
	return b.String()
}

// plannedCalls are those that would carry out a cycle's orders, one line each.
func (l *live) plannedCalls(c *drive.Cycle) (lines []string) {
	if l.cloud == nil {
		return nil
	}
	for orders := c.Orders; len(orders) > 0; {
		n := drive.SamePool(orders)
		calls, err := l.cloud.Plan(c.Number, orders[:n])
		for i := range calls {
			lines = append(lines, c.Obs.Pools[orders[0].Pool].Name()+": "+calls[i].String())
		}
		if err != nil {
			lines = append(lines, fmt.Sprintf("%s: none: %v", c.Obs.Pools[orders[0].Pool].Name(), err))
		}
		orders = orders[n:]
	}
	return lines
}

// logCalls is one line with the calls that were made since the last, and one for each region whose state has changed.
func (l *live) logCalls(log *slog.Logger, c *drive.Cycle, api metrics.API) {
	if len(api.Operations) == 0 {
		return
	}
	var args []any
	sum := int64(0)
	for _, o := range api.Operations {
		key := o.Region + " " + o.Name
		if n := o.Calls - l.counted[key]; n > 0 {
			args = append(args, key, n)
			sum += n
		}
		l.counted[key] = o.Calls
	}
	log.Info("calls", append([]any{"cycle", c.Number, "made", sum}, args...)...)
	for _, r := range api.Regions {
		switch {
		case r.Down && !l.down[r.Name]:
			log.Warn("a region answers nothing but errors: most of its calls are left out", "cycle", c.Number, "region", r.Name)
		case !r.Down && l.down[r.Name]:
			log.Info("a region answers again", "cycle", c.Number, "region", r.Name)
		}
		l.down[r.Name] = r.Down
	}
}
