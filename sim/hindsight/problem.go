package hindsight

import "math"

// Problem is a market and its work as hindsight sees them. Times are seconds since its start.
type Problem struct {
	Length int32 // a run covers [0, Length)
	First  int32 // nothing runs before: the shortest launch latency
	Boot   int32 // the shortest boot
	Pools  []Pool

	// Work is what there is to do, in any order; nil is a queue that never runs out.
	Work []Release

	// WorkOnly says that work may be counted that no borrowed instance did, so that the work alone bounds the value.
	WorkOnly bool
}

// Pool is what can be borrowed of one pool.
type Pool struct {
	Norm  float64 // what a second of overdraft counts, in normalised seconds
	Speed float64 // normalised seconds of work that one instance does in a second, at most
	Steps []Step  // in order of time; before the first nothing is available
}

// Step says how many instances are available from an instant on, max(0, reserved - in use), or Closed.
type Step struct {
	At        int32
	Available int32
}

// Closed is the Available of a pool in which nothing can run, not even in overdraft.
const Closed int32 = -1

// Release is work that can be done from an instant on, in normalised seconds.
type Release struct {
	At   int32
	Work float64
}

// Total is all the work, in normalised seconds; without end where the queue never runs out.
func (p *Problem) Total() float64 {
	if p.Work == nil {
		return math.Inf(1)
	}
	sum := 0.0
	for _, r := range p.Work {
		sum += r.Work
	}
	return sum
}
