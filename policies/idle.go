package policies

import (
	"time"

	"trough.internal/models"
)

// Idle is the third strategy: find over-allocated instances and release them at once, although smoothing or stepping
// would keep them. Over-allocated are as many instances of a pool as were idle at every evaluation for a while, as far as
// queued work does not need them.
type Idle struct {
	After time.Duration `set:"after" default:"5m" min:"1s" doc:"How long at least so many instances must have been idle; it may take an eighth more, or until the next evaluation."`

	memory idleMemory
	fewest []int32 // by cell: idle at every evaluation for as long as After
}

// The time that is watched is kept in parts, of each the fewest idle: eight complete ones, one that has begun, and one
// for a time that does not divide evenly.
const (
	idleComplete = 8
	idleParts    = idleComplete + 2
)

type idleMemory struct {
	Began  [idleParts]models.Instant // by part: its first evaluation
	Part   int                       // the part at hand, in a ring
	Filled int                       // parts that have begun
	Fewest [idleParts][]int32        // by part, by cell: idle instances
}

// Cause is ByIdle.
func (*Idle) Cause() models.Cause { return models.ByIdle }

// Memory is the fewest idle instances of late.
func (s *Idle) Memory() any { return &s.memory }

// Apply lowers targets to what is held less what is over-allocated.
func (s *Idle) Apply(obs *models.Observation, p *Proposal) {
	s.watch(obs)
	if !s.look(obs.Now) {
		return
	}
	for b := range p.Demand {
		excess := int64(-obs.Workload[b].Demand()) // slots held for no job
		idle := int64(0)                           // slots of instances that were idle for long
		for i := range obs.Pools {
			if p.Bought[i] {
				continue
			}
			c, slots := i*p.Borrowers+b, int64(slotsOf(&obs.Pools[i]))
			excess += int64(p.Held[c]) * slots
			idle += int64(s.fewest[c]) * slots
		}
		excess = min(excess, idle)
		if excess <= 0 {
			continue
		}
		for i := range obs.Pools {
			if p.Bought[i] {
				continue
			}
			c := i*p.Borrowers + b
			released := int64(s.fewest[c]) * excess / idle // rounded down: what is too little now follows soon
			p.Target[c] = min(p.Target[c], p.Held[c]-int32(released))
		}
	}
}

func (s *Idle) watch(obs *models.Observation) {
	m := &s.memory
	if len(m.Fewest[0]) != len(obs.Idle) {
		*m = idleMemory{Filled: 1}
		m.Began[0] = obs.Now
		for i := range m.Fewest {
			m.Fewest[i] = append([]int32{}, obs.Idle...)
		}
		return
	}
	if obs.Now.Sub(m.Began[m.Part]) >= s.After/idleComplete {
		m.Part, m.Filled = (m.Part+1)%idleParts, min(m.Filled+1, idleParts)
		m.Began[m.Part] = obs.Now
		copy(m.Fewest[m.Part], obs.Idle)
		return
	}
	lower(m.Fewest[m.Part], obs.Idle)
}

// look takes the fewest of as many parts as make up the time; false if it has not been watched for as long.
func (s *Idle) look(now models.Instant) bool {
	m := &s.memory
	s.fewest = resize(s.fewest, len(m.Fewest[0]))
	copy(s.fewest, m.Fewest[m.Part])
	for back := range m.Filled {
		part := (m.Part - back + idleParts) % idleParts
		lower(s.fewest, m.Fewest[part])
		if now.Sub(m.Began[part]) >= s.After {
			return true
		}
	}
	return false
}

// lower takes the smaller of each pair.
func lower(into, values []int32) {
	for c, v := range values[:len(into)] {
		into[c] = min(into[c], v)
	}
}
