// Package live makes of a driver's journal what a backtest leaves: a ledger, decisions, attempts, the queue's course, and the
// capacity trace that the reports add up to.
//
// # What a recording knows
//
// What owners reserve and use is known as of when a report was true, which the driver heard later; the capacity trace and the ledger
// have it at the time at which it was true. A report is trusted for Options.Hold, and from then until the next the use is unknown.
// What instances did is known as far as the cloud told; an event that was told late stands where it was told. What nobody saw is not
// made up: Seen says what it is. All of it is held in memory: some 60 bytes an event.
package live

import (
	"fmt"
	"slices"
	"time"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/cmd/trough-live/journal"
	"trough.internal/models"
	"trough.internal/models/settings"
	"trough.internal/policies"
)

// Options say how a journal is read.
type Options struct {
	Hold time.Duration // for how long after it was true a report is trusted; whole seconds, at least one

	// Decision takes every evaluation's decision: the policy's stages, and behind them, as stage limit, what the driver's rules
	// of safety and stop states made of it. Nil is nobody.
	Decision func(*models.Observation, *models.Decision)
	// Cycle takes every evaluation as it is read; an error ends the reading. Nil is nobody.
	Cycle func(*drive.Cycle) error
}

// Recording is what a journal comes to.
type Recording struct {
	Pools     []models.Pool
	Borrowers []string
	Policy    *policies.Settings // the last one
	Modes     []string           // each once, in the order in which they came
	Changed   []models.Instant   // after which evaluations another policy took over

	From  models.Instant // the first evaluation
	Until models.Instant // the last one: what happened later nobody wrote down

	Evaluations, Segments, Orders, Notes int64
	Torn                                 int64 // bytes of a torn tail

	Events   []models.Event // in order of time; those before From set the scene
	Capacity []models.CapacityChange
	Queued   []models.SeriesRow // jobs that wait, by class, as the encoding system said
	Workload []Workload
	Arrivals []models.Job // see arrivals
	Attempts []models.AttemptRow
	Switches []models.Switch

	Every, Lag time.Duration // usual time between reports, and from when one was true until it was heard; 0 where there are too few
	Seen       Seen

	madeUp         map[models.InstanceID]bool // instances of which something was made up, so that their times are nobody's
	between, heard counts                     // seconds between two reports, and until one was heard
	asked          bool                       // events of instances are at the times of evaluations: they were found out by asking
}

// Seen says what of jobs and instances the journal knows.
type Seen struct {
	Launches  bool `json:"launches"` // an instance was launched
	Workload  bool `json:"workload"` // the queues' depths
	Arrivals  bool `json:"arrivals"` // of single jobs
	JobStarts bool `json:"job_starts"`
	JobEnds   bool `json:"job_ends"`
	Work      bool `json:"work"` // how much work the jobs were that ended

	UnendedJobs  int64 `json:"unended_jobs"`   // jobs whose instance was gone before anybody saw them end
	MadeUp       int64 `json:"made_up"`        // events of instances that were made up where evaluations are missing
	Holes        int64 `json:"holes"`          // places where evaluations are missing
	ThereAtStart int64 `json:"there_at_start"` // instances that were there before the first evaluation; when they were launched nobody knows
}

// Workload is what a borrower had to do, as the encoding system said; a row where that changed.
type Workload struct {
	At       models.Instant // the evaluation that heard it
	Borrower models.BorrowerID
	models.Workload
}

// Read reads a journal.
func Read(folder journal.Folder, o Options) (*Recording, error) {
	r := &reader{options: o, books: newBooks()}
	torn, err := drive.Read(folder, r)
	if err != nil {
		return nil, err
	}
	rec := &r.Recording
	if rec.Evaluations < 2 {
		return nil, fmt.Errorf("it has %d evaluations: expected at least two, from the first of which to the last a recording goes", rec.Evaluations)
	}
	rec.Torn = torn
	r.finish()
	return rec, nil
}

// reader takes a journal and keeps what a recording needs.
type reader struct {
	Recording
	options Options

	books  *books
	owners owners
	work   work

	events, atEvaluations int64 // of instances, and of those the ones that are at the time at which they were heard

	policy  string            // as a file
	hole    int64             // after how many evaluations the last hole was; segments without any make no new one
	unknown []models.Workload // what the driver began with, before anybody said anything
}

