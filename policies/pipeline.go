package policies

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"time"

	"trough.internal/models"
)

// Stage is one strategy. It narrows or moves the proposal, and remembers what it needs in plain data.
type Stage interface {
	// Cause is the word under which its decisions appear.
	Cause() models.Cause
	// Apply changes the proposal. It may not write to obs, nor keep obs or any of its slices beyond the call.
	Apply(obs *models.Observation, p *Proposal)
	// Memory points to all that the stage remembers from one call to the next, as plain data with exported fields that
	// encoding/json reads back exactly; nil if it remembers nothing. What can be worked out again from the
	// settings and the observation need not be part of it.
	Memory() any
}

// precedence is the order in which stages speak: who speaks later overrules. Evacuation overrules everything, then come
// telemetry that is not to be trusted, the return of an overdraft, curfew, steps, and borrowing at last.
// The order in which a policy file names them does not matter.
var precedence = [...]models.Cause{
	models.BySmoothing, // first: borrowers share a pool in proportion to the smoothed demand
	models.BySchedule,
	models.ByAvailability,
	models.ByMargin,
	models.ByBackoff, // before what is divided and spread, which then goes elsewhere
	models.ByBroker,  // divides what those before left
	models.ByFair,
	models.ByDemand,
	models.ByStepping,
	models.ByIdle,    // after smoothing and stepping, which would keep what is idle
	models.ByScaling, // these three buy, and no one before them does
	models.ByWorkers,
	models.ByFallback,
	models.ByBilledHour, // after whoever may let instances go in its own time, before whoever may not
	models.ByCurfew,
	models.ByOverdraft,
	models.ByStale,
	models.ByEvacuation,
}

// Proposal is a decision in the making. Stages change Target, Keep and Demand and read the rest.
// A cell is pool*len(obs.Borrowers)+borrower, as in the observation.
type Proposal struct {
	Target []int32   // by cell: instances to hold
	Keep   []int32   // by cell: instances that may remain after the notice; models.NoLimit where nothing ends by force
	Demand []float64 // by borrower: slots that it has work for; begins as Workload.Demand()

	Borrowers int // how many; 1 makes cells and pools the same

	// Worked out from the observation, once for all stages.
	Held        []int32 // by cell: on order, booting, idle and busy
	Present     []int32 // by cell: Held and finishing; those that leave by a deadline do not count
	PoolHeld    []int32 // by pool: Held of all borrowers
	PoolPresent []int32 // by pool: Present of all borrowers
	PoolLeaving []int32 // by pool: instances of all borrowers that leave by a deadline
	Known       []bool  // by pool: whether the owners' use was reported
	Available   []int32 // by pool: reserved - in use, at least 0; 0 where it is not known
	Bought      []bool  // by pool: whether its instances are bought, spot or on-demand: no surplus to borrow or to overdraw

	// Closed is, by pool, whether a later stage will hold nothing there, so that work is better given to other pools. Where that
	// is so of all pools there are no others, and it is said of none.
	Closed []bool

	// Room is, by pool, what all borrowers together may hold, before it is divided among them: Availability sets it, and what caps a
	// pool lowers it. Of use to Broker, which divides it anew, and to nobody where the owners' use is not known.
	Room []int32

	// Refusing is, by pool, whether Backoff lets none or only one more be launched: its targets are then at most that, and what
	// spreads work over pools leaves them as they are. It says nothing of how much the pool could lend.
	Refusing []bool

	met []models.Pool // of which Bought is

	yields []int32 // by borrower: the order in which they give back in an overdraft, lowest first; nil is all alike

	weights []float64 // by borrower, for splitting
	parts   []int32   // by borrower, what the splitting gave
	kept    []int32   // the same, for those who give back last
}

// closer is a stage that speaks late and knows at the beginning in which pools it will have nothing held.
type closer interface {
	Close(obs *models.Observation, p *Proposal)
}

// Pipeline is a policy made of stages, which speak in their order of precedence.
type Pipeline struct {
	every    time.Duration
	limits   Limits
	stages   []Stage
	closers  []closer // those of the stages
	proposal Proposal
	target   []int32 // before the stage that speaks
	keep     []int32
}

// NewPipeline makes a policy of stages, which belong to it from then on. The order in which they are given matters only
// among stages of the same cause. No stage at all is a policy that borrows nothing.
func NewPipeline(every time.Duration, limits Limits, stages ...Stage) *Pipeline {
	stages = slices.Clone(stages)
	slices.SortStableFunc(stages, func(a, b Stage) int { return rank(a.Cause()) - rank(b.Cause()) })
	pl := &Pipeline{every: every, limits: limits, stages: stages}
	for _, s := range stages {
		if c, ok := s.(closer); ok {
			pl.closers = append(pl.closers, c)
		}
	}
	return pl
}

