package drive

import (
	"context"
	"fmt"
	"math"
	"time"

	"trough.internal/models"
	"trough.internal/models/random"
)

// This file is a small cloud with delays, its owners and its work: what a driver meets in a fault run. What goes wrong stands in
// stormfaults_test.go, and what must hold nevertheless in stormrun_test.go.

// storm is the world of one simulated day. What is by chance is addressed by the seed, so that a day that failed can be had again.
type storm struct {
	seed   uint64
	pools  []models.Pool
	start  models.Instant
	passed time.Duration // since the start
	step   time.Duration // by which the driver's clock was set

	instances []*instance
	next      models.InstanceID
	events    []models.Event
	queue     int32
	fair      bool            // nothing goes wrong, and owners use the same for half an hour
	done      map[string]bool // by cycle, pool and what was asked: a client token
	calls     int             // that may still end instances in this minute

	reported []Report // true ones that reached the driver, oldest first
	counts   [][]int32
	faults   faults
	failures []string
}

// instance is one that the driver launched.
type instance struct {
	id    models.InstanceID
	pool  models.PoolID
	state models.State
	until time.Duration // when it launches, has booted, has done its job, or, leaving, is to be gone
	cause models.Cause
}

// The delays and limits of this cloud.
const (
	launchMost    = 90 * time.Second
	bootMost      = 4 * time.Minute
	jobMost       = 20 * time.Minute
	noticeGiven   = 2 * time.Minute
	endsPerMinute = 20
	tick          = 15 * time.Second
)

func newStorm(seed uint64) *storm {
	s := &storm{seed: seed, start: 1_444_003_200, done: map[string]bool{}}
	for _, name := range [][2]string{{"us-east-1a", "r3.4xlarge"}, {"us-east-1c", "m4.4xlarge"}, {"us-west-2a", "r3.4xlarge"}} {
		s.pools = append(s.pools, models.Pool{Region: models.RegionOfZone(name[0]), Zone: name[0], Type: name[1], Speed: 1000, Slots: 1})
	}
	s.faults = newFaults(s)
	return s
}

// luck is even in (0, 1), and the same whenever the same is asked of the same seed.
func (s *storm) luck(name string, entity, index uint64) float64 {
	return random.New(s.seed, name).Float64(entity, index)
}

func (s *storm) minute() uint64 { return uint64(s.passed / time.Minute) }

func (s *storm) now() models.Instant { return s.start.Add(s.passed) }

// used is what the owners use of a pool: a day's wave, little ups and downs, and steps that last for an hour.
func (s *storm) used(p int) int32 {
	minute := s.minute()
	if s.fair {
		return 70 + int32(25*s.luck("used", uint64(p), minute/30))
	}
	wave := 60 - 30*math.Cos(2*math.Pi*(float64(minute)/1440+float64(p)/3))
	noise := 4 * (s.luck("noise", uint64(p), minute) - 0.5)
	step := 0.0
	if s.luck("step", uint64(p), minute/60) < 0.15 {
		step = 25
	}
	return int32(min(100, max(0, wave+noise+step)))
}

const reservedOf = 100

// advance lets a minute pass.
func (s *storm) advance() {
	s.calls = endsPerMinute
	if s.luck("burst", s.minute(), 0) < 0.1 {
		s.queue += int32(150 * s.luck("burst", s.minute(), 1))
	}
	for until := s.passed + time.Minute; s.passed < until; {
		s.passed += tick
		for _, i := range s.instances {
			s.live(i)
		}
	}
	left := s.instances[:0]
	for _, i := range s.instances {
		if i.state != models.Absent {
			left = append(left, i)
		}
	}
	s.instances = left
}

