package policies

import (
	"time"

	"trough.internal/models"
)

// Overdraft is the second strategy, the negative surplus monitor: where more is borrowed than is available, the difference
// yields by notice. Borrowing is the lowest priority in the company.
type Overdraft struct {
	CoolOff time.Duration `set:"cool_off" default:"10m" min:"0s" doc:"How long after an overdraft nothing more is borrowed of its pool."`

	memory overdraftMemory
}

type overdraftMemory struct {
	Seen  []bool           // by pool: whether there was an overdraft yet
	Until []models.Instant // by pool: when the cool-off ends
}

// Cause is ByOverdraft.
func (*Overdraft) Cause() models.Cause { return models.ByOverdraft }

// Memory is when the cool-offs end.
func (s *Overdraft) Memory() any { return &s.memory }

// Apply lowers Keep to what is available. Those that leave already do not count for it, but while they are there the
// overdraft lasts and the cool-off has not begun.
func (s *Overdraft) Apply(obs *models.Observation, p *Proposal) {
	m := &s.memory
	if len(m.Until) != len(p.Available) {
		m.Seen, m.Until = make([]bool, len(p.Available)), make([]models.Instant, len(p.Available))
	}
	for i, available := range p.Available {
		if p.Bought[i] {
			continue // what a provider takes back is no overdraft
		}
		if p.Known[i] && p.PoolPresent[i]+p.PoolLeaving[i] > available {
			m.Seen[i], m.Until[i] = true, obs.Now.Add(s.CoolOff)
			if p.PoolPresent[i] > available {
				p.KeepPool(i, available)
			}
		}
		if m.Seen[i] && obs.Now < m.Until[i] {
			p.noMore(i)
		}
	}
}

// noMore ends all increases in a pool.
func (p *Proposal) noMore(pool int) {
	for c := pool * p.Borrowers; c < (pool+1)*p.Borrowers; c++ {
		p.Target[c] = min(p.Target[c], p.Held[c])
	}
}
