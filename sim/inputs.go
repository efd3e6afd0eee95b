package sim

import (
	"io"
	"math"
	"slices"

	"trough.internal/models"
)

// noTick is after everything.
const noTick tick = math.MaxInt32

// changeOwners applies what the capacity trace says for this second.
func (e *Engine) changeOwners(t tick) {
	at := e.at(t)
	for {
		for e.windowAt < len(e.window) && e.window[e.windowAt].At <= at {
			c := &e.window[e.windowAt]
			if e.market.Reserved[c.Pool] != c.Reserved || e.market.InUse[c.Pool] != c.InUse {
				e.emit(&models.Event{At: at, Kind: models.OwnersChanged, Pool: c.Pool, N: c.Reserved, M: c.InUse,
					Instance: models.NoInstance, Job: models.NoJob})
				if e.world.Pools[c.Pool].Kind == models.Spot {
					e.takeBack(c.Pool, c.Reserved, e.now+e.world.SpotNotice)
				}
			}
			e.windowAt++
		}
		if e.windowAt < len(e.window) {
			e.nextChange = tick(e.window[e.windowAt].At - e.world.Start)
			return
		}
		if e.capacity == nil {
			e.nextChange = noTick
			return
		}
		if e.err = e.fillWindow(); e.err != nil {
			return
		}
	}
}

// fillWindow fetches the next window that has changes.
func (e *Engine) fillWindow() error {
	for e.capacity != nil && e.windowAt == len(e.window) {
		w, err := e.capacity.Next()
		if err == io.EOF {
			e.capacity = nil
			break
		}
		if err != nil {
			return err
		}
		e.window, e.windowAt = w.Changes, 0
	}
	return nil
}

// arrive queues what arrives in this second, or parks it behind its group.
func (e *Engine) arrive(t tick) {
	at := e.at(t)
	for {
		for e.batchAt < len(e.batch) && e.batch[e.batchAt].Arrival <= at {
			e.admit(&e.batch[e.batchAt], t)
			e.batchAt++
		}
		if e.err != nil {
			return
		}
		if e.batchAt < len(e.batch) {
			e.nextJob = tick(e.batch[e.batchAt].Arrival - e.world.Start)
			return
		}
		if e.jobs == nil {
			e.nextJob = noTick
			return
		}
		if e.err = e.fillBatch(); e.err != nil {
			return
		}
	}
}

func (e *Engine) fillBatch() error {
	for e.jobs != nil && e.batchAt == len(e.batch) {
		batch, err := e.jobs.Next()
		if err == io.EOF {
			e.jobs = nil
			break
		}
		if err != nil {
			return err
		}
		e.batch, e.batchAt = batch, 0
	}
	return nil
}

func (e *Engine) admit(j *models.Job, t tick) {
	need := uint16(0)
	if e.containers != nil {
		if need, e.err = e.containers.needOf(e.world.Pools, j); e.err != nil {
			return
		}
	}
	if j.Group|j.After != 0 && e.gated(j, need) {
		return
	}
	borrower := e.world.BorrowerOf[j.Origin]
	w := e.queueOf(borrower, j.Class).back()
	w.need = need
	w.id, w.total, w.left, w.group, w.format, w.class, w.cause = j.ID, j.Work, j.Work, j.Group, j.Format, j.Class, models.NoCause
	e.queue(w, borrower, t)
}

// gated counts a job into its group, and parks it if it has to wait for another.
func (e *Engine) gated(j *models.Job, need uint16) bool {
	if j.Group != 0 {
		e.gates.reach(j.Group)
		e.gates.open[j.Group]++
	}
	if j.After == 0 {
		return false
	}
	e.gates.reach(j.After)
	if e.gates.open[j.After] == 0 {
		return false
	}
	e.gates.park(j.After, &waiting{id: j.ID, total: j.Work, left: j.Work, group: j.Group, format: j.Format, class: j.Class, need: need}, e.world.BorrowerOf[j.Origin])
	e.parked++
	return true
}

// queue tells that a job entered its queue for the first time.
func (e *Engine) queue(w *waiting, borrower models.BorrowerID, t tick) {
	w.arrived, w.since = t, t
	if e.work != nil {
		e.addWork(borrower, w, 1)
	}
	e.tally.Arrived++
	e.queued++
	e.emit(&models.Event{At: e.at(t), Kind: models.Arrived, Job: w.id, N: w.left, Class: w.class, Borrower: borrower,
		Pool: models.NoPool, Instance: models.NoInstance})
}

// release queues what waited for a group when its last job completes.
func (e *Engine) release(group int32) {
	e.gates.open[group]--
	if e.gates.open[group] > 0 {
		return
	}
	var w waiting
	for {
		borrower, ok := e.gates.take(group, &w)
		if !ok {
			return
		}
		e.parked--
		last := e.queueOf(borrower, w.class).back()
		*last = w
		e.queue(last, borrower, e.now)
	}
}

func (e *Engine) flip(s models.Switch) {
	region := int32(-1)
	if s.Region != "" {
		region = int32(slices.Index(e.market.Regions, s.Region))
		if region < 0 {
			return // a region without pools has nothing to evacuate
		}
	}
	on := int32(0)
	if s.On {
		on = 1
	}
	e.emit(&models.Event{At: e.at(e.now), Kind: models.Switched, N: on, M: region,
		Pool: models.NoPool, Instance: models.NoInstance, Job: models.NoJob})
}
