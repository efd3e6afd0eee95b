package policies

import (
	"trough.internal/models"
	"trough.internal/models/settings"
)

// Stepping is the sixth strategy: small steps, evaluated often, do not overreact and spread over types and zones. A pool
// that is in overdraft is not held back: what is beyond the available goes at once.
type Stepping struct {
	Up        settings.Share `set:"up" default:"10%" min:"0%" max:"100%" doc:"Most instances more per evaluation and pool, as part of its reserved ones."`
	UpLeast   int32          `set:"up_least" default:"2" min:"1" unit:"instances" doc:"Step up that a pool may always take, however small."`
	Down      settings.Share `set:"down" default:"20%" min:"0%" max:"100%" doc:"Most instances fewer per evaluation and pool when yielding when idle, as part of its reserved ones."`
	DownLeast int32          `set:"down_least" default:"5" min:"1" unit:"instances" doc:"Step down that a pool may always take, however small."`
}

// Cause is ByStepping.
func (*Stepping) Cause() models.Cause { return models.ByStepping }

// Memory is nil: steps are taken from what is held.
func (*Stepping) Memory() any { return nil }

// Apply moves targets towards what is held until no pool takes a larger step than it may.
func (s *Stepping) Apply(obs *models.Observation, p *Proposal) {
	for i, reserved := range obs.Reserved[:len(p.Available)] {
		if p.Bought[i] {
			continue
		}
		up := max(s.UpLeast, shareDown(s.Up, reserved))
		down := max(s.DownLeast, shareDown(s.Down, reserved))
		if p.Known[i] {
			down = max(down, p.PoolHeld[i]-p.Available[i])
		}
		if p.Borrowers == 1 {
			p.Target[i] = max(min(p.Target[i], p.Held[i]+up), min(p.Held[i], p.Held[i]-down))
			continue
		}
		p.step(i, up, down)
		p.FitPool(i) // who gives back slowly leaves less for the others
	}
}

// step divides a pool's step among its borrowers, in proportion to what they want.
func (p *Proposal) step(pool int, up, down int32) {
	first := pool * p.Borrowers
	rising, falling := int32(0), int32(0)
	for c := first; c < first+p.Borrowers; c++ {
		rising += max(0, p.Target[c]-p.Held[c])
		falling += max(0, p.Held[c]-p.Target[c])
	}
	if rising > up {
		for b := range p.weights {
			p.weights[b] = float64(max(0, p.Target[first+b]-p.Held[first+b]))
		}
		split(p.parts, up, p.weights)
		for b, part := range p.parts {
			c := first + b
			p.Target[c] = min(p.Target[c], p.Held[c]+part)
		}
	}
	if falling > down {
		for b := range p.weights {
			p.weights[b] = float64(max(0, p.Held[first+b]-p.Target[first+b]))
		}
		split(p.parts, down, p.weights)
		for b, part := range p.parts {
			c := first + b
			p.Target[c] = max(p.Target[c], p.Held[c]-part)
		}
	}
}
