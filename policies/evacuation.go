package policies

import (
	"slices"
	"time"

	"trough.internal/models"
)

// Evacuation is the ninth strategy: one switch that returns everything at once, as when a region fails over and its
// load comes here. It overrules every other.
type Evacuation struct {
	HoldOff time.Duration `set:"hold_off" default:"30m" min:"0s" doc:"How long nothing is borrowed after the switch was last seen on."`

	memory evacuationMemory
}

type evacuationMemory struct {
	Seen []bool           // by region: whether it was evacuated yet
	Last []models.Instant // by region: when it was last seen to be
}

// Cause is ByEvacuation.
func (*Evacuation) Cause() models.Cause { return models.ByEvacuation }

// Memory is when every region was last evacuated.
func (s *Evacuation) Memory() any { return &s.memory }

// Apply ends everything by notice in evacuated regions, and holds nothing in them for a while after.
func (s *Evacuation) Apply(obs *models.Observation, p *Proposal) {
	m := &s.memory
	if len(m.Last) != len(obs.Evacuate) {
		m.Seen, m.Last = make([]bool, len(obs.Evacuate)), make([]models.Instant, len(obs.Evacuate))
	}
	quiet := true
	for r, on := range obs.Evacuate {
		if on {
			m.Seen[r], m.Last[r] = true, obs.Now
		}
		quiet = quiet && !m.Seen[r]
	}
	if quiet {
		return
	}
	for i, r := range obs.RegionOf[:len(obs.Pools)] {
		if !s.closed(obs, r) {
			continue
		}
		for c := i * p.Borrowers; c < (i+1)*p.Borrowers; c++ {
			p.Target[c] = 0
			if obs.Evacuate[r] {
				p.Keep[c] = 0
			}
		}
	}
}

// Close tells the stages before of pools in which nothing is to be held, so that they look for room in other regions.
func (s *Evacuation) Close(obs *models.Observation, p *Proposal) {
	if len(s.memory.Last) != len(obs.Evacuate) && !slices.Contains(obs.Evacuate, true) {
		return
	}
	for i, r := range obs.RegionOf[:len(obs.Pools)] {
		p.Closed[i] = p.Closed[i] || s.closed(obs, r)
	}
}

// closed says whether a region is evacuated or was until lately.
func (s *Evacuation) closed(obs *models.Observation, region int32) bool {
	if obs.Evacuate[region] {
		return true
	}
	m := &s.memory
	return len(m.Last) == len(obs.Evacuate) && m.Seen[region] && obs.Now.Sub(m.Last[region]) < s.HoldOff
}
