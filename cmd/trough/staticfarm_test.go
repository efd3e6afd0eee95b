package main

import (
	"context"
	"math/bits"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"trough.internal/models"
	"trough.internal/report/measure"
)

// farmJob is the small scenario, with another base fleet if one is given, and the run of a policy without which there is
// nothing to compare with.
func farmJob(t *testing.T, base, policy string, seed uint64) (*app, *job, *played, *played) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(shared, "scenarios/small.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	const own = "  - {pool: us-east-1a/r3.4xlarge, instances: 2}\n"
	if !strings.Contains(string(text), own) {
		t.Fatalf("the small scenario has no %q", own)
	}
	if base == "" {
		base = own
	}
	file := filepath.Join(t.TempDir(), "s.yaml")
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), own, base, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	a := &app{out: os.Stdout, err: os.Stderr, quiet: true, data: filepath.Join(shared, "traces")}
	j, err := a.prepare(file, &jobFlags{ledger: "none", seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	j.farm = true
	c, err := j.candidate(policy, nil)
	if err != nil {
		t.Fatal(err)
	}
	without, err := a.playNever(context.Background(), j)
	if err != nil {
		t.Fatal(err)
	}
	p, err := a.play(context.Background(), j.scenario, j.built, c, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return a, j, p, without
}

func TestTheStaticFarmIsTheOneThatALinearSearchFinds(t *testing.T) {
	for _, c := range []struct {
		name, base, policy string
		seed               uint64
	}{
		{"one pool", "", "full", 1},
		{"another seed", "", "full", 2},
		{"another policy", "", "availability", 3},
		{"two zones, unequal", "  - {pool: us-east-1a/r3.4xlarge, instances: 2}\n  - {pool: us-east-1c/r3.4xlarge, instances: 1}\n", "full", 1},
		{"two types", "  - {pool: us-east-1a/r3.4xlarge, instances: 1}\n  - {pool: us-east-1a/m3.2xlarge, instances: 2}\n", "full", 1},
	} {
		a, j, p, without := farmJob(t, c.base, c.policy, c.seed)
		if err := a.findStaticFarm(context.Background(), j, p, without); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		found, _ := measure.Find(p.more, "static_farm_instances")
		if !found.Known {
			t.Fatalf("%s: no farm: %s", c.name, found.Note)
		}
		n, before := sum(j.built.World.Base), ""
		for {
			run, _, err := a.playFarm(context.Background(), j, n, without)
			if err != nil {
				t.Fatal(err)
			}
			lacking := lacks(&run.result, &p.result)
			if lacking == "" {
				break
			}
			n, before = n+1, lacking
		}
		if int64(found.Value) != n || n < sum(j.built.World.Base)+5 {
			t.Errorf("%s: %v instances, a linear search finds %d", c.name, found.Value, n)
		}
		if !strings.Contains(found.Note, before) {
			t.Errorf("%s: the note is %q; expected it to say of %d instances: %s", c.name, found.Note, n-1, before)
		}
	}
}

func TestAPolicyThatDoesNoBetterThanTheBaseFleetSavesNothing(t *testing.T) {
	a, j, p, without := farmJob(t, "", "never", 1)
	if err := a.findStaticFarm(context.Background(), j, p, without); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]float64{"static_farm_instances": 2, "static_farm_saving": 0, "static_farm_overdraft_cost": 0} {
		if f, ok := measure.Find(p.more, key); !ok || !f.Known || f.Value != want {
			t.Errorf("%s is %+v; expected %v", key, f, want)
		}
	}
}

func TestARunWithoutTheFlagSeeksNoFarm(t *testing.T) {
	a, j, p, without := farmJob(t, "", "full", 1)
	j.farm = false
	if err := a.findStaticFarm(context.Background(), j, p, without); err != nil || p.more != nil {
		t.Errorf("%v, %+v", err, p.more)
	}
}

// A policy whose jobs end sooner than any farm's could, as on faster instances, has no farm to compare with.
func TestTheSearchEndsWhereNobodyWaitsAndItStillIsNotEnough(t *testing.T) {
	a, j, p, without := farmJob(t, "", "full", 1)
	for c := range p.result.Classes {
		p.result.Classes[c].Completed = p.result.Classes[c].Arrived
	}
	if err := a.findStaticFarm(context.Background(), j, p, without); err != nil {
		t.Fatal(err)
	}
	for _, f := range p.more {
		switch f.Key {
		case "static_farm_instances":
			if f.Known || !strings.HasPrefix(f.Note, "there is none: with ") || !strings.HasSuffix(f.Note, " jobs complete, not 308, though no job waits") {
				t.Errorf("%+v", f)
			}
		case "static_farm_base_cost", "static_farm_overdraft_cost":
			if !f.Known {
				t.Errorf("%+v", f)
			}
		default:
			if f.Known {
				t.Errorf("%+v", f)
			}
		}
	}
}

func TestLacksNamesWhatAFarmDoesWorse(t *testing.T) {
	result := func(completed, work, waits int64, p95 int32) *measure.Result {
		r := new(measure.Result)
		r.Classes[models.Low].Completed, r.Classes[models.Low].CompletedWork = completed, work
		r.Classes[models.High].Wait = measure.Spread{N: waits, P95: p95}
		r.Classes[models.Medium].Wait.P95 = 9999 // of no concern
		return r
	}
	policy := result(10, 7200, 4, 100)
	for _, c := range []struct {
		name string
		farm *measure.Result
		want string
	}{
		{"the same", result(10, 7200, 4, 100), ""},
		{"better", result(11, 7201, 4, 99), ""},
		{"a job less", result(9, 7300, 4, 99), "9 jobs complete, not 10"},
		{"work less", result(10, 3600, 4, 99), "3,600 s of work complete, not 7,200"},
		{"a second more", result(11, 7300, 4, 101), "the p95 wait of class high is 1m41s, not 1m40s"},
	} {
		if got := lacks(c.farm, policy); got != c.want {
			t.Errorf("%s: %q; expected %q", c.name, got, c.want)
		}
	}
	if got := lacks(result(10, 7200, 4, 500), result(10, 7200, 0, 0)); got != "" {
		t.Errorf("no job of class high started in the policy's run: %q", got)
	}
}

func TestTheSavingIsThatOfACalculationByHand(t *testing.T) {
	_, j, p, _ := farmJob(t, "", "full", 1)
	farm := &staticFarm{size: 15, fleets: []int32{15}, run: p, lacking: "x", tried: 14}
	figures := j.farmFigures(farm, p, 12_340_000)
	// r3.4xlarge, one year without upfront payment, August 2015: 0.88 USD/h; the span is 24 h.
	for key, want := range map[string]float64{
		"static_farm_instances":      15,
		"static_farm_cost":           15 * 24 * 0.88,
		"static_farm_base_cost":      2 * 24 * 0.88,
		"static_farm_overdraft_cost": 12.34,
		"static_farm_saving":         100 * (1 - (2*24*0.88+12.34)/(15*24*0.88)),
		"static_farm_high_wait_p95":  float64(p.result.Classes[models.High].Wait.P95),
	} {
		if f, ok := measure.Find(figures, key); !ok || !f.Known || f.Value < want-1e-9 || f.Value > want+1e-9 {
			t.Errorf("%s is %+v; expected %v", key, f, want)
		}
	}
	for _, f := range figures {
		if f.Group != farmGroup || f.Definition == "" || f.Name == "" {
			t.Errorf("%+v", f)
		}
	}
}

func TestFarmsKeepTheProportionsOfTheBaseFleet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := rapid.SliceOfN(rapid.Int32Range(1, 1_000_000), 1, 6).Draw(t, "base")
		all := sum(base)
		n := rapid.Int64Range(0, 3*all).Draw(t, "n")
		fleets := inProportion(n, base)
		if sum(fleets) != n {
			t.Fatalf("%v add up to %d, not %d", fleets, sum(fleets), n)
		}
		for i, f := range fleets {
			// |f - n*base/all| < 1, in integers
			if off := int64(f)*all - n*int64(base[i]); off <= -all || off >= all {
				t.Fatalf("%d instances as %v: fleet %d has %d", n, base, i, f)
			}
			for k := range i {
				if base[k] == base[i] && fleets[k] < f {
					t.Fatalf("%d instances as %v are %v: the first of equals is not the first", n, base, fleets)
				}
			}
		}
		again := inProportion(all, base)
		for i := range base {
			if again[i] != base[i] {
				t.Fatalf("the base fleet's own size is %v, not %v", again, base)
			}
		}
	})
}

