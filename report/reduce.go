package report

import "trough.internal/models"

// columns is how many columns a plot's time is cut into: about its pixels.
const columns = 1000

// reducer thins a step function out to what a plot can show: of each column of time it keeps the change to the largest
// value, the one to the smallest, and the last; and the very first. Peaks stay, however short; where there are three changes or fewer in a
// column, nothing is lost.
type reducer struct {
	from  models.Instant
	width models.Instant // seconds to a column, at least 1
	out   []Step

	column        models.Instant
	any           bool
	low, top, end Step
}

func newReducer(from, until models.Instant) *reducer { return newReducerOf(from, until, columns) }

func newReducerOf(from, until models.Instant, columns int) *reducer {
	return &reducer{from: from, width: max(1, (until-from)/models.Instant(columns))}
}

// Reduce thins steps out to so many columns of a span, in each of which peaks and valleys stay.
func Reduce(steps []Step, from, until models.Instant, columns int) []Step {
	r := newReducerOf(from, until, columns)
	for _, s := range steps {
		r.add(s.At, s.Value)
	}
	return r.steps()
}

// add takes the next change; times do not fall, and of one time the last value counts.
func (r *reducer) add(at models.Instant, value int64) {
	column := max(0, at-r.from) / r.width
	if r.any && column != r.column {
		r.flush()
	}
	step := Step{at, value}
	if r.out == nil {
		r.out = append(r.out, step) // nothing was shown before it, so it may not be left out
	}
	if !r.any {
		r.any, r.column = true, column
		r.low, r.top, r.end = step, step, step
		return
	}
	if value < r.low.Value {
		r.low = step
	}
	if value > r.top.Value {
		r.top = step
	}
	r.end = step
}

func (r *reducer) flush() {
	first, second := r.low, r.top
	if second.At < first.At {
		first, second = second, first
	}
	for _, s := range []Step{first, second, r.end} {
		r.put(s)
	}
	r.any = false
}

// put leaves out what says nothing new.
func (r *reducer) put(s Step) {
	n := len(r.out)
	switch {
	case n > 0 && r.out[n-1].Value == s.Value:
	case n > 0 && r.out[n-1].At == s.At:
		r.out[n-1] = s
	default:
		r.out = append(r.out, s)
	}
}

// steps ends the reduction.
func (r *reducer) steps() []Step {
	if r.any {
		r.flush()
	}
	return r.out
}
