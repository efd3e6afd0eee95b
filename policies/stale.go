package policies

import (
	"time"

	"trough.internal/models"
)

// Stale is what follows from old and missing telemetry: at first no increase, later the return of what is held.
// An empty answer must not read as idle owners, and an old one not as what is.
type Stale struct {
	AgeMax  time.Duration // no increase in a pool whose report is older or missing; 0 trusts a report of any age
	AgeZero time.Duration // nothing is held of a pool whose report is older or missing for as long; 0 is never

	memory staleMemory
}

type staleMemory struct {
	// Trusted is, by pool, when the last report was true, or the first evaluation if there was none yet.
	Trusted []models.Instant
	Last    []int32 // by cell: the last target, which may be lower than what is held until orders take effect
}

// Cause is ByStale.
func (*Stale) Cause() models.Cause { return models.ByStale }

// Memory is when reports were last trusted, and the last targets.
func (s *Stale) Memory() any { return &s.memory }

// Apply lowers the targets of pools whose reports are old or missing.
func (s *Stale) Apply(obs *models.Observation, p *Proposal) {
	s.meet(obs, p)
	m := &s.memory
	n := len(obs.Pools)
	known, trusted, asOf := p.Known[:n], m.Trusted[:n], obs.AsOf[:n]
	oldest := -models.Never // the oldest report that is trusted
	if s.AgeMax > 0 {
		oldest = obs.Now.Add(-s.AgeMax)
	}
	for i := range known {
		if p.Bought[i] {
			continue // who buys sees to it
		}
		if known[i] {
			trusted[i] = asOf[i]
			if trusted[i] >= oldest {
				continue
			}
		}
		zero := s.AgeZero > 0 && obs.Now.Sub(trusted[i]) > s.AgeZero
		for c := i * p.Borrowers; c < (i+1)*p.Borrowers; c++ {
			p.Target[c] = min(p.Target[c], p.Held[c], m.Last[c])
			if zero {
				p.Target[c] = 0
			}
		}
	}
	copy(m.Last, p.Target)
}

// meet sizes the memory at the first evaluation.
func (s *Stale) meet(obs *models.Observation, p *Proposal) {
	m := &s.memory
	if len(m.Trusted) == len(obs.Pools) && len(m.Last) == len(p.Target) {
		return
	}
	m.Trusted = make([]models.Instant, len(obs.Pools))
	for i := range m.Trusted {
		m.Trusted[i] = obs.Now
	}
	m.Last = append([]int32{}, p.Held...)
}
