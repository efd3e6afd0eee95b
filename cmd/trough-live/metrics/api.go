package metrics

import (
	"strings"

	"trough.internal/models"
)

// API is what is known of the calls of Amazon's, since the driver began.
type API struct {
	Operations []Operation
	Regions    []Region
}

// Operation is one operation in one region.
type Operation struct {
	Region, Name     string
	Calls, Throttled int64
}

// Region is one region.
type Region struct {
	Name    string
	Errors  []Errors
	LeftOut int64
	Down    bool
	Rate    float64 // part of the full one
}

// Errors are how many tries failed, of one class.
type Errors struct {
	Class string
	Count int64
}

// Calls takes it. It comes before the cycle that sends it.
func (m *Metrics) Calls(api API) {
	for _, o := range api.Operations {
		m.upTo(apiCalls, o.Calls, o.Region, o.Name)
		m.upTo(apiThrottles, o.Throttled, o.Region, o.Name)
	}
	for i := range api.Regions {
		r := &api.Regions[i]
		for _, e := range r.Errors {
			m.upTo(apiErrors, e.Count, r.Name, e.Class)
		}
		m.upTo(apiLeftOut, r.LeftOut, r.Name)
		m.set(apiDown, one(r.Down), r.Name)
		m.set(apiRate, r.Rate, r.Name)
	}
}

// Lease takes under which epoch the lease is held, and until when; both 0 if it is not. It comes before the cycle that sends it.
func (m *Metrics) Lease(held bool, epoch int64, until models.Instant) {
	m.set(leaseHeld, one(held))
	m.set(leaseEpoch, float64(epoch))
	m.set(leaseUntil, float64(until))
}

// upTo counts up to a sum that somebody else keeps.
func (m *Metrics) upTo(name string, sum int64, labels ...string) {
	key := name + " " + strings.Join(labels, " ")
	m.add(name, float64(sum)-m.counted[key], labels...)
	m.counted[key] = float64(sum)
}

// one is 1 for what is so.
func one(so bool) float64 {
	if so {
		return 1
	}
	return 0
}
