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
		number := int64(at) / minuteSeconds
		m.minutes = append(m.minutes, minute{
			number:  number,
			hour:    24 * (days - math.Floor(days)),
			demand:  demand.at(placeOf(days - 0.5)), // from noon to noon
			more:    1 + float64(m.s.Failover.More)*m.failover(at),
			drift:   placeOf(float64(number) / driftMinutes),
			service: placeOf(float64(number) / serviceMinutes),
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

// place is where a number lies: so much beyond a whole number.
type place struct {
	whole  int64
	beyond float64
}

func placeOf(x float64) place {
	floor := math.Floor(x)
	return place{int64(floor), x - floor}
}

// line joins the values at whole numbers. It keeps the last two, because a draw costs more than all else here.
type line struct {
	value    func(int64) float64
	from     int64
	known    bool
	low, end float64
}

func (l *line) at(x place) float64 {
	if !l.known || x.whole != l.from {
		l.move(x.whole)
	}
	return l.low + x.beyond*(l.end-l.low)
}

func (l *line) move(from int64) {
	if l.known && from == l.from+1 {
		l.low = l.end
	} else {
		l.low = l.value(from)
	}
	l.from, l.known, l.end = from, true, l.value(from+1)
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
		t := &m.minutes[i]
		row[i] = steady*(1+float64(m.s.Noise.Drift)*drift.at(t.drift)) + jitter*m.draws.jitter.Normal(uint64(p), uint64(t.number))
	}
}

// serviceUse adds a service, in whole instances, to its zones in turn.
func (m *region) serviceUse(i int) {
	s := &m.services[i]
	zones := m.kinds[s.kind].pools
	noise := normals(m.draws.services, i)
	for at := range m.minutes {
		t := &m.minutes[at]
		n := m.instances(s, t, 1+float64(m.s.Noise.Service)*noise.at(t.service))
		extra := s.offset % len(zones)
		for _, p := range zones {
			m.use[p][at] += float64((n + extra) / len(zones))
			if extra++; extra == len(zones) {
				extra = 0
			}
		}
	}
}

// instances is how many whole instances a service runs. The day's level by its formula takes a cosine, for every service and
// minute, which was most of a market's time; read off a table it rounds to the same number but where it lies so near
// to half of one that the table cannot tell.
func (m *region) instances(s *service, t *minute, wavers float64) int {
	hour := t.hour - s.phase
	near := s.peak * m.levels.at(hour) * t.demand * t.more * wavers
	off := math.Abs(s.peak*t.demand*t.more*wavers) * m.levels.off
	if beyond := near - math.Floor(near); math.Abs(beyond-0.5) > off {
		return int(math.Round(near))
	}
	return int(math.Round(s.peak * m.levels.exact(hour) * t.demand * t.more * wavers))
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

// levels is Demand.level, and a table of it.
type levels struct {
	exact func(hour float64) float64
	table []float64 // levelsPerHour of them for every hour of a day, and its end
	off   float64   // more than the table's line between two values can be off
}

const levelsPerHour = 240

func (d *Demand) levels() levels {
	l := levels{exact: d.level(), table: make([]float64, 24*levelsPerHour+2)}
	for i := range l.table {
		l.table[i] = l.exact(float64(i) / levelsPerHour)
	}
	// A line between two values is off by at most an eighth of the distance squared, times the largest second derivative: the cosine's,
	// over the shorter half of the day. What is added is far more than floating point loses.
	rise := day(d.PeakAt.Hours() - d.TroughAt.Hours())
	bend := math.Abs(1-float64(d.Trough)) / 2 * math.Pow(math.Pi/min(rise, 24-rise), 2)
	l.off = bend/(8*levelsPerHour*levelsPerHour) + 1e-10
	return l
}

// at is the level by the table. An hour of any day will do.
func (l *levels) at(hour float64) float64 {
	x := day(hour) * levelsPerHour
	i := int(x)
	low := l.table[i]
	return low + (x-float64(i))*(l.table[i+1]-low)
}

// day is hours modulo 24, never negative.
func day(hours float64) float64 { return hours - 24*math.Floor(hours/24) }
