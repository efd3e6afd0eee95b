package aws

import (
	"context"
	"net/http/httptest"
	"os"
	"slices"
	"testing"
	"time"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/cmd/trough-live/fakecloud"
	"trough.internal/models"
	"trough.internal/models/random"
)

// TestStormsOverHTTPAndDiskDoNoHarm is the fault runs of package drive on the way that production goes: over connections, with a
// journal on the disk, and with groups of owners beside the driver's. With TROUGH_LONG=1 it is 20 days.
func TestStormsOverHTTPAndDiskDoNoHarm(t *testing.T) {
	days, minutes := 1, 150
	if os.Getenv("TROUGH_LONG") != "" {
		days, minutes = 20, 1440
	}
	if testing.Short() {
		minutes = 60
	}
	for seed := range uint64(days) {
		s := newStorm(t, seed)
		s.run(minutes)
		t.Logf("seed %d: %d minutes, %d faults, %d restarts, at most %d held", seed, minutes, len(s.server.Hits()), s.restarts, s.most)
		if s.most == 0 || s.restarts == 0 && !testing.Short() || len(s.server.Hits()) == 0 {
			t.Errorf("seed %d: nothing was shown", seed)
		}
		s.close()
	}
}

// owners is a group beside the driver's.
const owners = "checkout-v042"

type storm struct {
	*world
	seed     uint64
	close    func()
	owners   []string // instances of theirs
	room     [3][]int // by pool: what was available, minute by minute
	restarts int
	most     int
}

func newStorm(t *testing.T, seed uint64) *storm {
	s := &storm{seed: seed, world: newWorld(t, fakecloud.TableSettings{Seed: seed, Launch: 20 * time.Second, Boot: 90 * time.Second,
		Stop: 30 * time.Second, Refused: 0.05, Retry: 3 * time.Minute})}
	web := httptest.NewServer(s.server)
	s.close = web.Close
	client, err := Open(context.Background(), Settings{Endpoint: web.URL, CallsPerMinute: 1_000_000, Attempts: 1, Timeout: 10 * time.Second, Clock: stormClock{s}})
	if err != nil {
		t.Fatal(err)
	}
	s.client = client
	g := s.account.AddGroup(owners, zones[0], "r3.4xlarge", 100, begin)
	g.Desired = 7
	s.table.Advance(time.Minute)
	for _, i := range s.there(zones[0]) {
		s.owners = append(s.owners, i.ID)
	}
	s.start()
	return s
}

// stormClock is a storm's: a minute of it is much less of the machine's.
type stormClock struct{ s *storm }

func (c stormClock) Now() time.Time {
	c.s.table.Lock()
	defer c.s.table.Unlock()
	return c.s.table.Now().UTC()
}

func (s *storm) luck(name string, n int) float64 {
	return random.New(s.seed, name).Float64(uint64(n), 0)
}

func (s *storm) run(minutes int) {
	for n := range minutes {
		s.weather(n)
		before := s.ours()
		s.minutes(1)
		s.check(n, before)
		if s.luck("restart", n) < 0.03 {
			s.start()
			s.restarts++
		}
	}
	s.server.Fail(0)
	s.stops.Stops = nil
	s.minutes(6) // so that all is heard of
	for p, n := range s.ours() {
		if got := int(s.driver.Market().Borrowed(models.PoolID(p))); got != n {
			s.t.Fatalf("seed %d: pool %d: %d in the books, and %d there", s.seed, p, got, n)
		}
	}
	s.evacuate()
	if v, err := drive.Verify(s.folder); err != nil || v.First != nil {
		s.t.Errorf("seed %d: %+v, %v", s.seed, v, err)
	}
}

// weather is what goes wrong in a minute, and what the owners use: otherwise every half hour.
func (s *storm) weather(n int) {
	for p := range s.inUse {
		s.inUse[p] = 80 + int32(20*s.luck("used "+zones[p], n/30))
		s.room[p] = append(s.room[p], int(s.reserved[p]-s.inUse[p]))
	}
	s.queued = 1000
	faults := []fakecloud.Fault{}
	for _, f := range []fakecloud.Fault{
		{Kind: fakecloud.Throttled, Operation: "*", Share: 0.2}, {Kind: fakecloud.Unavailable, Operation: "*", Share: 0.3}, {Kind: fakecloud.Lost, Operation: "*", Share: 0.3},
		{Kind: fakecloud.Empty, Operation: "*Describe*", Share: 0.3}, {Kind: fakecloud.Partial, Operation: "*Describe*", Share: 0.3}, {Kind: fakecloud.Stale, Operation: "*Describe*", Share: 0.3},
		{Kind: fakecloud.Short, Operation: "*", Share: 0.5}, {Kind: fakecloud.NoCapacity, Operation: "*", Share: 0.5}, {Kind: fakecloud.Doubled, Operation: "*", Share: 0.3},
	} {
		if s.luck("fault "+string(f.Kind), n/5) < 0.15 {
			faults = append(faults, f)
		}
	}
	s.server.Fail(s.seed<<32|uint64(n), faults...)
	s.stops.Stops = nil
	if s.luck("evacuation", n/40) < 0.1 {
		s.stops.Stops = []drive.Stop{{State: "evacuate"}}
	}
}

// ours is how many instances the driver's pools have, without the owners'.
func (s *storm) ours() []int {
	n := s.held()
	for _, i := range s.there(zones[0]) {
		if i.Group == owners {
			n[0]--
		}
	}
	return n
}

// check: the owners' instances are there, and no pool has grown beyond what was available lately.
func (s *storm) check(n int, before []int) {
	for _, id := range s.owners {
		if !slices.ContainsFunc(s.account.Instances, func(i *fakecloud.Instance) bool { return i.ID == id && i.There() }) {
			s.t.Fatalf("seed %d, minute %d: the owners' instance %s is not there any more", s.seed, n, id)
		}
	}
	for p, now := range s.ours() {
		s.most = max(s.most, now)
		if lately := slices.Max(s.room[p][max(0, n-12):]); now > before[p] && now > lately {
			s.t.Fatalf("seed %d, minute %d: %s: it grew from %d to %d, and at most %d were available lately", s.seed, n, zones[p], before[p], now, lately)
		}
	}
}

// evacuate: without faults everything is gone within the notice, the time to stop, and what it takes to hear of it.
func (s *storm) evacuate() {
	s.stops.Stops = []drive.Stop{{State: "evacuate"}}
	s.minutes(6)
	for p, n := range s.ours() {
		if got := s.driver.Market().Borrowed(models.PoolID(p)); n != 0 || got != 0 {
			s.t.Fatalf("seed %d: %s: %d are left after an evacuation, %d in the books", s.seed, zones[p], n, got)
		}
	}
}
