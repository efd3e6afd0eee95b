package policies

import (
	"math"
	"slices"
	"time"

	"trough.internal/models"
)

// Smoothing is the fifth strategy: act on a smoothed workload, not on its jitter and spikes. The median of the last
// samples takes out single spikes, an exponential average the jitter. It may keep what is held beyond the work there is; it never
// asks for more than there is work for.
type Smoothing struct {
	Rise   time.Duration `set:"rise" default:"1m" min:"0s" doc:"Half-life of the smoothed demand while it rises; 0s follows at once."`
	Fall   time.Duration `set:"fall" default:"10m" min:"0s" doc:"Half-life of the smoothed demand while it falls; 0s follows at once."`
	Median int32         `set:"median" default:"3" min:"1" max:"15" unit:"samples" doc:"Evaluations whose median is smoothed; 1 takes every sample as it is."`

	memory smoothingMemory
	sorted []float64
}

type smoothingMemory struct {
	At     models.Instant // of the last evaluation
	Level  []float64      // by borrower: smoothed demand in slots
	Recent []float64      // by borrower, then sample: the last ones, in a ring
	Next   int            // where in the ring the next sample goes
	Filled int            // samples in the ring
}

// Cause is BySmoothing.
func (*Smoothing) Cause() models.Cause { return models.BySmoothing }

// Memory is the smoothed demand and the last samples.
func (s *Smoothing) Memory() any { return &s.memory }

// Apply replaces the demand.
func (s *Smoothing) Apply(obs *models.Observation, p *Proposal) {
	s.sample(obs, p)
	m := &s.memory
	for b, demand := range p.Demand {
		// The level may fall slowly over what is there, but is no reason to launch for work that is gone.
		p.Demand[b] = min(m.Level[b], max(demand, s.heldSlots(obs, p, b)))
	}
}

// sample brings the memory up to date. An observation that is asked about twice counts once.
func (s *Smoothing) sample(obs *models.Observation, p *Proposal) {
	m, window := &s.memory, int(max(1, s.Median))
	first := len(m.Level) != len(p.Demand) || len(m.Recent) != window*len(p.Demand)
	if first {
		*m = smoothingMemory{Level: slices.Clone(p.Demand), Recent: make([]float64, window*len(p.Demand))}
	}
	if !first && obs.Now == m.At {
		return
	}
	elapsed := obs.Now.Sub(m.At)
	for b, demand := range p.Demand {
		m.Recent[b*window+m.Next] = demand
	}
	m.At, m.Next, m.Filled = obs.Now, (m.Next+1)%window, min(m.Filled+1, window)
	for b := range p.Demand {
		m.Level[b] = s.follow(m.Level[b], s.median(m.Recent[b*window:][:m.Filled]), elapsed)
	}
}

func (s *Smoothing) median(samples []float64) float64 {
	s.sorted = append(s.sorted[:0], samples...)
	slices.Sort(s.sorted)
	return s.sorted[(len(s.sorted)-1)/2]
}

// follow moves the level towards the sample; within half a slot it is there, or it would hold an instance for ever.
func (s *Smoothing) follow(level, sample float64, elapsed time.Duration) float64 {
	half := s.Fall
	if sample > level {
		half = s.Rise
	}
	if half <= 0 || elapsed <= 0 {
		return sample
	}
	level = sample + (level-sample)*math.Exp2(-float64(elapsed)/float64(half))
	if math.Abs(level-sample) < 0.5 {
		return sample
	}
	return level
}

func (s *Smoothing) heldSlots(obs *models.Observation, p *Proposal, b int) float64 {
	slots := int32(0)
	for i := range obs.Pools {
		if p.Bought[i] {
			continue
		}
		slots += p.Held[i*p.Borrowers+b] * slotsOf(&obs.Pools[i])
	}
	return float64(slots)
}
