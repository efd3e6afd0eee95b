package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"trough.internal/models"
	"trough.internal/models/billing"
)

// billOf makes a bill as the command does, without files.
func billOf(t interface{ Fatal(...any) }, in billing.Input) *usageBill {
	b, err := billing.Make(in)
	if err != nil {
		t.Fatal(err)
	}
	return &usageBill{Bill: b, in: in}
}

// What the table calls held is what the engine counts: where nobody uses it, all of it is unused.
func TestAHoldingThatNobodyUsesIsUnusedInAllOfItsHours(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		const noon = 1507204800
		h := billing.Holding{ID: "h", Account: "A", Kind: billing.Kind(rapid.IntRange(0, int(billing.Kinds)-1).Draw(r, "kind")),
			Start: models.Instant(noon + rapid.IntRange(0, 3*3600).Draw(r, "start"))}
		h.End = h.Start + models.Instant(rapid.OneOf(rapid.IntRange(1, 3*3600), rapid.SampledFrom([]int{1, 3599, 3600, 3601})).Draw(r, "term"))
		switch h.Kind {
		case billing.ComputePlan:
			h.Commit = 500_000
		case billing.EC2Plan:
			h.Type, h.Location, h.Commit = "m4", "us-east-1", 500_000
		case billing.RegionalRI:
			h.Type, h.Location, h.Count = "m4.large", "us-east-1", 3
		default:
			h.Type, h.Location, h.Count = "m4.large", "us-east-1a", 3
		}
		from := models.Instant(noon + 3600*rapid.IntRange(-1, 3).Draw(r, "from"))
		b := billOf(r, billing.Input{Holdings: []billing.Holding{h}, Rates: billing.List{}, Rules: billing.RulesAt(noon),
			From: from, Until: from + models.Instant(3600*rapid.IntRange(1, 8).Draw(r, "hours"))})
		if held, unused := b.heldHours(&h), b.Holdings[0].Unused; math.Abs(held-unused) > 1e-9 {
			r.Errorf("%s from %s to %s in %s to %s: held %v h, unused %v h", h.Kind, h.Start, h.End, b.in.From, b.in.Until, held, unused)
		}
	})
}

func TestABillForMachinesReadsBackWhateverTheNames(t *testing.T) {
	for _, name := range []string{"plain", `a "b"`, `\d`, "é", "<a> & b", "a, b", `"`} {
		checkReadsBack(t, name)
	}
}

func checkReadsBack(t *testing.T, name string) {
	t.Helper()
	const hour = 1507197600
	b := billOf(t, billing.Input{
		Runs:     []billing.Run{{Account: name, Instance: name, Type: "m4.xlarge", Zone: "us-east-1a", Start: hour, End: hour + 1200}},
		Holdings: []billing.Holding{{ID: name, Account: "B", Kind: billing.RegionalRI, Type: "m4.small", Location: "us-east-1", Count: 2, Start: hour, End: hour + 3600}},
		Rates:    billing.List{}, Rules: billing.RulesAt(hour), From: hour, Until: hour + 3600})
	b.notes = []string{name}
	var out bytes.Buffer
	to := bufio.NewWriter(&out)
	b.writeJSON(to)
	to.Flush()
	var back struct {
		Lines []struct {
			Account, Instance string
			CoveredBy         string  `json:"covered_by"`
			Hours             float64 `json:"instance_hours"`
			USD               *string
		}
		Holdings []struct{ ID string }
		Notes    []string
	}
	if err := json.Unmarshal(out.Bytes(), &back); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	if len(back.Lines) != 2 {
		t.Fatalf("%s", &out)
	}
	covered, rest := back.Lines[0], back.Lines[1]
	if rest.CoveredBy != "on-demand" {
		covered, rest = rest, covered // lines are sorted by what covers them
	}
	if covered.Account != name || covered.Instance != name || covered.CoveredBy != name || covered.Hours != 0.25 || *covered.USD != "0.000000" || rest.USD != nil {
		t.Errorf("%s", &out)
	}
	if back.Holdings[0].ID != name || back.Notes[0] != name {
		t.Errorf("%s", &out)
	}
	out.Reset()
	b.writeCSV(to)
	to.Flush()
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(rows) != 3 || rows[1][1] != name || rows[1][2] != name || rows[1][7] != "" && rows[2][7] != "" {
		t.Errorf("%v, %q", err, rows)
	}
}

// However long the tables would be, what they leave out is named with its sum.
func TestLongTablesOfABillSayWhatTheyLeaveOut(t *testing.T) {
	const hour, n = 1507197600, 30
	in := billing.Input{Rates: billing.List{{Type: "m4.large", Region: "us-east-1"}: {OnDemand: 100_000}}, Rules: billing.RulesAt(hour), From: hour, Until: hour + 3600}
	for i := range n {
		in.Runs = append(in.Runs, billing.Run{Account: fmt.Sprintf("a-%02d", i), Instance: fmt.Sprint("i-", i), Type: "m4.large", Zone: "us-east-1a", Start: hour, End: hour + 3600})
		in.Holdings = append(in.Holdings, billing.Holding{ID: fmt.Sprintf("h-%02d", i), Account: "A", Kind: billing.ZonalRI, Type: "r4.large", Location: "us-east-1b",
			Count: int64(i + 1), Start: hour, End: hour + 3600})
	}
	text := billOf(t, in).text()
	for _, want := range []string{
		`(?m)^and 10 others: 10\.00 instance-hours, 1\.0000 USD$`,
		`(?m)^and 10 others with no more unused hours each: --json has all$`,
		`(?m)^h-29 .* 30\.00 +30\.00 +0\.0 %$`, // of which most is unused
		`(?m)^total +3\.0000$`,
	} {
		if !regexp.MustCompile(want).MatchString(text) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	if strings.Contains(text, "h-09") || !strings.Contains(text, "h-10") {
		t.Errorf("not the 20 holdings of which most is unused:\n%s", text)
	}
}
