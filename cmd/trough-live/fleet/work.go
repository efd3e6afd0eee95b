package fleet

import (
	"cmp"
	"slices"
	"time"

	"trough.internal/models"
)

// This file is what instances do, by the word of the encoding system and of their tags.

// guess says which instances have a job where the encoding system says only how many: those that had one, then the oldest.
func (l *Ledger) guess(w *Work, described map[string]*Described) map[string]Job {
	jobs := map[string]Job{}
	for b := range w.Running {
		var list []*Instance
		for c := b; c < len(l.cells); c += len(l.borrowers) {
			for _, r := range l.cells[c].list {
				if d := described[r.ID]; d != nil && d.Running {
					list = append(list, r)
				}
			}
		}
		slices.SortStableFunc(list, func(a, b *Instance) int {
			return cmp.Or(-cmp.Compare(min(a.Started, 1), min(b.Started, 1)), cmp.Compare(a.Number, b.Number))
		})
		for i, r := range list {
			job := Job{Class: r.Class}
			if i < int(w.Running[b]) {
				job.Jobs = 1
			}
			jobs[r.ID] = job
		}
	}
	return jobs
}

// byBegin are all instances, cell by cell, in the order in which their jobs began, as far as that is said: so what began since the
// last look is known in its order, however many began.
func (l *Ledger) byBegin(w *Work) (list []*Instance) {
	began := map[*Instance]models.Instant{}
	for c := range l.cells {
		for _, r := range l.cells[c].list {
			if job := w.Instances[r.ID]; job.Began != 0 && r.Began != job.Began {
				began[r] = job.Began
			}
			list = append(list, r)
		}
	}
	if len(began) > 0 && l.off != "began" {
		slices.SortStableFunc(list, func(a, b *Instance) int { return cmp.Compare(began[a], began[b]) })
	}
	return list
}

// takeWork tells what an instance does. Of one of which nothing is said it is not known, and so it does what it did.
func (l *Ledger) takeWork(now models.Instant, r *Instance, d *Described, w *Work, told bool) {
	if d == nil || r.State == models.OnOrder {
		return
	}
	job, registered := w.Instances[r.ID]
	if registered && r.State == models.Booting {
		l.move(now, r, models.Ready, models.Idle, models.NoCause)
	}
	another := job.Jobs == 1 && r.Began != 0 && job.Began != 0 && job.Began != r.Began // its job has ended, and the next has begun
	if registered && r.Started != 0 && (job.Jobs == 0 || another && l.off != "began") {
		r.Started, r.Began = 0, 0
		to := r.State
		if to == models.Busy {
			to = models.Idle
		}
		l.move(now, r, models.Completed, to, models.ByJob)
	}
	if r.Started != 0 && r.Began == 0 && job.Began != 0 { // it was not said before
		r.Began = job.Began
		l.touch(r)
	}
	if registered && job.Jobs > 0 && r.Started == 0 {
		l.step++
		r.Started, r.Class, r.Began = l.step, job.Class, job.Began
		to := r.State
		switch {
		case to == models.Idle:
			to = models.Busy
		case to == models.Leaving && r.Deadline == 0 && r.Asked == 0:
			to = models.Finishing // it took the job before it saw the tag
		}
		// The books of waiting jobs are the encoding system's: here each arrives when it starts.
		l.out = append(l.out, models.Event{At: now, Kind: models.Arrived, Pool: models.NoPool, Instance: models.NoInstance, Job: models.NoJob, Class: r.Class,
			Borrower: models.BorrowerID(r.Cell % len(l.borrowers))})
		l.move(now, r, models.Started, to, models.NoCause)
	}
	if told {
		l.takeIdle(r, w)
	}
	l.takeYield(now, r, d)
}

// takeIdle notes as of when an instance is known to have no job.
func (l *Ledger) takeIdle(r *Instance, w *Work) {
	job, registered := w.Instances[r.ID]
	if registered && job.Jobs == 0 {
		r.Idle = w.AsOf
	} else if registered {
		r.Idle = 0
	}
}

// takeYield takes over what somebody else told an instance. What the driver itself said a moment ago may not be described yet.
func (l *Ledger) takeYield(now models.Instant, r *Instance, d *Described) {
	if now.Sub(r.Told) < settle && l.off != "settle" {
		return
	}
	before := r.Meant
	if now.Sub(before.At) >= settle && before.At != 0 {
		r.Meant = meant{} // this description is not too old to show it
		l.touch(r)
	}
	if before.Stay && d.Yield == "" && r.State == models.Finishing {
		l.stays(now, r, before.Cause)
		return
	}
	cause := models.ByCloud
	if before.At != 0 {
		cause = before.Cause
	}
	yields := r.State == models.Finishing || r.State == models.Leaving
	if untagged := yields && d.Yield == "" && r.Asked == 0; untagged != r.Untagged {
		r.Untagged = untagged
		l.touch(r)
	}
	if d.Yield == "" || r.State == models.Leaving {
		return
	}
	if deadline, by := deadlineOf(d.Yield); by {
		r.Deadline, r.Told, r.Cause = deadline, now, cause
		l.move(now, r, models.Yielding, models.Leaving, r.Cause).N = int32(max(0, deadline-now))
	} else if !yields {
		l.told(now, r, cause)
	}
}

// told tells that an instance is to yield when idle. One without a job is leaving.
func (l *Ledger) told(now models.Instant, r *Instance, cause models.Cause) {
	r.Deadline, r.Told, r.Cause, r.Untagged = 0, now, cause, false
	if r.Started == 0 {
		l.move(now, r, models.Yielding, models.Leaving, cause)
		return
	}
	l.move(now, r, models.Draining, models.Finishing, cause)
}

// WhenIdle is the tag trough:yield of an instance that yields when idle.
const WhenIdle = "when-idle"

// deadlineOf is the deadline that a tag says. What cannot be read is a yield when idle, which does no harm.
func deadlineOf(tag string) (models.Instant, bool) {
	t := TimeOf(tag)
	return t, t != 0
}

// TimeOf is the time that a tag says; 0 where it says none.
func TimeOf(tag string) models.Instant {
	t, err := time.Parse(time.RFC3339, tag)
	if err != nil {
		return 0
	}
	return models.InstantOf(t)
}
