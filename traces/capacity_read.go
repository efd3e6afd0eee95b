package traces

import (
	"io"
	"slices"
	"strings"
	"time"

	"trough.internal/models"
)

// CapacityReader reads a capacity trace window by window.
type CapacityReader struct {
	path   string
	src    capacitySource
	meta   Meta
	hold   models.Instant
	pools  []models.PoolKey
	rows   int64
	groups int

	state       []poolState
	latest      models.Instant // the latest row of the windows before
	ended       bool
	w           capacityWindow
	sort        timeSort
	found       *findings
	stats       func(*capacityWindow) // of Check
	columnsOnly bool                  // of the benchmark: Next returns no changes

	changes []models.CapacityChange
	out     models.Capacity
}

// poolState is what a pool's rows have said so far.
type poolState struct {
	seen     bool
	reserved int32
	inUse    int32
	expires  models.Instant // when its last row is no longer trusted
}

// capacityWindow is a row group's rows, or a CSV file's rows of as long a time, pool by pool.
type capacityWindow struct {
	runs     []poolRun // by PoolID, ascending
	times    []int64
	reserved []int32
	inUse    []int32
	latest   models.Instant
	last     bool // no window follows
	inOrder  bool // every pool's times ascend and are later than the window before
	place    func(row int) string
}

// poolRun is where a window's rows of one pool stand: from start to the next run's start.
type poolRun struct {
	pool  models.PoolID
	start int32
	end   int32
}

// capacitySource hands out windows.
type capacitySource interface {
	// survey returns all pools, sorted by key, the first and the latest time, and the number of rows.
	survey() (survey, error)
	// window fills in the next window, checked but for the order of times within a pool.
	window(w *capacityWindow, f *findings) error
	close() error
}

type survey struct {
	pools       []models.PoolKey
	first, last models.Instant
	rows        int64
	groups      int
}

// OpenCapacity opens a capacity trace and finds its pools and its span; Next reads it.
func OpenCapacity(path string) (*CapacityReader, error) {
	return openCapacity(path, &findings{path: path})
}

func openCapacity(path string, found *findings) (*CapacityReader, error) {
	src, _, kv, err := openSource(path, &CapacitySchema)
	if err != nil {
		return nil, err
	}
	r, err := newCapacityReader(path, src, kv, found)
	if err != nil {
		src.close()
		return nil, err
	}
	return r, nil
}

func newCapacityReader(path string, src rowSource, kv []pair, found *findings) (*CapacityReader, error) {
	r := &CapacityReader{path: path, found: found}
	for _, p := range kv {
		if err := r.meta.set(p.key, p.value); err != nil {
			return nil, fatal(path, "%v", err)
		}
	}
	if r.meta.Hold == 0 {
		return nil, fatal(path, "metadata %s is missing: expected for how many seconds a row is trusted (in CSV a first line such as # %s: 600)", keyHold, keyHold)
	}
	if r.meta.Window == 0 {
		r.meta.Window = windowDefault
	}
	switch s := src.(type) {
	case *parquetFile:
		r.src = newCapacityParquet(s, kv)
	case *csvFile:
		s.findings = found
		r.src = &capacityCSV{file: s, length: models.Instant(r.meta.Window / time.Second)}
	}
	all, err := r.src.survey()
	if err != nil {
		return nil, err
	}
	if all.rows == 0 {
		return nil, fatal(path, "no rows: expected at least one")
	}
	if len(all.pools) > 1<<15 {
		return nil, fatal(path, "%d pools: expected at most %d", len(all.pools), 1<<15)
	}
	r.hold = models.Instant(r.meta.Hold / time.Second)
	r.pools, r.rows, r.groups = all.pools, all.rows, all.groups
	r.meta.From = all.first
	if r.meta.Until == 0 {
		r.meta.Until = all.last + r.hold
	}
	r.state = make([]poolState, len(r.pools))
	r.latest = -1
	return r, nil
}

// Pools lists all pools of the file by PoolID: sorted by region, zone and type. It is the caller's to read only.
func (r *CapacityReader) Pools() []models.PoolKey { return r.pools }

// Span returns the first row's time and the first instant that the trace says nothing about.
func (r *CapacityReader) Span() (from, until models.Instant) { return r.meta.From, r.meta.Until }

// Meta returns what the file says about itself.
func (r *CapacityReader) Meta() Meta { return r.meta }

// Rows is how many rows the file has.
func (r *CapacityReader) Rows() int64 { return r.rows }

// Close closes the file.
func (r *CapacityReader) Close() error { return r.src.close() }

// Next returns the changes of the next window, ordered by time, then pool: only actual changes, and Unknown where rows
// are no longer trusted. It says everything about the instants before its Until. It is valid until the next call.
// After the last window Next returns io.EOF.
func (r *CapacityReader) Next() (models.Capacity, error) {
	if r.ended {
		return models.Capacity{}, io.EOF
	}
	if err := r.src.window(&r.w, r.found); err != nil {
		r.ended = true
		return models.Capacity{}, err
	}
	if r.stats != nil {
		r.stats(&r.w)
	}
	if r.columnsOnly && r.w.inOrder {
		return r.out, r.skip()
	}
	if err := r.apply(); err != nil {
		r.ended = true
		return models.Capacity{}, err
	}
	r.out.Pools, r.out.Changes = r.pools, r.sort.byTime(r.changes)
	r.out.From, r.out.Until = r.latest+1, r.w.latest+1
	if len(r.out.Changes) > 0 {
		r.out.From = r.out.Changes[0].At
	}
	if r.w.last {
		r.out.Until, r.ended = r.meta.Until, true
	}
	r.latest = r.w.latest
	return r.out, nil
}

