package billing_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"trough.internal/models"
	"trough.internal/models/billing"
)

const (
	userEnds  = billing.EndedByUser
	ec2Ends   = billing.EndedByEC2
	spotStart = models.Instant(1_443_600_900) // 2015-09-30 08:15:00: no whole clock hour
)

func spotRules(day string) billing.Rules {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return billing.RulesAt(models.InstantOf(at))
}

// onePrice is a pool that always costs a dollar an hour.
var onePrice = []models.PriceChange{{At: 0, Price: 1_000_000}}

func TestSpotRunsAreChargedAsPublishedByWhoEndsThem(t *testing.T) {
	const guide = "EC2 guide, Billing for interrupted Spot Instances"
	const minute, hour = 60, 3600
	for _, c := range []struct {
		name     string
		source   string
		day      string
		platform billing.Platform
		ended    billing.SpotEnd
		runs     int64 // seconds
		charged  int64 // seconds
		free     billing.Free
	}{
		{"you, all but SUSE, first hour: seconds used", guide, "2024-05-01", billing.Linux, userEnds, 50 * minute, 50 * minute, 0},
		{"you, all but SUSE, later: seconds used", guide, "2024-05-01", billing.Linux, userEnds, 70*minute + 1, 70*minute + 1, 0},
		{"you, SUSE, first hour: full hour", guide, "2024-05-01", billing.SUSE, userEnds, 50 * minute, hour, 0},
		{"you, SUSE, later: full hours, the partial one too", guide, "2024-05-01", billing.SUSE, userEnds, 70 * minute, 2 * hour, 0},
		{"EC2, all but SUSE, first hour: free", guide, "2024-05-01", billing.Linux, ec2Ends, 50 * minute, 0, billing.FirstHour},
		{"EC2, all but SUSE, later: seconds used", guide, "2024-05-01", billing.Linux, ec2Ends, 70 * minute, 70 * minute, 0},
		{"EC2, SUSE, first hour: free", guide, "2024-05-01", billing.SUSE, ec2Ends, 50 * minute, 0, billing.PartialHour},
		{"EC2, SUSE, later: full hours, the partial one free", guide, "2024-05-01", billing.SUSE, ec2Ends, 70 * minute, hour, billing.PartialHour},

		{"RHEL before 2024-04, you: as SUSE", guide + ", until 2024-04", "2024-03-31", billing.RHEL, userEnds, 70 * minute, 2 * hour, 0},
		{"RHEL before 2024-04, EC2: as SUSE", guide + ", until 2024-04", "2024-03-31", billing.RHEL, ec2Ends, 70 * minute, hour, billing.PartialHour},
		{"RHEL since 2024-04, you: seconds", guide, "2024-04-01", billing.RHEL, userEnds, 70 * minute, 70 * minute, 0},
		{"RHEL since 2024-04, EC2: seconds", guide, "2024-04-01", billing.RHEL, ec2Ends, 70 * minute, 70 * minute, 0},
		{"Windows now, EC2: seconds", guide, "2024-05-01", billing.Windows, ec2Ends, 70 * minute, 70 * minute, 0},

		{"bid era, EC2, 59 minutes: free", "AWS blog, EC2 Spot Instance Termination Notices", "2015-09-30", billing.Linux, ec2Ends, 59 * minute, 0, billing.PartialHour},
		{"bid era, you, 59 minutes: a full hour", "same", "2015-09-30", billing.Linux, userEnds, 59 * minute, hour, 0},
		{"bid era, EC2, 2 h 20 min: 2 h", "derived", "2015-09-30", billing.Linux, ec2Ends, 140 * minute, 2 * hour, billing.PartialHour},
		{"bid era, you, 2 h 20 min: 3 h", "derived", "2015-09-30", billing.Linux, userEnds, 140 * minute, 3 * hour, 0},
		{"bid era, the day before seconds", "AWS What's New 2017-10-02", "2017-10-01", billing.Linux, userEnds, 140 * minute, 3 * hour, 0},
		{"bid era, by the second already, you", "AWS What's New 2017-10-02", "2017-10-02", billing.Linux, userEnds, 140 * minute, 140 * minute, 0},
		{"bid era, by the second already, EC2", "chosen: see Spot", "2017-10-02", billing.Linux, ec2Ends, 50 * minute, 0, billing.FirstHour},
		{"bid era, by the second already, EC2 later", "chosen: see Spot", "2017-10-02", billing.Linux, ec2Ends, 140 * minute, 140 * minute, 0},
		{"no bids, by whole hours still", "chosen: see Spot", "2017-11-28", billing.Windows, ec2Ends, 140 * minute, 2 * hour, billing.PartialHour},

		{"10 s: the minimum of 60", "derived (on-demand's minimum)", "2024-05-01", billing.Linux, userEnds, 10, 60, 0},
		{"90 s", "derived", "2024-05-01", billing.Linux, userEnds, 90, 90, 0},
		{"the minimum is of the run, not of its hours", "derived", "2024-05-01", billing.Linux, userEnds, hour + 10, hour + 10, 0},
		{"EC2, by the second, a first hour used up is charged", "derived", "2024-05-01", billing.Linux, ec2Ends, hour, hour, 0},
		{"EC2, by whole hours, no partial hour", "derived", "2015-09-30", billing.Linux, ec2Ends, 2 * hour, 2 * hour, 0},
		{"still running at the span's end, by whole hours", "chosen: as if its user ended it", "2015-09-30", billing.Linux, billing.StillRunning, 140 * minute, 3 * hour, 0},
		{"still running at the span's end, by the second", "chosen: as if its user ended it", "2024-05-01", billing.Linux, billing.StillRunning, 50 * minute, 50 * minute, 0},
	} {
		run := billing.SpotRun{Start: spotStart, End: spotStart + models.Instant(c.runs), Ended: c.ended, Platform: c.platform}
		bill, err := billing.Spot(run, onePrice, spotRules(c.day))
		if err != nil {
			t.Errorf("%s (%s): %v", c.name, c.source, err)
			continue
		}
		var seconds int64
		for _, line := range bill.Lines {
			seconds += line.Seconds
		}
		if free := bill.Lines[len(bill.Lines)-1].Free; seconds != c.charged || free != c.free {
			t.Errorf("%s (%s): %d s charged, the last hour %s; expected %d s, %s", c.name, c.source, seconds, free, c.charged, c.free)
		}
		if hours := (c.runs + 3599) / 3600; int64(len(bill.Lines)) != hours {
			t.Errorf("%s (%s): %d lines for %d instance-hours", c.name, c.source, len(bill.Lines), hours)
		}
	}
}

