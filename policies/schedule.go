package policies

import (
	"errors"
	"time"

	"trough.internal/models"
	"trough.internal/models/settings"
)

// Schedule is how borrowing began: fixed windows in which to hold so many instances, whatever there is to borrow and
// to do. It stands in the place of Availability.
type Schedule struct {
	Windows []ScheduleWindow `set:"windows" doc:"When to hold how much, and where. Of overlapping windows the larger counts."`
	End     End              `set:"end" default:"notice" enum:"notice|idle" doc:"How instances yield when a window ends."`
	Delay   time.Duration    `set:"delay" default:"0s" min:"0s" doc:"How much later than planned people agree to scale down."`

	windows []window // compiled at the first call
}

// End is how instances yield at the end of a window.
type End string

// The ways to end. The zero value means notice.
const (
	EndByNotice End = "notice"
	EndWhenIdle End = "idle"
)

// ScheduleWindow is a recurring span of time in which to hold instances.
type ScheduleWindow struct {
	Cron      Cron           `set:"cron" required:"true" doc:"When it starts: minute, hour, day of month, month, day of week."`
	Duration  time.Duration  `set:"duration" required:"true" min:"1m" doc:"How long it lasts."`
	TimeZone  Zone           `set:"time_zone" default:"UTC" doc:"Whose clocks cron is about."`
	Instances int32          `set:"instances" default:"0" min:"0" unit:"instances" doc:"How many to hold of every pool."`
	Share     settings.Share `set:"share" default:"0%" min:"0%" max:"100%" doc:"How many to hold of every pool, as part of its reserved instances."`
	Pools     []Pattern      `set:"pools" doc:"Pools that it concerns, as zone/type with * for any part; none is all."`
}

// Check refuses a window that says twice or not at all how much to hold.
func (w *ScheduleWindow) Check() error {
	if (w.Instances == 0) == (w.Share == 0) {
		return errors.New("expected either instances or share to be more than zero")
	}
	return nil
}

// Cause is BySchedule.
func (*Schedule) Cause() models.Cause { return models.BySchedule }

// Memory is nil: what applies follows from the instant.
func (*Schedule) Memory() any { return nil }

// Apply proposes what the windows of the instant say.
func (s *Schedule) Apply(obs *models.Observation, p *Proposal) {
	if len(s.windows) != len(s.Windows) {
		for _, w := range s.Windows {
			s.windows = append(s.windows, window{cron: w.Cron, zone: w.TimeZone, duration: w.Duration + s.Delay, patterns: w.Pools})
		}
	}
	for pool := range obs.Pools {
		hold := int32(0)
		for i := range s.windows {
			w := &s.windows[i]
			if w.at(obs.Now) == inside && w.of(obs.Pools)[pool] {
				hold = max(hold, s.Windows[i].Instances, shareDown(s.Windows[i].Share, max(0, obs.Reserved[pool])))
			}
		}
		p.SharePool(pool, hold)
		if s.End != EndWhenIdle {
			p.KeepPool(pool, hold)
		}
	}
}
