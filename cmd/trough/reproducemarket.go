package main

import (
	"io"
	"math"
	"slices"
	"time"

	"trough.internal/models"
	"trough.internal/models/zoneinfo"
	"trough.internal/report/stats"
	"trough.internal/sim"
)

// sampledMarket is a market by itself, whatever is borrowed in it: at every full minute of the days that it has from local
// midnight to midnight. A pool in overdraft leaves nothing unused, and one that nobody knows of neither has nor leaves any.
type sampledMarket struct {
	days []sampledDay

	afternoons   int64   // minutes from 12:00 to 24:00
	unusedOfType int64   // of one instance type in them, added up
	medians      []int32 // by pool: median unused in them
	reserved     []int32 // by pool: at the end
}

// sampledDay is one local day.
type sampledDay struct {
	unusedMost       int64 // all pools together
	unusedOfTypeMost int64
	came             int64 // over pools: in use in the clock hour with most of it, less that in the one with least, in instance-minutes
	inUseMost        int64 // over pools: in use in the clock hour with most of it, likewise
}

// sampleMarket samples a scenario's market in a time zone, and one instance type in particular.
func sampleMarket(b *sim.Built, zone *time.Location, instanceType string) (*sampledMarket, error) {
	in, err := b.Inputs()
	if err != nil {
		return nil, err
	}
	pools := b.World.Pools[:b.Lendable()]
	now := marketNow{source: in.Capacity, reserved: make([]int32, len(pools)), inUse: make([]int32, len(pools))}
	m := &sampledMarket{medians: make([]int32, len(pools))}
	unused := make([][]int32, len(pools)) // in the afternoons
	for from, until := range wholeDays(b.World.Start, b.World.Until, zone) {
		day := sampledDay{}
		hours := newPoolHours(len(pools))
		for at := from; at < until; at += 60 {
			if err := now.forward(at); err != nil {
				return nil, err
			}
			afternoon := at.UTC().In(zone).Hour() >= 12
			all, ofType := int64(0), int64(0)
			for p := range pools {
				free := now.unused(p)
				all += int64(free)
				hours.now[p] += int64(max(0, now.inUse[p]))
				if pools[p].Type == instanceType {
					ofType += int64(free)
				}
				if afternoon {
					unused[p] = append(unused[p], free)
				}
			}
			if afternoon {
				m.afternoons++
				m.unusedOfType += ofType
			}
			day.unusedMost, day.unusedOfTypeMost = max(day.unusedMost, all), max(day.unusedOfTypeMost, ofType)
			if (at+60)%3600 == 0 {
				hours.close()
			}
		}
		for p := range pools {
			day.came += hours.most[p] - hours.least[p]
			day.inUseMost += hours.most[p]
		}
		m.days = append(m.days, day)
	}
	m.reserved = now.reserved
	for p, samples := range unused {
		if slices.Sort(samples); len(samples) > 0 {
			m.medians[p] = samples[(len(samples)-1)/2]
		}
	}
	return m, nil
}

// definitions of a market's own figures.
const (
	defMarketPeak = "median over whole local days of the day's most unused reserved instances, max(0, reserved - in use) over all pools, " +
		"sampled every minute; without anything borrowed"
	defMarketAutoscaled = "mean over whole local days of what comes and goes within a day: over all pools, what the owners use in the pool's highest clock hour " +
		"less that in its lowest, over that in its highest; the nightly precompute is part of it"
	defMarketUnused   = "mean over whole local days, 12:00 to 24:00, of unused reserved r3.4xlarge in all zones, sampled every minute; without anything borrowed"
	defMarketTypePeak = "median over whole local days of the day's most unused reserved r3.4xlarge in all zones, sampled every minute"
)

// peakUnused is the median of the daily maxima, by nearest rank; NaN if there is no whole day.
func (m *sampledMarket) peakUnused() float64 {
	return m.median(func(d sampledDay) int64 { return d.unusedMost })
}

// peakUnusedOfType is that of one instance type.
func (m *sampledMarket) peakUnusedOfType() float64 {
	return m.median(func(d sampledDay) int64 { return d.unusedOfTypeMost })
}

func (m *sampledMarket) median(of func(sampledDay) int64) float64 {
	values := make([]float64, len(m.days))
	for i, d := range m.days {
		values[i] = float64(of(d))
	}
	slices.Sort(values)
	return stats.Quantile(values, 0.5)
}

// autoscaledShare is in percent.
func (m *sampledMarket) autoscaledShare() float64 {
	sum := 0.0
	for _, d := range m.days {
		sum += 100 * float64(d.came) / float64(d.inUseMost)
	}
	return sum / float64(len(m.days))
}

// poolHours finds each pool's clock hours of most and of least use, in instance-minutes.
type poolHours struct{ now, most, least []int64 }

func newPoolHours(pools int) *poolHours {
	h := &poolHours{make([]int64, pools), make([]int64, pools), make([]int64, pools)}
	for p := range h.least {
		h.least[p] = math.MaxInt64
	}
	return h
}

func (h *poolHours) close() {
	for p, n := range h.now {
		h.most[p], h.least[p], h.now[p] = max(h.most[p], n), min(h.least[p], n), 0
	}
}

// unusedAfternoons is the mean of one instance type from 12:00 to 24:00, in instances.
func (m *sampledMarket) unusedAfternoons() float64 {
	return float64(m.unusedOfType) / float64(m.afternoons)
}

// medianShare is the medians' part of what is reserved, by the speed of the types.
func (m *sampledMarket) medianShare(pools []models.Pool) float64 {
	median, reserved := 0.0, 0.0
	for p := range m.medians {
		median += float64(m.medians[p]) * float64(pools[p].Speed)
		reserved += float64(m.reserved[p]) * float64(pools[p].Speed)
	}
	return median / reserved
}

// marketNow is a market that goes forward in time.
type marketNow struct {
	source          sim.CapacitySource // nil once it has ended
	changes         []models.CapacityChange
	reserved, inUse []int32
}

// forward applies what holds at an instant.
func (n *marketNow) forward(at models.Instant) error {
	for {
		for len(n.changes) > 0 && n.changes[0].At <= at {
			c := &n.changes[0]
			n.reserved[c.Pool], n.inUse[c.Pool] = c.Reserved, c.InUse
			n.changes = n.changes[1:]
		}
		if len(n.changes) > 0 || n.source == nil {
			return nil
		}
		window, err := n.source.Next()
		if err == io.EOF {
			n.source = nil
			return nil
		}
		if err != nil {
			return err
		}
		n.changes = window.Changes
	}
}

func (n *marketNow) unused(p int) int32 {
	if n.inUse[p] == models.Unknown {
		return 0
	}
	return max(0, n.reserved[p]-n.inUse[p])
}

// wholeDays yields the local days that lie in a span from midnight to midnight.
func wholeDays(from, until models.Instant, zone *time.Location) func(func(from, until models.Instant) bool) {
	midnight := func(day int) models.Instant {
		y, m, d := from.UTC().In(zone).Date()
		return models.Instant(time.Date(y, m, d+day, 0, 0, 0, 0, zone).Unix())
	}
	return func(yield func(from, until models.Instant) bool) {
		for day := 0; midnight(day+1) <= until; day++ {
			if midnight(day) >= from && !yield(midnight(day), midnight(day+1)) {
				return
			}
		}
	}
}

// marketZone is the time zone in which a scenario's owners live: the synthetic market's, else UTC.
func marketZone(s *sim.Scenario) (*time.Location, error) {
	if s.Market == nil {
		return time.UTC, nil
	}
	return zoneinfo.Load(s.Market.TimeZone)
}
