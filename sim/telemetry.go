package sim

import "trough.internal/models"

// telemetry carries what is true to where it is seen, lag seconds later. A report names every pool's reservation
// and its owners' use; a pool that nobody knows, or of which nobody reports, is left out, so that what was last seen grows old.
//
// Note: a real report counts borrowed instances as in use, and its reader takes out what was borrowed at the time
// of the report. The two cancel exactly, so that neither is done here.
type telemetry struct {
	every tick
	lag   tick
	pools int

	blackouts []Blackout
	regions   []string // by pool

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
	t.blackouts, t.regions = w.Blackouts, make([]string, pools)
	for p := range t.regions {
		t.regions[p] = w.Pools[p].Region
	}
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
	for b := range t.blackouts {
		t.blackouts[b].leaveOut(t.inUse[i*t.pools:(i+1)*t.pools], t.regions, start+models.Instant(now))
	}
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

// Blackout is a time in which reports are missing: no report is made of the pools of a region, or of any if it is empty. Those
// that were made before arrive.
type Blackout struct {
	Region      string
	From, Until models.Instant
}

// leaveOut makes pools unknown to a report that is made at an instant.
func (b *Blackout) leaveOut(inUse []int32, regions []string, at models.Instant) {
	if at < b.From || at >= b.Until {
		return
	}
	for p := range inUse {
		if b.Region == "" || regions[p] == b.Region {
			inUse[p] = models.Unknown
		}
	}
}
