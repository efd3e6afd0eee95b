package sim

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"trough.internal/models"
)

// drawPacked is a random case whose instances take several jobs, of two borrowers at times.
func drawPacked(t *rapid.T) *randomCase {
	c := drawCase(t)
	n := func(name string, low, high int) int32 { return int32(rapid.IntRange(low, high).Draw(t, name)) }
	w := &c.world
	if rapid.Bool().Draw(t, "two borrowers") {
		w.Borrowers = []string{"encoding", "research"}
		if w.Transfer != nil {
			w.Transfer.Home = []string{w.Transfer.Home[0], "r1"}
		}
		w.BorrowerOf[models.Research] = 1
	}
	w.Packing = &Packing{Slot: Room{VCPUs: n("slot", 1, 4), Memory: n("slot memory", 500, 4000)},
		Start: Delay{Median: n("start", 0, 30)}, Fit: Fit(n("fit", 0, 1))}
	if w.Transfer != nil {
		w.Placement = FastestFirst // as scenarios must have it
	}
	w.Packing.Start.P95 = 3 * w.Packing.Start.Median
	largest := Room{}
	for p := range w.Pools {
		pool := &w.Pools[p]
		pool.VCPUs, pool.MemoryMiB = 4<<n("vcpus", 0, 3), 4000<<n("memory", 0, 3)
		pool.Slots = roomOf(pool).slots(w.Packing.Slot)
		if pool.Kind != models.Base && pool.VCPUs >= largest.VCPUs {
			largest = roomOf(pool)
		}
	}
	for i := range c.jobs {
		j := &c.jobs[i]
		j.Origin = models.Origin(n("origin", 0, 2))
		j.Work = min(j.Work, 2000)
		j.VCPUs = int16(min(largest.VCPUs, rapid.SampledFrom([]int32{0, 1, 2, 3, 4, 8}).Draw(t, "needs vcpus")))
		j.Memory = min(largest.Memory, rapid.SampledFrom([]int32{0, 100, 1000, 3000, 4000, 9000}).Draw(t, "needs memory"))
	}
	return c
}

// dispatch is how jobs get their instances, written down once more from the words of Fit and Placement alone: slow, from events
// and nothing else of the engine. It holds every start against that, and that nobody waits who has room.
type dispatch struct {
	t         *rapid.T
	w         *World
	jobs      []models.Job
	lendable  int
	instances map[models.InstanceID]*packedInstance
	queues    map[[2]int][]models.JobID // by borrower, class
	turn      []int                     // by borrower: the pool at which a round robin begins
	began     map[models.JobID]models.Event
	ended     map[models.JobID]bool
	now       models.Instant
	changes   int
}

type packedInstance struct {
	pool     models.PoolID
	borrower int
	state    models.State
	free     Room
	jobs     int
	since    int // the change by which it came to have as much room, or no job
}

func newDispatch(t *rapid.T, c *randomCase) *dispatch {
	return &dispatch{t: t, w: &c.world, jobs: c.jobs, lendable: models.NewMarket(c.world.Pools, c.world.Borrowers).Lendable,
		instances: map[models.InstanceID]*packedInstance{}, queues: map[[2]int][]models.JobID{}, turn: make([]int, len(c.world.Borrowers)),
		began: map[models.JobID]models.Event{}, ended: map[models.JobID]bool{}}
}

func (d *dispatch) need(id models.JobID) Room {
	room := d.w.Packing.Slot
	if v := d.jobs[id].VCPUs; v > 0 {
		room.VCPUs = int32(v)
	}
	if m := d.jobs[id].Memory; m > 0 {
		room.Memory = m
	}
	return room
}

func (d *dispatch) Event(e models.Event) {
	if e.At != d.now {
		d.nobodyWaitsWithRoom()
		d.now = e.At
	}
	d.changes++
	key := [2]int{int(e.Borrower), int(e.Class)}
	switch e.Kind {
	case models.Arrived:
		d.queues[key] = append(d.queues[key], e.Job)
	case models.Requeued:
		d.queues[key] = append([]models.JobID{e.Job}, d.queues[key]...)
	case models.Started:
		d.start(e, key)
	}
	if e.Instance == models.NoInstance {
		return
	}
	in := d.instances[e.Instance]
	if in == nil {
		in = &packedInstance{pool: e.Pool, borrower: int(e.Borrower), free: roomOf(&d.w.Pools[e.Pool])}
		d.instances[e.Instance] = in
	}
	if e.Kind == models.Started {
		d.take(in, d.need(e.Job), 1)
		d.began[e.Job] = e
	}
	if e.Kind == models.Completed || e.Kind == models.Interrupted {
		d.take(in, d.need(e.Job), -1)
		d.end(e)
	}
	if in.state != e.To {
		in.since = d.changes
	}
	in.state = e.To
	if in.jobs > 0 && in.state < models.Busy {
		d.t.Fatalf("instance %d is %s with %d jobs: %+v", e.Instance, in.state, in.jobs, e)
	}
}

