package metrics

import "github.com/prometheus/client_golang/prometheus"

// series is a metric as Prometheus has it: one of the three is there.
type series struct {
	*Definition
	gauge     *prometheus.GaugeVec
	counter   *prometheus.CounterVec
	histogram *prometheus.HistogramVec
}

func newSeries(d *Definition) *series {
	s := &series{Definition: d}
	switch d.Kind {
	case Gauge:
		s.gauge = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: d.Name, Help: d.Help}, d.Labels)
	case Counter:
		s.counter = prometheus.NewCounterVec(prometheus.CounterOpts{Name: d.Name, Help: d.Help}, d.Labels)
		if len(d.Labels) == 0 {
			s.counter.WithLabelValues() // nothing yet is 0, and no gap
		}
	case Timer:
		s.histogram = prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: d.Name, Help: d.Help, Buckets: d.Buckets}, d.Labels)
		if len(d.Labels) == 0 {
			s.histogram.WithLabelValues()
		}
	}
	return s
}

func (s *series) collector() prometheus.Collector {
	switch s.Kind {
	case Gauge:
		return s.gauge
	case Counter:
		return s.counter
	}
	return s.histogram
}

// set is a gauge's value.
func (m *Metrics) set(name string, value float64, labels ...string) {
	s := m.series[name]
	s.gauge.WithLabelValues(labels...).Set(value)
	m.tell(s, value, labels)
}

// unset forgets a gauge's value. To Atlas it is no longer sent, and forgotten there.
func (m *Metrics) unset(name string, labels ...string) {
	m.series[name].gauge.DeleteLabelValues(labels...)
}

// add counts.
func (m *Metrics) add(name string, n float64, labels ...string) {
	if n == 0 {
		return
	}
	s := m.series[name]
	s.counter.WithLabelValues(labels...).Add(n)
	m.tell(s, n, labels)
}

// observe takes a time, in seconds.
func (m *Metrics) observe(name string, seconds float64, labels ...string) {
	s := m.series[name]
	s.histogram.WithLabelValues(labels...).Observe(seconds)
	m.tell(s, seconds, labels)
}

func (m *Metrics) tell(s *series, value float64, labels []string) {
	if m.atlas != nil {
		m.atlas.line(s.Definition, value, labels)
	}
}
