package policies

import (
	"time"
)

// Settings is a policy as its file states it. A section that is there adds its strategy; one that is not leaves it out.
type Settings struct {
	Policy       string        `set:"policy" required:"true" doc:"The policy's name, in reports and messages."`
	Evaluate     time.Duration `set:"evaluate" default:"1m" min:"1s" max:"1d" doc:"How often the policy decides."`
	Limits       Limits        `set:"limits" doc:"Bounds on what decisions may become, whatever the strategies propose."`
	Availability *Availability `set:"availability" doc:"Strategy 1: follow what every pool's owners leave unused."`
}

// New makes a policy of its settings. Policies of the same settings share nothing.
func New(s *Settings) (Policy, error) {
	return NewPipeline(s.Evaluate, s.Limits, s.stages()...), nil
}

func (s *Settings) stages() []Stage {
	var stages []Stage
	if s.Availability != nil {
		a := *s.Availability
		stages = append(stages, &a, &Stale{AgeMax: a.TelemetryAgeMax, AgeZero: a.TelemetryAgeZero})
		if a.Hold != HoldSurplus {
			stages = append(stages, &Demand{})
		}
	}
	return stages
}