// rank puts causes that are no strategy of ours last: a user's own stage has the last word unless it takes a place.
func rank(c models.Cause) int {
	if at := slices.Index(precedence[:], c); at >= 0 {
		return at
	}
	return len(precedence)
}

// Every is how often the policy wants to be asked.
func (pl *Pipeline) Every() time.Duration { return pl.every }

// Limits bound the orders that its decisions become.
func (pl *Pipeline) Limits() Limits { return pl.limits }

// Stages lists the causes of its stages in the order in which they speak.
func (pl *Pipeline) Stages() []models.Cause {
	causes := make([]models.Cause, len(pl.stages))
	for i, s := range pl.stages {
		causes[i] = s.Cause()
	}
	return causes
}

// Decide asks every stage in turn. The cause of a target is the last stage that changed it, and the first stage where none
// did; the cause of a Keep is the last stage that changed it, and none where it ends nothing.
func (pl *Pipeline) Decide(obs *models.Observation, out *models.Decision) {
	out.Reset()
	pl.begin(obs, out)
	if out.Trail != nil {
		pl.beginTrail(out.Trail)
	}
	for i, s := range pl.stages {
		s.Apply(obs, &pl.proposal)
		pl.attribute(s.Cause(), i == 0, out)
		if out.Trail != nil {
			pl.note(out.Trail, i)
		}
	}
}

func (pl *Pipeline) begin(obs *models.Observation, out *models.Decision) {
	p := &pl.proposal
	p.begin(obs)
	pl.close(obs)
	p.Target, p.Keep = out.Target, out.Keep
	pl.target = resize(pl.target, len(out.Target))
	pl.keep = resize(pl.keep, len(out.Keep))
	clear(pl.target)
	copy(pl.keep, out.Keep)
}

// close asks which pools are closed.
func (pl *Pipeline) close(obs *models.Observation) {
	p := &pl.proposal
	p.Closed = resize(p.Closed, len(obs.Pools))
	clear(p.Closed)
	for _, c := range pl.closers {
		c.Close(obs, p)
	}
	if !slices.Contains(p.Closed, false) {
		clear(p.Closed)
	}
}

// attribute notes what the stage changed; all of the targets are the first one's.
func (pl *Pipeline) attribute(cause models.Cause, all bool, out *models.Decision) {
	if all || differ(out.Target, pl.target) {
		for c, target := range out.Target {
			if target != pl.target[c] || all {
				out.Cause[c], pl.target[c] = cause, target
			}
		}
	}
	if differ(out.Keep, pl.keep) {
		for c, keep := range out.Keep {
			if keep != pl.keep[c] {
				out.KeepCause[c], pl.keep[c] = cause, keep
			}
		}
	}
}

// differ looks without branches, because mostly nothing does: it is half of what attribution costs.
func differ(a, b []int32) bool {
	difference := int32(0)
	for i, x := range a[:len(b)] {
		difference |= x ^ b[i]
	}
	return difference != 0
}

func (pl *Pipeline) beginTrail(t *models.Trail) {
	t.Stages = t.Stages[:0]
	for _, s := range pl.stages {
		t.Stages = append(t.Stages, s.Cause())
	}
	t.Target = resizeRows(t.Target, len(pl.stages), len(pl.target))
	t.Keep = resizeRows(t.Keep, len(pl.stages), len(pl.keep))
	t.Demand = resize(t.Demand, len(pl.stages))
}

func (pl *Pipeline) note(t *models.Trail, stage int) {
	p := &pl.proposal
	copy(t.Target[stage], p.Target)
	copy(t.Keep[stage], p.Keep)
	t.Demand[stage] = 0
	for _, d := range p.Demand {
		t.Demand[stage] += d
	}
}

// snapshot is what Pipeline.Snapshot writes.
type snapshot struct {
	Stages []stageSnapshot `json:"stages"`
}

type stageSnapshot struct {
	Stage  string          `json:"stage"`
	Memory json.RawMessage `json:"memory,omitempty"`
}

// Snapshot writes what the stages remember as JSON.
func (pl *Pipeline) Snapshot() ([]byte, error) {
	all := snapshot{Stages: []stageSnapshot{}}
	for _, s := range pl.stages {
		one := stageSnapshot{Stage: s.Cause().String()}
		if memory := s.Memory(); memory != nil {
			text, err := json.Marshal(memory)
			if err != nil {
				return nil, fmt.Errorf("snapshot of %s: %w", one.Stage, err)
			}
			one.Memory = text
		}
		all.Stages = append(all.Stages, one)
	}
	return json.Marshal(all)
}

