package billing

import (
	"slices"
	"testing"

	"trough.internal/models"
)

const usd = 1_000_000 // micro-USD

// The usage of the Savings Plans guide's example, with how many there are of each.
var guideUsage = []struct {
	name string
	offer
	quantity int64
}{
	{"c5.9xlarge Linux", offer{4 * usd, 2 * usd}, 1},
	{"c5.24xlarge Windows dedicated", offer{10 * usd, 8 * usd}, 1},
	{"Fargate vCPU", offer{1.5 * usd, 1 * usd}, 10},
	{"Fargate GB", offer{2 * usd, 1 * usd}, 5},
}

// TestSavingsPlanOfTheGuide is SP-1 (published: Savings Plans guide): a commitment of 25 USD covers all that would be 39
// on-demand. With less it covers what saves most: 50 % (of two, the lower rate first), 33 %, 20 %.
func TestSavingsPlanOfTheGuide(t *testing.T) {
	usage := slices.Clone(guideUsage)
	slices.SortFunc(usage, func(a, b struct {
		name string
		offer
		quantity int64
	}) int {
		return compareOffers(a.offer, b.offer)
	})
	for _, test := range []struct {
		commitment models.MicroUSD
		covered    []int64
		left       models.MicroUSD
	}{
		{25 * usd, []int64{5, 1, 10, 1}, 0},
		{26 * usd, []int64{5, 1, 10, 1}, 1 * usd},
		{24 * usd, []int64{5, 1, 10, 0}, 0}, // seven eighths of one instance: not whole
		{10 * usd, []int64{5, 1, 3, 0}, 0},
		{6 * usd, []int64{5, 0, 0, 0}, 0},
	} {
		left := test.commitment
		for i, u := range usage {
			covered, spent := spend(left, u.plan, u.quantity, 1)
			left -= spent
			if covered != test.covered[i] {
				t.Errorf("with %s: %d of %s covered, want %d", test.commitment, covered, u.name, test.covered[i])
			}
		}
		if left != test.left {
			t.Errorf("with %s: %s left, want %s", test.commitment, left, test.left)
		}
	}
	var onDemand models.MicroUSDPerHour
	for _, u := range usage {
		onDemand += u.onDemand * models.MicroUSDPerHour(u.quantity)
	}
	if onDemand != 39*usd {
		t.Errorf("on-demand it would be %d", onDemand)
	}
}

