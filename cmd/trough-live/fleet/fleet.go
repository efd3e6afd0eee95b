// Package fleet is what the driver knows of its instances, one by one, and what follows from that: which events to tell, which
// instances an order means, and which calls carry it out. It calls nobody, so that all of it is tested without a cloud.
//
// # Where instances are
//
// Every cell (pool and borrower) has a place to launch into: an Auto Scaling group of its own, named by the configuration, or EC2
// itself, by a launch template. A group's desired capacity less its members is what is on order there.
//
// # What an instance carries
//
// Tags: trough:driver (the driver's name), trough:pool (zone/type), trough:borrower, and, once it has been seen, trough:epoch (of
// the lease) and trough:cycle. One that was told to yield has trough:yield, which is when-idle or the deadline (RFC 3339) of a yield
// by notice; one that was told to stay after all has none.
//
// The software on it sees its tags. With trough:yield it takes no new job, and when it has none it ends its instance: in a group
// with the group's desired capacity lowered by one. What it did not do by the next evaluation though it is idle, or by its deadline though
// it is busy, the driver does.
//
// # What nobody cares for
//
// An instance also has trough:until (RFC 3339). From that time on the software on it does as with trough:yield: it takes no new job, and
// ends its instance when it has none. The driver puts it off, when half of the time is gone, of all that it has not told to yield. One that
// is not there, that has lost its lease, or that cannot write its journal, does not: after so long nobody sees when the owners need their
// reservation, and what is borrowed goes back by itself. What nobody finds any more, since it is in no ledger, ends likewise. Software
// that knows nothing of the tag runs on. Its clock and the driver's are compared, so that a difference takes as much off, or adds it.
//
// # What is ended
//
// Three witnesses must agree: the tags, the ledger (which the journal keeps) and the group. A group that has an instance without
// the driver's tags is not touched at all: it is somebody else's.
//
// # What is read may be old
//
// Amazon's descriptions are eventually consistent. For a while (settle) after something was done, a description that says what was
// before does not count; an instance that no description mentions is gone only after some time (missing); a size is written only
// after the group has been described since the last one was, and never below the members that it has.
//
// # What a restart loses
//
// A cycle is in the journal before its orders are given, and what became of them is in the next one's record. So a driver that goes on
// where another one ended does not know what became of the last: see Presume. All else that a ledger knows is in its memory, but for what
// the first look tells again.
//
// Note: Auto Scaling has no conditional write. A worker that ends its instance between the description and the write makes the group
// launch one more than was meant; the next look sees it, and the policy gives it back.
package fleet

import (
	"fmt"
	"time"

	"trough.internal/models"
)

// The tags of an instance.
const (
	TagDriver   = "trough:driver"
	TagPool     = "trough:pool"
	TagBorrower = "trough:borrower"
	TagEpoch    = "trough:epoch"
	TagCycle    = "trough:cycle"
	TagYield    = "trough:yield"
	TagUntil    = "trough:until"
)

// Rules are a fleet's settings.
type Rules struct {
	Notice         time.Duration `set:"notice" default:"2m" min:"0s" max:"24h" doc:"How long a busy instance that yields by notice may still work."`
	Order          string        `set:"order" default:"newest-start" enum:"newest-start|oldest-start" doc:"Which busy instance of a pool yields by notice first, as in a scenario's yields."`
	DrainOrder     string        `set:"drain_order" default:"oldest-start" enum:"newest-start|oldest-start" doc:"Which busy instance of a pool is first told to yield when idle, as in a scenario's yields."`
	LaunchDeadline time.Duration `set:"launch_deadline" default:"15m" min:"1m" max:"24h" doc:"After how long what was not launched is not wanted any more, and the group's desired capacity is lowered."`
	DeadMan        time.Duration `set:"dead_man" default:"2h" min:"0s" max:"7d" doc:"After how long without a driver that may act what is borrowed takes no new job, and ends when it is idle: by the tag trough:until, which is renewed when half of the time is gone. 0s: never."`
	Grace          time.Duration `set:"grace" default:"15m" min:"1m" max:"7d" doc:"How long an instance of the driver's that has left its group may run until it is ended."`
}

const (
	settle = 90 * time.Second // longer than descriptions lag behind, by Amazon's word mostly seconds

	// An ended instance is described for about an hour, so that one which is not mentioned is most likely there: it is gone after so
	// long and so many looks in a row. Two empty answers far apart are no more than two.
	missing = 15 * time.Minute
	missed  = 5

	backoffFirst = 3 * time.Minute // after a pool had no capacity; doubles with every time
	backoffMost  = 30 * time.Minute
	backoffReset = 3 * time.Hour // without such an answer
)

