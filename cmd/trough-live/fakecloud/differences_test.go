package fakecloud

import (
	"cmp"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/cmd/trough-live/livetest"
	"trough.internal/models"
)

// hazard is one thing that goes wrong, by itself: a twentieth of the calls that it can befall, half of those that launch.
type hazard struct {
	name      string
	kind      FaultKind
	operation string
	by        time.Duration

	policy  string  // empty: full
	alone   bool    // instances are launched by RunInstances, without groups
	refused float64 // share of launches that fail for want of capacity
	ends    bool    // a group ends an instance now and then that nobody told to, and launches another
	same    bool    // it makes no difference
}

var hazards = []hazard{
	{name: "throttling", kind: Throttled, operation: "*"},
	{name: "a service that is down", kind: Unavailable, operation: "*"},
	{name: "empty descriptions", kind: Empty, operation: "*:Describe*"},
	{name: "partial descriptions", kind: Partial, operation: "*:Describe*"},
	{name: "empty reports", kind: Empty, operation: "http:reservations"},
	{name: "partial reports", kind: Partial, operation: "http:reservations"},
	{name: "partial workloads", kind: Partial, operation: "http:workload", same: true}, // an instance that is not named does what it did
	{name: "stale reports", kind: Stale, operation: "http:reservations"},
	{name: "stale workloads", kind: Stale, operation: "http:workload"},
	{name: "lost replies", kind: Lost, operation: "*"},
	{name: "duplicates", kind: Doubled, operation: "*", same: true},
	{name: "duplicates without groups", kind: Doubled, operation: "*", alone: true, same: true},
	{name: "partial fulfilment", kind: Short, operation: "ec2:RunInstances", alone: true, policy: "availability"},
	{name: "insufficient capacity without groups", kind: NoCapacity, operation: "ec2:RunInstances", alone: true, policy: "availability"},
	{name: "insufficient capacity", refused: 0.2},
	{name: "zone rebalancing", ends: true},
	{name: "clock skew", kind: Skewed, operation: "http:*", by: 10 * time.Minute},
	{name: "clock skew of Amazon's", kind: Skewed, operation: "ec2:*", by: -time.Hour, same: true},
}

// TestWithFaultsEveryDifferenceIsExplained: what fails is tried again, waited for, or taken for unknown, and never for a fact. So
// as long as the driver has told of nothing that it does not know, of no launch that was refused and of no instance that is gone unasked,
// it observes, decides and orders as without faults. Each fault by itself, from the third hour on; what is said twice, and Amazon's clock,
// make no difference at all.
func TestWithFaultsEveryDifferenceIsExplained(t *testing.T) {
	if testing.Short() {
		t.Skip("runs hours for each fault")
	}
	length := 6 * time.Hour
	if os.Getenv("TROUGH_LONG") != "" {
		length = 24 * time.Hour
	}
	for _, h := range hazards {
		t.Run(h.name, func(t *testing.T) {
			built := livetest.Small(t, shared)
			w := &built.World
			w.Refused, w.Until = h.refused, w.Start.Add(length)
			p := newParity(t, built, livetest.Builtin(t, cmp.Or(h.policy, "full")))
			p.hazard, p.alone = &h, h.alone
			if h.kind != "" {
				share := 0.05
				if strings.HasSuffix(h.operation, "RunInstances") {
					share = 0.5 // there are few
				}
				p.faults = []Fault{{Kind: h.kind, Operation: h.operation, Share: share, From: w.Start.Add(2 * time.Hour), By: h.by}}
			}
			p.run(p.amazon)
			met := len(p.server.Hits()) + p.ended + int(p.refused)
			if met < 5 {
				t.Errorf("it befell %d calls or instances: nothing was shown", met)
			}
			if (p.differs == 0) != h.same {
				t.Errorf("%d of %d cycles differ: expected none: %t", p.differs, p.cycles, h.same)
			}
			t.Logf("met %d times; %d of %d cycles differ; %s; %d swaps, %d unlike", met, p.differs, p.cycles, p.first, p.backtest.Swaps, p.backtest.Unlike)
		})
	}
}

// explain asks for the reason of a difference: in this cycle or before, the driver says that something is not known, or knows that what
// it knows is old, or hears of a launch that was refused or of an instance that is gone unasked.
func (p *parity) explain(want, got *turn, c *drive.Cycle) {
	if said := p.signal(c); said != "" {
		p.signals++
		p.latest = fmt.Sprintf("cycle %d: %s", p.cycles, said)
	}
	if p.cycles == 1 || *want == *got {
		return
	}
	p.differs++
	if p.differs == 1 {
		p.first = fmt.Sprintf("first cycle %d, explained by %s", p.cycles, p.latest)
	}
	if p.signals == 0 {
		p.same("observation without anything unknown", want.obs, got.obs)
		p.same("decision without anything unknown", want.dec, got.dec)
		p.same("orders without anything unknown", want.orders, got.orders)
	}
}

// signal is what the driver says that is no fact of the faultless run's; empty: nothing.
func (p *parity) signal(c *drive.Cycle) string {
	if _, made := p.backtest.Usage(); !made {
		return "" // as without faults: there is no report yet
	}
	gone := 0
	for i := range c.Events {
		if e := &c.Events[i]; e.Kind == models.Gone && e.Cause == models.ByCloud {
			gone++
		}
	}
	refused := int32(0)
	for _, n := range c.Obs.Refused {
		refused += n
	}
	p.refused += refused
	old := time.Duration(p.built.World.Lag+p.built.World.TelemetryEvery) * time.Second
	switch {
	case refused > 0:
		return fmt.Sprintf("refused: %d launches", refused)
	case gone > 0:
		return fmt.Sprintf("gone: %d instances that nobody told to", gone)
	case len(c.Notes) > 0:
		return "unknown: " + c.Notes[0]
	}
	for pool := range c.Obs.Pools {
		if age := c.Obs.Age(models.PoolID(pool)); age >= old {
			return fmt.Sprintf("unknown: the report of %s is %s old", c.Obs.Pools[pool].Name(), age)
		}
	}
	for b := range c.Obs.Workload {
		if age := c.Now.Sub(c.Obs.Workload[b].AsOf); age > 0 {
			return fmt.Sprintf("unknown: the workload of %s is %s old", c.Obs.Borrowers[b], age)
		}
	}
	return ""
}

// disturb lets groups end instances that nobody told to, as where they balance zones: one of those that there are, every tenth minute
// from the third hour on. What a group wants to be stays, so that it launches another.
func (p *parity) disturb() {
	b := p.backtest
	if p.hazard == nil || !p.hazard.ends || b.now < p.built.World.Start.Add(2*time.Hour) || b.now%600 != 0 {
		return
	}
	b.Lock()
	defer b.Unlock()
	for _, i := range b.Encode.Instances {
		if i.State == Running {
			i.end(b.now, "Server.InstanceTerminated")
			p.ended++
			return
		}
	}
}
