package traces

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"trough.internal/models"
)

// The columns of CapacitySchema.
const (
	capTime = iota
	capRegion
	capZone
	capType
	capAccount
	capPlatform
	capReserved
	capInUse
)

// windowsMost is how many row groups a Parquet file can have.
const windowsMost = 1<<15 - 1

// CapacityWriter writes a capacity trace from changes in order of time. Its memory is one window.
type CapacityWriter struct {
	path    string
	to      groupWriter
	csv     bool
	samples bool
	meta    Meta
	hold    models.Instant // seconds
	window  models.Instant // seconds

	pools []models.PoolKey
	ids   map[models.PoolKey]models.PoolID
	order []models.PoolID // pools sorted by key
	last  []written       // by pool

	start, end models.Instant // of the window at hand
	begun      bool
	at         models.Instant          // of the last change
	changes    []models.CapacityChange // of the window, in order of time
	byPool     []models.CapacityChange
	offsets    []int32 // into byPool, by pool
	rows       int64
	groups     int
	b          *batch
	err        error
}

// written is what a pool's rows have said so far.
type written struct {
	seen     bool
	reserved int32
	inUse    int32
	at       models.Instant // the last change
	trust    models.Instant // samples: until when the last change is trusted
	row      models.Instant // the last row, a change or a restated one

	region, zone, kind int32 // its words in the batch
}

// CreateCapacity begins a trace of steps: a change holds until its pool's next one, or until the end. Rows are restated
// as often as meta.Hold demands; a Hold of 0 is the window. The pools may be extended by Pool.
// A CSV file's meta.Until must be stated here, as its metadata come first.
func CreateCapacity(path string, meta Meta, pools []models.PoolKey) (*CapacityWriter, error) {
	return createCapacity(path, meta, pools, false)
}

// CreateCapacitySamples begins a trace of samples: a change is trusted for meta.Hold, then the pool is unknown until
// its next one.
func CreateCapacitySamples(path string, meta Meta, pools []models.PoolKey) (*CapacityWriter, error) {
	if meta.Hold <= 0 {
		return nil, fatal(path, "hold is %s: expected how long a sample is trusted", meta.Hold)
	}
	return createCapacity(path, meta, pools, true)
}

func createCapacity(path string, meta Meta, pools []models.PoolKey, samples bool) (*CapacityWriter, error) {
	if meta.Window == 0 {
		meta.Window = windowDefault
	}
	if meta.Hold == 0 {
		meta.Hold = meta.Window
	}
	if err := meta.check(); err != nil {
		return nil, fatal(path, "%v", err)
	}
	if strings.HasSuffix(path, ".csv") && !samples && meta.Until == 0 {
		return nil, fatal(path, "until is not stated: expected in the metadata of a CSV file, which come first")
	}
	pairs, err := meta.pairs()
	if err != nil {
		return nil, fatal(path, "%v", err)
	}
	w := &CapacityWriter{path: path, csv: strings.HasSuffix(path, ".csv"), samples: samples, meta: meta,
		hold: models.Instant(meta.Hold / time.Second), window: models.Instant(meta.Window / time.Second),
		ids: make(map[models.PoolKey]models.PoolID), b: newBatch(&CapacitySchema)}
	for _, key := range pools {
		if _, ok := w.ids[key]; ok {
			return nil, fatal(path, "pool %s is there twice: expected once", key.Name())
		}
		if _, err := w.Pool(key); err != nil {
			return nil, err
		}
	}
	if w.to, err = createTrace(path, &CapacitySchema, pairs, w.pageBytes()); err != nil {
		return nil, err
	}
	return w, nil
}

// pageBytes makes room for a window's times in one page, if each pool has a row a minute: readers take such a column
// as it is.
func (w *CapacityWriter) pageBytes() int {
	minutes := min(int64(w.window)/60+1, 1<<20)
	rows := minutes * int64(max(len(w.pools), 1))
	return int(min(max(rows*8*105/100, 64<<10), 8<<20))
}

// Pool returns a pool's number, and numbers it if it is new.
func (w *CapacityWriter) Pool(key models.PoolKey) (models.PoolID, error) {
	if id, ok := w.ids[key]; ok {
		return id, nil
	}
	if err := checkKey(key); err != nil {
		return 0, fatal(w.path, "pool %v", err)
	}
	if len(w.pools) > 1<<15-1 {
		return 0, fatal(w.path, "pool %s: expected at most %d pools", key.Name(), 1<<15)
	}
	id := models.PoolID(len(w.pools))
	w.ids[key] = id
	w.pools = append(w.pools, key)
	w.last = append(w.last, written{region: w.b.texts[capRegion].id(key.Region), zone: w.b.texts[capZone].id(key.Zone), kind: w.b.texts[capType].id(key.Type)})
	w.order = append(w.order, id)
	slices.SortFunc(w.order, func(a, b models.PoolID) int { return comparePools(w.pools[a], w.pools[b]) })
	return id, nil
}

func comparePools(a, b models.PoolKey) int {
	return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Zone, b.Zone), cmp.Compare(a.Type, b.Type))
}

