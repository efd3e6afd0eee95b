package drive_test

import (
	"context"
	"encoding/json"
	"slices"
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
				built := livetest.Small(t, shared)
				built.World.Lag = int32(lag / time.Second)
				newParity(t, built, livetest.Builtin(t, name)).whole(t, name != "never")
			})
		}
	}
}

// refused are the policies of the project that a live driver does not take, and what it says.
var refused = map[string]string{
	"scenario appneta-2013":          "policy daemon: scaling: live, instances are only borrowed, and none are bought yet",
	"scenario appneta-recorded-2015": "policy daemon: scaling: live, instances are only borrowed, and none are bought yet",
	"scenario appneta-recorded-2016": "policy daemon: scaling: live, instances are only borrowed, and none are bought yet",
	"scenario appneta-recorded-2020": "policy daemon: scaling: live, instances are only borrowed, and none are bought yet",
	"scenario appneta-recorded-2021": "policy daemon: scaling: live, instances are only borrowed, and none are bought yet",
	"scenario shufflr-2012":          "policy spot-scaler: billed_hour: live, nobody says yet when an instance's hour ends",
	"scenario shufflr-recorded-2015": "policy spot-scaler: billed_hour: live, nobody says yet when an instance's hour ends",
	"scenario shufflr-recorded-2016": "policy spot-scaler: billed_hour: live, nobody says yet when an instance's hour ends",
	"scenario shufflr-recorded-2020": "policy spot-scaler: workers: live, instances are only borrowed, and none are bought yet",
	"scenario shufflr-recorded-2021": "policy spot-scaler: workers: live, instances are only borrowed, and none are bought yet",
}

// TestEveryPolicyOfTheProjectDecidesLiveAsItDoesInABacktest: likewise for policies of files, of scenarios and of experiments, one of them
// of several borrowers; or the driver refuses the policy, in one line.
func TestEveryPolicyOfTheProjectDecidesLiveAsItDoesInABacktest(t *testing.T) {
	for _, policy := range livetest.Policies(t, shared) {
		if slices.Contains(policies.Builtin(), policy.Name) {
			continue // the test above has it
		}
		t.Run(policy.Name, func(t *testing.T) {
			if policy.Buys() {
				if _, err := drive.New(drive.Setup{Policy: policy.Settings}); err == nil || err.Error() != refused[policy.Name] {
					t.Errorf("it says %v: expected %q", err, refused[policy.Name])
				}
				return
			}
			newParity(t, policy.Day(t, shared), policy.Settings).whole(t, true)
		})
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

func newParity(t *testing.T, built *sim.Built, set *policies.Settings) *parity {
	w := &built.World
	in, err := built.Inputs()
	if err != nil {
		t.Fatal(err)
	}
	pools := w.Pools[:built.Lendable()]
	keys := make([]models.PoolKey, len(pools))
	for i := range pools {
		keys[i] = models.PoolKey{Region: pools[i].Region, Zone: pools[i].Zone, Type: pools[i].Type}
	}
	telemetry, err := source.NewReplay(in.Capacity, keys, w.Until, pools, w.Start, time.Duration(w.TelemetryEvery)*time.Second, time.Duration(w.Lag)*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	p := &parity{t: t, built: built, policy: livetest.Made(t, set), feed: new(feed), clock: &clock{now: w.Start}, journal: memory.New()}
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

// whole runs all of it, and decides the journal again.
func (p *parity) whole(t *testing.T, borrows bool) {
	p.run(t)
	if least := int(p.built.World.Until.Sub(p.built.World.Start) / p.driver.Every()); p.cycles < least {
		t.Errorf("%d cycles: expected %d", p.cycles, least)
	}
	if (p.orders > 0) != borrows {
		t.Errorf("%d orders in %d cycles: expected any: %t", p.orders, p.cycles, borrows)
	}
	verdict, err := drive.Verify(p.journal)
	if err != nil || verdict.First != nil || verdict.Cycles != int64(p.cycles) || verdict.Orders != int64(p.orders) {
		t.Errorf("the journal of %d cycles and %d orders: %+v, %v", p.cycles, p.orders, verdict, err)
	}
	t.Logf("%d cycles, %d orders, %d events", p.cycles, p.orders, p.events)
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
	if e.Kind != models.OwnersChanged {
		p.feed.events = append(p.feed.events, e)
		p.events++
	}
}

// Decision holds the driver's cycle against the backtest's.
func (p *parity) Decision(obs *models.Observation, dec *models.Decision) {
	p.clock.now, p.clock.passed = obs.Now, time.Duration(obs.Now-p.built.World.Start)*time.Second
	p.feed.work = obs.Workload
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

// feed is the encoding system and the cloud, as the backtest has them.
type feed struct {
	events []models.Event
	work   []models.Workload // by borrower
}

func (f *feed) Act(context.Context, int64, []models.Order) error { return nil }

func (f *feed) Since(_ context.Context, cursor int64) ([]models.Event, int64, error) {
	return f.events[cursor:], int64(len(f.events)), nil
}

func (f *feed) Workload(_ context.Context, _ models.Instant, into []models.Workload) error {
	copy(into, f.work)
	return nil
}

// clock is set by hand.
type clock struct {
	now    models.Instant
	passed time.Duration
}

func (c *clock) Now() models.Instant   { return c.now }
func (c *clock) Passed() time.Duration { return c.passed }
