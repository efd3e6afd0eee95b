package policies

import (
	"time"

	"trough.internal/models"
	"trough.internal/models/settings"
)

// Curfew is the eighth strategy: reduce before the surplus is known to drop steeply, as when the nightly precompute
// begins. In the lead before a window nothing more is borrowed, and what is not to be kept yields when idle; from its start on, what is
// still there beyond that yields by notice.
type Curfew struct {
	Windows []CurfewWindow `set:"windows" doc:"When to reduce, and where."`

	windows []window // compiled at the first call
}

// CurfewWindow is a recurring curfew.
type CurfewWindow struct {
	Cron     Cron           `set:"cron" required:"true" doc:"When it starts: minute, hour, day of month, month, day of week."`
	Duration time.Duration  `set:"duration" required:"true" min:"1m" doc:"How long it lasts."`
	TimeZone Zone           `set:"time_zone" default:"UTC" doc:"Whose clocks cron is about."`
	Keep     settings.Share `set:"keep" default:"0%" min:"0%" max:"100%" doc:"Most to hold of a pool, as part of its reserved instances."`
	Lead     time.Duration  `set:"lead" default:"45m" min:"0s" doc:"How long before its start to begin to reduce, when idle."`
	Pools    []Pattern      `set:"pools" doc:"Pools that it concerns, as zone/type with * for any part; none is all."`
}

// Cause is ByCurfew.
func (*Curfew) Cause() models.Cause { return models.ByCurfew }

// Memory is nil: what applies follows from the instant.
func (*Curfew) Memory() any { return nil }

// Apply caps the targets of pools under a curfew, and from its start what they may keep.
func (s *Curfew) Apply(obs *models.Observation, p *Proposal) {
	if len(s.windows) != len(s.Windows) {
		for _, w := range s.Windows {
			s.windows = append(s.windows, window{cron: w.Cron, zone: w.TimeZone, duration: w.Duration, lead: w.Lead, patterns: w.Pools})
		}
	}
	for i := range s.windows {
		w := &s.windows[i]
		phase := w.at(obs.Now)
		if phase == outside {
			continue
		}
		for pool, concerned := range w.of(obs.Pools) {
			if !concerned || p.Bought[pool] {
				continue
			}
			keep := shareDown(s.Windows[i].Keep, max(0, obs.Reserved[pool]))
			if phase == inside {
				p.KeepPool(pool, keep)
				continue
			}
			p.noMore(pool)
			p.CapPool(pool, keep)
		}
	}
}

// Concerns says whether a pool is under a curfew at an instant, or in the lead before one.
func (s *Curfew) Concerns(pool *models.Pool, at models.Instant) bool {
	for i := range s.Windows {
		w := &s.Windows[i]
		named := len(w.Pools) == 0
		for _, pattern := range w.Pools {
			named = named || pattern.Names(pool)
		}
		fresh := window{cron: w.Cron, zone: w.TimeZone, duration: w.Duration, lead: w.Lead}
		if named && fresh.at(at) != outside {
			return true
		}
	}
	return false
}

// Span is a stretch of time: [From, Until).
type Span struct{ From, Until models.Instant }

// Spans lists when a curfew is in force between two instants, leads left out, window by window.
func (s *Curfew) Spans(from, until models.Instant) []Span {
	var spans []Span
	for i := range s.Windows {
		w := &s.Windows[i]
		fresh := window{cron: w.Cron, zone: w.TimeZone, duration: w.Duration}
		for at := from; at < until; at = fresh.until {
			if fresh.at(at) == inside {
				spans = append(spans, Span{at, min(fresh.until, until)})
			}
		}
	}
	return spans
}
