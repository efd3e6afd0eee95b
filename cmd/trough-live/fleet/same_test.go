package fleet

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"trough.internal/models"
	"trough.internal/policies"
	"trough.internal/sim"
)

// swing is a market in which much yields in every way.
const swing = `scenario: swing
from: 2015-10-05T00:00:00Z
length: 24h
workload_w: {jobs: 4000, pools: 5, days: 2}
telemetry: {every: 1m, lag: 0s}
launches:
  latency: {median: 90s, p95: 3m}
  boot: {median: 4m, p95: 8m}
policy: never
`

// TestOrdersMeanTheInstancesThatTheSimulatorTakes: in a day of a backtest whose reservation swings, the ledger follows every event, is
// given every evaluation's orders, and picks the instances that the engine then picks.
func TestOrdersMeanTheInstancesThatTheSimulatorTakes(t *testing.T) {
	for _, yields := range []string{"{notice: 2m}", "{notice: 2m, order: oldest-start, drain_order: newest-start}"} {
		s, err := sim.ParseScenario("swing.yaml", []byte(swing+"yields: "+yields+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		built, err := s.Build(nil)
		if err != nil {
			t.Fatal(err)
		}
		in, err := built.Inputs()
		if err != nil {
			t.Fatal(err)
		}
		set, err := policies.Parse("swing", []byte("policy: swing\navailability: {hold: demand}\noverdraft: {}\n"))
		if err != nil {
			t.Fatal(err)
		}
		policy, err := policies.New(set)
		if err != nil {
			t.Fatal(err)
		}
		w := &built.World
		places := make([]Place, len(w.Pools)*len(w.Borrowers))
		for i := range places {
			places[i] = Place{Region: w.Pools[i].Region, Group: fmt.Sprint("group ", i)}
		}
		rules := rules()
		if strings.Contains(yields, "order") {
			rules.Order, rules.DrainOrder = "oldest-start", "newest-start"
		}
		m := &mirror{t: t, l: New("test", w.Pools, w.Borrowers, places, rules), policy: policy, took: map[models.EventKind]int{}, rows: map[models.InstanceID]*Instance{}}
		if _, err := sim.New(*w, in, policy, sim.Options{Sink: m, Decisions: m}).Run(); err != nil {
			t.Fatal(err)
		}
		m.compare()
		for _, kind := range []models.EventKind{models.Cancelled, models.Kept, models.Draining, models.Yielding, models.Gone} {
			if m.took[kind] < 10 {
				t.Errorf("yields %s: %d instances were %s: nothing was compared", yields, m.took[kind], kind)
			}
		}
		t.Log(m.took)
	}
}

// mirror is a ledger that follows a backtest.
type mirror struct {
	t      *testing.T
	l      *Ledger
	policy policies.Policy
	cycle  int64
	rows   map[models.InstanceID]*Instance

	at     models.Instant
	took   map[models.EventKind]int
	picked []models.InstanceID // by the ledger
	taken  []models.InstanceID // by the engine
}

// Decision asks the ledger what the orders mean, before the engine carries them out.
func (m *mirror) Decision(obs *models.Observation, dec *models.Decision) {
	m.compare()
	m.at, m.picked, m.taken = obs.Now, nil, nil
	m.cycle++
	orders := policies.Plan(obs, dec, m.policy.Limits(), nil)
	for len(orders) > 0 {
		n := 1
		for n < len(orders) && orders[n].Pool == orders[0].Pool && (orders[n].Kind == models.Launch) == (orders[0].Kind == models.Launch) {
			n++
		}
		own := &m.l.cells[orders[0].Pool]
		own.fresh, own.group = true, Group{Known: true, Max: 1e6}
		for _, r := range own.list {
			own.group.Desired++
			if r.State != models.OnOrder {
				own.group.Members = append(own.group.Members, Member{ID: r.ID})
			}
			r.Tagged, r.Member, r.Idle = true, true, 1
		}
		calls, err := m.l.Calls(obs.Now, m.cycle, 0, orders[:n])
		if err != nil {
			m.t.Fatal(err)
		}
		for _, c := range calls {
			for _, r := range c.rows {
				m.picked = append(m.picked, r.Number)
			}
		}
		orders = orders[n:]
	}
}

// Event follows, and notes which instances an order took.
func (m *mirror) Event(e models.Event) {
	if e.Kind < models.Ordered || int(e.Pool) >= len(m.l.pools) || m.l.pools[e.Pool].Kind != models.Surplus {
		return
	}
	r := m.rows[e.Instance]
	switch e.Kind {
	case models.Ordered:
		r = &Instance{Number: e.Instance, Cell: int(e.Pool)}
		m.rows[e.Instance] = r
		m.l.cells[r.Cell].list = append(m.l.cells[r.Cell].list, r)
		m.l.move(e.At, r, e.Kind, e.To, e.Cause)
		return
	case models.Launched:
		r.ID = fmt.Sprint("i-", r.Number)
	case models.Started:
		m.l.step++
		r.Started = m.l.step
	case models.Completed, models.Interrupted:
		r.Started = 0
	case models.Cancelled, models.Kept, models.Draining, models.Yielding:
		m.take(e)
	case models.Gone:
		if r.State == models.Booting || r.State == models.Idle {
			m.take(e)
		}
	}
	m.l.move(e.At, r, e.Kind, e.To, e.Cause)
}

func (m *mirror) take(e models.Event) {
	if e.At == m.at {
		m.taken = append(m.taken, e.Instance)
		m.took[e.Kind]++
	}
}

func (m *mirror) compare() {
	slices.Sort(m.picked)
	slices.Sort(m.taken)
	if !slices.Equal(m.picked, m.taken) && !m.t.Failed() {
		m.t.Errorf("%s: the ledger picks %v, the engine takes %v", m.at, m.picked, m.taken)
	}
}
