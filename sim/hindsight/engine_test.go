package hindsight_test

import (
	"fmt"
	"io"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"trough.internal/models"
	"trough.internal/policies"
	"trough.internal/report/measure"
	"trough.internal/sim"
	"trough.internal/sim/hindsight"
)

var ratios = []float64{0, 0.5, 1, 4, 50, math.Inf(1)}

// whim holds what it was told for each minute, whatever the surplus: it knows the future by chance.
type whim struct {
	hindsight.Policy                // what it does not say itself
	targets, keeps   []int32        // by minute, then pool
	start            models.Instant //
}

func (w *whim) Every() time.Duration { return time.Minute }

func (w *whim) Decide(obs *models.Observation, out *models.Decision) {
	out.Reset()
	for p := range obs.Pools {
		i := (int(obs.Now-w.start)/60*len(obs.Pools) + p) % len(w.targets)
		out.Target[p*len(obs.Borrowers)] = w.targets[i]
		if w.keeps[i] >= 0 {
			out.Keep[p*len(obs.Borrowers)] = w.keeps[i]
		}
	}
}

// market is a small random market with its inputs.
type market struct {
	world   sim.World
	changes []models.CapacityChange
	jobs    []models.Job
}

func drawMarket(t *rapid.T) *market {
	n := func(name string, low, high int) int32 { return int32(rapid.IntRange(low, high).Draw(t, name)) }
	m := &market{}
	w := &m.world
	w.Borrowers = []string{"encoding", "qa"}[:n("borrowers", 1, 2)]
	w.BorrowerOf[models.QA] = models.BorrowerID(len(w.Borrowers) - 1)
	w.Start, w.Until = 1443657600, 1443657600+models.Instant(n("minutes", 10, 180))*60
	w.Seed, w.Lag, w.TelemetryEvery = uint64(n("seed", 1, 1000)), n("lag", 0, 120), 60
	w.Boot = sim.Delay{Median: n("boot", 0, 300)}
	w.Boot.P95 = w.Boot.Median * n("tail", 1, 2)
	w.Launch = sim.Delay{Median: n("launch", 0, 60)}
	w.Notice = n("notice", 0, 180)
	w.DrainMost = []int32{sim.Forever, 0, 600}[n("drain most", 0, 2)]
	w.Checkpoint = []int32{0, 60}[n("checkpoint", 0, 1)]
	pools := int(n("pools", 1, 3))
	for p := range pools {
		pool := models.Pool{Region: "r", Zone: fmt.Sprint("r", string(rune('a'+p%2))), Type: fmt.Sprint("t", p), OnDemand: 1e6, Speed: []int32{500, 1000, 1730}[n("speed", 0, 2)]}
		if n("format", 0, 2) == 0 {
			pool.SpeedByFormat = []int32{0, 2000}
		}
		w.Pools = append(w.Pools, pool)
	}
	for at := w.Start; at < w.Until; at += models.Instant(n("pause", 0, 1500)) {
		m.changes = append(m.changes, models.CapacityChange{At: at, Pool: models.PoolID(n("pool", 0, pools-1)), Reserved: n("reserved", 0, 8), InUse: n("use", -1, 8)})
		if len(m.changes) > 40 {
			break
		}
	}
	if n("base", 0, 1) == 1 {
		w.Pools = append(w.Pools, models.Pool{Region: "r", Zone: "ra", Type: "b", Kind: models.Base, Speed: 1000})
		w.Base = []int32{n("base size", 1, 3)}
	}
	if n("outage", 0, 3) == 0 {
		from := w.Start + models.Instant(n("out", 0, 3000))
		w.Outages = []sim.Outage{{Zone: "ra", From: from, Until: from + models.Instant(n("out for", 1, 3000))}}
	}
	at, group := w.Start, int32(0)
	for i := range n("jobs", 0, 120) {
		at += models.Instant([]int32{0, 0, 0, 1, 59, 300}[n("gap", 0, 5)])
		j := models.Job{ID: models.JobID(i), Arrival: at, Work: n("work", 1, 2400), Format: models.FormatID(n("job format", 0, 1)), Origin: []models.Origin{models.Production, models.QA}[n("origin", 0, 1)]}
		switch n("gate", 0, 5) {
		case 0:
			group++
			j.Group = group
		case 1:
			j.Group = group
		case 2:
			j.After, group = group, group+1
		}
		m.jobs = append(m.jobs, j)
	}
	return m
}

type whole struct{ changes []models.CapacityChange }

func (w *whole) Next() (models.Capacity, error) {
	if w.changes == nil {
		return models.Capacity{}, io.EOF
	}
	c := models.Capacity{Changes: w.changes}
	w.changes = nil
	return c, nil
}

type list struct{ jobs []models.Job }

func (l *list) Next() ([]models.Job, error) {
	if len(l.jobs) == 0 {
		return nil, io.EOF
	}
	jobs := l.jobs
	l.jobs = nil
	return jobs, nil
}

// play measures a policy on a market.
func (m *market) play(t rapid.TB, policy policies.Policy) (measure.Result, hindsight.Problem) {
	t.Helper()
	b := &sim.Built{World: m.world}
	reader := hindsight.NewReader(b)
	in := reader.Listen(sim.Inputs{Capacity: &whole{slices.Clone(m.changes)}, Jobs: &list{slices.Clone(m.jobs)}})
	acc := measure.New(measure.Setup{Pools: m.world.Pools, Borrowers: m.world.Borrowers, From: m.world.Start, Base: m.world.Base})
	if _, err := sim.New(m.world, in, policy, sim.Options{Sink: acc}).Run(); err != nil {
		t.Fatal(err)
	}
	p, err := reader.Problem()
	if err != nil {
		t.Fatal(err)
	}
	return acc.Finish(m.world.Until), p
}