// TestSavingsPlansCover has the order among them, by what A's plans cover of an hour.
func TestSavingsPlansCover(t *testing.T) {
	rates := List{
		{Type: "c5.9xlarge", Region: "us-east-1"}:                                         {4 * usd, 1 * usd, 2 * usd},
		{Type: "c5.24xlarge", Region: "us-east-1", Platform: Windows, Tenancy: Dedicated}: {10 * usd, 6 * usd, 8 * usd},
		{Type: "m5.large", Region: "us-east-1"}:                                           {1 * usd, Unpriced, Unpriced},
		{Type: "r5.large", Region: "us-east-1"}:                                           {Unpriced, Unpriced, 1 * usd},
		{Type: "r5.xlarge", Region: "us-east-1"}:                                          {2 * usd, 1 * usd, 1 * usd},
		{Type: "r5.2xlarge", Region: "us-east-1"}:                                         {4 * usd, 2 * usd, 2 * usd},
	}
	plan := func(id string, kind Kind, family string, commitment models.MicroUSDPerHour) Holding {
		h := Holding{ID: id, Account: "A", Kind: kind, Commit: commitment, Start: noon, End: noon + perHour}
		if kind == EC2Plan {
			h.Type, h.Location = family, "us-east-1"
		}
		return h
	}
	for _, test := range []struct {
		name     string
		plans    []Holding
		runs     string // Windows dedicated where the type is c5.24xlarge
		covered  string
		onDemand string
		unused   string
		total    models.MicroUSD
	}{
		{"all, and the rest lapses", []Holding{plan("p", ComputePlan, "", 25*usd)}, "A 1 c5.9xlarge 1a; A 1 c5.24xlarge 1a",
			"A c5.24xlarge p 1; A c5.9xlarge p 1", "", "p 0.6", 25 * usd},
		{"the higher saving first", []Holding{plan("p", ComputePlan, "", 6*usd)}, "A 1 c5.9xlarge 1a; A 1 c5.24xlarge 1a",
			"A c5.24xlarge p 0.5; A c5.9xlarge p 1", "A c5.24xlarge 0.5", "", 11 * usd},
		{"the lower rate of equal savings first", []Holding{plan("p", ComputePlan, "", 1*usd)}, "A 1 r5.2xlarge 1a; A 1 r5.xlarge 1a",
			"A r5.xlarge p 1", "A r5.2xlarge 1", "", 5 * usd},
		{"its own account first, then others", []Holding{plan("p", ComputePlan, "", 10*usd)}, "A 1 c5.24xlarge 1a; B 2 c5.9xlarge 1a",
			"A c5.24xlarge p 1; B c5.9xlarge p 1", "B c5.9xlarge 1", "", 14 * usd},
		{"of a family before those of all", []Holding{plan("a", ComputePlan, "", 2*usd), plan("b", EC2Plan, "c5", 1*usd)},
			"A 1 c5.9xlarge 1a", "A c5.9xlarge b 1", "", "a 1", 3 * usd},
		{"others, by those of a family before those of all", []Holding{plan("a", ComputePlan, "", 2*usd), plan("b", EC2Plan, "c5", 1*usd)},
			"B 1 c5.9xlarge 1a", "B c5.9xlarge b 1", "", "a 1", 3 * usd},
		{"any system of the family", []Holding{plan("b", EC2Plan, "c5", 6*usd)}, "A 1 c5.24xlarge 1b", "A c5.24xlarge b 1", "", "", 6 * usd},
		{"no other family", []Holding{plan("b", EC2Plan, "c5", 6*usd)}, "A 1 r5.xlarge 1b", "", "A r5.xlarge 1", "b 1", 8 * usd},
		{"what has no rate of the plan is not covered", []Holding{plan("p", ComputePlan, "", 1*usd)}, "A 1 m5.large 1a", "", "A m5.large 1", "p 1", 2 * usd},
		{"what has no on-demand rate is covered last", []Holding{plan("p", ComputePlan, "", 8*usd)}, "A 1 r5.large 1a; A 1 c5.24xlarge 1a",
			"A c5.24xlarge p 1", "A r5.large 1", "", 8 * usd},
		{"by id, the first until it is spent", []Holding{plan("q", ComputePlan, "", 2*usd), plan("p", ComputePlan, "", 1*usd)}, "A 1 c5.9xlarge 1a",
			"A c5.9xlarge p 0.5; A c5.9xlarge q 0.5", "", "q 0.5", 3 * usd},
	} {
		in := Input{Rules: RulesAt(noon), From: noon, Until: noon + perHour, Rates: rates, Holdings: test.plans, Runs: runsOf(t, noon, test.runs)}
		for i := range in.Runs {
			if in.Runs[i].Type == "c5.24xlarge" {
				in.Runs[i].Platform, in.Runs[i].Tenancy = Windows, Dedicated
			}
		}
		bill, err := Make(in)
		if err != nil {
			t.Fatal(err)
		}
		onDemand, covered, unused := summary(in, bill)
		if onDemand != test.onDemand || covered != test.covered || unused != test.unused || bill.Total != test.total {
			t.Errorf("%s: on-demand %q, covered %q, unused %q, total %s", test.name, onDemand, covered, unused, bill.Total)
		}
	}
}

