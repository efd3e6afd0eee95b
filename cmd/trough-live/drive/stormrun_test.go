package drive

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"trough.internal/cmd/trough-live/journal"
	"trough.internal/cmd/trough-live/journal/memory"
	"trough.internal/models"
	"trough.internal/policies"
)

// What holds in every storm.
const (
	capOf           = 60  // borrowed_max
	launchesPerHour = 100 // budget
	agedMost        = 6 * time.Minute
)

func stormSafety() Safety {
	s := DefaultSafety()
	s.LaunchesPerHour = launchesPerHour
	return s
}

// mayLaunch checks, at the moment at which instances are launched, that they may be.
func (s *storm) mayLaunch(o models.Order) {
	f := &s.faults
	name, n := s.pools[o.Pool].Name(), o.N-s.count()[models.Finishing][o.Pool]
	if n <= 0 {
		return
	}
	if f.on("evacuation") && !f.on("stops") {
		s.fail("%s: %d are launched during an evacuation", name, n)
	}
	if f.eventsAt != s.passed {
		s.fail("%s: %d are launched, and what instances do is not known", name, n)
	}
	if s.passed-f.workAt > agedMost {
		s.fail("%s: %d are launched, and what there is to do is not known for %s", name, n, s.passed-f.workAt)
	}
	if s.passed-f.toldAt[o.Pool] > agedMost {
		s.fail("%s: %d are launched, and nothing true was told for %s", name, n, s.passed-f.toldAt[o.Pool])
	}
	room := int32(0)
	for _, r := range f.room[o.Pool] {
		if s.passed-r.at <= 2*agedMost {
			room = max(room, r.n)
		}
	}
	if b := s.borrowed(o.Pool); b+n > room {
		s.fail("%s: %d are launched beside %d, and at most %d were available lately", name, n, b, room)
	}
	if b := s.borrowed(models.NoPool); b+n > capOf && !s.fair {
		s.fail("%s: %d are launched beside %d, of at most %d", name, n, b, capOf)
	}
	f.launched = append(f.launched, roomAt{s.passed, n})
	hour := int32(0)
	for _, l := range f.launched {
		if s.passed-l.at < time.Hour {
			hour += l.n
		}
	}
	if !s.fair && hour > launchesPerHour+launchesPerHour/4 {
		s.fail("%s: %d are launched within an hour, of %d and a quarter more", name, hour, launchesPerHour)
	}
}

// tally is what happened, so that a test can say that something did.

type tally struct{ cycles, restarts, launches, evacuations, refusedStarts, withheld, notActed int64 }

func (t *tally) add(o tally) {
	t.cycles, t.restarts, t.launches, t.evacuations = t.cycles+o.cycles, t.restarts+o.restarts, t.launches+o.launches, t.evacuations+o.evacuations
	t.refusedStarts, t.withheld, t.notActed = t.refusedStarts+o.refusedStarts, t.withheld+o.withheld, t.notActed+o.notActed
}

// day runs a driver through a storm. The first failures are returned.
func day(seed uint64, minutes int) (t tally, failures []string) {
	s := newStorm(seed)
	set, err := policies.BuiltinSettings("full")
	if err != nil {
		return t, []string{err.Error()}
	}
	set.Limits.BorrowedMax = capOf
	setup := Setup{Pools: s.pools, Borrowers: []string{"encoding"}, Policy: set, Safety: stormSafety(), Mode: Run, Telemetry: s, Work: s, Cloud: s,
		Stops: s, Lease: s, Clock: s, Patience: time.Minute}
	disk := memory.New()
	var d *Driver
	e := evacuated{}
	for range minutes {
		s.advance()
		s.faults.begin()
		if d == nil {
			s.faults.dead = false
			if d, err = start(setup, disk); err != nil {
				if !strings.Contains(err.Error(), "expected a later time") {
					s.fail("it does not start: %v", err)
				}
				t.refusedStarts++
				d = nil
				continue
			}
		}
		disk.Failing = s.faults.disk
		c := d.Cycle(context.Background())
		if s.faults.dead || s.faults.crash >= 0 {
			disk, d = disk.Crash(int(200*s.luck("kept", s.minute(), 0))), nil
			t.restarts++
			continue
		}
		disk.Failing = nil
		t.count(c)
		if !c.Acted && !s.faults.on("disk") {
			s.fail("the disk can be written, and nothing is done: %q", c.Notes)
		}
		s.check(d, c)
		e.check(s, c)
		if len(s.failures) > 3 {
			break
		}
	}
	t.evacuations = e.count
	for _, l := range s.faults.launched {
		t.launches += int64(l.n)
	}
	disk.Failing = nil
	if _, err := journal.Open(disk); err != nil {
		s.fail("the journal cannot be opened: %v", err)
	}
	if v, err := Verify(disk); err != nil || v.First != nil {
		s.fail("the journal does not decide the same again: %+v, %v", v, err)
	}
	return t, s.failures
}