// Restore brings back what Snapshot wrote, into a policy with the same stages. On an error the policy stays as it was.
func (pl *Pipeline) Restore(data []byte) error {
	var all snapshot
	if err := strictJSON(data, &all); err != nil {
		return fmt.Errorf("this is no snapshot of a policy: %w", err)
	}
	if len(all.Stages) != len(pl.stages) {
		return fmt.Errorf("the snapshot is of a policy with %d stages, not %d", len(all.Stages), len(pl.stages))
	}
	restored := make([]reflect.Value, len(pl.stages))
	for i, s := range pl.stages {
		one, memory := all.Stages[i], s.Memory()
		switch {
		case one.Stage != s.Cause().String():
			return fmt.Errorf("the snapshot's stage %d is %q, not %q", i+1, one.Stage, s.Cause())
		case memory == nil && one.Memory != nil:
			return fmt.Errorf("the snapshot has a memory for %q, which remembers nothing", one.Stage)
		case memory == nil:
			continue
		case one.Memory == nil:
			return fmt.Errorf("the snapshot has no memory for %q", one.Stage)
		}
		restored[i] = reflect.New(reflect.TypeOf(memory).Elem())
		if err := strictJSON(one.Memory, restored[i].Interface()); err != nil {
			return fmt.Errorf("the snapshot's memory of %q: %w", one.Stage, err)
		}
	}
	for i, s := range pl.stages {
		if restored[i].IsValid() {
			reflect.ValueOf(s.Memory()).Elem().Set(restored[i].Elem())
		}
	}
	return nil
}

func strictJSON(data []byte, into any) error {
	reader := json.NewDecoder(bytes.NewReader(data))
	reader.DisallowUnknownFields()
	if err := reader.Decode(into); err != nil {
		return err
	}
	if reader.More() {
		return fmt.Errorf("something follows it")
	}
	return nil
}

// begin works out from the observation what every stage needs.
func (p *Proposal) begin(obs *models.Observation) {
	pools, borrowers := len(obs.Pools), len(obs.Borrowers)
	p.Borrowers = borrowers
	p.Demand = resize(p.Demand, borrowers)
	p.weights = resize(p.weights, borrowers)
	p.parts = resize(p.parts, borrowers)
	for b := range p.Demand {
		p.Demand[b] = float64(obs.Workload[b].Demand())
	}
	p.count(obs, pools*borrowers)
	p.countPools(obs, pools)
	p.Known = resize(p.Known, pools)
	p.Available = resize(p.Available, pools)
	p.Room, p.yields = resize(p.Room, pools), nil
	reserved, inUse := obs.Reserved[:pools], obs.InUse[:pools]
	p.meet(obs.Pools)
	p.Refusing = resize(p.Refusing, pools)
	clear(p.Refusing)
	known, available := p.Known[:pools], p.Available[:pools]
	for i := range available {
		known[i] = inUse[i] != models.Unknown
		available[i] = 0
		if known[i] {
			available[i] = max(0, reserved[i]-inUse[i])
		}
	}
}

// meet works out what does not change of pools, once for the same ones: they are many bytes apart.
func (p *Proposal) meet(pools []models.Pool) {
	if len(pools) == len(p.met) && (len(pools) == 0 || &pools[0] == &p.met[0]) {
		return
	}
	p.met, p.Bought = pools, resize(p.Bought, len(pools))
	for i := range pools {
		p.Bought[i] = pools[i].Kind != models.Surplus
	}
}

func (p *Proposal) count(obs *models.Observation, cells int) {
	p.Held = resize(p.Held, cells)
	p.Present = resize(p.Present, cells)
	held, present := p.Held[:cells], p.Present[:cells]
	onOrder, booting, idle := obs.OnOrder[:cells], obs.Booting[:cells], obs.Idle[:cells]
	busy, finishing := obs.Busy[:cells], obs.Finishing[:cells]
	for c := range held {
		held[c] = onOrder[c] + booting[c] + idle[c] + busy[c]
		present[c] = held[c] + finishing[c]
	}
}

func (p *Proposal) countPools(obs *models.Observation, pools int) {
	p.PoolHeld = sum(p.PoolHeld, p.Held, pools, p.Borrowers)
	p.PoolPresent = sum(p.PoolPresent, p.Present, pools, p.Borrowers)
	p.PoolLeaving = sum(p.PoolLeaving, obs.Leaving, pools, p.Borrowers)
}

// sum adds the cells of every pool.
func sum(pool, cell []int32, pools, borrowers int) []int32 {
	pool = resize(pool, pools)
	if borrowers == 1 {
		copy(pool, cell)
		return pool
	}
	clear(pool)
	for c, n := range cell[:pools*borrowers] {
		pool[c/borrowers] += n
	}
	return pool
}

// resize returns a slice of n values, the old one where it is large enough. Its values are not cleared.
func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

func resizeRows(rows [][]int32, n, width int) [][]int32 {
	for cap(rows) < n {
		rows = append(rows[:cap(rows)], nil)
	}
	rows = rows[:n]
	for i := range rows {
		rows[i] = resize(rows[i], width)
	}
	return rows
}
