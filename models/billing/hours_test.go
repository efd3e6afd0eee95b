package billing

import (
	"testing"

	"trough.internal/models"
)

// TestWhyABriefOverdraftIsFreeBySeconds turns the user guide's example (RI-13: four instances that run for 15 minutes of one
// hour use one reservation) into an overdraft. The owners' instance runs for 45 minutes of an hour on the pool's one
// reservation. A borrower's runs beside it for the first 15: for so long there are two instances on one reservation.
//
// By seconds the reservation gives 3600 an hour to whoever runs, so that the quarter hour which the owners left unused
// afterwards pays for it. By whole hours each start is one, whenever it ends: two were begun, and one is on-demand.
func TestWhyABriefOverdraftIsFreeBySeconds(t *testing.T) {
	for _, test := range []struct {
		name     string
		rules    models.Instant
		owners   string
		onDemand float64 // hours of the borrower
	}{
		{"by seconds, within what is left unused", at(2017, 10, 2, 0, 0, 0), "A 1 r3.4xlarge 1a 0-45", 0},
		{"by seconds, with nothing left unused", at(2017, 10, 2, 0, 0, 0), "A 1 r3.4xlarge 1a 0-60", 0.25},
		{"by hours", at(2017, 10, 1, 0, 0, 0), "A 1 r3.4xlarge 1a 0-45", 1},
		{"by hours, though never two at once", at(2017, 10, 1, 0, 0, 0), "A 1 r3.4xlarge 1a 15-45", 1},
	} {
		in := Input{Rules: RulesAt(test.rules), From: test.rules, Until: test.rules + perHour,
			Runs:     append(runsOf(t, test.rules, test.owners), runsOf(t, test.rules, "B 1 r3.4xlarge 1a 0-15")...),
			Holdings: holdingsOf(t, test.rules, "r A 1 r3.4xlarge ri-zonal 1a")}
		bill, err := Make(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := hoursOf(bill.Lines, func(l Line) bool { return l.Holding == OnDemand }); got != test.onDemand {
			t.Errorf("%s: %v hours on-demand, want %v", test.name, got, test.onDemand)
		}
	}
}

// TestAReservationCountsInTheHoursInWhoseLastSecondItIsHeld includes the user guide's modification at 21:15 (MOD-3,
// published): the benefit moves from 21:00 on.
func TestAReservationCountsInTheHoursInWhoseLastSecondItIsHeld(t *testing.T) {
	day := at(2023, 6, 1, 0, 0, 0)
	clock := func(hhmm models.Instant) models.Instant { return day + hhmm/100*perHour + hhmm%100*60 }
	for _, test := range []struct {
		name       string
		start, end models.Instant
		hours      []models.Instant
	}{
		{"bought at 21:15", clock(2115), clock(2300), []models.Instant{21, 22}},
		{"bought at 20:59:59", clock(2100) - 1, clock(2200), []models.Instant{20, 21}},
		{"modified away at 21:15", clock(2000), clock(2115), []models.Instant{20}},
		{"ended at 22:00", clock(2100), clock(2200), []models.Instant{21}},
		{"ended at 21:59:59", clock(2100), clock(2200) - 1, []models.Instant{21}},
		{"ended at 21:59:58", clock(2100), clock(2200) - 2, nil},
		{"within an hour", clock(2115), clock(2130), nil},
	} {
		in := Input{Rules: RulesAt(noon), From: day, Until: day + 24*perHour,
			Runs:     []Run{{Account: "A", Instance: "i", Type: "m4.large", Zone: "us-east-1a", Start: day, End: day + 24*perHour}},
			Holdings: []Holding{{ID: "r", Account: "A", Type: "m4.large", Location: "us-east-1a", Count: 1, Start: test.start, End: test.end}}}
		bill, err := Make(in)
		if err != nil {
			t.Fatal(err)
		}
		covered := map[models.Instant]bool{}
		for _, l := range bill.Lines {
			if l.Holding != OnDemand {
				covered[(l.Hour-day)/perHour] = true
			}
		}
		for _, hour := range test.hours {
			if !covered[hour] {
				t.Errorf("%s: not in the hour of %d", test.name, hour)
			}
		}
		if len(covered) != len(test.hours) || bill.Holdings[0].Unused != 0 {
			t.Errorf("%s: covered %v, want %v; %v unused", test.name, covered, test.hours, bill.Holdings[0].Unused)
		}
	}
}

// TestWhatLiesOutsideTheSpanIsNotBilled: runs and holdings may reach beyond it, or miss it.
func TestWhatLiesOutsideTheSpanIsNotBilled(t *testing.T) {
	in := Input{Rules: RulesAt(noon), From: noon, Until: noon + 2*perHour}
	for _, when := range []struct{ start, end models.Instant }{
		{noon - 10*perHour, noon + 10*perHour},                                               // 2 hours of it
		{noon - perHour, noon}, {noon + 2*perHour, models.Never}, {noon - 1800, noon + 1800}, // none, none, half an hour
		{noon + 2*perHour - 10, noon + 2*perHour + 10}, // 10 s: the rest, and what it lacks to 60, follow later
	} {
		in.Runs = append(in.Runs, Run{Account: "A", Instance: "i", Type: "m4.large", Zone: "us-east-1a", Start: when.start, End: when.end})
	}
	for i, kind := range []Kind{ZonalRI, CapacityReservation} {
		in.Holdings = append(in.Holdings, Holding{ID: kind.String(), Account: "B", Kind: kind, Type: "m5.large", Location: "us-east-1a", Count: 3,
			Start: noon - models.Instant(i)*100*perHour, End: noon + 100*perHour})
	}
	bill, err := Make(in)
	if err != nil {
		t.Fatal(err)
	}
	if got := hoursOf(bill.Lines, func(Line) bool { return true }); got != 2.5+10./3600 {
		t.Errorf("%v hours", got)
	}
	for _, l := range bill.Holdings {
		if l.Unused != 6 {
			t.Errorf("%+v", l)
		}
	}
	in.Until = in.From
	if bill, err = Make(in); err != nil || len(bill.Lines) != 0 || bill.Holdings[0].Unused != 0 || bill.Total != 0 {
		t.Errorf("%+v, %v", bill, err)
	}
}
