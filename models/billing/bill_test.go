package billing

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"trough.internal/models"
	"trough.internal/models/catalog"
)

// ExampleMake bills an hour of two instances, of which one is reserved.
func ExampleMake() {
	in := Input{
		Runs: []Run{
			{Account: "web", Instance: "i-1", Type: "m4.large", Zone: "us-east-1a", Start: noon, End: noon + 3600},
			{Account: "batch", Instance: "i-2", Type: "m4.large", Zone: "us-east-1a", Start: noon, End: noon + 900},
		},
		Holdings: []Holding{
			{ID: "ri-1", Account: "web", Kind: ZonalRI, Type: "m4.large", Location: "us-east-1a", Count: 1, Start: noon, End: noon + 365*86400},
		},
		Rates: List{{Type: "m4.large", Region: "us-east-1"}: {OnDemand: 100_000, EC2Plan: Unpriced, ComputePlan: Unpriced}},
		Rules: RulesAt(noon), // the provider's, at that date
		From:  noon, Until: noon + 3600,
	}
	bill, err := Make(in)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, line := range bill.Lines {
		coveredBy := "on-demand"
		if line.Holding != OnDemand {
			coveredBy = in.Holdings[line.Holding].ID
		}
		hours := float64(line.Units) / float64(line.Whole)
		fmt.Printf("%s %-5s %-9s %.2f h, $%.6f\n", line.Hour, in.Runs[line.Run].Account, coveredBy, hours, line.USD.USD())
	}
	fmt.Printf("total $%.6f, unused %.2f h\n", bill.Total.USD(), bill.Holdings[0].Unused)
	// Output:
	// 2023-06-01T12:00:00Z batch on-demand 0.25 h, $0.025000
	// 2023-06-01T12:00:00Z web   ri-1      1.00 h, $0.000000
	// total $0.025000, unused 0.00 h
}

// BenchmarkMake bills a month of 5,000 instances at once, in 60 pools, half of them reserved by zone and a tenth by
// region, with a Savings Plan over the rest: 3.6 million instance-hours.
func BenchmarkMake(b *testing.B) {
	for _, rules := range []models.Instant{at(2015, 10, 1, 0, 0, 0), noon} {
		in := month(rules)
		b.Run(RulesAt(rules).Date.UTC().Format("2006"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				bill, err := Make(in)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(len(bill.Lines)), "lines")
			}
		})
	}
}

// month has instances that run for six hours to three days, one after the other, each five minutes after the one before.
func month(rules models.Instant) Input {
	const hours, places, pools = 720, 5000, 60
	in := Input{Rules: RulesAt(rules), From: noon, Until: noon + hours*perHour, Rates: List{}}
	sizes := []string{"large", "xlarge", "2xlarge", "4xlarge"}
	families := []string{"m4", "c4", "r4"}
	name := func(pool int) (typeName, zone string) {
		return families[pool%3] + "." + sizes[pool/3%4], "us-east-1" + string("abcde"[pool/12%5])
	}
	for place := range places {
		typeName, zone := name(place % pools)
		for start, i := in.From-models.Instant(place*7), 0; start < in.Until; i++ {
			end := start + models.Instant(6+(place*31+i*17)%66)*perHour + models.Instant(place*13%perHour)
			in.Runs = append(in.Runs, Run{Account: fmt.Sprint("account-", place%7), Instance: fmt.Sprintf("i-%05d-%03d", place, i),
				Type: typeName, Zone: zone, Start: start, End: end})
			start = end + 300
		}
	}
	for pool := range pools {
		typeName, zone := name(pool)
		h := Holding{ID: fmt.Sprint("zonal-", pool), Account: fmt.Sprint("account-", pool%7), Type: typeName, Location: zone,
			Count: places / pools / 2, Start: in.From, End: in.Until}
		in.Holdings = append(in.Holdings, h)
		h.ID, h.Kind, h.Location, h.Count = fmt.Sprint("regional-", pool), RegionalRI, "us-east-1", places/pools/10
		in.Holdings = append(in.Holdings, h)
		in.Rates.(List)[RateKey{Type: typeName, Region: "us-east-1"}] = Rate{OnDemand: 100_000, EC2Plan: 70_000, ComputePlan: 80_000}
	}
	in.Holdings = append(in.Holdings, Holding{ID: "plan", Account: "account-0", Kind: ComputePlan, Commit: 100_000_000, Start: in.From, End: in.Until})
	return in
}

