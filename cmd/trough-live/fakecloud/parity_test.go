package fakecloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
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
// day, for every built-in policy, refused launches included. Ordinary tests have two of them.
func TestADayOfTheBacktestTakesTheSameDecisionsOverHTTP(t *testing.T) {
	names := []string{"full", "availability"}
	if testing.Short() {
		names = names[:1]
	}
	if os.Getenv("TROUGH_LONG") != "" {
		names = policies.Builtin()
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			p := newParity(t, livetest.Small(t, shared), livetest.Builtin(t, name))
			p.plainly(true)
			if p.cycles < 1440 || p.orders == 0 && name != "never" {
				t.Errorf("%d cycles with %d orders: nothing was compared", p.cycles, p.orders)
			}
		})
	}
}

// TestInstancesWithoutGroupsTakeTheSameDecisionsOverHTTP: likewise with RunInstances and TerminateInstances, on the driver's own cloud
// without refusals (see amazon).
func TestInstancesWithoutGroupsTakeTheSameDecisionsOverHTTP(t *testing.T) {
	names := []string{"broker"}
	if os.Getenv("TROUGH_LONG") != "" {
		names = policies.Builtin()
	}
	for _, name := range names {
		t.Run("plain/"+name, func(t *testing.T) { newParity(t, livetest.Small(t, shared), livetest.Builtin(t, name)).plainly(false) })
		t.Run("own/"+name, func(t *testing.T) {
			p := newParity(t, livetest.Small(t, shared), livetest.Builtin(t, name))
			p.built.World.Refused, p.alone = 0, true
			p.run(p.amazon)
			t.Logf("%d cycles, %d orders, %d swaps", p.cycles, p.orders, p.backtest.Swaps)
		})
	}
}

// TestAWeekOfTheBacktestTakesTheSameDecisionsOverHTTP: likewise for a week, of a larger market, and on the driver's own cloud, where
// no launch is refused (see amazon).
func TestAWeekOfTheBacktestTakesTheSameDecisionsOverHTTP(t *testing.T) {
	if os.Getenv("TROUGH_LONG") == "" {
		t.Skip("takes minutes for each policy: set TROUGH_LONG=1")
	}
	for _, name := range policies.Builtin() {
		t.Run("plain/"+name, func(t *testing.T) {
			newParity(t, livetest.Week(t, 0, 7*24*time.Hour), livetest.Builtin(t, name)).plainly(true)
		})
		t.Run("own/"+name, func(t *testing.T) {
			built := livetest.Week(t, 0, 7*24*time.Hour)
			built.World.Refused = 0
			p := newParity(t, built, livetest.Builtin(t, name))
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

	alone bool // instances are launched by RunInstances, of which the driver hears at once

	// With faults.
	hazard  *hazard
	faults  []Fault
	ended   int    // instances that nobody told to
	refused int32  // launches
	signals int    // cycles in which the driver told of something that it does not know, or that went wrong
	latest  string // of them
	differs int    // cycles that differ from the plain backtest's
	first   string // of them, and why
}

// turn is what a plain backtest observed, decided and ordered at one evaluation.
type turn struct{ obs, dec, orders string }

func newParity(t *testing.T, built *sim.Built, set *policies.Settings) *parity {
	return &parity{t: t, built: built, set: set, policy: livetest.Made(t, set)}
}

// runPlain runs the plain backtest.
func (p *parity) runPlain() {
	in, err := p.built.Inputs()
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := sim.New(p.built.World, in, livetest.Made(p.t, p.set), sim.Options{Decisions: p}).Run(); err != nil {
		p.t.Fatal(err)
	}
}

// Decision keeps a turn of the plain backtest.
func (p *parity) Decision(obs *models.Observation, dec *models.Decision) {
	p.plain = append(p.plain, p.turnOf(obs, dec, policies.Plan(obs, dec, p.policy.Limits(), nil)))
}

// turnOf is a turn, its observation without what never changes.
func (p *parity) turnOf(obs *models.Observation, dec *models.Decision, orders []models.Order) turn {
	o := *obs
	o.Pools = nil
	if p.alone { // Note: RunInstances answers with instances, which are booting then and not on order
		o.OnOrder, o.Booting, o.Launched = nil, slices.Clone(obs.Booting), nil
		for cell := range o.Booting {
			o.Booting[cell] += obs.OnOrder[cell]
		}
	}
	return turn{jsonOf(o), jsonOf(dec), jsonOf(orders)}
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
	p.runPlain()
	w := &p.built.World
	p.backtest = NewBacktest(w, p.built.Lendable(), livetest.Made(p.t, p.set))
	p.server = New(p.backtest)
	p.server.Fail(1, p.faults...)
	p.backtest.Cycle, p.backtest.Lenient = p.cycle, p.hazard != nil
	pools := w.Pools[:p.built.Lendable()]
	p.work = &source.Workload{Get: p.getter("/workload"), Borrowers: w.Borrowers}
	var err error
	p.driver, err = drive.New(drive.Setup{Pools: w.Pools, Borrowers: w.Borrowers, Policy: p.set, Safety: livetest.Believing(), Mode: drive.Run,
		Telemetry: &source.Spinnaker{Get: p.getter("/reports/reservation/v2_5"), Asked: source.Asked{Pools: pools, OS: "LINUX", Borrower: "encode", Accounts: []string{"prod", "encode"}}},
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

// getter gets a document as source.Client does, on the simulator's time: it takes no answer but 200, and does not trust the ages of one
// whose clock is not ours.
func (p *parity) getter(path string) func(context.Context) ([]byte, error) {
	return func(ctx context.Context) ([]byte, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://internal"+path, nil)
		if err != nil {
			return nil, err
		}
		answer, err := p.server.Transport().RoundTrip(r)
		if err != nil {
			return nil, err
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusOK {
			return nil, errors.Join(err, fmt.Errorf("status %d", answer.StatusCode))
		}
		return text, source.CheckClock(answer.Header.Get("Date"), p.Now().UTC(), p.Now().UTC(), time.Minute)
	}
}

// Now and Passed make the test the driver's clock: the simulator's.
func (p *parity) Now() models.Instant   { return p.backtest.Now() }
func (p *parity) Passed() time.Duration { return p.backtest.Now().Sub(p.built.World.Start) }

// cycle holds the driver's cycle against the plain backtest's.
func (p *parity) cycle(obs *models.Observation) error {
	p.disturb()
	c := p.driver.Cycle(context.Background())
	p.cycles++
	p.orders += len(c.Orders)
	if p.t.Failed() {
		return nil
	}
	want, got := p.plain[p.cycles-1], p.turnOf(c.Obs, c.Decided, c.Orders)
	if p.hazard != nil {
		p.explain(&want, &got, c)
		return nil
	}
	if _, made := p.backtest.Usage(); made && len(c.Notes) > 0 || !c.Acted {
		p.t.Errorf("%s: acted %t, notes %q", obs.Now, c.Acted, c.Notes)
	}
	p.same("observation", want.obs, got.obs)
	p.same("decision", want.dec, got.dec)
	if p.cycles > 1 { // the first evaluation of a driver holds: nothing that a backtest does
		p.same("orders", want.orders, got.orders)
	}
	return nil
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
