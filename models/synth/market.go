package synth

import (
	"cmp"
	"io"
	"math"
	"slices"
	"time"

	"trough.internal/models"
	"trough.internal/models/random"
	"trough.internal/models/zoneinfo"
)

const (
	minuteSeconds = 60
	dayMinutes    = 1440
	daySeconds    = 86400
)

// region yields the market of one region day by day. What owners use at a time depends on settings, seed and that time alone,
// but for the failover, which is timed from the market's beginning. Memory is bounded by one day.
type region struct {
	s     Settings
	zone  *time.Location
	from  models.Instant
	until models.Instant
	next  models.Instant // the beginning of the next window

	keys     []models.PoolKey // by region, zone, type
	pools    []pool           // by PoolID
	kinds    []kind           // by type, as the settings list them
	services []service
	levels   levels
	draws    draws

	minutes []minute    // of the window
	use     [][]float64 // by pool, by minute of the window
	now     []int32     // by pool: the last value that was stated
	changes []models.CapacityChange
}

// pool is what is constant about a pool.
type pool struct {
	reserved int32
	steady   float64 // instances that do not autoscale
}

// kind is one type in all zones.
type kind struct {
	name     string
	reserved float64
	pools    []models.PoolID // by zone
}

// service is an autoscaling service: one type, all zones.
type service struct {
	kind   int
	peak   float64 // instances at the day's peak
	phase  float64 // hours that its day is late
	offset int     // which zone gets the instance that does not divide evenly
}

// draws are the streams of chance.
type draws struct{ layout, days, services, drift, jitter, surges, deploys, precompute random.Stream }

// minute is what all services share at one minute.
type minute struct {
	number int64   // minutes since 1970 in UTC
	hour   float64 // local hours since midnight
	demand float64 // factor of the day
	more   float64 // the failover's factor

	drift, service place // between the draws of drift and of services
}

// newRegion returns the market of [from, until), cut to whole minutes. The settings name one region and were checked.
func newRegion(s Settings, seed uint64, from, until models.Instant) (*region, error) {
	zone, err := zoneinfo.Load(s.TimeZone)
	if err != nil {
		return nil, err
	}
	from, until = from-mod(from, minuteSeconds), until-mod(until, minuteSeconds)
	m := &region{s: s, zone: zone, from: from, until: until, next: from}
	m.draws = draws{random.New(seed, "synth-layout"), random.New(seed, "synth-days"), random.New(seed, "synth-services"),
		random.New(seed, "synth-drift"), random.New(seed, "synth-jitter"), random.New(seed, "synth-surges"),
		random.New(seed, "synth-deploys"), random.New(seed, "synth-precompute")}
	m.levels = s.Demand.levels()
	m.layOut()
	m.use, m.now = make([][]float64, len(m.pools)), make([]int32, len(m.pools))
	for p := range m.use {
		m.use[p] = make([]float64, dayMinutes)
	}
	return m, nil
}

// Reserved is how many instances are reserved in all pools together.
func (m *region) Reserved() int64 {
	n := int64(0)
	for i := range m.pools {
		n += int64(m.pools[i].reserved)
	}
	return n
}

// Next returns the next window: up to the end of a UTC day, every pool's values restated at its beginning, and then
// where they change. It is valid until the next call; io.EOF ends the market.
func (m *region) Next() (models.Capacity, error) {
	if m.next >= m.until {
		return models.Capacity{}, io.EOF
	}
	from := m.next
	m.next = min(m.until, from-mod(from, daySeconds)+daySeconds)
	m.fill(from, m.next)

	m.changes = m.changes[:0]
	for i := range m.minutes {
		at := models.Instant(m.minutes[i].number * minuteSeconds)
		for p := range m.pools {
			now := int32(math.Round(max(0, m.use[p][i])))
			if i > 0 && now == m.now[p] {
				continue
			}
			m.now[p] = now
			m.changes = append(m.changes, models.CapacityChange{At: at, Pool: models.PoolID(p), Reserved: m.pools[p].reserved, InUse: now})
		}
	}
	return models.Capacity{Pools: m.keys, Changes: m.changes, From: from, Until: m.next}, nil
}

