package policies

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"trough.internal/models"
)

// Scaling holds Auto Scaling groups of bought instances: each so many instances, evenly over the pools of a kind in its zones.
// It buys; what is borrowed is the other stages' affair.
type Scaling struct {
	Groups []Group `set:"groups" doc:"The groups. A pool in two of them is the later one's."`

	memory  scalingMemory
	members [][]int32    // by group: its pools, by name
	pools   *models.Pool // of the list that members is about
}

// Group is one Auto Scaling group.
type Group struct {
	Name    string    `set:"name" required:"true" doc:"The group's name, for messages."`
	Kind    Kind      `set:"kind" default:"spot" enum:"spot|on-demand" doc:"What it buys."`
	Pools   []Pattern `set:"pools" doc:"Pools of that kind that it spans, as zone/type with * for any part; none is all."`
	Min     int32     `set:"min" default:"0" min:"0" unit:"instances" doc:"What it never ends by itself: rebalancing stops there."`
	Max     int32     `set:"max" required:"true" min:"1" unit:"instances" doc:"Most instances."`
	Desired int32     `set:"desired" default:"0" min:"0" unit:"instances" doc:"Instances that it asks for, between min and max; 0 asks for as many as there is work for beyond what is borrowed, between min and max too."`

	// As in 2013, where an open spot request counts as an instance of its zone.
	Rebalance bool          `set:"rebalance" default:"false" doc:"Keep zones even: what a zone does not give stays asked for there, and while one zone has less than another, instances of the fullest end and are asked for in the emptiest. Without it other zones take over."`
	Cooldown  time.Duration `set:"cooldown" default:"10m" min:"0s" max:"1d" doc:"Time between two moves of rebalancing, each of at most a tenth of max."`
}

// Kind is a kind of bought capacity, as settings name it.
type Kind string

// The kinds. The zero value means spot.
const (
	KindSpot     Kind = "spot"
	KindOnDemand Kind = "on-demand"
)

func (k Kind) of(pool *models.Pool) bool {
	if k == KindOnDemand {
		return pool.Kind == models.OnDemand
	}
	return pool.Kind == models.Spot
}

// Check refuses a group that cannot be.
func (g *Group) Check() error {
	switch {
	case g.Min > g.Max:
		return fmt.Errorf("group %s: min is %d and max %d: expected min to be at most max", g.Name, g.Min, g.Max)
	case g.Desired != 0 && (g.Desired < g.Min || g.Desired > g.Max):
		return fmt.Errorf("group %s: desired is %d: expected %d to %d, from min to max", g.Name, g.Desired, g.Min, g.Max)
	}
	return nil
}

// Check refuses a section without groups, and two of one name.
func (s *Scaling) Check() error {
	if len(s.Groups) == 0 {
		return errors.New("expected at least one of groups")
	}
	for i := range s.Groups {
		if slices.ContainsFunc(s.Groups[:i], func(g Group) bool { return g.Name == s.Groups[i].Name }) {
			return fmt.Errorf("group %s is there twice: expected a name for each", s.Groups[i].Name)
		}
	}
	return nil
}

type scalingMemory struct {
	Placed [][]int32        // by group, by member: instances asked for in the pool
	Moved  []bool           // by group: whether rebalancing moved any yet
	Last   []models.Instant // by group: when it did last
}

// Cause is ByScaling.
func (*Scaling) Cause() models.Cause { return models.ByScaling }

// Memory is what is asked for where.
func (s *Scaling) Memory() any { return &s.memory }

// Apply sets the targets of the groups' pools.
func (s *Scaling) Apply(obs *models.Observation, p *Proposal) {
	if len(obs.Pools) == 0 {
		return
	}
	s.meet(obs)
	m := &s.memory
	work := p.unmet(obs)
	for g := range s.Groups {
		group, members := &s.Groups[g], s.members[g]
		if len(members) == 0 {
			continue
		}
		desired := group.Desired
		if desired == 0 {
			slots := slotsOf(&obs.Pools[members[0]])
			desired = min(max((work+slots-1)/slots, group.Min), group.Max)
		}
		if placed := m.Placed[g]; len(placed) != len(members) || add(placed) != desired {
			m.Placed[g] = evenly(desired, len(members))
		}
		if group.Rebalance {
			s.rebalance(g, obs.Now, p)
		}
		p.buy(members, m.Placed[g], !group.Rebalance)
	}
}

// meet finds the groups' pools and sizes the memory.
func (s *Scaling) meet(obs *models.Observation) {
	m := &s.memory
	if len(m.Placed) != len(s.Groups) {
		m.Placed, m.Moved, m.Last = make([][]int32, len(s.Groups)), make([]bool, len(s.Groups)), make([]models.Instant, len(s.Groups))
	}
	if len(s.members) == len(s.Groups) && s.pools == &obs.Pools[0] {
		return
	}
	s.members, s.pools = s.members[:0], &obs.Pools[0]
	for g := range s.Groups {
		s.members = append(s.members, membersOf(obs.Pools, s.Groups[g].Kind, s.Groups[g].Pools))
	}
}

