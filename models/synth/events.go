package synth

import (
	"math"
	"slices"
	"time"

	"trough.internal/models"
	"trough.internal/models/random"
)

// What a draw of an event is for: the index within its entity.
const (
	drawCount = iota
	drawTime
	drawType
	drawZone
	drawSize
	drawLength
)

// lengthMost is how many times the median an event may last.
const lengthMost = 8

// Deviations of logarithms.
const (
	surgeLengthSpread  = 0.5
	deploySizeSpread   = 1
	deployLengthSpread = 0.3
)

// precomputeUse adds the cluster of a local date.
func (m *region) precomputeUse(date int64) {
	c := &m.s.Precompute
	i := slices.IndexFunc(m.kinds, func(k kind) bool { return k.name == c.Type })
	if i < 0 || c.Instances == 0 {
		return
	}
	d := m.draws.precompute
	e := uint64(date)
	size := float64(c.Instances) * m.s.Scale * (1 - min(4*float64(c.DayToDay), d.Exp(e, drawSize, float64(c.DayToDay))))
	early := min(4*c.Early, time.Duration(d.Exp(e, drawLength, float64(c.Early))))
	begin := m.local(date, c.From)
	end := m.local(date, c.Until).Add(-early)
	m.add(m.kinds[i].pools, size, begin, end.Sub(begin), c.Rise, c.Fall)
}

// surgeUse adds what begins on a local date, at any time of the day.
func (m *region) surgeUse(date int64) {
	s := &m.s.Surges
	d := m.draws.surges
	for i := range d.Poisson(uint64(date), drawCount, s.PerDay) {
		e := random.Entity(uint64(date), uint64(i))
		begin := m.local(date, time.Duration(d.Int(e, drawTime, dayMinutes))*time.Minute)
		size := s.SizeMin * math.Pow(s.SizeMax/s.SizeMin, d.Float64(e, drawSize)) * m.s.Scale
		length := length(d, e, s.Length, surgeLengthSpread)
		k := m.pick(d, e)
		pools := k.pools
		if d.Float64(e, drawCount) < float64(s.OnePool) {
			z := d.Int(e, drawZone, len(pools))
			pools = pools[z : z+1]
		}
		for _, p := range pools {
			most := float64(m.pools[p].reserved) / 2
			m.add([]models.PoolID{p}, min(most, size/float64(len(pools))), begin, length, s.Rise, s.Fall)
		}
	}
}

// deployUse adds what begins in the office hours of a local date. The next version starts within five minutes and the old
// one ends at once.
func (m *region) deployUse(date int64) {
	if w := time.Unix(date*daySeconds, 0).UTC().Weekday(); w == time.Saturday || w == time.Sunday {
		return
	}
	s := &m.s.Deploys
	d := m.draws.deploys
	for i := range d.Poisson(uint64(date), drawCount, s.PerDay) {
		e := random.Entity(uint64(date), uint64(i))
		begin := m.local(date, s.From+time.Duration(d.Float64(e, drawTime)*float64(s.Until-s.From)))
		k := m.pick(d, e)
		size := min(k.reserved/20, m.s.Scale*d.LogNormal(e, drawSize, s.Size, deploySizeSpread))
		m.add(k.pools, size, begin, length(d, e, s.Length, deployLengthSpread), 5*time.Minute, 0)
	}
}

func length(d random.Stream, entity uint64, median time.Duration, sigma float64) time.Duration {
	return time.Duration(min(lengthMost*float64(median), d.LogNormal(entity, drawLength, float64(median), sigma)))
}

// pick draws a type by what is reserved of it.
func (m *region) pick(d random.Stream, entity uint64) *kind {
	x := d.Float64(entity, drawType) * float64(m.Reserved())
	for i := range m.kinds {
		if x -= m.kinds[i].reserved; x < 0 {
			return &m.kinds[i]
		}
	}
	return &m.kinds[len(m.kinds)-1]
}

// add adds so many instances, spread evenly over pools, to the minutes of the window that the event meets.
func (m *region) add(pools []models.PoolID, n float64, begin models.Instant, length, rise, fall time.Duration) {
	first := m.minutes[0].number * minuteSeconds
	i := max(0, (int64(begin)-first+minuteSeconds-1)/minuteSeconds)
	for ; i < int64(len(m.minutes)); i++ {
		t := models.Instant(m.minutes[i].number * minuteSeconds).Sub(begin)
		if t >= length {
			return
		}
		share := Ramp(t, rise, length, fall) * n / float64(len(pools))
		for _, p := range pools {
			m.use[p][i] += share
		}
	}
}

// local is a time of day on a local date (days since 1970).
func (m *region) local(date int64, at time.Duration) models.Instant {
	d := time.Unix(date*daySeconds, 0).UTC()
	return models.InstantOf(time.Date(d.Year(), d.Month(), d.Day(), 0, 0, int(at/time.Second), 0, m.zone))
}
