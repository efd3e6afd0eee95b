package traces

import (
	"fmt"
	"slices"

	"trough.internal/models"
)

// capacityParquet reads the windows of a Parquet file: its row groups.
type capacityParquet struct {
	*parquetFile
	b    *batch
	ids  map[[3]int32]models.PoolID // by the words' numbers
	said survey                     // what our own files say about themselves

	owners oneEach
	before models.Instant // the latest row of the windows before
}

func newCapacityParquet(p *parquetFile, kv []pair) *capacityParquet {
	c := &capacityParquet{parquetFile: p, b: newBatch(&CapacitySchema)}
	c.before = -1
	c.b.runs = make([][]textRun, len(CapacitySchema.Columns))
	if !p.ours {
		return c
	}
	var m Meta
	for _, kv := range kv {
		switch kv.key {
		case keyPools:
			c.said.pools, _ = parsePools(kv.value)
		case keyFrom:
			if m.set(kv.key, kv.value) == nil {
				c.said.first = m.From
			}
		case keyUntil: // without it the latest row is looked for
			c.said.last = 1
		}
	}
	return c
}

func (c *capacityParquet) survey() (survey, error) {
	s := c.said
	if s.pools == nil || s.last == 0 {
		var err error
		if s, err = c.look(); err != nil {
			return s, err
		}
	}
	for _, key := range s.pools {
		if err := checkKey(key); err != nil {
			return s, fatal(c.path, "pool %v", err)
		}
	}
	s.rows, s.groups = c.file.NumRows(), len(c.file.RowGroups())
	c.ids = make(map[[3]int32]models.PoolID)
	for id, key := range s.pools {
		c.ids[c.words(key)] = models.PoolID(id)
	}
	return s, nil
}

func (c *capacityParquet) words(k models.PoolKey) [3]int32 {
	t := c.b.texts
	return [3]int32{t[capRegion].id(k.Region), t[capZone].id(k.Zone), t[capType].id(k.Type)}
}

// look finds the pools and the span of a file that does not say them.
func (c *capacityParquet) look() (survey, error) {
	var s survey
	seen := make(map[[3]int32]bool)
	first := true
	for g := range c.file.RowGroups() {
		c.b.n = int(c.file.Metadata().RowGroups[g].NumRows)
		if err := c.decode(g, c.b, []int{capTime, capRegion, capZone, capType, capAccount, capPlatform}); err != nil {
			return s, err
		}
		c.eachRun(func(words [3]int32, start, end int) error {
			seen[words] = true
			return nil
		})
		for _, t := range c.b.longs[capTime][:c.b.n] {
			if t := models.Instant(t); first {
				s.first, s.last, first = t, t, false
			} else {
				s.first, s.last = min(s.first, t), max(s.last, t)
			}
		}
	}
	t := c.b.texts
	for w := range seen {
		s.pools = append(s.pools, models.PoolKey{Region: t[capRegion].words[w[0]], Zone: t[capZone].words[w[1]], Type: t[capType].words[w[2]]})
	}
	slices.SortFunc(s.pools, comparePools)
	return s, nil
}

// eachRun calls do for every longest run of rows of one pool, in their order, and checks that a pool has one account
// and platform only.
func (c *capacityParquet) eachRun(do func(words [3]int32, start, end int) error) error {
	for _, i := range []int{capAccount, capPlatform} {
		if len(c.b.runs[i]) > 0 {
			if err := c.oneEach(i); err != nil {
				return err
			}
		}
	}
	columns := [][]textRun{c.b.runs[capRegion], c.b.runs[capZone], c.b.runs[capType]}
	return eachRun(columns, c.b.n, func(words []int32, start, end int) error {
		return do([3]int32(words), start, end)
	})
}

// oneEach checks that a pool has one word of a column only. Two accounts of a pool would be read as one that jumps.
func (c *capacityParquet) oneEach(column int) error {
	columns := [][]textRun{c.b.runs[capRegion], c.b.runs[capZone], c.b.runs[capType], c.b.runs[column]}
	return eachRun(columns, c.b.n, func(words []int32, start, _ int) error {
		t := c.b.texts
		key := models.PoolKey{Region: t[capRegion].words[words[0]], Zone: t[capZone].words[words[1]], Type: t[capType].words[words[2]]}
		if problem := c.owners.add(key, column, t[column].words[words[3]]); problem != "" {
			return fatal(c.path, "%s: %s", c.b.place(start), problem)
		}
		return nil
	})
}

