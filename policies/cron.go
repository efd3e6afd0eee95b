package policies

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"time"
)

// Cron is a time of day and week in the five fields of cron: minute, hour, day of month, month, day of week. A field is * or
// a list of numbers and ranges, each with an optional step (*/15, 9-17, 1,15); months and days of the week may be
// names (jan, mon), and Sunday is 0 or 7. If neither day field begins with *, either may match, as in Vixie's cron.
//
// Note: gronx, which a test compares it with, notices a wrong item of a list only where the clock makes it look at it.
type Cron struct {
	text                 string
	minutes              uint64
	hours, days          uint32
	months, weekdays     uint32
	anyDay, anyOfTheWeek bool // whether the field begins with *
}

var cronFields = [...]struct {
	name        string
	first, last int
	names       string // three letters each, from first on
}{
	{"minute", 0, 59, ""},
	{"hour", 0, 23, ""},
	{"day of month", 1, 31, ""},
	{"month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec"},
	{"day of week", 0, 7, "sunmontuewedthufrisat"},
}

// Want says what a reader should have written.
func (Cron) Want() string { return `five fields of cron such as "0 0 * * *"` }

// MarshalText is the text that was read.
func (c Cron) MarshalText() ([]byte, error) { return []byte(c.text), nil }

// UnmarshalText reads five fields. One that can never hit, such as 30 February, is refused.
func (c *Cron) UnmarshalText(text []byte) error {
	fields := strings.Fields(string(text))
	if len(fields) != len(cronFields) {
		return fmt.Errorf("expected %s", c.Want())
	}
	var sets [len(cronFields)]uint64
	for i, field := range fields {
		for item := range strings.SplitSeq(strings.ToLower(field), ",") {
			set, err := cronItem(item, i)
			if err != nil {
				return err
			}
			sets[i] |= set
		}
	}
	if sets[4]&(1<<7) != 0 { // Sunday's other number
		sets[4] |= 1
	}
	parsed := Cron{
		text:    strings.Join(fields, " "),
		minutes: sets[0], hours: uint32(sets[1]), days: uint32(sets[2]), months: uint32(sets[3]), weekdays: uint32(sets[4]) & 0x7f,
		anyDay: fields[2][0] == '*', anyOfTheWeek: fields[4][0] == '*',
	}
	if _, ok := parsed.next(0, cronHorizon); !ok {
		return fmt.Errorf("expected a time that exists: no month that it names has such a day")
	}
	*c = parsed
	return nil
}

func cronItem(item string, field int) (uint64, error) {
	f := cronFields[field]
	refuse := func() (uint64, error) {
		return 0, fmt.Errorf("expected in its field %q %d to %d, a range or *, with an optional /step, not %q", f.name, f.first, f.last, item)
	}
	span, stepText, stepped := strings.Cut(item, "/")
	step := 1
	if stepped {
		var err error
		if step, err = strconv.Atoi(stepText); err != nil || step < 1 || step > f.last {
			return refuse()
		}
	}
	from, to := f.first, f.last
	if field == 4 {
		to = 6 // */2 has no seventh day
	}
	if span != "*" {
		fromText, toText, ranged := strings.Cut(span, "-")
		var ok1, ok2 bool
		from, ok1 = cronNumber(fromText, field)
		to, ok2 = from, true
		switch {
		case ranged:
			to, ok2 = cronNumber(toText, field)
		case stepped:
			to = f.last // 5/15 counts from 5 to the end
		}
		if !ok1 || !ok2 || from > to {
			return refuse()
		}
	}
	set := uint64(0)
	for n := from; n <= to; n += step {
		set |= 1 << n
	}
	return set, nil
}

func cronNumber(text string, field int) (int, bool) {
	f := cronFields[field]
	if at := strings.Index(f.names, text); len(text) == 3 && at >= 0 && at%3 == 0 {
		return f.first + at/3, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && text[0] != '+' && n >= f.first && n <= f.last
}

const (
	secondsPerDay = 24 * 60 * 60
	// Two 29ths of February are up to eight years apart, and the same date falls on every weekday within forty.
	cronHorizon = 41 * 366 * secondsPerDay
)

// next returns the first hit at or after from and before to. Both are seconds since 1970 as clocks on a wall show them
// that are never set.
func (c *Cron) next(from, to int64) (int64, bool) {
	minute := (from + 59) / 60 // of all time
	if from < 0 {
		minute = -(-from / 60)
	}
	for day := floorDiv(minute, 24*60); day*secondsPerDay < to; day++ {
		if !c.on(day) {
			continue
		}
		if at, ok := c.nextOfDay(max(0, int(minute-day*24*60))); ok {
			hit := day*secondsPerDay + int64(at)*60
			return hit, hit < to
		}
	}
	return 0, false
}

// on says whether it can hit on a day.
func (c *Cron) on(day int64) bool {
	date := time.Unix(day*secondsPerDay, 0).UTC()
	if c.months>>date.Month()&1 == 0 {
		return false
	}
	inMonth, inWeek := c.days>>date.Day()&1 == 1, c.weekdays>>date.Weekday()&1 == 1
	if c.anyDay || c.anyOfTheWeek {
		return inMonth && inWeek
	}
	return inMonth || inWeek
}

// nextOfDay returns the first minute of the day to hit, from one on.
func (c *Cron) nextOfDay(minute int) (int, bool) {
	hour := minute / 60
	if left := c.minutes >> (minute % 60); c.hours>>hour&1 == 1 && left != 0 {
		return minute + bits.TrailingZeros64(left), true
	}
	later := c.hours >> hour >> 1
	if later == 0 {
		return 0, false
	}
	return (hour+1+bits.TrailingZeros32(later))*60 + bits.TrailingZeros64(c.minutes), true
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
