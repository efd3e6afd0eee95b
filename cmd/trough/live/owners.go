package live

import (
	"cmp"
	"slices"
	"time"

	"trough.internal/models"
)

// owners turns what the driver believed, evaluation by evaluation, into a step function by pool, at the times at which it was true.
type owners struct {
	hold    models.Instant // for how long a report is trusted
	last    []models.CapacityChange
	list    []models.CapacityChange
	between counts                  // of the seconds between two reports
	heard   counts                  // of the seconds until one was heard
	counted map[models.Instant]bool // reports of this evaluation: pools share theirs
}

func newOwners(lendable int, hold models.Instant) owners {
	o := owners{hold: hold, last: make([]models.CapacityChange, lendable), between: counts{}, heard: counts{}, counted: map[models.Instant]bool{}}
	for p := range o.last {
		o.last[p] = models.CapacityChange{Pool: models.PoolID(p), InUse: models.Unknown}
	}
	return o
}

// look takes an evaluation's observation. A report that is the last one's says nothing new.
func (o *owners) look(obs *models.Observation) {
	clear(o.counted)
	for p := range o.last {
		last, at := &o.last[p], obs.AsOf[p]
		if obs.InUse[p] == models.Unknown || at <= last.At {
			continue
		}
		changed := last.InUse != obs.InUse[p] || last.Reserved != obs.Reserved[p]
		if !o.counted[at] {
			o.counted[at] = true
			o.heard.add(int64(obs.Now - at))
			if last.InUse != models.Unknown {
				o.between.add(int64(at - last.At))
			}
		}
		if last.InUse != models.Unknown {
			if at > last.At+o.hold {
				o.forget(last)
				changed = true
			}
		}
		last.At, last.Reserved, last.InUse = at, obs.Reserved[p], obs.InUse[p]
		if changed {
			o.list = append(o.list, *last)
		}
	}
}

// forget ends what is known of a pool.
func (o *owners) forget(last *models.CapacityChange) {
	o.list = append(o.list, models.CapacityChange{At: last.At + o.hold, Pool: last.Pool, Reserved: last.Reserved, InUse: models.Unknown})
}

// finish returns the changes in order of time, then pool.
func (o *owners) finish(until models.Instant) []models.CapacityChange {
	for p := range o.last {
		if last := &o.last[p]; last.InUse != models.Unknown && last.At+o.hold < until {
			o.forget(last)
		}
	}
	slices.SortFunc(o.list, func(a, b models.CapacityChange) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Pool, b.Pool))
	})
	return o.list
}

// usual is the median time between reports, and until one was heard.
func (o *owners) usual() (every, lag time.Duration) {
	return time.Duration(o.between.median()) * time.Second, time.Duration(o.heard.median()) * time.Second
}

// counts says how often each number came.
type counts map[int64]int64

func (c counts) add(n int64) { c[n]++ }

// median is 0 of nothing.
func (c counts) median() int64 {
	total, seen := int64(0), int64(0)
	var numbers []int64
	for n, times := range c {
		numbers, total = append(numbers, n), total+times
	}
	slices.Sort(numbers)
	for _, n := range numbers {
		if seen += c[n]; 2*seen >= total {
			return n
		}
	}
	return 0
}
