package policies

import (
	"fmt"
	"time"

	"trough.internal/models"
)

// Fallback buys on-demand what is missing of a target. There are two rules.
//
// The declarative one needs no memory of what happened (SkyServe's, where the names are from: base, and a fallback of target -
// ready spot): instances on-demand = base + max(0, target - ready instances of all other kinds), within min and max. Ready, not
// launched, so that on-demand instances stand in for spot ones that boot or never come.
//
// The other (Messages) is AppNeta's daemon of 2013: one on-demand instance more for every message that a spot instance was
// terminated. It needs no target, and drifts: a message that is lost or comes twice is never made good, and in the article
// nothing ever lowers the group.
type Fallback struct {
	Target     int32         `set:"target" default:"0" min:"0" unit:"instances" doc:"Instances that are to be ready, of all kinds together; 0 is as many as there is work for. Used by the declarative rule, and by the other one to tell whether spot is back."`
	Base       int32         `set:"base" default:"0" min:"0" unit:"instances" doc:"On-demand instances to hold in any case."`
	Pools      []Pattern     `set:"pools" doc:"On-demand pools to buy in, evenly, as zone/type with * for any part; none is all."`
	Min        int32         `set:"min" default:"0" min:"0" unit:"instances" doc:"Fewest on-demand instances."`
	Max        int32         `set:"max" required:"true" min:"1" unit:"instances" doc:"Most on-demand instances."`
	LowerAfter time.Duration `set:"lower_after" default:"0s" min:"0s" max:"30d" doc:"How long fewer must have been enough before any end: the most that were needed within this time stay. With messages: how long spot must have held the target until the group is lowered to base; 0s never lowers it, as in the article."`
	Messages   *Messages     `set:"messages" doc:"Follow messages of terminations instead of counting what is ready."`

	memory  fallbackMemory
	members []int32 // on-demand pools, by name
	pools   *models.Pool
}

// Messages is the rule of AppNeta's daemon.
type Messages struct {
	Count Count `set:"count" default:"health-check" enum:"health-check|every" doc:"Which terminations count: those that the group met as a failed health check, which are the provider's, as in the article's code; or every one, as the article's text has it, rebalancing's and the group's own included."`
}

// Count says which terminations count.
type Count string

// The counts. The zero value means health checks.
const (
	CountHealthChecks Count = "health-check"
	CountEvery        Count = "every"
)

// Check refuses bounds that contradict.
func (f *Fallback) Check() error {
	switch {
	case f.Min > f.Max:
		return fmt.Errorf("min is %d and max %d: expected min to be at most max", f.Min, f.Max)
	case f.Base > f.Max:
		return fmt.Errorf("base is %d and max %d: expected base to be at most max", f.Base, f.Max)
	}
	return nil
}

type fallbackMemory struct {
	Met    bool
	Hold   int32          // on-demand instances that are wanted
	Enough models.Instant // since when fewer, or with messages none beyond base, would have been enough
	Most   int32          // that were needed since Enough
}

// Cause is ByFallback.
func (*Fallback) Cause() models.Cause { return models.ByFallback }

// Memory is how many are wanted on-demand.
func (f *Fallback) Memory() any { return &f.memory }

// Apply sets the targets of the on-demand pools.
func (f *Fallback) Apply(obs *models.Observation, p *Proposal) {
	if len(obs.Pools) == 0 {
		return
	}
	if f.pools != &obs.Pools[0] {
		f.members, f.pools = membersOf(obs.Pools, KindOnDemand, f.Pools), &obs.Pools[0]
	}
	m := &f.memory
	if !m.Met {
		*m = fallbackMemory{Met: true, Hold: f.bounded(f.Base), Enough: obs.Now}
	}
	if f.Messages != nil {
		f.hear(obs, p)
	} else {
		f.follow(obs.Now, f.bounded(f.Base+f.missing(obs, p)))
	}
	if len(f.members) > 0 {
		p.buy(f.members, evenly(m.Hold, len(f.members)), true)
	}
}

func (f *Fallback) bounded(n int32) int32 { return min(max(n, f.Min), f.Max) }

// missing is the target less what is ready of other kinds, at least 0.
func (f *Fallback) missing(obs *models.Observation, p *Proposal) int32 {
	target, ready := f.Target, int32(0)
	if target == 0 {
		demand := float64(0)
		for _, d := range p.Demand {
			demand += d
		}
		target = ceil(demand)
	}
	for i := range obs.Pools {
		if obs.Pools[i].Kind == models.OnDemand {
			continue
		}
		for c := i * p.Borrowers; c < (i+1)*p.Borrowers; c++ {
			n := obs.Idle[c] + obs.Busy[c]
			if f.Target == 0 {
				n *= slotsOf(&obs.Pools[i])
			}
			ready += n
		}
	}
	missing := max(0, target-ready)
	if f.Target == 0 && len(f.members) > 0 {
		slots := slotsOf(&obs.Pools[f.members[0]])
		missing = (missing + slots - 1) / slots
	}
	return missing
}

// follow goes up at once, and down to the most that was needed once so long fewer were.
func (f *Fallback) follow(now models.Instant, need int32) {
	m := &f.memory
	if need >= m.Hold {
		m.Hold, m.Enough, m.Most = need, now, 0
		return
	}
	m.Most = max(m.Most, need)
	if now.Sub(m.Enough) >= f.LowerAfter {
		m.Hold, m.Enough, m.Most = m.Most, now, 0
	}
}

// hear raises the group by one for each message that counts, unless it is at its max, and lowers it to base where spot has
// held the target for long enough.
func (f *Fallback) hear(obs *models.Observation, p *Proposal) {
	m := &f.memory
	ended := obs.EndedByCloud
	if f.Messages.Count == CountEvery {
		ended = obs.Ended
	}
	for c, n := range ended {
		if obs.Pools[c/p.Borrowers].Kind == models.Spot {
			m.Hold = max(m.Hold, min(m.Hold+n, f.Max))
		}
	}
	if f.LowerAfter == 0 {
		return
	}
	if f.missing(obs, p) > 0 {
		m.Enough = obs.Now
	}
	if obs.Now.Sub(m.Enough) >= f.LowerAfter {
		m.Hold = f.bounded(f.Base)
	}
}
