package main

import (
	"fmt"
	"time"

	"trough.internal/models"
	"trough.internal/policies"
)

// curfewNow is a curfew's window that applies at an instant.
type curfewNow struct {
	Window string   `json:"window"` // in words
	Phase  string   `json:"phase"`  // lead or inside
	Keep   string   `json:"keep"`
	Pools  []string `json:"pools"`
}

// curfewsAt lists the windows that apply. It asks the curfew itself, window by window, what it would make of pools of
// which half is held: what a window is about then shows, whatever the run held at the time.
func curfewsAt(set *policies.Settings, pools []models.Pool, at models.Instant) []curfewNow {
	found := []curfewNow{}
	if set.Curfew == nil {
		return found
	}
	obs := halfHeld(pools, at)
	for _, window := range set.Curfew.Windows {
		one := &policies.Settings{Policy: "curfew", Evaluate: time.Minute,
			Availability: &policies.Availability{Hold: policies.HoldSurplus}, Curfew: &policies.Curfew{Windows: []policies.CurfewWindow{window}}}
		policy, err := policies.New(one)
		if err != nil {
			continue // it ran, so it can be made
		}
		decision := models.NewDecision(obs.Cells())
		policy.Decide(obs, decision)
		now := curfewNow{Window: windowText(&window), Keep: window.Keep.String(), Phase: "lead"}
		for i := range obs.Pools {
			if decision.KeepCause[i] == models.ByCurfew {
				now.Phase = "inside"
			}
			if decision.Cause[i] == models.ByCurfew || decision.KeepCause[i] == models.ByCurfew {
				now.Pools = append(now.Pools, obs.Pools[i].Name())
			}
		}
		if len(now.Pools) > 0 {
			found = append(found, now)
		}
	}
	return found
}

func halfHeld(pools []models.Pool, at models.Instant) *models.Observation {
	n := 0
	for n < len(pools) && pools[n].Kind != models.Base {
		n++
	}
	const reserved = 1000
	column := func(v int32) []int32 {
		c := make([]int32, n)
		for i := range c {
			c[i] = v
		}
		return c
	}
	asOf := make([]models.Instant, n)
	for i := range asOf {
		asOf[i] = at
	}
	return &models.Observation{Now: at, Pools: pools[:n], Borrowers: []string{"any"}, Regions: []string{"any"},
		Reserved: column(reserved), InUse: column(0), AsOf: asOf, OnOrder: column(0), Booting: column(0), Idle: column(0),
		Busy: column(reserved / 2), Finishing: column(0), Leaving: column(0), Workload: make([]models.Workload, 1),
		Evacuate: make([]bool, 1), RegionOf: column(0)}
}

func windowText(w *policies.CurfewWindow) string {
	zone, _ := w.TimeZone.MarshalText() // of a zone that was read
	cron, _ := w.Cron.MarshalText()
	return fmt.Sprintf("cron %q in %s for %s, lead %s", cron, zone, short(w.Duration), short(w.Lead))
}