// Segment implements drive.Reader.
func (r *reader) Segment(s *drive.Segment) error {
	if r.Segments++; r.Segments == 1 {
		r.begin(s)
	}
	if !slices.Equal(names(s.Market.Pools), names(r.Pools)) || !slices.Equal(s.Market.Borrowers, r.Borrowers) {
		return fmt.Errorf("it is of other pools or borrowers than the segments before")
	}
	if mode := s.Mode.String(); !slices.Contains(r.Modes, mode) {
		r.Modes = append(r.Modes, mode)
	}
	policy, err := settings.Encode(s.Policy)
	if err != nil {
		return err
	}
	if r.Segments > 1 && string(policy) != r.policy {
		r.Changed = append(r.Changed, r.Until)
	}
	r.Policy, r.policy = s.Policy, string(policy)
	if r.books.agree(s.Market, max(r.Until, s.Market.Now)) && r.Evaluations != r.hole {
		r.hole = r.Evaluations
		r.books.seen.Holes++
	}
	return nil
}

func (r *reader) begin(s *drive.Segment) {
	r.Pools, r.Borrowers = slices.Clone(s.Market.Pools), slices.Clone(s.Market.Borrowers)
	r.books.market = models.NewMarket(r.Pools, r.Borrowers)
	r.owners = newOwners(s.Market.Lendable, models.Instant(r.options.Hold/time.Second))
	r.work = newWork(len(r.Borrowers))
	r.unknown = slices.Clone(s.Workload)
}

func names(pools []models.Pool) (list []string) {
	for i := range pools {
		list = append(list, pools[i].Name())
	}
	return list
}

// Cycle implements drive.Reader.
func (r *reader) Cycle(c *drive.Cycle) error {
	if r.Evaluations++; r.Evaluations == 1 {
		r.From = c.Now
		r.books.scene(c.Now - 1)
	}
	if c.Now < r.Until {
		return fmt.Errorf("evaluation %d is at %s, after one at %s: the clock was set back", c.Number, c.Now, r.Until)
	}
	r.Until = c.Now
	r.Orders += int64(len(c.Orders))
	r.Notes += int64(len(c.Notes))
	for i := range c.Events {
		if e := &c.Events[i]; e.Kind != models.OwnersChanged { // what owners do is taken at the time at which it was true
			if e.Kind >= models.Launched {
				r.events++
				if e.At == c.Now {
					r.atEvaluations++
				}
			}
			r.books.take(*e, c.Now)
			r.switched(e)
		}
	}
	r.owners.look(c.Obs)
	r.work.look(c, r.unknown)
	if r.options.Decision != nil {
		r.options.Decision(c.Obs, withRules(c))
	}
	if r.options.Cycle != nil {
		return r.options.Cycle(c)
	}
	return nil
}

func (r *reader) switched(e *models.Event) {
	if e.Kind != models.Switched {
		return
	}
	s := models.Switch{At: max(e.At, r.From), On: e.N == 1, Note: "a stop state, or the cloud's word"}
	if e.M >= 0 {
		s.Region = r.books.market.Regions[e.M]
	}
	r.Switches = append(r.Switches, s)
}

// withRules is a decision whose trail ends with what the driver's rules made of it.
func withRules(c *drive.Cycle) *models.Decision {
	g := *c.Guarded
	trail := *c.Decided.Trail
	demand := 0.0
	if n := len(trail.Demand); n > 0 {
		demand = trail.Demand[n-1]
	}
	trail.Stages, trail.Demand = append(slices.Clone(trail.Stages), models.ByLimit), append(slices.Clone(trail.Demand), demand)
	trail.Target, trail.Keep = append(slices.Clone(trail.Target), g.Target), append(slices.Clone(trail.Keep), g.Keep)
	g.Trail = &trail
	return &g
}

// finish puts the parts together.
func (r *reader) finish() {
	r.Capacity = r.owners.finish(r.Until)
	r.Every, r.Lag = r.owners.usual()
	r.Attempts = r.books.finish(r.Until)
	r.Workload, r.Queued, r.Arrivals = r.work.rows, r.work.queued, r.work.arrivals
	// By chance, one in as many seconds as lie between evaluations would be.
	r.asked = r.events > 0 && 2*r.atEvaluations > r.events && r.Policy.Evaluate > time.Second
	r.Seen, r.madeUp = r.books.seen, r.books.madeUp
	r.between, r.heard = r.owners.between, r.owners.heard
	r.Seen.Workload = len(r.Workload) > 0
	r.Events = merge(r.Capacity, r.books.events)
}

// merge puts owners' changes and everything else in one order of time, owners first: they touch different columns of a market, so
// that any order balances.
func merge(owners []models.CapacityChange, others []models.Event) []models.Event {
	list := make([]models.Event, 0, len(owners)+len(others))
	for _, o := range owners {
		for len(others) > 0 && others[0].At < o.At {
			list, others = append(list, others[0]), others[1:]
		}
		list = append(list, models.Event{At: o.At, Kind: models.OwnersChanged, Pool: o.Pool, Instance: models.NoInstance, Job: models.NoJob, N: o.Reserved, M: o.InUse})
	}
	return append(list, others...)
}
