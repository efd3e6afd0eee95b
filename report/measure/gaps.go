package measure

import (
	"fmt"

	"trough.internal/models"
	"trough.internal/report/stats"
)

// Fill stands between a run and a measurement, and says what the owners used where nobody knew. No measurement can be further
// off: all that is reserved is the worst that can have been for whoever borrowed, and nothing the best. The run itself, and so
// what its policy knew, stays as it was.
type Fill struct {
	To    models.Sink
	Worst bool
}

// Event implements models.Sink.
func (f Fill) Event(e models.Event) {
	if e.Kind == models.OwnersChanged && e.M == models.Unknown {
		e.M = 0
		if f.Worst {
			e.M = e.N
		}
	}
	f.To.Event(e)
}

// Bound gives figures of a run with gaps the interval between the best and the worst that can have been, where that matters.
// Best and worst are the same run's figures, measured through a Fill each.
func Bound(figures, best, worst []Figure) []Figure {
	bounded := make([]Figure, len(figures))
	for i, f := range figures {
		bounded[i] = f
		b, there := Find(best, f.Key)
		w, also := Find(worst, f.Key)
		if !f.Known || !there || !also || !b.Known || !w.Known || b.Value == w.Value && b.Value == f.Value {
			continue
		}
		f.Low, f.High, f.Interval = min(f.Value, b.Value, w.Value), max(f.Value, b.Value, w.Value), true
		f.Bounds = true
		if f.Note != "" {
			f.Note += "; "
		}
		f.Note += "bounds, from the owners' using nothing to their using all that is reserved where nobody knew"
		bounded[i] = f
	}
	return bounded
}

// FlagSigns says of differences of runs with gaps, in their notes, where the sign depends on what the owners used meanwhile:
// it is another one if they used nothing than if they used all that is reserved. Such a difference has no verdict.
func FlagSigns(differences, best, worst []Figure) {
	for i := range differences {
		f := &differences[i]
		b, there := Find(best, f.Key)
		w, also := Find(worst, f.Key)
		if !f.Known || !there || !also || !b.Known || !w.Known || b.Value*w.Value >= 0 && f.Value*b.Value >= 0 && f.Value*w.Value >= 0 {
			continue
		}
		if f.Note != "" {
			f.Note += "; "
		}
		f.Note += fmt.Sprintf("its sign depends on what the owners used where nobody knew: %.4g if nothing, %.4g if all that is reserved", b.Value, w.Value)
		if f.Evidence != nil {
			f.Evidence.Verdict = stats.NoVerdict
		}
	}
}