func (d *dispatch) take(in *packedInstance, room Room, sign int32) {
	in.free.VCPUs -= sign * room.VCPUs
	in.free.Memory -= sign * room.Memory
	in.jobs += int(sign)
	in.since = d.changes
	if all := roomOf(&d.w.Pools[in.pool]); in.free.VCPUs < 0 || in.free.Memory < 0 || !all.holds(in.free) {
		d.t.Fatalf("an instance of %s has %s left", all, in.free)
	}
}

// end holds how long an attempt took against the part of the instance that it had.
func (d *dispatch) end(e models.Event) {
	began := d.began[e.Job]
	if d.ended[e.Job] || began.Instance != e.Instance {
		d.t.Fatalf("job %d began on instance %d: %+v", e.Job, began.Instance, e)
	}
	d.ended[e.Job] = e.Kind == models.Completed
	pool := &d.w.Pools[e.Pool]
	if e.Kind != models.Completed || d.w.Packing.Start.Median > 0 || d.away(int(e.Borrower), e.Pool) == 1 {
		return
	}
	ran, left := int64(e.At-began.At), int64(began.N)*1000*int64(pool.VCPUs)
	rate := int64(pool.Speed) * int64(d.need(e.Job).VCPUs)
	if ran*rate < left || ran > 1 && (ran-1)*rate >= left {
		d.t.Fatalf("job %d with %d s of work left ran %d s on %s of %s at speed %d", e.Job, began.N, ran, d.need(e.Job), roomOf(pool), pool.Speed)
	}
}

func (d *dispatch) start(e models.Event, key [2]int) {
	front, ok := d.front(key[0])
	if !ok || front != e.Job {
		d.t.Fatalf("job %d is first in the queue: %+v", front, e)
	}
	want, ok := d.choice(key[0], d.need(e.Job))
	if !ok || want != e.Instance {
		d.t.Fatalf("the job is to start on instance %d: %+v", want, e)
	}
	if in := d.instances[want]; in.state == models.Idle && int(in.pool) < d.lendable {
		d.turn[key[0]] = (int(in.pool) + 1) % d.lendable
	}
	d.queues[key] = d.queues[key][1:]
}

// front is the first job of the most urgent queue that has any.
func (d *dispatch) front(b int) (models.JobID, bool) {
	for class := range int(models.Classes) {
		if q := d.queues[[2]int{b, class}]; len(q) > 0 {
			return q[0], true
		}
	}
	return 0, false
}

func (d *dispatch) nobodyWaitsWithRoom() {
	for id, in := range d.instances {
		if in.jobs == 0 && (in.state == models.Busy || in.state == models.Finishing) {
			d.t.Fatalf("after %s: instance %d is %s and has no job", d.now, id, in.state)
		}
	}
	for b := range d.w.Borrowers {
		if job, ok := d.front(b); ok {
			if id, ok := d.choice(b, d.need(job)); ok {
				d.t.Fatalf("after %s: job %d waits, and instance %d has room", d.now, job, id)
			}
		}
	}
}

// choice looks at every instance, and takes the one that is before all others.
func (d *dispatch) choice(b int, need Room) (models.InstanceID, bool) {
	best, found := models.NoInstance, false
	for id, in := range d.instances { // the order cannot matter: no two have the same rank
		takes := in.borrower == b && (in.state == models.Idle || in.state == models.Busy) && in.free.holds(need)
		if takes && (!found || slices.Compare(d.rank(in), d.rank(d.instances[best])) < 0) {
			best, found = id, true
		}
	}
	return best, found
}

// away is 1 where a borrower's jobs have to move their data first.
func (d *dispatch) away(b int, pool models.PoolID) int {
	if t := d.w.Transfer; t == nil || t.Home[b] == d.w.Pools[pool].Region {
		return 0
	}
	return 1
}

