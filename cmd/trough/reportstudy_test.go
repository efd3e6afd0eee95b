package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"trough.internal/report/page/browsertest"
)

// The report of a sweep opens in a browser without complaint, in any width and theme, and shuts nobody out.
func TestTheReportOfASweepReadsEverywhere(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sweep")
	out := reported(t, dir, "sweep", filepath.Join(shared, "experiments", "small.yaml"), "-o", dir, "--data", filepath.Join(shared, "traces"))
	tab := browsertest.Open(t, out, browsertest.Window{Width: 1024, Height: 900, Still: true})
	tab.Settle()
	if n := browsertest.Eval[int](tab, `document.querySelectorAll("figure.heat td.framed").length`); n < 6 {
		t.Errorf("%d best fields are framed", n)
	}
	// A mark stands where its numbers are: the dearest point is the one furthest to the right.
	if got := browsertest.Eval[string](tab, `[...document.querySelectorAll("#plane-front-overdraft-cost .mark")].reduce((a, b) => a.getBoundingClientRect().x > b.getBoundingClientRect().x ? a : b).title`); got != "point 6 (availability, margin.share 0%, scenario.telemetry.lag 5m): 16.59, 213.00" {
		t.Errorf("the dearest is %q", got)
	}
	readsEverywhere(t, tab)
}

// readsEverywhere checks what every page promises: nothing overflows, no barrier in both themes, no complaint. It takes most rows
// away of tables that are long, and plots of many: each of them would be asked the same questions, which takes minutes.
func readsEverywhere(t *testing.T, tab *browsertest.Tab) {
	t.Helper()
	browsertest.Eval[bool](tab, `(() => {
		for (const many of document.querySelectorAll("tbody, table, .many .static")) [...many.children].slice(12).forEach(e => e.remove())
		return true
	})()`)
	for _, width := range []int64{390, 1024, 1920} {
		tab.Resize(width, 900)
		tab.Settle()
		tab.Settle()
		for _, o := range tab.Overflow() {
			t.Errorf("at %d: %s", width, o)
		}
	}
	for _, dark := range []bool{true, false} {
		tab.Prefer(dark, true)
		tab.Settle()
		for _, b := range tab.Barriers() {
			t.Errorf("dark %v: %s", dark, b)
		}
	}
	for _, c := range tab.Complaints() {
		t.Error(c)
	}
}

// reported runs a command that leaves a directory, and writes the report of that; it returns the page.
func reported(t *testing.T, dir string, args ...string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "report")
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	for _, call := range [][]string{args, {"report", dir, "-o", out, "--no-plots"}} {
		if code := run(context.Background(), call, null, os.Stderr); code != exitOK {
			t.Fatalf("%v: exit code %d", call, code)
		}
	}
	return filepath.Join(out, reportPage)
}