func TestASpotHourCostsWhatThePoolCostInItsFirstSecond(t *testing.T) {
	prices := []models.PriceChange{
		{At: spotStart - 5000, Price: 900_000},
		{At: spotStart, Price: 100_000},        // in the first second of the first hour
		{At: spotStart + 1, Price: 800_000},    // too late for it
		{At: spotStart + 3599, Price: 300_000}, // in time for the second
		{At: spotStart + 7200, Price: 700_000}, // overruled
		{At: spotStart + 7200, Price: 500_000}, // by the last at the same instant
		{At: spotStart + 7201, Price: 10_000_000},
	}
	run := billing.SpotRun{Start: spotStart, End: spotStart + 7200 + 1800, Ended: userEnds}
	for day, want := range map[string]string{
		"2015-09-30": "100000 x 3600 s = 100000; 300000 x 3600 s = 300000; 500000 x 3600 s = 500000; total 900000",
		"2024-05-01": "100000 x 3600 s = 100000; 300000 x 3600 s = 300000; 500000 x 1800 s = 250000; total 650000",
	} {
		bill, err := billing.Spot(run, prices, spotRules(day))
		if err != nil {
			t.Fatal(err)
		}
		var got strings.Builder
		for _, l := range bill.Lines {
			fmt.Fprintf(&got, "%d x %d s = %d; ", l.Price, l.Seconds, l.USD)
		}
		fmt.Fprintf(&got, "total %d", bill.Total)
		if got.String() != want {
			t.Errorf("%s: %s; expected %s", day, got.String(), want)
		}
	}
}

func TestASpotHourWithoutAKnownPriceIsRefused(t *testing.T) {
	run := billing.SpotRun{Start: spotStart, End: spotStart + 3*3600, Ended: userEnds}
	for _, c := range []struct {
		name   string
		run    billing.SpotRun
		prices []models.PriceChange
		says   string
	}{
		{"no prices", run, nil, "the spot price at 2015-09-30T08:15:00Z is not known"},
		{"the first one a second late", run, []models.PriceChange{{At: spotStart + 1, Price: 1}}, "the spot price at 2015-09-30T08:15:00Z is not known"},
		{"unknown from an hour on", run, []models.PriceChange{{At: 0, Price: 1}, {At: spotStart + 7000, Price: billing.Unpriced}}, "the spot price at 2015-09-30T10:15:00Z is not known"},
		{"negative", run, []models.PriceChange{{At: 0, Price: -2}}, "the spot price at 2015-09-30T08:15:00Z is -2 micro-USD per hour: expected 0 to 1000000000000"},
		{"too high", run, []models.PriceChange{{At: 0, Price: 1e12 + 1}}, "expected 0 to 1000000000000"},
		{"no time", billing.SpotRun{Start: 5, End: 5}, onePrice, "is not after start"},
		{"a thousand years", billing.SpotRun{End: 1000 * 366 * 86400}, onePrice, "more than a hundred years"},
		{"ended by nobody", billing.SpotRun{End: 5, Ended: billing.SpotEnds}, onePrice, "a spot run's end 3: expected less than 3"},
		{"no platform", billing.SpotRun{End: 5, Platform: billing.Platforms}, onePrice, "platform 5: expected linux"},
	} {
		_, err := billing.Spot(c.run, c.prices, spotRules("2015-09-30"))
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: error is %v; expected %q", c.name, err, c.says)
		}
	}
}

