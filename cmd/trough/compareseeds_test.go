package main

import (
	"context"
	"path/filepath"
	"testing"
)

// The seeds of later looks follow those of earlier ones: whoever stops late has played what plain --seeds plays.
func TestLaterLooksPlayTheSeedsThatFollow(t *testing.T) {
	dir := t.TempDir()
	a := &app{out: create(t, dir, "out"), err: create(t, dir, "err"), data: filepath.Join(shared, "traces")}
	r := &comparing{app: a, scenario: filepath.Join(shared, "scenarios", "small.yaml"), flags: &jobFlags{ledger: "none"}, seeds: 4, workers: 2}
	if err := r.read([]string{"full", "availability"}, ""); err != nil {
		t.Fatal(err)
	}
	play := func(from, until int) []underSeed {
		seeds, err := r.playSeeds(context.Background(), from, until)
		if err != nil {
			t.Fatal(err)
		}
		return seeds
	}
	all, parts := play(0, 4), append(play(0, 1), play(1, 4)...)
	for i := range all {
		if all[i].played[0].tally != parts[i].played[0].tally {
			t.Errorf("seed %d: %+v at once, %+v look by look", i+1, all[i].played[0].tally, parts[i].played[0].tally)
		}
	}
	if all[0].played[0].tally == all[1].played[0].tally {
		t.Error("two seeds are the same")
	}
}