func (r *CapacityReader) skip() error {
	r.latest, r.ended = r.w.latest, r.w.last
	return nil
}

// apply turns the window's rows into changes, pool by pool, and checks that time moves on.
func (r *CapacityReader) apply() error {
	r.changes = r.changes[:0]
	most := 0 // rows of a pool: applyRun wants room for twice as many
	for _, run := range r.w.runs {
		most = max(most, int(run.end-run.start))
	}
	r.changes = slices.Grow(r.changes, len(r.w.times)+most+len(r.state))
	// A row whose trust ends after the window's latest row may be confirmed by the next window.
	expired := r.w.latest + 1
	if r.w.last {
		if r.w.latest >= r.meta.Until {
			if err := r.found.add("the last row is at %s: expected before %s, as metadata %s says", r.w.latest, r.meta.Until, keyUntil); err != nil {
				return err
			}
		}
		expired = r.meta.Until
	}
	k := 0
	for p := range r.state {
		s := &r.state[p]
		if k < len(r.w.runs) && int(r.w.runs[k].pool) == p {
			if err := r.applyRun(s, r.w.runs[k]); err != nil {
				return err
			}
			k++
		}
		if s.seen && s.inUse != models.Unknown && s.expires < expired {
			s.inUse = models.Unknown
			r.changes = append(r.changes, models.CapacityChange{At: s.expires, Pool: models.PoolID(p), Reserved: s.reserved, InUse: models.Unknown})
		}
	}
	return nil
}

// applyRun takes one pool's rows in one pass.
func (r *CapacityReader) applyRun(s *poolState, run poolRun) error {
	n := int(run.end - run.start)
	times := r.w.times[run.start:run.end][:n]
	reserved := r.w.reserved[run.start:run.end][:n]
	inUse := r.w.inUse[run.start:run.end][:n]
	r.changes = slices.Grow(r.changes, 2*n)
	changes := r.changes[len(r.changes) : len(r.changes)+2*n]
	made := 0
	hold, state := r.hold, *s
	before := r.latest
	for i, t := range times {
		at := models.Instant(t)
		if at <= before {
			if err := r.misplaced(run, i, before); err != nil {
				return err
			}
			continue
		}
		before = at
		if at > state.expires && state.inUse != models.Unknown && state.seen {
			changes[made] = models.CapacityChange{At: state.expires, Pool: run.pool, Reserved: state.reserved, InUse: models.Unknown}
			made++
			state.inUse = models.Unknown
		}
		state.expires = at + hold
		if reserved[i] == state.reserved && inUse[i] == state.inUse && state.seen {
			continue
		}
		state.reserved, state.inUse, state.seen = reserved[i], inUse[i], true
		changes[made] = models.CapacityChange{At: at, Pool: run.pool, Reserved: state.reserved, InUse: state.inUse}
		made++
	}
	*s, r.changes = state, r.changes[:len(r.changes)+made]
	return nil
}

// misplaced says why row i of a run is not later than what was read before.
func (r *CapacityReader) misplaced(run poolRun, i int, before models.Instant) error {
	at := models.Instant(r.w.times[int(run.start)+i])
	place, name := r.w.place(int(run.start)+i), r.pools[run.pool].Name()
	switch {
	case i > 0 && at == before:
		return r.found.add("%s: %s has a second row at %s: expected one row for a pool and time", place, name, at)
	case i > 0:
		return r.found.add("%s: %s goes back from %s to %s: expected rows sorted by region, zone, instance_type, time", place, name, before, at)
	}
	return r.found.add("%s: time is %s: expected later than the window before, which ends at %s", place, at, before)
}

// ReadCapacity reads a whole trace.
func ReadCapacity(path string) (*models.Capacity, Meta, error) {
	r, err := OpenCapacity(path)
	if err != nil {
		return nil, Meta{}, err
	}
	defer r.Close()
	c, err := r.all()
	return c, r.meta, err
}

func (r *CapacityReader) all() (*models.Capacity, error) {
	c := &models.Capacity{Pools: r.pools, From: r.meta.From, Until: r.meta.Until}
	for {
		window, err := r.Next()
		if err == io.EOF {
			return c, nil
		}
		if err != nil {
			return nil, err
		}
		c.Changes = append(c.Changes, window.Changes...)
	}
}

// parsePools reads the pools that the file's metadata list.
func parsePools(text string) ([]models.PoolKey, bool) {
	var pools []models.PoolKey
	for _, line := range strings.Split(text, "\n") {
		parts := strings.Split(line, "/")
		if len(parts) != 3 {
			return nil, false
		}
		k := models.PoolKey{Region: parts[0], Zone: parts[1], Type: parts[2]}
		if checkKey(k) != nil || len(pools) > 0 && comparePools(pools[len(pools)-1], k) >= 0 {
			return nil, false
		}
		pools = append(pools, k)
	}
	return pools, true
}
