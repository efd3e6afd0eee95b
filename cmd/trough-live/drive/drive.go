// Package drive is the live driver: a loop around the same Market, Policy and Plan that the backtest uses. What it reads, acts on
// and writes to are small interfaces, so that tests drive it with a simulated cloud and with disks and clocks that fail.
//
// # The way of a fact
//
//	reports, events → Market → Observation → Policy → Decision → rules of safety → Plan → journal → orders → events
//
// An order is a wish: what became of it comes back as events, in a later cycle. A cycle is in the journal before anything is done
// about it. What is not known is left as it was, grows old, and is no reason to borrow.
package drive

import (
	"context"
	"fmt"
	"time"

	"trough.internal/models"
	"trough.internal/policies"
)

// Setup is what a driver is made of.
type Setup struct {
	Pools     []models.Pool // lendable ones first, then base fleets
	Borrowers []string
	Policy    *policies.Settings
	Safety    Safety
	Mode      Mode

	Telemetry Telemetry
	Work      Work
	Cloud     Cloud
	Stops     Stops // nil: nobody stops it
	Lease     Lease // nil: nobody else acts on these instances
	Journal   Journal
	Clock     Clock
	Warm      bool          // what it orders is what one that has run for long would: only for plans, in mode shadow
	Patience  time.Duration // that one question may take; a cycle's orders may take half of the time to the next
}

// Telemetry says what the owners reserve and use.
type Telemetry interface {
	// Reports returns what has been seen since it was asked last, oldest first.
	Reports(ctx context.Context, now models.Instant) ([]Report, error)
}

// Report is one look at the market, all of it true at one instant.
type Report struct {
	Source     string // its name among several; empty for the only one
	OccurredAt models.Instant
	AgeUnknown bool     // the source's clock is not trusted, and so its OccurredAt neither: only that less is available is believed
	Reserved   []int32  // by lendable pool
	InUse      []int32  // the owners' instances, borrowed ones taken out; Unknown where the report does not say, or not completely
	Notes      []string // why not
}

// Work says what the borrowers have to do.
type Work interface {
	// Workload fills a column by borrower; AsOf says when each was true.
	Workload(ctx context.Context, now models.Instant, into []models.Workload) error
}

// Remarker is a Telemetry or a Work that has something to say beside its values, such as that its sources disagree. It is asked
// once after each question, whether that was answered or not.
type Remarker interface{ Remarks() Remarks }

// Remarks are what people should know about values.
type Remarks struct {
	Notes         []string // one line each
	Disagreements int      // values of which two good sources say different things
}

// Cloud carries out orders, and says what happens to instances.
type Cloud interface {
	// Act carries out orders of one pool, all of which end instances or all of which launch, while Fence allows it. Said again of
	// the same cycle, it does nothing. An error is for people to read: what was done and what was not is told by events.
	Act(ctx context.Context, cycle int64, orders []models.Order) error
	// Since returns what happened after what a cursor stands for, in order, and the cursor behind it; 0 is the beginning.
	Since(ctx context.Context, cursor int64) ([]models.Event, int64, error)
}

// Journal keeps records durably; see package journal.
type Journal interface {
	Begin(head []byte) error
	Append(record []byte) error
}

// Clock is the time of day and, beside it, how much time has passed, which nobody sets.
type Clock interface {
	Now() models.Instant
	Passed() time.Duration
}

// Driver decides, cycle by cycle.
type Driver struct {
	setup  Setup
	market *models.Market
	policy policies.Policy
	obs    models.Observation
	safety guard
	trust  trust

	cycle  int64
	cursor int64
	head   []byte // of the segment that begins with this cycle; nil where none does
	inside int    // records in the open segment

	telemetry Ask[told[[]Report]]
	work      Ask[told[[]models.Workload]]
	happened  Ask[events]
	acts      []Ask[struct{}] // by pool
	tends     []Ask[struct{}] // by region
	writes    Ask[struct{}]
}

// told is an answer with the source's remarks.
type told[T any] struct {
	value   T
	remarks Remarks
}

type events struct {
	list   []models.Event
	cursor int64
}

