package drive

import (
	"trough.internal/models"
)

// trust is which reports are believed. Less in use is more to borrow, so that an answer that is empty, partial or wrong must be
// told twice before more is believed to be available; that less is, one report is enough for.
type trust struct {
	set     *Safety
	market  *models.Market
	reads   [][]read         // by pool, the last ones, oldest first
	last    models.Instant   // of the last report
	fell    []models.Instant // by region: since when reports have been too low, or Never
	off     string           // the rule that is switched off; only tests do
	regions []int            // by pool
}

// read is one report of one pool.
type read struct {
	at              models.Instant
	reserved, inUse int32
}

func newTrust(set *Safety, m *models.Market) trust {
	t := trust{set: set, market: m, reads: make([][]read, m.Lendable), last: -models.Never, fell: make([]models.Instant, len(m.Regions)), regions: make([]int, m.Lendable)}
	for r := range t.fell {
		t.fell[r] = models.Never
	}
	for p := range t.regions {
		t.regions[p] = m.Region(models.PoolID(p))
	}
	return t
}

// take hears a report. One that was heard already says nothing new.
func (t *trust) take(c *Cycle, r *Report) {
	switch {
	case len(r.InUse) != t.market.Lendable || len(r.Reserved) != t.market.Lendable:
		c.note("report of %s: it has %d pools: expected %d", r.OccurredAt, len(r.InUse), t.market.Lendable)
		return
	case r.OccurredAt > c.Now.Add(t.set.ClockStep):
		c.note("report of %s: it is from the future: expected it to be from %s or before", r.OccurredAt, c.Now)
		return
	case r.OccurredAt <= t.last:
		return
	}
	t.last = r.OccurredAt
	for region, name := range t.market.Regions {
		if !t.plausible(region, r) {
			c.note("report of %s: the owners of %s use less by more than %s at once: it is not believed yet", r.OccurredAt, name, t.set.FallMax)
			continue
		}
		for p := range t.reads {
			if t.regions[p] == region && r.InUse[p] >= 0 && r.Reserved[p] >= 0 {
				t.hear(p, read{r.OccurredAt, r.Reserved[p], r.InUse[p]})
			}
		}
	}
}

func (t *trust) hear(p int, r read) {
	most := int(t.set.AgreeingReads)
	if t.off == "agree" {
		most = 1
	}
	reads := append(t.reads[p], r)
	t.reads[p] = reads[max(0, len(reads)-most):]
}

// believed is what is believed of a pool: of the last reports that which has the least available, as of the last one's time. It is
// not known until there are enough of them.
func (t *trust) believed(p int) (read, bool) {
	reads := t.reads[p]
	if len(reads) == 0 || len(reads) < int(t.set.AgreeingReads) && t.off != "agree" {
		return read{}, false
	}
	least := reads[0]
	for _, r := range reads[1:] {
		if r.reserved-r.inUse <= least.reserved-least.inUse {
			least = r
		}
	}
	least.at = reads[len(reads)-1].at
	return least, true
}

// plausible says whether a region's use has not fallen too far at once, or has stayed there for long enough.
func (t *trust) plausible(region int, r *Report) bool {
	before, now := int64(0), int64(0)
	for p := range t.reads {
		if n := len(t.reads[p]); t.regions[p] == region && n > 0 && r.InUse[p] >= 0 {
			before += int64(t.reads[p][n-1].inUse)
			now += int64(r.InUse[p])
		}
	}
	if t.off == "fall" || float64(before-now) <= float64(before)*float64(t.set.FallMax) {
		t.fell[region] = models.Never
		return true
	}
	t.fell[region] = min(t.fell[region], r.OccurredAt)
	if r.OccurredAt.Sub(t.fell[region]) < t.set.FallFor {
		return false
	}
	t.fell[region] = models.Never
	return true
}
