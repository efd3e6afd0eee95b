package policies

import (
	"time"

	"trough.internal/models"
)

// Hold says how much of what is available a policy borrows.
type Hold string

// The ways to hold. The zero value means demand.
const (
	HoldDemand  Hold = "demand"  // no more than there is work for
	HoldSurplus Hold = "surplus" // all of it, whether or not there is work
)

// Availability is the first strategy: follow what every pool's owners leave unused, as it is now. Where it is not known, it
// proposes to hold what is held.
type Availability struct {
	Hold Hold `set:"hold" default:"demand" enum:"demand|surplus" doc:"How much of what is available to borrow: what there is work for, or all of it, for borrowers whose starts may not wait for the next evaluation."`
	// Read by Stale.
	TelemetryAgeMax  time.Duration `set:"telemetry_age_max" default:"5m" min:"0s" doc:"Reports older than this, or missing, end all increases in their pool; 0s trusts a report of any age."`
	TelemetryAgeZero time.Duration `set:"telemetry_age_zero" default:"15m" min:"0s" doc:"Reports older than this, or missing for as long, return the pool's instances as they become idle; 0s is never."`
}

// Cause is ByAvailability.
func (*Availability) Cause() models.Cause { return models.ByAvailability }

// Memory is nil.
func (*Availability) Memory() any { return nil }

// Apply proposes to hold all that is available, and nothing in pools that are closed. What still leaves takes its place until it is gone: no instance
// is launched into it, and none is ended for it.
func (a *Availability) Apply(obs *models.Observation, p *Proposal) {
	if p.Borrowers == 1 {
		a.applyAlone(p)
		return
	}
	for i, available := range p.Available {
		if p.Bought[i] {
			continue
		}
		if p.Closed[i] {
			p.SharePool(i, 0)
			continue
		}
		if p.Known[i] {
			p.SharePool(i, min(available, max(p.PoolHeld[i], available-p.PoolLeaving[i])))
			p.FitPool(i)
			continue
		}
		cells := p.Borrowers
		copy(p.Target[i*cells:][:cells], p.Held[i*cells:][:cells])
	}
}

// applyAlone is Apply with one borrower, among whom nothing is divided.
func (*Availability) applyAlone(p *Proposal) {
	available := p.Available
	n := len(available)
	target, room, held, leaving := p.Target[:n], p.Room[:n], p.PoolHeld[:n], p.PoolLeaving[:n]
	bought, closed, known := p.Bought[:n], p.Closed[:n], p.Known[:n]
	for i, available := range available {
		switch {
		case bought[i]:
		case closed[i]:
			target[i], room[i] = 0, 0
		case known[i]:
			target[i] = min(available, max(held[i], available-leaving[i]))
			room[i] = target[i]
		default:
			target[i] = held[i]
		}
	}
}
