package billing

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"trough.internal/models"
)

// The span of most examples: one full clock hour, under the rules of when the guide said so.
var noon = at(2023, time.June, 1, 12, 0, 0)

func at(year int, month time.Month, day, hour, minute, second int) models.Instant {
	return models.InstantOf(time.Date(year, month, day, hour, minute, second, 0, time.UTC))
}

// TestWorkedExamples holds the engine to those that Amazon or others published. Where Published is false the figures are
// arithmetic from a documented rule, or are somebody's account of it.
func TestWorkedExamples(t *testing.T) {
	guide := "EC2 user guide, How Reserved Instances are applied"
	for _, test := range []struct {
		Name, Source string
		Published    bool
		Rules        models.Instant // 0 is noon's
		Runs         string         // account, count, type, zone[, from-to in minutes of the hour]; ...
		Holdings     string         // id, account, count, type, kind, location; ...
		OnDemand     string         // account, type, hours; ...
		Covered      string         // account, type, holding, hours; ... where the example says by what
		Unused       string         // holding, hours; ... those with any
	}{
		{Name: "RI-1", Source: guide + ", scenario 1", Published: true,
			Runs:     "A 4 m3.large 1a; A 2 m4.xlarge 1b; A 1 c4.xlarge 1c",
			Holdings: "r1 A 4 m3.large ri-zonal 1a; r2 A 4 m4.large ri-regional 1; r3 A 1 c4.large ri-regional 1",
			OnDemand: "A c4.xlarge 0.5",
			Covered:  "A c4.xlarge r3 0.5; A m3.large r1 4; A m4.xlarge r2 2"},
		{Name: "RI-2", Source: guide + ", scenario 2", Published: true,
			Runs:     "A 2 m3.xlarge 1a; A 2 m3.large 1b",
			Holdings: "r1 A 1 m3.2xlarge ri-regional 1",
			OnDemand: "A m3.xlarge 1",
			Covered:  "A m3.large r1 2; A m3.xlarge r1 1"},
		{Name: "RI-3", Source: guide + ", scenario 3", Published: true,
			Runs:     "A 2 m4.xlarge 1a; A 1 m4.2xlarge 1b; A 2 c4.xlarge 1a; A 1 c4.2xlarge 1b; B 2 m4.xlarge 1a",
			Holdings: "r1 A 4 m4.xlarge ri-regional 1; r2 A 2 c4.xlarge ri-regional 1",
			OnDemand: "A c4.2xlarge 1; B m4.xlarge 2",
			Covered:  "A c4.xlarge r2 2; A m4.2xlarge r1 1; A m4.xlarge r1 2"},
		{Name: "RI-4", Source: guide + ", scenario 4", Published: true,
			Runs:     "A 1 m4.xlarge 1a; B 1 m4.xlarge 1b",
			Holdings: "a1 A 1 m4.xlarge ri-regional 1; c1 C 1 m4.xlarge ri-zonal 1a",
			Covered:  "A m4.xlarge c1 1; B m4.xlarge a1 1"},
		{Name: "RI-5", Source: guide, Published: true,
			Runs: "A 2 t2.small 1a", Holdings: "r1 A 1 t2.medium ri-regional 1"},
		{Name: "RI-6", Source: guide, Published: true,
			Runs: "A 1 t2.large 1a", Holdings: "r1 A 1 t2.medium ri-regional 1", OnDemand: "A t2.large 0.5"},
		{Name: "RI-7", Source: guide, Published: true,
			Runs: "A 1 i3.16xlarge 1a", Holdings: "r1 A 1 i3.metal ri-regional 1"},
		{Name: "RI-11", Source: guide, Published: true,
			Runs: "A 2 c4.xlarge 1a", Holdings: "r1 A 2 c4.xlarge ri-zonal 1a"},
		{Name: "RI-11, half used", Source: guide, Published: true,
			Runs: "A 1 c4.xlarge 1a", Holdings: "r1 A 2 c4.xlarge ri-zonal 1a", Unused: "r1 1"},
		{Name: "RI-11, a third and another zone", Source: "derived from RI-11",
			Runs: "A 3 c4.xlarge 1a; A 1 c4.xlarge 1b", Holdings: "r1 A 2 c4.xlarge ri-zonal 1a", OnDemand: "A c4.xlarge 2"},
		{Name: "RI-12", Source: guide, Published: true,
			Runs: "A 4 m4.xlarge 1a", Holdings: "r1 A 1 m4.xlarge ri-regional 1", OnDemand: "A m4.xlarge 3",
			Covered: "A m4.xlarge r1 1"},
		{Name: "RI-13, one after the other", Source: guide, Published: true,
			Runs:     "A 1 m4.xlarge 1a 0-15; A 1 m4.xlarge 1a 15-30; A 1 m4.xlarge 1a 30-45; A 1 m4.xlarge 1a 45-60",
			Holdings: "r1 A 1 m4.xlarge ri-regional 1", Covered: "A m4.xlarge r1 1"},
		{Name: "RI-13, at the same time", Source: guide, Published: true,
			Runs: "A 4 m4.xlarge 1a 20-35", Holdings: "r1 A 1 m4.xlarge ri-zonal 1a", Covered: "A m4.xlarge r1 1"},
		{Name: "RI-13 before 2017-10", Source: "derived from RI-13: every start began an hour", Rules: at(2017, time.September, 1, 0, 0, 0),
			Runs: "A 4 m4.xlarge 1a 20-35", Holdings: "r1 A 1 m4.xlarge ri-zonal 1a", OnDemand: "A m4.xlarge 3",
			Covered: "A m4.xlarge r1 1"},
		{Name: "RI-14", Source: "AWS billing guide: 5 and 4 in total (whose the 4 are follows from owner first)", Published: true,
			Runs: "Susan 3 m4.xlarge 1a; Bob 6 m4.xlarge 1a", Holdings: "r1 Susan 5 m4.xlarge ri-zonal 1a",
			OnDemand: "Bob m4.xlarge 4", Covered: "Bob m4.xlarge r1 2; Susan m4.xlarge r1 3"},
		{Name: "RI-15, one large", Source: "AWS whitepaper", Published: true,
			Runs: "A 1 c4.8xlarge 1a", Holdings: "r1 A 1 c4.8xlarge ri-regional 1"},
		{Name: "RI-15, four small", Source: "AWS whitepaper", Published: true,
			Runs: "A 4 c4.2xlarge 1a", Holdings: "r1 A 1 c4.8xlarge ri-regional 1"},
		{Name: "RI-16", Source: "AWS Cost and Usage Report guide: two lines, one reservation", Published: true,
			Runs: "A 2 m4.large 1a", Holdings: "r1 A 1 m4.xlarge ri-regional 1", Covered: "A m4.large r1 2"},
		{Name: "RI-19, the same size", Source: "vendor blog, 2017",
			Runs: "A 1 m4.xlarge 1a", Holdings: "r1 A 1 m4.xlarge ri-regional 1"},
		{Name: "RI-19, two smaller", Source: "vendor blog, 2017",
			Runs: "A 2 m4.large 1b", Holdings: "r1 A 1 m4.xlarge ri-regional 1"},
		{Name: "RI-19, half a larger", Source: "vendor blog, 2017",
			Runs: "A 1 m4.2xlarge 1c", Holdings: "r1 A 1 m4.xlarge ri-regional 1", OnDemand: "A m4.2xlarge 0.5"},
		{Name: "RI-19, another family", Source: "vendor blog, 2017",
			Runs: "A 1 m5.large 1a", Holdings: "r1 A 1 m4.xlarge ri-regional 1", OnDemand: "A m5.large 1", Unused: "r1 1"},
		{Name: "CR-1", Source: "EC2 user guide, Capacity Reservations", Published: true,
			Runs: "A 15 m4.large 1a", Holdings: "c1 A 20 m4.large capacity 1a", OnDemand: "A m4.large 15", Unused: "c1 5"},
		{Name: "regional before there were any", Source: "derived: rules of 2015", Rules: at(2015, time.October, 1, 0, 0, 0),
			Runs: "A 1 m4.xlarge 1a", Holdings: "r1 A 1 m4.xlarge ri-regional 1", OnDemand: "A m4.xlarge 1", Unused: "r1 1"},
		{Name: "regional before size flexibility", Source: "derived: rules of 2016-10", Rules: at(2016, time.October, 1, 0, 0, 0),
			Runs: "A 1 m4.xlarge 1b; A 2 m4.large 1a", Holdings: "r1 A 2 m4.xlarge ri-regional 1", OnDemand: "A m4.large 2",
			Covered: "A m4.xlarge r1 1", Unused: "r1 1"},
	} {
		t.Run(test.Name, func(t *testing.T) {
			rules := cmp.Or(test.Rules, noon)
			in := Input{Rules: RulesAt(rules), From: hourOf(rules), Until: hourOf(rules) + perHour,
				Runs: runsOf(t, hourOf(rules), test.Runs), Holdings: holdingsOf(t, hourOf(rules), test.Holdings)}
			bill, err := Make(in)
			if err != nil {
				t.Fatal(err)
			}
			onDemand, covered, unused := summary(in, bill)
			if onDemand != test.OnDemand || test.Covered != "" && covered != test.Covered || unused != test.Unused {
				t.Errorf("%s (published: %v)\non-demand %q, want %q\ncovered %q, want %q\nunused %q, want %q", test.Source, test.Published,
					onDemand, test.OnDemand, covered, test.Covered, unused, test.Unused)
			}
		})
	}
}

