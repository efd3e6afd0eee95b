package policytest

import (
	"fmt"
	"time"

	"pgregory.net/rapid"

	"trough.internal/models"
)

// world is a small random market that carries out orders: some at once, some late, some never. It cares for every odd case
// more than for a likeness.
type world struct {
	t     *rapid.T
	obs   models.Observation
	inUse []int32 // what is so, whoever knows it
}

func newWorld(t *rapid.T, name string) *world {
	pools := rapid.IntRange(1, 5).Draw(t, name+": pools")
	borrowers := rapid.IntRange(1, 3).Draw(t, name+": borrowers")
	cells := pools * borrowers
	w := &world{t: t, inUse: make([]int32, pools)}
	start := time.Date(2015, 10, 31, 20, 0, 0, 0, time.UTC) // the clocks of New York go back within hours
	w.obs = models.Observation{
		Now:      models.InstantOf(start).Add(time.Duration(rapid.IntRange(0, 14*60).Draw(t, name+": start, in minutes")) * time.Minute),
		Regions:  []string{"eu-west-1", "us-east-1"},
		Reserved: make([]int32, pools), InUse: make([]int32, pools), AsOf: make([]models.Instant, pools),
		OnOrder: make([]int32, cells), Booting: make([]int32, cells), Idle: make([]int32, cells),
		Busy: make([]int32, cells), Finishing: make([]int32, cells), Leaving: make([]int32, cells),
		HourEnding: make([]int32, cells), Price: make([]models.MicroUSDPerHour, pools),
		Launched: make([]int32, cells), Refused: make([]int32, cells),
		Workload: make([]models.Workload, borrowers), Evacuate: make([]bool, 2), RegionOf: make([]int32, pools),
	}
	for p := range pools {
		zone, region := "us-east-1a", int32(1)
		if p%3 == 2 {
			zone, region = "eu-west-1b", 0
		}
		w.obs.Pools = append(w.obs.Pools, models.Pool{Region: w.obs.Regions[region], Zone: zone, Type: fmt.Sprintf("r%d.4xlarge", p),
			Speed: int32(1000 - 70*p), Slots: int32(rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(t, "slots"))})
		w.obs.RegionOf[p] = region
		w.obs.Price[p] = w.price()
		w.obs.Reserved[p] = int32(rapid.IntRange(0, 60).Draw(t, "reserved"))
		w.inUse[p] = int32(rapid.IntRange(0, int(w.obs.Reserved[p])).Draw(t, "in use"))
		w.report(p)
	}
	for b := range borrowers {
		w.obs.Borrowers = append(w.obs.Borrowers, fmt.Sprintf("borrower-%d", b))
	}
	return w
}

// observe returns what a policy sees.
func (w *world) observe() *models.Observation {
	for b := range w.obs.Borrowers {
		running := int32(0)
		for p := range w.obs.Pools {
			c := p*len(w.obs.Borrowers) + b
			running += w.obs.Busy[c] + w.obs.Finishing[c]
		}
		work := &w.obs.Workload[b]
		work.AsOf, work.Running, work.RunningBy = w.obs.Now, running, [models.Classes]int32{}
		low := int32(rapid.IntRange(0, int(running)).Draw(w.t, "running of class low"))
		work.RunningBy[models.High], work.RunningBy[models.Low] = running-low, low
	}
	return copyOf(&w.obs, nil)
}

// advance lets time pass, and things happen.
func (w *world) advance(every time.Duration) {
	w.obs.Now = w.obs.Now.Add(every * time.Duration(rapid.SampledFrom([]int{1, 1, 1, 1, 1, 2, 7, 30}).Draw(w.t, "evaluations until the next")))
	for p := range w.obs.Pools {
		w.owners(p)
		if rapid.IntRange(0, 5).Draw(w.t, "price changes") == 0 {
			w.obs.Price[p] = w.price()
		}
	}
	for b := range w.obs.Workload {
		work := &w.obs.Workload[b]
		switch rapid.IntRange(0, 5).Draw(w.t, "work") {
		case 0:
			work.Queued[rapid.IntRange(0, int(models.Classes)-1).Draw(w.t, "class")] = int32(rapid.IntRange(0, 150).Draw(w.t, "queued"))
		case 1:
			work.Queued = [models.Classes]int32{}
		case 2:
			work.BaseIdle = int32(rapid.IntRange(0, 5).Draw(w.t, "base idle"))
		}
	}
	for c := range w.obs.Cells() {
		w.live(c)
	}
	if rapid.IntRange(0, 15).Draw(w.t, "switch") == 0 {
		r := rapid.IntRange(0, 1).Draw(w.t, "region")
		w.obs.Evacuate[r] = !w.obs.Evacuate[r]
	}
}

