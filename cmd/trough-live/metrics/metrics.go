// Package metrics counts what a driver does, for Prometheus.
package metrics

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/models"
)

// Metrics are a driver's. Labels are pools, causes and rules, and never instances, of which there is no end.
type Metrics struct {
	registry *prometheus.Registry

	borrowed, surplus        *prometheus.GaugeVec
	yields, orders, rules    *prometheus.CounterVec
	yieldSeconds             prometheus.Histogram
	report, last             prometheus.Gauge
	cycles, notActed, doubts prometheus.Counter
	disagreements            prometheus.Counter
	cycleSeconds             prometheus.Histogram

	yielding map[models.InstanceID]models.Instant
}

// New makes the metrics of a driver in a mode.
func New(mode drive.Mode) *Metrics {
	pool := []string{"az", "instance_type"}
	m := &Metrics{
		registry:      prometheus.NewRegistry(),
		borrowed:      gauges("ism_borrowed_instances", "Instances borrowed, from launch to gone.", pool),
		surplus:       gauges("ism_surplus_instances", "Reserved less in use less borrowed; absent where it is not known.", pool),
		yields:        counters("ism_reclaims_total", "Instances told to yield, by the stage that had the last word.", "reason"),
		orders:        counters("ism_orders_total", "Instances ordered, by kind of order.", "kind"),
		rules:         counters("ism_rule_bound_total", "Evaluations in which a rule of safety changed a decision.", "rule"),
		yieldSeconds:  histogram("ism_reclaim_seconds", "Time from when an instance was told to yield until it was gone.", 1, 10, 30, 60, 120, 300, 900, 3600),
		report:        gauge("ism_report_last_success_timestamp_seconds", "When the oldest report that is believed was true."),
		last:          gauge("ism_cycle_timestamp_seconds", "Time of the last evaluation."),
		cycles:        counter("ism_cycles_total", "Evaluations."),
		notActed:      counter("ism_cycles_not_acted_total", "Evaluations after which nothing was done, because they could not be written down."),
		doubts:        counter("ism_notes_total", "Lines about what is not known or went wrong."),
		disagreements: counter("ism_source_disagreements_total", "Values of which two good sources of a chain said different things."),
		cycleSeconds:  histogram("ism_cycle_seconds", "How long an evaluation took.", .001, .01, .1, 1, 10, 60),
		yielding:      map[models.InstanceID]models.Instant{},
	}
	info := prometheus.NewGauge(prometheus.GaugeOpts{Name: "ism_driver_info", Help: "The driver's mode.", ConstLabels: prometheus.Labels{"mode": mode.String()}})
	info.Set(1)
	m.registry.MustRegister(m.borrowed, m.surplus, m.yields, m.orders, m.rules, m.yieldSeconds, m.report, m.last, m.cycles, m.notActed, m.doubts, m.disagreements, m.cycleSeconds, info)
	return m
}

// Handler serves them.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Cycle counts one evaluation and how long it took. Calls do not overlap.
func (m *Metrics) Cycle(market *models.Market, c *drive.Cycle, took time.Duration) {
	m.cycles.Inc()
	m.cycleSeconds.Observe(took.Seconds())
	m.last.Set(float64(c.Now))
	m.doubts.Add(float64(len(c.Notes)))
	m.disagreements.Add(float64(c.Disagreements))
	if !c.Acted {
		m.notActed.Inc()
	}
	oldest := c.Now
	for p := range c.Obs.Pools {
		pool := &c.Obs.Pools[p]
		oldest = min(oldest, c.Obs.AsOf[p])
		m.borrowed.WithLabelValues(pool.Zone, pool.Type).Set(float64(market.Borrowed(models.PoolID(p))))
		if surplus, known := market.Surplus(models.PoolID(p)); known {
			m.surplus.WithLabelValues(pool.Zone, pool.Type).Set(float64(surplus))
		} else {
			m.surplus.DeleteLabelValues(pool.Zone, pool.Type)
			oldest = 0
		}
	}
	m.report.Set(float64(oldest))
	for _, bound := range c.Bound {
		m.rules.WithLabelValues(bound.Rule).Inc()
	}
	for _, o := range c.Orders {
		m.orders.WithLabelValues(drive.OrderName(o.Kind)).Add(float64(o.N))
		if o.Kind != models.Launch {
			m.yields.WithLabelValues(o.Cause.String()).Add(float64(o.N))
		}
	}
	for i := range c.Events {
		m.event(&c.Events[i])
	}
}

// event follows instances from when they are told to yield.
func (m *Metrics) event(e *models.Event) {
	switch e.Kind {
	case models.Draining, models.Yielding:
		if _, told := m.yielding[e.Instance]; !told {
			m.yielding[e.Instance] = e.At
		}
	case models.Kept:
		delete(m.yielding, e.Instance)
	case models.Gone:
		if told, ok := m.yielding[e.Instance]; ok {
			m.yieldSeconds.Observe(e.At.Sub(told).Seconds())
			delete(m.yielding, e.Instance)
		} else if e.Cause != models.ByCloud {
			m.yieldSeconds.Observe(0) // it had no job, and went at once
		}
	}
}

func gauge(name, help string) prometheus.Gauge {
	return prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
}

func gauges(name, help string, labels []string) *prometheus.GaugeVec {
	return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
}

func counter(name, help string) prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
}

func counters(name, help, label string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{label})
}

func histogram(name, help string, buckets ...float64) prometheus.Histogram {
	return prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets})
}
