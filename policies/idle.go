package policies

import (
	"time"

	"trough.internal/models"
)

// Idle is the third strategy: find over-allocated instances and release them at once, although smoothing or stepping
// would keep them. Over-allocated are as many instances of a pool as were idle at every evaluation for a while, as far as
// queued work does not need them.
type Idle struct {
	After time.Duration `set:"after" default:"5m" min:"1s" doc:"How long at least so many instances must have been idle; it may take a quarter more."`

	memory idleMemory
}

// The time that is watched is kept in parts, of each the fewest idle: four complete ones and the one that has begun.
const (
	idleComplete = 4
	idleParts    = idleComplete + 1
)

type idleMemory struct {
	Began  models.Instant     // when the part at hand began
	Part   int                // the part at hand, in a ring
	Filled int                // complete parts
	Fewest [idleParts][]int32 // by part, by cell: idle instances
}

// Cause is ByIdle.
func (*Idle) Cause() models.Cause { return models.ByIdle }

// Memory is the fewest idle instances of late.
func (s *Idle) Memory() any { return &s.memory }

// Apply lowers targets to what is held less what is over-allocated.
func (s *Idle) Apply(obs *models.Observation, p *Proposal) {
	s.watch(obs)
	m := &s.memory
	if m.Filled < idleComplete {
		return
	}
	for b := range p.Demand {
		excess := int64(-obs.Workload[b].Demand()) // slots held for no job
		idle := int64(0)                           // slots of instances that were idle for long
		for i := range obs.Pools {
			c, slots := i*p.Borrowers+b, int64(slotsOf(&obs.Pools[i]))
			excess += int64(p.Held[c]) * slots
			idle += int64(m.fewest(c)) * slots
		}
		excess = min(excess, idle)
		if excess <= 0 {
			continue
		}
		for i := range obs.Pools {
			c := i*p.Borrowers + b
			released := int64(m.fewest(c)) * excess / idle // rounded down: what is too little now follows soon
			p.Target[c] = min(p.Target[c], p.Held[c]-int32(released))
		}
	}
}

func (s *Idle) watch(obs *models.Observation) {
	m := &s.memory
	if len(m.Fewest[0]) != len(obs.Idle) {
		*m = idleMemory{Began: obs.Now}
		for i := range m.Fewest {
			m.Fewest[i] = append([]int32{}, obs.Idle...)
		}
		return
	}
	if obs.Now.Sub(m.Began) >= s.After/idleComplete {
		m.Began, m.Part, m.Filled = obs.Now, (m.Part+1)%idleParts, min(m.Filled+1, idleComplete)
		copy(m.Fewest[m.Part], obs.Idle)
		return
	}
	fewest := m.Fewest[m.Part]
	for c, idle := range obs.Idle[:len(fewest)] {
		fewest[c] = min(fewest[c], idle)
	}
}

func (m *idleMemory) fewest(c int) int32 {
	return min(m.Fewest[0][c], m.Fewest[1][c], m.Fewest[2][c], m.Fewest[3][c], m.Fewest[4][c])
}
