package sim

import "trough.internal/models"

// telemetry carries what is true to where it is seen, lag seconds later. A report names every pool's reservation
// and its owners' use; a pool that nobody knows is left out, so that what was last seen grows old.
//
// Note: a real report counts borrowed instances as in use, and its reader takes out what was borrowed at the time
// of the report. The two cancel exactly, so that neither is done here.
type telemetry struct {
	every tick
	lag   tick
	pools int

	// a ring of reports that are under way
	at              []tick
	reserved, inUse []int32 // by report, then pool
	first, n        int

	seenReserved []int32
	seenInUse    []int32
	seenAt       []models.Instant
}

func (t *telemetry) reset(w *World, pools int) {
	t.every, t.lag, t.pools = max(w.TelemetryEvery, 1), w.Lag, pools
	reports := int(t.lag/t.every) + 2
	t.at = make([]tick, reports)
	t.reserved = make([]int32, reports*pools)
	t.inUse = make([]int32, reports*pools)
	t.seenReserved = make([]int32, pools)
	t.seenInUse = make([]int32, pools)
	t.seenAt = make([]models.Instant, pools)
	for p := range t.seenInUse {
		t.seenInUse[p] = models.Unknown
		t.seenAt[p] = w.Start
	}
}

// report sends off what is true now. What has arrived is brought in first, which keeps the ring from overflowing.
func (t *telemetry) report(m *models.Market, start models.Instant, now tick) {
	t.look(start, now-1)
	i := (t.first + t.n) % len(t.at)
	t.at[i] = now
	copy(t.reserved[i*t.pools:(i+1)*t.pools], m.Reserved)
	copy(t.inUse[i*t.pools:(i+1)*t.pools], m.InUse)
	t.n++
}

// look brings in every report that has arrived by now.
func (t *telemetry) look(start models.Instant, now tick) {
	for t.n > 0 && t.at[t.first] <= now-t.lag {
		i := t.first
		t.first, t.n = (t.first+1)%len(t.at), t.n-1
		t.see(i, start)
	}
}

func (t *telemetry) see(i int, start models.Instant) {
	at := start + models.Instant(t.at[i])
	reserved, inUse := t.reserved[i*t.pools:(i+1)*t.pools], t.inUse[i*t.pools:(i+1)*t.pools]
	for p, n := range inUse {
		if n == models.Unknown {
			continue
		}
		t.seenReserved[p], t.seenInUse[p], t.seenAt[p] = reserved[p], n, at
	}
}
