package synth

import (
	"cmp"
	"io"
	"slices"

	"trough.internal/models"
	"trough.internal/models/random"
)

// Source yields a synthetic market day by day, all its regions together. Each of several regions has luck of its own, which
// depends on the seed and its name alone: it is the same market whichever regions there are beside it.
type Source struct {
	regions []*region       // sorted by name
	first   []models.PoolID // of each region
	keys    []models.PoolKey

	windows [][]models.CapacityChange // of each region, what is not yet handed out
	changes []models.CapacityChange
}

// Market returns the market of [from, until), cut to whole minutes.
func Market(s Settings, seed uint64, from, until models.Instant) (*Source, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	m := new(Source)
	for _, one := range s.each() {
		luck := seed
		if len(s.Regions) > 0 {
			luck = uint64(random.New(seed, "synth-region "+one.Region))
		}
		r, err := newRegion(one, luck, from, until)
		if err != nil {
			return nil, err
		}
		m.regions = append(m.regions, r)
	}
	slices.SortFunc(m.regions, func(a, b *region) int { return cmp.Compare(a.s.Region, b.s.Region) })
	for _, r := range m.regions {
		m.first = append(m.first, models.PoolID(len(m.keys)))
		m.keys = append(m.keys, r.keys...)
	}
	m.windows = make([][]models.CapacityChange, len(m.regions))
	return m, nil
}

// Pools are the market's pools by PoolID: by region, zone, type.
func (m *Source) Pools() []models.PoolKey { return slices.Clone(m.keys) }

// Next returns the next window: up to the end of a UTC day, every pool's values restated at its beginning, and then
// where they change. It is valid until the next call; io.EOF ends the market.
func (m *Source) Next() (models.Capacity, error) {
	window := models.Capacity{Pools: m.keys}
	for i, r := range m.regions {
		w, err := r.Next()
		if err != nil {
			return models.Capacity{}, io.EOF // of all regions alike: they have the same days
		}
		for c := range w.Changes {
			w.Changes[c].Pool += m.first[i]
		}
		m.windows[i], window.From, window.Until = w.Changes, w.From, w.Until
	}
	window.Changes = m.merge()
	return window, nil
}

// merge puts the regions' windows in order of time, then pool.
func (m *Source) merge() []models.CapacityChange {
	if len(m.windows) == 1 {
		return m.windows[0]
	}
	m.changes = m.changes[:0]
	for {
		at := models.Never
		for _, w := range m.windows {
			if len(w) > 0 {
				at = min(at, w[0].At)
			}
		}
		if at == models.Never {
			return m.changes
		}
		for i, w := range m.windows {
			n := 0
			for n < len(w) && w[n].At == at {
				n++
			}
			m.changes, m.windows[i] = append(m.changes, w[:n]...), w[n:]
		}
	}
}

// Switches are the evacuations that the failover brings, in order.
func (m *Source) Switches() []models.Switch {
	var all []models.Switch
	for _, r := range m.regions {
		all = append(all, r.Switches()...) // one region has any
	}
	return all
}

// Assumed says in sentences what of the market is made up, and what it was made to match: for whoever prints a figure that
// rests on it.
func (m *Source) Assumed() []string {
	var lines []string
	for _, r := range m.regions {
		for _, line := range r.Assumed() {
			if !slices.Contains(lines, line) {
				lines = append(lines, line)
			}
		}
	}
	return lines
}
