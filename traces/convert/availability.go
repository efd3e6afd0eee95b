package convert

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"time"

	"trough.internal/models"
	"trough.internal/traces"
)

var availability = Format{
	Name: "spot-availability-skypilot",
	Kind: Capacity,
	Source: "GitHub skypilot-org/spot-traces (Can't Be Late, NSDI 24); " +
		"no licence stated, asks to cite",
	Columns:  "seconds_from_start; then a column for each zone, kind of machine and its number of GPUs (us-east-1c_v100_1): spot instances that could be had at that tick, 0 to the number asked for, which stands in the file's name (availability_16-node_...); blank: that trace has ended",
	Recorded: "how many spot instances of so many asked for could be had, at ticks of 32 to 600 seconds",
	Assumed: "reserved is the number asked for, and in use is that less what could be had: so a borrower may have what the spot market had; times are rounded down to the minute, a minute's last tick counts; " +
		"a file starts at 00:00 UTC on the date in its name (that of 04-19-2023 on 2023-05-01, as the source's README says); kinds are EC2 types by its README (k80_1 is taken for p2.xlarge, its p2.2xlarge does not exist).",
	Oddities: "after a trace's end, and between two files of one pool, the pool is unknown; give one file to have one recording",
	convert:  convertAvailability,
}

// availabilityTypes are the EC2 types of the kinds.
var availabilityTypes = map[string]string{"v100_1": "p3.2xlarge", "v100_8": "p3.16xlarge", "k80_1": "p2.xlarge", "k80_8": "p2.8xlarge", "intel_64": "r5.16xlarge"}

// availabilityMost is two years: what is longer is taken for another unit.
const availabilityMost = 2 * 365 * 86400

var (
	availabilityFile   = regexp.MustCompile(`^(?:availability|preemption)_([0-9]{1,4})-node_aws-([0-9]{2}-[0-9]{2}-[0-9]{4})$`)
	availabilityColumn = regexp.MustCompile(`^([a-z]+(?:-[a-z]+)+-[0-9]+[a-z])_([a-z0-9]+_[0-9]+)$`)
)

func convertAvailability(c *conversion) error {
	var files recordings
	for _, path := range c.in {
		one, err := readAvailability(path)
		if err != nil {
			return err
		}
		if err := files.add(one, path); err != nil {
			return err
		}
	}
	all := &files.all
	slices.SortStableFunc(all.Changes, func(a, b models.CapacityChange) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Pool, b.Pool))
	})
	all.From, all.Until = all.Changes[0].At, all.Changes[len(all.Changes)-1].At+60
	meta := c.meta("")
	meta.Hold = 24 * time.Hour
	if err := traces.WriteCapacity(c.out, all, meta); err != nil {
		return err
	}
	c.report("%d changes of %d pools, %s to %s", len(all.Changes), len(all.Pools), all.From, all.Until)
	return nil
}

// readAvailability reads one file. Each pool ends with an unknown.
func readAvailability(path string) (*models.Capacity, error) {
	asked, start, err := availabilityName(path)
	if err != nil {
		return nil, err
	}
	t, err := openAnyTable(path)
	if err != nil {
		return nil, err
	}
	one := &models.Capacity{}
	if err := availabilityHeader(t, one); err != nil {
		t.fail(err)
		return nil, t.close()
	}
	ended := make([]bool, len(one.Pools))
	last := make([]int, len(one.Pools)) // of each pool, its last change; -1 is none
	for p := range last {
		last[p] = -1
	}
	before, now := -1.0, start
	for t.next() {
		tick := t.number("seconds_from_start", 0, availabilityMost)
		if tick <= before && t.err == nil {
			t.bad("seconds_from_start", "times in order: the row before has %v", before)
		}
		before = tick
		now = start + models.Instant(tick)/60*60
		for p := range one.Pools {
			column := t.header[p+1]
			if t.empty(column) {
				if !ended[p] {
					change(one, &last[p], now, p, asked, models.Unknown)
				}
				ended[p] = true
				continue
			}
			if ended[p] && t.err == nil {
				t.bad(column, "nothing after a blank: the trace has ended")
			}
			change(one, &last[p], now, p, asked, asked-int32(t.whole(column, 0, int64(asked))))
		}
	}
	for p := range one.Pools {
		if !ended[p] {
			change(one, &last[p], now+60, p, asked, models.Unknown)
		}
	}
	return one, t.close()
}

