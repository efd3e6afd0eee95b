package sim

import (
	"fmt"

	"trough.internal/models"
	"trough.internal/models/encoding"
	"trough.internal/models/random"
)

// sourcesRecorded opens recorded capacity, and recorded or generated jobs.
func (s *Scenario) sourcesRecorded(b *Built, files Files) ([]models.PoolKey, error) {
	if files == nil {
		return nil, fmt.Errorf("capacity: %s cannot be read here", s.Capacity.File)
	}
	_, info, err := files.Capacity(s.Capacity.File)
	if err != nil {
		return nil, err
	}
	if err := s.overlap(info); err != nil {
		return nil, err
	}
	b.Notes.add(info.Notes)
	b.inputs = func() (in Inputs, err error) {
		in.Switches = s.switches(nil)
		if in.Capacity, err = s.openCapacity(files, info); err != nil {
			return in, err
		}
		in.Jobs, _, err = s.openJobs(files)
		return in, err
	}
	_, notes, err := s.openJobs(files)
	b.Notes.add(notes)
	return info.Pools, err
}

// overlap refuses a trace that says nothing about the scenario's span.
func (s *Scenario) overlap(info CapacityInfo) error {
	until := s.From.Add(s.Length)
	if s.Capacity.AfterEnd != "unknown" || s.Drain {
		until = models.Never
	}
	if info.Until <= s.From && s.Capacity.AfterEnd == "unknown" || info.From >= until {
		return fmt.Errorf("%s covers %s to %s: expected it to overlap the scenario, which begins %s and lasts %s",
			s.Capacity.File, info.From, info.Until, s.From, s.Length)
	}
	return nil
}

func (s *Scenario) openCapacity(files Files, info CapacityInfo) (CapacitySource, error) {
	open := func() (CapacitySource, error) {
		source, _, err := files.Capacity(s.Capacity.File)
		return source, err
	}
	switch s.Capacity.AfterEnd {
	case "repeat":
		return &repeat{from: info.From, until: info.Until, open: open}, nil
	case "hold":
		return open()
	}
	source, err := open()
	return &ending{CapacitySource: source, pools: len(info.Pools), until: info.Until}, err
}

// openJobs opens the scenario's workload, generated or recorded.
func (s *Scenario) openJobs(files Files) (JobSource, Notes, error) {
	if s.Encoding != nil {
		source, err := encoding.New(*s.Encoding, s.Seed, s.From, s.end(), s.batches()...)
		return source, Notes{Assumed: append(s.Encoding.Assumed(), s.batchesAssumed()...)}, err
	}
	if files == nil {
		return nil, Notes{}, fmt.Errorf("jobs: %s cannot be read here", s.Jobs[0])
	}
	var sources []JobSource
	var all Notes
	for _, name := range s.Jobs {
		source, notes, err := files.Jobs(name)
		if err != nil {
			return nil, Notes{}, err
		}
		sources = append(sources, source)
		all.add(notes)
	}
	merged := &merge{sources: sources, heads: make([][]models.Job, len(sources))}
	return &loaded{JobSource: merged, load: s.Load, from: s.From, luck: random.New(s.Seed, "load")}, all, nil
}

// switches are the scenario's own and the market's, in order of time.
func (s *Scenario) switches(market []models.Switch) []models.Switch {
	all := append([]models.Switch(nil), market...)
	for _, w := range s.Switches {
		all = append(all, models.Switch{At: w.At.From(s.From), Region: w.Region, On: w.On, Note: w.Note})
	}
	sortSwitches(all)
	return all
}
