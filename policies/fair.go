package policies

import (
	"fmt"
	"math"
	"slices"

	"trough.internal/models"
	"trough.internal/models/settings"
)

// Fair is the fourth strategy: while there is more to borrow than there is work for, spread it so that every pool lends the
// same part of what it could, and none is exhausted. Like water in vessels: what is launched goes where that part is lowest, what
// ends comes from where it is highest, and the rest stays where it is. A pool is levelled against the others only where it is
// further from the even part than the tolerance: to even out every difference would be churn for its own sake.
//
// Where moving work costs something, regions may be filled one after the other: each is spread by itself, and the next one gets
// what demand the ones before have no room for.
type Fair struct {
	Tolerance settings.Share `set:"tolerance" default:"10%" min:"0%" max:"100%" doc:"How far the lent part of a pool may be from the even part before instances move; 100% never moves any."`
	Regions   []string       `set:"regions" doc:"Regions in the order in which they are filled, those that are not named last and together; none: all pools alike."`

	groups [][]int32    // pools that are spread together, in the order in which they are filled
	pools  *models.Pool // the first of those that were divided into groups

	// By pool of a group, of the borrower at hand, in instances.
	room   []int32 // what could be held
	target []int32 // what is to be held
	slots  []int32 // jobs at once on an instance
}

// Check refuses a region that is named twice.
func (f *Fair) Check() error {
	for i, name := range f.Regions {
		if slices.Contains(f.Regions[:i], name) {
			return fmt.Errorf("regions[%d] is %q, like one before: expected each region once", i, name)
		}
	}
	return nil
}

// Cause is ByFair.
func (*Fair) Cause() models.Cause { return models.ByFair }

// Memory is nil: what is held is memory enough.
func (*Fair) Memory() any { return nil }

// Apply lowers every borrower's targets to its demand, rounded up to whole instances, unless demand is as large as they are.
func (f *Fair) Apply(obs *models.Observation, p *Proposal) {
	f.divide(obs.Pools)
	for b, demand := range p.Demand {
		need := int64(ceil(demand))
		for _, group := range f.groups {
			need = max(0, need-f.spread(obs, p, b, group, need))
		}
	}
}

// spread lowers a borrower's targets in a group of pools to so many slots, and returns how many it leaves.
func (f *Fair) spread(obs *models.Observation, p *Proposal, b int, group []int32, need int64) int64 {
	f.room, f.target, f.slots = resize(f.room, len(group)), resize(f.target, len(group)), resize(f.slots, len(group))
	all, refusing := int64(0), int64(0)
	for i, pool := range group {
		f.room[i], f.slots[i] = p.Target[int(pool)*p.Borrowers+b], slotsOf(&obs.Pools[pool])
		all += int64(f.room[i]) * int64(f.slots[i])
		if p.Refusing[pool] {
			refusing += int64(f.room[i]) * int64(f.slots[i])
		}
	}
	if need >= all {
		return all
	}
	apart := need >= refusing // where launches are refused it stays as it is, and the other pools share the rest
	if apart {
		need, all = need-refusing, all-refusing
		for i, pool := range group {
			if p.Refusing[pool] {
				f.room[i] = 0
			}
		}
	} else {
		refusing = 0
	}
	f.begin(p, b, group, float64(need)/float64(all))
	f.level(need, float64(need)/float64(all))
	for i, pool := range group {
		if !apart || !p.Refusing[pool] {
			p.Target[int(pool)*p.Borrowers+b] = f.target[i]
		}
	}
	return refusing + f.have()
}

// divide makes groups of pools, once.
func (f *Fair) divide(pools []models.Pool) {
	if f.groups != nil && (len(pools) == 0 || f.pools == &pools[0]) {
		return
	}
	f.groups = make([][]int32, len(f.Regions)+1)
	for i := range pools {
		at := slices.Index(f.Regions, pools[i].Region)
		if at < 0 {
			at = len(f.Regions)
		}
		f.groups[at], f.pools = append(f.groups[at], int32(i)), &pools[0]
	}
}

