package drive

import (
	"slices"

	"trough.internal/models"
)

// trust is which reports are believed. Less in use is more to borrow, so that an answer that is empty, partial or wrong must be
// told twice before more is believed to be available; that less is, one report is enough for.
//
// Reports may come from several sources, of which each pool has one at a time. Then the rules are these, by pool:
//
//   - Reports agree that follow one another and are of one source. Two sources that each say something once do not make two.
//   - When the source changes, what was believed stays an upper bound of what is available, until the new source has said enough
//     reports that agree, and has been the only one for Safety.SourceFor. A source that comes and goes starts this time again each
//     time, so that it never makes more available than the least that was said meanwhile.
//   - A report that is not younger than the last one, of whichever source, says nothing new.
//   - A report whose age is not known can lower what is believed, and neither raises it nor makes it younger; see rule skew, too.
type trust struct {
	set     *Safety
	market  *models.Market
	pools   []heard
	fell    map[string][]fall // by source, by region
	off     string            // the rule that is switched off; only tests do
	regions []int             // by pool
}

// fall is that reports have been too low.
type fall struct {
	since models.Instant // Never while they are not
	to    int64          // what the last of them said, instances
}

// heard is what was said of one pool.
type heard struct {
	source string
	reads  []read // the last ones, of this source, oldest first

	bounded bool // by what was believed before the source changed
	bound   read
	since   models.Instant // since when

	doubted bool // the last report's age is not known
}

// read is one report of one pool.
type read struct {
	at              models.Instant
	reserved, inUse int32
}

func (r read) available() int32 { return r.reserved - r.inUse }

func newTrust(set *Safety, m *models.Market) trust {
	t := trust{set: set, market: m, pools: make([]heard, m.Lendable), fell: map[string][]fall{}, regions: make([]int, m.Lendable)}
	for p := range t.regions {
		t.regions[p] = m.Region(models.PoolID(p))
	}
	return t
}

// take hears a report.
func (t *trust) take(c *Cycle, r *Report) {
	switch {
	case len(r.InUse) != t.market.Lendable || len(r.Reserved) != t.market.Lendable:
		c.note("report of %s: it has %d pools: expected %d", r.OccurredAt, len(r.InUse), t.market.Lendable)
		return
	case r.AgeUnknown && t.off != "skew":
		t.doubt(r)
		return
	case r.OccurredAt > c.Now.Add(t.set.ClockStep):
		c.note("report of %s: it is from the future: expected it to be from %s or before", r.OccurredAt, c.Now)
		return
	}
	for region, name := range t.market.Regions {
		if !t.plausible(region, r) {
			c.note("report of %s: the owners of %s use less by more than %s at once, or nothing at first: it is not believed yet", r.OccurredAt, name, t.set.FallMax)
			continue
		}
		for p := range t.pools {
			if t.regions[p] == region && t.news(p, r) {
				t.hear(&t.pools[p], r.Source, read{r.OccurredAt, r.Reserved[p], r.InUse[p]})
			}
		}
	}
}

// news says whether a report says something of a pool, and something younger than what was heard last.
func (t *trust) news(p int, r *Report) bool {
	last, any := t.pools[p].last()
	return r.InUse[p] >= 0 && r.Reserved[p] >= 0 && (!any || r.OccurredAt > last.at)
}

func (h *heard) last() (r read, any bool) {
	if len(h.reads) == 0 {
		return r, false
	}
	return h.reads[len(h.reads)-1], true
}

func (t *trust) hear(h *heard, source string, r read) {
	if source != h.source {
		if believed, known := t.least(h); known && t.off != "source" {
			h.bounded, h.bound, h.since = true, believed, r.at
		}
		if t.off != "source" {
			h.reads = nil
		}
		h.source = source
	}
	h.doubted = false
	h.reads = append(h.reads, r)
	h.reads = h.reads[max(0, len(h.reads)-t.enough()):]
	if h.bounded && len(h.reads) == t.enough() && r.at.Sub(h.since) >= t.set.SourceFor {
		h.bounded = false
	}
}

// doubt takes only what lowers what is available.
func (t *trust) doubt(r *Report) {
	for p := range t.pools {
		h := &t.pools[p]
		if r.InUse[p] < 0 || r.Reserved[p] < 0 {
			continue
		}
		h.doubted = true
		said := read{reserved: r.Reserved[p], inUse: r.InUse[p]}
		if believed, known := t.least(h); known && said.available() < believed.available() {
			h.bounded, h.bound, h.since = true, said, believed.at
		}
	}
}

func (t *trust) doubted() []bool {
	list := make([]bool, len(t.pools))
	for p := range list {
		list[p] = t.pools[p].doubted
	}
	return list
}

// enough is how many reports must agree.
func (t *trust) enough() int {
	if t.off == "agree" {
		return 1
	}
	return int(t.set.AgreeingReads)
}

// believed is what is believed of a pool: of the last reports that which has the least available, as of the last one's time. It is
// not known until there are enough of them. Where nothing came for long between two, they do not agree about what is: less is
// believed, and more is as old as the first of them.
func (t *trust) believed(p int) (read, bool) { return t.least(&t.pools[p]) }

func (t *trust) least(h *heard) (read, bool) {
	last, any := h.last()
	if !any || !h.bounded && len(h.reads) < t.enough() {
		return read{}, false
	}
	least := h.reads[0]
	for _, r := range h.reads[1:] {
		if r.available() <= least.available() {
			least = r
		}
	}
	if h.bounded && h.bound.available() < least.available() {
		least = h.bound
	}
	if first := h.reads[0]; last.at.Sub(first.at) <= t.set.TelemetryAgeMax {
		least.at = last.at
	} else {
		least.at = first.at
	}
	return least, true
}

// plausible says whether a region's use has not fallen too far at once, or has stayed there for long enough. Where it falls too far
// again it has not stayed: an empty answer may follow a fall that is true. Where nothing was known before there is no fall, but
// owners who reserve and use nothing at all are no more plausible.
func (t *trust) plausible(region int, r *Report) bool {
	before, now := int64(0), int64(0)
	known, empty, reserved := false, true, false
	for p := range t.pools {
		last, any := t.pools[p].last()
		if !any { // a driver that was started again goes by what the journal's believed last
			last.inUse = t.market.InUse[p]
		}
		if t.regions[p] != region || !t.news(p, r) {
			continue
		}
		empty, reserved = empty && r.InUse[p] == 0, reserved || r.Reserved[p] > 0
		if last.inUse != models.Unknown {
			known = true
			before += int64(last.inUse)
			now += int64(r.InUse[p])
		}
	}
	low := t.tooLow(before, now) || !known && empty && reserved && t.set.FallMax < 1
	fell := t.fell[r.Source]
	if fell == nil {
		fell = slices.Repeat([]fall{{since: models.Never}}, len(t.market.Regions))
		t.fell[r.Source] = fell
	}
	if t.off == "fall" || !low {
		fell[region].since = models.Never
		return true
	}
	if f := &fell[region]; f.since == models.Never || t.tooLow(f.to, now) {
		*f = fall{since: r.OccurredAt, to: now}
	} else {
		f.to = now
	}
	if r.OccurredAt.Sub(fell[region].since) < t.set.FallFor {
		return false
	}
	fell[region].since = models.Never
	return true
}

func (t *trust) tooLow(before, now int64) bool {
	return float64(before-now) > float64(before)*float64(t.set.FallMax)
}
