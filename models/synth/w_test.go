package synth

import (
	"slices"
	"testing"

	"trough.internal/models"
)

// The engine of the reference workload, the plain old way: a list per pool and one for the queue.
func TestWGivesTheKnownAnswers(t *testing.T) {
	w := W{Pools: 10, Days: 2, Jobs: 20000, Seed: 1, Start: 1000}
	c, jobs := w.Capacity(3*1440), w.Trace().Jobs

	type run struct{ job, start int }
	running := make([][]run, w.Pools)
	capacity := make([]int, w.Pools)
	var queue []int
	preempt, busy, check, done, last, turn := 0, 0, uint64(0), 0, 0, 0
	next, change := 0, 0
	for now := 0; done < w.Jobs; now++ {
		if now > 3*86400 {
			t.Fatalf("%d of %d jobs are complete after three days", done, w.Jobs)
		}
		at := w.Start + models.Instant(now)
		for p := range running {
			running[p] = slices.DeleteFunc(running[p], func(r run) bool {
				if r.start+int(jobs[r.job].Work) != now {
					return false
				}
				busy += int(jobs[r.job].Work)
				check += uint64(now)*uint64(r.job+1) + uint64(p)
				done, last = done+1, now
				return true
			})
		}
		for ; change < len(c.Changes) && c.Changes[change].At == at; change++ {
			x := c.Changes[change]
			capacity[x.Pool] = int(x.Reserved - x.InUse)
			for len(running[x.Pool]) > capacity[x.Pool] {
				r := running[x.Pool][len(running[x.Pool])-1]
				running[x.Pool] = running[x.Pool][:len(running[x.Pool])-1]
				preempt++
				busy += now - r.start
				queue = slices.Insert(queue, 0, r.job)
			}
		}
		for ; next < len(jobs) && jobs[next].Arrival == at; next++ {
			queue = append(queue, next)
		}
		for len(queue) > 0 {
			p, found := turn, false
			for range w.Pools {
				if found = len(running[p]) < capacity[p]; found {
					break
				}
				p = (p + 1) % w.Pools
			}
			if !found {
				break
			}
			running[p] = append(running[p], run{queue[0], now})
			queue, turn = queue[1:], (p+1)%w.Pools
		}
	}
	if preempt != 1358 || busy != 39316680 || last != 183087 || check != 23821153895718 {
		t.Errorf("preempt %d, busy %d, makespan %d, check %d", preempt, busy, last, check)
	}
}

// The first values, worked out apart from this code from the formulas.
func TestWBeginsAsTheFormulasSay(t *testing.T) {
	w := W{Pools: 10, Days: 2, Jobs: 20000, Seed: 1, Start: 1000}
	for i, want := range [][2]int32{{4, 3381}, {17, 3014}, {21, 1343}, {33, 394}} {
		j := w.Trace().Jobs[i]
		if j.ID != models.JobID(i) || j.Arrival != 1000+models.Instant(want[0]) || j.Work != want[1] {
			t.Errorf("job %d: %+v, want arrival %d and work %d", i, j, want[0], want[1])
		}
	}
	for p, want := range [][5]int32{{18, 19, 20, 40, 16}, {14, 13, 17, 50, 10}, {22, 18, 19, 37, 19}} {
		for k, minute := range []int{0, 15, 30, 700, 1439} {
			if got := w.Cap(p, minute); got != want[k] {
				t.Errorf("pool %d, minute %d: %d, want %d", p, minute, got, want[k])
			}
		}
	}
}

func TestWByHand(t *testing.T) {
	w := W{Pools: 60, Days: 28, Jobs: 1000000, Seed: 1}
	// 1,000,000 x 1950 x 13 / (10 x 2,419,200 x 60) = 17.46, so 18; noise within 2.
	if w.mean() != 18 {
		t.Errorf("mean %d, want 18", w.mean())
	}
	c := w.Capacity(2)
	if len(c.Pools) != 60 || len(c.Changes) < 60 || c.Changes[0].Reserved != 38 || c.From != 0 || c.Until != 120 {
		t.Errorf("%d pools, %d changes, reserved %d, %d to %d", len(c.Pools), len(c.Changes), c.Changes[0].Reserved, c.From, c.Until)
	}
	for p := range 60 {
		// Without noise a pool goes from 18 x 2880 / 7200 = 7 to 18 x 11520 / 7200 = 28.
		for m := range 1440 {
			if got := w.Cap(p, m); got < 5 || got > 30 {
				t.Fatalf("pool %d has %d at minute %d", p, got, m)
			}
		}
	}
	if w.Cap(3, 28*1440+17) != w.Cap(3, 17) {
		t.Error("the days do not begin again")
	}
}

func TestWStatesOnlyChanges(t *testing.T) {
	w := W{Pools: 3, Days: 1, Jobs: 3000, Seed: 7}
	c := w.Capacity(1440)
	last := map[models.PoolID]models.CapacityChange{}
	for i, x := range c.Changes {
		if i > 0 && (x.At < c.Changes[i-1].At || x.At == c.Changes[i-1].At && x.Pool <= c.Changes[i-1].Pool) {
			t.Fatalf("out of order: %+v", x)
		}
		if before, ok := last[x.Pool]; ok && before.InUse == x.InUse {
			t.Errorf("no change: %+v", x)
		}
		if x.Reserved-x.InUse != w.Cap(int(x.Pool), int(x.At/60)) || x.InUse < 0 {
			t.Errorf("%+v leaves %d, want %d", x, x.Reserved-x.InUse, w.Cap(int(x.Pool), int(x.At/60)))
		}
		last[x.Pool] = x
	}
}