// begin starts from what is held, moved into the tolerance around the even part.
func (f *Fair) begin(p *Proposal, b int, group []int32, even float64) {
	low, high := max(0, even-float64(f.Tolerance)), min(1, even+float64(f.Tolerance))
	for i, room := range f.room {
		held := p.Held[int(group[i])*p.Borrowers+b]
		least, most := int32(low*float64(room)+dust), int32(math.Ceil(high*float64(room)-dust))
		f.target[i] = max(min(held, most), least)
	}
}

// level raises the lowest or lowers the highest until the targets have as many slots as are needed. Where instances
// differ in slots, the last one raised may bring more than were missing; what it makes superfluous goes.
func (f *Fair) level(need int64, even float64) {
	have := f.have()
	if have < need {
		f.fill(need, even)
		for have = f.have(); have < need; {
			have += f.raiseLowest()
		}
	} else if have > need {
		f.drain(need, even)
		have = f.have()
	}
	for have > need {
		slots := f.lowerHighest(have - need)
		if slots == 0 {
			return // every instance has more slots than are too many
		}
		have -= slots
	}
}

func (f *Fair) have() int64 {
	have := int64(0)
	for i, target := range f.target {
		have += int64(target) * int64(f.slots[i])
	}
	return have
}

// dust is more than sums of floats are wrong by: one instance too few is added again, one too many would stay.
const dust = 1e-6

// fill raises all pools below one level to it, rounded down. The level is where they together have what is
// needed; from the even one, which is too high, Newton's method comes down to it in a few steps and never too far, for
// what is had is convex in the level.
func (f *Fair) fill(need int64, level float64) {
	for {
		below, rest := 0.0, float64(need)
		for i, target := range f.target {
			if room := float64(f.room[i]); level*room > float64(target) {
				below += room * float64(f.slots[i])
			} else {
				rest -= float64(target) * float64(f.slots[i])
			}
		}
		next := rest / below
		if below == 0 || next >= level*(1-1e-12) {
			break
		}
		level = next
	}
	for i, room := range f.room {
		f.target[i] = max(f.target[i], int32(level*float64(room)-dust))
	}
}

// drain lowers all pools above one level to it, rounded down. The level is where they together still have what is
// needed if rounding takes a whole instance from each; Newton's method comes up to it.
func (f *Fair) drain(need int64, level float64) {
	for {
		above, rest := 0.0, float64(need)
		for i, target := range f.target {
			room, slots := float64(f.room[i]), float64(f.slots[i])
			if level*room-1 < float64(target) {
				above += room * slots
				rest += slots
			} else {
				rest -= float64(target) * slots
			}
		}
		next := rest / above
		if above == 0 || next <= level*(1+1e-12) {
			break
		}
		level = next
	}
	for i, room := range f.room {
		f.target[i] = min(f.target[i], int32(level*float64(room)+dust))
	}
}

// raiseLowest adds an instance where the lent part is lowest with it, so that a pool of one is the last to be exhausted,
// and returns its slots.
//
// Note: the largest remainder would be the usual rounding; it gives to small pools first what they can spare least.
func (f *Fair) raiseLowest() int64 {
	best := -1
	for i, target := range f.target {
		if target < f.room[i] && (best < 0 || int64(target+1)*int64(f.room[best]) < int64(f.target[best]+1)*int64(f.room[i])) {
			best = i
		}
	}
	f.target[best]++
	return int64(f.slots[best])
}

// lowerHighest takes an instance of at most so many slots from where the lent part is highest, and returns its slots.
func (f *Fair) lowerHighest(slotsMax int64) int64 {
	best := -1
	for i, target := range f.target {
		if target > 0 && int64(f.slots[i]) <= slotsMax && (best < 0 || int64(target)*int64(f.room[best]) > int64(f.target[best])*int64(f.room[i])) {
			best = i
		}
	}
	if best < 0 {
		return 0
	}
	f.target[best]--
	return int64(f.slots[best])
}