// drawRun is a built-in policy, or a whim.
func drawRun(t *rapid.T, m *market) policies.Policy {
	name := rapid.SampledFrom([]string{"whim", "whim", "availability", "full", "schedule"}).Draw(t, "policy")
	if name != "whim" {
		policy, _, err := policies.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		return policy
	}
	w := &whim{start: m.world.Start}
	for range rapid.IntRange(1, 40).Draw(t, "holds") {
		w.targets = append(w.targets, int32(rapid.IntRange(0, 9).Draw(t, "target")))
		w.keeps = append(w.keeps, int32(rapid.IntRange(-3, 9).Draw(t, "keep")))
	}
	return w
}

func step() error { return nil }

func TestNoPolicyBeatsTheBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMarket(t)
		r, problem := m.play(t, drawRun(t, m))
		solver := hindsight.New(problem)
		for _, ratio := range ratios {
			bound, err := solver.Bound(ratio, step)
			if err != nil {
				t.Fatal(err)
			}
			if value := r.Value(ratio); value > bound.Upper+1e-9 {
				t.Fatalf("p/v %v: the value is %v, the bound %v", ratio, value, bound.Upper)
			}
			replayed, _ := m.play(t, hindsight.NewPolicy(&m.world, solver.Plan(&bound), int32(rapid.IntRange(0, 900).Draw(t, "drain"))))
			if value := replayed.Value(ratio); value > bound.Upper+1e-9 {
				t.Fatalf("p/v %v: the plan's value is %v, the bound %v", ratio, value, bound.Upper)
			}
		}
	})
}

// Every job takes a second, so that nothing is lost where instances end: the plan's replay reaches the bound.
func TestAPlanReachesTheBoundWhereTheQueueNeverRunsOut(t *testing.T) {
	w := sim.World{Start: 0, Until: 7200, Borrowers: []string{"encoding"}, TelemetryEvery: 60, Boot: sim.Delay{Median: 120},
		Pools: []models.Pool{{Region: "r", Zone: "ra", Type: "a", Speed: 1000}, {Region: "r", Zone: "rb", Type: "b", Speed: 1000}}}
	m := &market{world: w}
	for i, use := range []int32{0, 3, 1, 5, 4, 2} {
		for p := range w.Pools {
			m.changes = append(m.changes, models.CapacityChange{At: models.Instant(i * 1200), Pool: models.PoolID(p), Reserved: 5, InUse: use})
		}
	}
	for i := range 100_000 {
		m.jobs = append(m.jobs, models.Job{ID: models.JobID(i), Work: 1})
	}
	_, problem := m.play(t, hindsight.NewPolicy(&w, make(hindsight.Plan, 2), 0))
	solver := hindsight.New(problem)
	for _, ratio := range []float64{1.5, 4, math.Inf(1)} {
		bound, err := solver.Bound(ratio, step)
		if err != nil {
			t.Fatal(err)
		}
		r, _ := m.play(t, hindsight.NewPolicy(&w, solver.Plan(&bound), 0))
		// A job that starts in the last second completes after it.
		if value := r.Value(ratio); !bound.Saturated || bound.Upper-value > 10.0/3600 {
			t.Errorf("p/v %v: reached %v of %v, saturated %v", ratio, value, bound.Upper, bound.Saturated)
		}
	}
}

// TestNoPolicyBeatsTheBoundOnAnyBuiltinScenario has those without recorded data, cut to what a test has time for.
func TestNoPolicyBeatsTheBoundOnAnyBuiltinScenario(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs every scenario with every policy")
	}
	for _, name := range sim.Builtin() {
		text, err := sim.BuiltinFile(name)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) {
			for seed := uint64(1); seed <= 2; seed++ {
				s, err := sim.ParseScenario(name, text)
				if err != nil {
					t.Fatal(err)
				}
				if s.Capacity != nil || s.Market == nil && s.WorkloadW == nil {
					t.Skip("it needs recorded data, or borrows nothing")
				}
				s.Seed, s.Drain, s.Length = seed, false, 8*time.Hour
				if s.WorkloadW != nil {
					s.WorkloadW.Jobs = 20_000
				}
				beats(t, s)
			}
		})
	}
}

func beats(t *testing.T, s *sim.Scenario) {
	b, err := s.Build(nil)
	if err != nil {
		t.Fatal(err)
	}
	problem, err := hindsight.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	solver := hindsight.New(problem)
	var uppers []float64
	for _, ratio := range ratios {
		bound, err := solver.Bound(ratio, step)
		if err != nil {
			t.Fatal(err)
		}
		uppers = append(uppers, bound.Upper)
	}
	for _, name := range policies.Builtin() {
		policy, _, err := policies.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		in, err := b.Inputs()
		if err != nil {
			t.Fatal(err)
		}
		acc := measure.New(measure.Setup{Pools: b.World.Pools, Borrowers: b.World.Borrowers, From: b.World.Start, Base: b.World.Base})
		if _, err := sim.New(b.World, in, policy, sim.Options{Sink: acc}).Run(); err != nil {
			t.Fatal(err)
		}
		r := acc.Finish(b.World.Until)
		for i, ratio := range ratios {
			if value := r.Value(ratio); value > uppers[i]+1e-9 {
				t.Errorf("seed %d, %s, p/v %v: the value is %v, the bound %v", s.Seed, name, ratio, value, uppers[i])
			}
		}
	}
}
