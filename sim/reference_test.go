package sim

import (
	"container/heap"
	"testing"
)

// referenceW is workload W written down once more, straight from its rules and nothing else: no market, no policy,
// no instances. It is slow and short, and stands beside the engine as a second reading.
type referenceW struct {
	completed, preempted, busy, makespan int64
	check                                uint64
}

func mixW(x uint64) uint64 {
	z := x + 0x9E3779B97F4A7C15
	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9
	z = (z ^ (z >> 27)) * 0x94D049BB133111EB
	return z ^ (z >> 31)
}

func capacityW(p, m, minutes, mean int) int {
	m %= minutes
	k := max(1, mean/8)
	phase := int(mixW(0x1000000000+uint64(p)) % 240)
	x := (m + phase) % 1440
	tri := min(x, 1440-x)
	noise := int(mixW(0x2000000000000000+uint64(p)<<32+uint64(m/15))%uint64(2*k+1)) - k
	return max(0, mean*(2880+12*tri)/7200+noise)
}

type attemptW struct{ end, start, job, pool, order int }

type endsW []*attemptW

func (h endsW) Len() int           { return len(h) }
func (h endsW) Less(i, j int) bool { return h[i].end < h[j].end }
func (h endsW) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *endsW) Push(x any)        { *h = append(*h, x.(*attemptW)) }
func (h *endsW) Pop() any          { o := *h; x := o[len(o)-1]; *h = o[:len(o)-1]; return x }

func simulateW(jobs, pools, days int, seed uint64) referenceW {
	const g = 0x9E3779B97F4A7C15
	var out referenceW
	horizon, minutes := 86400*days, 1440*days
	mean := max(4, (jobs*1950*13+10*horizon*pools-1)/(10*horizon*pools))
	arrival, duration := make([]int, jobs), make([]int, jobs)
	for i := range jobs {
		r := mixW(seed + uint64(2*i)*g)
		q := mixW(seed + uint64(2*i+1)*g)
		arrival[i] = (1024*i + int(r>>54)) * horizon / (1024 * jobs)
		duration[i] = 300 + int(q%3301)
	}
	capacity := make([]int, pools)
	running := make([][]*attemptW, pools) // in order of start
	var ends endsW
	var queue []int // the front is the last element of stack, then the first of back
	var back []int
	rr, next, started := 0, 0, 0
	for t := 0; out.completed < int64(jobs); t++ {
		for len(ends) > 0 && ends[0].end == t {
			r := heap.Pop(&ends).(*attemptW)
			if r.job < 0 {
				continue
			}
			out.completed++
			out.busy += int64(t - r.start)
			out.check += uint64(t)*uint64(r.job+1) + uint64(r.pool)
			out.makespan = int64(t)
			list := running[r.pool]
			for i := range list {
				if list[i] == r {
					running[r.pool] = append(list[:i], list[i+1:]...)
					break
				}
			}
		}
		if t%60 == 0 {
			for p := range capacity {
				capacity[p] = capacityW(p, t/60, minutes, mean)
				for len(running[p]) > capacity[p] {
					last := running[p][len(running[p])-1]
					running[p] = running[p][:len(running[p])-1]
					out.preempted++
					out.busy += int64(t - last.start)
					queue = append(queue, last.job)
					last.job = -1
				}
			}
		}
		for next < jobs && arrival[next] == t {
			back = append(back, next)
			next++
		}
		for len(queue)+len(back) > 0 {
			p := -1
			for k := range pools {
				if c := (rr + k) % pools; len(running[c]) < capacity[c] {
					p = c
					break
				}
			}
			if p < 0 {
				break
			}
			var job int
			if n := len(queue); n > 0 {
				job, queue = queue[n-1], queue[:n-1]
			} else {
				job, back = back[0], back[1:]
			}
			started++
			r := &attemptW{end: t + duration[job], start: t, job: job, pool: p, order: started}
			running[p] = append(running[p], r)
			heap.Push(&ends, r)
			rr = (p + 1) % pools
		}
	}
	return out
}

func TestReferenceReproducesTheKnownAnswerOfW(t *testing.T) {
	got := simulateW(20000, 10, 2, 1)
	want := referenceW{completed: 20000, preempted: 1358, busy: 39316680, makespan: 183087, check: 23821153895718}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
