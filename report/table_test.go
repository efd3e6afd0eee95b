package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"trough.internal/models"
	"trough.internal/report/bill"
	"trough.internal/report/measure"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (go test ./report -update rewrites it): %s", name, firstDifference(string(got), string(want)))
	}
}

func firstDifference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			return fmt.Sprintf("line %d: got\n%s, want\n%s", i+1, a[i], strings.Join(b[min(i, len(b)):min(i+1, len(b))], ""))
		}
	}
	return fmt.Sprintf("got %d lines, want %d", len(a), len(b))
}

const testFrom models.Instant = 1_444_003_200 // 2015-10-05, a Monday

// handResult is six days in round numbers: a base fleet of 10, and of each day so many hours borrowed at 1.40 USD/h.
func handResult(borrowedHours, overdraftHours, work int64) measure.Result {
	r := measure.Result{From: testFrom, Until: testFrom + 6*86400, BaseInstances: 10, BaseNorm: 10_000,
		FirstArrival: testFrom + 60, LastCompletion: testFrom + 500_000, Deepest: 7, Peak: measure.Peaks{Unused: 12_345, Borrowed: 678}}
	for d := range models.Instant(6) {
		day := measure.Day{From: testFrom + d*86400, Seconds: 86400}
		day.BorrowedSeconds = 3600 * (borrowedHours + int64(d))
		if borrowedHours == 0 {
			day.BorrowedSeconds = 0
		}
		day.BorrowedNorm = 1000 * day.BorrowedSeconds
		day.OverdraftSeconds = 3600 * overdraftHours / 12 * (1 + int64(d))
		day.OverdraftCost = models.MicroUSDPerHour(1_400_000).For(day.OverdraftSeconds)
		day.ListCost = models.MicroUSDPerHour(1_400_000).For(day.BorrowedSeconds)
		day.WorkCompleted = 3600 * work
		r.Days = append(r.Days, day)
		r.Total.BorrowedSeconds += day.BorrowedSeconds
		r.Total.BorrowedNorm += day.BorrowedNorm
		r.Total.OverdraftSeconds += day.OverdraftSeconds
		r.Total.OverdraftCost += day.OverdraftCost
		r.Total.ListCost += day.ListCost
		billed := bill.Sums{Borrowed: day.BorrowedSeconds, List: day.ListCost, Overdraft: 3 * day.OverdraftSeconds, Cost: 3 * day.OverdraftCost}
		r.Bill.Days = append(r.Bill.Days, [bill.Bases]bill.Sums{billed})
		total := r.Bill.Billed()
		total.Borrowed, total.List = total.Borrowed+billed.Borrowed, total.List+billed.List
		total.Overdraft, total.Cost = total.Overdraft+billed.Overdraft, total.Cost+billed.Cost
	}
	high := &r.Classes[models.High]
	high.Arrived, high.ArrivedWork, high.Completed, high.CompletedWork = 12_000, 6*1000*3600, 30*work, 6*work*3600
	high.Waiting = high.Arrived - high.Completed
	high.Wait = measure.Spread{N: high.Completed, P50: 59, P95: 605, P99: 7325}
	high.Completion = measure.Spread{N: high.Completed, P50: 1800, P95: 3600, P99: 90_061}
	if overdraftHours > 0 {
		r.EpisodesLasted = measure.Spread{N: 3, P50: 120, P95: 600, Max: 600}
		r.Total.Episodes = 3
		r.Total.Interrupted = 21
		r.Interrupted[models.ByOverdraft], r.Interrupted[models.ByCurfew] = 20, 1
	}
	return r
}

func testConditions() Conditions {
	return Conditions{Scenario: "october <b>&|", From: testFrom, Until: testFrom + 6*86400, Lag: "90 s", Boot: "2 m to 5 m",
		Drain: "2 m notice", Billing: "EC2's of 2015-10-05", Seeds: "1", Recorded: []string{"reserved and in use, by minute"},
		Assumed: []string{"speed of types: ECU / ECU of r3.4xlarge", "the workload: synthetic, " +
			"12,000 jobs at once on a weekend, with lengths that are even between five minutes and an hour, seed 1"}}
}

func testSummary() *Summary {
	with, without := handResult(720, 24, 300), handResult(0, 0, 200)
	return &Summary{Conditions: testConditions(), Run: PolicyRun{"full", measure.Compare(&with, &without)},
		Without: &PolicyRun{"never", without.Figures()}}
}

func testComparison() *Comparison {
	without := handResult(0, 0, 200)
	c := &Comparison{Conditions: testConditions()}
	names := []string{"full", "availability", "schedule-by-hand", "margin-20", "margin-5", "curfew-early"}
	var results []measure.Result
	for i, name := range names {
		r := handResult(720-60*int64(i), 24-4*int64(i), 300-10*int64(i))
		results = append(results, r)
		c.Runs = append(c.Runs, PolicyRun{name, measure.Compare(&r, &without)})
	}
	c.Runs = append(c.Runs, PolicyRun{"never", without.Figures()})
	figures := measure.Pairing{Seed: 1}.Differences([]*measure.Result{&results[0]}, [][]*measure.Result{{&results[1]}, {&results[2]}})
	for i, list := range figures {
		c.Differences = append(c.Differences, Difference{names[i+1], names[0], list})
	}
	c.Basis = "Days are independent."
	return c
}

