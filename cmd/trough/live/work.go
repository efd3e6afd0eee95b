package live

import (
	"math"
	"time"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/models"
)

// workAssumed is the work of a job of which nobody said how much it is, on the reference type: the middle of the five minutes to
// one hour that the domain's jobs take, on a logarithmic scale.
const workAssumed = 17 * time.Minute

// work follows what the encoding system says there is to do.
type work struct {
	known    []bool // by borrower
	last     []models.Workload
	rows     []Workload
	queued   []models.SeriesRow
	depth    [models.Classes]int64 // of all borrowers
	arrivals []models.Job
}

func newWork(borrowers int) work {
	return work{known: make([]bool, borrowers), last: make([]models.Workload, borrowers)}
}

// look takes an evaluation. Unknown is what the driver began with.
func (w *work) look(c *drive.Cycle, unknown []models.Workload) {
	for b := range c.Obs.Workload {
		now := c.Obs.Workload[b]
		if !w.known[b] && now == unknown[b] || w.known[b] && now == w.last[b] {
			continue
		}
		borrower := models.BorrowerID(b)
		w.rows = append(w.rows, Workload{At: c.Now, Borrower: borrower, Workload: now})
		for class := range now.Queued {
			w.arrive(c, borrower, models.Class(class), &now)
		}
		w.known[b], w.last[b] = true, now
	}
	var depth [models.Classes]int64
	for b := range w.last {
		for class, n := range w.last[b].Queued {
			depth[class] += int64(n)
		}
	}
	for class := range depth {
		if depth[class] != w.depth[class] {
			w.queued = append(w.queued, models.SeriesRow{At: c.Now, Value: depth[class], Key: int16(class), Series: models.SeriesQueued})
		}
	}
	w.depth = depth
}

// arrive makes jobs of what a queue grew by, and of what left it for an instance meanwhile. It is a lower bound of what arrived:
// what came and was taken up by the base fleet between two answers nobody saw. Each job has the mean work of its queue.
func (w *work) arrive(c *drive.Cycle, b models.BorrowerID, class models.Class, now *models.Workload) {
	n := int64(now.Queued[class]) - int64(w.last[b].Queued[class])
	for i := range c.Events {
		if e := &c.Events[i]; e.Kind == models.Started && e.Class == class && e.Borrower == b {
			n++
		}
	}
	each := int64(workAssumed / time.Second)
	if depth := int64(now.Queued[class]); depth > 0 && now.Work[class] > 0 {
		each = max(1, now.Work[class]/depth)
	}
	origin := models.Production
	if models.Origin(b) < models.Origins {
		origin = models.Origin(b) // each borrower's jobs have an origin of their own, as far as there are any
	}
	for range n {
		w.arrivals = append(w.arrivals, models.Job{Arrival: c.Now, ID: models.JobID(len(w.arrivals)), Work: int32(min(each, math.MaxInt32)), Class: class, Origin: origin})
	}
}
