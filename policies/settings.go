package policies

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"trough.internal/models"
	"trough.internal/models/settings"
)

// Settings is a policy as its file states it. A section that is there adds its strategy, with defaults for what it
// does not say; one that is not there leaves it out. The order of sections does not matter.
type Settings struct {
	Policy   string        `set:"policy" required:"true" doc:"The policy's name, for reports and messages."`
	Evaluate time.Duration `set:"evaluate" default:"1m" min:"1s" max:"1d" doc:"How often the policy decides."`
	Limits   Limits        `set:"limits" doc:"Bounds on what decisions may become, whatever the strategies propose."`

	Availability *Availability `set:"availability" doc:"Strategy 1: follow what every pool's owners leave unused."`
	Overdraft    *Overdraft    `set:"overdraft" doc:"Strategy 2: return at once what is borrowed beyond that."`
	Idle         *Idle         `set:"idle" doc:"Strategy 3: release what has no work."`
	Fair         *Fair         `set:"fair" doc:"Strategy 4: while there is enough, lend the same part of every pool."`
	Smoothing    *Smoothing    `set:"smoothing" doc:"Strategy 5: act on a smoothed workload."`
	Stepping     *Stepping     `set:"stepping" doc:"Strategy 6: small steps, evaluated often."`
	Margin       *Margin       `set:"margin" doc:"Strategy 7: leave part of what is available unused."`
	Curfew       *Curfew       `set:"curfew" doc:"Strategy 8: reduce before the surplus is known to drop."`
	Evacuation   *Evacuation   `set:"evacuation" doc:"Strategy 9: return everything while the switch is on."`

	Backoff *Backoff `set:"backoff" doc:"After refused launches, ask again more and more rarely."`

	Scaling  *Scaling  `set:"scaling" doc:"Bought instances, spot or on-demand, in Auto Scaling groups."`
	Workers  *Workers  `set:"workers" doc:"Bought spot instances, as many as the depths of the queues need."`
	Fallback *Fallback `set:"fallback" doc:"Bought on-demand instances for what is missing of a target."`

	BilledHour *BilledHour `set:"billed_hour" doc:"Let go only what is about to complete an hour by which it is billed."`

	Broker *Broker `set:"broker" doc:"Several borrowers: shares of what the strategies before leave, by nominals, limits and weights."`

	Schedule *Schedule `set:"schedule" doc:"In the place of availability: hold so many instances in fixed windows."`
}

// Strategies lists what a policy may be made of, by the article's numbers, then Schedule, what buys, and the others. What Availability brings
// along (Demand, Stale) is part of it.
func Strategies() []models.Cause {
	return []models.Cause{models.ByAvailability, models.ByOverdraft, models.ByIdle, models.ByFair, models.BySmoothing,
		models.ByStepping, models.ByMargin, models.ByCurfew, models.ByEvacuation, models.BySchedule, models.ByScaling, models.ByWorkers, models.ByFallback,
		models.ByBilledHour, models.ByBroker, models.ByBackoff}
}

// Parse reads a policy file. Mistakes are errors of package settings, with file, line and column.
func Parse(file string, data []byte) (*Settings, error) {
	s := &Settings{}
	if err := settings.Decode(file, data, s); err != nil {
		return nil, err
	}
	return s, nil
}

// Check refuses what cannot be meant.
func (s *Settings) Check() error {
	strategies := s.Strategies()
	first := s.Availability != nil || s.Schedule != nil || s.buysOnly(strategies)
	switch {
	case s.Availability != nil && s.Schedule != nil:
		return errors.New("expected availability or schedule, not both: either says how much to hold")
	case s.Broker != nil && (s.Availability == nil || s.Availability.Hold == HoldSurplus):
		return errors.New("expected availability with hold: demand beside broker: it divides what is available by what there is work for")
	case !first && len(strategies) > 0:
		return fmt.Errorf("expected availability or schedule beside %s: without them there is nothing to hold", strategies[0])
	}
	return nil
}

// buysOnly: a policy may buy all that it holds, and borrow nothing. An evacuation ends what is bought, too.
func (s *Settings) buysOnly(strategies []models.Cause) bool {
	for _, c := range strategies {
		switch c {
		case models.ByScaling, models.ByWorkers, models.ByFallback, models.ByBilledHour, models.ByEvacuation:
		default:
			return false
		}
	}
	return s.Scaling != nil || s.Workers != nil || s.Fallback != nil
}