func TestSummaryTables(t *testing.T) {
	s := testSummary()
	var text, defined, markdown, object bytes.Buffer
	for _, err := range []error{s.WriteText(&text, Detail{}), s.WriteText(&defined, Detail{Definitions: true}),
		s.WriteMarkdown(&markdown), s.WriteJSON(&object)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	golden(t, "summary.txt", text.Bytes())
	golden(t, "summary.md", markdown.Bytes())
	golden(t, "summary.json", object.Bytes())
	narrow(t, text.String())
	narrow(t, defined.String())
	for _, f := range s.Run.Figures {
		if words := strings.Fields(f.Definition); !strings.Contains(defined.String(), strings.Join(words[:2], " ")) {
			t.Errorf("no definition of %s", f.Key)
		}
	}
}

// Where no trace was recorded there is nothing to state, and every form says so in the same words.
func TestWhatIsWhollySyntheticIsCalledThat(t *testing.T) {
	const synthetic = "nothing: all of it is synthetic"
	for _, test := range []struct {
		recorded, assumed []string
		said              bool
	}{{nil, []string{"a synthetic market"}, true}, {[]string{"own.csv"}, []string{"boot"}, false}, {nil, nil, false}} {
		s := testSummary()
		s.Conditions.Recorded, s.Conditions.Assumed = test.recorded, test.assumed
		var text, short, markdown bytes.Buffer
		if err := errors.Join(s.WriteText(&text, Detail{}), s.WriteText(&short, Detail{Short: true}), s.WriteMarkdown(&markdown)); err != nil {
			t.Fatal(err)
		}
		for form, got := range map[string]string{"text": text.String(), "short": short.String(), "markdown": markdown.String()} {
			if strings.Contains(got, synthetic) != test.said {
				t.Errorf("%s of recorded %q, assumed %q: %s", form, test.recorded, test.assumed, got)
			}
		}
	}
}

func TestComparisonTables(t *testing.T) {
	c := testComparison()
	var text, markdown, object bytes.Buffer
	for _, err := range []error{c.WriteText(&text, Detail{}), c.WriteMarkdown(&markdown), c.WriteJSON(&object)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	golden(t, "comparison.txt", text.Bytes())
	golden(t, "comparison.md", markdown.Bytes())
	narrow(t, text.String())
	var read struct {
		Policies []struct {
			Policy  string
			Figures map[string]struct{ Value *float64 }
		}
		Differences []struct {
			Figures map[string]struct{ Value, Low, High *float64 }
		}
	}
	if err := json.Unmarshal(object.Bytes(), &read); err != nil {
		t.Fatal(err)
	}
	if v := read.Policies[0].Figures["throughput_gain"].Value; v == nil || *v != 50 {
		t.Errorf("throughput gain: %v", v)
	}
	if f := read.Policies[6].Figures["throughput_gain"]; f.Value != nil {
		t.Errorf("throughput gain of never: %v", *f.Value)
	}
	if d := read.Differences[0].Figures["work_completed"]; *d.Value != -60 || *d.Low != -60 || *d.High != -60 {
		t.Errorf("difference: %+v", d)
	}
}

func narrow(t *testing.T, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if utf8.RuneCountInString(line) > textWidth || strings.TrimRight(line, " ") != line {
			t.Errorf("too wide, or blanks at its end: %q", line)
		}
	}
}

func TestNumbersAndTimes(t *testing.T) {
	for want, got := range map[string]string{
		"0": Decimals(0, 0), "999": Decimals(999, 0), "1,000": Decimals(1000, 0), "-12,345.60": Decimals(-12345.6, 2),
		"1,000,000": Decimals(999_999.9, 0), "0.0": Decimals(-0.01, 1), "99.996": PercentText(99.9961), "100.0": PercentText(100), "0.02": PercentText(0.02), "96.8": PercentText(96.84),
		"<1 %": percent(0.001), "100 %": percent(1), "0 %": percent(0),
		"59s": TimeText(59), "10m05s": TimeText(605), "2h02m05s": TimeText(7325), "25h01m01s": TimeText(90_061),
		"1 day": durationText(86400e9), "5 days": durationText(5 * 86400e9), "2.5 days": durationText(60 * 3600e9),
		"36 hours": durationText(36 * 3600e9), "90 minutes": durationText(5400e9), "1 second": durationText(1e9), "0 seconds": durationText(0),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestTypesAreInOrderOfFamilyAndSize(t *testing.T) {
	var names []string
	for _, name := range []string{"r3.4xlarge", "m3.xlarge", "r3.16xlarge", "r3.large", "c4.8xlarge", "m3.xlarge", "r3.xlarge", "odd", "m3.medium"} {
		names = insert(names, name)
	}
	if got, want := strings.Join(names, " "), "c4.8xlarge m3.medium m3.xlarge odd r3.large r3.xlarge r3.4xlarge r3.16xlarge"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