// rebalance moves instances from the zone that has most to the one that has least, as far as the group stays above its
// min. Where the emptiest has no capacity the move only ends instances.
//
// Amazon's groups exceed their max by a tenth, or one instance, while they rebalance (Auto Scaling guide, "Rebalancing
// activities"), which is how many they move at once; that open requests count, and that the group shrinks to its min, is our
// reading of what AppNeta saw.
func (s *Scaling) rebalance(g int, now models.Instant, p *Proposal) {
	m, group, members := &s.memory, &s.Groups[g], s.members[g]
	if m.Moved[g] && now.Sub(m.Last[g]) < group.Cooldown {
		return
	}
	least, most, all := 0, 0, int32(0)
	for i, pool := range members {
		held := p.PoolHeld[pool]
		all += held
		if held < p.PoolHeld[members[least]] {
			least = i
		}
		if held > p.PoolHeld[members[most]] {
			most = i
		}
	}
	gap := p.PoolHeld[members[most]] - p.PoolHeld[members[least]]
	placed := m.Placed[g]
	n := min(max(1, group.Max/10), gap/2, all-group.Min, placed[most])
	if n <= 0 {
		return
	}
	placed[most] -= n
	placed[least] += n
	m.Moved[g], m.Last[g] = true, now
}

// unmet is how many slots there is work for beyond what is proposed to be borrowed.
func (p *Proposal) unmet(obs *models.Observation) int32 {
	slots := float64(0)
	for _, demand := range p.Demand {
		slots += demand
	}
	for i := range obs.Pools {
		if !p.Bought[i] {
			slots -= float64(p.PoolTarget(i) * slotsOf(&obs.Pools[i]))
		}
	}
	return ceil(max(0, slots))
}

// membersOf lists the pools of a kind that patterns name, by name, so that nothing depends on the order of pools.
func membersOf(pools []models.Pool, kind Kind, patterns []Pattern) []int32 {
	var members []int32
	for i := range pools {
		named := len(patterns) == 0 || slices.ContainsFunc(patterns, func(pattern Pattern) bool { return pattern.Names(&pools[i]) })
		if named && kind.of(&pools[i]) {
			members = append(members, int32(i))
		}
	}
	slices.SortFunc(members, func(a, b int32) int {
		return cmp.Or(cmp.Compare(pools[a].Zone, pools[b].Zone), cmp.Compare(pools[a].Type, pools[b].Type), cmp.Compare(a, b))
	})
	return members
}

// evenly divides n among so many, the rest to the first ones.
func evenly(n int32, parts int) []int32 {
	placed := make([]int32, parts)
	for i := range placed {
		placed[i] = n / int32(parts)
		if int32(i) < n%int32(parts) {
			placed[i]++
		}
	}
	return placed
}

func add(list []int32) (sum int32) {
	for _, n := range list {
		sum += n
	}
	return sum
}

// buy sets the targets of bought pools to what is placed there, as far as it can be had. What cannot be had is spread over
// the others, the least first, if it spills.
func (p *Proposal) buy(members, placed []int32, spills bool) {
	lacking := int32(0)
	for i, pool := range members {
		n := min(placed[i], p.room(pool))
		lacking += placed[i] - n
		p.hold(pool, n)
	}
	for ; spills && lacking > 0; lacking-- {
		best := int32(-1)
		for _, pool := range members {
			if p.PoolTarget(int(pool)) < p.room(pool) && (best < 0 || p.PoolTarget(int(pool)) < p.PoolTarget(int(best))) {
				best = pool
			}
		}
		if best < 0 {
			break
		}
		p.hold(best, p.PoolTarget(int(best))+1)
	}
	for _, pool := range members {
		p.FitPool(int(pool))
	}
}

// room is how many instances of a bought pool can be held: what can be had, beside those that leave; where nobody knows, what
// is held.
func (p *Proposal) room(pool int32) int32 {
	if !p.Known[pool] {
		return p.PoolHeld[pool]
	}
	available := p.Available[pool]
	return min(available, max(p.PoolHeld[pool], available-p.PoolLeaving[pool]))
}

// hold divides n instances of a bought pool among the borrowers by demand; where nobody knows what can be had, none gets
// more than it holds.
func (p *Proposal) hold(pool int32, n int32) {
	p.SharePool(int(pool), n)
	if p.Known[pool] {
		return
	}
	for c := int(pool) * p.Borrowers; c < (int(pool)+1)*p.Borrowers; c++ {
		p.Target[c] = min(p.Target[c], p.Held[c])
	}
}