func TestTheRemainderGoesWhereItIsLargest(t *testing.T) {
	// 7 as 5:3:2 is 3.5, 2.1, 1.4.
	if got := inProportion(7, []int32{5, 3, 2}); got[0] != 4 || got[1] != 2 || got[2] != 1 {
		t.Errorf("%v; expected 4, 2, 1", got)
	}
}

func TestSmallestFindsTheThresholdInFewTrials(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		low := rapid.Int64Range(1, 1000).Draw(t, "low")
		high := low + rapid.Int64Range(0, 1_000_000).Draw(t, "more")
		threshold := rapid.OneOf(rapid.Int64Range(1, low+100), rapid.Int64Range(1, high+1)).Draw(t, "threshold")
		last := rapid.Int64Range(low, 2*high).Draw(t, "last") // from here on it is hopeless, unless it is enough
		trials, below := 0, low-1
		n, err := smallest(low, high, func(n int64) (trial, error) {
			trials++
			switch {
			case n < low || n > high:
				t.Fatalf("%d was tried: it is not from %d to %d", n, low, high)
			case n >= threshold:
				return enough, nil
			}
			below = max(below, n)
			if n >= last {
				return hopeless, nil
			}
			return tooSmall, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		want := max(low, threshold)
		if n == 0 && want <= high && last >= want {
			t.Fatalf("nothing was found; expected %d", want)
		}
		if n != 0 && (n != want || want > high || below != n-1) {
			t.Fatalf("%d from %d to %d, %d was too small; expected %d", n, low, high, below, want)
		}
		if most := 2 + 2*bits.Len64(uint64(high/low)) + bits.Len64(uint64(low)); trials > most {
			t.Fatalf("%d trials from %d to %d, threshold %d: expected at most %d", trials, low, high, threshold, most)
		}
	})
}
