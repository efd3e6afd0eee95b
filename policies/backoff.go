package policies

import "trough.internal/models"

// Backoff asks more and more rarely for what the cloud does not have, as when a zone is gone: its reserved instances look like
// a surplus then. Where launches of a pool were refused and none was granted, none is asked of it for an evaluation; then
// one, to see. While that is refused too the wait doubles, and a launch that is granted ends it. What is there stays, and
// the work that finds no instance goes to other pools, as far as those that speak later move it.
//
// Binary exponential back-off is Ethernet's; without a random part, because there is only one who asks.
type Backoff struct {
	Most int32 `set:"most" default:"16" min:"1" max:"1440" unit:"evaluations" doc:"Longest wait between two launches that ask whether a pool has instances again; the first wait is 1 evaluation, each later one twice as long."`

	memory backoffMemory
}

type backoffMemory struct {
	At   models.Instant // of the last evaluation
	Wait []int32        // by pool: evaluations, since the last refusal; 0 where launches are granted
	Left []int32        // by pool: how many of these have not passed
}

// Cause is ByBackoff.
func (*Backoff) Cause() models.Cause { return models.ByBackoff }

// Memory is who waits, and for how long.
func (s *Backoff) Memory() any { return &s.memory }

// Apply lets no pool be asked whose launches are refused, until it waited.
func (s *Backoff) Apply(obs *models.Observation, p *Proposal) {
	s.hear(obs, p)
	for i, wait := range s.memory.Wait {
		if wait > 0 {
			p.refuse(i, s.memory.Left[i] == 0 && total(obs.OnOrder, i, p.Borrowers) == 0)
		}
	}
}

// hear takes the cloud's answers. An observation that is asked about twice counts once.
func (s *Backoff) hear(obs *models.Observation, p *Proposal) {
	m := &s.memory
	if len(m.Wait) != len(obs.Pools) {
		*m = backoffMemory{Wait: make([]int32, len(obs.Pools)), Left: make([]int32, len(obs.Pools))}
	} else if obs.Now == m.At {
		return
	}
	m.At = obs.Now
	for i := range m.Wait {
		m.Left[i] = max(0, m.Left[i]-1)
		switch {
		case p.Bought[i]: // who buys sees to it
		case total(obs.Launched, i, p.Borrowers) > 0:
			m.Wait[i], m.Left[i] = 0, 0
		case m.Left[i] == 0 && total(obs.Refused, i, p.Borrowers) > 0: // answers to what was asked before the wait tell nothing new
			m.Wait[i] = min(max(1, 2*m.Wait[i]), s.Most)
			m.Left[i] = m.Wait[i]
		}
	}
}

// refuse lets nothing be launched in a pool, but for one instance that asks. Nor does it take from one borrower what another
// could not have instead.
func (p *Proposal) refuse(pool int, ask bool) {
	first, most, asks := pool*p.Borrowers, p.PoolTarget(pool), -1
	if p.Known[pool] {
		most = p.Room[pool]
	}
	for c := first; c < first+p.Borrowers; c++ {
		more := p.Target[c] - p.Present[c]
		if ask && more > 0 && (asks < 0 || more > p.Target[asks]-p.Present[asks]) {
			asks = c
		}
	}
	for c := first; c < first+p.Borrowers; c++ {
		p.Target[c] = min(max(p.Target[c], p.Held[c]), p.Present[c], p.Keep[c])
	}
	if asks >= 0 {
		p.Target[asks]++
	}
	p.CapPool(pool, min(most, p.PoolTarget(pool)))
	p.Refusing[pool] = true
}