func (t *tally) count(c *Cycle) {
	t.cycles++
	if c.Withheld {
		t.withheld++
	}
	if !c.Acted {
		t.notActed++
	}
}

func start(setup Setup, disk *memory.Folder) (*Driver, error) {
	j, err := journal.Open(disk)
	if err != nil {
		return nil, err
	}
	setup.Journal = j
	d, _, err := Resume(setup, disk)
	return d, err
}

// check compares the driver's books with the cloud's.
func (s *storm) check(d *Driver, c *Cycle) {
	if s.faults.eventsAt != s.passed {
		return
	}
	for state := models.OnOrder; state < models.States; state++ {
		if !slices.Equal(d.market.Count[state], s.counts[state]) {
			s.fail("cycle %d: %s: the driver's books have %v, and in the cloud there are %v", c.Number, state, d.market.Count[state], s.counts[state])
		}
	}
}

// evacuated is how long an evacuation takes.
type evacuated struct {
	on    bool
	good  int // evaluations that could act, since it began
	most  int // after so many everything is gone
	count int64
}

func (e *evacuated) check(s *storm, c *Cycle) {
	if !s.faults.on("evacuation") {
		e.on = false
		return
	}
	if !e.on {
		n := int(s.borrowed(models.NoPool))
		// The budget of calls, the notice and a minute until it is heard of, and one for those that boot between.
		*e = evacuated{on: true, most: (n+endsPerMinute-1)/endsPerMinute + int(noticeGiven/time.Minute) + 2, count: e.count}
		if n > 0 {
			e.count++
		}
	}
	if c.Acted && !c.Withheld && !s.faults.on("act before") && !s.faults.on("stops") {
		e.good++
	}
	if n := s.borrowed(models.NoPool); e.good > e.most && n > 0 {
		s.fail("an evacuation has been on for %d evaluations that could act, and %d are left", e.good, n)
	}
}

// TestNoStormMakesItDoHarm: over seeded days in which reports lie, answers are lost, disks are full, clocks are set and processes end
// anywhere, no more is launched than is known to be available, books are the cloud's, and evacuations empty it in time. With
// TROUGH_LONG=1 over 1,000 days.
func TestNoStormMakesItDoHarm(t *testing.T) {
	days := 20
	if testing.Short() {
		days = 4
	}
	if os.Getenv("TROUGH_LONG") != "" {
		days = 1000
	}
	var all tally
	var mutex sync.Mutex
	var next, done atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for seed := next.Add(1); seed <= int64(days) && !t.Failed(); seed = next.Add(1) {
				one, failures := day(uint64(seed), 1440)
				for _, f := range failures {
					t.Error(f)
				}
				mutex.Lock()
				all.add(one)
				if n := done.Add(1); n%50 == 0 {
					fmt.Fprintf(os.Stderr, "%d of %d days\n", n, days)
				}
				mutex.Unlock()
			}
		})
	}
	workers.Wait()
	t.Logf("%d days: %+v", days, all)
	if all.restarts == 0 || all.launches == 0 || all.evacuations == 0 || all.withheld == 0 || all.notActed == 0 {
		t.Errorf("%+v: expected some of each", all)
	}
}
