package main

import (
	"context"
	"os"
	"reflect"
	"testing"

	"trough.internal/models"
	"trough.internal/report"
	"trough.internal/report/measure"
)

// What the broker promises, whatever the luck: shares by weight while all have work, nobody without an instance for long, and an
// urgent borrower that waits less than where pools are shared by demand.
func TestABrokerSharesByWeightAndStarvesNobody(t *testing.T) {
	if testing.Short() {
		t.Skip("whole runs of one goroutine, which the race detector makes fifteen times as long")
	}
	a := &app{out: os.Stdout, err: os.Stderr, quiet: true}
	r := broker()
	v, err := r.measure(context.Background(), a, 3)
	if err != nil {
		t.Fatal(err)
	}
	if len(v) != len(r.figures) {
		t.Errorf("knows %v of %d figures", v, len(r.figures))
	}
	// Half of the band, and a little for what the owners' comings and goings disturb.
	if off := v["share_error_busy"]; !(off >= 0 && off < 3) {
		t.Errorf("shares are off by %v percentage points", off)
	}
	if got := v["starved_hours"]; !(got < 3) || !(got < v["starved_hours_without"]/10) {
		t.Errorf("borrowers had nothing for %v h, and without a broker %v h", got, v["starved_hours_without"])
	}
	if got := v["urgent_wait_p95_s"]; !(got > 0 && got < v["urgent_wait_p95_s_without"]/2) {
		t.Errorf("QA waits %v s, and without a broker %v s", got, v["urgent_wait_p95_s_without"])
	}
}

// A and B of weights 3 and 1, by hand: while both have a job waiting, the four instances of A's are to be divided as three and
// one; who waits no more keeps what it has.
func TestFairSharesAreByWeightAmongThoseWhoWait(t *testing.T) {
	h := newHoldings(measure.NewBorrowers(measure.Setup{Pools: []models.Pool{{Zone: "a", Type: "r"}}, Borrowers: []string{"A", "B"}, From: 600}), []float64{0.75, 0.25}, 600)
	event := func(at models.Instant, kind models.EventKind, borrower models.BorrowerID, from, to models.State, pool models.PoolID) {
		h.Event(models.Event{At: at, Kind: kind, Borrower: borrower, From: from, To: to, Pool: pool})
	}
	event(610, models.Arrived, 0, models.Absent, models.Absent, models.NoPool)
	event(620, models.Arrived, 1, models.Absent, models.Absent, models.NoPool)
	for range 4 {
		event(630, models.Launched, 0, models.OnOrder, models.Booting, 0)
	}
	event(910, models.Started, 1, models.Booting, models.Busy, 0) // B waits no more
	event(1810, models.Arrived, 1, models.Absent, models.Absent, models.NoPool)
	c := h.chart([]string{"A", "B"}, 600, 2400)
	steps := map[string][]report.Step{}
	for _, l := range c.Layers {
		steps[l.Label+l.Second] = l.Steps
	}
	for label, want := range map[string][]report.Step{
		"A75 %":                {{At: 600, Value: 0}, {At: 900, Value: 4}},
		"B25 %":                {{At: 600, Value: 0}, {At: 900, Value: 4}},
		"edges of fair shares": {{At: 600, Value: 0}, {At: 900, Value: 3}, {At: 1200, Value: 4}, {At: 2400, Value: 3}},
	} {
		if !reflect.DeepEqual(steps[label], want) {
			t.Errorf("%s is %v, expected %v", label, steps[label], want)
		}
	}
}
