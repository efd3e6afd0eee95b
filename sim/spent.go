package sim

import (
	"slices"
)

// Spent is what the vCPUs of a pool's instances were spent on while jobs had them, in vCPU-seconds. What an instance is held
// beyond that, it boots, idles, or has room that no job uses.
type Spent struct {
	Starting    int64 // containers that start, and their jobs' data on its way
	Completed   int64 // work of attempts that completed
	Interrupted int64 // work of attempts that did not
	Running     int64 // work of attempts under way at the end
}

// Spent is how the vCPUs of every pool's instances were spent, by pool, up to where the run is; nil where jobs are not packed.
func (e *Engine) Spent() []Spent {
	c := e.containers
	if c == nil {
		return nil
	}
	spent := slices.Clone(c.spent)
	for own := range c.on {
		if c.on[own].host == noSlot {
			continue
		}
		vcpus, pool := int64(c.needs[e.fleet.jobs[own].need].room.VCPUs), e.fleet.cells[e.fleet.hot[own].cell].pool
		started, begins := e.fleet.hot[own].started, c.on[own].begins
		spent[pool].Starting += int64(min(e.now, begins)-started) * vcpus
		spent[pool].Running += int64(max(0, e.now-begins)) * vcpus
	}
	return spent
}

// spend counts what an attempt that ends now has cost, and returns the vCPU-seconds of its work.
func (e *Engine) spend(own int32) int64 {
	c := e.containers
	vcpus := int64(c.needs[e.fleet.jobs[own].need].room.VCPUs)
	started, begins := e.fleet.hot[own].started, c.on[own].begins
	e.tally.Busy += int64(e.now - started)
	c.spent[e.fleet.cells[e.fleet.hot[own].cell].pool].Starting += int64(min(e.now, begins)-started) * vcpus
	return int64(max(0, e.now-begins)) * vcpus
}
