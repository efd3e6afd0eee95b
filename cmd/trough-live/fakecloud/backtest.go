package fakecloud

import (
	"fmt"
	"sync"
	"time"

	"trough.internal/cmd/trough-live/fleet"
	"trough.internal/models"
	"trough.internal/policies"
	"trough.internal/sim"
)

// Backtest is a world that the simulator moves. It is a backtest whose policy is somebody outside: at every evaluation the servers
// show what the simulator knows, a driver has its turn, and the calls that it made become the orders that the simulator carries
// out, with the luck that it would have had. See Cycle, and decide for what calls can be.
//
// # What the servers cannot tell
//
// An instance that came and went between two evaluations is not seen; of a group's instances that are still on order there is only
// their number; of jobs there is no name, and of those that began in one second not which was first. None of these is in an observation
// but what was launched and refused since the last, of which activities tell. But of several instances in one state the driver may choose
// another one than the simulator: see Swaps.
type Backtest struct {
	sync.Mutex
	Encode, Prod *Account // where borrowed instances run, and the owners

	// Cycle lets the driver have its turn, at the time of the observation. It may not keep it. After an error there is no other turn, the
	// rest of the run passes without a driver, and Run returns it.
	Cycle func(obs *models.Observation) error

	// Lenient takes what no order of the simulator's can be by its number: that busy instances yield while others have no job, as a driver
	// wants that does not know of these. Unlike counts it. Without it this ends the run with an error.
	Lenient bool
	Unlike  int

	world    *sim.World
	next     models.Sink // is told after the world, if there is one
	lendable int
	policy   policies.Policy
	now      models.Instant
	work     Workload
	groups   []*Group // by cell of lendable pools

	made    models.Instant // until when reports have been made
	pending []Usage        // reports that nobody has seen yet, oldest first
	seen    Usage
	inUse   []int32       // by lendable pool, the owners'
	theirs  [][]*Instance // by lendable pool

	vms     map[models.InstanceID]*vm
	cells   [][]*vm       // by cell, in order of launch
	unbound [][]*Instance // by cell: RunInstances made them, and the simulator has not launched them yet
	err     error

	// Swaps is how often the driver chose another instance than the simulator would have: they were alike but for when they were
	// launched, and what they were was exchanged.
	Swaps int
}

// vm is one of the simulator's borrowed instances.
type vm struct {
	cell  int
	state models.State
	shown *Instance
}

// NewBacktest makes a world of a scenario's, for a driver that asks as often as a policy wants to be asked. There is a group, and a
// launch template of the same name, for each pool and borrower (see Places). What RunInstances makes is of the borrower that its tag
// names, or else of the first.
func NewBacktest(w *sim.World, lendable int, policy policies.Policy) *Backtest {
	cells := lendable * len(w.Borrowers)
	b := &Backtest{world: w, lendable: lendable, policy: policy, now: w.Start, made: w.Start, vms: map[models.InstanceID]*vm{},
		Encode: &Account{Number: "222222222222", Name: "encode", Key: "AKIAENCODE", Templates: map[string]Template{}},
		Prod:   &Account{Number: "111111111111", Name: "prod", Key: "AKIAPROD"},
		inUse:  make([]int32, lendable), theirs: make([][]*Instance, lendable), cells: make([][]*vm, cells), unbound: make([][]*Instance, cells)}
	for p := range lendable {
		pool := &w.Pools[p]
		for _, borrower := range w.Borrowers {
			name := borrower + "-" + pool.Zone + "-" + pool.Type
			b.groups = append(b.groups, b.Encode.AddGroup(name, pool.Zone, pool.Type, 1_000_000, w.Start))
			b.Encode.Templates[name] = Template{pool.Zone, pool.Type}
		}
		b.Prod.Reserved = append(b.Prod.Reserved, Reserved{ID: fmt.Sprintf("ri-%d", p), Zone: pool.Zone, Type: pool.Type, Start: w.Start,
			End: w.Start.Add(365 * 24 * time.Hour), State: "active", Offering: "All Upfront", Product: "Linux/UNIX"})
		b.inUse[p] = models.Unknown
	}
	return b
}

// Places makes the groups those of a driver of a name: they give its tags to what they launch. It returns where the instances of each
// cell are launched.
func (b *Backtest) Places(driver string) []fleet.Place {
	var places []fleet.Place
	for cell, g := range b.groups {
		pool := &b.world.Pools[cell/len(b.world.Borrowers)]
		borrower := b.world.Borrowers[cell%len(b.world.Borrowers)]
		g.Tags = []GroupTag{{fleet.TagBorrower, borrower, true}, {fleet.TagDriver, driver, true}, {fleet.TagPool, pool.Name(), true}}
		places = append(places, fleet.Place{Region: pool.Region, Group: g.Name})
	}
	return places
}

