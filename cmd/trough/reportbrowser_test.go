package main

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"trough.internal/report/page/browsertest"
)

// What a reader sees of a run's report is what the run's summary says, in a page that works and shuts nobody out.
func TestAReportOpensInABrowserAndSaysWhatTheSummarySays(t *testing.T) {
	dir, out := runInto(t, filepath.Join(shared, "scenarios", "small.yaml")), filepath.Join(t.TempDir(), "report")
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if code := run(context.Background(), []string{"report", dir, "-o", out, "--no-plots"}, null, os.Stderr); code != exitOK {
		t.Fatalf("exit code %d", code)
	}
	tab := browsertest.Open(t, filepath.Join(out, "report.html"), browsertest.Window{Width: 1024, Height: 900, Still: true})
	tab.Settle()
	t.Logf("opens in %d ms", tab.Opened.Milliseconds())

	tilesAreTheSummarys(t, tab, dir)
	if n := browsertest.Eval[int](tab, `document.querySelectorAll("figure.is-live canvas").length`); n < 3 {
		t.Errorf("%d charts are live", n)
	}
	readsEverywhere(t, tab)
}

// tilesAreTheSummarys compares the headlines of a page with the summary of its run, to the digits shown.
func tilesAreTheSummarys(t *testing.T, tab *browsertest.Tab, dir string) {
	t.Helper()
	known := summaryValues(t, dir)
	tiles := browsertest.Eval[map[string]string](tab, `Object.fromEntries([...document.querySelectorAll(".tile")].map(e => [e.dataset.key, e.querySelector("data").textContent]))`)
	for _, key := range []string{"throughput_gain", "overdraft_cost", "cost_efficiency"} {
		shown, err := strconv.ParseFloat(strings.ReplaceAll(tiles[key], ",", ""), 64)
		_, decimals, _ := strings.Cut(tiles[key], ".")
		if half := 0.5 * math.Pow10(-len(decimals)); err != nil || math.Abs(shown-known[key]) > half*(1+1e-9) {
			t.Errorf("tile %s says %q, the summary %v (error %v)", key, tiles[key], known[key], err)
		}
	}
}

// summaryValues are the figures of a run's summary.json as it has them, by key.
func summaryValues(t *testing.T, dir string) map[string]float64 {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "summary.json"))
	if err != nil {
		t.Fatal(err)
	}
	var summary struct {
		Figures map[string]struct{ Value float64 }
	}
	if err := json.Unmarshal(text, &summary); err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for key, f := range summary.Figures {
		values[key] = f.Value
	}
	return values
}
