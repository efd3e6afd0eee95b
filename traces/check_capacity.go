package traces

import (
	"cmp"
	"slices"
	"time"

	"trough.internal/models"
)

// capacityStats collects a CapacityReport while a trace is read.
type capacityStats struct {
	r      *CapacityReader
	notes  int
	out    CapacityReport
	gaps   map[int64]int64 // rows by the time since the pool's row before, seconds
	last   []models.Instant
	above  []bool
	pools  []poolStats
	total  struct{ reserved, inUse int64 }
	absent int64 // pool-seconds of unknown use
}

type poolStats struct {
	seen     bool
	reserved int32
	inUse    int32
	known    int32 // the last known in use, or Unknown
	since    models.Instant
}

func newCapacityStats(r *CapacityReader, notes int) *capacityStats {
	s := &capacityStats{r: r, notes: notes, gaps: make(map[int64]int64), last: make([]models.Instant, len(r.pools)),
		above: make([]bool, len(r.pools)), pools: make([]poolStats, len(r.pools))}
	for p := range s.pools {
		s.pools[p] = poolStats{inUse: models.Unknown, known: models.Unknown, since: r.meta.From}
	}
	return s
}

// window looks at rows as they stand in the file.
func (s *capacityStats) window(w *capacityWindow) {
	for _, run := range w.runs {
		last := s.last[run.pool]
		for i := run.start; i < run.end; i++ {
			at := models.Instant(w.times[i])
			if last != 0 && len(s.gaps) < 1<<16 {
				s.gaps[int64(at-last)]++
			}
			last = at
			if w.inUse[i] > w.reserved[i] {
				s.out.Above++
				s.above[run.pool] = true
			}
		}
		s.last[run.pool] = last
	}
}

// changes looks at what a backtest will see.
func (s *capacityStats) changes(changes []models.CapacityChange) {
	for i, c := range changes {
		s.out.Changes++
		s.change(c)
		if i+1 == len(changes) || changes[i+1].At != c.At {
			s.out.ReservedMax = max(s.out.ReservedMax, s.total.reserved)
			s.out.InUseMax = max(s.out.InUseMax, s.total.inUse)
		}
	}
}

func (s *capacityStats) change(c models.CapacityChange) {
	p := &s.pools[c.Pool]
	s.total.reserved += int64(c.Reserved - p.reserved)
	s.total.inUse += int64(max(c.InUse, 0) - max(p.inUse, 0))
	switch {
	case p.inUse == models.Unknown && c.InUse != models.Unknown:
		s.gap(c.Pool, p.since, c.At)
	case p.inUse != models.Unknown && c.InUse == models.Unknown:
		p.since = c.At
	}
	if c.InUse != models.Unknown {
		if p.known != models.Unknown && p.known != c.InUse {
			s.step(Step{Pool: s.r.pools[c.Pool], At: c.At, Was: p.known, Is: c.InUse})
		}
		p.known = c.InUse
	}
	p.seen, p.reserved, p.inUse = true, c.Reserved, c.InUse
}

func (s *capacityStats) gap(pool models.PoolID, from, until models.Instant) {
	if until <= from {
		return
	}
	s.absent += int64(until - from)
	s.out.GapCount++
	s.out.Gaps = keepLargest(s.out.Gaps, Gap{s.r.pools[pool], from, until}, s.notes, func(a, b Gap) int {
		return cmp.Compare(b.Until-b.From, a.Until-a.From)
	})
}

func (s *capacityStats) step(step Step) {
	size := func(s Step) int32 { return max(s.Is-s.Was, s.Was-s.Is) }
	s.out.Steps = keepLargest(s.out.Steps, step, s.notes, func(a, b Step) int { return cmp.Compare(size(b), size(a)) })
}

// keepLargest inserts a value into a list in order of compare, equals in order of arrival, and keeps the first so many.
func keepLargest[T any](list []T, value T, most int, compare func(a, b T) int) []T {
	if len(list) == most && compare(list[most-1], value) <= 0 {
		return list
	}
	at := len(list)
	for at > 0 && compare(value, list[at-1]) < 0 {
		at--
	}
	list = slices.Insert(list, at, value)
	return list[:min(len(list), most)]
}

func (s *capacityStats) report() *CapacityReport {
	until := s.r.meta.Until
	for p := range s.pools {
		if s.pools[p].inUse == models.Unknown {
			s.gap(models.PoolID(p), s.pools[p].since, until)
		}
	}
	most := int64(0)
	for seconds, n := range s.gaps {
		if was := s.gaps[int64(s.out.Step/time.Second)]; n > most || n == most && n == was && seconds < int64(s.out.Step/time.Second) {
			most, s.out.Step = n, time.Duration(seconds)*time.Second
		}
	}
	for _, above := range s.above {
		if above {
			s.out.AbovePools++
		}
	}
	if span := int64(until-s.r.meta.From) * int64(len(s.pools)); span > 0 {
		s.out.UnknownShare = float64(s.absent) / float64(span)
	}
	return &s.out
}
