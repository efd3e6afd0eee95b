package policies

import (
	"cmp"
	"math"
	"slices"
	"time"

	"trough.internal/models"
	"trough.internal/models/settings"
)

// Broker divides what can be borrowed among several borrowers, in Kueue's terms. Each first gets its nominal, as far as it has
// work for it. The rest goes to where the share is smallest for its weight, so that with nominals below the weights' shares all
// shares follow the weights. The weights are corrected by what was used of late: who had less than its weight's share gets
// up to twice its weight until that is made good, and who had more gets down to half.
//
// Three things keep instances where they are. The corrected weights change only when one of them is off by more than the band;
// rounding favours who holds the instance; and none are taken for another borrower of as many as came within the minimum runtime,
// or where nothing could be launched instead (see Backoff).
// What the owners want back goes whatever its age.
type Broker struct {
	Borrowers      []Quota        `set:"borrowers" doc:"Terms of each borrower; one that is not named has weight 1, nominal 0% and no limits."`
	HalfLife       time.Duration  `set:"half_life" default:"24h" min:"0s" max:"90d" doc:"Half-life of what was used, for fair shares over time; 0s forgets it at once, so that weights are as they are written."`
	MinimumRuntime time.Duration  `set:"minimum_runtime" default:"10m" min:"0s" max:"24h" doc:"How long an instance is not taken for another borrower; it may take up to twice as long. Counted by pool and borrower: so many of its instances as came within this time are safe, whichever end."`
	Band           settings.Share `set:"band" default:"5%" min:"0%" max:"50%" doc:"How far a corrected weight, as a part of all, may be from the one in force before instances move."`
	Mode           Mode           `set:"mode" default:"run" enum:"run|hold|drain|evacuate" doc:"Of all borrowers; for each the more restrictive of this one and its own holds."`

	memory brokerMemory

	quotas  []Quota // by borrower, of the observation
	named   *string // of the list that quotas were made of
	order   []int32 // pools by name, so that rounding does not depend on their order
	pools   *models.Pool
	need    []float64 // by borrower: slots that it may use
	base    []float64 // by borrower: of its nominal, what it has work for
	most    []float64 // by borrower: the most that its limits let it have
	grants  []float64 // by borrower: slots that it gets
	deficit []float64 // by borrower: slots that rounding owes it
	held    []float64 // by borrower: slots
	young   []int32   // by cell: instances that are not taken for another borrower
	yields  []int32   // by borrower
}

// Quota is one borrower's terms.
type Quota struct {
	Name           string  `set:"name" required:"true" doc:"Name of the borrower, as the scenario has it."`
	Weight         float64 `set:"weight" default:"1" min:"0" max:"1000000" doc:"Its share beside the others' while all have work; 0 is nothing beyond nominal."`
	Nominal        Amount  `set:"nominal" default:"0%" doc:"What it gets before anybody gets more, as far as it has work: a share of the slots that can be borrowed, or so many slots."`
	BorrowingLimit *Amount `set:"borrowing_limit" doc:"Most that it gets beyond nominal, of what others leave; not given: no limit."`
	LendingLimit   *Amount `set:"lending_limit" doc:"Most of its nominal that others get while it has no work for it; not given: all. The rest stays unused for it."`
	YieldOrder     int32   `set:"yield_order" default:"0" min:"0" max:"100" doc:"Who gives back first in an overdraft: the lower number, all that it has before the next; equal ones in proportion to what they hold."`
	Mode           Mode    `set:"mode" default:"run" enum:"run|hold|drain|evacuate" doc:"run; hold: takes nothing more, and gives back only to the owners; drain: gives back when idle; evacuate: gives back by notice."`
}

// Mode is a stop state. A later one is more restrictive.
type Mode string

// The stop states. The zero value means run.
const (
	Run      Mode = "run"
	HoldOn   Mode = "hold"
	Drain    Mode = "drain"
	Evacuate Mode = "evacuate"
)

var modes = []Mode{Run, HoldOn, Drain, Evacuate}

