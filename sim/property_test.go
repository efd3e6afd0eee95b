package sim

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"trough.internal/models"
	"trough.internal/models/settings"
	"trough.internal/policies"
)

// randomCase is a random market, workload, world and policy.
type randomCase struct {
	world    World
	changes  []models.CapacityChange
	jobs     []models.Job
	switches []models.Switch
	settings *policies.Settings
	calm     models.Instant // the owners change nothing from here on
}

func drawCase(t *rapid.T) *randomCase {
	c := new(randomCase)
	c.drawWorld(t)
	c.drawMarket(t)
	c.drawJobs(t)
	c.settings = drawPolicy(t)
	return c
}

func (c *randomCase) drawWorld(t *rapid.T) {
	n := func(name string, low, high int) int32 { return int32(rapid.IntRange(low, high).Draw(t, name)) }
	w := &c.world
	w.Borrowers = []string{"encoding"}
	w.Start, w.Until = 1443657600, 1443657600+models.Instant(n("length", 1, 4))*3600
	w.Seed = uint64(n("seed", 1, 1000))
	w.TelemetryEvery = []int32{1, 30, 60, 90}[n("telemetry every", 0, 3)]
	w.Lag = n("lag", 0, 300)
	w.Boot = Delay{Median: n("boot", 0, 400)}
	w.Boot.P95 = w.Boot.Median * 2
	w.Launch = Delay{Median: n("launch", 0, 60)}
	w.Notice = n("notice", 0, 300)
	w.DrainMost = []int32{Forever, 0, 120, 1800}[n("drain most", 0, 3)]
	w.Checkpoint = []int32{0, 1, 60, 600}[n("checkpoint", 0, 3)]
	w.Placement = Placement(n("placement", 0, 1))
	w.YieldOrder, w.DrainOrder = Order(n("yield order", 0, 1)), Order(n("drain order", 0, 1))
	if n("refusals", 0, 1) == 1 {
		w.Refused = 0.2
	}
	if n("transfer", 0, 1) == 1 {
		w.Transfer = &models.Transfer{Home: []string{rapid.SampledFrom([]string{"r0", "r1"}).Draw(t, "home")}, Price: 20_000,
			PerJob: models.Bytes(n("per job", 0, 2000)), PerSecond: models.Bytes(n("per second", 0, 30)), Rate: models.Bytes(n("rate", 1, 300))}
	}
	if n("api", 0, 1) == 1 {
		w.LaunchCalls, w.EndCalls = Bucket{Burst: n("burst", 1, 5), Rate: 0.5}, Bucket{Burst: n("end burst", 1, 5), Rate: 1}
	}
}

func (c *randomCase) drawMarket(t *rapid.T) { c.drawPools(t, rapid.IntRange(1, 4).Draw(t, "pools")) }

func (c *randomCase) drawPools(t *rapid.T, pools int) {
	w := &c.world
	for p := range pools {
		w.Pools = append(w.Pools, models.Pool{Region: fmt.Sprintf("r%d", p%2), Zone: fmt.Sprintf("r%da", p%2), Type: fmt.Sprint("t", p), OnDemand: 1e6,
			Speed: int32(rapid.SampledFrom([]int{1000, 500, 1730}).Draw(t, "speed")), Physical: int32(rapid.SampledFrom([]int{0, 0, 12}).Draw(t, "physical"))})
		c.changes = append(c.changes, models.CapacityChange{At: w.Start, Pool: models.PoolID(p), Reserved: 10, InUse: int32(rapid.IntRange(0, 10).Draw(t, "use"))})
	}
	c.calm = w.Start + (w.Until-w.Start)/2
	at := w.Start
	for at < c.calm && len(c.changes) < 60 {
		use := int32(rapid.IntRange(-1, 14).Draw(t, "use"))
		c.changes = append(c.changes, models.CapacityChange{At: at, Pool: models.PoolID(rapid.IntRange(0, pools-1).Draw(t, "pool")), Reserved: 10, InUse: use})
		at += models.Instant(rapid.IntRange(0, 900).Draw(t, "pause"))
	}
	if rapid.Bool().Draw(t, "base") {
		w.Pools = append(w.Pools, models.Pool{Region: "base", Zone: "base", Type: "b", Kind: models.Base, Speed: 1000})
		w.Base = []int32{int32(rapid.IntRange(1, 3).Draw(t, "base size"))}
	}
	if rapid.Bool().Draw(t, "evacuation") {
		on := w.Start + models.Instant(rapid.IntRange(0, 3000).Draw(t, "evacuated"))
		c.switches = []models.Switch{{At: on, On: true}, {At: on + models.Instant(rapid.IntRange(1, 3000).Draw(t, "for")), On: false}}
	}
}

