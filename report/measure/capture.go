package measure

import "trough.internal/models"

// capture integrates how much of what was available was borrowed while there was work for it. Its unit is thousandths of
// normalised instances, times seconds.
type capture struct {
	available, inside int64 // now: speed x unused, and what of that is borrowed
	running           int64 // jobs on borrowed instances

	availableSeconds, insideSeconds int64 // over the seconds with work
}

// settle counts the seconds in which what is there now held.
func (c *capture) settle(seconds, queued int64) {
	if queued > 0 || c.running > 0 {
		c.availableSeconds += seconds * c.available
		c.insideSeconds += seconds * c.inside
	}
}

// count takes a job that starts or ends on a borrowed instance.
func (c *capture) count(e *models.Event) {
	switch e.Kind {
	case models.Started:
		c.running++
	case models.Completed, models.Interrupted:
		c.running--
	}
}

func (a *Accumulator) settleCapture(at models.Instant) {
	queued := int64(0)
	for _, n := range a.market.Queued {
		queued += int64(n)
	}
	a.capture.settle(int64(at-a.now), queued)
}
