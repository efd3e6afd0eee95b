package drive_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/cmd/trough-live/journal"
	"trough.internal/cmd/trough-live/journal/memory"
	"trough.internal/cmd/trough-live/livetest"
	"trough.internal/cmd/trough-live/source"
	"trough.internal/models"
	"trough.internal/policies"
	"trough.internal/sim"
	"trough.internal/traces"
)

const shared = "../../../testdata"

// TestADayOfTheBacktestTakesTheSameDecisionsLive: the driver reads the same trace, is told the same events and the same work, and
// decides and orders the same in every cycle of the day, for every built-in policy.
func TestADayOfTheBacktestTakesTheSameDecisionsLive(t *testing.T) {
	lags := []time.Duration{time.Minute, 0, 4 * time.Minute}
	if testing.Short() {
		lags = lags[:1]
	}
	for _, name := range policies.Builtin() {
		for _, lag := range lags {
			t.Run(name+"/"+lag.String(), func(t *testing.T) {
				p := newParity(t, name, lag)
				p.run(t)
				if p.cycles < 1440 {
					t.Errorf("%d cycles, want those of a day", p.cycles)
				}
				if p.orders == 0 && name != "never" {
					t.Errorf("no orders in %d cycles: nothing was compared", p.cycles)
				}
				verdict, err := drive.Verify(p.journal)
				if err != nil || verdict.First != nil || verdict.Cycles != int64(p.cycles) || verdict.Orders != int64(p.orders) {
					t.Errorf("the journal of %d cycles and %d orders: %+v, %v", p.cycles, p.orders, verdict, err)
				}
				t.Logf("%d cycles, %d orders, %d events", p.cycles, p.orders, p.events)
			})
		}
	}
}

// parity runs the driver inside a backtest: whenever that has decided, the driver does.
type parity struct {
	t       *testing.T
	built   *sim.Built
	policy  policies.Policy // the backtest's
	driver  *drive.Driver
	feed    *feed
	clock   *clock
	journal *memory.Folder

	cycles, orders, events int

	then func(*drive.Cycle) // hears of every cycle; nil is nobody
}

func newParity(t *testing.T, name string, lag time.Duration) *parity {
	built := livetest.Small(t, shared)
	built.World.Lag = int32(lag / time.Second)
	set, err := policies.BuiltinSettings(name)
	if err != nil {
		t.Fatal(err)
	}
	policy, err := policies.New(set)
	if err != nil {
		t.Fatal(err)
	}
	w := &built.World
	trace, err := traces.OpenCapacity(filepath.Join(shared, "traces/small-capacity.csv"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { trace.Close() })
	_, until := trace.Span()
	telemetry, err := source.NewReplay(trace, trace.Pools(), until, w.Pools[:built.Lendable()], w.Start, time.Duration(w.TelemetryEvery)*time.Second, lag)
	if err != nil {
		t.Fatal(err)
	}
	p := &parity{t: t, built: built, policy: policy, feed: newFeed(w), clock: &clock{now: w.Start}, journal: memory.New()}
	disk, err := journal.Open(p.journal)
	if err != nil {
		t.Fatal(err)
	}
	p.driver, err = drive.New(drive.Setup{Pools: w.Pools, Borrowers: w.Borrowers, Policy: set, Safety: livetest.Believing(), Mode: drive.Run,
		Telemetry: telemetry, Work: p.feed, Cloud: p.feed, Journal: disk, Clock: p.clock, Patience: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *parity) run(t *testing.T) {
	in, err := p.built.Inputs()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sim.New(p.built.World, in, p.policy, sim.Options{Sink: p, Decisions: p}).Run(); err != nil {
		t.Fatal(err)
	}
}

// Event takes the backtest's event for the driver's next cycle. What owners do it learns from reports.
func (p *parity) Event(e models.Event) {
	p.feed.market.Apply(&e)
	p.feed.count(&e)
	if e.Kind != models.OwnersChanged {
		p.feed.events = append(p.feed.events, e)
		p.events++
	}
}

// Decision holds the driver's cycle against the backtest's.
func (p *parity) Decision(obs *models.Observation, dec *models.Decision) {
	p.clock.now, p.clock.passed = obs.Now, time.Duration(obs.Now-p.built.World.Start)*time.Second
	c := p.driver.Cycle(context.Background())
	p.cycles++
	if p.then != nil {
		p.then(c)
	}
	if p.t.Failed() {
		return
	}
	if len(c.Notes) > 0 || !c.Acted {
		p.t.Errorf("%s: acted %t, notes %q", obs.Now, c.Acted, c.Notes)
	}
	p.same("observation", obs, c.Obs)
	p.same("decision", dec, c.Decided)
	if p.cycles == 1 {
		return // the first evaluation of a driver holds: nothing that a backtest does
	}
	p.same("target after the rules", dec.Target, c.Guarded.Target)
	orders := policies.Plan(obs, dec, p.policy.Limits(), nil)
	p.same("orders", orders, c.Orders)
	p.orders += len(orders)
}

func (p *parity) same(what string, want, got any) {
	a, err := json.Marshal(want)
	if err != nil {
		p.t.Fatal(err)
	}
	b, _ := json.Marshal(got)
	if string(a) != string(b) {
		p.t.Errorf("%s: cycle %d: %s:\n%s in the backtest\n%s live", p.clock.now, p.cycles, what, a, b)
	}
}

// feed is the encoding system and the cloud, as the backtest's events have them.
type feed struct {
	market *models.Market
	events []models.Event
	busy   [models.Classes]int32 // jobs on borrowed instances that stay
	class  map[models.InstanceID]models.Class
}

func newFeed(w *sim.World) *feed {
	return &feed{market: models.NewMarket(w.Pools, w.Borrowers), class: map[models.InstanceID]models.Class{}}
}

func (f *feed) count(e *models.Event) {
	if e.Kind < models.Ordered || int(e.Pool) >= f.market.Lendable {
		return
	}
	if e.Kind == models.Started {
		f.class[e.Instance] = e.Class
	}
	if e.From == models.Busy {
		f.busy[f.class[e.Instance]]--
	}
	if e.To == models.Busy {
		f.busy[f.class[e.Instance]]++
	}
}

func (f *feed) Act(context.Context, int64, []models.Order) error { return nil }

func (f *feed) Since(_ context.Context, cursor int64) ([]models.Event, int64, error) {
	return f.events[cursor:], int64(len(f.events)), nil
}

func (f *feed) Workload(_ context.Context, now models.Instant, into []models.Workload) error {
	m := f.market
	w := models.Workload{AsOf: now, Queued: m.Queued, Work: m.QueuedWork, RunningBy: f.busy}
	for p := m.Lendable; p < len(m.Pools); p++ {
		w.BaseBusy += m.Count[models.Busy][m.Cell(models.PoolID(p), 0)]
		w.BaseIdle += m.Count[models.Idle][m.Cell(models.PoolID(p), 0)]
	}
	for _, n := range f.busy {
		w.Running += n
	}
	into[0] = w
	return nil
}

// clock is set by hand.
type clock struct {
	now    models.Instant
	passed time.Duration
}

func (c *clock) Now() models.Instant   { return c.now }
func (c *clock) Passed() time.Duration { return c.passed }
