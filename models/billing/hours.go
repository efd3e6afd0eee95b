package billing

import "trough.internal/models"

const perHour = 3600 // seconds

// hourOf is the start of the clock hour that an instant lies in.
func hourOf(t models.Instant) models.Instant {
	into := t % perHour
	if into < 0 {
		into += perHour
	}
	return t - into
}