type brokerMemory struct {
	Met     bool
	At      models.Instant // of the last evaluation
	Usage   []float64      // by borrower: slot-seconds, decayed
	Weights []float64      // by borrower: the corrected weights in force, as parts of all

	// The fewest held by cell, in the time since Began and in the one before it, each a minimum runtime long.
	Began          models.Instant
	Fewest, Before []int32
}

// Cause is ByBroker.
func (*Broker) Cause() models.Cause { return models.ByBroker }

// Memory is what was used of late, the weights in force, and what was held of late.
func (s *Broker) Memory() any { return &s.memory }

// Apply divides each pool's room among the borrowers, and limits their demand to what they are granted.
func (s *Broker) Apply(obs *models.Observation, p *Proposal) {
	if len(obs.Pools) == 0 || p.Borrowers == 0 {
		return
	}
	s.meet(obs, p)
	s.remember(obs, p)
	slots := s.slots(obs, p)
	s.weigh(slots)
	s.grant(p, slots)
	clear(s.deficit)
	for _, i := range s.order {
		pool := int(i)
		if p.Known[pool] && !p.Bought[pool] && !p.Refusing[pool] {
			s.divide(p, pool, float64(slotsOf(&obs.Pools[pool])))
			p.FitPool(pool)
		}
	}
	s.stop(p)
	p.yields = s.yields
}

// meet finds the terms of the observation's borrowers, and sizes the columns.
func (s *Broker) meet(obs *models.Observation, p *Proposal) {
	n := p.Borrowers
	if s.pools != &obs.Pools[0] || len(s.order) != len(obs.Pools) {
		s.order, s.pools = make([]int32, len(obs.Pools)), &obs.Pools[0]
		for i := range s.order {
			s.order[i] = int32(i)
		}
		slices.SortStableFunc(s.order, func(a, b int32) int {
			x, y := &obs.Pools[a], &obs.Pools[b]
			return cmp.Or(cmp.Compare(x.Zone, y.Zone), cmp.Compare(x.Type, y.Type), cmp.Compare(x.Kind, y.Kind))
		})
	}
	if s.named != &obs.Borrowers[0] || len(s.quotas) != n {
		s.named, s.quotas, s.yields = &obs.Borrowers[0], make([]Quota, n), make([]int32, n)
		for b, name := range obs.Borrowers {
			s.quotas[b] = Quota{Name: name, Weight: 1}
			if at := slices.IndexFunc(s.Borrowers, func(q Quota) bool { return q.Name == name }); at >= 0 {
				s.quotas[b] = s.Borrowers[at]
			}
			s.yields[b] = s.quotas[b].YieldOrder
		}
	}
	for _, column := range []*[]float64{&s.need, &s.base, &s.most, &s.grants, &s.deficit, &s.held} {
		*column = resize(*column, n)
	}
	s.young = resize(s.young, len(p.Target))
}

// remember adds what was held since the last evaluation to what was used, and finds what came of late.
func (s *Broker) remember(obs *models.Observation, p *Proposal) {
	m := &s.memory
	if !m.Met || len(m.Usage) != p.Borrowers || len(m.Fewest) != len(p.Held) {
		*m = brokerMemory{Met: true, At: obs.Now, Usage: make([]float64, p.Borrowers), Weights: make([]float64, p.Borrowers), Began: obs.Now,
			Fewest: slices.Clone(p.Held), Before: slices.Clone(p.Held)}
	}
	clear(s.held)
	for c, n := range p.Held {
		if pool := c / p.Borrowers; !p.Bought[pool] {
			s.held[c%p.Borrowers] += float64(n * slotsOf(&obs.Pools[pool]))
		}
	}
	elapsed := obs.Now.Sub(m.At)
	m.At = obs.Now
	if s.HalfLife > 0 {
		decay := math.Exp2(-float64(elapsed) / float64(s.HalfLife))
		for b, held := range s.held {
			m.Usage[b] = m.Usage[b]*decay + held*elapsed.Seconds()
		}
	}
	if obs.Now.Sub(m.Began) >= s.MinimumRuntime {
		m.Began = obs.Now
		copy(m.Before, m.Fewest)
		copy(m.Fewest, p.Held)
	}
	lower(m.Fewest, p.Held)
	for c, n := range p.Held {
		s.young[c] = n - min(m.Fewest[c], m.Before[c], n)
		if s.MinimumRuntime == 0 {
			s.young[c] = 0
		}
		if s.mode(c%p.Borrowers) == HoldOn || p.Refusing[c/p.Borrowers] {
			s.young[c] = n
		}
	}
}

