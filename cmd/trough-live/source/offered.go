package source

import (
	"context"
	"errors"
	"io"
	"slices"

	"trough.internal/models"
)

// Jobs yields jobs in order of arrival; io.EOF ends it.
type Jobs interface {
	Next() ([]models.Job, error)
}

// Offered is the work of a recorded jobs trace, for drills in which nothing is launched and so no job ever ends: a job counts as
// queued from its arrival for as long as its work takes on the reference type, as if it had found a slot at once. It is the first
// borrower's.
type Offered struct {
	Jobs  Jobs
	batch []models.Job
	there []models.Job
	ended bool
}

// Workload fills a column by borrower with what is offered now.
func (o *Offered) Workload(_ context.Context, now models.Instant, into []models.Workload) error {
	for !o.ended {
		for len(o.batch) > 0 && o.batch[0].Arrival <= now {
			o.there = append(o.there, o.batch[0])
			o.batch = o.batch[1:]
		}
		if len(o.batch) > 0 {
			break
		}
		batch, err := o.Jobs.Next()
		switch {
		case errors.Is(err, io.EOF):
			o.ended = true
		case err != nil:
			return err
		default:
			o.batch = slices.Clone(batch)
		}
	}
	o.there = slices.DeleteFunc(o.there, func(j models.Job) bool { return j.Arrival+models.Instant(j.Work) <= now })
	for b := range into {
		into[b] = models.Workload{AsOf: now}
	}
	for _, j := range o.there {
		into[0].Queued[j.Class]++
		into[0].Work[j.Class] += int64(j.Work)
	}
	return nil
}
