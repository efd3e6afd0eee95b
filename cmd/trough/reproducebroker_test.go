package main

import (
	"context"
	"os"
	"testing"
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
