package billing

import (
	"fmt"
	"slices"

	"trough.internal/models"
)

// Spot is what a run on a spot instance costs, by the price of its pool.
//
// An instance-hour begins at the run's start and every 3600 s after it. Its price is what the pool cost in its first
// second, whatever came afterwards: the price of a bid never matters, only whether it was high enough to go on.
//
//	who ended it    platform            what of the last, partial hour is charged
//	user            by whole hours      a whole hour
//	user            by the second       its seconds; of the whole run at least 60
//	EC2             by whole hours      nothing
//	EC2             by the second       its seconds; nothing in the run's first hour
//
// (EC2 guide, "Billing for interrupted Spot Instances", as of 2026, and as of before 2024-04, where RHEL stands beside
// SUSE; the rows of whole hours are also those of the bid era: AWS blog, "New – EC2 Spot Instance Termination Notices",
// January 2015.) So one date decides, that from which the platform is billed by the second (Rules.Hourly): 2017-10-02 for
// Linux (AWS What's New of that day: on-demand, reserved and spot alike). The end of bidding on 2017-11-28 changed how
// prices move and why instances end, and nothing in the table. For the eight weeks between the two dates Amazon's
// announcement says no more than "billed on one second increments": we take today's rows of seconds. Windows is by whole
// hours until 2021-06-11; a FAQ of those years is known only from third parties and can be read to charge seconds where
// EC2 ended it after the first hour.
//
// Prices are those of one pool, in order of time; the last of several at one instant holds. Unpriced says that nobody
// knows from there on. The rules are those of their date for the whole run. It is an error, of one line, if the run does
// not end after its start, or if the price at an instance-hour's start is not known or beyond a million dollars; that of
// an hour which is free must be known too, as who bills a run should know its prices.
func Spot(run SpotRun, prices []models.PriceChange, rules Rules) (*SpotBill, error) {
	if err := run.Check(); err != nil {
		return nil, err
	}
	hourly := rules.Hourly(run.Platform)
	bill := &SpotBill{Lines: make([]SpotLine, 0, (run.End-run.Start+perHour-1)/perHour)}
	for start := run.Start; start < run.End; start += perHour {
		price, err := priceAt(prices, start)
		if err != nil {
			return nil, err
		}
		seconds, free := run.charged(start, hourly)
		line := SpotLine{Start: start, Price: price, Seconds: seconds, Free: free, USD: price.For(seconds)}
		bill.Lines = append(bill.Lines, line)
		bill.Total += line.USD
	}
	return bill, nil
}

// SpotRun is one spot instance from launch to end.
type SpotRun struct {
	Start    models.Instant // of running
	End      models.Instant // the first second in which it did not run any more; after Start, by at most a hundred years
	Ended    SpotEnd
	Platform Platform
}

// SpotEnd says who ended a spot run.
type SpotEnd uint8

// The ends of a spot run.
const (
	EndedByUser  SpotEnd = iota // terminated or stopped by whoever launched it
	EndedByEC2                  // interrupted: for its price, for want of capacity, or by a constraint
	StillRunning                // at End, where the span is cut: billed as if its user ended it there, which is the most that it can come to
	SpotEnds                    // how many there are
)

// SpotBill is what a spot run costs.
type SpotBill struct {
	Lines []SpotLine // one for each instance-hour, in order of time
	Total models.MicroUSD
}

// SpotLine is one instance-hour of a spot run.
type SpotLine struct {
	Start   models.Instant // of the instance-hour, not of a clock hour
	Seconds int64          // charged: 0 if it is free, 3600 if it is whole
	Price   models.MicroUSDPerHour
	USD     models.MicroUSD
	Free    Free
}

// Free says why an instance-hour costs nothing.
type Free uint8

// The reasons.
const (
	Charged     Free = iota // it does cost something, unless its price is 0
	FirstHour               // EC2 ended the run within its first hour, billed by the second
	PartialHour             // EC2 ended the run within this hour, billed by whole hours
	Frees                   // how many there are
)

var freeNames = [Frees]string{"charged", "first hour interrupted", "partial hour interrupted"}

// String is the reason as tables write it.
func (f Free) String() string { return freeNames[f] }

// spotMax keeps the sum of a run's hours, at the highest price, below 2^63 micro-dollars.
const spotMax = 100 * 366 * 24 * perHour

// Check says in one line what is wrong with a spot run.
func (r *SpotRun) Check() error {
	switch {
	case r.End <= r.Start:
		return fmt.Errorf("end %s is not after start %s", r.End, r.Start)
	case r.End-r.Start > spotMax:
		return fmt.Errorf("end %s is more than a hundred years after start %s", r.End, r.Start)
	case r.Ended >= SpotEnds:
		return fmt.Errorf("a spot run's end %d: expected less than %d", r.Ended, SpotEnds)
	case r.Platform >= Platforms:
		return fmt.Errorf("platform %d: expected %s", r.Platform, r.Platform.Want())
	}
	return nil
}

// charged is how many seconds of the instance-hour that begins at start are charged.
func (r *SpotRun) charged(start models.Instant, hourly bool) (int64, Free) {
	used := int64(min(r.End-start, perHour))
	switch {
	case used == perHour:
		return perHour, Charged
	case hourly && r.Ended == EndedByEC2:
		return 0, PartialHour
	case hourly:
		return perHour, Charged
	case start > r.Start:
		return used, Charged
	case r.Ended == EndedByEC2:
		return 0, FirstHour
	}
	return max(used, least), Charged
}

// priceAt is what holds at an instant.
func priceAt(prices []models.PriceChange, at models.Instant) (models.MicroUSDPerHour, error) {
	after, _ := slices.BinarySearchFunc(prices, at, func(c models.PriceChange, at models.Instant) int {
		if c.At <= at {
			return -1
		}
		return 1
	})
	if after == 0 || prices[after-1].Price == Unpriced {
		return 0, fmt.Errorf("the spot price at %s is not known", at)
	}
	price := prices[after-1].Price
	if price < 0 || price > rateMax {
		return 0, fmt.Errorf("the spot price at %s is %d micro-USD per hour: expected 0 to %d", at, price, rateMax)
	}
	return price, nil
}
