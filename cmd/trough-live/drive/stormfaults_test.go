package drive

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"trough.internal/models"
)

// faults are what goes wrong in a storm, and when.
type faults struct {
	s       *storm
	point   int  // asked so far in this minute
	crash   int  // at which point the process ends; -1 in most minutes
	dead    bool // it has ended: nothing that it still does has an effect
	epoch   int64
	withOut bool // it had no lease when it asked last

	eventsAt time.Duration   // when events were told last
	workAt   time.Duration   // and what there is to do
	toldAt   []time.Duration // by pool: when something true was told of it last
	room     [][]roomAt      // by pool: what was truly available, as told
	launched []roomAt        // when how many were launched
}

type roomAt struct {
	at time.Duration
	n  int32
}

// weather is how often each fault begins, as a share of stretches of so many minutes, each of which has it whole or not at all.
var weather = map[string]struct {
	minutes uint64
	share   float64
}{
	"reports":    {11, 0.04}, // none come
	"empty":      {8, 0.02},  // they say that nothing is in use
	"partial":    {1, 0.02},  // one pool's is too low, once
	"unknown":    {3, 0.04},  // one pool is left out
	"stale":      {6, 0.04},  // the same one again
	"twice":      {1, 0.10},  // each comes twice, and so does each order
	"work":       {7, 0.03},
	"events":     {3, 0.04},
	"act before": {2, 0.04}, // orders do not arrive
	"act after":  {1, 0.05}, // they do, and nobody hears of it
	"fewer":      {5, 0.10}, // half of what was asked for is launched
	"refusals":   {20, 0.04},
	"disk":       {4, 0.03},
	"stops":      {3, 0.02}, // stop states cannot be read
	"lease":      {5, 0.03},
	"clock":      {30, 0.06}, // the driver's is wrong by up to ten minutes, and then it is set right
	"restart":    {1, 0.02},
	"evacuation": {45, 0.08},
}

var errDead = errors.New("the process has ended")

func newFaults(s *storm) faults {
	return faults{s: s, crash: -1, epoch: 1, toldAt: slices.Repeat([]time.Duration{-time.Hour}, len(s.pools)), room: make([][]roomAt, len(s.pools)),
		eventsAt: -time.Hour, workAt: -time.Hour}
}

func (f *faults) on(name string) bool {
	w := weather[name]
	if f.s.fair {
		return false
	}
	if w.minutes == 0 {
		panic(name)
	}
	stretch := f.s.minute() / w.minutes
	if name == "empty" && stretch%2 == 1 {
		return false // two in a row would last for longer than Safety.FallFor, and so be believed
	}
	return f.s.luck("fault "+name, stretch, 0) < w.share
}

// ask is one thing that the process wants of the world; at one of them it may end.
func (f *faults) ask(name string) error {
	if f.point == f.crash {
		f.dead = true
	}
	f.point++
	switch {
	case f.dead:
		return errDead
	case f.on(name):
		return errDown
	}
	return nil
}

// begin is the next minute.
func (f *faults) begin() {
	f.point, f.crash = 0, -1
	if f.on("restart") {
		f.crash = int(25 * f.s.luck("point", f.s.minute(), 0))
	}
	f.s.step = 0
	if f.on("clock") {
		f.s.step = time.Duration(1200*(f.s.luck("clock", f.s.minute()/30, 0)-0.5)) * time.Second
	}
}

// disk is a step of the disk's.
func (f *faults) disk(string) error {
	if err := f.ask("disk"); err != nil {
		return fmt.Errorf("no space left on device: %w", err)
	}
	return nil
}

// Now is the driver's clock, which may have been set.
func (s *storm) Now() models.Instant { return s.now().Add(s.step) }

// Passed is the time that passed, which nobody sets.
func (s *storm) Passed() time.Duration { return s.passed }

// Reports tells what the owners use, or something else.
func (s *storm) Reports(context.Context, models.Instant) ([]Report, error) {
	f := &s.faults
	if err := f.ask("reports"); err != nil {
		return nil, err
	}
	if f.on("stale") && len(s.reported) > 0 {
		return s.reported[len(s.reported)-1:], nil
	}
	// As sources do that compare a server's clock with theirs.
	r := Report{OccurredAt: s.now(), AgeUnknown: max(s.step, -s.step) > time.Minute}
	lie := int(float64(len(s.pools)) * s.luck("liar", s.minute(), 0))
	for p := range s.pools {
		used, telling := s.used(p), true
		switch {
		case f.on("empty"):
			used, telling = 0, false
		case f.on("unknown") && p == lie:
			used, telling = models.Unknown, false
		case f.on("partial") && !f.liedBefore() && p == lie:
			used, telling = used*3/4, false
		}
		r.Reserved, r.InUse = append(r.Reserved, reservedOf), append(r.InUse, used)
		if telling {
			f.toldAt[p] = s.passed
			f.room[p] = append(f.room[p], roomAt{s.passed, reservedOf - used})
		}
	}
	if !f.on("empty") && !f.on("partial") {
		s.reported = append(s.reported[:0], r)
	}
	if f.on("twice") {
		return []Report{r, r}, nil
	}
	return []Report{r}, nil
}

// liedBefore: two lies that agree are believed, as two truths are; so this one tells none twice.
func (f *faults) liedBefore() bool {
	f.s.passed -= time.Minute
	defer func() { f.s.passed += time.Minute }()
	return f.on("partial") || f.on("empty")
}

// InForce tells stop states.
func (s *storm) InForce(models.Instant) (*StopFile, error) {
	f := new(StopFile)
	if s.faults.on("evacuation") {
		f.Stops = []Stop{{State: "evacuate"}}
	}
	return f, s.faults.ask("stops")
}

// Held is the lease, which another driver has now and then.
func (s *storm) Held() (int64, <-chan struct{}, error) {
	f := &s.faults
	if f.on("lease") {
		if !f.withOut {
			f.withOut = true
			f.epoch++
		}
		return 0, nil, errDown
	}
	f.withOut = false
	return f.epoch, nil, nil
}

// Since tells events.
func (s *storm) Since(_ context.Context, cursor int64) ([]models.Event, int64, error) {
	if err := s.faults.ask("events"); err != nil {
		return nil, 0, err
	}
	s.faults.eventsAt, s.counts = s.passed, s.count()
	return slices.Clone(s.events[cursor:]), int64(len(s.events)), nil
}

// Act carries out orders, once for a cycle whoever says them how often.
func (s *storm) Act(ctx context.Context, cycle int64, orders []models.Order) error {
	epoch, err := Fence(ctx)
	if err != nil {
		return err
	}
	if err := s.faults.ask("act before"); err != nil {
		return err
	}
	times := 1
	if s.faults.on("twice") {
		times = 2
	}
	for range times {
		s.carryOut(fmt.Sprint(epoch, cycle, orders[0].Pool, orders[0].Kind == models.Launch), orders)
	}
	return s.faults.ask("act after")
}

func (s *storm) carryOut(token string, orders []models.Order) {
	if s.done[token] {
		return
	}
	s.done[token] = true
	for _, o := range orders {
		switch o.Kind {
		case models.Launch:
			s.mayLaunch(o)
			n := o.N
			if s.faults.on("fewer") {
				n = (n + 1) / 2
			}
			s.launch(o.Pool, n, o.Cause)
		default:
			s.end(o.Pool, o.N, o.Cause, o.Kind == models.YieldByNotice)
		}
	}
}
