package stats

import (
	"fmt"
	"math"
	"testing"

	"trough.internal/models/random"
)

func TestLooksSpendTheErrorOnce(t *testing.T) {
	for runs, want := range map[int]string{
		1: "[{1 0.95}]", 2: "[{1 0.975} {2 0.975}]", 3: "[{1 0.9833} {2 0.9833} {3 0.9833}]", 20: "[{5 0.9875} {10 0.9875} {20 0.975}]",
	} {
		list, spent := Looks(runs), 0.0
		for i := range list {
			spent += 1 - list[i].Of
			list[i].Of = math.Round(1e4*list[i].Of) / 1e4
		}
		if got := fmt.Sprint(list); got != want || math.Abs(spent-(1-Level)) > 1e-12 {
			t.Errorf("%d runs: %s, %g spent; expected %s", runs, got, spent, want)
		}
	}
}

// Somebody who stops as soon as there is a verdict, of two policies that are equal, is wrong in at most 5 of 100
// comparisons; and would be more often if every look were taken for the only one.
func TestStoppingEarlyDoesNotMakeVerdictsWrong(t *testing.T) {
	const runs, length = 8, 10
	stream := random.New(14, "looks")
	wrong := func(of func(Look) float64) float64 {
		return trials(1000, func(trial uint64) bool {
			days, lengths := make([]float64, runs*length), make([]int, runs)
			for run := range runs {
				lengths[run] = length
				correlated.draw(stream, random.Entity(trial, uint64(run)), days[run*length:(run+1)*length])
			}
			for _, look := range Looks(runs) {
				n := look.Runs * length
				c := Comparison{Seed: trial, Runs: lengths[:look.Runs], Of: of(look), resamples: resamples()}
				if anyVerdict(c.Differences(Ratio{Above: make([]float64, n)}, []Ratio{{Above: days[:n]}})) {
					return true
				}
			}
			return false
		})
	}
	once, spent := wrong(func(Look) float64 { return Level }), wrong(func(l Look) float64 { return l.Of })
	t.Logf("wrong: %.1f %%, without spending %.1f %%", 100*spent, 100*once)
	if spent > 0.05 || once < 0.06 {
		t.Errorf("wrong: %.1f %%, without spending %.1f %%", 100*spent, 100*once)
	}
}

// What was measured counts as one of the draws, so that chance is never ruled out altogether.
func TestChanceIsNeverRuledOut(t *testing.T) {
	for value, want := range map[float64]float64{4: 0.25, 3: 0.5, 0: 1} {
		if p := shareAtLeast([]float64{1, 2, 3}, value); p != want {
			t.Errorf("%g: got %g, expected %g", value, p, want)
		}
	}
}