// Check refuses ages in the wrong order.
func (a *Availability) Check() error {
	if a.TelemetryAgeZero > 0 && a.TelemetryAgeZero < a.TelemetryAgeMax {
		return fmt.Errorf("expected telemetry_age_zero to be at least telemetry_age_max")
	}
	return nil
}

// Check refuses a curfew that never is.
func (s *Curfew) Check() error { return someWindows(len(s.Windows)) }

// Check refuses a schedule that never is, and delays in the wrong order.
func (s *Schedule) Check() error {
	switch {
	case s.DelayP95 > 0 && (s.Delay == 0 || s.DelayP95 < s.Delay):
		return errors.New("expected delay to be more than 0s and at most delay_p95")
	case s.DelayMost > 0 && s.DelayMost < s.Delay:
		return errors.New("expected delay_most to be at least delay")
	}
	return someWindows(len(s.Windows))
}

func someWindows(n int) error {
	if n == 0 {
		return errors.New("expected at least one of windows")
	}
	return nil
}

// New makes a policy of its settings. It copies them, so that policies share nothing.
func New(s *Settings) (Policy, error) {
	if err := s.Check(); err != nil {
		return nil, fmt.Errorf("policy %s: %w", s.Policy, err)
	}
	return NewPipeline(s.Evaluate, s.Limits, s.stages()...), nil
}

func (s *Settings) stages() []Stage {
	var stages []Stage
	stages = with(stages, s.Schedule)
	stages = with(stages, s.Availability)
	stages = with(stages, s.Margin)
	stages = with(stages, s.Stepping)
	stages = with(stages, s.Idle)
	stages = with(stages, s.Curfew)
	stages = with(stages, s.Overdraft)
	stages = with(stages, s.Evacuation)
	stages = with(stages, s.Broker)
	stages = with(stages, s.Backoff)
	stages = with(stages, s.Scaling)
	stages = with(stages, s.Workers)
	stages = with(stages, s.Fallback)
	stages = with(stages, s.BilledHour)
	a := s.Availability
	if a == nil {
		return stages
	}
	stages = append(stages, &Stale{AgeMax: a.TelemetryAgeMax, AgeZero: a.TelemetryAgeZero})
	if a.Hold == HoldSurplus {
		return stages // Note: smoothing and fair without an effect are no error, so that hold may be set on any policy
	}
	stages = with(stages, s.Smoothing)
	stages = with(stages, s.Fair)
	return append(stages, &Demand{})
}

// with adds a copy of a section that is there.
func with[S any, P interface {
	*S
	Stage
}](stages []Stage, section *S) []Stage {
	if section == nil {
		return stages
	}
	own := *section
	return append(stages, P(&own))
}

// Strategies lists the policy's own strategies, in the order of the function Strategies.
func (s *Settings) Strategies() []models.Cause {
	there := map[models.Cause]bool{
		models.ByAvailability: s.Availability != nil,
		models.ByOverdraft:    s.Overdraft != nil,
		models.ByIdle:         s.Idle != nil,
		models.ByFair:         s.Fair != nil,
		models.BySmoothing:    s.Smoothing != nil,
		models.ByStepping:     s.Stepping != nil,
		models.ByMargin:       s.Margin != nil,
		models.ByCurfew:       s.Curfew != nil,
		models.ByEvacuation:   s.Evacuation != nil,
		models.BySchedule:     s.Schedule != nil,
		models.ByScaling:      s.Scaling != nil,
		models.ByWorkers:      s.Workers != nil,
		models.ByFallback:     s.Fallback != nil,
		models.ByBilledHour:   s.BilledHour != nil,
		models.ByBroker:       s.Broker != nil,
		models.ByBackoff:      s.Backoff != nil,
	}
	return slices.DeleteFunc(Strategies(), func(c models.Cause) bool { return !there[c] })
}

