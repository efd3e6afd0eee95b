package synth

import (
	"math"
	"time"

	"trough.internal/models"
	"trough.internal/models/random"
)

// fill computes what the owners use, by pool and minute of a window.
func (m *region) fill(from, until models.Instant) {
	m.fillMinutes(from, until)
	for p := range m.pools {
		m.steadyUse(p)
	}
	for i := range m.services {
		m.serviceUse(i)
	}
	// What begins on a local date can reach into the windows of the day before, by the time zone, and into later ones by its length.
	first, last := dayOf(from)-1-m.longest(), dayOf(until)+1
	for date := first; date <= last; date++ {
		m.precomputeUse(date)
		m.surgeUse(date)
		m.deployUse(date)
	}
}

// longest is how many days a surge or a deploy can last at most.
func (m *region) longest() int64 {
	return 1 + int64(lengthMost*max(m.s.Surges.Length, m.s.Deploys.Length)/(24*time.Hour))
}

func dayOf(t models.Instant) int64 { return int64(t-mod(t, daySeconds)) / daySeconds }

func (m *region) fillMinutes(from, until models.Instant) {
	m.minutes = m.minutes[:0]
	demand := line{value: m.ofDay}
	for at := from; at < until; at += minuteSeconds {
		local := at.UTC().In(m.zone)
		_, offset := local.Zone()
		days := float64(int64(at)+int64(offset)) / daySeconds
		m.minutes = append(m.minutes, minute{
			number: int64(at) / minuteSeconds,
			hour:   24 * (days - math.Floor(days)),
			demand: demand.at(days - 0.5), // from noon to noon
			more:   1 + float64(m.s.Failover.More)*m.failover(at),
		})
	}
}

// ofDay is the demand of a local date (days since 1970) relative to the usual.
func (m *region) ofDay(day int64) float64 {
	factor := 1 + float64(m.s.Demand.DayToDay)*m.draws.days.Normal(0, uint64(day))
	if w := time.Unix(day*daySeconds, 0).UTC().Weekday(); w == time.Saturday || w == time.Sunday {
		factor += float64(m.s.Demand.Weekend)
	}
	return factor
}

// line joins the values at whole numbers. It keeps the last two, because a draw costs more than all else here.
type line struct {
	value    func(int64) float64
	from     int64
	known    bool
	low, end float64
}

func (l *line) at(x float64) float64 {
	floor := math.Floor(x)
	if from := int64(floor); !l.known || from != l.from {
		l.from, l.known = from, true
		l.low, l.end = l.value(from), l.value(from+1)
	}
	return l.low + (x-floor)*(l.end-l.low)
}

// normals are standard normal draws of an entity.
func normals(d random.Stream, entity int) line {
	return line{value: func(i int64) float64 { return d.Normal(uint64(entity), uint64(i)) }}
}

// failover is how much of the other region's demand is here, 0 to 1.
func (m *region) failover(at models.Instant) float64 {
	f := &m.s.Failover
	return Ramp(at.Sub(m.from.Add(f.At)), f.Rise, f.Length, f.Fall)
}

// Ramp is how much of an event is there so long after its beginning: it goes from 0 at zero to 1 at rise, and from 1 at
// length - fall to 0 at length. Without a rise or a fall it is all there or gone at once.
func Ramp(t, rise, length, fall time.Duration) float64 {
	if t < 0 || t >= length {
		return 0
	}
	up, down := 1.0, 1.0
	if rise > 0 {
		up = float64(t) / float64(rise)
	}
	if fall > 0 {
		down = float64(length-t) / float64(fall)
	}
	return min(1, up, down)
}

// Minutes for which a drawn deviation holds or to which it leads.
const (
	driftMinutes   = 360
	serviceMinutes = 10
)

func (m *region) steadyUse(p int) {
	steady := m.pools[p].steady
	jitter := m.s.Noise.Jitter * math.Sqrt(steady/1000)
	row := m.use[p][:len(m.minutes)]
	drift := normals(m.draws.drift, p)
	for i := range row {
		number := m.minutes[i].number
		row[i] = steady*(1+float64(m.s.Noise.Drift)*drift.at(float64(number)/driftMinutes)) + jitter*m.draws.jitter.Normal(uint64(p), uint64(number))
	}
}

// serviceUse adds a service, in whole instances, to its zones in turn.
func (m *region) serviceUse(i int) {
	s := &m.services[i]
	zones := m.kinds[s.kind].pools
	noise, level := normals(m.draws.services, i), m.s.Demand.level()
	for at := range m.minutes {
		t := &m.minutes[at]
		wavers := 1 + float64(m.s.Noise.Service)*noise.at(float64(t.number)/serviceMinutes)
		n := int(math.Round(s.peak * level(t.hour-s.phase) * t.demand * t.more * wavers))
		for z, p := range zones {
			m.use[p][at] += float64((n + (z+s.offset)%len(zones)) / len(zones))
		}
	}
}

// level returns the usual demand by local hour: 1 at its peak.
func (d *Demand) level() func(hour float64) float64 {
	begin, low := d.TroughAt.Hours(), float64(d.Trough)
	rise := day(d.PeakAt.Hours() - begin)
	return func(hour float64) float64 {
		angle := math.Pi * day(hour-begin) / rise
		if angle > math.Pi {
			angle = math.Pi * (1 + (day(hour-begin)-rise)/(24-rise))
		}
		return low + (1-low)*(1-math.Cos(angle))/2
	}
}

// day is hours modulo 24, never negative.
func day(hours float64) float64 { return hours - 24*math.Floor(hours/24) }