// correctionMost bounds what past use does to a weight: at least half of it is left, at most twice of it is given.
const correctionMost = 2

// weigh corrects the weights by what was used, and puts them in force where one is off by more than the band, or in a small
// market by more than two slots for each borrower: or else borrowers would take turns with what rounding gives one too much.
func (s *Broker) weigh(slots float64) {
	m := &s.memory
	weights, used := 0.0, 0.0
	for b := range s.quotas {
		weights += s.quotas[b].Weight
		used += m.Usage[b]
	}
	all := 0.0
	for b := range s.quotas {
		w := 0.0
		if weights > 0 {
			w = s.quotas[b].Weight / weights
		}
		correction := 1.0
		if used > 0 {
			correction = float64(correctionMost)
			if share := m.Usage[b] / used; share > 0 {
				correction = min(max(w/share, 1.0/correctionMost), correctionMost)
			}
		}
		s.deficit[b] = w * correction // not used before divide
		all += s.deficit[b]
	}
	off, inForce := 0.0, false
	for b := range s.deficit {
		if all > 0 {
			s.deficit[b] /= all
		}
		inForce = inForce || m.Weights[b] > 0
		off = max(off, math.Abs(s.deficit[b]-m.Weights[b]))
	}
	if !inForce || off > max(float64(s.Band), 2*float64(len(s.quotas))/slots) {
		copy(m.Weights, s.deficit)
	}
}

// slots is all that there is to divide.
func (s *Broker) slots(obs *models.Observation, p *Proposal) float64 {
	all := int64(0)
	for i, room := range p.Room {
		if p.Known[i] && !p.Bought[i] {
			all += int64(room) * int64(slotsOf(&obs.Pools[i]))
		}
	}
	return float64(all)
}

// grant says how many slots each borrower gets: nominal first, then by weight up to its limits.
func (s *Broker) grant(p *Proposal, slots float64) {
	nominals := 0.0
	for b := range s.quotas {
		nominals += s.quotas[b].Nominal.of(slots)
	}
	scale := 1.0 // slots that are promised but not there are missing for all alike
	if nominals > slots {
		scale = slots / nominals
	}
	left := slots
	for b := range s.quotas {
		q := &s.quotas[b]
		s.need[b] = s.mayUse(b, p.Demand[b])
		nominal := q.Nominal.of(slots) * scale
		s.base[b] = min(s.need[b], nominal)
		s.most[b] = s.need[b]
		if q.Weight == 0 {
			s.most[b] = s.base[b]
		}
		if q.BorrowingLimit != nil {
			s.most[b] = min(s.most[b], nominal+q.BorrowingLimit.of(slots))
		}
		if q.LendingLimit != nil {
			left -= max(0, nominal-s.base[b]-q.LendingLimit.of(slots)*scale)
		}
	}
	s.fill(left)
	for b := range s.grants {
		safe := 0.0
		for c := b; c < len(p.Target); c += p.Borrowers {
			safe += float64(s.young[c])
		}
		p.Demand[b] = min(s.need[b], max(s.grants[b], safe))
	}
}

// mayUse is how many slots a borrower may use: those that it has work for, as far as its stop state lets it.
func (s *Broker) mayUse(b int, demand float64) float64 {
	switch s.mode(b) {
	case Run:
		return float64(ceil(demand))
	case HoldOn:
		return s.held[b]
	}
	return 0
}

