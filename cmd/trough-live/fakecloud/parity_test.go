package fakecloud

import (
	"context"
	"encoding/json"
	"os"
	"testing"
	"time"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/cmd/trough-live/livetest"
	"trough.internal/cmd/trough-live/source"
	"trough.internal/models"
	"trough.internal/policies"
	"trough.internal/sim"
)

const shared = "../../../testdata"

// TestADayOfTheBacktestTakesTheSameDecisionsOverHTTP: clouddriver's report, the workload document and descriptions of groups and
// instances tell the driver what the simulator knows, and its calls are the orders that a plain backtest gives: in every cycle of the
// day, for every built-in policy, refused launches included.
func TestADayOfTheBacktestTakesTheSameDecisionsOverHTTP(t *testing.T) {
	names := policies.Builtin()
	if testing.Short() {
		names = []string{"full"}
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			p := newParity(t, livetest.Small(t, shared), name)
			p.plainly(true)
			if p.cycles < 1440 || p.orders == 0 && name != "never" {
				t.Errorf("%d cycles with %d orders: nothing was compared", p.cycles, p.orders)
			}
		})
	}
}

// TestInstancesWithoutGroupsTakeTheSameDecisionsOverHTTP: likewise with RunInstances and TerminateInstances.
func TestInstancesWithoutGroupsTakeTheSameDecisionsOverHTTP(t *testing.T) {
	names := []string{"broker"}
	if os.Getenv("TROUGH_LONG") != "" {
		names = policies.Builtin()
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) { newParity(t, livetest.Small(t, shared), name).plainly(false) })
	}
}

// TestAWeekOfTheBacktestTakesTheSameDecisionsOverHTTP: likewise for a week, of a larger market, and on the driver's own cloud, where
// no launch is refused (see amazon).
func TestAWeekOfTheBacktestTakesTheSameDecisionsOverHTTP(t *testing.T) {
	if os.Getenv("TROUGH_LONG") == "" {
		t.Skip("takes minutes for each policy: set TROUGH_LONG=1")
	}
	for _, name := range policies.Builtin() {
		t.Run("plain/"+name, func(t *testing.T) { newParity(t, livetest.Week(t, 0, 7*24*time.Hour), name).plainly(true) })
		t.Run("own/"+name, func(t *testing.T) {
			built := livetest.Week(t, 0, 7*24*time.Hour)
			built.World.Refused = 0
			p := newParity(t, built, name)
			p.run(p.amazon)
			t.Logf("%d cycles, %d orders, %d swaps", p.cycles, p.orders, p.backtest.Swaps)
		})
	}
}

// parity is a plain backtest, and a driver that acts on another one of the same scenario by way of the servers.
type parity struct {
	t        *testing.T
	built    *sim.Built
	policy   policies.Policy
	set      *policies.Settings
	plain    []turn
	backtest *Backtest
	server   *Server
	driver   *drive.Driver
	work     *source.Workload

	cycles, orders int

	// With faults.
	faults  []Fault
	unknown int // the first cycle in which the driver told of something that it does not know
	differs int // cycles that differ from the plain backtest's
}

// turn is what a plain backtest observed, decided and ordered at one evaluation.
type turn struct{ obs, dec, orders string }

// newParity runs the plain backtest.
func newParity(t *testing.T, built *sim.Built, name string) *parity {
	p := &parity{t: t, built: built}
	var err error
	if p.set, err = policies.BuiltinSettings(name); err != nil {
		t.Fatal(err)
	}
	p.policy = p.made()
	in, err := built.Inputs()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sim.New(built.World, in, p.made(), sim.Options{Decisions: p}).Run(); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *parity) made() policies.Policy {
	policy, err := policies.New(p.set)
	if err != nil {
		p.t.Fatal(err)
	}
	return policy
}

// Decision keeps a turn of the plain backtest.
func (p *parity) Decision(obs *models.Observation, dec *models.Decision) {
	p.plain = append(p.plain, turn{seenOf(obs), jsonOf(dec), jsonOf(policies.Plan(obs, dec, p.policy.Limits(), nil))})
}

// seenOf is an observation without what never changes.
func seenOf(obs *models.Observation) string {
	o := *obs
	o.Pools = nil
	return jsonOf(o)
}

func jsonOf(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // ours: columns of numbers
	}
	return string(text)
}

// plainly runs the driver with a plain cloud.
func (p *parity) plainly(groups bool) {
	p.run(func(b *Backtest, s *Server) drive.Cloud { return newPlainCloud(p.t, s.Transport(), b, groups) })
	p.t.Logf("%d cycles, %d orders, %d swaps", p.cycles, p.orders, p.backtest.Swaps)
}