// owners changes what a pool's owners use, and what is known of it.
func (w *world) owners(p int) {
	reserved := int(w.obs.Reserved[p])
	switch rapid.IntRange(0, 9).Draw(w.t, "owners") {
	case 0, 1, 2:
		w.inUse[p] = max(0, w.inUse[p]+int32(rapid.IntRange(-3, 3).Draw(w.t, "jitter")))
	case 3:
		w.inUse[p] = int32(rapid.IntRange(0, reserved+5).Draw(w.t, "in use")) // an overdraft of their own is theirs to have
	case 4:
		w.obs.InUse[p] = models.Unknown
		return
	case 5:
		return // no report: the last one ages
	case 6:
		w.obs.Reserved[p] = int32(rapid.IntRange(0, reserved+10).Draw(w.t, "reserved"))
	}
	w.report(p)
}

func (w *world) price() models.MicroUSDPerHour {
	return models.MicroUSDPerHour(rapid.SampledFrom([]int{0, 20_000, 30_000, 900_000}).Draw(w.t, "price"))
}

func (w *world) report(p int) {
	w.obs.InUse[p], w.obs.AsOf[p] = w.inUse[p], w.obs.Now.Add(-time.Minute)
}

// live moves instances of a cell on. Odd numbers leave some of them where they are.
func (w *world) live(c int) {
	o := &w.obs
	luck := rapid.Uint8().Draw(w.t, "luck")
	o.Launched[c], o.Refused[c] = 0, 0
	if luck&1 != 0 {
		o.Launched[c] = move(o.OnOrder[c], &o.OnOrder[c], &o.Booting[c])
	} else if luck&2 != 0 {
		move(o.OnOrder[c], &o.OnOrder[c], &o.Refused[c])
	}
	if luck&4 != 0 {
		o.Idle[c], o.Booting[c] = o.Idle[c]+o.Booting[c]-o.Booting[c]/3, o.Booting[c]/3
	}
	if luck&8 != 0 {
		o.Busy[c], o.Idle[c] = o.Busy[c]+o.Idle[c]-o.Idle[c]/4, o.Idle[c]/4
	}
	if luck&16 != 0 {
		o.Idle[c], o.Busy[c] = o.Idle[c]+o.Busy[c]-o.Busy[c]/2, o.Busy[c]/2
	}
	if luck&32 != 0 {
		o.Finishing[c] /= 2
	}
	if luck&64 != 0 {
		o.Leaving[c] = 0
	}
	o.HourEnding[c] = (o.Booting[c] + o.Idle[c] + o.Busy[c]) * int32(luck>>5) / 7 // none to all of them
}

// carryOut does what orders ask, as far as it can be done at once: what is idle ends, what is busy finishes first.
func (w *world) carryOut(orders []models.Order) {
	o := &w.obs
	for _, order := range orders {
		c, n := int(order.Pool)*len(o.Borrowers)+int(order.Borrower), order.N
		switch order.Kind {
		case models.Launch:
			n -= move(n, &o.Finishing[c], &o.Busy[c])
			o.OnOrder[c] += n
		case models.YieldWhenIdle:
			var gone int32
			for _, from := range []*int32{&o.OnOrder[c], &o.Idle[c], &o.Booting[c]} {
				n -= move(n, from, &gone)
			}
			move(n, &o.Busy[c], &o.Finishing[c])
		case models.YieldByNotice:
			var gone int32
			n -= move(n, &o.OnOrder[c], &gone)
			for _, from := range []*int32{&o.Idle[c], &o.Booting[c], &o.Busy[c], &o.Finishing[c]} {
				n -= move(n, from, &o.Leaving[c])
			}
		}
	}
}

// move moves up to n instances and returns how many.
func move(n int32, from, to *int32) int32 {
	n = min(n, *from)
	*from -= n
	*to += n
	return n
}

func (w *world) borrowed(p int) int32 {
	n := int32(0)
	for c := p * len(w.obs.Borrowers); c < (p+1)*len(w.obs.Borrowers); c++ {
		n += w.obs.Held(c) + w.obs.Finishing[c] + w.obs.Leaving[c]
	}
	return n
}
