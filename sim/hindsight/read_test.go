package hindsight_test

import (
	"slices"
	"testing"

	"trough.internal/models"
	"trough.internal/sim"
	"trough.internal/sim/hindsight"
)

// heard is the problem of a market whose inputs are read without a run.
func heard(t *testing.T, m *market) hindsight.Problem {
	r := hindsight.NewReader(&sim.Built{World: m.world})
	in := r.Listen(sim.Inputs{Capacity: &whole{m.changes}, Jobs: &list{m.jobs}})
	if _, err := in.Capacity.Next(); err != nil {
		t.Fatal(err)
	}
	if _, err := in.Jobs.Next(); err != nil {
		t.Fatal(err)
	}
	p, err := r.Problem()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// small is an hour of one pool of speed 1, or 2 for format 1.
func small() *market {
	return &market{
		world: sim.World{Until: 3600, Borrowers: []string{"encoding"},
			Pools: []models.Pool{{Zone: "ra", Speed: 1000, SpeedByFormat: []int32{0, 2000}}}},
		changes: []models.CapacityChange{{Reserved: 9, InUse: 4}, {At: 600, Reserved: 9, InUse: models.Unknown}, {At: 1200, Reserved: 9, InUse: 12}, {At: 1800, Reserved: 9, InUse: 7}},
		jobs:    []models.Job{{Work: 100, Group: 1}, {Work: 300, Group: 1, Format: 1}, {Arrival: 10, Work: 50, After: 1, Group: 2}, {Arrival: 20, Work: 7, After: 2}, {Arrival: 500, Work: 3600}},
	}
}

func TestAJobThatWaitsIsReleasedWhenTheOthersCanHaveCompleted(t *testing.T) {
	// The group's longer job takes 150 s at the format's speed; what waits for the one after it, 50 s more. The last cannot complete.
	want := []hindsight.Release{{At: 0, Work: 100}, {At: 0, Work: 300}, {At: 150, Work: 50}, {At: 200, Work: 7}}
	if got := heard(t, small()).Work; !slices.Equal(got, want) {
		t.Errorf("%v, expected %v", got, want)
	}
}

func TestWhatNobodyKnowsOrIsOverdrawnIsNotAvailable(t *testing.T) {
	p := heard(t, small()).Pools[0]
	if want := []hindsight.Step{{At: 0, Available: 5}, {At: 600, Available: 0}, {At: 1800, Available: 2}}; !slices.Equal(p.Steps, want) {
		t.Errorf("%v, expected %v", p.Steps, want)
	}
	if p.Norm != 1 || p.Speed != 2 {
		t.Errorf("norm %v and speed %v, expected 1 and that of the fastest format, 2", p.Norm, p.Speed)
	}
}

func TestAnOutageClosesItsZone(t *testing.T) {
	m := small()
	m.world.Outages = []sim.Outage{{Zone: "ra", From: 300, Until: 1900}, {Zone: "rb", From: 0, Until: 3600}}
	want := []hindsight.Step{{At: 0, Available: 5}, {At: 300, Available: hindsight.Closed}, {At: 1900, Available: 2}}
	if got := heard(t, m).Pools[0].Steps; !slices.Equal(got, want) {
		t.Errorf("%v, expected %v", got, want)
	}
}

func TestBootsAndLaunchesTakeTheirShortestDraw(t *testing.T) {
	m := small()
	m.world.Boot, m.world.Launch = sim.Delay{Median: 240, P95: 480, Most: 1800}, sim.Delay{Median: 45}
	// ln 2 / 1.645 = 0.4214, and the least normal number is -8.21: 240 s x e^-3.459 = 7.5 s.
	if p := heard(t, m); p.Boot != 8 && p.Boot != 7 || p.First != 45 {
		t.Errorf("boot %d s and launch %d s, expected 7 or 8 and 45", p.Boot, p.First)
	}
}

func TestOnlyTheWorkBoundsWhatOthersCanHaveDoneInPart(t *testing.T) {
	m := small()
	m.world.Checkpoint = 60
	if heard(t, m).WorkOnly {
		t.Error("with nothing but borrowed instances no work is done elsewhere")
	}
	m.world.Pools = append(m.world.Pools, models.Pool{Zone: "ra", Kind: models.Spot, Speed: 1000})
	p := heard(t, m)
	if !p.WorkOnly {
		t.Error("work that a bought instance saved may complete on a borrowed one")
	}
	if b, err := hindsight.New(p).Bound(4, step); err != nil || 3600*b.Upper != 457 {
		t.Errorf("%v (%v), expected all 457 s", 3600*b.Upper, err)
	}
}

// A plan is given back in time: by notice where a job is longer than what is left.
func TestAPlanOverdrawsNothingWhereItMayNot(t *testing.T) {
	m := small()
	m.world.Notice, m.world.TelemetryEvery, m.world.DrainMost = 120, 60, sim.Forever
	m.jobs = nil
	for i := range models.JobID(40) {
		m.jobs = append(m.jobs, models.Job{ID: i, Work: 700})
	}
	m.changes[1].InUse = 6
	_, problem := m.play(t, hindsight.NewPolicy(&m.world, make(hindsight.Plan, 1), 0))
	solver := hindsight.New(problem)
	bound, err := solver.Bound(1e6, step)
	if err != nil {
		t.Fatal(err)
	}
	r, _ := m.play(t, hindsight.NewPolicy(&m.world, solver.Plan(&bound), 0))
	if goodput, overdraft := r.Frontier(); overdraft != 0 || goodput == 0 {
		t.Errorf("goodput %v, overdraft %v", goodput, overdraft)
	}
}
