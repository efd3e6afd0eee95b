package traces

import (
	"fmt"
	"io"
	"slices"

	"trough.internal/models"
)

// capacityCSV reads a CSV file's rows, which are in order of time, in windows.
type capacityCSV struct {
	file   *csvFile
	length models.Instant // length of a window, seconds
	b      *batch
	at     int // rows of the batch that are used up
	ended  bool
	pools  map[models.PoolKey]models.PoolID
	latest models.Instant

	rows     []csvRow
	lines    []int32
	times    []int64
	reserved []int32
	inUse    []int32
}

type csvRow struct {
	at              models.Instant
	line            int32
	reserved, inUse int32
	pool            models.PoolID
}

// survey reads the file once and opens it again.
func (c *capacityCSV) survey() (survey, error) {
	var s survey
	c.b = newBatch(&CapacitySchema)
	seen := make(map[models.PoolKey]bool)
	var last models.PoolKey
	var owners oneEach
	// A strict reader stops at the first finding: a span worked out of rows that are wrong would be wrong too. For Check,
	// which collects them, the second pass does.
	passed := c.file.findings
	if passed == nil || passed.limit > 1 {
		passed = &findings{limit: 1 << 30}
		c.file.findings = passed
	}
	for {
		err := c.file.next(c.b)
		if err == io.EOF {
			break
		}
		if err != nil {
			return s, err
		}
		for row := range c.b.n {
			key := c.key(row)
			if key != last {
				seen[key], last = true, key
			}
			for _, i := range []int{capAccount, capPlatform} {
				if c.b.counts[i] == nil {
					continue
				}
				if problem := owners.add(key, i, c.b.text(i, row)); problem != "" {
					return s, fatal(c.file.path, "%s: %s", c.b.place(row), problem)
				}
			}
			t := models.Instant(c.b.longs[capTime][row])
			if s.rows == 0 {
				s.first = t
			}
			s.last = max(s.last, t)
			s.rows++
		}
		passed.lines = passed.lines[:0]
	}
	for key := range seen {
		s.pools = append(s.pools, key)
	}
	slices.SortFunc(s.pools, comparePools)
	c.pools = make(map[models.PoolKey]models.PoolID)
	for id, key := range s.pools {
		c.pools[key] = models.PoolID(id)
	}
	return s, c.again()
}

func (c *capacityCSV) again() error {
	c.file.close()
	file, err := c.file.reopen()
	if err != nil {
		return err
	}
	c.file = file
	c.b = newBatch(&CapacitySchema)
	return nil
}

func (c *capacityCSV) key(row int) models.PoolKey {
	return models.PoolKey{Region: c.b.text(capRegion, row), Zone: c.b.text(capZone, row), Type: c.b.text(capType, row)}
}

func (c *capacityCSV) close() error { return c.file.close() }

func (c *capacityCSV) window(w *capacityWindow, f *findings) error {
	if err := c.gather(f); err != nil {
		return err
	}
	if len(c.rows) == 0 {
		return io.EOF
	}
	c.byPool(w)
	w.latest = c.rows[len(c.rows)-1].at
	w.times, w.reserved, w.inUse = c.times, c.reserved, c.inUse
	w.last = c.ended
	w.place = func(row int) string { return fmt.Sprintf("line %d", c.lines[row]) }
	return nil
}

// gather collects the rows of the next window that has any.
func (c *capacityCSV) gather(f *findings) error {
	c.rows = c.rows[:0]
	for {
		if c.at >= c.b.n || c.b.n == 0 {
			if c.ended {
				return nil
			}
			c.file.findings = f
			err := c.file.next(c.b)
			c.at = 0
			if err == io.EOF {
				c.ended = true
				c.b.n = 0
				return nil
			}
			if err != nil {
				return err
			}
		}
		for ; c.at < c.b.n; c.at++ {
			t := models.Instant(c.b.longs[capTime][c.at])
			if t < c.latest {
				if err := f.add("%s: time is %s after %s: expected rows in order of time", c.b.place(c.at), t, c.latest); err != nil {
					return err
				}
				continue
			}
			if len(c.rows) > 0 && t/c.length != c.rows[0].at/c.length {
				return nil
			}
			c.latest = t
			c.rows = append(c.rows, csvRow{at: t, line: c.b.lines[c.at], reserved: c.b.counts[capReserved][c.at],
				inUse: c.b.counts[capInUse][c.at], pool: c.pools[c.key(c.at)]})
		}
	}
}

// byPool puts the rows in order of pool, then time, by a counting sort.
func (c *capacityCSV) byPool(w *capacityWindow) {
	ends := make([]int32, len(c.pools)+1)
	for i := range c.rows {
		ends[c.rows[i].pool+1]++
	}
	w.runs = w.runs[:0]
	for p := range len(c.pools) {
		ends[p+1] += ends[p]
		if ends[p+1] > ends[p] {
			w.runs = append(w.runs, poolRun{models.PoolID(p), ends[p], ends[p+1]})
		}
	}
	n := len(c.rows)
	c.times, c.lines = grow(c.times, n), grow(c.lines, n)
	c.reserved, c.inUse = grow(c.reserved, n), grow(c.inUse, n)
	for i := range c.rows {
		row := &c.rows[i]
		to := ends[row.pool]
		ends[row.pool]++
		c.times[to], c.lines[to], c.reserved[to], c.inUse[to] = int64(row.at), row.line, row.reserved, row.inUse
	}
}