func (c *randomCase) drawJobs(t *rapid.T) {
	at, group := c.world.Start, int32(0)
	for i := range rapid.IntRange(0, 60).Draw(t, "jobs") {
		at += models.Instant(rapid.SampledFrom([]int{0, 0, 0, 1, 59, 600}).Draw(t, "gap"))
		j := models.Job{ID: models.JobID(i), Arrival: at, Work: int32(rapid.IntRange(1, 9000).Draw(t, "work")), Class: models.Class(rapid.IntRange(0, 2).Draw(t, "class"))}
		switch rapid.IntRange(0, 5).Draw(t, "gate") {
		case 0:
			group++
			j.Group = group
		case 1:
			j.Group = group
		case 2:
			j.After, group = group, group+1 // a group that somebody waits for takes no more members
		}
		c.jobs = append(c.jobs, j)
	}
}

// drawPolicy takes the full policy apart at random.
func drawPolicy(t *rapid.T) *policies.Settings {
	set, err := policies.BuiltinSettings("full")
	if err != nil {
		t.Fatal(err)
	}
	set.Curfew.Windows[0].Pools = nil
	for _, cause := range set.Strategies() {
		if cause != models.ByAvailability && rapid.IntRange(0, 2).Draw(t, "without "+cause.String()) == 0 {
			if set, err = set.Without(cause); err != nil {
				t.Fatal(err)
			}
		}
	}
	set.Evaluate = []time.Duration{time.Second, 30 * time.Second, time.Minute, 5 * time.Minute}[rapid.IntRange(0, 3).Draw(t, "evaluate")]
	if set.Overdraft != nil {
		set.Overdraft.CoolOff = 0
	}
	if rapid.Bool().Draw(t, "limited") {
		set.Limits.BorrowedMax = int32(rapid.IntRange(1, 10).Draw(t, "limit"))
	}
	if set.Margin != nil {
		set.Margin.Share = settings.Share(0.1)
	}
	return set
}

func (c *randomCase) run(t *rapid.T, useHeap bool, sink models.Sink) (*Engine, Tally) {
	e := c.engine(t, useHeap, sink)
	tally, err := e.Run()
	if err != nil {
		t.Fatal(err)
	}
	return e, tally
}

func (c *randomCase) engine(t *rapid.T, useHeap bool, sink models.Sink) *Engine {
	policy, err := policies.New(c.settings)
	if err != nil {
		t.Fatal(err)
	}
	in := Inputs{Capacity: &once{window: models.Capacity{Changes: c.changes}}, Jobs: &batch{jobs: c.jobs}, Switches: c.switches}
	return New(c.world, in, policy, Options{Heap: useHeap, Sink: sink})
}

type eventList []models.Event

func (l *eventList) Event(e models.Event) { *l = append(*l, e) }

func TestTheWheelIsTheHeapEventForEvent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		var wheel, heap eventList
		_, a := c.run(t, false, &wheel)
		_, b := c.run(t, true, &heap)
		if a != b {
			t.Fatalf("wheel %+v, heap %+v", a, b)
		}
		for i := range wheel {
			if i >= len(heap) || wheel[i] != heap[i] {
				t.Fatalf("event %d differs: wheel %+v", i, wheel[i])
			}
		}
		if len(heap) != len(wheel) {
			t.Fatalf("the heap has %d events more", len(heap)-len(wheel))
		}
	})
}

func TestALedgerReplaysToTheSameState(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		var ledger eventList
		e, _ := c.run(t, false, &ledger)
		again := models.NewMarket(c.world.Pools, c.world.Borrowers)
		for i := range ledger {
			again.Apply(&ledger[i])
		}
		again.Now = e.Market().Now
		if !reflect.DeepEqual(again, e.Market()) {
			t.Fatalf("replayed %+v\nran %+v", again, e.Market())
		}
	})
}

// book follows every instance and job through the ledger.
type book struct {
	t       *rapid.T
	state   map[models.InstanceID]models.State
	began   map[models.InstanceID]models.Instant
	jobs    map[models.JobID]string
	seconds int64 // from launch to gone, of instances that are gone
	last    models.Instant
}

func (b *book) Event(e models.Event) {
	if e.At < b.last {
		b.t.Fatalf("time runs backwards: %+v", e)
	}
	b.last = e.At
	if e.Instance != models.NoInstance {
		if b.state[e.Instance] != e.From {
			b.t.Fatalf("instance %d is %s, not %s: %+v", e.Instance, b.state[e.Instance], e.From, e)
		}
		b.state[e.Instance] = e.To
	}
	switch e.Kind {
	case models.Launched:
		b.began[e.Instance] = e.At
	case models.Gone:
		b.seconds += int64(e.At - b.began[e.Instance])
		delete(b.began, e.Instance)
	case models.Arrived:
		b.step(e, "", "queued")
	case models.Started:
		b.step(e, "queued", "running")
	case models.Completed:
		b.step(e, "running", "completed")
	case models.Interrupted:
		b.step(e, "running", "interrupted")
	case models.Requeued:
		b.step(e, "interrupted", "queued")
	}
}

func (b *book) step(e models.Event, from, to string) {
	if b.jobs[e.Job] != from {
		b.t.Fatalf("job %d is %q, not %q: %+v", e.Job, b.jobs[e.Job], from, e)
	}
	b.jobs[e.Job] = to
}

// integral sums borrowed instances over time.
type integral struct {
	market  *models.Market
	seconds int64
}

