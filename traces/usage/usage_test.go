package usage

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"trough.internal/models"
	"trough.internal/models/billing"
)

const usageHead = "hour,account,instance,instance_type,zone,platform,tenancy,seconds\n"

// usageRows are rows of one instance, each "hour seconds".
func usageRows(instance string, rows ...string) string {
	var b strings.Builder
	for _, row := range rows {
		hour, seconds, _ := strings.Cut(row, " ")
		fmt.Fprintf(&b, "2017-10-05T%s:00:00Z,A,%s,m4.large,us-east-1a,linux,default,%s\n", hour, instance, seconds)
	}
	return b.String()
}

func writeFile(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func usageOf(t testing.TB, text string) *Usage {
	t.Helper()
	u, err := ReadUsage(writeFile(t, "usage.csv", text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// clock is a time of the day that the rows are of.
func clock(at models.Instant) string { return at.UTC().Format("15:04:05") }

func TestARunsSecondsLieWhereTheyAreContiguous(t *testing.T) {
	for _, c := range []struct {
		rows       []string
		start, end string
	}{
		{[]string{"10 900"}, "10:00:00", "10:15:00"},
		{[]string{"10 3600"}, "10:00:00", "11:00:00"},
		{[]string{"10 600", "11 900"}, "10:50:00", "11:15:00"},
		{[]string{"10 600", "11 3600", "12 3600", "13 1"}, "10:50:00", "13:00:01"},
		{[]string{"10 1", "11 3600"}, "10:59:59", "12:00:00"},
		{[]string{"12 1", "11 3600", "10 5"}, "10:59:55", "12:00:01"}, // in any order
		{[]string{"09 0", "10 600", "11 0"}, "10:00:00", "10:10:00"},  // the next hour has a row, and no second
	} {
		u := usageOf(t, usageHead+usageRows("i", c.rows...))
		if len(u.Runs) != 1 || clock(u.Runs[0].Start) != c.start || clock(u.Runs[0].End) != c.end {
			t.Errorf("%q: %v, expected one run from %s to %s", c.rows, u.Runs, c.start, c.end)
		}
	}
}

func TestRowsOfNoSecondsWidenTheSpanAndRunNothing(t *testing.T) {
	u := usageOf(t, usageHead+usageRows("i", "10 0")+usageRows("j", "12 5")+usageRows("k", "15 0", "14 0"))
	if len(u.Runs) != 1 || u.Runs[0].Instance != "j" {
		t.Errorf("runs are %v", u.Runs)
	}
	if clock(u.From) != "10:00:00" || clock(u.Until) != "16:00:00" || u.Rows != 4 {
		t.Errorf("%d rows from %s to %s", u.Rows, u.From, u.Until)
	}
	if u := usageOf(t, usageHead); u.Rows != 0 || u.From != 0 || u.Until != 0 {
		t.Errorf("a header alone is %+v", u)
	}
}

func TestEveryColumnOfUsageIsRead(t *testing.T) {
	u := usageOf(t, usageHead+"2017-10-05T12:00:00+02:00,acme,i-1,c5.9xlarge,eu-central-1b,Windows with SQL Server,Dedicated,60\n")
	want := billing.Run{Account: "acme", Instance: "i-1", Type: "c5.9xlarge", Zone: "eu-central-1b",
		Platform: billing.WindowsSQL, Tenancy: billing.Dedicated, Start: 1507197600, End: 1507197660}
	if !slices.Equal(u.Runs, []billing.Run{want}) {
		t.Errorf("%+v, expected %+v", u.Runs, want)
	}
}

func TestColumnsStandInAnyOrderBehindRemarks(t *testing.T) {
	u := usageOf(t, "\xef\xbb\xbf# from the billing console\n#\nseconds,tenancy,platform,zone,instance_type,instance,account,hour\n"+
		"60,default,Linux/UNIX,us-east-1a,m4.large,i,A,2017-10-05T10:00:00Z\n"+
		"0,shared,linux,us-east-1a,m4.large,i,A,2017-10-05T11:00:00Z\n") // other words for the same
	if len(u.Runs) != 1 || u.Runs[0].Account != "A" || clock(u.Runs[0].End) != "10:01:00" {
		t.Errorf("%+v", u.Runs)
	}
}

func TestWhatIsWrongWithUsageIsNamedByLineAndValue(t *testing.T) {
	good := usageRows("i", "10 600", "11 3600", "12 60")
	with := func(from, to string) string { return usageHead + strings.Replace(good, from, to, 1) }
	for _, c := range []struct{ text, want string }{
		{with("10:00:00Z", "10:00:01Z"), `line 2, column 1: hour is "2017-10-05T10:00:01Z": expected the start of a clock hour (UTC), such as 2017-10-05T10:00:00Z`},
		{with("10:00:00Z", "10:00:00+05:30"), `line 2, column 1: hour is "2017-10-05T10:00:00+05:30": expected the start of a clock hour`},
		{with("2017-10-05T10:00:00Z", "yesterday"), `line 2, column 1: hour is "yesterday": expected a time such as`},
		{with("2017-", "1917-"), `line 2, column 1: hour is "1917-10-05T10:00:00Z": expected a year from 1970`},
		{with(",600", ",-600"), `line 2, column 60: seconds is "-600": expected whole seconds that an hour holds: 0 to 3600`},
		{with(",600", ",3601"), `line 2, column 60: seconds is "3601": expected`},
		{with(",600", ",60.5"), `line 2, column 60: seconds is "60.5": expected`},
		{with(",600", ","), `line 2, column 60: seconds is "": expected`},
		{with("m4.large", "m4.huge"), `line 2, column 26: instance_type is "m4.huge": "huge" is no known size`},
		{with("m4.large", "m44.large"), `line 2, column 26: instance_type is "m44.large": no family "m44" is known`},
		{with("m4.large", "m4"), `line 2, column 26: instance_type is "m4": expected family.size`},
		{with("us-east-1a", "us-east-1"), `zone is "us-east-1": expected a zone such as us-east-1a`},
		{with("us-east-1a", "use1-az1"), `zone is "use1-az1": expected a zone`},
		{with("us-east-1a", "us-west-2-lax-1a"), `zone is "us-west-2-lax-1a": expected a zone`}, // a local one: its region is us-west-2
		{with("us-east-1a", "east-1a"), `zone is "east-1a": expected a zone`},
		{with("linux", "linus"), `platform is "linus": expected linux, windows, windows-sql, rhel or suse`},
		{with("default", "host"), `tenancy is "host": expected default or dedicated`},
		{with(",A,", ",,"), `line 2, column 22: account is "": expected a name`},
		{with(",A,i", ",A, i"), `line 2, column 24: instance is " i": expected a name without blanks`},
		{with(",3600", ",3599"), `line 3: seconds of instance "i" is 3599 in the hour 2017-10-05T11:00:00Z, and it ran before and after: expected 3600; a restart has a new value of instance`},
		{with(",3600", ",0"), `line 3: seconds of instance "i" is 0 in the hour 2017-10-05T11:00:00Z`},
		{with("12:00:00Z", "13:00:00Z"), `line 4: instance "i" ran in the hour 2017-10-05T13:00:00Z and not in the one before, but in that of line 3: expected seconds without a gap`},
		{with("12:00:00Z", "10:00:00Z"), `line 4: instance "i" has a second row of the hour 2017-10-05T10:00:00Z: expected one (the other is line 2)`},
		{usageHead + good + strings.Replace(usageRows("i", "13 1"), ",A,", ",B,", 1), `line 5, column 22: account is "B": expected "A", the account of instance "i" in line 2`},
		{usageHead + good + strings.Replace(usageRows("i", "13 1"), "linux", "suse", 1), `line 5, column 46: platform is "suse": expected "linux", the platform of instance "i" in line 2`},
		{usageHead + good + strings.Replace(usageRows("i", "13 1"), "linux", "", 1), `line 5, column 46: platform is "": expected linux`},
		{strings.Replace(usageHead, "seconds", "secs", 1) + good, `line 1: column "secs" is unknown: expected the columns hour, account`},
		{strings.Replace(usageHead, "zone", "zones", 1) + good, `line 1: column "zones" is unknown: did you mean zone?`},
		{strings.Replace(usageHead, ",seconds", "", 1), `line 1: column seconds is missing: expected the columns hour, account`},
		{strings.Replace(usageHead, "tenancy", "platform", 1), `line 1: column "platform" is there twice`},
		{"# remark\n", `line 2: the file ends: expected a header: hour,account`},
		{"", `line 1: the file ends: expected a header: hour,account`},
		{usageHead + "2017-10-05T10:00:00Z,A\n", `line 2: expected 8 fields`},
		{usageHead + "\"2017\n", `line 2, column 7: extraneous or missing " in quoted-field`},
	} {
		checkRefused(t, c.text, c.want, func(path string) error { _, err := ReadUsage(path, nil); return err })
	}
}

// checkRefused wants an error of one line that begins with the file and goes on like want.
func checkRefused(t *testing.T, text, want string, read func(path string) error) {
	t.Helper()
	path := writeFile(t, "x.csv", text)
	switch err := read(path); {
	case err == nil:
		t.Errorf("accepted, expected %s:\n%s", want, text)
	case !strings.HasPrefix(err.Error(), path+": ") || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), want):
		t.Errorf("%v\nexpected %s", err, want)
	}
}

func TestATypeThatTheRatesNameNeedsNoOtherList(t *testing.T) {
	rates, err := ReadRates(writeFile(t, "rates.csv", ratesHead+"q9.large,linux,default,us-east-1,0.1,,\n"))
	if err != nil {
		t.Fatal(err)
	}
	path := writeFile(t, "usage.csv", usageHead+strings.Replace(usageRows("i", "10 1"), "m4.large", "q9.xlarge", 1))
	if _, err := ReadUsage(path, nil); err == nil {
		t.Error("a type of an unknown family was accepted")
	}
	if _, err := ReadUsage(path, rates); err != nil {
		t.Error(err)
	}
	held := writeFile(t, "holdings.csv", holdingsHead+"sp,A,sp-ec2,q9,us-east-1,,,1,2017-10-05T00:00:00Z,2018-10-05T00:00:00Z\n")
	if _, err := ReadHoldings(held, nil); err == nil {
		t.Error("an unknown family was accepted")
	}
	if _, err := ReadHoldings(held, rates); err != nil {
		t.Error(err)
	}
}

func TestAMissingFileIsNamedOnce(t *testing.T) {
	for _, path := range []string{"nowhere.csv", t.TempDir()} {
		if _, err := ReadUsage(path, nil); err == nil || !regexp.MustCompile(`^[^:]+: [a-z ]+$`).MatchString(err.Error()) {
			t.Errorf("%v", err)
		}
	}
}

// Whatever ran, split at the clock hours and shuffled, comes back; but what lies within one hour begins with it.
func TestRunsSurviveBeingWrittenByTheHour(t *testing.T) {
	path := filepath.Join(t.TempDir(), "usage.csv")
	rapid.Check(t, func(r *rapid.T) {
		var want []billing.Run
		var rows []string
		for i := range rapid.IntRange(1, 6).Draw(r, "runs") {
			start := models.Instant(1507161600 + rapid.IntRange(0, 5*3600).Draw(r, "start"))
			run := billing.Run{Account: "A", Instance: fmt.Sprint("i-", i), Type: "m4.large", Zone: "us-east-1a", Start: start,
				End: start + models.Instant(rapid.IntRange(1, 4*3600).Draw(r, "length"))}
			for at := run.Start; at < run.End; {
				end := min(run.End, at-at%3600+3600)
				rows = append(rows, fmt.Sprintf("%s,A,%s,m4.large,us-east-1a,linux,default,%d\n", at-at%3600, run.Instance, end-at))
				at = end
			}
			if first := run.Start - run.Start%3600; run.End <= first+3600 {
				run.Start, run.End = first, first+run.End-run.Start
			}
			want = append(want, run)
		}
		rows = rapid.Permutation(rows).Draw(r, "rows")
		if err := os.WriteFile(path, []byte(usageHead+strings.Join(rows, "")), 0o644); err != nil {
			r.Fatal(err)
		}
		u, err := ReadUsage(path, nil)
		if err != nil {
			r.Fatal(err)
		}
		slices.SortFunc(u.Runs, func(a, b billing.Run) int { return strings.Compare(a.Instance, b.Instance) })
		if !slices.Equal(u.Runs, want) {
			r.Errorf("%v\nexpected\n%v", u.Runs, want)
		}
	})
}

// BenchmarkReadUsage reads a month of 1,000 instances.
func BenchmarkReadUsage(b *testing.B) {
	const hours, instances = 720, 1000
	var text strings.Builder
	text.WriteString(usageHead)
	for h := range hours {
		hour := models.Instant(1506816000 + h*3600)
		for i := range instances {
			fmt.Fprintf(&text, "%s,account-%d,i-%017x,m4.large,us-east-1a,Linux/UNIX,default,3600\n", hour, i%10, uint64(i)*0x9e3779b97f4a7c15>>8)
		}
	}
	path := writeFile(b, "usage.csv", text.String())
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		u, err := ReadUsage(path, nil)
		if err != nil || len(u.Runs) != instances {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/hours/instances, "ns/row")
}