// Append takes the next change: in order of time, one for each pool and time.
func (w *CapacityWriter) Append(c models.CapacityChange) error {
	if w.err == nil {
		w.err = w.append(c)
	}
	return w.err
}

func (w *CapacityWriter) append(c models.CapacityChange) error {
	if c.Pool < 0 || int(c.Pool) >= len(w.pools) {
		return fatal(w.path, "pool %d: expected one of %d", c.Pool, len(w.pools))
	}
	last := &w.last[c.Pool]
	switch {
	case c.At < timeMin || c.At > timeMax:
		return w.refuse(c, "time is %d: expected seconds from 1970 to 9999", int64(c.At))
	case c.Reserved < 0:
		return w.refuse(c, "reserved is %d: expected 0 or more", c.Reserved)
	case c.InUse < 0 && c.InUse != models.Unknown:
		return w.refuse(c, "in_use is %d: expected 0 or more, or %d for unknown", c.InUse, models.Unknown)
	case w.begun && c.At < w.at:
		return w.refuse(c, "the time before was %s: expected the same or later", w.at)
	case last.seen && c.At == last.at:
		return w.refuse(c, "expected one row for a pool and time")
	}
	if !w.begun {
		w.begun, w.meta.From = true, c.At
		w.start = c.At - c.At%w.window
		w.end = w.start + w.window
	}
	if err := w.advance(c.At); err != nil {
		return err
	}
	last.seen, last.at = true, c.At
	w.at = c.At
	w.changes = append(w.changes, c)
	return nil
}

func (w *CapacityWriter) refuse(c models.CapacityChange, format string, values ...any) error {
	return fatal(w.path, "%s at %s: %s", w.pools[c.Pool].Name(), c.At, fmt.Sprintf(format, values...))
}

// advance writes windows until t lies within the one at hand.
func (w *CapacityWriter) advance(t models.Instant) error {
	for t >= w.end {
		if err := w.flush(w.end); err != nil {
			return err
		}
		w.start, w.end = w.end, w.end+w.window
		if w.samples && t >= w.end && w.allUnknown() {
			w.start = t - t%w.window
			w.end = w.start + w.window
		}
	}
	return nil
}

func (w *CapacityWriter) allUnknown() bool {
	for p := range w.last {
		if w.last[p].seen && w.last[p].inUse != models.Unknown && w.last[p].trust >= w.start {
			return false
		}
	}
	return true
}

// End says until when the last changes hold. Without it, and without meta.Until, a trace ends at the last change +
// meta.Hold.
func (w *CapacityWriter) End(t models.Instant) {
	if w.csv && t != w.meta.Until && w.err == nil {
		w.err = fatal(w.path, "the trace ends at %s: expected it to be stated when a CSV file is begun", t)
	}
	w.meta.Until = t
}

// Close writes the last windows and gives the file its name. After an error it leaves no file.
func (w *CapacityWriter) Close() error {
	if w.err == nil {
		w.err = w.finish()
	}
	if w.err != nil {
		w.to.abandon()
		return w.err
	}
	pairs, err := w.meta.pairs()
	if err != nil {
		w.to.abandon()
		return fatal(w.path, "%v", err)
	}
	var names []string
	for _, id := range w.order {
		k := w.pools[id]
		names = append(names, k.Region+"/"+k.Zone+"/"+k.Type)
	}
	pairs = append(pairs, pair{keyFrom, w.meta.From.String()}, pair{keyPools, strings.Join(names, "\n")})
	return w.to.close(pairs)
}

func (w *CapacityWriter) finish() error {
	if !w.begun {
		return fatal(w.path, "no rows: expected at least one")
	}
	if w.meta.Until == 0 {
		w.meta.Until = w.at + w.hold
	}
	if w.meta.Until <= w.at {
		return fatal(w.path, "the trace ends at %s: expected later than its last row at %s", w.meta.Until, w.at)
	}
	if !w.samples {
		if err := w.advance(w.meta.Until - 1); err != nil {
			return err
		}
	}
	if err := w.flush(min(w.end, w.meta.Until)); err != nil {
		return err
	}
	for w.end < w.meta.Until && w.overtrusted() {
		w.start, w.end = w.end, w.end+w.window
		if err := w.flush(min(w.end, w.meta.Until)); err != nil {
			return err
		}
	}
	return nil
}

// overtrusted says whether a restated row at the end of the file would be trusted for longer than its sample.
func (w *CapacityWriter) overtrusted() bool {
	for p := range w.last {
		if last := &w.last[p]; last.inUse != models.Unknown && last.row+w.hold > last.trust && last.trust >= w.end {
			return true
		}
	}
	return false
}

// WriteCapacity writes a whole trace: ReadCapacity gives it back, but for changes that change nothing.
func WriteCapacity(path string, c *models.Capacity, meta Meta) error {
	if c.Until != 0 {
		meta.Until = c.Until
	}
	w, err := CreateCapacity(path, meta, c.Pools)
	if err != nil {
		return err
	}
	for i := range c.Changes {
		if w.Append(c.Changes[i]) != nil {
			break
		}
	}
	return w.Close()
}