func TestSavingsPlansComeAfterReservedInstances(t *testing.T) {
	in := Input{Rules: RulesAt(noon), From: noon, Until: noon + perHour, Runs: runsOf(t, noon, "A 2 m4.large 1a"),
		Rates:    List{{Type: "m4.large", Region: "us-east-1"}: {100_000, 60_000, 70_000}},
		Holdings: append(holdingsOf(t, noon, "z B 1 m4.large ri-zonal 1a"), Holding{ID: "a", Account: "A", Kind: ComputePlan, Commit: 70_000, Start: noon, End: noon + perHour})}
	bill, err := Make(in)
	if err != nil {
		t.Fatal(err)
	}
	if onDemand, covered, unused := summary(in, bill); onDemand != "" || covered != "A m4.large a 1; A m4.large z 1" || unused != "" {
		t.Errorf("on-demand %q, covered %q, unused %q", onDemand, covered, unused)
	}
}

func TestOffersStandByTheirSavingThenTheirRate(t *testing.T) {
	sorted := []offer{
		{100, 0}, {100, 10}, {1000, 100}, // 100 %, 90 %
		{4e11, 1e11 - 1}, {8e11, 2e11}, {4e11, 2.5e11}, // just above 75 %, 75 %, 37.5 %: the products need 128 bits
		{100, 100}, {100, 101}, // none, less than none
		{0, 5}, {Unpriced, 6}, {0, 7}, {Unpriced, 8}, // unknown
	}
	for i, a := range sorted {
		for k, b := range sorted {
			if got, want := compareOffers(a, b), (i-k)/max(1, i-k, k-i); got != want {
				t.Errorf("%+v and %+v: %d, want %d", a, b, got, want)
			}
		}
	}
}

func TestAmongEqualsTheOneThatBeginsFirstInTheHourIsCovered(t *testing.T) {
	rates := List{{Type: "m4.large", Region: "us-east-1"}: {100_000, 60_000, 60_000}}
	ri := Holding{ID: "h", Account: "A", Type: "m4.large", Location: "us-east-1a", Count: 1}
	regional := Holding{ID: "h", Account: "A", Kind: RegionalRI, Type: "m4.large", Location: "us-east-1", Count: 1}
	plan := Holding{ID: "h", Account: "A", Kind: ComputePlan, Commit: 60_000}
	for _, test := range []struct {
		name  string
		rules Rules
		h     Holding
		a, b  models.Instant // after the full hour: when two runs of two hours begin
		hour  models.Instant // looked at
		want  string
	}{
		{"zonal, by seconds", RulesAt(noon), ri, 1000, 900, 0, "b"},
		{"regional, by seconds", RulesAt(noon), regional, 1000, 900, 0, "b"},
		{"plan, by seconds", RulesAt(noon), plan, 1000, 900, 0, "b"},
		{"by seconds both begin at the full hour later: by instance", RulesAt(noon), ri, 1000, 900, 1, "a"},
		{"by hours", Rules{Date: at(2015, 10, 5, 0, 0, 0)}, ri, 1000, 900, 0, "b"},
		{"by hours each hour begins where the run did", Rules{Date: at(2015, 10, 5, 0, 0, 0)}, ri, 1000, 900, 1, "b"},
		{"by hours touched both begin at the full hour later", Rules{Date: at(2015, 10, 5, 0, 0, 0), Hours: Touched}, ri, 1000, 900, 1, "a"},
	} {
		in := Input{Rules: test.rules, From: noon, Until: noon + 4*perHour, Rates: rates, Holdings: []Holding{test.h}}
		in.Holdings[0].Start, in.Holdings[0].End = in.From, in.Until
		for name, start := range map[string]models.Instant{"a": test.a, "b": test.b} {
			in.Runs = append(in.Runs, Run{Account: "B", Instance: name, Type: "m4.large", Zone: "us-east-1a", Start: noon + start, End: noon + start + 2*perHour})
		}
		bill, err := Make(in)
		if err != nil {
			t.Fatal(err)
		}
		most, by := int64(0), ""
		for _, l := range bill.Lines {
			if l.Hour == noon+test.hour*perHour && l.Holding == 0 && l.Units > most {
				most, by = l.Units, in.Runs[l.Run].Instance
			}
		}
		if by != test.want {
			t.Errorf("%s: %q is covered most, want %q", test.name, by, test.want)
		}
	}
}
