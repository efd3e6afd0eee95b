package measure

import (
	"fmt"
	"math"
)

// Compare returns the figures of a run with borrowing, the throughput gain included: against the same run without.
func Compare(with, without *Result) []Figure {
	figures := with.Figures()
	for i := range figures {
		if figures[i].Key == "throughput_gain" {
			figures[i] = throughputGain(figures[i], with, without)
		}
	}
	return figures
}

func throughputGain(f Figure, with, without *Result) Figure {
	base := without.WorkCompleted()
	switch {
	case with.From != without.From || with.Until != without.Until:
		f.Note = "the two runs have different spans: compare their makespans"
	case without.Total.BorrowedSeconds > 0:
		f.Note = "the run to compare with borrowed too"
	case base == 0:
		f.Note = "the base fleet alone completed nothing"
	default:
		f.Known = true
		f.Value = 100 * (float64(with.WorkCompleted())/float64(base) - 1)
		f.Note = backlogs(with, without)
	}
	return f
}

// backlogs says what a throughput gain hides: with no backlog left in either run, both did all there was.
func backlogs(with, without *Result) string {
	jobs, work := with.Backlog()
	jobsAlone, workAlone := without.Backlog()
	note := fmt.Sprintf("backlog left: %s jobs (%s h of work) with borrowing, %s jobs (%s h) without",
		Thousands(jobs), wholeHours(work), Thousands(jobsAlone), wholeHours(workAlone))
	// Jobs that wait for others are queued when those completed, so a slower run may not see all of them arrive.
	if n, alone := with.JobsArrived(), without.JobsArrived(); n != alone {
		note += fmt.Sprintf("; %s jobs were queued with borrowing, %s without", Thousands(n), Thousands(alone))
	}
	return note
}

func wholeHours(seconds int64) string { return Thousands(int64(math.Round(hours(seconds)))) }
