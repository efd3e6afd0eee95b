package billing

import (
	"errors"

	"trough.internal/models"
)

// Input is what a bill is made from.
type Input struct {
	Runs     []Run
	Holdings []Holding
	Rates    Rates
	Rules    Rules
	// From and Until are whole clock hours: [From, Until) is the span that is billed. What lies outside is neither charged
	// nor counted as unused.
	From, Until models.Instant
}

// OnDemand is the Holding of a Line that nothing covers.
const OnDemand int32 = -1

// onDemandName is what stands in its place where holdings are named, and sorted, by id.
const onDemandName = "on-demand"

// Line is what one run uses in one clock hour, as far as one holding covers it, or none.
type Line struct {
	Hour         models.Instant // its first second
	Run          int32          // index into Input.Runs
	Holding      int32          // index into Input.Holdings, or OnDemand
	Units, Whole int64          // the line covers Units/Whole of an instance-hour; 0 < Units <= Whole
	USD          models.MicroUSD
	Unpriced     bool // nothing covers it and no rate is known: USD is 0, which is not what it costs
}

// HoldingLine is what of a holding nobody used in the span, and what the holding itself costs there.
type HoldingLine struct {
	Holding int32 // index into Input.Holdings
	// Unused is in hours: of instances of its own type, and of a Savings Plan the share of its commitment times hours.
	Unused float64
	// USD is a Savings Plan's whole commitment, a capacity reservation's unused part at the on-demand rate, and 0 for a
	// reserved instance: it is paid for elsewhere.
	USD      models.MicroUSD
	Unpriced bool // a capacity reservation is unused and no rate is known: USD lacks that
}

// Bill is what a span costs.
type Bill struct {
	Lines    []Line        // by hour, account, instance, then the holding's id ("on-demand" where there is none)
	Holdings []HoldingLine // one for each of Input.Holdings, in their order
	Total    models.MicroUSD
	Unpriced []RateKey // of what has no rate: by region, type, platform, tenancy
	Notes    []string  // what a reader should know beside the total, sorted
}

// Make bills usage, given what is held: see the package's documentation for who covers what. It is an error, of one line,
// if the span does not consist of whole clock hours, if a run or a holding is not sound (see their Check, and
// CheckHoldings), if the rules read hours as Concurrent, and if an amount is too large for micro-USD. The input stays as
// it is. Its cost grows with the instance-hours of the runs, and the lines stay in memory: about 50 bytes each.
func Make(in Input) (*Bill, error) {
	return nil, errors.New("billing: Make is not written yet")
}
