package billing

import (
	"testing"

	"trough.internal/models"
)

// dimes is ten cents an hour for m4.large.
var dimes = List{{Type: "m4.large", Region: "us-east-1"}: {OnDemand: 100_000, EC2Plan: Unpriced, ComputePlan: Unpriced}}

func TestACapacityReservationIsChargedByTheSecond(t *testing.T) { // CR-2, published: 24 h 15 min are 24.25 hours
	start := at(2023, 6, 1, 9, 50, 0)
	in := Input{Rules: RulesAt(noon), From: at(2023, 6, 1, 0, 0, 0), Until: at(2023, 6, 3, 0, 0, 0), Rates: dimes, Holdings: []Holding{
		{ID: "c", Account: "A", Kind: CapacityReservation, Type: "m4.large", Location: "us-east-1a", Count: 1, Start: start, End: start + 24*perHour + 900}}}
	bill, err := Make(in)
	if err != nil || bill.Holdings[0].Unused != 24.25 || bill.Total != 2_425_000 {
		t.Errorf("%+v, %v", bill, err)
	}
}

func TestAnHourCostsTheSameWhetherItsCapacityReservationIsUsedOrNot(t *testing.T) { // CR-3, published by hour; the sum is derived
	in := Input{Rules: RulesAt(noon), From: noon, Until: noon + 6*perHour, Rates: dimes,
		Holdings: []Holding{{ID: "c", Account: "A", Kind: CapacityReservation, Type: "m4.large", Location: "us-east-1a", Count: 1,
			Start: noon, End: noon + 5*perHour}},
		Runs: []Run{{Account: "A", Instance: "i", Type: "m4.large", Zone: "us-east-1a", Start: noon + perHour, End: noon + 6*perHour}}}
	bill, err := Make(in)
	if err != nil || bill.Total != 600_000 {
		t.Fatalf("%+v, %v", bill, err)
	}
	if l := bill.Holdings[0]; l.Unused != 1 || l.USD != 100_000 || len(bill.Lines) != 5 {
		t.Errorf("%+v", bill)
	}
	for i, l := range bill.Lines {
		if l.Hour != noon+models.Instant(i+1)*perHour || l.USD != 100_000 || l.Holding != OnDemand {
			t.Errorf("%+v", l)
		}
	}
}

func TestCapacityReservationsAreFilledInOrderOfTheirIDsByTheirOwnAccount(t *testing.T) {
	for _, test := range []struct{ name, runs, holdings, unused string }{
		{"one pool", "A 3 m4.large 1a", "b A 2 m4.large capacity 1a; a A 2 m4.large capacity 1a", "b 1"},
		{"another account", "B 3 m4.large 1a", "a A 2 m4.large capacity 1a", "a 2"},
		{"another zone", "A 3 m4.large 1b", "a A 2 m4.large capacity 1a", "a 2"},
		{"another size", "A 3 m4.xlarge 1a", "a A 2 m4.large capacity 1a", "a 2"},
		{"a quarter of the hour", "A 1 m4.large 1a 15-30", "a A 2 m4.large capacity 1a", "a 1.75"},
		{"also what a reserved instance covers", "A 1 m4.large 1a", "a A 1 m4.large capacity 1a; r A 1 m4.large ri-zonal 1a", ""},
		{"10 s that are billed as 60", "A 1 m4.large 1a 0-30; A 1 m4.large 1a 30-60", "a A 1 m4.large capacity 1a", ""},
	} {
		in := Input{Rules: RulesAt(noon), From: noon, Until: noon + perHour, Rates: dimes,
			Runs: runsOf(t, noon, test.runs), Holdings: holdingsOf(t, noon, test.holdings)}
		bill, err := Make(in)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, unused := summary(in, bill); unused != test.unused {
			t.Errorf("%s: unused %q, want %q", test.name, unused, test.unused)
		}
	}
}

// TestAnUnusedHourIsRoundedOnce: three hours in which a third of a micro-USD is not used cost one, not three times none.
func TestAnUnusedReservationIsRoundedOnce(t *testing.T) {
	in := Input{Rules: RulesAt(noon), From: noon, Until: noon + 3*perHour,
		Rates: List{{Type: "m4.large", Region: "us-east-1"}: {OnDemand: 1}},
		Runs:  runsOf(t, noon, "A 1 m4.large 1a 0-40; A 1 m4.large 1a 60-100; A 1 m4.large 1a 120-160"),
		Holdings: []Holding{{ID: "c", Account: "A", Kind: CapacityReservation, Type: "m4.large", Location: "us-east-1a", Count: 1,
			Start: noon, End: noon + 3*perHour}}}
	bill, err := Make(in)
	if err != nil || bill.Holdings[0].USD != 1 || bill.Holdings[0].Unused != 1 {
		t.Errorf("%+v, %v", bill, err)
	}
}
