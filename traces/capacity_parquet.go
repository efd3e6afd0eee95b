package traces

import (
	"slices"

	"trough.internal/models"
)

// capacityParquet reads the windows of a Parquet file: its row groups.
type capacityParquet struct {
	*parquetFile
	b    *batch
	ids  map[[3]int32]models.PoolID // by the words' numbers
	said survey                     // what our own files say about themselves
}

func newCapacityParquet(p *parquetFile, kv []pair) *capacityParquet {
	c := &capacityParquet{parquetFile: p, b: newBatch(&CapacitySchema)}
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
		if err := c.decode(g, c.b, []int{capTime, capRegion, capZone, capType}); err != nil {
			return s, err
		}
		last := [3]int32{-1}
		for row := range c.b.n {
			if w := c.rowWords(row); w != last {
				last, seen[w] = w, true
			}
			t := models.Instant(c.b.longs[capTime][row])
			if first || t < s.first {
				s.first = t
			}
			if first || t > s.last {
				s.last = t
			}
			first = false
		}
	}
	for w := range seen {
		t := c.b.texts
		s.pools = append(s.pools, models.PoolKey{Region: t[capRegion].words[w[0]], Zone: t[capZone].words[w[1]], Type: t[capType].words[w[2]]})
	}
	slices.SortFunc(s.pools, comparePools)
	return s, nil
}

func (c *capacityParquet) rowWords(row int) [3]int32 {
	return [3]int32{c.b.counts[capRegion][row], c.b.counts[capZone][row], c.b.counts[capType][row]}
}

func (c *capacityParquet) window(w *capacityWindow, f *findings) error {
	if err := c.next(c.b); err != nil {
		return err
	}
	if err := checkRanges(c.b, c.schema, f); err != nil {
		return err
	}
	w.times, w.reserved, w.inUse, w.place = c.b.longs[capTime][:c.b.n], c.b.counts[capReserved][:c.b.n], c.b.counts[capInUse][:c.b.n], c.b.place
	w.last = !c.more()
	return c.runs(w, f)
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

// runs finds where each pool's rows begin and end, and the latest time.
func (c *capacityParquet) runs(w *capacityWindow, f *findings) error {
	n := c.b.n
	regions, zones, types := c.b.counts[capRegion][:n], c.b.counts[capZone][:n], c.b.counts[capType][:n]
	w.runs = w.runs[:0]
	w.latest = models.Instant(w.times[0])
	for start := 0; start < n; {
		region, zone, kind := regions[start], zones[start], types[start]
		end := start + 1
		for end < n && types[end] == kind && zones[end] == zone && regions[end] == region {
			end++
		}
		pool, ok := c.ids[[3]int32{region, zone, kind}]
		switch {
		case !ok:
			return fatal(c.path, "%s: pool %s is not among those in metadata %s", c.b.place(start), c.b.text(capZone, start)+"/"+c.b.text(capType, start), keyPools)
		case len(w.runs) > 0 && pool <= w.runs[len(w.runs)-1].pool:
			before := c.b.text(capRegion, start-1) + " " + c.b.text(capZone, start-1) + "/" + c.b.text(capType, start-1)
			if err := f.add("%s: %s %s/%s follows %s: expected rows sorted by region, zone, instance_type, time", c.b.place(start),
				c.b.text(capRegion, start), c.b.text(capZone, start), c.b.text(capType, start), before); err != nil {
				return err
			}
			return fatal(c.path, "rows are not sorted by region, zone, instance_type, time: nothing more can be checked")
		}
		w.runs = append(w.runs, poolRun{pool, int32(start), int32(end)})
		w.latest = max(w.latest, models.Instant(w.times[end-1]))
		start = end
	}
	return nil
}