func TestPricesOfTheCatalogAreThoseOfTheHour(t *testing.T) {
	latest, err := catalog.Parse("latest", []byte("region,type,vcpus,memory_mib,ecu,on_demand\nnew-1,m4.large,1,1,1,0.1\nnew-1,m5.large,1,1,1,\n"))
	if err != nil {
		t.Fatal(err)
	}
	latest.Since = at(2023, 1, 1, 0, 0, 0)
	rates := CatalogRates(append(catalog.Builtin(), latest))
	linux := RateKey{Type: "c4.8xlarge", Region: "us-east-1"}
	for _, test := range []struct {
		key  RateKey
		hour models.Instant
		want models.MicroUSDPerHour
	}{
		{linux, at(2016, 12, 31, 23, 0, 0), 1_763_000},
		{linux, at(2017, 3, 1, 0, 0, 0), 1_591_000},
		{linux, at(2014, 1, 1, 0, 0, 0), Unpriced},
		{RateKey{Type: "c4.8xlarge", Region: "us-east-1", Platform: Windows}, noon, Unpriced},
		{RateKey{Type: "c4.8xlarge", Region: "us-east-1", Tenancy: Dedicated}, noon, Unpriced},
		{RateKey{Type: "c4.8xlarge", Region: "nowhere-1"}, noon, Unpriced},
		{RateKey{Type: "m4.large", Region: "new-1"}, noon, 100_000},
		{RateKey{Type: "m5.large", Region: "new-1"}, noon, Unpriced}, // is in the list, but not offered
	} {
		if got := rates.Rate(test.key, test.hour); got != (Rate{test.want, Unpriced, Unpriced}) {
			t.Errorf("%s at %s: %+v, want %d", test.key, test.hour, got, test.want)
		}
	}
}