// rank is what decides, in the order in which it does; less goes first.
func (d *dispatch) rank(in *packedInstance) []int {
	base, jobless := in.pool >= models.PoolID(d.lendable), in.state == models.Idle
	first := func(yes bool) int { return map[bool]int{true: 0, false: 1}[yes] }
	away := d.away(in.borrower, in.pool)
	pool := []int{away, int(in.pool)}
	switch {
	case base:
	case d.w.Placement == FastestFirst:
		pool = []int{away, -int(d.w.Pools[in.pool].Speed), int(in.pool)}
	case jobless:
		pool = []int{(int(in.pool) - d.turn[in.borrower] + d.lendable) % d.lendable}
	}
	if d.w.Packing.Fit == BestFit {
		rank := append([]int{first(base), first(!jobless)}, pool...)
		if jobless {
			return append(rank, -in.since)
		}
		return append(rank, int(in.free.VCPUs), in.since)
	}
	rank := append([]int{first(base), first(jobless)}, pool...)
	if jobless {
		return append(rank, -in.since)
	}
	return append(rank, -int(in.free.VCPUs), in.since)
}

func TestJobsStartWhereTheFitSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawPacked(t)
		d := newDispatch(t, c)
		_, tally := c.run(t, false, d)
		completed := int64(0)
		for _, done := range d.ended {
			if done {
				completed++
			}
		}
		if completed != tally.Completed {
			t.Fatalf("%d jobs completed, the engine counted %d", completed, tally.Completed)
		}
	})
}

func TestPackedWheelIsThePackedHeap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawPacked(t)
		var wheel, heap eventList
		_, a := c.run(t, false, &wheel)
		_, b := c.run(t, true, &heap)
		if a != b || !slices.Equal(wheel, heap) {
			t.Fatalf("wheel %+v, heap %+v", a, b)
		}
	})
}

func TestAPackedLedgerReplaysToTheSameState(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawPacked(t)
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

// What is known of an attempt from events is what the engine says that its vCPUs were spent on.
func TestVCPUSecondsOfPackedJobsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawPacked(t)
		d := newDispatch(t, c)
		want := make([]int64, len(c.world.Pools))
		open := map[models.JobID]models.Event{}
		e, _ := c.run(t, false, both{d, sinkFunc(func(e models.Event) {
			switch e.Kind {
			case models.Started:
				open[e.Job] = e
			case models.Completed, models.Interrupted:
				want[e.Pool] += int64(e.At-open[e.Job].At) * int64(d.need(e.Job).VCPUs)
				delete(open, e.Job)
			}
		})})
		end := e.at(e.now)
		for job, began := range open {
			want[began.Pool] += int64(end-began.At) * int64(d.need(job).VCPUs)
		}
		for p, s := range e.Spent() {
			if got := s.Starting + s.Completed + s.Interrupted + s.Running; got != want[p] {
				t.Fatalf("pool %d: %+v is %d, from events %d", p, s, got, want[p])
			}
		}
	})
}

// With jobs as large as an instance, containers that start at once are instances that take one job each.
func TestPackingJobsAsLargeAsTheInstanceChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		for p := range c.world.Pools {
			c.world.Pools[p].VCPUs, c.world.Pools[p].MemoryMiB, c.world.Pools[p].Slots = 16, 64000, 1
		}
		var alone, packed eventList
		_, a := c.run(t, false, &alone)
		c.world.Packing = &Packing{Slot: Room{16, 64000}, Fit: Fit(rapid.IntRange(0, 1).Draw(t, "fit")), Serial: 0.1}
		for i := range c.jobs {
			if rapid.Bool().Draw(t, "stated") {
				c.jobs[i].VCPUs, c.jobs[i].Memory = 16, int32(rapid.IntRange(1, 64000).Draw(t, "memory"))
			}
		}
		_, b := c.run(t, false, &packed)
		for i := range alone {
			if i < len(packed) && alone[i].Job == models.NoJob {
				packed[i].Class = alone[i].Class // of an event without a job it says nothing
			}
			if i >= len(packed) || alone[i] != packed[i] {
				t.Fatalf("event %d is %+v alone, packed: %+v", i, alone[i], packed[i:min(i+1, len(packed))])
			}
		}
		if len(packed) != len(alone) || a != b {
			t.Fatalf("alone %d events, %+v; packed %d, %+v", len(alone), a, len(packed), b)
		}
	})
}