// drawSpot draws a run, prices that cover it, and rules of any time.
func drawSpot(t *rapid.T) (billing.SpotRun, []models.PriceChange, billing.Rules) {
	length := rapid.OneOf(rapid.Int64Range(1, 20_000), rapid.SampledFrom([]int64{59, 60, 61, 3599, 3600, 3601, 7200, 7201})).Draw(t, "length")
	run := billing.SpotRun{Start: spotStart, End: spotStart + models.Instant(length), Ended: billing.SpotEnd(rapid.IntRange(0, int(billing.SpotEnds)-1).Draw(t, "ended")),
		Platform: billing.Platform(rapid.IntRange(0, int(billing.Platforms)-1).Draw(t, "platform"))}
	prices := []models.PriceChange{{At: spotStart - models.Instant(rapid.Int64Range(0, 9).Draw(t, "since")), Price: drawPrice(t)}}
	for range rapid.IntRange(0, 8).Draw(t, "changes") {
		prices = append(prices, models.PriceChange{At: spotStart + models.Instant(rapid.Int64Range(0, 20_000).Draw(t, "at")), Price: drawPrice(t)})
	}
	slices.SortStableFunc(prices, func(a, b models.PriceChange) int { return int(a.At - b.At) })
	day := rapid.SampledFrom([]string{"2012-01-01", "2017-10-01", "2017-10-02", "2017-11-28", "2021-06-11", "2024-03-31", "2024-04-01", "2026-01-01"}).Draw(t, "day")
	return run, prices, spotRules(day)
}

func drawPrice(t *rapid.T) models.MicroUSDPerHour {
	return models.MicroUSDPerHour(rapid.OneOf(rapid.Int64Range(0, 3), rapid.Int64Range(0, 10_000_000)).Draw(t, "price"))
}

func mustSpot(t *rapid.T, run billing.SpotRun, prices []models.PriceChange, rules billing.Rules) *billing.SpotBill {
	bill, err := billing.Spot(run, prices, rules)
	if err != nil {
		t.Fatal(err)
	}
	return bill
}

func TestASpotBillIsNeverNegativeAndItsLinesAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		run, prices, rules := drawSpot(t)
		bill := mustSpot(t, run, prices, rules)
		var total models.MicroUSD
		for i, l := range bill.Lines {
			total += l.USD
			if l.USD < 0 || l.Seconds < 0 || l.Seconds > 3600 || l.Start != run.Start+models.Instant(i*3600) {
				t.Fatalf("line %d: %+v", i, l)
			}
			if (l.Free != billing.Charged) != (l.Seconds == 0) || l.Free != billing.Charged && i < len(bill.Lines)-1 {
				t.Fatalf("line %d of %d is %s with %d s charged", i, len(bill.Lines), l.Free, l.Seconds)
			}
		}
		if total != bill.Total {
			t.Fatalf("lines add up to %d, the total is %d", total, bill.Total)
		}
	})
}

func TestASpotRunThatItsUserEndsIsNeverCheaperThanOneThatEC2Ends(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		run, prices, rules := drawSpot(t)
		run.Ended = ec2Ends
		byEC2 := mustSpot(t, run, prices, rules)
		run.Ended = userEnds
		byUser := mustSpot(t, run, prices, rules)
		run.Ended = billing.StillRunning
		running := mustSpot(t, run, prices, rules)
		if byUser.Total < byEC2.Total || running.Total != byUser.Total {
			t.Fatalf("EC2 %d, user %d, still running %d", byEC2.Total, byUser.Total, running.Total)
		}
	})
}

func TestAHigherSpotPriceNeverLowersTheBill(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		run, prices, rules := drawSpot(t)
		before := mustSpot(t, run, prices, rules)
		higher := slices.Clone(prices)
		for i := range higher {
			higher[i].Price += models.MicroUSDPerHour(rapid.Int64Range(0, 100_000).Draw(t, "more"))
		}
		after := mustSpot(t, run, higher, rules)
		for i := range before.Lines {
			if after.Lines[i].USD < before.Lines[i].USD {
				t.Fatalf("hour %d: %+v, then %+v", i, before.Lines[i], after.Lines[i])
			}
		}
	})
}

func TestASpotRunThatLastsLongerNeverCostsLessWhereItsUserEndsIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		run, prices, rules := drawSpot(t)
		run.Ended = userEnds
		before := mustSpot(t, run, prices, rules)
		run.End += models.Instant(rapid.Int64Range(1, 9000).Draw(t, "more"))
		after := mustSpot(t, run, prices, rules)
		if after.Total < before.Total {
			t.Fatalf("%d, then %d", before.Total, after.Total)
		}
	})
}