// Place is where a cell's instances are launched.
type Place struct {
	Region string
	Group  string // name of its Auto Scaling group; "" launches by EC2
}

// Ledger is what is known. It is not safe for several goroutines.
type Ledger struct {
	rules     Rules
	name      string // of the driver
	pools     []models.Pool
	borrowers []string

	cells []cell // by market cell
	pool  []backoff
	byID  map[string]*Instance
	next  models.InstanceID
	step  int64
	at    models.Instant // of the last look; 0 before the first

	out     []models.Event // not yet known to be heard
	base    int64          // number of the first of them
	strays  []stray
	notes   []string // of the last look
	changed map[models.InstanceID]*Instance
	gone    []models.InstanceID // since the last memory
	sizes   []size              // in the last memory

	off string // the rule that is switched off; only tests do
}

// Instance is what is known of one instance, or of one that is on order. Its fields are what a journal keeps.
type Instance struct {
	Number    models.InstanceID `json:"n"`
	ID        string            `json:"id,omitempty"` // Amazon's; none while it is on order
	Cell      int               `json:"cell"`
	State     models.State      `json:"state"`
	Cause     models.Cause      `json:"cause"`               // why it was ordered, then why it was told to end
	Class     models.Class      `json:"class"`               // of its job
	Entered   int64             `json:"entered"`             // order of entering the state
	Started   int64             `json:"started,omitempty"`   // order of its job's start; 0 has none
	Began     models.Instant    `json:"began,omitempty"`     // when the encoding system says that this was; 0: it does not
	Since     models.Instant    `json:"since"`               // when it was ordered
	Cycle     int64             `json:"cycle"`               // in which it was ordered
	Told      models.Instant    `json:"told,omitempty"`      // when it was last told to yield or to stay
	Deadline  models.Instant    `json:"deadline,omitempty"`  // 0: when idle
	Asked     models.Instant    `json:"asked,omitempty"`     // when its end was last asked for
	Missing   models.Instant    `json:"missing,omitempty"`   // since when no description mentions it
	Missed    int32             `json:"missed,omitempty"`    // in so many looks in a row
	Astray    models.Instant    `json:"astray,omitempty"`    // since when it is not where it belongs
	Idle      models.Instant    `json:"idle,omitempty"`      // as of when it is known to have no job
	Labelled  bool              `json:"labelled,omitempty"`  // has the tags of epoch and cycle
	Tagged    bool              `json:"tagged,omitempty"`    // was last described with the driver's tags
	Member    bool              `json:"member,omitempty"`    // was last described as a member of its group
	Untagged  bool              `json:"untagged,omitempty"`  // was told to yield, and has no such tag
	Elsewhere bool              `json:"elsewhere,omitempty"` // is in a group that is not the cell's
	Meant     meant             `json:"meant,omitzero"`      // what it was told last, or was not

	ending bool           // its group has begun to end it
	until  models.Instant // its tag trough:until, as last described or given; 0 has none
}

// meant is what an instance was asked to do by a call of which nobody knows whether it was made. A description that agrees is taken for
// its effect; one that does not, after long enough, says that it was not made.
type meant struct {
	At    models.Instant `json:"at,omitempty"` // 0: there was no such call
	Cause models.Cause   `json:"cause,omitempty"`
	End   bool           `json:"end,omitempty"`  // its end was asked for
	Stay  bool           `json:"stay,omitempty"` // it was told to stay; neither: to yield
}

// cell is what is known of one pool and borrower.
type cell struct {
	place Place
	list  []*Instance // in order of number

	group     Group          // as last described, and what was done since
	fresh     bool           // nothing has been written since that
	before    int32          // desired capacity before the last write
	wrote     int32          // and by it
	wroteAt   models.Instant // when; 0: nothing was written
	withdrawn int32          // of the desired capacity: what is not wanted any more
	unsure    *Call          // it lowered the desired capacity, or did not: its answer was lost
	wrong     string         // why nothing may be launched here
	foreign   string         // an instance in the group that is not the driver's
	acted     [2]int64       // the last cycle in which something was ended, launched
}

// stray is an instance with the driver's name that the ledger does not know, and that is in no group of its.
type stray struct {
	id    string
	since models.Instant
}