// By Amdahl's law: with 20 % serial, 4 vCPUs are 1 / (0.2 + 0.8/4) = 2.5 times as fast as one, and 16 are 4 times.
func TestSpeedOfAPartOfAnInstance(t *testing.T) {
	for _, c := range []struct {
		serial      float64
		vcpus, all  int32
		speed       int64
		work, takes int32
	}{
		{0, 4, 16, 250_000, 600, 2400},
		{0, 16, 16, 1_000_000, 600, 600},
		{0.2, 4, 16, 625_000, 600, 960},
		{0.2, 16, 16, 1_000_000, 600, 600},
		{0, 1, 3, 333_333, 1, 4},
	} {
		p := &Packing{Serial: c.serial}
		pool := &models.Pool{Speed: 1000}
		speed := p.speed(c.vcpus, c.all)
		if speed != c.speed || secondsAt(pool, c.work, 0, speed) != c.takes {
			t.Errorf("%+v: %d millionths, %d s", c, speed, secondsAt(pool, c.work, 0, speed))
		}
	}
}

// At the whole instance's speed, time and work are what they are without containers.
func TestWholeSpeedIsThePoolsOwn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := &models.Pool{Speed: int32(rapid.IntRange(1, 1_000_000).Draw(t, "speed"))}
		n := int32(rapid.IntRange(0, 1_000_000).Draw(t, "seconds"))
		if a, b := p.Seconds(n, 0), secondsAt(p, n, 0, whole); a != b {
			t.Fatalf("%d s of work take %d s, in a container %d s", n, a, b)
		}
		if a, b := p.Work(n, 0), workAt(p, n, 0, whole); a != b {
			t.Fatalf("in %d s %d s of work are done, in a container %d s", n, a, b)
		}
	})
}

func TestAJobThatNoInstanceHasRoomForIsNamed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawPacked(t)
		at := rapid.IntRange(0, len(c.jobs)).Draw(t, "at")
		job := models.Job{Arrival: c.world.Start, VCPUs: 4, Memory: 40_000, Work: 1}
		if at < len(c.jobs) {
			job.Arrival = c.jobs[at].Arrival
		}
		c.jobs = slices.Insert(c.jobs[:at:at], at, job)
		c.jobs = c.jobs[:at+1]
		for i := range c.jobs {
			c.jobs[i].ID = models.JobID(i)
		}
		if at > 0 {
			c.jobs[at].Arrival = c.jobs[at-1].Arrival
		}
		_, err := c.engine(t, false, nil).Run()
		var large *TooLargeError
		if c.jobs[at].Arrival >= c.world.Until {
			return
		}
		want := fmt.Sprintf("job %d needs 4 vCPUs and 40000 MiB: expected no more than an instance has, such as ", at)
		if !errors.As(err, &large) || !strings.HasPrefix(err.Error(), want) {
			t.Fatalf("%v, expected %q", err, want)
		}
	})
}

// slotBooks count slots the slow way, instance by instance and job by job, and hold what a policy is told against that.
type slotBooks struct {
	*dispatch
	on map[models.JobID]models.InstanceID
}

func (b *slotBooks) Event(e models.Event) {
	b.dispatch.Event(e)
	switch e.Kind {
	case models.Started:
		b.on[e.Job] = e.Instance
	case models.Completed, models.Interrupted:
		delete(b.on, e.Job)
	}
}

func (b *slotBooks) Decision(obs *models.Observation, _ *models.Decision) {
	slot := b.w.Packing.Slot
	want := make([]models.Workload, len(obs.Borrowers))
	for id, in := range b.instances {
		w, all := &want[in.borrower], roomOf(&b.w.Pools[in.pool]).slots(slot)
		if in.state != models.Idle && in.state != models.Busy {
			continue
		}
		free := in.free.slots(slot)
		if int(in.pool) >= b.lendable {
			w.BaseBusy, w.BaseIdle = w.BaseBusy+all-free, w.BaseIdle+free
			continue
		}
		w.Running += all - free
		for job, on := range b.on {
			if on == id {
				w.RunningBy[b.jobs[job].Class] += b.need(job).fills(slot)
			}
		}
	}
	for key, queue := range b.queues {
		for _, job := range queue {
			want[key[0]].Queued[key[1]] += b.need(job).fills(slot)
		}
	}
	for i := range want {
		got := obs.Workload[i]
		got.AsOf, got.Work = 0, want[i].Work
		if got != want[i] {
			b.t.Fatalf("at %s borrower %d is told %+v, expected %+v", obs.Now, i, got, want[i])
		}
	}
}

func TestPoliciesAreToldOfSlotsAsTheyAre(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawPacked(t)
		b := &slotBooks{dispatch: newDispatch(t, c), on: map[models.JobID]models.InstanceID{}}
		e := c.engine(t, false, b)
		e.decisions = b
		if _, err := e.Run(); err != nil {
			t.Fatal(err)
		}
	})
}