// Switches are the evacuations that the failover brings, in order.
func (m *region) Switches() []models.Switch {
	f := &m.s.Failover
	begin := m.from.Add(f.At)
	if f.More == 0 || begin >= m.until {
		return nil
	}
	return Evacuation(m.s.Region, begin, f.SwitchAfter, f.Length)
}

// Evacuation is what a failover to a region, or to all of them if it is empty, has somebody switch: on so long after its
// beginning, and off at its end.
func Evacuation(region string, begin models.Instant, after, length time.Duration) []models.Switch {
	return []models.Switch{
		{At: begin.Add(after), Region: region, On: true, Note: "failover: another region's customers come here"},
		{At: begin.Add(length), Region: region, On: false, Note: "failover: over"},
	}
}

// layOut makes pools and services out of types.
func (m *region) layOut() {
	types := m.s.types()
	for _, t := range types {
		for _, z := range m.s.Zones {
			m.keys = append(m.keys, models.PoolKey{Region: m.s.Region, Zone: m.s.Region + z, Type: t.Name})
		}
	}
	slices.SortFunc(m.keys, func(a, b models.PoolKey) int { return cmp.Or(cmp.Compare(a.Zone, b.Zone), cmp.Compare(a.Type, b.Type)) })
	m.pools = make([]pool, len(m.keys))
	for i, t := range types {
		m.layOutType(i, t)
	}
}

// layOutType divides a type between its zones. Autoscaling services and the precompute cluster are spread evenly; what is
// steady and what is spare are not, so that of one type one pool is tight and another is not.
func (m *region) layOutType(i int, t Type) {
	k := kind{name: t.Name, reserved: math.Round(float64(t.Reserved) * m.s.Scale)}
	zones := len(m.s.Zones)
	precompute := 0.0
	if t.Name == m.s.Precompute.Type {
		precompute = float64(m.s.Precompute.Instances) * m.s.Scale
	}
	autoscales, spare := k.reserved*float64(t.Autoscales), k.reserved*float64(t.Spare)
	steady := max(0, k.reserved-autoscales-spare-precompute)
	steadyOf := m.weights(uint64(i), 0, 0.06)
	spareOf := m.weights(uint64(i), 1, 0.6)
	left := int32(k.reserved)
	for z := range zones {
		key := models.PoolKey{Region: m.s.Region, Zone: m.s.Region + m.s.Zones[z], Type: t.Name}
		id := slices.Index(m.keys, key)
		k.pools = append(k.pools, models.PoolID(id))
		p := &m.pools[id]
		p.steady = steady * steadyOf[z]
		p.reserved = min(left, int32(math.Round(p.steady+spare*spareOf[z]+(autoscales+precompute)/float64(zones))))
		if z == zones-1 {
			p.reserved = left
		}
		left -= p.reserved
	}
	m.kinds = append(m.kinds, k)
	m.layOutServices(i, autoscales)
}

// weights sum to 1.
func (m *region) weights(entity, what uint64, sigma float64) []float64 {
	w, sum := make([]float64, len(m.s.Zones)), 0.0
	for z := range w {
		w[z] = m.draws.layout.LogNormal(random.Entity(entity, what), uint64(z), 1, sigma)
		sum += w[z]
	}
	for z := range w {
		w[z] /= sum
	}
	return w
}

const serviceSpread = 0.8 // deviation of the logarithm of a service's size

func (m *region) layOutServices(kind int, autoscales float64) {
	n := int(math.Round(autoscales / (float64(m.s.Demand.Service) * m.s.Scale)))
	if autoscales > 0 {
		n = max(n, 1)
	}
	sum, first := 0.0, len(m.services)
	for i := range n {
		e := random.Entity(uint64(kind), 2, uint64(i))
		peak := m.draws.layout.LogNormal(e, 0, 1, serviceSpread)
		sum += peak
		m.services = append(m.services, service{kind: kind, peak: peak,
			phase: m.s.Demand.PhaseShift.Hours() * m.draws.layout.Normal(e, 1), offset: i})
	}
	for i := first; i < len(m.services); i++ {
		m.services[i].peak *= autoscales / sum
	}
}

// mod is t modulo n, never negative.
func mod(t models.Instant, n int64) models.Instant {
	r := int64(t) % n
	if r < 0 {
		r += n
	}
	return models.Instant(r)
}