// New makes a ledger that knows nothing. Places are by market cell.
func New(name string, pools []models.Pool, borrowers []string, places []Place, rules Rules) *Ledger {
	l := &Ledger{rules: rules, name: name, pools: pools, borrowers: borrowers, cells: make([]cell, len(places)),
		pool: make([]backoff, len(pools)), byID: map[string]*Instance{}, changed: map[models.InstanceID]*Instance{}}
	for c := range l.cells {
		l.cells[c] = cell{place: places[c]}
	}
	return l
}

// Since returns the events after a cursor, and the cursor behind them. Those before it are forgotten.
func (l *Ledger) Since(cursor int64) ([]models.Event, int64, error) {
	end := l.base + int64(len(l.out))
	if cursor < l.base || cursor > end {
		return nil, 0, fmt.Errorf("events after %d are asked for: expected %d to %d: the journal is not the one that this fleet's ledger is of", cursor, l.base, end)
	}
	l.out = l.out[cursor-l.base:]
	l.base = cursor
	return append([]models.Event(nil), l.out...), end, nil
}

// Notes are what people should know about the last look, one line each.
func (l *Ledger) Notes() []string { return l.notes }

func (l *Ledger) note(format string, args ...any) {
	l.notes = append(l.notes, fmt.Sprintf(format, args...))
}

// Known are the numbers of Amazon's by instance; for whoever reads a journal.
func (l *Ledger) Known(id string) (models.InstanceID, bool) {
	r := l.byID[id]
	if r == nil {
		return models.NoInstance, false
	}
	return r.Number, true
}

func (l *Ledger) cellName(c int) string {
	name := l.pools[c/len(l.borrowers)].Name()
	if len(l.borrowers) > 1 {
		name += " of " + l.borrowers[c%len(l.borrowers)]
	}
	return name
}

// move changes an instance's state and tells of it.
func (l *Ledger) move(now models.Instant, r *Instance, kind models.EventKind, to models.State, cause models.Cause) *models.Event {
	e := models.Event{At: now, Kind: kind, From: r.State, To: to, Pool: models.PoolID(r.Cell / len(l.borrowers)), Borrower: models.BorrowerID(r.Cell % len(l.borrowers)),
		Instance: r.Number, Job: models.NoJob, Cause: cause, Class: r.Class}
	if r.State != to {
		l.step++
		r.State, r.Entered = to, l.step
	}
	l.touch(r)
	l.out = append(l.out, e)
	if to == models.Absent {
		l.forget(r)
	}
	return &l.out[len(l.out)-1]
}

func (l *Ledger) touch(r *Instance) { l.changed[r.Number] = r }

func (l *Ledger) forget(r *Instance) {
	own := &l.cells[r.Cell]
	for i := range own.list {
		if own.list[i] == r {
			own.list = append(own.list[:i], own.list[i+1:]...)
			break
		}
	}
	delete(l.byID, r.ID)
	delete(l.changed, r.Number)
	l.gone = append(l.gone, r.Number)
}

// order adds an instance that is on order.
func (l *Ledger) order(now models.Instant, c int, cycle int64, cause models.Cause) *Instance {
	r := &Instance{Number: l.next, Cell: c, Cause: cause, Since: now, Cycle: cycle}
	l.next++
	l.cells[c].list = append(l.cells[c].list, r)
	l.move(now, r, models.Ordered, models.OnOrder, cause)
	return r
}

// backoff is how long a pool is left alone that had no capacity.
type backoff struct {
	Times int32          `json:"times,omitempty"`
	Last  models.Instant `json:"last,omitempty"`
	Until models.Instant `json:"until,omitempty"`
}

func (b *backoff) refused(now models.Instant) {
	if now.Sub(b.Last) >= backoffReset {
		b.Times = 0
	}
	if now < b.Until {
		return // several answers to one attempt
	}
	wait := backoffMost
	if b.Times < 4 {
		wait = min(backoffMost, backoffFirst<<b.Times)
	}
	b.Times++
	b.Last, b.Until = now, now.Add(wait)
}

// Waiting says since when something has been on order in a region's groups, and whether there is any.
func (l *Ledger) Waiting(region string) (oldest models.Instant, any bool) {
	oldest = models.Never
	for c := range l.cells {
		if p := &l.cells[c].place; p.Region != region || p.Group == "" {
			continue
		}
		for _, r := range l.cells[c].in(models.OnOrder) {
			oldest, any = min(oldest, r.Since), true
		}
	}
	return oldest, any
}