func TestWhatIsWrongWithTheInputIsOneLine(t *testing.T) {
	run := Run{Account: "A", Instance: "i", Type: "m4.large", Zone: "us-east-1a", Start: noon, End: noon + 1}
	ri := Holding{ID: "r", Account: "A", Type: "m4.large", Location: "us-east-1a", Count: 1, Start: noon, End: noon + 100*perHour}
	plan := Holding{ID: "p", Account: "A", Kind: ComputePlan, Commit: 1, Start: noon, End: noon + perHour}
	family := Holding{ID: "p", Account: "A", Kind: EC2Plan, Type: "m5", Location: "us-east-1", Commit: 1, Start: noon, End: noon + perHour}
	for _, test := range []struct {
		want   string
		change func(in *Input)
	}{
		{`run 0 (instance "i"): type "m4.huge": "huge" is no known size`, func(in *Input) { in.Runs[0].Type = "m4.huge" }},
		{`run 0 (instance "i"): type "m4": expected family.size`, func(in *Input) { in.Runs[0].Type = "m4" }},
		{`run 0 (instance "i"): end 2023-06-01T12:00:00Z is not after start 2023-06-01T12:00:00Z`, func(in *Input) { in.Runs[0].End = noon }},
		{`no account`, func(in *Input) { in.Runs[0].Account = "" }},
		{`no instance`, func(in *Input) { in.Runs[0].Instance = "" }},
		{`zone "us-east-1": expected an availability zone`, func(in *Input) { in.Runs[0].Zone = "us-east-1" }},
		{`zone "": expected`, func(in *Input) { in.Runs[0].Zone = "" }},
		{`zone "use1-az1": expected`, func(in *Input) { in.Runs[0].Zone = "use1-az1" }},
		{`platform 5: expected linux`, func(in *Input) { in.Runs[0].Platform = Platforms }},
		{`tenancy 2: expected default`, func(in *Input) { in.Runs[0].Tenancy = Tenancies }},
		{`holding 0 (id ""): no id`, func(in *Input) { in.Holdings[0].ID = "" }},
		{`holding 0 (id "on-demand"): id "on-demand": that is what a bill calls`, func(in *Input) { in.Holdings[0].ID = "on-demand" }},
		{`no account`, func(in *Input) { in.Holdings[0].Account = "" }},
		{`kind 5: expected ri-zonal`, func(in *Input) { in.Holdings[0].Kind = Kinds }},
		{`is not after start`, func(in *Input) { in.Holdings[0].End = in.Holdings[0].Start }},
		{`type "m4.huge": "huge" is no known size`, func(in *Input) { in.Holdings[0].Type = "m4.huge" }},
		{`count 0: expected 1 to 1000000`, func(in *Input) { in.Holdings[0].Count = 0 }},
		{`count 1000001: expected 1 to 1000000`, func(in *Input) { in.Holdings[0].Count = 1_000_001 }},
		{`zone "us-east-1": expected an availability zone`, func(in *Input) { in.Holdings[0].Location = "us-east-1" }},
		{`location "us-east-1a": expected a region`, func(in *Input) { in.Holdings[0].Kind = RegionalRI }},
		{`location "": expected a region`, func(in *Input) { in.Holdings[0].Kind, in.Holdings[0].Location = RegionalRI, "" }},
		{`platform 5: expected linux`, func(in *Input) { in.Holdings[0].Platform = Platforms }},
		{`type "m5": a Compute Savings Plan has none`, func(in *Input) { in.Holdings[1].Type = "m5" }},
		{`location "us-east-1": a Compute Savings Plan has none`, func(in *Input) { in.Holdings[1].Location = "us-east-1" }},
		{`a commitment of 0 micro-USD per hour: expected more than 0`, func(in *Input) { in.Holdings[1].Commit = 0 }},
		{`a commitment of 1000000000001 micro-USD per hour: expected at most`, func(in *Input) { in.Holdings[1].Commit = rateMax + 1 }},
		{`type "m5.large": expected a family, such as m5`, func(in *Input) { in.Holdings[1] = family; in.Holdings[1].Type = "m5.large" }},
		{`type "": expected a family`, func(in *Input) { in.Holdings[1] = family; in.Holdings[1].Type = "" }},
		{`location "us-east-1b": expected a region`, func(in *Input) { in.Holdings[1] = family; in.Holdings[1].Location = "us-east-1b" }},
		{`holding 1: id "r": the term from 2023-06-01T13:00:00Z overlaps that from 2023-06-01T12:00:00Z to 2023-06-05T16:00:00Z`, func(in *Input) {
			in.Holdings[1] = in.Holdings[0]
			in.Holdings[1].Start += perHour
		}},
		{`span from 2023-06-01T12:00:01Z to 2023-06-01T13:00:00Z: expected whole clock hours`, func(in *Input) { in.From++ }},
		{`expected at most 100 years, forwards`, func(in *Input) { in.Until = in.From - perHour }},
		{`expected at most 100 years, forwards`, func(in *Input) { in.Until = hourOf(models.Never) }},
		{`hours read as concurrent`, func(in *Input) { in.Rules.Hours = Concurrent }},
		{`m4.large in us-east-1, linux, default tenancy: a rate of 1000000000001 micro-USD per hour`, func(in *Input) {
			in.Rates = List{{Type: "m4.large", Region: "us-east-1"}: {OnDemand: rateMax + 1}}
			in.Holdings = nil
		}},
		{`more than 9 million million dollars`, func(in *Input) {
			in.Rates = List{{Type: "m4.large", Region: "us-east-1"}: {OnDemand: rateMax}}
			in.Holdings[0].Kind, in.Holdings[0].Count, in.Until = CapacityReservation, countMax, in.From+100*perHour
		}},
		{`more than 9 million million dollars`, func(in *Input) { // two that fit, and their sum does not
			in.Rates = List{{Type: "m4.large", Region: "us-east-1"}: {OnDemand: rateMax}}
			in.Holdings[0].Kind, in.Holdings[0].Count, in.Until = CapacityReservation, countMax, in.From+6*perHour
			in.Holdings[1] = in.Holdings[0]
			in.Holdings[1].ID = "s"
		}},
		{`more than 9 million million dollars`, func(in *Input) { // the same of one, at another rate each hour, and all round 64 bits
			in.Rates = falling(in.From)
			in.Holdings[0].Kind, in.Holdings[0].Count, in.Until = CapacityReservation, countMax, in.From+24*perHour
		}},
	} {
		in := Input{Runs: []Run{run}, Holdings: []Holding{ri, plan}, Rules: RulesAt(noon), From: noon, Until: noon + perHour}
		if _, err := Make(in); err != nil {
			t.Fatal(err)
		}
		test.change(&in)
		bill, err := Make(in)
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") || bill != nil {
			t.Errorf("%v, want %s", err, test.want)
		}
	}
}

// falling are rates that fall by a micro-USD each hour.
type falling models.Instant

func (f falling) Rate(_ RateKey, hour models.Instant) Rate {
	return Rate{rateMax - models.MicroUSDPerHour((hour-models.Instant(f))/perHour), Unpriced, Unpriced}
}