// Cycle is one turn of the loop. Its columns belong to the driver and are valid until the next.
type Cycle struct {
	Number  int64
	Now     models.Instant
	Events  []models.Event
	Obs     *models.Observation
	Decided *models.Decision // the policy's own, with its trail
	Guarded *models.Decision // after the rules of safety
	Bound   []Bound          // rules that changed it
	Holds   []string         // rules that let nothing grow, whatever was decided; of HoldRules
	Stops   []StopState      // by cell: what people have told it
	Orders  []models.Order
	Acted   bool // false where the journal could not be written: then nothing was done
	// Withheld says that the lease is not held: its orders are written down, and are not given.
	Withheld bool
	Notes    []string // what is wrong, one line each

	Disagreements int // values of which two good sources say different things

	facts facts
}

// Cycle reads, decides, writes it down, and acts: in that order, whatever fails.
func (d *Driver) Cycle(ctx context.Context) *Cycle {
	c := d.begin()
	d.read(ctx, c) // what it learns are events, which the market applies
	d.policy.Decide(c.Obs, c.Decided)
	d.safety.guard(c)
	c.Orders = policies.Plan(c.Obs, c.Guarded, d.policy.Limits(), nil)
	if err := d.write(ctx, c); err != nil {
		c.note("the journal cannot be written, so that nothing is done: %v", err)
		return c
	}
	d.act(ctx, c)
	return c
}

// New makes a driver that knows nothing. Resume makes it go on where a journal ends.
func New(s Setup) (*Driver, error) {
	policy, err := policies.New(s.Policy)
	if err != nil {
		return nil, err
	}
	if err := s.check(policy); err != nil {
		return nil, err
	}
	if s.Stops == nil {
		s.Stops = noStops{}
	}
	if s.Lease == nil {
		s.Lease = unshared{}
	}
	d := &Driver{setup: s, policy: policy, market: models.NewMarket(s.Pools, s.Borrowers)}
	d.inside = recordsMost // nothing is open
	d.acts = make([]Ask[struct{}], len(s.Pools))
	d.tends = make([]Ask[struct{}], len(d.market.Regions))
	d.layOut(s.Clock.Now())
	d.trust = newTrust(&d.setup.Safety, d.market)
	d.safety = newGuard(&d.setup.Safety, s.Mode, d.market, s.Clock)
	if s.Warm && s.Mode == Shadow {
		d.safety.warm()
	}
	return d, nil
}

// check refuses what a backtest can do and a driver cannot.
func (s *Setup) check(policy policies.Policy) error {
	if policies.HourEndsWithin(policy) > 0 {
		return fmt.Errorf("policy %s: billed_hour: live, nobody says yet when an instance's hour ends", s.Policy.Policy)
	}
	for _, one := range []struct {
		section string
		there   bool
	}{{"scaling", s.Policy.Scaling != nil}, {"workers", s.Policy.Workers != nil}, {"fallback", s.Policy.Fallback != nil}} {
		if one.there {
			return fmt.Errorf("policy %s: %s: %s", s.Policy.Policy, one.section, onlyBorrowed)
		}
	}
	for i := range s.Pools {
		if p := &s.Pools[i]; p.Kind != models.Surplus && p.Kind != models.Base {
			return fmt.Errorf("pool %s: %s", p.Name(), onlyBorrowed)
		}
	}
	return nil
}

const onlyBorrowed = "live, instances are only borrowed, and none are bought yet"

// Every is how often the policy wants to be asked.
func (d *Driver) Every() time.Duration { return d.policy.Every() }

// Market is what the driver knows, to read.
func (d *Driver) Market() *models.Market { return d.market }

func (d *Driver) begin() *Cycle {
	d.cycle++
	clear(d.obs.Launched)
	clear(d.obs.Refused)
	d.safety.refuse(d.obs.Refused)
	cells := d.obs.Cells()
	decided := models.NewDecision(cells)
	decided.Trail = new(models.Trail)
	d.obs.Now = d.setup.Clock.Now()
	c := &Cycle{Number: d.cycle, Now: d.obs.Now, Obs: &d.obs, Decided: decided, Guarded: models.NewDecision(cells)}
	d.keepHead(c)
	return c
}

func (c *Cycle) note(format string, args ...any) {
	c.Notes = append(c.Notes, fmt.Sprintf(format, args...))
}

// Number is how many evaluations there were, those before it was resumed included.
func (d *Driver) Number() int64 { return d.cycle }
