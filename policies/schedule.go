package policies

import (
	"errors"
	"math"
	"time"

	"trough.internal/models"
	"trough.internal/models/random"
	"trough.internal/models/settings"
)

// Schedule is how borrowing began: fixed windows in which to hold so many instances, whatever there is to borrow and
// to do. It stands in the place of Availability. Scaling down is agreed by hand: people ask each other whether the
// capacity is needed back, so that a window ends late, by a delay that differs from time to time where DelayP95 says so.
type Schedule struct {
	Windows   []ScheduleWindow `set:"windows" doc:"When to hold how much, and where. Of overlapping windows the larger counts."`
	End       End              `set:"end" default:"notice" enum:"notice|idle" doc:"How instances yield when a window ends."`
	Delay     time.Duration    `set:"delay" default:"0s" min:"0s" max:"12h" doc:"How much later than planned people agree to scale down; half of the times it is less."`
	DelayP95  time.Duration    `set:"delay_p95" default:"0s" min:"0s" max:"12h" doc:"What 95 of 100 such delays do not exceed: the long tail of a lognormal. 0s: every delay is the same."`
	DelayMost time.Duration    `set:"delay_most" default:"0s" min:"0s" max:"12h" doc:"Cut of that tail; 0s cuts at 12h."`
	Seed      uint64           `set:"seed" default:"1" doc:"Seed of the delays. Windows that should end at the same time are agreed on together, and end together."`

	windows []window // compiled at the first call
	held    []int    // the windows of this instant
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

// Memory is nil: what applies follows from the settings and the instant.
func (*Schedule) Memory() any { return nil }

// Apply proposes what the windows of the instant say.
func (s *Schedule) Apply(obs *models.Observation, p *Proposal) {
	if len(s.windows) != len(s.Windows) {
		s.compile()
	}
	s.held = s.held[:0]
	for i := range s.windows {
		if s.windows[i].at(obs.Now) == inside {
			s.held = append(s.held, i)
		}
	}
	for pool := range obs.Pools {
		if p.Bought[pool] {
			continue
		}
		hold := int32(0)
		for _, i := range s.held {
			if s.windows[i].of(obs.Pools)[pool] {
				hold = max(hold, s.Windows[i].Instances, shareDown(s.Windows[i].Share, max(0, obs.Reserved[pool])))
			}
		}
		p.SharePool(pool, hold)
		if s.End != EndWhenIdle {
			p.KeepPool(pool, hold)
		}
	}
}

func (s *Schedule) compile() {
	s.windows = make([]window, len(s.Windows))
	luck := random.New(s.Seed, "schedule-delay")
	late := func(end models.Instant) time.Duration { return s.agreed(luck, end) }
	for i, w := range s.Windows {
		s.windows[i] = window{cron: w.Cron, zone: w.TimeZone, duration: w.Duration, patterns: w.Pools, late: late, lateMost: s.delayMost()}
	}
}

// delayMost is what no delay exceeds.
func (s *Schedule) delayMost() time.Duration {
	switch {
	case s.DelayP95 == 0:
		return s.Delay
	case s.DelayMost == 0:
		return 12 * time.Hour
	}
	return s.DelayMost
}

// quantile95 is the standard normal's: between the median and the 95th percentile of a lognormal lie so many of its
// logarithm's deviations.
const quantile95 = 1.6448536269514722

// agreed is how much later than planned a scale-down is agreed on. Its draw has the planned end as its address, so that
// one more window, or one that is longer, moves no other.
func (s *Schedule) agreed(luck random.Stream, end models.Instant) time.Duration {
	if s.DelayP95 == 0 {
		return s.Delay
	}
	sigma := math.Log(float64(s.DelayP95)/float64(s.Delay)) / quantile95
	late := luck.LogNormal(uint64(end), 0, s.Delay.Seconds(), sigma)
	return time.Duration(math.Round(min(late, s.delayMost().Seconds()))) * time.Second
}
