package measure

import (
	"fmt"

	"trough.internal/report/stats"
)

// Mean returns the figures of several runs that differ in their seed, each as the mean over the seeds under which it is
// known, with Student's interval over them. The order is that of the first run that has a figure.
func Mean(runs [][]Figure) []Figure {
	var means []Figure
	for _, run := range runs {
		for _, f := range run {
			if _, there := Find(means, f.Key); !there {
				means = append(means, meanOf(f, runs))
			}
		}
	}
	return means
}

func meanOf(f Figure, runs [][]Figure) Figure {
	var values []float64
	for _, run := range runs {
		if own, _ := Find(run, f.Key); own.Known {
			values = append(values, own.Value)
		}
	}
	if len(values) == 0 {
		return f
	}
	m := stats.Mean(values)
	f.Value, f.Known, f.Low, f.High, f.Interval, f.Note = m.Value, true, m.Low, m.High, m.Known, ""
	if len(values) < len(runs) {
		f.Note = fmt.Sprintf("known under %d of %d seeds", len(values), len(runs))
	}
	return f
}