// change adds a change of a pool, in place of an earlier one of the same minute, and only if something changes.
func change(c *models.Capacity, last *int, at models.Instant, pool int, reserved, inUse int32) {
	if *last >= 0 && c.Changes[*last].At == at {
		c.Changes[*last].InUse = inUse
		return
	}
	if *last >= 0 && c.Changes[*last].InUse == inUse {
		return
	}
	*last = len(c.Changes)
	c.Changes = append(c.Changes, models.CapacityChange{At: at, Pool: models.PoolID(pool), Reserved: reserved, InUse: inUse})
}

// recordings are several files as one trace.
type recordings struct {
	all   models.Capacity
	spans []span
}

// span is from when until when a file knows about a pool.
type span struct {
	pool        models.PoolID
	from, until models.Instant
	path        string
}

// add adds a file. Two files may not speak of one pool at one time.
func (r *recordings) add(one *models.Capacity, path string) error {
	ids := make([]models.PoolID, len(one.Pools))
	spans := make([]span, len(one.Pools))
	for p, key := range one.Pools {
		i := slices.Index(r.all.Pools, key)
		if i < 0 {
			i = len(r.all.Pools)
			r.all.Pools = append(r.all.Pools, key)
		}
		ids[p] = models.PoolID(i)
		spans[p] = span{ids[p], models.Never, 0, path}
	}
	for _, ch := range one.Changes {
		s := &spans[ch.Pool]
		s.from, s.until = min(s.from, ch.At), max(s.until, ch.At)
		ch.Pool = ids[ch.Pool]
		r.all.Changes = append(r.all.Changes, ch)
	}
	for _, s := range spans {
		for _, o := range r.spans {
			if s.pool == o.pool && s.from <= o.until && o.from <= s.until {
				return fmt.Errorf("%s: pool %s is also in %s at the same time: convert them one by one", path, r.all.Pools[s.pool].Name(), o.path)
			}
		}
		r.spans = append(r.spans, s)
	}
	return nil
}

func availabilityName(path string) (asked int32, start models.Instant, err error) {
	m := availabilityFile.FindStringSubmatch(stem(path))
	if m == nil {
		return 0, 0, fmt.Errorf("%s: expected a name such as availability_16-node_aws-08-27-2023.csv.gz: it says how many were asked for, and when", path)
	}
	n, _ := strconv.Atoi(m[1])
	date, err := time.Parse("01-02-2006", m[2])
	if err != nil || n == 0 {
		return 0, 0, fmt.Errorf("%s: expected a number above zero and a date such as 08-27-2023 in the name", path)
	}
	if stem(path) == "preemption_1-node_aws-04-19-2023" {
		date = time.Date(2023, 5, 1, 0, 0, 0, 0, time.UTC)
	}
	return int32(n), models.InstantOf(date), nil
}

func availabilityHeader(t *table, one *models.Capacity) error {
	if t.header[0] != "seconds_from_start" || len(t.header) < 2 {
		return fmt.Errorf("%s:1: expected the columns seconds_from_start and then one or more such as us-east-1c_v100_1", t.path)
	}
	kinds := slices.Sorted(maps.Keys(availabilityTypes))
	for i, column := range t.header[1:] {
		m := availabilityColumn.FindStringSubmatch(column)
		if m == nil || availabilityTypes[m[2]] == "" {
			return fmt.Errorf("%s:1: column %d is %s: expected a zone and %s, such as us-east-1c_v100_1", t.path, i+2, quoted(column), among(kinds))
		}
		one.Pools = append(one.Pools, models.PoolKey{Region: models.RegionOfZone(m[1]), Zone: m[1], Type: availabilityTypes[m[2]]})
	}
	return nil
}