func TestTermsOfOneHoldingMayFollowEachOtherButNotOverlap(t *testing.T) {
	term := func(id string, from, until models.Instant) Holding { return Holding{ID: id, Start: from, End: until} }
	for _, test := range []struct {
		name  string
		terms []Holding
		wrong int // index, or -1
	}{
		{"follow at any second", []Holding{term("a", 0, 4500), term("a", 4500, 9000)}, -1},
		{"one second between, at the hour", []Holding{term("a", 0, 3599), term("a", 3600, 9000)}, -1},
		{"both in an hour's last second", []Holding{term("a", 0, 3599), term("a", 3599, 9000)}, 1},
		{"of two ids", []Holding{term("a", 0, 4500), term("b", 0, 9000)}, -1},
		{"one within another, given first", []Holding{term("a", 100, 200), term("b", 0, 1), term("a", 0, 9000)}, 0},
	} {
		i, err := CheckHoldings(test.terms)
		if (err != nil) != (test.wrong >= 0) || err != nil && i != test.wrong {
			t.Errorf("%s: %d, %v", test.name, i, err)
		}
	}
}

func TestWhatHasNoRateIsListedAndCostsNothing(t *testing.T) {
	in := Input{Rules: RulesAt(noon), From: noon, Until: noon + perHour, Runs: runsOf(t, noon, "B 1 m4.large 1b; A 1 m4.large 1a; A 1 c4.large 1a"),
		Holdings: holdingsOf(t, noon, "c1 A 1 r4.large capacity 1a; r1 A 1 m4.large ri-zonal 1a"),
		Rates: List{{Type: "c4.large", Region: "us-east-1"}: {OnDemand: 100_000, EC2Plan: Unpriced, ComputePlan: Unpriced},
			{Type: "r4.large", Region: "us-east-1"}: {OnDemand: -5}}} // below 0 is no rate
	bill, err := Make(in)
	if err != nil {
		t.Fatal(err)
	}
	want := []RateKey{{Type: "m4.large", Region: "us-east-1"}, {Type: "r4.large", Region: "us-east-1"}}
	if bill.Total != 100_000 || !slices.Equal(bill.Unpriced, want) || !bill.Holdings[0].Unpriced || bill.Holdings[1].Unpriced {
		t.Errorf("%+v", bill)
	}
	for _, l := range bill.Lines {
		if l.Unpriced != (in.Runs[l.Run].Account == "B") {
			t.Errorf("%+v", l)
		}
	}
}

func TestRegionalReservationsBeforeThereWereAnySayThatTheyCoverNothing(t *testing.T) {
	hour := at(2016, 8, 31, 12, 0, 0)
	in := Input{Rules: RulesAt(hour), From: hour, Until: hour + perHour, Runs: runsOf(t, hour, "A 1 m4.large 1a"),
		Holdings: holdingsOf(t, hour, "r1 A 1 m4.large ri-regional 1; r1 A 1 m4.large ri-regional 1")}
	in.Holdings[1].Start, in.Holdings[1].End = hour+perHour, hour+2*perHour // another term: still one note
	bill, err := Make(in)
	want := "r1 covers nothing: under the rules of 2016-08-31 there are no regional reserved instances"
	if err != nil || !slices.Equal(bill.Notes, []string{want}) || bill.Lines[0].Holding != OnDemand || bill.Holdings[0].Unused != 1 {
		t.Errorf("%+v, %v", bill, err)
	}
	in.Rules = RulesAt(at(2016, 9, 1, 0, 0, 0))
	if bill, err = Make(in); err != nil || bill.Notes != nil || bill.Lines[0].Holding != 0 {
		t.Errorf("%+v, %v", bill, err)
	}
}

func TestAChargeIsRoundedHalfAwayFromZeroOrDoesNotFit(t *testing.T) {
	for _, test := range []struct {
		rate         models.MicroUSDPerHour
		units, whole int64
		want         models.MicroUSD
		fits         bool
	}{
		{1, 1799, 3600, 0, true}, {1, 1800, 3600, 1, true}, {3, 1800, 3600, 2, true}, {1, 1, 3, 0, true}, {1, 2, 3, 1, true},
		{rateMax, 3600, 3600, 1e12, true},
		{1e12, 9_000_000, 1, 9e18, true},
		{1e12, 10_000_000, 1, 0, false}, // above 2^63
		{1e12, 1e18, 1, 0, false},       // above 2^64
		{1e12, 1e18, 3600, 0, false},    // the product too
		{1e12, 1e10, 3600, 2777777777777777778, true},
	} {
		if got, fits := charge(test.rate, test.units, test.whole); fits != test.fits || fits && got != test.want {
			t.Errorf("%+v: %d, %v", test, got, fits)
		}
	}
}
