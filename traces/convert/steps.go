package convert

import (
	"fmt"
	"math"
	"slices"

	"trough.internal/models"
	"trough.internal/models/settings"
)

// counts is how many instances of each pool are in use, minute by minute. The value of a minute is that at its first
// second: an instance counts in the minutes m with begin <= m < end.
type counts struct {
	from    models.Instant
	minutes int
	pools   []models.PoolKey
	steps   [][]int32 // by pool: the change at each minute
}

func newCounts(from, until models.Instant, pools []models.PoolKey) *counts {
	c := &counts{from: from, minutes: int((until - from) / 60), pools: pools}
	for range pools {
		c.steps = append(c.steps, make([]int32, c.minutes+1))
	}
	return c
}

// add counts n instances of a pool from begin until end, in seconds since 1970.
func (c *counts) add(pool int, begin, end float64, n int32) {
	b, e := c.minute(begin), c.minute(end)
	if b < e {
		c.steps[pool][b] += n
		c.steps[pool][e] -= n
	}
}

// minute is the first minute that does not begin before a time, within the span.
func (c *counts) minute(at float64) int {
	m := math.Ceil((at - float64(c.from)) / 60)
	return int(math.Min(math.Max(m, 0), float64(c.minutes)))
}

// values are the counts of a pool by minute.
func (c *counts) values(pool int) []int32 {
	out := make([]int32, c.minutes)
	n := int32(0)
	for i := range out {
		n += c.steps[pool][i]
		out[i] = n
	}
	return out
}

// inUse is a capacity trace as counts by pool and minute, before it is turned into changes.
type inUse struct {
	from     models.Instant
	pools    []models.PoolKey
	values   [][]int32 // by pool, minute; Unknown where nobody knows
	reserved []int32   // by pool
}

func (c *counts) inUse() *inUse {
	u := &inUse{from: c.from, pools: c.pools}
	for p := range c.pools {
		u.values = append(u.values, c.values(p))
	}
	return u
}

// trim leaves out what is after so many minutes.
func (u *inUse) trim(minutes int) error {
	if minutes < 1 {
		return fmt.Errorf("the recording ends before %s, when the trace is to begin", u.from)
	}
	for p, values := range u.values {
		u.values[p] = values[:min(minutes, len(values))]
	}
	return nil
}

// reserve gives each pool level times its highest count, rounded up.
func (u *inUse) reserve(level settings.Share) {
	u.reserved = nil
	for _, values := range u.values {
		u.reserved = append(u.reserved, int32(math.Ceil(float64(level)*float64(slices.Max(values))-1e-9)))
	}
}

// addBase raises every pool by a constant, so that its mean daily swing (highest less lowest count) becomes a stated share of
// its mean count. A pool that swings less than that gets nothing. It returns the total that it added.
func (u *inUse) addBase(swing settings.Share) (added int64) {
	for _, values := range u.values {
		mean, daily := swingOf(values)
		base := int32(math.Round(math.Max(0, daily/float64(swing)-mean)))
		for i := range values {
			values[i] += base
		}
		added += int64(base)
	}
	return added
}

const dayMinutes = 24 * 60

// swingOf returns the mean, and the mean over whole days of a day's highest less its lowest value.
func swingOf(values []int32) (mean, daily float64) {
	for _, v := range values {
		mean += float64(v) / float64(len(values))
	}
	days := len(values) / dayMinutes
	if days == 0 {
		return mean, float64(slices.Max(values) - slices.Min(values))
	}
	for d := range days {
		day := values[d*dayMinutes : (d+1)*dayMinutes]
		daily += float64(slices.Max(day)-slices.Min(day)) / float64(days)
	}
	return mean, daily
}

// capacity turns counts into changes, by time, then pool. Every pool has a change in the first minute.
func (u *inUse) capacity() *models.Capacity {
	minutes := 0
	for _, values := range u.values {
		minutes = max(minutes, len(values))
	}
	c := &models.Capacity{Pools: u.pools, From: u.from, Until: u.from + models.Instant(minutes)*60}
	for m := range minutes {
		for p, values := range u.values {
			if m == 0 || values[m] != values[m-1] {
				c.Changes = append(c.Changes, models.CapacityChange{At: u.from + models.Instant(m)*60, Pool: models.PoolID(p), Reserved: u.reserved[p], InUse: values[m]})
			}
		}
	}
	return c
}

// summary says how many are in use and unused, over all pools.
func (u *inUse) summary() string {
	low, high, unused := int64(math.MaxInt64), int64(0), int64(0)
	reserved := int64(0)
	for _, r := range u.reserved {
		reserved += int64(r)
	}
	for m := range u.values[0] {
		total := int64(0)
		for p := range u.values {
			total += int64(max(u.values[p][m], 0))
		}
		low, high = min(low, total), max(high, total)
	}
	unused = reserved - low
	return fmt.Sprintf("reserved %d, in use %d to %d, at most %d unused at once", reserved, low, high, unused)
}

// poolsOf are the pools of some types in some zones, by region, zone, type: index = zone*len(types)+type of the sorted
// zones and types.
func poolsOf(zones, types []string) []models.PoolKey {
	var pools []models.PoolKey
	for _, zone := range zones {
		for _, name := range types {
			pools = append(pools, models.PoolKey{Region: models.RegionOfZone(zone), Zone: zone, Type: name})
		}
	}
	return pools
}