// Without returns the same policy without some of its strategies, for ablation; s stays as it is. Its name says so. Without
// ByStale it trusts reports of any age.
func (s *Settings) Without(causes ...models.Cause) (*Settings, error) {
	own := *s
	for _, cause := range causes {
		switch cause {
		case models.ByAvailability:
			own.Availability = nil
		case models.ByOverdraft:
			own.Overdraft = nil
		case models.ByIdle:
			own.Idle = nil
		case models.ByFair:
			own.Fair = nil
		case models.BySmoothing:
			own.Smoothing = nil
		case models.ByStepping:
			own.Stepping = nil
		case models.ByMargin:
			own.Margin = nil
		case models.ByCurfew:
			own.Curfew = nil
		case models.ByEvacuation:
			own.Evacuation = nil
		case models.BySchedule:
			own.Schedule = nil
		case models.ByScaling:
			own.Scaling = nil
		case models.ByWorkers:
			own.Workers = nil
		case models.ByFallback:
			own.Fallback = nil
		case models.ByBilledHour:
			own.BilledHour = nil
		case models.ByBroker:
			own.Broker = nil
		case models.ByBackoff:
			own.Backoff = nil
		case models.ByStale:
			if own.Availability != nil {
				trusting := *own.Availability
				trusting.TelemetryAgeMax, trusting.TelemetryAgeZero = 0, 0
				own.Availability = &trusting
			}
		default:
			return nil, fmt.Errorf("%s is no strategy that a policy can be without", cause)
		}
		own.Policy += " without " + cause.String()
	}
	return &own, nil
}

// Only returns the same policy with none but some of its strategies, and with availability or schedule in any case;
// s stays as it is. Its name says so.
func (s *Settings) Only(causes ...models.Cause) (*Settings, error) {
	name := s.Policy + " only"
	for _, cause := range causes {
		if !slices.Contains(Strategies(), cause) {
			return nil, fmt.Errorf("%s is no strategy that a policy can be made of", cause)
		}
		name += " " + cause.String()
	}
	others := slices.DeleteFunc(s.Strategies(), func(c models.Cause) bool {
		return c == models.ByAvailability || c == models.BySchedule || slices.Contains(causes, c)
	})
	own, err := s.Without(others...)
	if err == nil {
		own.Policy = name
	}
	return own, err
}

// Unmatched lists the patterns of curfews and schedules that name none of a market's pools: most likely mistakes,
// which only whoever knows the market can see.
func (s *Settings) Unmatched(pools []models.Pool) []Pattern {
	var patterns, unmatched []Pattern
	if s.Curfew != nil {
		for _, w := range s.Curfew.Windows {
			patterns = append(patterns, w.Pools...)
		}
	}
	if s.Schedule != nil {
		for _, w := range s.Schedule.Windows {
			patterns = append(patterns, w.Pools...)
		}
	}
	if s.Scaling != nil {
		for i := range s.Scaling.Groups {
			patterns = append(patterns, s.Scaling.Groups[i].Pools...)
		}
	}
	if s.Workers != nil {
		patterns = append(patterns, s.Workers.Pools...)
		for _, zone := range s.Workers.Zones {
			patterns = append(patterns, Pattern(zone+"/*"))
		}
	}
	if s.Fallback != nil {
		patterns = append(patterns, s.Fallback.Pools...)
	}
	for _, pattern := range patterns {
		if !slices.ContainsFunc(pools, func(p models.Pool) bool { return pattern.Names(&p) }) {
			unmatched = append(unmatched, pattern)
		}
	}
	return unmatched
}

// UnmatchedRegions lists the regions that fair names and no pool of a market has: likewise.
func (s *Settings) UnmatchedRegions(pools []models.Pool) []string {
	var unmatched []string
	if s.Fair == nil {
		return nil
	}
	for _, name := range s.Fair.Regions {
		if !slices.ContainsFunc(pools, func(p models.Pool) bool { return p.Region == name }) {
			unmatched = append(unmatched, name)
		}
	}
	return unmatched
}

// Set changes one setting by its path, with its value as a file would have it: "margin.share", "3%", or
// "curfew.windows[0].lead", "1h". A strategy that was not there is added with defaults. On an error s stays as it was.
func (s *Settings) Set(path, value string) error {
	data, err := settings.Encode(s)
	if err != nil {
		return err
	}
	if data, err = settings.Change(data, path, value); err != nil {
		return err
	}
	changed, err := Parse("", data)
	if err != nil {
		return settings.Unplaced(err)
	}
	*s = *changed
	return nil
}
