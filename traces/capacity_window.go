package traces

import (
	"cmp"
	"slices"

	"trough.internal/models"
)

// flush writes the window at hand, of which nothing is said from end on.
func (w *CapacityWriter) flush(end models.Instant) error {
	w.groupByPool()
	for i := range CapacitySchema.Columns {
		w.b.longs[i], w.b.counts[i] = w.b.longs[i][:0], w.b.counts[i][:0]
	}
	w.b.n = 0
	for _, id := range w.order {
		from := int32(0)
		if id > 0 {
			from = w.offsets[id-1]
		}
		w.pool(id, w.byPool[from:w.offsets[id]], end)
	}
	w.changes = w.changes[:0]
	if w.b.n == 0 {
		return nil
	}
	w.groups++
	if w.groups > windowsMost {
		return fatal(w.path, "more than %d windows: expected a longer window than %s", windowsMost, w.meta.Window)
	}
	w.rows += int64(w.b.n)
	if w.csv {
		w.byTime()
	}
	return w.to.group(w.b)
}

// groupByPool is a counting sort: it keeps the order of time within a pool.
func (w *CapacityWriter) groupByPool() {
	w.byPool = grow(w.byPool, len(w.changes))
	w.offsets = grow(w.offsets, len(w.pools))
	clear(w.offsets)
	for i := range w.changes {
		if p := int(w.changes[i].Pool) + 1; p < len(w.offsets) {
			w.offsets[p]++
		}
	}
	for p := 1; p < len(w.offsets); p++ {
		w.offsets[p] += w.offsets[p-1]
	}
	for i := range w.changes {
		p := w.changes[i].Pool
		w.byPool[w.offsets[p]] = w.changes[i]
		w.offsets[p]++
	}
}

// pool writes a pool's rows of a window: its value restated, its changes, and what keeps readers from trusting a row
// for a shorter or longer time than the writer was told.
func (w *CapacityWriter) pool(id models.PoolID, changes []models.CapacityChange, end models.Instant) {
	p := &w.last[id]
	if !p.seen || p.trust == 0 && len(changes) == 0 {
		return // nothing of it has been written, and nothing is now
	}
	row := models.CapacityChange{At: w.start, Pool: id, Reserved: p.reserved, InUse: p.inUse}
	carried := p.trust != 0 && (len(changes) == 0 || changes[0].At > w.start)
	if carried {
		if w.samples && p.trust <= w.start {
			row.InUse = models.Unknown
		}
		if w.csv { // which has no windows to begin in
			row.At = p.row
		} else {
			w.row(row)
		}
	}
	for i := range changes {
		if carried || i > 0 {
			w.fill(row, p.trust, changes[i].At)
		}
		row = changes[i]
		w.row(row)
		p.trust = row.At + w.hold
	}
	w.fill(row, p.trust, end)
	p.reserved, p.inUse = row.Reserved, row.InUse
	if row.InUse != models.Unknown && w.samples && p.trust < end {
		p.inUse = models.Unknown
	}
}

// fill writes what is needed between a row and the next one, or the end of the window.
func (w *CapacityWriter) fill(row models.CapacityChange, trust, next models.Instant) {
	if row.InUse == models.Unknown {
		return
	}
	if w.samples {
		if row.At+w.hold > trust && trust < next { // a restated row would be trusted for longer than its sample
			row.At, row.InUse = trust, models.Unknown
			w.row(row)
		}
		return
	}
	for row.At+w.hold < next {
		row.At += w.hold
		w.row(row)
	}
}

func (w *CapacityWriter) row(c models.CapacityChange) {
	b, p := w.b, &w.last[c.Pool]
	p.row = c.At
	b.longs[capTime] = append(b.longs[capTime], int64(c.At))
	b.counts[capRegion] = append(b.counts[capRegion], p.region)
	b.counts[capZone] = append(b.counts[capZone], p.zone)
	b.counts[capType] = append(b.counts[capType], p.kind)
	b.counts[capReserved] = append(b.counts[capReserved], c.Reserved)
	b.counts[capInUse] = append(b.counts[capInUse], c.InUse)
	b.n++
}

// byTime orders a window as CSV has it: by time, then pool.
func (w *CapacityWriter) byTime() {
	rows := make([]int, w.b.n)
	for i := range rows {
		rows[i] = i
	}
	times := w.b.longs[capTime]
	slices.SortStableFunc(rows, func(a, b int) int { return cmp.Compare(times[a], times[b]) })
	w.b.longs[capTime] = permuted(times, rows)
	for _, i := range []int{capRegion, capZone, capType, capReserved, capInUse} {
		w.b.counts[i] = permuted(w.b.counts[i], rows)
	}
}

func permuted[T any](values []T, rows []int) []T {
	out := make([]T, len(rows))
	for to, from := range rows {
		out[to] = values[from]
	}
	return out
}
