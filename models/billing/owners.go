package billing

import (
	"fmt"
	"math/bits"
	"slices"

	"trough.internal/models"
	"trough.internal/models/random"
)

// OwnerEnds says which of a pool's instances ends when the owners' count falls. A trace has counts, and a bill by whole
// instance-hours needs runs; Auto Scaling of the time had several of these rules.
type OwnerEnds uint8

// The rules.
const (
	EndsRandom  OwnerEnds = iota // any, by an addressed draw: it depends on the pool and the trace, not on the policy
	EndsOldest                   // the one that was launched first
	EndsNewest                   // the one that was launched last
	EndsHourEnd                  // the one that is closest to the end of an instance-hour: the longest launched among equals
	ownerEnds                    // how many there are
)

var ownerEndsNames = [ownerEnds]string{"random", "oldest", "newest", "hour-end"}

// String is the rule as files write it.
func (o OwnerEnds) String() string { return ownerEndsNames[o] }

// MarshalText writes the rule's name.
func (o OwnerEnds) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads a rule's name.
func (o *OwnerEnds) UnmarshalText(text []byte) error {
	for i, name := range ownerEndsNames {
		if name == string(text) {
			*o = OwnerEnds(i)
			return nil
		}
	}
	return fmt.Errorf("expected %s", o.Want())
}

// Want says what a reader should have written.
func (OwnerEnds) Want() string { return "random, oldest, newest or hour-end" }

// OwnerRuns turns one pool's count of owners' instances into runs: a rise launches, a fall ends. The instances of the
// first count were launched at even draws within the hour before it, since nobody recorded when.
//
// Its memory is bounded by the most instances at once. It must not be copied after its first use.
type OwnerRuns struct {
	rule   OwnerEnds
	draws  random.Stream // entity: the pool's name; index: the first count's instances, then the ends
	entity uint64
	drawn  uint64
	seen   bool

	starts []models.Instant // of the runs under way, but for hour-end: oldest first where the rule asks for it
	head   int              // the first of starts that has not ended, for oldest
	phases *phases          // of hour-end
	n      int32
}

// NewOwnerRuns returns a pool without instances. The name keeps the draws of pools apart.
func NewOwnerRuns(rule OwnerEnds, seed uint64, pool string) OwnerRuns {
	parts := make([]uint64, len(pool))
	for i := range parts {
		parts[i] = uint64(pool[i])
	}
	o := OwnerRuns{rule: rule, draws: random.New(seed, "owner-runs"), entity: random.Entity(parts...)}
	if rule == EndsHourEnd {
		o.phases = new(phases)
	}
	return o
}

// Len is how many instances run.
func (o *OwnerRuns) Len() int32 { return o.n }

// Set moves the count at an instant, which is not before that of any earlier call. Ended is called with the start of each
// run that ends; launched runs all start at the instant, but for those of the first count.
func (o *OwnerRuns) Set(at models.Instant, count int32, ended func(start models.Instant)) {
	if !o.seen {
		o.seen = true
		o.first(at, count)
		return
	}
	for ; o.n < count; o.n++ {
		o.add(at)
	}
	for ; o.n > count; o.n-- {
		ended(o.end(at))
	}
}

// first launches the instances that were there when the trace began.
func (o *OwnerRuns) first(at models.Instant, count int32) {
	starts := make([]models.Instant, count)
	for i := range starts {
		starts[i] = at - 1 - models.Instant(o.draws.Int(o.entity, o.drawn, 3600))
		o.drawn++
	}
	slices.Sort(starts)
	for _, start := range starts {
		o.add(start)
	}
	o.n = count
}

func (o *OwnerRuns) add(start models.Instant) {
	if o.rule == EndsHourEnd {
		o.phases.add(start)
		return
	}
	o.starts = append(o.starts, start)
}

// end takes one run out and returns its start.
func (o *OwnerRuns) end(at models.Instant) models.Instant {
	last := len(o.starts) - 1
	switch o.rule {
	case EndsHourEnd:
		return o.phases.take(at)
	case EndsOldest:
		start := o.starts[o.head]
		o.head++
		if 2*o.head > len(o.starts) {
			o.starts = o.starts[:copy(o.starts, o.starts[o.head:])]
			o.head = 0
		}
		return start
	case EndsNewest:
		start := o.starts[last]
		o.starts = o.starts[:last]
		return start
	}
	i := o.draws.Int(o.entity, o.drawn, len(o.starts))
	o.drawn++
	start := o.starts[i]
	o.starts[i] = o.starts[last]
	o.starts = o.starts[:last]
	return start
}

// Each calls f with the start of every run under way, in no stated order.
func (o *OwnerRuns) Each(f func(start models.Instant)) {
	for _, start := range o.starts[o.head:] {
		f(start)
	}
	if o.phases != nil {
		o.phases.each(f)
	}
}

// phases holds runs by the second of the clock hour at which their instance-hours begin, the longest launched first.
type phases struct {
	starts [3600][]models.Instant
	used   [57]uint64 // a bit for each phase that has runs
}

func (p *phases) add(start models.Instant) {
	i := phase(start)
	p.starts[i] = append(p.starts[i], start)
	p.used[i>>6] |= 1 << (i & 63)
}

// take removes the run whose instance-hour ends soonest from an instant on. There must be one.
func (p *phases) take(at models.Instant) models.Instant {
	i := p.next(phase(at))
	runs := p.starts[i]
	start := runs[0]
	p.starts[i] = runs[:copy(runs, runs[1:])]
	if len(p.starts[i]) == 0 {
		p.used[i>>6] &^= 1 << (i & 63)
	}
	return start
}

// next is the first phase with runs, from one on and round the hour.
func (p *phases) next(from int) int {
	word := p.used[from>>6] &^ (1<<(from&63) - 1)
	for k := from >> 6; ; word = p.used[k] {
		if word != 0 {
			return k<<6 + bits.TrailingZeros64(word)
		}
		k = (k + 1) % len(p.used)
	}
}

func (p *phases) each(f func(start models.Instant)) {
	for i := range p.starts {
		for _, start := range p.starts[i] {
			f(start)
		}
	}
}

// phase is the second of the clock hour.
func phase(at models.Instant) int { return int(((at % 3600) + 3600) % 3600) }
