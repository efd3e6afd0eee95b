package measure

import (
	"cmp"
	"fmt"
	"slices"

	"trough.internal/models"
)

// Attempts turns events into one row for each attempt at a job, given to a function when the attempt ends. It is a
// models.Sink; its memory is bounded by the jobs that run at once.
type Attempts struct {
	running map[models.JobID]models.AttemptRow
	row     func(models.AttemptRow)
}

// NewAttempts returns a sink that gives its rows to a function.
func NewAttempts(row func(models.AttemptRow)) *Attempts {
	return &Attempts{running: map[models.JobID]models.AttemptRow{}, row: row}
}

// Event takes the next event of the ledger.
func (a *Attempts) Event(e models.Event) {
	switch e.Kind {
	case models.Started:
		a.running[e.Job] = models.AttemptRow{Job: e.Job, Class: e.Class, Pool: e.Pool, Borrower: e.Borrower,
			Instance: e.Instance, Start: e.At, Waited: e.M}
	case models.Completed:
		a.end(&e, models.DidComplete, models.NoCause)
	case models.Interrupted:
		a.end(&e, models.WasInterrupted, e.Cause)
	}
}

func (a *Attempts) end(e *models.Event, outcome models.Outcome, cause models.Cause) {
	row, ok := a.running[e.Job]
	if !ok {
		panic(fmt.Sprintf("measure: an attempt ends that never started: %+v", *e))
	}
	delete(a.running, e.Job)
	row.Outcome, row.Cause, row.End, row.Work = outcome, cause, e.At, e.N
	a.row(row)
}

// Finish gives the rows of the attempts that still run, in order of start, then job.
func (a *Attempts) Finish(at models.Instant) {
	var left []models.AttemptRow
	for _, row := range a.running {
		row.End = at
		left = append(left, row)
	}
	slices.SortFunc(left, func(x, y models.AttemptRow) int {
		return cmp.Or(cmp.Compare(x.Start, y.Start), cmp.Compare(x.Job, y.Job))
	})
	for _, row := range left {
		a.row(row)
	}
	clear(a.running)
}
