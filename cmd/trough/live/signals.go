package live

import (
	"slices"
	"time"

	"trough.internal/models"
)

// Signals are what the world did that a simulator's world has settings for. Times are in seconds, ascending. An instance counts
// when its time is over: those that still boot at the end, or go while they boot, do not, so that long boots are a little rarer here.
type Signals struct {
	Latency []float64 // from the order until it runs
	Boot    []float64 // from running until it could take a job
	Notice  []float64 // from being told to yield by a deadline until gone
	Beyond  []float64 // by how much that was after the deadline; negative before it
	Idle    []float64 // from being told to yield when idle until gone, by nobody's further order

	Launched, Refused int

	Between []float64     // between two reports
	Lag     []float64     // from when a report was true until an evaluation heard it
	Every   time.Duration // between two evaluations
	Known   time.Duration // to what the times of instances are known: 0 is to the second, else to an evaluation
	Told    time.Duration // usual notice: what deadlines were after
}

// life is what is known of an instance that is there.
type life struct{ ordered, launched, told, drained, deadline models.Instant }

// Signals takes the signals out of a recording. What was there before it, or was made up, has no times.
func (r *Recording) Signals() *Signals {
	s := &Signals{Every: r.Policy.Evaluate}
	if r.asked {
		s.Known = s.Every
	}
	lives := map[models.InstanceID]*life{}
	notices := counts{}
	for i := range r.Events {
		e := &r.Events[i]
		if e.Kind < models.Ordered || r.Pools[e.Pool].Kind != models.Surplus || r.madeUp[e.Instance] {
			continue
		}
		l := lives[e.Instance]
		if l == nil {
			l = new(life)
			lives[e.Instance] = l
		}
		s.see(l, e, notices)
		if e.To == models.Absent {
			delete(lives, e.Instance)
		}
	}
	for _, list := range [][]float64{s.Latency, s.Boot, s.Notice, s.Beyond, s.Idle} {
		slices.Sort(list)
	}
	s.Between, s.Lag = r.between.ascending(), r.heard.ascending()
	s.Told = time.Duration(notices.median()) * time.Second
	return s
}

func (s *Signals) see(l *life, e *models.Event, notices counts) {
	since := func(into *[]float64, from models.Instant) {
		if from != 0 {
			*into = append(*into, float64(e.At-from))
		}
	}
	switch e.Kind {
	case models.Ordered:
		l.ordered = e.At
	case models.Refused:
		s.Refused++
	case models.Launched:
		s.Launched++
		since(&s.Latency, l.ordered)
		l.launched = e.At
	case models.Ready:
		since(&s.Boot, l.launched)
	case models.Draining:
		l.drained = e.At
	case models.Yielding:
		if e.N == 0 { // it has no job, and no deadline either: it is told to leave
			l.drained = e.At
			return
		}
		l.told, l.drained = e.At, 0
		l.deadline = e.At + models.Instant(e.N)
		notices.add(int64(e.N))
	case models.Kept:
		l.told, l.drained = 0, 0
	case models.Gone:
		if e.Cause == models.ByCloud {
			return // it went by itself, or nobody knows why
		}
		since(&s.Notice, l.told)
		if l.told != 0 {
			s.Beyond = append(s.Beyond, float64(e.At-l.deadline))
		}
		since(&s.Idle, l.drained)
	}
}

// ascending lists each number as often as it came.
func (c counts) ascending() (list []float64) {
	for n, times := range c {
		for range times {
			list = append(list, float64(n))
		}
	}
	slices.Sort(list)
	return list
}