func TestTwoSmallInstancesUnderOneLargeReservationAreTwoLines(t *testing.T) { // RI-16
	in := Input{Rules: RulesAt(noon), From: noon, Until: noon + perHour,
		Runs: runsOf(t, noon, "A 2 m4.large 1a"), Holdings: holdingsOf(t, noon, "r1 A 1 m4.xlarge ri-regional 1")}
	bill, err := Make(in)
	if err != nil || len(bill.Lines) != 2 || bill.Lines[0].Holding != 0 || bill.Lines[1].Holding != 0 {
		t.Errorf("%+v, %v", bill, err)
	}
}

// TestWhatAnInstanceIsBilled has the derived cases of what a run of so many seconds costs, and who stated them.
func TestWhatAnInstanceIsBilled(t *testing.T) {
	now, old := noon, at(2015, time.October, 5, 12, 0, 0)
	for _, test := range []struct {
		name     string
		rules    models.Instant
		platform Platform
		seconds  []models.Instant // of each of its runs
		start    models.Instant   // of the first, after the full hour; the others follow at once
		billed   float64          // seconds
	}{
		{"10 s are 60", now, Linux, []models.Instant{10}, 0, 60},
		{"10 s over the hour are 60", now, Linux, []models.Instant{10}, 3595, 60},
		{"90 s are 90", now, Linux, []models.Instant{90}, 0, 90},
		{"90 s of SUSE are an hour", now, SUSE, []models.Instant{90}, 0, 3600},
		{"5 min in 2015 are an hour", old, Linux, []models.Instant{300}, 600, 3600},
		{"65 min in 2015 are two hours", old, Linux, []models.Instant{3900}, 600, 7200},
		{"an hour over two clock hours in 2015 is one", old, Linux, []models.Instant{3600}, 1800, 3600},
		{"five starts within an hour in 2015 are five hours", old, Linux, []models.Instant{300, 300, 300, 300, 300}, 0, 5 * 3600},
	} {
		in := Input{Rules: RulesAt(test.rules), From: test.rules, Until: test.rules + 4*perHour}
		start := test.rules + test.start
		for i, seconds := range test.seconds {
			in.Runs = append(in.Runs, Run{"A", fmt.Sprint(i), "m3.large", "us-east-1a", test.platform, Shared, start, start + seconds})
			start += seconds
		}
		bill, err := Make(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := 3600 * hoursOf(bill.Lines, func(Line) bool { return true }); got != test.billed {
			t.Errorf("%s: billed %v s, want %v", test.name, got, test.billed)
		}
	}
}

// TestStraddlingHours has the four examples of how whole instance-hours count before 2017-10: R = 2 in hour 10, O1 is the
// owners' instance since 10:00.
func TestStraddlingHours(t *testing.T) {
	day := at(2015, time.October, 5, 0, 0, 0)
	clock := func(hhmm models.Instant) models.Instant { return day + hhmm/100*perHour + hhmm%100*60 }
	for _, test := range []struct {
		name         string
		runs         string  // account instance from to, in hours and minutes
		begun        float64 // on-demand hours
		touched      float64
		perSecond    float64
		onDemandHour models.Instant // of the line that is on-demand, if any
	}{
		{"a: B's hour is that of 09:50", "own O1 1000 1200, own O2 1020 1200, batch B 950 1024", 0, 1, 4. / 60, 0},
		{"b: B's second hour begins at 10:10", "own O1 1000 1200, own O2 1020 1200, batch B 910 1024", 1, 1, 4. / 60, 1000},
		{"c: never more than two at once", "own O1 1000 1200, own O2 1000 1030, batch B 1040 1120", 1, 1, 0, 1000},
		{"d: each hour has two", "own O1 1000 1200, batch B 1040 1145", 0, 0, 0, 0},
	} {
		in := Input{From: clock(900), Until: clock(1200), Holdings: []Holding{
			{ID: "r", Account: "own", Kind: ZonalRI, Type: "r3.4xlarge", Location: "us-east-1a", Count: 2, Start: day, End: day + 86400}}}
		for _, text := range strings.Split(test.runs, ", ") {
			var r Run
			var from, to models.Instant
			if _, err := fmt.Sscan(text, &r.Account, &r.Instance, (*int64)(&from), (*int64)(&to)); err != nil {
				t.Fatal(err)
			}
			r.Type, r.Zone, r.Start, r.End = "r3.4xlarge", "us-east-1a", clock(from), clock(to)
			in.Runs = append(in.Runs, r)
		}
		for _, reading := range []struct {
			rules Rules
			want  float64
		}{
			{Rules{Date: day}, test.begun}, {Rules{Date: day, Hours: Touched}, test.touched}, {RulesAt(noon), test.perSecond},
		} {
			in.Rules = reading.rules
			bill, err := Make(in)
			if err != nil {
				t.Fatal(err)
			}
			uncovered := func(l Line) bool { return l.Holding == OnDemand }
			if got := hoursOf(bill.Lines, uncovered); got-reading.want > 1e-9 || reading.want-got > 1e-9 {
				t.Errorf("%s: %s: %v hours on-demand, want %v", test.name, in.Rules, got, reading.want)
			}
			if i := slices.IndexFunc(bill.Lines, uncovered); reading.rules.Hours == Begun && i >= 0 && reading.want == test.begun &&
				bill.Lines[i].Hour != clock(test.onDemandHour) {
				t.Errorf("%s: on-demand in the hour of %s", test.name, bill.Lines[i].Hour)
			}
		}
	}
}

// hoursOf adds up the instance-hours of some lines.
func hoursOf(lines []Line, of func(Line) bool) float64 {
	sum := 0.
	for _, l := range lines {
		if of(l) {
			sum += float64(l.Units) / float64(l.Whole)
		}
	}
	return sum
}

// runsOf reads "A 4 m3.large 1a" (all of the hour) and "A 1 m3.large 1a 15-30" (minutes of it). An instance is named by its
// number.
func runsOf(t *testing.T, hour models.Instant, text string) []Run {
	t.Helper()
	var runs []Run
	for _, words := range fields(text) {
		r := Run{Account: words[0], Type: words[2], Zone: "us-east-" + words[3], Start: hour, End: hour + perHour}
		if len(words) > 4 {
			from, to, _ := strings.Cut(words[4], "-")
			r.Start, r.End = hour+60*models.Instant(number(t, from)), hour+60*models.Instant(number(t, to))
		}
		for range number(t, words[1]) {
			r.Instance = fmt.Sprintf("i-%03d", len(runs))
			runs = append(runs, r)
		}
	}
	return runs
}

// holdingsOf reads "r1 A 4 m3.large ri-zonal 1a", held for the hour.
func holdingsOf(t *testing.T, hour models.Instant, text string) []Holding {
	t.Helper()
	var holdings []Holding
	for _, words := range fields(text) {
		h := Holding{ID: words[0], Account: words[1], Count: number(t, words[2]), Type: words[3], Location: "us-east-" + words[5],
			Start: hour, End: hour + perHour}
		if err := h.Kind.UnmarshalText([]byte(words[4])); err != nil {
			t.Fatal(err)
		}
		holdings = append(holdings, h)
	}
	return holdings
}

func fields(text string) [][]string {
	var all [][]string
	for _, part := range strings.Split(text, ";") {
		if words := strings.Fields(part); len(words) > 0 {
			all = append(all, words)
		}
	}
	return all
}

func number(t *testing.T, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// summary writes a bill as the table of examples does, sorted.
func summary(in Input, bill *Bill) (onDemand, covered, unused string) {
	hours := map[string]float64{}
	for _, l := range bill.Lines {
		r := in.Runs[l.Run]
		name := r.Account + " " + r.Type
		if l.Holding != OnDemand {
			name += " " + in.Holdings[l.Holding].ID
		}
		hours[name] += float64(l.Units) / float64(l.Whole)
	}
	var lines [2][]string
	for name, h := range hours {
		kind := strings.Count(name, " ") - 1
		lines[kind] = append(lines[kind], fmt.Sprint(name, " ", h))
	}
	var left []string
	for _, l := range bill.Holdings {
		if l.Unused != 0 {
			left = append(left, fmt.Sprint(in.Holdings[l.Holding].ID, " ", l.Unused))
		}
	}
	slices.Sort(lines[0])
	slices.Sort(lines[1])
	slices.Sort(left)
	return strings.Join(lines[0], "; "), strings.Join(lines[1], "; "), strings.Join(left, "; ")
}