// Run lets the simulator replay the scenario's inputs to their end.
func (b *Backtest) Run(in sim.Inputs, o sim.Options) (sim.Tally, error) {
	b.next, o.Sink = o.Sink, b
	o.Progress = func(models.Instant) error { return b.err }
	tally, err := sim.New(*b.world, in, b, o).Run()
	if b.err != nil {
		err = b.err
	}
	return tally, err
}

// Now is the simulator's time.
func (b *Backtest) Now() models.Instant { return b.now }

// Accounts are the borrower's and the owners'.
func (b *Backtest) Accounts() []*Account { return []*Account{b.Encode, b.Prod} }

// Room is all that is asked for: which launch is refused the simulator says later, and then the instance is terminated.
func (b *Backtest) Room(_, _ string, n int) int { return n }

// Usage is the last report that may be seen by now.
func (b *Backtest) Usage() (Usage, bool) { return b.seen, b.seen.End > 0 }

// Workload is what there is to do now.
func (b *Backtest) Workload() Workload {
	w := b.work
	w.Instances = InstancesOf(b.Encode)
	return w
}

// Every, Limits, Snapshot and Restore make the world the simulator's policy. Limits are the driver's own business.
func (b *Backtest) Every() time.Duration { return b.policy.Every() }

// Limits are none.
func (b *Backtest) Limits() policies.Limits { return policies.Limits{} }

// Snapshot is refused: what the driver remembers is the driver's.
func (b *Backtest) Snapshot() ([]byte, error) { return nil, fmt.Errorf("a driver's memory is its own") }

// Restore is refused likewise.
func (b *Backtest) Restore([]byte) error { return fmt.Errorf("a driver's memory is its own") }

// Decide shows what there is, lets the driver have its turn, and decides what its calls come to.
func (b *Backtest) Decide(obs *models.Observation, out *models.Decision) {
	b.Lock()
	b.now = obs.Now
	b.report(obs.Now + 1)
	for len(b.pending) > 0 && models.Instant(b.pending[0].End/1000)+models.Instant(b.world.Lag) <= obs.Now {
		b.seen, b.pending = b.pending[0], b.pending[1:]
	}
	b.work = workOf(obs)
	b.Encode.Forget(obs.Now)
	b.Prod.Forget(obs.Now)
	b.Unlock()
	if b.err == nil {
		b.err = b.Cycle(obs)
	}
	b.Lock()
	defer b.Unlock()
	b.decide(obs, out)
}

// report makes the reports that are due before an instant, of what is so until then.
func (b *Backtest) report(before models.Instant) {
	for every := models.Instant(max(1, b.world.TelemetryEvery)); b.made < before; b.made += every {
		u := UsageOf(b.Accounts(), b.made)
		rows := u.Rows[:0]
		for _, r := range u.Rows {
			if p := b.poolOf(r.Zone, r.Type); p < 0 || b.inUse[p] != models.Unknown {
				rows = append(rows, r)
			}
		}
		u.Rows = rows // of what nobody knows there is no row
		b.pending = append(b.pending, u)
	}
}

func (b *Backtest) poolOf(zone, instanceType string) int {
	for p := range b.lendable {
		if b.world.Pools[p].Zone == zone && b.world.Pools[p].Type == instanceType {
			return p
		}
	}
	return -1
}

// cell is the one of an event.
func (b *Backtest) cell(e *models.Event) int {
	return int(e.Pool)*len(b.world.Borrowers) + int(e.Borrower)
}

// cellName is for messages.
func (b *Backtest) cellName(cell int) string {
	name := b.world.Pools[cell/len(b.world.Borrowers)].Name()
	if len(b.world.Borrowers) > 1 {
		name += " of " + b.world.Borrowers[cell%len(b.world.Borrowers)]
	}
	return name
}

func workOf(obs *models.Observation) Workload {
	w := Workload{AsOf: obs.Now, Borrowers: map[string]BorrowerWork{}}
	for n, name := range obs.Borrowers {
		own := &obs.Workload[n]
		work := BorrowerWork{Queued: map[string]int32{}, Work: map[string]int64{}, Running: map[string]int32{}, BaseBusy: own.BaseBusy, BaseIdle: own.BaseIdle}
		for class, word := range models.ClassNames() {
			work.Queued[word], work.Work[word], work.Running[word] = own.Queued[class], own.Work[class], own.RunningBy[class]
		}
		w.Borrowers[name] = work
	}
	return w
}

// odd is something that the driver did and that the simulator cannot do as it is.
func (b *Backtest) odd(format string, args ...any) {
	if b.Lenient {
		b.Unlike++
		return
	}
	b.fail(format, args...)
}

// fail keeps the first thing that went wrong.
func (b *Backtest) fail(format string, args ...any) {
	if b.err == nil {
		b.err = fmt.Errorf("%s: %s", b.now, fmt.Sprintf(format, args...))
	}
}
