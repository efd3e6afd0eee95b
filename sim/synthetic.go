package sim

import (
	"trough.internal/models"
	"trough.internal/models/synth"
)

// sourcesW generates reference workload W, its capacity repeating after its end.
func (s *Scenario) sourcesW(b *Built) ([]models.PoolKey, error) {
	w := synth.W{Pools: int(s.WorkloadW.Pools), Days: int(s.WorkloadW.Days), Jobs: int(s.WorkloadW.Jobs), Seed: s.Seed, Start: s.From}
	capacity, jobs := w.Capacity(1440*w.Days), w.Trace()
	b.inputs = func() (Inputs, error) {
		again := &repeat{from: capacity.From, until: capacity.Until, open: func() (CapacitySource, error) { return &once{window: capacity}, nil }}
		return Inputs{Capacity: again, Jobs: &batch{jobs: jobs.Jobs}, Switches: s.switches(nil)}, nil
	}
	return capacity.Pools, nil
}

// sourcesSynthetic generates the market, and generates or opens the jobs.
func (s *Scenario) sourcesSynthetic(b *Built, files Files) ([]models.PoolKey, error) {
	market, err := synth.Market(*s.Market, s.Seed, s.From, s.end())
	if err != nil {
		return nil, err
	}
	b.Notes.Assumed = append(b.Notes.Assumed, market.Assumed()...)
	b.inputs = func() (in Inputs, err error) {
		market, err := synth.Market(*s.Market, s.Seed, s.From, s.end())
		if err != nil {
			return in, err
		}
		in.Capacity, in.Switches = market, s.switches(market.Switches())
		in.Jobs, _, err = s.openJobs(files)
		return in, err
	}
	_, notes, err := s.openJobs(files)
	b.Notes.add(notes)
	return market.Pools(), err
}

// end is the first instant that a run cannot reach: its own end, or, if it drains, the longest that a scenario may be.
func (s *Scenario) end() models.Instant {
	if s.Drain {
		return s.From + 3660*86400
	}
	return s.From.Add(s.Length)
}
