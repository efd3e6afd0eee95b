package billing

import (
	"errors"
	"fmt"
	"slices"
	"time"

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
	Lines    []Line        // by hour, account, instance (two runs of one name: by start; alike in all: by place in the input), then the holding's id, "on-demand" where there is none
	Holdings []HoldingLine // one for each of Input.Holdings, in their order
	Total    models.MicroUSD
	Unpriced []RateKey // of what has no rate: by region, type, platform, tenancy
	Notes    []string  // what a reader should know beside the total, sorted
}

// Make bills usage, given what is held: see the package's documentation for who covers what. It is an error, of one line,
// if the span does not consist of whole clock hours, if a run or a holding is not sound (see their Check, and
// CheckHoldings), if the rules read hours as Concurrent, and if a rate or an amount is too large for micro-USD. The input
// stays as it is. Its cost grows with the instance-hours of the runs, and the lines stay in memory: about 50 bytes each.
func Make(in Input) (*Bill, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	e := newEngine(&in)
	for hour := in.From; hour < in.Until; hour += perHour {
		e.open(hour)
		e.coverReserved()
		e.coverPlanned()
		e.close()
	}
	e.chargeIdle()
	return e.finish()
}

// spanMax keeps sums over the hours of a span below 2^63: a hundred years.
const spanMax = 100 * 366 * 24 * perHour

func (in *Input) check() error {
	switch {
	case in.From != hourOf(in.From) || in.Until != hourOf(in.Until):
		return fmt.Errorf("span from %s to %s: expected whole clock hours", in.From, in.Until)
	case in.Until < in.From || in.Until-in.From > spanMax:
		return fmt.Errorf("span from %s to %s: expected at most 100 years, forwards", in.From, in.Until)
	case in.Rules.Hours >= Concurrent:
		return errors.New("hours read as concurrent: a bill has runs; that reading is one of counts")
	}
	for i := range in.Runs {
		if err := in.Runs[i].Check(); err != nil {
			return fmt.Errorf("run %d (instance %q): %w", i, in.Runs[i].Instance, err)
		}
	}
	for i := range in.Holdings {
		if err := in.Holdings[i].Check(); err != nil {
			return fmt.Errorf("holding %d (id %q): %w", i, in.Holdings[i].ID, err)
		}
	}
	if i, err := CheckHoldings(in.Holdings); err != nil {
		return fmt.Errorf("holding %d: %w", i, err)
	}
	return nil
}

// finish adds up what stands in the bill.
func (e *engine) finish() (*Bill, error) {
	b := &e.bill
	for kind := range e.held {
		for i := range e.held[kind] {
			l := e.held[kind][i].line()
			b.Holdings[l.Holding] = l
		}
	}
	if !b.sum() {
		e.rates.fail(errTooMuch)
	}
	if e.rates.err != nil {
		return nil, e.rates.err
	}
	b.Unpriced = e.rates.unpriced()
	b.Notes = e.notes()
	return b, nil
}

// sum is false if the total does not fit.
func (b *Bill) sum() bool {
	for i := range b.Lines {
		if b.Total += b.Lines[i].USD; b.Total < 0 {
			return false
		}
	}
	for i := range b.Holdings {
		if b.Total += b.Holdings[i].USD; b.Total < 0 {
			return false
		}
	}
	return true
}

// notes say what a reader of the total should know.
func (e *engine) notes() []string {
	var notes []string
	for i := range e.in.Holdings {
		if h := &e.in.Holdings[i]; h.Kind == RegionalRI && !e.in.Rules.Regional() {
			notes = append(notes, fmt.Sprintf("%s covers nothing: under the rules of %s there are no regional reserved instances",
				h.ID, e.in.Rules.Date.UTC().Format(time.DateOnly)))
		}
	}
	slices.Sort(notes)
	return slices.Compact(notes) // a holding may have several terms
}
