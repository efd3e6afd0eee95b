package sim

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"trough.internal/models"
	"trough.internal/models/settings"
	"trough.internal/models/synth"
)

// disturb adds the scenario's events to what was built of its market: to the capacity trace what the owners do, to the world what
// fails, to the switches evacuations, to the notes that all of it is made up.
func (s *Scenario) disturb(b *Built) error {
	var events []event
	var switches []models.Switch
	for i := range s.Events {
		v, err := s.event(&s.Events[i], b.World.Pools)
		if err != nil {
			return err
		}
		if v.Share+settings.Share(v.Instances) > 0 && v.concerned() == 0 {
			return fmt.Errorf("events[%d]: a %s needs pools that have owners: expected a market beside what is bought", i, v.Kind)
		}
		switch v.Kind {
		case "blackout":
			b.World.Blackouts = append(b.World.Blackouts, Blackout{Region: v.Region.String(), From: v.begin, Until: v.end})
		case "outage":
			b.World.Outages = append(b.World.Outages, Outage{Zone: v.Zone.String(), From: v.begin, Until: v.end})
			events = append(events, v)
		default:
			events = append(events, v)
		}
		if v.SwitchAfter != nil {
			switches = append(switches, synth.Evacuation(v.Region.String(), v.begin, *v.SwitchAfter, v.Length)...)
		}
		b.Notes.Assumed = append(b.Notes.Assumed, v.assumed())
	}
	if len(events) == 0 {
		return nil
	}
	market, pools := b.inputs, b.World.Pools
	b.inputs = func() (Inputs, error) {
		in, err := market()
		in.Capacity = newDisturbed(in.Capacity, pools, events)
		in.Switches = append(slices.Clip(in.Switches), switches...)
		sortSwitches(in.Switches)
		return in, err
	}
	return nil
}

// event is an event of a scenario whose names were found in its market.
type event struct {
	*EventSetting
	begin, end models.Instant
	in         []bool // by pool: whether its owners use more of it, or it is gone
}

// event finds the pools that an event concerns. Only a pool with owners can have more in use.
func (s *Scenario) event(set *EventSetting, pools []models.Pool) (event, error) {
	begin := set.At.From(s.From)
	v := event{EventSetting: set, begin: begin, end: begin.Add(set.Length), in: make([]bool, len(pools))}
	if err := v.checkPlaces(pools); err != nil {
		return v, err
	}
	patterns, err := set.patterns()
	if err != nil {
		return v, err
	}
	matched := make([]bool, len(patterns))
	for p := range pools {
		here := pools[p].Kind == models.Surplus && (set.Zone.IsZero() || pools[p].Zone == set.Zone.String()) &&
			(set.Region.IsZero() || pools[p].Region == set.Region.String())
		v.in[p] = here && len(patterns) == 0
		for i := range patterns {
			if here && patterns[i].Names(&pools[p]) {
				v.in[p], matched[i] = true, true
			}
		}
	}
	if i := slices.Index(matched, false); i >= 0 {
		return v, set.Pools[i].Wrong(fmt.Sprintf("pools of the market%s, such as %s", of(set.Region.String()), pools[0].Name()))
	}
	return v, nil
}

func of(region string) string {
	if region == "" {
		return ""
	}
	return " in " + region
}

// checkPlaces refuses a region or zone without pools, and the outage of a zone whose owners could go nowhere.
func (v *event) checkPlaces(pools []models.Pool) error {
	if name := v.Region.String(); name != "" && !slices.ContainsFunc(pools, func(p models.Pool) bool { return p.Region == name }) {
		return v.Region.Wrong("a region of the market, such as " + pools[0].Region)
	}
	zone := v.Zone.String()
	if zone == "" {
		return nil
	}
	if !slices.ContainsFunc(pools, func(p models.Pool) bool { return p.Zone == zone }) {
		return v.Zone.Wrong("a zone of the market, such as " + pools[0].Zone)
	}
	region := pools[slices.IndexFunc(pools, func(p models.Pool) bool { return p.Zone == zone })].Region
	owned := func(there bool) bool {
		return slices.ContainsFunc(pools, func(p models.Pool) bool {
			return p.Kind == models.Surplus && p.Region == region && (p.Zone == zone) == there
		})
	}
	if owned(true) && !owned(false) {
		return v.Zone.Wrong(fmt.Sprintf("a zone of a region with several: %s has no other for the owners to go to", region))
	}
	return nil
}

// assumed is the event as a sentence.
func (v *event) assumed() string {
	text := fmt.Sprintf("%s from %s for %s: ", v.Kind, v.begin, v.Length)
	size := v.Share.String()
	if v.Instances > 0 {
		size = fmt.Sprintf("%d instances", v.Instances)
	}
	switch v.Kind {
	case "outage":
		return text + fmt.Sprintf("zone %s is gone with all that runs there; its owners are back in other zones after %s", v.Zone.String(), v.Rise)
	case "blackout":
		return text + "no telemetry reports" + of(v.Region.String())
	case "deploy":
		return text + fmt.Sprintf("owners use %s more in each of %d pools, old version and new", size, v.concerned())
	}
	text += fmt.Sprintf("another region's customers come%s, owners use %s more in each of %d pools", of(v.Region.String()), size, v.concerned())
	if v.SwitchAfter == nil {
		return text + "; nobody switches evacuation on"
	}
	return text + fmt.Sprintf("; evacuation is switched on after %s", *v.SwitchAfter)
}

func (v *event) concerned() int {
	n := 0
	for _, in := range v.in {
		if in {
			n++
		}
	}
	return n
}

// there is how much of the event is there at an instant, 0 to 1.
func (v *event) there(at models.Instant) float64 {
	return synth.Ramp(at.Sub(v.begin), v.Rise, v.Length, v.Fall)
}

// on says whether the event lasts at an instant.
func (v *event) on(at models.Instant) bool { return v.begin <= at && at < v.end }

// turnsOf are the instants at which an event changes something by itself: its beginning and end, and every minute while it
// rises or falls, in order.
func turnsOf(events []event) []models.Instant {
	var turns []models.Instant
	for i := range events {
		v := &events[i]
		turns = append(turns, v.begin, v.end)
		for t := v.begin; t < v.begin.Add(v.Rise); t = t.Add(time.Minute) {
			turns = append(turns, t)
		}
		turns = append(turns, v.begin.Add(v.Rise))
		for t := v.end.Add(-v.Fall); t < v.end; t = t.Add(time.Minute) {
			turns = append(turns, t)
		}
	}
	slices.SortFunc(turns, func(a, b models.Instant) int { return cmp.Compare(a, b) })
	return slices.Compact(turns)
}
