package measure

import "trough.internal/models"

// region watches what a region still borrows while it is evacuated.
type region struct {
	last     models.Instant
	borrowed int32
	on       bool
	since    models.Instant // of the evacuation under way
	emptied  models.Instant // when its last borrowed instance was gone

	count     int64
	seconds   int64 // instance-seconds
	lastGone  int64 // seconds from on to the last one gone, the longest of all evacuations
	uncleared int64 // evacuations that were over, or the run was, with something still borrowed
}

func (r *region) settle(at models.Instant) {
	d := int64(at - r.last)
	if d == 0 {
		return
	}
	if r.on {
		r.seconds += d * int64(r.borrowed)
		if r.borrowed > 0 {
			r.emptied = at
		}
	}
	r.last = at
}

func (r *region) begin(at models.Instant) {
	r.settle(at)
	r.on, r.since, r.emptied = true, at, at
	r.count++
}

// end takes the evacuation under way into the sums.
func (r *region) end(at models.Instant) {
	r.settle(at)
	r.on = false
	if r.borrowed > 0 {
		r.uncleared++
	}
	r.lastGone = max(r.lastGone, int64(r.emptied-r.since))
}

// switched turns evacuations on and off; saying it twice does no harm.
func (a *Accumulator) switched(e *models.Event, at models.Instant) {
	for i := range a.regions {
		if e.M >= 0 && int(e.M) != i {
			continue
		}
		r, on := &a.regions[i], e.N == 1
		if on && !r.on {
			r.begin(at)
		}
		if !on && r.on {
			r.end(at)
		}
	}
}
