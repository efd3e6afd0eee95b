package hindsight

import (
	"math"
	"testing"

	"trough.internal/models/random"
)

// cases are how many random problems are compared with brute force.
const cases = 500

// draws are the numbers of one case, one after the other: even, where a shrinking generator would prefer small ones.
type draws struct {
	number uint64
	n      uint64
}

func (d *draws) between(low, high int) int {
	d.n++
	return low + random.New(1, "tiny").Int(d.number, d.n, high-low+1)
}

func (d *draws) one(of ...float64) float64 { return of[d.between(0, len(of)-1)] }

// eachCase plays every case.
func eachCase(t *testing.T, play func(t *testing.T, d *draws)) {
	for i := range cases {
		play(t, &draws{number: uint64(i)})
	}
}

// tiny is a problem that is small enough to try every plan of it.
func tiny(d *draws) Problem {
	p := Problem{Length: int32(d.between(4, 10)), Boot: int32(d.between(0, 3)), First: int32(d.between(0, 2))}
	for range d.between(1, 2) {
		speed := d.one(0.5, 1, 2)
		pool := Pool{Norm: speed, Speed: speed}
		for at := int32(0); at < p.Length; at += int32(d.between(1, 4)) {
			pool.Steps = append(pool.Steps, Step{at, int32(d.between(-1, 2))})
		}
		p.Pools = append(p.Pools, pool)
	}
	return p
}

func drawRatio(d *draws) float64 {
	return d.one(0, 0.25, 0.5, 1, 1.5, 4, 20, math.Inf(1))
}

// most is how many instances a brute-force plan borrows of a pool: one more than is ever available.
const most = 3

// fleet is a pool's instances by what they do: booting ones by the seconds until they are booted, then those that work.
type fleet [5]int

// valueOf is the best value of one pool by dynamic programming over its whole state, second by second: nothing of levels
// is in it. Work is worth pay(t) a normalised second.
func valueOf(p *Problem, pool *Pool, ratio float64, pay func(t int32) float64) float64 {
	now := map[fleet]float64{{}: 0}
	for t := range p.Length {
		next := map[fleet]float64{}
		for f, value := range now {
			var booted fleet // the second's beginning: boots go on
			if t > 0 && p.Boot > 0 {
				booted[0] = f[0] + f[1]
				for i := 1; i < int(p.Boot); i++ {
					booted[i] = f[i+1]
				}
			} else {
				booted = f
			}
			each(booted, int(p.Boot), t >= p.First, func(g fleet) {
				held := 0
				for _, n := range g {
					held += n
				}
				available := availableAt(pool, t)
				over := max(0, held-max(0, int(available)))
				if over > 0 && math.IsInf(ratio, 1) || held > 0 && available == Closed {
					return
				}
				v := value + pool.Speed*float64(g[0])*pay(t)
				if over > 0 {
					v -= ratio * pool.Norm * float64(over)
				}
				if old, ok := next[g]; !ok || v > old {
					next[g] = v
				}
			})
		}
		now = next
	}
	best := math.Inf(-1)
	for _, v := range now {
		best = max(best, v)
	}
	return best
}

// each tries every number to end of each kind and every number to launch.
func each(f fleet, boot int, launches bool, try func(fleet)) {
	var end func(g fleet, kind int)
	end = func(g fleet, kind int) {
		if kind == len(g) {
			held := g[0] + g[1] + g[2] + g[3] + g[4]
			for n := 0; held+n <= most && (n == 0 || launches); n++ {
				h := g
				h[boot] += n
				try(h)
			}
			return
		}
		for stay := 0; stay <= f[kind]; stay++ {
			g[kind] = stay
			end(g, kind+1)
		}
	}
	end(fleet{}, 0)
}

func availableAt(p *Pool, t int32) int32 {
	available := int32(0)
	for _, s := range p.Steps {
		if s.At <= t {
			available = s.Available
		}
	}
	return available
}

func nothing() error { return nil }

// Boots are counted from a second on, so a fleet whose boot is over works in the second after its last.
func TestTheOptimumOfASaturatedQueueIsThatOfAllPlans(t *testing.T) {
	worth := 0
	eachCase(t, func(t *testing.T, d *draws) {
		p := tiny(d)
		ratio := max(1, drawRatio(d))
		want := 0.0
		for i := range p.Pools {
			want += valueOf(&p, &p.Pools[i], ratio, func(int32) float64 { return 1 })
		}
		if want > 0 {
			worth++
		}
		b, err := New(p).Bound(ratio, nothing)
		if err != nil || math.Abs(3600*b.Upper-want) > 1e-9 {
			t.Fatalf("p/v %v: %v, brute force %v (%v)", ratio, 3600*b.Upper, want, err)
		}
		if !b.Saturated {
			t.Fatal("a queue that never runs out is not said to be saturated")
		}
	})
	if worth < cases/2 {
		t.Errorf("only %d of %d problems are worth anything", worth, cases)
	}
}