func (p *parity) run(cloud func(*Backtest, *Server) drive.Cloud) {
	w := &p.built.World
	p.backtest = NewBacktest(w, p.built.Lendable(), p.made())
	p.server = New(p.backtest)
	p.server.Fail(1, p.faults...)
	p.backtest.Cycle, p.backtest.Lenient = p.cycle, p.faults != nil
	pools := w.Pools[:p.built.Lendable()]
	get := func(path string) func(context.Context) ([]byte, error) {
		c := client{p.t, p.server.Transport(), ""}
		return func(context.Context) ([]byte, error) {
			_, text, err := c.do("GET", "http://internal"+path, map[string][]string{}, "")
			return []byte(text), err
		}
	}
	p.work = &source.Workload{Get: get("/workload"), Borrowers: w.Borrowers}
	var err error
	p.driver, err = drive.New(drive.Setup{Pools: w.Pools, Borrowers: w.Borrowers, Policy: p.set, Safety: livetest.Believing(), Mode: drive.Run,
		Telemetry: &source.Spinnaker{Get: get("/reports/reservation/v2_5"), Asked: source.Asked{Pools: pools, OS: "LINUX", Borrower: "encode", Accounts: []string{"prod", "encode"}}},
		Work:      p.work,
		Cloud:     cloud(p.backtest, p.server), Journal: noJournal{}, Clock: p, Patience: time.Minute})
	if err != nil {
		p.t.Fatal(err)
	}
	in, err := p.built.Inputs()
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := p.backtest.Run(in, sim.Options{}); err != nil {
		p.t.Error(err)
	}
}

// Now and Passed make the test the driver's clock: the simulator's.
func (p *parity) Now() models.Instant   { return p.backtest.Now() }
func (p *parity) Passed() time.Duration { return p.backtest.Now().Sub(p.built.World.Start) }

// cycle holds the driver's cycle against the plain backtest's.
func (p *parity) cycle(obs *models.Observation) error {
	c := p.driver.Cycle(context.Background())
	p.cycles++
	p.orders += len(c.Orders)
	if p.t.Failed() {
		return nil
	}
	want := p.plain[p.cycles-1]
	if p.faults != nil {
		p.explain(&want, c)
		return nil
	}
	if _, made := p.backtest.Usage(); made && len(c.Notes) > 0 || !c.Acted {
		p.t.Errorf("%s: acted %t, notes %q", obs.Now, c.Acted, c.Notes)
	}
	p.same("observation", want.obs, seenOf(c.Obs))
	p.same("decision", want.dec, jsonOf(c.Decided))
	if p.cycles > 1 { // the first evaluation of a driver holds: nothing that a backtest does
		p.same("orders", want.orders, jsonOf(c.Orders))
	}
	return nil
}

// explain asks for the reason of a difference: the driver says in this cycle or before that something is not known, or knows that what
// it knows is old.
func (p *parity) explain(want *turn, c *drive.Cycle) {
	age := time.Duration(p.built.World.Lag+p.built.World.TelemetryEvery) * time.Second
	if _, made := p.backtest.Usage(); made && p.unknown == 0 && (len(c.Notes) > 0 || c.Obs.Age(0) >= age || c.Obs.Workload[0].AsOf < c.Now) {
		p.unknown = p.cycles
	}
	if p.cycles == 1 || want.obs == seenOf(c.Obs) && want.dec == jsonOf(c.Decided) && want.orders == jsonOf(c.Orders) {
		return
	}
	p.differs++
	if p.unknown == 0 {
		p.same("observation without anything unknown", want.obs, seenOf(c.Obs))
		p.same("decision without anything unknown", want.dec, jsonOf(c.Decided))
		p.same("orders without anything unknown", want.orders, jsonOf(c.Orders))
	}
}

func (p *parity) same(what, want, got string) {
	if want != got {
		at := 0
		for at < min(len(want), len(got)) && want[at] == got[at] {
			at++
		}
		cut := func(s string) string { return s[max(0, at-200):min(len(s), at+100)] }
		p.t.Errorf("%s: cycle %d: %s:\n...%s...\nin the backtest\n...%s...\nover HTTP", p.backtest.Now(), p.cycles, what, cut(want), cut(got))
	}
}

// noJournal keeps nothing: that journals say what happened is shown in package drive.
type noJournal struct{}

func (noJournal) Begin([]byte) error  { return nil }
func (noJournal) Append([]byte) error { return nil }
