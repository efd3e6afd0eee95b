package sim

import (
	"fmt"
	"time"

	"trough.internal/models/settings"
	"trough.internal/policies"
)

// EventSetting is something that happens to the market of a scenario, whatever that is, for a while. What each kind changes:
//
//   - failover: another region's customers come here, so that the owners use more; evacuation may be switched on.
//   - deploy: the owners run a service's old version and its new one, so that they use more.
//   - outage: a zone is gone, and with it all that runs there. The owners' instances come back in the region's other zones,
//     evenly and beyond what is reserved if need be; those of a type that no other zone has are gone for its length. What is
//     reserved in the zone is still reserved, which a policy may take for a surplus.
//   - blackout: no telemetry report is made. The market goes on; a policy sees what it saw, growing old.
//
// What nobody knows stays unknown: more of it is unknown too, and so is a pool to which it moves.
type EventSetting struct {
	Kind   string        `set:"kind" required:"true" enum:"failover|deploy|outage|blackout" doc:"What happens."`
	At     When          `set:"at" required:"true" doc:"When it begins: a time, or an offset from the scenario's start such as +26h30m."`
	Length time.Duration `set:"length" required:"true" min:"1s" max:"366d" doc:"From its beginning to its end."`

	Region settings.Raw   `set:"region" doc:"Of a failover or blackout: the region where it is; not given: everywhere."`
	Zone   settings.Raw   `set:"zone" doc:"Of an outage: the zone that is gone."`
	Pools  []settings.Raw `set:"pools" doc:"Of a failover or deploy: pools as zone/type, with * for any part of either; none: all of them."`

	Share     settings.Share `set:"share" default:"0%" min:"0%" max:"1000%" doc:"Of a failover or deploy: how much more the owners use, of what they use without it."`
	Instances int32          `set:"instances" default:"0" min:"0" max:"1000000" unit:"instances" doc:"Of a deploy, in place of share: how many more the owners use in each of the pools."`

	Rise        time.Duration  `set:"rise" default:"0s" min:"0s" max:"6h" doc:"Time until all of it is there, in steps of a minute; of an outage: until the owners' instances are back in other zones."`
	Fall        time.Duration  `set:"fall" default:"0s" min:"0s" max:"6h" doc:"Of a failover or deploy: time in which it goes, before its end, in steps of a minute."`
	SwitchAfter *time.Duration `set:"switch_after" min:"0s" max:"366d" doc:"Of a failover: when evacuation is switched on, from its beginning on; it is switched off at its end. Not given: nobody switches it on."`
}

// Check refuses what does not belong to the event's kind, and times that do not fit.
func (v *EventSetting) Check() error {
	more := v.Kind == "failover" || v.Kind == "deploy"
	switch {
	case v.Length%time.Second != 0 || v.Rise%time.Second != 0 || v.Fall%time.Second != 0:
		return fmt.Errorf("length, rise and fall are %s, %s and %s: expected whole seconds", v.Length, v.Rise, v.Fall)
	case v.Rise+v.Fall > v.Length:
		return fmt.Errorf("length is %s: expected at least rise and fall together, %s", v.Length, v.Rise+v.Fall)
	case v.Kind == "outage" && v.Zone.Kind() != "value":
		return fmt.Errorf("an outage is of a zone: expected zone, such as us-east-1a")
	case v.Kind != "outage" && !v.Zone.IsZero():
		return v.wrong("zone", "an outage")
	case (v.Kind == "outage" || v.Kind == "deploy") && !v.Region.IsZero():
		return v.wrong("region", "a failover or blackout")
	case v.Kind != "failover" && v.SwitchAfter != nil:
		return v.wrong("switch_after", "a failover")
	case !more && (len(v.Pools) > 0 || v.Share > 0 || v.Fall > 0):
		return v.wrong("pools, share or fall", "a failover or deploy")
	case v.Kind != "deploy" && v.Instances > 0:
		return v.wrong("instances", "a deploy")
	case v.Kind == "blackout" && v.Rise > 0:
		return v.wrong("rise", "another kind")
	case more && (v.Share > 0) == (v.Instances > 0):
		return fmt.Errorf("a %s needs its size: expected share%s", v.Kind, map[string]string{"deploy": " or instances, not both"}[v.Kind])
	case v.SwitchAfter != nil && (*v.SwitchAfter > v.Length || *v.SwitchAfter%time.Second != 0):
		return fmt.Errorf("switch_after is %s: expected whole seconds and at most the length, %s", *v.SwitchAfter, v.Length)
	case !v.Region.IsZero() && v.Region.Kind() != "value":
		return v.Region.Wrong("a region such as us-east-1")
	}
	_, err := v.patterns()
	return err
}

func (v *EventSetting) wrong(keys, whose string) error {
	return fmt.Errorf("%s belongs to %s: expected none for kind %s", keys, whose, v.Kind)
}

// patterns are the event's pools, which the file has as text so that a later message can name the place.
func (v *EventSetting) patterns() ([]policies.Pattern, error) {
	list := make([]policies.Pattern, len(v.Pools))
	for i, raw := range v.Pools {
		if err := raw.Decode(&list[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// checkEvents refuses events outside of the scenario's span.
func (s *Scenario) checkEvents() error {
	for i := range s.Events {
		if at := s.Events[i].At.From(s.From); at < s.From || at >= s.end() {
			return fmt.Errorf("events[%d].at is %s, outside of the scenario: expected %s or later, and before %s", i, at, s.From, s.end())
		}
	}
	return nil
}
