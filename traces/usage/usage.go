package usage

import (
	"cmp"
	"io"
	"slices"
	"strconv"

	"trough.internal/models"
	"trough.internal/models/billing"
)

// Usage is what a file of usage holds.
type Usage struct {
	Runs []billing.Run // in the order in which the file first names their instances; none for one that never ran
	Rows int
	// From and Until are the clock hours that any row names, [From, Until). Both are 0 where there is no row.
	From, Until models.Instant
}

var usageColumns = []string{"hour", "account", "instance", "instance_type", "zone", "platform", "tenancy", "seconds"}

const (
	usageHour = iota
	usageAccount
	usageInstance
	usageType
	usageZone
	usagePlatform
	usageTenancy
	usageSeconds
)

// ReadUsage reads a file of usage. Types that the rates name (which may be nil) are known whatever their family.
func ReadUsage(path string, rates billing.List) (*Usage, error) {
	return fromFile(path, func(r io.Reader) (*Usage, error) { return readUsage(path, r, rates) })
}

func readUsage(path string, r io.Reader, rates billing.List) (*Usage, error) {
	u := &usageReader{types: typesOf(rates), numbers: map[string]int32{}}
	if err := rows(path, r, usageColumns, u.row); err != nil {
		return nil, err
	}
	all := &Usage{Rows: len(u.rows)}
	for i, row := range u.rows {
		if i == 0 || row.start() < all.From {
			all.From = row.start()
		}
		all.Until = max(all.Until, row.start()+3600)
	}
	for i, hours := range u.byInstance() {
		if err := place(path, &u.runs[i], hours); err != nil {
			return nil, err
		}
		if u.runs[i].End > u.runs[i].Start {
			all.Runs = append(all.Runs, u.runs[i])
		}
	}
	return all, nil
}

// usageReader collects rows; runs have no place in time yet.
type usageReader struct {
	types   types
	numbers map[string]int32 // by the instance's name
	runs    []billing.Run
	texts   []usageText
	rows    []usageRow

	words    map[string]string // accounts, types and zones, each once
	hourText string            // the last hour met, and what it says: files are mostly in order of time
	hour     int32
}

// usageRow is a row without what it shares with the instance's other ones. Files have millions of them.
type usageRow struct {
	instance int32
	hour     int32 // since 1970
	line     int32
	seconds  int32
}

// usageText is what an instance's first row says of it, as it stands there. A row that repeats it needs no further look.
type usageText struct {
	line     int
	platform string
	tenancy  string
}

func (r *usageReader) row(t *table) error {
	hour, err := r.readHour(t)
	if err != nil {
		return err
	}
	text := t.field(usageSeconds)
	seconds, err := strconv.ParseInt(text, 10, 32)
	if err != nil || seconds < 0 || seconds > 3600 || text[0] == '+' {
		return t.wrong(usageSeconds, "expected whole seconds that an hour holds: 0 to 3600")
	}
	number, known := r.numbers[t.field(usageInstance)]
	if !known {
		number, err = r.first(t)
	} else {
		err = r.again(t, number)
	}
	r.rows = append(r.rows, usageRow{number, hour, int32(t.line()), int32(seconds)})
	return err
}

// readHour reads the row's hour, in hours since 1970.
func (r *usageReader) readHour(t *table) (int32, error) {
	if text := t.field(usageHour); text != r.hourText {
		at, err := t.time(usageHour)
		if err != nil {
			return 0, err
		}
		if at%3600 != 0 {
			return 0, t.wrong(usageHour, "expected the start of a clock hour (UTC), such as "+(at-at%3600).String())
		}
		r.hourText, r.hour = text, int32(at/3600)
	}
	return r.hour, nil
}

// first takes an instance that no row before names.
func (r *usageReader) first(t *table) (int32, error) {
	run, err := r.read(t)
	if err != nil {
		return 0, err
	}
	number := int32(len(r.runs))
	r.numbers[run.Instance] = number
	r.runs = append(r.runs, run)
	r.texts = append(r.texts, usageText{t.line(), r.word(t.field(usagePlatform)), r.word(t.field(usageTenancy))})
	return number, nil
}

// read reads what all rows of an instance say.
func (r *usageReader) read(t *table) (run billing.Run, err error) {
	if run.Account, err = t.name(usageAccount); err != nil {
		return run, err
	}
	if run.Instance, err = t.name(usageInstance); err != nil {
		return run, err
	}
	run.Account, run.Type, run.Zone = r.word(run.Account), r.word(t.field(usageType)), r.word(t.field(usageZone))
	if err := r.types.check(run.Type); err != nil {
		return run, t.wrong(usageType, err.Error())
	}
	if !isZone(run.Zone) {
		return run, t.wrong(usageZone, "expected a zone such as us-east-1a")
	}
	if err := run.Platform.UnmarshalText([]byte(t.field(usagePlatform))); err != nil {
		return run, t.wrong(usagePlatform, err.Error())
	}
	if err := run.Tenancy.UnmarshalText([]byte(t.field(usageTenancy))); err != nil {
		return run, t.wrong(usageTenancy, err.Error())
	}
	return run, nil
}

// again takes a row of an instance that an earlier one names: they must agree.
func (r *usageReader) again(t *table, number int32) error {
	run, text := &r.runs[number], &r.texts[number]
	if t.field(usageAccount) == run.Account && t.field(usageType) == run.Type && t.field(usageZone) == run.Zone &&
		t.field(usagePlatform) == text.platform && t.field(usageTenancy) == text.tenancy {
		return nil
	}
	now, err := r.read(t)
	if err != nil {
		return err
	}
	for _, c := range []struct {
		column       int
		same         bool
		before, kind string
	}{
		{usageAccount, now.Account == run.Account, run.Account, "account"},
		{usageType, now.Type == run.Type, run.Type, "type"},
		{usageZone, now.Zone == run.Zone, run.Zone, "zone"},
		{usagePlatform, now.Platform == run.Platform, text.platform, "platform"},
		{usageTenancy, now.Tenancy == run.Tenancy, text.tenancy, "tenancy"},
	} {
		if !c.same {
			return t.wrong(c.column, "expected "+quoted(c.before)+", the "+c.kind+" of instance "+quoted(run.Instance)+" in line "+strconv.Itoa(text.line))
		}
	}
	return nil
}

// word returns one string for all equal ones, which is not part of a row.
func (r *usageReader) word(text string) string {
	if known, ok := r.words[text]; ok {
		return known
	}
	if r.words == nil {
		r.words = map[string]string{}
	}
	text = string([]byte(text))
	r.words[text] = text
	return text
}

// byInstance returns each instance's rows in order of time.
func (r *usageReader) byInstance() [][]usageRow {
	ends := make([]int, len(r.runs)+1)
	for _, row := range r.rows {
		ends[row.instance+1]++
	}
	for i := range r.runs {
		ends[i+1] += ends[i]
	}
	sorted := make([]usageRow, len(r.rows))
	next := slices.Clone(ends)
	for _, row := range r.rows {
		sorted[next[row.instance]] = row
		next[row.instance]++
	}
	groups := make([][]usageRow, len(r.runs))
	for i := range groups {
		groups[i] = sorted[ends[i]:ends[i+1]]
		slices.SortStableFunc(groups[i], func(a, b usageRow) int { return cmp.Compare(a.hour, b.hour) })
	}
	return groups
}
