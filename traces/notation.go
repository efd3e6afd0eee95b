package traces

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"trough.internal/models"
)

// NotationStart is the instant that offsets in a notation count from unless it says another.
const NotationStart models.Instant = 1443657600 // 2015-10-01T00:00:00Z, a Thursday

// Notation is a tiny market in a few lines of text, for tests and examples:
//
//	start 2015-10-01T00:00:00Z
//	until 1h
//	us-east-1a/r3.4xlarge reserved 10 in_use 4@0s 9@10m ?@20m 2@30m
//	job 20m high @0s x3
//	job 5m low @10m format hd origin research title 4 group 1 after 2 deadline 1h vcpus 4 memory 2048
//
// A line begins with its kind: a pool, job, start or until; a semicolon ends a line too, and # begins a comment. An
// offset is days, hours, minutes and seconds after the start (1d2h30m10s); a value without @ is true from the start on.
// ? is a use that nobody knows, as is the time before the first value. A pool's region is its zone without the last
// letters unless it says region NAME. A job has its work in time on the reference type, its class, its arrival, and xN
// if there are N of them. Without until the trace ends an hour after the last change.
type Notation struct {
	Capacity models.Capacity // pools sorted by region, zone, type, as readers have them
	Jobs     models.Jobs
}

// ParseNotation reads a notation. Its errors are one line that names line, word and what was expected.
func ParseNotation(text string) (Notation, error) {
	p := notationParser{start: NotationStart}
	for i, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		word := 1
		for _, part := range strings.Split(line, ";") {
			p.line, p.first, p.words, p.at = i+1, word, strings.Fields(part), 0
			word += len(p.words)
			if len(p.words) == 0 {
				continue
			}
			if err := p.statement(); err != nil {
				return Notation{}, err
			}
		}
	}
	return p.finish()
}

// ParseCapacity reads the pools of a notation.
func ParseCapacity(text string) (*models.Capacity, error) {
	n, err := ParseNotation(text)
	if err == nil && len(n.Capacity.Changes) == 0 {
		err = fmt.Errorf("notation: expected at least one pool with a value")
	}
	return &n.Capacity, err
}

// ParseJobs reads the jobs of a notation.
func ParseJobs(text string) (*models.Jobs, error) {
	n, err := ParseNotation(text)
	return &n.Jobs, err
}

type notationParser struct {
	line, first int // where the statement stands: its line, and the number of its first word in it
	words       []string
	at          int

	start     models.Instant
	hasStart  bool
	until     int64 // offset; 0 is not said
	pools     []notedPool
	jobs      []models.Job // arrivals are offsets
	formats   []string
	jobsTotal int64
}

type notedPool struct {
	key             models.PoolKey
	reserved, inUse []notedValue
}

// notedValue is a count from an offset on, in seconds.
type notedValue struct {
	at    int64
	count int32
}

// next returns the next word, empty after the last.
func (p *notationParser) next() string {
	p.at++
	if p.at > len(p.words) {
		return ""
	}
	return p.words[p.at-1]
}

func (p *notationParser) more() bool { return p.at < len(p.words) }

// expected is the error about the word that next returned last.
func (p *notationParser) expected(what string) error {
	place := fmt.Sprintf("notation: line %d, word %d", p.line, p.first+p.at-1)
	if p.at > len(p.words) {
		return fmt.Errorf("%s: the line ends: expected %s", place, what)
	}
	return fmt.Errorf("%s: %s: expected %s", place, quoted(p.words[p.at-1]), what)
}

func (p *notationParser) statement() error {
	switch word := p.next(); {
	case word == "start":
		return p.startLine()
	case word == "until":
		return p.untilLine()
	case word == "job":
		return p.job()
	case strings.Contains(word, "/"):
		return p.pool(word)
	}
	return p.expected("a pool such as us-east-1a/r3.4xlarge, job, start or until")
}

func (p *notationParser) startLine() error {
	err := p.start.UnmarshalText([]byte(p.next()))
	if err != nil || p.start < timeMin || p.start > timeMax/2 || p.hasStart {
		return p.expected("one time such as 2015-10-01T00:00:00Z")
	}
	p.hasStart = true
	return p.end()
}

func (p *notationParser) untilLine() error {
	until, ok := parseOffset(p.next())
	if !ok || until == 0 || p.until != 0 {
		return p.expected("one offset such as 1h30m, later than 0s")
	}
	p.until = until
	return p.end()
}

// end checks that the statement ends here.
func (p *notationParser) end() error {
	if p.more() {
		p.next()
		return p.expected("the end of the line")
	}
	return nil
}

func (p *notationParser) pool(name string) error {
	zone, kind, _ := strings.Cut(name, "/")
	pool := notedPool{key: models.PoolKey{Region: models.RegionOfZone(zone), Zone: zone, Type: kind}}
	if checkName(zone) != nil || checkName(kind) != nil {
		return p.expected("zone/type such as us-east-1a/r3.4xlarge")
	}
	seen := make(map[string]bool)
	for p.more() {
		word := p.next()
		if seen[word] {
			return p.expected("it once")
		}
		seen[word] = true
		var err error
		switch word {
		case "region":
			if pool.key.Region = p.next(); checkName(pool.key.Region) != nil {
				return p.expected("a region such as us-east-1")
			}
		case "reserved":
			pool.reserved, err = p.values(false)
		case "in_use":
			pool.inUse, err = p.values(true)
		default:
			return p.expected("reserved, in_use or region")
		}
		if err != nil {
			return err
		}
	}
	if checkName(pool.key.Region) != nil {
		return p.expected("region NAME, as the zone's name begins with none")
	}
	if slices.ContainsFunc(p.pools, func(other notedPool) bool { return other.key == pool.key }) {
		p.at = 1
		return p.expected("a pool that no line before has")
	}
	if len(p.pools) == 1<<15 {
		return p.expected(fmt.Sprintf("at most %d pools", 1<<15))
	}
	if len(pool.inUse) > 0 && (len(pool.reserved) == 0 || pool.reserved[0].at > pool.inUse[0].at) {
		return p.expected("reserved from the first in_use on")
	}
	p.pools = append(p.pools, pool)
	return nil
}