// eachRun calls do for every longest run of rows in which no column changes.
func eachRun(columns [][]textRun, n int, do func(words []int32, start, end int) error) error {
	at, words := make([]int, len(columns)), make([]int32, len(columns))
	for start := 0; start < n; {
		end := n
		for k, runs := range columns {
			words[k] = runs[at[k]].word
			if at[k]+1 < len(runs) {
				end = min(end, int(runs[at[k]+1].start))
			}
		}
		if err := do(words, start, end); err != nil {
			return err
		}
		for k, runs := range columns {
			if at[k]+1 < len(runs) && int(runs[at[k]+1].start) == end {
				at[k]++
			}
		}
		start = end
	}
	return nil
}

func (c *capacityParquet) window(w *capacityWindow, f *findings) error {
	if err := c.next(c.b); err != nil {
		return err
	}
	n := c.b.n
	w.times, w.reserved, w.inUse, w.place = c.b.longs[capTime][:n], c.b.counts[capReserved][:n], c.b.counts[capInUse][:n], c.b.place
	w.last = !c.more()
	if err := c.findRuns(w, f); err != nil {
		return err
	}
	w.latest = models.Instant(w.times[0])
	for _, run := range w.runs {
		w.latest = max(w.latest, models.Instant(w.times[run.end-1]))
	}
	w.inOrder = true
	for _, run := range w.runs {
		w.inOrder = w.inOrder && w.checked(run, c.before)
	}
	c.before = w.latest
	if w.inOrder {
		return nil
	}
	return checkRanges(c.b, c.schema, f)
}

// checked compares a run's ranges and order in one pass without a branch: it looks at signs only. Where it says no,
// checkRanges and applyRun find out why.
func (w *capacityWindow) checked(run poolRun, before models.Instant) bool {
	times := w.times[run.start:run.end]
	n := len(times)
	reserved, inUse := w.reserved[run.start:run.end][:n], w.inUse[run.start:run.end][:n]
	wrong, last := int64(0), int64(before)
	for i, t := range times {
		wrong |= (t - last - 1) | int64(reserved[i]) | (int64(inUse[i]) + 1)
		last = t
	}
	return wrong >= 0 && times[0] >= timeMin && last <= timeMax
}

// more says whether a row group with rows follows.
func (c *capacityParquet) more() bool {
	for _, g := range c.file.Metadata().RowGroups[c.group:] {
		if g.NumRows > 0 {
			return true
		}
	}
	return false
}

// findRuns finds where each pool's rows begin and end.
func (c *capacityParquet) findRuns(w *capacityWindow, f *findings) error {
	w.runs = w.runs[:0]
	name := func(words [3]int32) string {
		t := c.b.texts
		return oneLine(t[capRegion].words[words[0]] + " " + t[capZone].words[words[1]] + "/" + t[capType].words[words[2]])
	}
	var before [3]int32
	return c.eachRun(func(words [3]int32, start, end int) error {
		pool, ok := c.ids[words]
		if !ok {
			return fatal(c.path, "%s: pool %s is not among those in metadata %s", c.b.place(start), name(words), keyPools)
		}
		if len(w.runs) > 0 && pool <= w.runs[len(w.runs)-1].pool {
			if err := f.add("%s: %s follows %s: expected rows sorted by region, zone, instance_type, time", c.b.place(start), name(words), name(before)); err != nil {
				return err
			}
			return fatal(c.path, "rows are not sorted by region, zone, instance_type, time: nothing more can be checked")
		}
		w.runs = append(w.runs, poolRun{pool, int32(start), int32(end)})
		before = words
		return nil
	})
}

// oneEach remembers a pool's word of a column: its account, its platform.
type oneEach map[ownerKey]string

type ownerKey struct {
	pool   models.PoolKey
	column int
}

func (o *oneEach) add(pool models.PoolKey, column int, word string) (problem string) {
	if *o == nil {
		*o = make(oneEach)
	}
	k := ownerKey{pool, column}
	was, ok := (*o)[k]
	if !ok {
		(*o)[k] = word
	}
	if ok && was != word {
		return fmt.Sprintf("%s of %s is %s and was %s: expected one for each pool: several must be summed first",
			CapacitySchema.Columns[column].Name, pool.Name(), quoted(word), quoted(was))
	}
	return ""
}