// reach is the best value of a pool and its work, in whole instances: every plan of the pool, and whatever is served of what
// has arrived.
func reach(p *Problem, ratio float64) float64 {
	pool := &p.Pools[0]
	type state struct {
		fleet
		queue float64
	}
	now := map[state]float64{{}: 0}
	for t := range p.Length {
		next := map[state]float64{}
		for s, value := range now {
			booted := s.fleet
			if t > 0 && p.Boot > 0 {
				booted = fleet{s.fleet[0] + s.fleet[1]}
				for i := 1; i < int(p.Boot); i++ {
					booted[i] = s.fleet[i+1]
				}
			}
			queue := s.queue
			for _, r := range p.Work {
				if r.At == t {
					queue += r.Work
				}
			}
			each(booted, int(p.Boot), t >= p.First, func(g fleet) {
				held := g[0] + g[1] + g[2] + g[3] + g[4]
				available := availableAt(pool, t)
				over := max(0, held-max(0, int(available)))
				if over > 0 && math.IsInf(ratio, 1) || held > 0 && available == Closed {
					return
				}
				served := min(queue, pool.Speed*float64(g[0]))
				v := value + served
				if over > 0 {
					v -= ratio * pool.Norm * float64(over)
				}
				to := state{g, queue - served}
				if old, ok := next[to]; !ok || v > old {
					next[to] = v
				}
			})
		}
		now = next
	}
	best := 0.0
	for _, v := range now {
		best = max(best, v)
	}
	return best
}

func drawWork(d *draws, p *Problem) {
	p.Work = []Release{}
	for range d.between(0, 4) {
		p.Work = append(p.Work, Release{int32(d.between(0, int(p.Length)-1)), float64(d.between(1, 6))})
	}
}

func TestTheBoundOfFiniteWorkIsAboveEveryPlan(t *testing.T) {
	gaps, n := 0.0, 0
	eachCase(t, func(t *testing.T, d *draws) {
		p := tiny(d)
		p.Pools = p.Pools[:1]
		drawWork(d, &p)
		ratio := drawRatio(d)
		want := reach(&p, ratio)
		b, err := New(p).Bound(ratio, nothing)
		if err != nil || 3600*b.Upper < want-1e-9 {
			t.Fatalf("p/v %v: %v, brute force %v (%v)", ratio, 3600*b.Upper, want, err)
		}
		if want > 0 {
			gaps, n = gaps+3600*b.Upper/want-1, n+1
		}
	})
	t.Logf("mean gap of %d problems: %.1f %%", n, 100*gaps/float64(n))
}

// The gap is small where instances and work divide well: many instances, no boot. There the bound is the fluid optimum.
func TestWithoutBootsTheBoundIsWhatCanBeServed(t *testing.T) {
	eachCase(t, func(t *testing.T, d *draws) {
		p := tiny(d)
		p.Boot, p.First = 0, 0
		drawWork(d, &p)
		queue, served := 0.0, 0.0
		for s := range p.Length {
			for _, r := range p.Work {
				if r.At == s {
					queue += r.Work
				}
			}
			for i := range p.Pools {
				now := min(queue, p.Pools[i].Speed*float64(max(0, availableAt(&p.Pools[i], s))))
				queue, served = queue-now, served+now
			}
		}
		b, err := New(p).Bound(math.Inf(1), nothing)
		if err != nil || math.Abs(3600*b.Upper-served) > 1e-9 {
			t.Fatalf("%v, can be served %v (%v)", 3600*b.Upper, served, err)
		}
	})
}

func TestADearerOverdraftNeverRaisesTheBound(t *testing.T) {
	eachCase(t, func(t *testing.T, d *draws) {
		p := tiny(d)
		if d.between(0, 1) == 0 {
			drawWork(d, &p)
		}
		s, before := New(p), math.Inf(1)
		for _, ratio := range []float64{0, 0.5, 1, 2, 4, 50, math.Inf(1)} {
			b, err := s.Bound(ratio, nothing)
			if err != nil || b.Upper > before+1e-9 {
				t.Fatalf("p/v %v: %v, above the %v of a lower price (%v)", ratio, b.Upper, before, err)
			}
			before = b.Upper
		}
	})
}

func TestFreeOverdraftIsWorthAllWork(t *testing.T) {
	p := Problem{Length: 10, Boot: 2, Pools: []Pool{{Norm: 1, Speed: 1, Steps: []Step{{0, 1}}}}, Work: []Release{{3, 700}, {5, 29}}}
	if b, err := New(p).Bound(0, nothing); err != nil || 3600*b.Upper != 729 {
		t.Errorf("%v (%v), expected 729", 3600*b.Upper, err)
	}
	p.Work = nil
	if b, err := New(p).Bound(0.5, nothing); err != nil || !math.IsInf(b.Upper, 1) {
		t.Errorf("%v (%v), expected no end: half an hour pays for an hour", b.Upper, err)
	}
}