// values reads counts such as 4 9@10m until a word that is none.
func (p *notationParser) values(unknown bool) ([]notedValue, error) {
	var list []notedValue
	what := "a count such as 4 or 4@10m"
	if unknown {
		what = "a count such as 4, 4@10m or ?@10m"
	}
	for len(list) == 0 || p.more() && strings.ContainsAny(p.words[p.at][:1], "0123456789?-+@") {
		count, offset, timed := strings.Cut(p.next(), "@")
		v := notedValue{count: models.Unknown}
		if !unknown || count != "?" {
			n, err := strconv.ParseUint(count, 10, 31)
			if err != nil {
				return nil, p.expected(what)
			}
			v.count = int32(n)
		}
		ok := true
		if timed {
			v.at, ok = parseOffset(offset)
		}
		if !ok {
			return nil, p.expected(what)
		}
		if len(list) > 0 && v.at <= list[len(list)-1].at {
			return nil, p.expected("a later time than the value before")
		}
		list = append(list, v)
	}
	return list, nil
}

func (p *notationParser) finish() (Notation, error) {
	var n Notation
	slices.SortFunc(p.pools, func(a, b notedPool) int { return comparePools(a.key, b.key) })
	last := int64(0)
	for id := range p.pools {
		pool := &p.pools[id]
		n.Capacity.Pools = append(n.Capacity.Pools, pool.key)
		n.Capacity.Changes = pool.changes(n.Capacity.Changes, models.PoolID(id), p.start)
	}
	slices.SortStableFunc(n.Capacity.Changes, func(a, b models.CapacityChange) int { return cmp.Compare(a.At, b.At) })
	if changes := n.Capacity.Changes; len(changes) > 0 {
		last = int64(changes[len(changes)-1].At - p.start)
		n.Capacity.From = changes[0].At
	}
	if p.until == 0 {
		p.until = last + 3600
	}
	if p.until <= last {
		return n, fmt.Errorf("notation: until is %s: expected later than the last change, %s", formatOffset(p.until), formatOffset(last))
	}
	if len(n.Capacity.Changes) > 0 {
		n.Capacity.Until = p.start + models.Instant(p.until)
	}
	return n, p.finishJobs(&n.Jobs)
}

// changes merges a pool's two lists.
func (pool *notedPool) changes(changes []models.CapacityChange, id models.PoolID, start models.Instant) []models.CapacityChange {
	c := models.CapacityChange{Pool: id, InUse: models.Unknown}
	r, u, first := 0, 0, true
	for r < len(pool.reserved) || u < len(pool.inUse) {
		at, was := int64(math.MaxInt64), c
		if r < len(pool.reserved) {
			at = pool.reserved[r].at
		}
		if u < len(pool.inUse) {
			at = min(at, pool.inUse[u].at)
		}
		if r < len(pool.reserved) && pool.reserved[r].at == at {
			c.Reserved = pool.reserved[r].count
			r++
		}
		if u < len(pool.inUse) && pool.inUse[u].at == at {
			c.InUse = pool.inUse[u].count
			u++
		}
		c.At = start + models.Instant(at)
		if first || c.Reserved != was.Reserved || c.InUse != was.InUse {
			changes = append(changes, c)
		}
		first = false
	}
	return changes
}

// offsetMost keeps every time that a notation can say within what files can hold.
const offsetMost = 100 * 366 * 86400

var offsetUnits = []struct {
	letter  byte
	seconds int64
}{{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}}

// parseOffset reads 1d2h30m10s: each unit at most once, in this order.
func parseOffset(text string) (seconds int64, ok bool) {
	unit := 0
	for text != "" {
		n := 0
		for n < len(text) && text[n] >= '0' && text[n] <= '9' {
			n++
		}
		if n == 0 || n > 10 || n == len(text) {
			return 0, false
		}
		for unit < len(offsetUnits) && offsetUnits[unit].letter != text[n] {
			unit++
		}
		if unit == len(offsetUnits) {
			return 0, false
		}
		value, _ := strconv.ParseInt(text[:n], 10, 64)
		seconds += value * offsetUnits[unit].seconds
		unit++
		text, ok = text[n+1:], true
	}
	return seconds, ok && seconds <= offsetMost
}

// formatOffset writes what parseOffset reads.
func formatOffset(seconds int64) string {
	if seconds == 0 {
		return "0s"
	}
	var b strings.Builder
	for _, unit := range offsetUnits {
		if n := seconds / unit.seconds; n > 0 {
			fmt.Fprintf(&b, "%d%c", n, unit.letter)
			seconds -= n * unit.seconds
		}
	}
	return b.String()
}
