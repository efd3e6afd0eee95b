package main

import (
	"context"
	"os"
	"testing"

	"trough.internal/models"
)

// What the article says and what follows from its rules, whatever the luck: a third without the daemon, two thirds with the
// printed one, all of it where every termination counts or where what is missing is counted.
func TestAPriceJumpInOneZoneLeavesAThirdAndAFallbackHolds(t *testing.T) {
	a := &app{out: os.Stdout, err: os.Stderr, quiet: true}
	v, err := runAppneta(context.Background(), a, 3)
	if err != nil {
		t.Fatal(err)
	}
	for name, bounds := range map[string][2]float64{
		"capacity_without_daemon": {33, 34}, "capacity_with_daemon": {66, 67}, "capacity_every": {95, 105}, "capacity_lowering": {95, 105},
		"capacity_declarative": {95, 105}, "on_demand_left_with_daemon": {20, 20}, "on_demand_left_lowering": {0, 0}, "on_demand_left_declarative": {0, 0},
		"saving_without_daemon": {84, 86}, // 0.15 of 1.00, and hours that the provider ended free
	} {
		if got := v[name]; got < bounds[0] || got > bounds[1] {
			t.Errorf("%s is %v, expected %v to %v", name, got, bounds[0], bounds[1])
		}
	}
	for _, name := range []string{"capacity", "cost", "saving", "on_demand_left"} {
		if v[name+"_declarative"] != v[name+"_declarative_lossy"] {
			t.Errorf("%s of the declarative form is %v, and %v where messages are lost, of which it reads none", name, v[name+"_declarative"], v[name+"_declarative_lossy"])
		}
	}
	if v["cost_every_lossy"] == v["cost_every"] {
		t.Error("lost and doubled messages changed nothing for the rule that counts them")
	}
	if v["cost_every"] <= v["cost_lowering"] || v["cost_with_daemon"] <= v["cost_without_daemon"] {
		t.Errorf("what nothing lowers costs more: %v", v)
	}
	listed := map[string]bool{}
	for _, f := range appneta().figures {
		listed[f.figure] = true
	}
	for name := range v {
		if !listed[name] {
			t.Errorf("%s is measured and not announced", name)
		}
	}
}

func TestReadyTimeIsAveragedOverItsSpanOnly(t *testing.T) {
	r := &readyTime{from: 100, until: 200, pools: []models.Pool{{Kind: models.Spot}}}
	move := func(at models.Instant, from, to models.State) {
		r.Event(models.Event{At: at, From: from, To: to, Kind: models.Ready})
	}
	move(0, models.Booting, models.Idle)   // one from here on
	move(50, models.Booting, models.Idle)  // two
	move(150, models.Idle, models.Busy)    // still two
	move(180, models.Busy, models.Leaving) // one
	move(300, models.Booting, models.Idle) // after the span
	if got := r.mean(); got != 1.8 {
		t.Errorf("%v instances, expected 1.8", got)
	}
}
