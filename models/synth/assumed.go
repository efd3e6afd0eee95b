package synth

import (
	"fmt"
	"time"
)

// Assumed says in sentences what of the market is made up, and what it was made to match: for whoever prints a figure that
// rests on it.
func (m *region) Assumed() []string {
	s := &m.s
	lines := []string{
		fmt.Sprintf("synthetic market: %d instances reserved in %d pools of %s; nothing in it is recorded", m.Reserved(), len(m.pools), s.Region),
		fmt.Sprintf("autoscaling services use %.1f %% of what is reserved at the day's peak (%s, %s), %s of that at the trough (%s)",
			100*m.autoscales()/float64(m.Reserved()), clock(s.Demand.PeakAt), s.TimeZone, s.Demand.Trough, clock(s.Demand.TroughAt)),
	}
	if s.Precompute.Instances > 0 {
		lines = append(lines, fmt.Sprintf("a precompute cluster of %.0f %s works from %s to %s",
			float64(s.Precompute.Instances)*s.Scale, s.Precompute.Type, clock(s.Precompute.From), clock(s.Precompute.Until)))
	}
	lines = append(lines, fmt.Sprintf("surges of other accounts: %v a day, %.0f to %.0f instances; deploys: %v a weekday",
		s.Surges.PerDay, s.Surges.SizeMin*s.Scale, s.Surges.SizeMax*s.Scale, s.Deploys.PerDay))
	for _, w := range m.Switches() {
		if w.On {
			lines = append(lines, fmt.Sprintf("a failover brings %s more demand; evacuation is switched on at %s", s.Failover.More, w.At))
		}
	}
	return append(lines, "the defaults were made to match Netflix's figures of 2015: over 15 % of the footprint autoscales, over 12,000 unused at the day's peak, "+
		"over 1,500 r3.4xlarge unused in the afternoon and evening, precompute from midnight to 11:00")
}

// autoscales is what all services use at a usual day's peak, in instances.
func (m *region) autoscales() float64 {
	sum := 0.0
	for i := range m.services {
		sum += m.services[i].peak
	}
	return sum
}

func clock(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", int(d.Hours()), int(d.Minutes())%60)
}