func (g *integral) Event(e models.Event) {
	borrowed := int64(0)
	for p := range g.market.Lendable {
		borrowed += int64(g.market.Borrowed(models.PoolID(p)))
	}
	if g.market.Now != 0 {
		g.seconds += borrowed * int64(e.At-g.market.Now)
	}
	g.market.Apply(&e)
}

type both struct{ a, b models.Sink }

func (s both) Event(e models.Event) { s.a.Event(e); s.b.Event(e) }

func TestEveryInstanceAndJobIsAccountedFor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		b := &book{t: t, state: map[models.InstanceID]models.State{}, began: map[models.InstanceID]models.Instant{}, jobs: map[models.JobID]string{}}
		g := &integral{market: models.NewMarket(c.world.Pools, c.world.Borrowers)}
		e, tally := c.run(t, false, both{b, g})
		there := int64(0)
		for _, since := range b.began {
			there += int64(g.market.Now - since)
		}
		if g.seconds != b.seconds+there {
			t.Fatalf("instances lived %d s, the market counted %d", b.seconds+there, g.seconds)
		}
		count := map[string]int{}
		for _, state := range b.jobs {
			count[state]++
		}
		if count["completed"] != int(tally.Completed) || count["queued"] != e.queued || count["running"] != e.running || count["interrupted"] != 0 {
			t.Fatalf("%v; engine: %d completed, %d queued, %d running", count, tally.Completed, e.queued, e.running)
		}
		arrivedBy := 0
		for _, j := range c.jobs {
			if j.Arrival < c.world.Until {
				arrivedBy++
			}
		}
		if arrivedBy != len(b.jobs)+e.parked {
			t.Fatalf("%d jobs arrived, %d were queued, %d are parked", arrivedBy, len(b.jobs), e.parked)
		}
	})
}

// watch calls a function after every second in which something happened, with the market as it is then.
type watch struct {
	market *models.Market
	check  func(m *models.Market)
}

func (w *watch) Event(e models.Event) {
	if e.At != w.market.Now && w.market.Now != 0 {
		w.check(w.market)
	}
	w.market.Apply(&e)
}

func TestNothingIsBorrowedAboveTheLimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		limit := int32(rapid.IntRange(1, 10).Draw(t, "limit"))
		c.settings.Limits.BorrowedMax = limit
		c.run(t, false, &watch{models.NewMarket(c.world.Pools, c.world.Borrowers), func(m *models.Market) {
			sum := int32(0)
			for p := range m.Lendable {
				sum += m.Borrowed(models.PoolID(p)) + m.Count[models.OnOrder][p]
			}
			if sum > limit {
				t.Fatalf("%s: %d borrowed or on order, the limit is %d", m.Now, sum, limit)
			}
		}})
	})
}

// apiTime is the longest that calls to end everything may have to wait for the API.
func (c *randomCase) apiTime() models.Instant {
	if c.world.EndCalls.Rate == 0 {
		return 0
	}
	return models.Instant(float64(10*len(c.world.Pools)+60) / c.world.EndCalls.Rate)
}

func (c *randomCase) period() models.Instant {
	return models.Instant(c.settings.Evaluate / time.Second)
}

func TestOverdraftEndsWithinLagPeriodAPITimeAndNotice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		if c.settings.Overdraft == nil {
			c.settings.Overdraft = new(policies.Overdraft)
		}
		c.settings.Availability.TelemetryAgeMax, c.settings.Availability.TelemetryAgeZero = 24*time.Hour, 24*time.Hour
		last := c.changes[len(c.changes)-1].At
		bound := last + models.Instant(c.world.Lag) + models.Instant(c.world.TelemetryEvery) + c.period() + c.apiTime() + models.Instant(c.world.Notice)
		c.run(t, false, &watch{models.NewMarket(c.world.Pools, c.world.Borrowers), func(m *models.Market) {
			for p := range m.Lendable {
				if n := m.Overdraft(models.PoolID(p)); n > 0 && m.Now > bound {
					t.Fatalf("%s: still an overdraft of %d in %s, the owners' last change was %s, the bound is %s", m.Now, n, m.Pools[p].Name(), last, bound)
				}
			}
		}})
	})
}

func TestEvacuationLeavesNothingAfterPeriodAPITimeAndNotice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		c.settings.Evacuation = new(policies.Evacuation)
		on := c.world.Start + models.Instant(rapid.IntRange(0, 3000).Draw(t, "on"))
		c.switches = []models.Switch{{At: on, On: true}}
		bound := on + c.period() + c.apiTime() + models.Instant(c.world.Notice)
		c.run(t, false, &watch{models.NewMarket(c.world.Pools, c.world.Borrowers), func(m *models.Market) {
			for p := range m.Lendable {
				if n := m.Borrowed(models.PoolID(p)); n > 0 && m.Now > bound {
					t.Fatalf("%s: %d still borrowed of %s, evacuated at %s, the bound is %s", m.Now, n, m.Pools[p].Name(), on, bound)
				}
			}
		}})
	})
}
