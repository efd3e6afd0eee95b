package sim

import (
	"io"
	"math"
	"slices"

	"trough.internal/models"
)

// disturbed plays a capacity trace with a scenario's events in it, window by window. Before the first event, after the last and
// in pools that none can change, it is the trace as it was.
type disturbed struct {
	source CapacitySource // nil once it has ended
	pools  []models.Pool
	events []event
	turns  []models.Instant // still to come

	touched []bool            // by pool: whether an event can change it
	alike   [][]models.PoolID // by pool: those of its type in its region, itself among them, between which an outage moves owners
	trace   []models.CapacityChange
	told    []models.CapacityChange // by pool: what was handed out last, while trace is what the source said last
	seen    []bool                  // by pool: whether the source has said anything
	out     []models.CapacityChange
}

func newDisturbed(source CapacitySource, pools []models.Pool, events []event) *disturbed {
	d := &disturbed{source: source, pools: pools, events: events, turns: turnsOf(events),
		touched: make([]bool, len(pools)), alike: make([][]models.PoolID, len(pools)), seen: make([]bool, len(pools)),
		trace: make([]models.CapacityChange, len(pools)), told: make([]models.CapacityChange, len(pools))}
	for p := range pools {
		d.trace[p].InUse, d.told[p].InUse = models.Unknown, models.Unknown
		for q := range pools {
			if pools[q].Kind == models.Surplus && pools[p].Kind == models.Surplus && pools[q].Region == pools[p].Region && pools[q].Type == pools[p].Type {
				d.alike[p] = append(d.alike[p], models.PoolID(q))
			}
		}
	}
	for i := range events {
		for p, in := range events[i].in {
			if in {
				d.touch(models.PoolID(p), events[i].Kind == "outage")
			}
		}
	}
	return d
}

func (d *disturbed) touch(p models.PoolID, moves bool) {
	d.touched[p] = true
	for _, q := range d.alike[p] {
		d.touched[q] = d.touched[q] || moves
	}
}

// Next returns the next window. What an event changes after the window's last change waits for the next one.
func (d *disturbed) Next() (models.Capacity, error) {
	w, err := models.Capacity{}, io.EOF
	if d.source != nil {
		w, err = d.source.Next()
	}
	if err != nil && (err != io.EOF || len(d.turns) == 0) {
		return w, err
	}
	if err == io.EOF {
		d.source = nil
	}
	d.out = d.out[:0]
	rest := w.Changes
	for len(rest) > 0 || d.source == nil && len(d.turns) > 0 {
		at := d.nextAt(rest)
		n := 0
		for n < len(rest) && rest[n].At == at {
			n++
		}
		d.second(at, rest[:n])
		rest = rest[n:]
	}
	w.Changes = d.out
	return w, nil
}

// nextAt is the instant of the next change or turn, of which there is one.
func (d *disturbed) nextAt(rest []models.CapacityChange) models.Instant {
	if len(rest) == 0 {
		return d.turns[0]
	}
	if len(d.turns) > 0 {
		return min(d.turns[0], rest[0].At)
	}
	return rest[0].At
}

// second hands out what the trace and the events change in one second.
func (d *disturbed) second(at models.Instant, changes []models.CapacityChange) {
	turn := len(d.turns) > 0 && d.turns[0] == at
	if turn {
		d.turns = d.turns[1:]
	}
	during := turn || slices.ContainsFunc(d.events, func(v event) bool { return v.on(at) })
	first := len(d.out)
	for _, c := range changes {
		d.trace[c.Pool], d.seen[c.Pool] = c, true
		if !during || !d.touched[c.Pool] {
			d.out, d.told[c.Pool] = append(d.out, c), c
		}
	}
	if !during {
		return
	}
	for p, touched := range d.touched {
		if !touched || !d.seen[p] {
			continue
		}
		c := models.CapacityChange{At: at, Pool: models.PoolID(p), Reserved: d.trace[p].Reserved, InUse: d.inUse(models.PoolID(p), at)}
		if told := &d.told[p]; told.Reserved != c.Reserved || told.InUse != c.InUse {
			d.out, *told = append(d.out, c), c
		}
	}
	slices.SortStableFunc(d.out[first:], func(a, b models.CapacityChange) int { return int(a.Pool) - int(b.Pool) })
}

// inUse is what the owners use of a pool with all events: their own, none of it where the zone is out, and what comes from
// zones that are.
func (d *disturbed) inUse(p models.PoolID, at models.Instant) int32 {
	use := d.own(p, at)
	if use == models.Unknown {
		return models.Unknown
	}
	if gone, _ := d.gone(p, at); gone {
		return 0
	}
	sum := int64(use)
	for _, q := range d.alike[p] {
		gone, back := d.gone(q, at)
		if !gone || back == 0 {
			continue
		}
		came := d.own(q, at)
		if came == models.Unknown {
			return models.Unknown
		}
		sum += d.part(p, int64(math.Round(float64(came)*back)), at)
	}
	return int32(min(sum, math.MaxInt32))
}

// own is what the owners use of a pool with the failovers and deploys, wherever it runs.
func (d *disturbed) own(p models.PoolID, at models.Instant) int32 {
	use := d.trace[p].InUse
	if use == models.Unknown {
		return models.Unknown
	}
	sum := int64(use)
	for i := range d.events {
		v := &d.events[i]
		if v.Kind == "outage" || !v.in[p] || !v.on(at) {
			continue
		}
		more := float64(v.Instances) + float64(v.Share)*float64(use)
		sum += int64(math.Round(v.there(at) * more))
	}
	return int32(min(sum, math.MaxInt32))
}

// gone says whether a pool's zone is out, and how much of its owners' use is back elsewhere, 0 to 1.
func (d *disturbed) gone(p models.PoolID, at models.Instant) (gone bool, back float64) {
	for i := range d.events {
		if v := &d.events[i]; v.Kind == "outage" && v.in[p] && v.on(at) {
			gone, back = true, max(back, v.there(at))
		}
	}
	return gone, back
}

// part is what a pool gets of so many instances that come to its zone and the others that are not out: the same in each, and
// one more in the first ones where it does not divide.
func (d *disturbed) part(p models.PoolID, n int64, at models.Instant) int64 {
	zones, before := int64(0), int64(0)
	for _, q := range d.alike[p] {
		if gone, _ := d.gone(q, at); gone {
			continue
		}
		if q < p {
			before++
		}
		zones++
	}
	return (n + zones - 1 - before) / zones
}
