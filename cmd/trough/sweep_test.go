package main

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"trough.internal/sim/experiment"
)

// A cell holds what a backtest of the same scenario, policy, parameters and seed prints, to the byte: decoded once for all cells
// or read for itself, side by side or alone.
func TestACellEqualsItsSingleBacktest(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(shared, "experiments", "small.yaml")
	a := &app{out: create(t, dir, "out"), err: create(t, dir, "err"), data: filepath.Join(shared, "traces")}
	x, err := a.loadExperiment(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.runSweep(context.Background(), x, filepath.Join(dir, "sweep"), 2); err != nil {
		t.Fatal(err)
	}
	results, err := experiment.Collect(x.Cells, &cellFolder{directory(filepath.Join(dir, "sweep"))})
	if err != nil {
		t.Fatal(err)
	}
	if len(results) != 20 {
		t.Fatalf("%d cells", len(results))
	}
	for i, r := range results {
		lag := edited(t, dir, filepath.Join(shared, "scenarios", "small.yaml"), "lag: 1m", "lag: "+r.Values[1])
		single := create(t, dir, "single")
		code := run(context.Background(), []string{"backtest", lag, "--data", a.data, "-p", r.Policy, "--set", "margin.share=" + r.Values[0],
			"--seed", strconv.FormatUint(r.Seed, 10), "--json"}, single, a.err)
		if text := read(t, single); code != exitOK || text != r.Summary {
			t.Errorf("cell %d (%s, %v, seed %d): exit code %d, and its summary differs:\n%s\n%s", i, r.Policy, r.Values, r.Seed, code, text, r.Summary)
		}
	}
}

// edited is a copy of a file with one text for another, which must be there.
func edited(t *testing.T, dir, path, old, with string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), old) {
		t.Fatalf("%s has no %q", path, old)
	}
	copied := filepath.Join(dir, "edited.yaml")
	if err := os.WriteFile(copied, []byte(strings.Replace(string(text), old, with, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	return copied
}

func create(t *testing.T, dir, name string) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func read(t *testing.T, f *os.File) string {
	t.Helper()
	text, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
