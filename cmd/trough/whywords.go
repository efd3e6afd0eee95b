package main

import (
	"fmt"
	"slices"
	"strings"

	"trough.internal/models"
	"trough.internal/policies"
)

// tell puts every stage's word into words.
func (c *whyCell) tell(w *whyAnswer) {
	set := w.files.policy
	for i := range c.Stages {
		s := &c.Stages[i]
		t := telling{cell: c, stage: s, set: set, answer: w, age: c.rows[i].Age,
			moved: s.Target - s.TargetBefore, demand: c.rows[i].Demand, keeps: !sameLimit(s.Keep, s.KeepBefore)}
		s.Words = t.words(c.rows[i].Stage)
	}
}

func sameLimit(a, b *int32) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }

// telling is what one stage's words are made of.
type telling struct {
	cell   *whyCell
	stage  *whyStage
	set    *policies.Settings
	answer *whyAnswer
	age    int32
	moved  int32 // target
	keeps  bool  // the stage changed how many may stay
	demand float64
}

// words say what the stage did, or why it did nothing where that is worth knowing.
func (t *telling) words(stage models.Cause) string {
	c := t.cell
	if t.moved == 0 && !t.keeps {
		return t.unmoved(stage)
	}
	switch stage {
	case models.BySchedule:
		return "the schedule's windows say so"
	case models.ByAvailability:
		if c.InUse == nil {
			return fmt.Sprintf("nobody knows what the owners use: stay at what is held, %s", count(c.Held))
		}
		if c.Leaving > 0 {
			return fmt.Sprintf("%s reserved - %s in use = %s available; %s that leave take their place until they are gone", count(c.Reserved), count(*c.InUse), count(*c.Available), count(c.Leaving))
		}
		return fmt.Sprintf("%s reserved - %s in use = %s available", count(c.Reserved), count(*c.InUse), count(*c.Available))
	case models.ByMargin:
		m, of := t.set.Margin, count(c.Reserved)+" reserved"
		if m.Of == policies.OfAvailable && c.Available != nil {
			of = count(*c.Available) + " available"
		}
		return fmt.Sprintf("leaves %s of the %s unused (at least %d), and up to the band's %s of that where it is held already", m.Share, of, m.Least, m.Band)
	case models.ByFair:
		return fmt.Sprintf("there is more to borrow than work (%s slots of demand): every pool lends the same part, within %s", decimal(t.demand), t.set.Fair.Tolerance)
	case models.ByDemand:
		return fmt.Sprintf("there is work for %s slots in all pools together, and faster types come first", decimal(t.demand))
	case models.ByStepping:
		if t.stage.Target > c.Held {
			return fmt.Sprintf("at most %s of the reserved instances (at least %d) more than the %s held, at one evaluation", t.set.Stepping.Up, t.set.Stepping.UpLeast, count(c.Held))
		}
		return fmt.Sprintf("at most %s of the reserved instances (at least %d) fewer than the %s held, at one evaluation", t.set.Stepping.Down, t.set.Stepping.DownLeast, count(c.Held))
	case models.ByIdle:
		return fmt.Sprintf("%s of the %s held were idle for %s, and no queued job needs them", count(c.Held-t.stage.Target), count(c.Held), short(t.set.Idle.After))
	case models.ByBroker:
		return "the borrowers share what is left by nominals, limits, weights and what they used of late, and those with the smaller share come first"
	case models.ByBackoff:
		return fmt.Sprintf("launches here were refused and none was granted: no more than what is there, but for one now and then that asks (after %d evaluations at the latest)", t.set.Backoff.Most)
	case models.ByScaling:
		return fmt.Sprintf("its Auto Scaling group asks for so many here, as far as they can be had: %s", count(c.Reserved))
	case models.ByWorkers:
		return fmt.Sprintf("so many spot workers for the depth of the queues, where they are to be bought, as far as they can be had: %s", count(c.Reserved))
	case models.ByBilledHour:
		if t.moved > 0 {
			return fmt.Sprintf("%s of the %s held are in the midst of an hour that is billed as a whole: they stay until it is nearly over", count(t.moved), count(c.Held))
		}
		return "instances elsewhere stay until the hour that they are billed for is nearly over, and stand in for these"
	case models.ByFallback:
		return fmt.Sprintf("on-demand instances stand in for what is not ready of the others, as far as they can be had: %s", count(c.Reserved))
	case models.ByCurfew:
		return t.curfew()
	case models.ByOverdraft:
		if t.keeps {
			return fmt.Sprintf("more is borrowed than the %s available: the difference goes by notice, and nothing more is borrowed until %s after it has gone", known(c.Available), short(t.set.Overdraft.CoolOff))
		}
		return fmt.Sprintf("an overdraft ended less than %s ago: no more than the %s held", short(t.set.Overdraft.CoolOff), count(c.Held))
	case models.ByLimit:
		return fmt.Sprintf("the driver's rules of safety and stop states, which come after the policy: hold %s", count(t.stage.Target))
	case models.ByStale:
		if c.InUse == nil {
			return "no report of the owners' use is trusted: no increase, and after a while nothing"
		}
		return fmt.Sprintf("the last report is %s old: no increase after %s, nothing after %s", seconds(t.age), short(t.set.Availability.TelemetryAgeMax), short(t.set.Availability.TelemetryAgeZero))
	case models.ByEvacuation:
		if t.keeps {
			return fmt.Sprintf("%s is evacuated: everything goes by notice", c.key.Region)
		}
		return fmt.Sprintf("%s was evacuated less than %s ago: nothing is held yet", c.key.Region, short(t.set.Evacuation.HoldOff))
	}
	return ""
}

func (t *telling) unmoved(stage models.Cause) string {
	switch stage {
	case models.BySmoothing:
		return fmt.Sprintf("the demand, smoothed: %s slots", decimal(t.demand))
	case models.ByAvailability:
		if t.cell.InUse != nil {
			return fmt.Sprintf("%s reserved - %s in use: nothing is available", count(t.cell.Reserved), count(*t.cell.InUse))
		}
		return "nobody knows what the owners use, and nothing is held"
	}
	return ""
}

// curfew says which window applies.
func (t *telling) curfew() string {
	phase := "inside"
	if !t.keeps {
		phase = "lead"
	}
	var keeps, windows []string
	for _, now := range t.answer.Curfews {
		if now.Phase == phase && slices.Contains(now.Pools, t.cell.Pool) {
			keeps, windows = append(keeps, now.Keep), append(windows, now.Window)
		}
	}
	limit, which := strings.Join(keeps, " and "), strings.Join(windows, " and ")
	if phase == "lead" {
		return fmt.Sprintf("a curfew comes: no increase, and down to %s of the %s reserved, when idle (%s)", limit, count(t.cell.Reserved), which)
	}
	return fmt.Sprintf("no more than %s of the %s reserved during the curfew; what is beyond it goes by notice (%s)", limit, count(t.cell.Reserved), which)
}

func known(n *int32) string {
	if n == nil {
		return "unknown"
	}
	return count(*n)
}

func decimal(x float64) string {
	if x == float64(int64(x)) {
		return count(int64(x))
	}
	return fmt.Sprintf("%s.%d", count(int64(x)), int64(x*10)%10)
}

// seconds is an age as people say it.
func seconds(s int32) string {
	switch {
	case s < 60:
		return fmt.Sprintf("%ds", s)
	case s < 3600:
		return fmt.Sprintf("%dm%02ds", s/60, s%60)
	}
	return fmt.Sprintf("%dh%02dm", s/3600, s/60%60)
}