// mode is the more restrictive of everybody's and the borrower's own.
func (s *Broker) mode(b int) Mode {
	return modes[max(0, slices.Index(modes, s.Mode), slices.Index(modes, s.quotas[b].Mode))]
}

// fill raises a level, to which every borrower is filled in proportion to its weight, between its nominal and its most, until
// the slots are used. The level is found by halving: 64 times is more than a float can tell.
func (s *Broker) fill(slots float64) {
	low, high := 0.0, 1.0
	for b, w := range s.memory.Weights {
		if w > 0 {
			high = max(high, s.most[b]/w)
		}
	}
	for range 64 {
		level, sum := (low+high)/2, 0.0
		for b := range s.grants {
			sum += s.at(b, level)
		}
		if sum > slots {
			high = level
		} else {
			low = level
		}
	}
	if s.sumAt(high) <= slots {
		low = high
	}
	for b := range s.grants {
		s.grants[b] = s.at(b, low)
	}
}

func (s *Broker) at(b int, level float64) float64 {
	return max(s.base[b], min(s.most[b], level*s.memory.Weights[b]))
}

func (s *Broker) sumAt(level float64) float64 {
	sum := 0.0
	for b := range s.grants {
		sum += s.at(b, level)
	}
	return sum
}

// holderBonus is how much of an instance rounding may owe to somebody else before it takes one from who holds it.
const holderBonus = 0.75

// divide divides a pool's room in proportion to the grants. What whole instances leave goes to whom rounding owes most, so
// that many small pools starve nobody.
func (s *Broker) divide(p *Proposal, pool int, slots float64) {
	first, room, granted := pool*p.Borrowers, p.Room[pool], 0.0
	target := p.Target[first:][:p.Borrowers]
	for _, g := range s.grants {
		granted += g
	}
	clear(target)
	if granted == 0 {
		return
	}
	left := room
	for b, g := range s.grants {
		exact := float64(room) * g / granted
		target[b] = int32(exact + dust)
		left -= target[b]
		s.deficit[b] += (exact - float64(target[b])) * slots
	}
	for ; left > 0; left-- {
		best, most := -1, 0.0
		for b, g := range s.grants {
			owed := s.deficit[b] / slots
			if p.Held[first+b] > target[b] {
				owed += holderBonus
			}
			if g > 0 && (best < 0 || owed > most) {
				best, most = b, owed
			}
		}
		target[best]++
		s.deficit[best] -= slots
	}
	s.protect(p, target, first, room)
}

// protect gives back to borrowers what they may not lose yet, from who is most above that.
func (s *Broker) protect(p *Proposal, target []int32, first int, room int32) {
	safe := int32(0)
	for b := range target {
		if s.need[b] == 0 {
			s.young[first+b] = 0
		}
		safe += s.young[first+b]
	}
	if safe > room { // the owners come first
		p.capPool(s.young, first/p.Borrowers, room)
	}
	young := s.young[first:][:p.Borrowers]
	for b := range target {
		for missing := young[b] - target[b]; missing > 0; missing = young[b] - target[b] {
			from := -1
			for o := range target {
				if target[o] > young[o] && (from < 0 || target[o]-young[o] > target[from]-young[from]) {
					from = o
				}
			}
			if from < 0 {
				target[b] += min(missing, room-sumOf(target))
				break
			}
			n := min(missing, target[from]-young[from])
			target[from] -= n
			target[b] += n
		}
	}
}

func sumOf(column []int32) (n int32) {
	for _, x := range column {
		n += x
	}
	return n
}

// stop has the stop states' last word, where the owners' use is not known too.
func (s *Broker) stop(p *Proposal) {
	for c := range p.Target {
		if p.Bought[c/p.Borrowers] {
			continue
		}
		switch s.mode(c % p.Borrowers) {
		case HoldOn:
			p.Target[c] = min(p.Target[c], p.Held[c])
		case Drain:
			p.Target[c] = 0
		case Evacuate:
			p.Target[c], p.Keep[c] = 0, 0
		}
	}
}
