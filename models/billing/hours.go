package billing

import "trough.internal/models"

const (
	perHour = 3600 // seconds
	least   = 60   // seconds of a run that are billed at least, where seconds are (AWS What's New, 2017-10-02)
)

// run is a Run of which something is billed in the span.
type run struct {
	index, pool, account int32
	start, end           models.Instant
	first, last          models.Instant // clock hours of the span in which something of it is billed: all from first to last
}

// hours are the clock hours, first and last, in which something of a run is billed. Where only the beginnings of whole
// hours count, the last may lie before the run's end; where a run is short, what it lacks follows when it has ended.
func (r *Run) hours(rules Rules) (first, last models.Instant) {
	end := r.End - 1
	switch {
	case !rules.Hourly(r.Platform):
		if r.End-r.Start < least {
			end = r.End
		}
	case rules.Hours == Begun:
		end = r.Start + (end-r.Start)/perHour*perHour
	}
	return hourOf(r.Start), hourOf(end)
}

// billed is what of a run is billed in one of its clock hours: the second of the hour at which it begins, and how many.
func (e *engine) billed(r *run) (begin, seconds int64) {
	begin = int64(max(r.start, e.hour) - e.hour)
	switch {
	case !e.pools[r.pool].hourly:
		seconds = int64(min(r.end, e.hour+perHour)-e.hour) - begin
		if r.end < e.hour+perHour {
			seconds += max(0, least-int64(r.end-r.start))
		}
		return begin, seconds
	case e.in.Rules.Hours == Begun:
		return int64(r.start - hourOf(r.start)), perHour
	default: // Touched
		return begin, perHour
	}
}

// item is what is billed of one run in the hour at hand.
type item struct {
	run, pool, account int32
	begin              int64 // second of the hour
	units              int64
	left               int64 // units that nothing covers yet
	whole              int64 // units of an instance-hour
	covers             int32 // the first of its covers, by place, or none
}

// cover is what one holding, or nobody, covers of an item.
type cover struct {
	holding, place int32
	next           int32 // of the same item, or none
	units          int64
}

// open turns to an hour: its items, and what each holding gives.
func (e *engine) open(hour models.Instant) {
	e.hour = hour
	e.advance()
	e.items, e.covers = e.items[:0], e.covers[:0]
	for _, i := range e.active {
		r := &e.runs[i]
		begin, seconds := e.billed(r)
		q := e.pools[r.pool].quarters
		e.items = append(e.items, item{run: r.index, pool: r.pool, account: r.account,
			begin: begin, units: q * seconds, left: q * seconds, whole: q * perHour, covers: none})
	}
	for kind := range e.held {
		for i := range e.held[kind] {
			e.held[kind][i].open(hour)
		}
	}
}

// advance moves runs from coming to active, and drops those that are over. Both stay in the order of runs.
func (e *engine) advance() {
	e.before, e.active = e.active, e.before[:0]
	add := func(i int32) {
		if e.runs[i].last >= e.hour {
			e.active = append(e.active, i)
		}
	}
	old := e.before
	for len(e.coming) > 0 && e.runs[e.coming[0]].first <= e.hour {
		for len(old) > 0 && old[0] < e.coming[0] {
			add(old[0])
			old = old[1:]
		}
		add(e.coming[0])
		e.coming = e.coming[1:]
	}
	for _, i := range old {
		add(i)
	}
}

// link notes that a holding covers units of an item.
func (e *engine) link(it *item, holding, place int32, units int64) {
	at := &it.covers
	for *at != none && e.covers[*at].place < place {
		at = &e.covers[*at].next
	}
	c := cover{holding: holding, place: place, next: *at, units: units}
	*at = int32(len(e.covers)) // before append, which may move what at points to
	e.covers = append(e.covers, c)
	it.left -= units
}

// close writes the hour's lines, and what the holdings had left.
func (e *engine) close() {
	for i := range e.items {
		it := &e.items[i]
		if it.left > 0 {
			e.link(it, OnDemand, e.nobody, it.left)
		}
		for at := it.covers; at != none; at = e.covers[at].next {
			e.write(it, &e.covers[at])
		}
	}
	for kind := range e.held {
		for i := range e.held[kind] {
			e.held[kind][i].close(e.hour)
		}
	}
}

func (e *engine) write(it *item, c *cover) {
	l := Line{Hour: e.hour, Run: it.run, Holding: c.holding, Units: c.units, Whole: it.whole}
	if c.holding == OnDemand {
		l.USD, l.Unpriced = e.rates.charge(e.pools[it.pool].key, e.hour, c.units, it.whole)
	}
	e.bill.Lines = append(e.bill.Lines, l)
}

// hourOf is the start of the clock hour that an instant lies in.
func hourOf(t models.Instant) models.Instant {
	into := t % perHour
	if into < 0 {
		into += perHour
	}
	return t - into
}
