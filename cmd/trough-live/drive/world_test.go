package drive

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"trough.internal/models"
	"trough.internal/policies"
)

// world is all that a driver meets, in which every order is carried out at once, and of which tests make every part fail.
type world struct {
	pools     []models.Pool
	borrowers []string
	now       models.Instant
	passed    time.Duration

	reserved, inUse []int32 // what reports say
	source          string  // of reports
	ageUnknown      bool
	demand          int32
	stops           StopFile

	held    []int // by cell
	silent  bool  // whether what is ordered of the first pool from now on is never heard of
	unheard int   // how many of the first pool's are on order
	noWork  bool  // whether it is said that nothing waits and nothing runs
	policy  string
	events  []models.Event
	acted   map[int64]map[models.PoolID]bool // by cycle
	acts    []models.Order

	telemetryErr, workErr, eventsErr, stopsErr, diskErr error
	records                                             [][]byte // a head is nil, then its content
}

var errDown = errors.New("down")

func newWorld() *world {
	w := &world{borrowers: []string{"encoding"}, now: 1_444_003_200, demand: 1000, policy: greedy, acted: map[int64]map[models.PoolID]bool{}}
	for _, zone := range []string{"us-east-1a", "us-west-2a"} {
		w.pools = append(w.pools, models.Pool{Region: models.RegionOfZone(zone), Zone: zone, Type: "r3.4xlarge", Speed: 1000, Slots: 1})
	}
	w.reserved, w.inUse, w.held = []int32{100, 100}, []int32{90, 90}, make([]int, 2)
	return w
}

// greedy borrows all that it hears of, and never doubts it. Where launches are refused it goes elsewhere.
const greedy = "policy: greedy\navailability: {hold: demand, telemetry_age_max: 0s, telemetry_age_zero: 0s}\noverdraft: {}\nbackoff: {}\n"

func (w *world) setup(t testing.TB, safety Safety) Setup {
	set, err := policies.Parse("greedy.yaml", []byte(w.policy))
	if err != nil {
		t.Fatal(err)
	}
	return Setup{Pools: w.pools, Borrowers: w.borrowers, Policy: set, Safety: safety, Mode: Run, Telemetry: w, Work: w, Cloud: w, Stops: w,
		Journal: w, Clock: w, Patience: time.Minute}
}

func (w *world) driver(t testing.TB, safety Safety, off string) *Driver {
	d, err := New(w.setup(t, safety))
	if err != nil {
		t.Fatal(err)
	}
	d.safety.off, d.trust.off = off, off
	return d
}

// minutes runs as many cycles, one a minute.
func (w *world) minutes(d *Driver, n int) (last *Cycle) {
	for range n {
		w.pass(time.Minute)
		last = d.Cycle(context.Background())
	}
	return last
}

func (w *world) pass(d time.Duration) { w.now, w.passed = w.now.Add(d), w.passed+d }

func (w *world) Now() models.Instant   { return w.now }
func (w *world) Passed() time.Duration { return w.passed }

func (w *world) Reports(context.Context, models.Instant) ([]Report, error) {
	return []Report{{Source: w.source, AgeUnknown: w.ageUnknown, OccurredAt: w.now, Reserved: w.reserved, InUse: w.inUse}}, w.telemetryErr
}

func (w *world) Workload(_ context.Context, now models.Instant, into []models.Workload) error {
	for b := range into {
		if into[b] = (models.Workload{AsOf: now}); w.noWork {
			continue
		}
		into[b] = models.Workload{AsOf: now, Queued: [models.Classes]int32{max(0, w.demand-w.total())}, Running: min(w.demand, w.total())}
	}
	return w.workErr
}

func (w *world) InForce(models.Instant) (*StopFile, error) { return &w.stops, w.stopsErr }

func (w *world) total() (n int32) {
	for _, held := range w.held {
		n += int32(held)
	}
	return n
}

func (w *world) Since(_ context.Context, cursor int64) ([]models.Event, int64, error) {
	return w.events[cursor:], int64(len(w.events)), w.eventsErr
}

func (w *world) Act(_ context.Context, cycle int64, orders []models.Order) error {
	launch := orders[0].Kind == models.Launch
	key := cycle * 2
	if launch {
		key++
	}
	if w.acted[key] == nil {
		w.acted[key] = map[models.PoolID]bool{}
	}
	if w.acted[key][orders[0].Pool] {
		return nil
	}
	w.acted[key][orders[0].Pool] = true
	for _, o := range orders {
		w.acts = append(w.acts, o)
		for range o.N {
			if launch {
				w.launch(o.Pool)
			} else if w.held[o.Pool] > 0 {
				w.end(o.Pool, o.Cause)
			}
		}
	}
	return nil
}

func (w *world) event(e models.Event) {
	e.At, e.Instance, e.Job = w.now, models.InstanceID(len(w.events)), models.NoJob
	w.events = append(w.events, e)
}

func (w *world) launch(p models.PoolID) {
	w.held[p]++
	w.event(models.Event{Kind: models.Ordered, Pool: p, To: models.OnOrder})
	if w.silent && p == 0 {
		w.unheard++
		return
	}
	w.event(models.Event{Kind: models.Launched, Pool: p, From: models.OnOrder, To: models.Booting})
	w.event(models.Event{Kind: models.Ready, Pool: p, From: models.Booting, To: models.Idle})
}

func (w *world) end(p models.PoolID, cause models.Cause) {
	w.held[p]--
	if p == 0 && w.unheard > 0 {
		w.unheard--
		w.event(models.Event{Kind: models.Cancelled, Pool: p, From: models.OnOrder, Cause: cause})
		return
	}
	w.event(models.Event{Kind: models.Gone, Pool: p, From: models.Idle, Cause: cause})
}

func (w *world) Begin(head []byte) error {
	if w.diskErr == nil {
		w.records = append(w.records, nil, head)
	}
	return w.diskErr
}

func (w *world) Append(record []byte) error {
	if w.diskErr == nil {
		w.records = append(w.records, record)
	}
	return w.diskErr
}

func (w *world) String() string {
	return fmt.Sprintf("%s: held %v of %v, in use %v", w.now, w.held, w.reserved, w.inUse)
}