// live is what an instance does by itself.
func (s *storm) live(i *instance) {
	due := s.passed >= i.until
	id, at := uint64(i.id), uint64(s.passed/tick)
	switch {
	case i.state == models.Absent:
	case !s.fair && i.state != models.OnOrder && s.luck("ended", id, at) < 0.00005:
		s.move(i, models.Gone, models.Absent, models.ByCloud)
	case i.state == models.OnOrder && due && (s.faults.on("refusals") || !s.fair && s.luck("refused", id, 0) < 0.05):
		s.move(i, models.Refused, models.Absent, models.ByCloud)
	case i.state == models.OnOrder && due:
		s.move(i, models.Launched, models.Booting, models.NoCause)
		i.until = s.passed + s.part(bootMost, "boot", id)
	case i.state == models.Booting && due:
		s.move(i, models.Ready, models.Idle, models.NoCause)
	case i.state == models.Idle && s.queue > 0:
		s.queue--
		s.events = append(s.events, models.Event{At: s.now(), Kind: models.Arrived, Pool: models.NoPool, Instance: models.NoInstance, N: 600})
		s.move(i, models.Started, models.Busy, models.NoCause)
		i.until = s.passed + s.part(jobMost, "job", id<<16|at)
	case i.state == models.Busy && due:
		s.move(i, models.Completed, models.Idle, models.NoCause)
	case i.state == models.Finishing && due:
		s.move(i, models.Gone, models.Absent, i.cause)
	case i.state == models.Leaving && due && s.calls > 0:
		s.calls--
		s.move(i, models.Gone, models.Absent, i.cause)
	}
}

func (s *storm) part(most time.Duration, name string, entity uint64) time.Duration {
	return most/5 + time.Duration(float64(most)*4/5*s.luck(name, entity, 0))
}

func (s *storm) move(i *instance, kind models.EventKind, to models.State, cause models.Cause) {
	e := models.Event{At: s.now(), Kind: kind, Pool: i.pool, Instance: i.id, Job: models.NoJob, From: i.state, To: to, Cause: cause}
	if kind == models.Started {
		e.N = 600
	}
	s.events = append(s.events, e)
	i.state = to
}

// launch keeps what is finishing first, as whoever carries out an order does.
func (s *storm) launch(p models.PoolID, n int32, cause models.Cause) {
	for _, i := range s.instances {
		if n > 0 && i.pool == p && i.state == models.Finishing {
			s.move(i, models.Kept, models.Busy, cause)
			n--
		}
	}
	for ; n > 0; n-- {
		i := &instance{id: s.next, pool: p}
		s.next++
		s.instances = append(s.instances, i)
		s.move(i, models.Ordered, models.OnOrder, cause)
		i.until = s.passed + s.part(launchMost, "launch", uint64(i.id))
	}
}

// end makes n instances of a pool end, those first that lose least.
func (s *storm) end(p models.PoolID, n int32, cause models.Cause, byNotice bool) {
	for _, state := range [...]models.State{models.OnOrder, models.Booting, models.Idle, models.Busy, models.Finishing} {
		for _, i := range s.instances {
			if n == 0 || i.pool != p || i.state != state {
				continue
			}
			i.cause = cause
			switch {
			case state == models.OnOrder:
				s.move(i, models.Cancelled, models.Absent, cause)
			case state == models.Busy && !byNotice:
				s.move(i, models.Draining, models.Finishing, cause)
			case state == models.Finishing && !byNotice:
				continue
			default:
				s.move(i, models.Yielding, models.Leaving, cause)
				if i.until = s.passed; state == models.Busy || state == models.Finishing {
					i.until += noticeGiven
				}
			}
			n--
		}
	}
}

// borrowed is what there is of a pool, from order to gone; of all pools where p is NoPool.
func (s *storm) borrowed(p models.PoolID) (n int32) {
	for _, i := range s.instances {
		if i.state != models.Absent && (p == models.NoPool || i.pool == p) {
			n++
		}
	}
	return n
}

// count is the cloud's own books: instances by state and pool.
func (s *storm) count() [][]int32 {
	counts := make([][]int32, models.States)
	for state := range counts {
		counts[state] = make([]int32, len(s.pools))
	}
	for _, i := range s.instances {
		if i.state != models.Absent {
			counts[i.state][i.pool]++
		}
	}
	return counts
}

// fail notes that something does not hold.
func (s *storm) fail(format string, args ...any) {
	s.failures = append(s.failures, fmt.Sprintf("seed %d, %s: ", s.seed, s.now())+fmt.Sprintf(format, args...))
}

// Workload is what waits and what runs.
func (s *storm) Workload(_ context.Context, _ models.Instant, into []models.Workload) error {
	if err := s.faults.ask("work"); err != nil {
		return err
	}
	s.faults.workAt = s.passed
	into[0] = models.Workload{AsOf: s.now(), Queued: [models.Classes]int32{s.queue}}
	for _, i := range s.instances {
		if i.state == models.Busy {
			into[0].Running++
		}
	}
	return nil
}
