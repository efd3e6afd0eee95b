package synth

import (
	"fmt"

	"trough.internal/models"
	"trough.internal/models/random"
)

// W is the reference workload, version 1: a market and a queue given by formulas in whole numbers, so that any engine,
// in any language, can be held against known answers. Its rules for an engine: one queue, first come, first served; pools
// taken in turn; when a pool's capacity falls, its most recently started jobs lose their work and go to the front.
type W struct {
	Pools int
	Days  int
	Jobs  int
	Seed  uint64
	Start models.Instant // the instant that is second 0
}

const wGamma = 0x9E3779B97F4A7C15 // of splitmix64

// Trace is the jobs: one an instance, all of one class, none waiting for another; IDs are the formulas' i.
func (w W) Trace() models.Jobs {
	n, horizon := uint64(w.Jobs), uint64(w.Days)*86400
	jobs := make([]models.Job, w.Jobs)
	for i := range n {
		r := random.Mix(w.Seed + 2*i*wGamma)
		q := random.Mix(w.Seed + (2*i+1)*wGamma)
		arrival := (1024*i + r>>54) * horizon / (1024 * n)
		jobs[i] = models.Job{ID: models.JobID(i), Arrival: w.Start + models.Instant(arrival), Work: int32(300 + q%3301)}
	}
	return models.Jobs{Jobs: jobs, Formats: []string{"w"}}
}

// Cap is how many jobs a pool may run in a minute. After the last day the days begin again.
func (w W) Cap(pool, minute int) int32 {
	minute %= 1440 * w.Days
	mean := w.mean()
	noise := max(1, mean/8)
	phase := int(random.Mix(0x1000000000+uint64(pool)) % 240)
	x := (minute + phase) % 1440
	ramp := int64(min(x, 1440-x))
	step := random.Mix(0x2000000000000000 + uint64(pool)<<32 + uint64(minute/15))
	return int32(max(0, mean*(2880+12*ramp)/7200+int64(step%uint64(2*noise+1))-noise))
}

// mean is 1.3 times the mean load of a pool, in jobs of 1,950 s.
func (w W) mean() int64 {
	load, over := int64(w.Jobs)*1950*13, int64(10*w.Pools*w.Days)*86400
	return max(4, (load+over-1)/over)
}

// Capacity is the market of the first so many minutes: a pool's reservation is constant and above its largest Cap, and what
// its owners have in use leaves Cap. A pool has a change at minute 0 and where Cap changes. A run takes longer than Days
// (the last jobs arrive with them), so ask for more.
func (w W) Capacity(minutes int) models.Capacity {
	c := models.Capacity{From: w.Start, Until: w.Start + models.Instant(minutes)*60}
	for p := range w.Pools {
		// Names in order of pools, so that a file that sorts them has them so too.
		c.Pools = append(c.Pools, models.PoolKey{Region: "us-east-1", Zone: "us-east-1a", Type: fmt.Sprintf("w%05d.xlarge", p)})
	}
	reserved := int32(w.mean()*2 + 2) // the ramp's top is 1.6 times the mean, and the noise an eighth
	last := make([]int32, w.Pools)
	for m := range minutes {
		for p := range w.Pools {
			now := w.Cap(p, m)
			if m > 0 && now == last[p] {
				continue
			}
			last[p] = now
			c.Changes = append(c.Changes, models.CapacityChange{At: w.Start + models.Instant(m)*60, Pool: models.PoolID(p), Reserved: reserved, InUse: reserved - now})
		}
	}
	return c
}
