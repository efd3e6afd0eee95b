// Package metrics counts what a driver does, for Prometheus and, where it is asked to, for Atlas by way of spectatord: the same names
// and labels in both. Table lists them.
package metrics

import (
	"net/http"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/models"
)

// Metrics are a driver's. Labels are pools, causes and rules, and never instances, of which there is no end.
type Metrics struct {
	registry *prometheus.Registry
	series   map[string]*series
	atlas    *Spectatord // nil: nobody else is told
	mode     drive.Mode

	yielding map[models.InstanceID]models.Instant
	counted  map[string]float64 // by counter and labels: what was added
}

// New makes the metrics of a driver in a mode. Atlas may be nil.
func New(mode drive.Mode, atlas *Spectatord) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), series: map[string]*series{}, atlas: atlas, mode: mode,
		yielding: map[models.InstanceID]models.Instant{}, counted: map[string]float64{}}
	for i := range Table {
		s := newSeries(&Table[i])
		m.series[s.Name] = s
		m.registry.MustRegister(s.collector())
	}
	return m
}

// Handler serves them.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Cycle counts one evaluation and how long it took. Calls do not overlap.
func (m *Metrics) Cycle(market *models.Market, c *drive.Cycle, took time.Duration) {
	m.add(cycles, 1)
	m.observe(cycleSeconds, took.Seconds())
	m.set(cycleTime, float64(c.Now))
	m.set(driverInfo, 1, m.mode.String())
	m.add(notes, float64(len(c.Notes)))
	m.add(disagreements, float64(c.Disagreements))
	if !c.Acted {
		m.add(cyclesNotActed, 1)
	}
	m.pools(market, c)
	for _, rule := range drive.HoldRules {
		m.set(holds, one(slices.Contains(c.Holds, rule)), rule)
	}
	for _, bound := range c.Bound {
		m.add(rulesBound, 1, bound.Rule)
	}
	for _, o := range c.Orders {
		m.add(orders, float64(o.N), drive.OrderName(o.Kind))
		if o.Kind != models.Launch {
			m.add(reclaims, float64(o.N), o.Cause.String())
		}
	}
	for i := range c.Events {
		m.event(market, &c.Events[i])
	}
	if m.atlas != nil {
		m.add(metricsLost, float64(m.atlas.Flush()))
	}
}

func (m *Metrics) pools(market *models.Market, c *drive.Cycle) {
	oldest := c.Now
	for p := range c.Obs.Pools {
		pool := &c.Obs.Pools[p]
		oldest = min(oldest, c.Obs.AsOf[p])
		m.set(borrowedInstances, float64(market.Borrowed(models.PoolID(p))), pool.Zone, pool.Type)
		if surplus, known := market.Surplus(models.PoolID(p)); known {
			m.set(surplusInstances, float64(surplus), pool.Zone, pool.Type)
		} else {
			m.unset(surplusInstances, pool.Zone, pool.Type)
			oldest = 0
		}
		state, borrowers := drive.StopNothing, len(c.Stops)/len(c.Obs.Pools)
		for _, told := range c.Stops[p*borrowers : (p+1)*borrowers] {
			state = max(state, told)
		}
		m.set(stopState, float64(state), pool.Zone, pool.Type)
	}
	m.set(reportTime, float64(oldest))
}

// event follows instances from when they are told to yield, and counts what the cloud did by itself.
func (m *Metrics) event(market *models.Market, e *models.Event) {
	switch e.Kind {
	case models.Refused:
		pool := &market.Pools[e.Pool]
		m.add(refusals, 1, pool.Zone, pool.Type)
	case models.Draining, models.Yielding:
		if _, told := m.yielding[e.Instance]; !told {
			m.yielding[e.Instance] = e.At
		}
	case models.Kept:
		delete(m.yielding, e.Instance)
	case models.Gone:
		if told, ok := m.yielding[e.Instance]; ok {
			m.observe(reclaimSeconds, e.At.Sub(told).Seconds())
			delete(m.yielding, e.Instance)
		} else if e.Cause != models.ByCloud {
			m.observe(reclaimSeconds, 0) // it had no job, and went at once
		} else {
			m.add(lostInstances, 1)
		}
	}
}
