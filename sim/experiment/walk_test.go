package experiment

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"trough.internal/models/random"
	"trough.internal/report/measure"
	"trough.internal/report/stats"
)

func TestFoldsNeverTrainOnWhatTheyAreJudgedOn(t *testing.T) {
	for _, test := range []struct {
		text, want string
		days       int
	}{
		{"", "0-5>7-13 0-12>14-20 0-19>21-27", 28},
		{"", "0-5>7-13 0-12>14-20 0-19>21-27", 31}, // what is left of a fold is not used
		{"embargo: 0s", "0-6>7-13 0-13>14-20 0-20>21-27", 28},
		{"embargo: 25h", "0-4>7-13 0-11>14-20 0-18>21-27", 28},
		{"walk: {folds: 2}", "0-5>7-13 0-12>14-20", 28},
		{"walk: {window: 1}", "0-5>7-13 7-12>14-20 14-19>21-27", 28},
		{"walk: {first: 4d, fold: 2d}", "0-2>4-5 0-4>6-7 0-6>8-9 0-8>10-11", 12},
		{"walk: {first: 4d, fold: 2d, window: 3}", "0-2>4-5 0-4>6-7 2-6>8-9 4-8>10-11", 12},
	} {
		folds, err := parse(t, test.text).Folds(test.days)
		var got []string
		for _, f := range folds {
			got = append(got, fmt.Sprintf("%d-%d>%d-%d", f.Train[0], f.Train[len(f.Train)-1], f.Test[0], f.Test[len(f.Test)-1]))
		}
		if text := strings.Join(got, " "); err != nil || text != test.want {
			t.Errorf("%s: got %s, %v, want %s", test.text, text, err, test.want)
		}
	}
	for _, test := range []struct {
		text, want string
		days       int
	}{
		{"walk: {folds: 4}", "walk.folds is 4: the scenario's 28 days have 3 folds of 7 days after the first 7", 28},
		{"", "walk.folds is 0: the scenario's 13 days have 0 folds of 7 days after the first 7", 13},
		{"embargo: 7d", "embargo is 168h0m0s: it leaves nothing of the past", 28},
		{"walk: {fold: 1d, first: 3d, window: 1}", "it leaves nothing of the past", 28},
	} {
		if _, err := parse(t, test.text).Folds(test.days); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %s", test.text, err, test.want)
		}
	}
}

// table evaluates by a table of gains: by value of the only axis, then by day.
type table map[string][]float64

func (tb table) Evaluate(seeds int) Evaluate {
	seen := map[string]*Trial{}
	return func(_ context.Context, values [][]string, _ int) ([]*Trial, error) {
		var list []*Trial
		for _, v := range values {
			if seen[v[0]] == nil {
				trial := &Trial{Values: v}
				for range seeds {
					var days []Day
					for _, gain := range tb[v[0]] {
						days = append(days, Day{Seconds: 86400, WorkAlone: 1e6, Work: 1e6 + int64(math.Round(1e4*gain))})
					}
					trial.Days = append(trial.Days, days)
				}
				seen[v[0]] = trial
			}
			list = append(list, seen[v[0]])
		}
		return list, nil
	}
}

func walked(t *testing.T, text string, tb table, days int) (*Experiment, []Fold) {
	t.Helper()
	e := parse(t, text+"\nseeds: 1\nobjective: {maximise: throughput_gain}\n")
	folds, err := e.Folds(days)
	if err != nil {
		t.Fatal(err)
	}
	evaluate := tb.Evaluate(1)
	first, _ := evaluate(context.Background(), [][]string{{"0"}}, 1)
	if err := e.WalkForward(context.Background(), folds, first[0], evaluate); err != nil {
		t.Fatal(err)
	}
	return e, folds
}

// By hand, folds of one day: on the first day 1 is best, on the first two 2, on the first three 2 again. What these come to on
// the days after is 4, 0 and 6, against 1 each.
func TestAWalkIsJudgedOnTheDaysAfter(t *testing.T) {
	tb := table{"0": {1, 1, 1, 1}, "1": {5, 4, 1, 1}, "2": {2, 9, 0, 6}}
	e, folds := walked(t, "embargo: 0s\nwalk: {fold: 1d}\naxes: [{set: policy.a, values: [0, 1, 2]}]", tb, 4)
	var chosen []string
	for _, f := range folds {
		chosen = append(chosen, f.Found.Best.Values[0])
	}
	if text := strings.Join(chosen, " "); text != "1 2 2" {
		t.Fatalf("chosen %s", text)
	}
	out, asItIs := OutOfSample(folds)
	if a, b := e.Objective.Score(out).Value, e.Objective.Score(asItIs).Value; math.Abs(a-10.0/3) > 1e-9 || math.Abs(b-1) > 1e-9 {
		t.Errorf("out-of-sample %g, as it is %g, want 3.33 and 1", a, b)
	}
	// In-sample 5 - 1, 5.5 - 1 and 11/3 - 1.
	if got, _ := e.Objective.InSample(folds); math.Abs(got-(4+4.5+8.0/3)/3) > 1e-9 {
		t.Errorf("in-sample %g", got)
	}
	if d, known := Drift(&e.Axes[0], chosen); !known || d != 0.25 { // from 1 to 2 of 0 to 2, then not at all
		t.Errorf("drift %g", d)
	}
	if _, known := Drift(&e.Axes[0], chosen[:1]); known {
		t.Error("one fold drifts")
	}
	if d := Judge(e.Objective.Gain(measure.Pairing{Seed: 1}, out, asItIs), e.Objective.Way()); d.Verdict != stats.NoVerdict || !strings.Contains(d.Why, "3 of the at least 14 days") {
		t.Errorf("three days have a verdict: %+v", d)
	}
}

// noisy has nine settings of the same worth, and one more of another, on eight weeks.
func noisy(seed, better int) (table, string) {
	tb, values := table{}, []string{}
	stream := random.New(uint64(seed), "noise")
	for v := range 10 {
		var days []float64
		for day := range 56 {
			gain := stream.Normal(uint64(v), uint64(day))
			if v == 9 {
				gain += float64(better)
			}
			days = append(days, 10+gain)
		}
		tb[fmt.Sprint(v)] = days
		values = append(values, fmt.Sprint(v))
	}
	return tb, "axes: [{set: policy.a, values: [" + strings.Join(values, ", ") + "]}]"
}

// Where all settings are worth the same, the best of ten on the past looks better than what it began with, and is not.
func TestLuckInSampleDoesNotRepeat(t *testing.T) {
	in, out, wrong := 0.0, 0.0, 0
	const tries = 40
	for seed := range tries {
		tb, text := noisy(seed, 0)
		e, folds := walked(t, text, tb, 56)
		gain, _ := e.Objective.InSample(folds)
		chosen, asItIs := OutOfSample(folds)
		d := Judge(e.Objective.Gain(measure.Pairing{Seed: uint64(seed)}, chosen, asItIs), e.Objective.Way())
		in, out = in+gain/tries, out+d.Value/tries
		if d.Verdict != stats.NoEvidence {
			wrong++
		}
	}
	t.Logf("in-sample %+.2f, out-of-sample %+.2f, %d of %d verdicts", in, out, wrong, tries)
	// The mean of 49 days' differences has a standard error of 0.2, and that of forty such 0.03.
	if in < 0.25 || math.Abs(out) > 0.1 || wrong > 6 {
		t.Errorf("in-sample %+.2f, out-of-sample %+.2f, %d of %d verdicts", in, out, wrong, tries)
	}
}

// Where one setting is better by as much as a day's noise, it is found and stays better.
func TestWhatIsBetterRepeats(t *testing.T) {
	for seed := range 5 {
		tb, text := noisy(seed, 1)
		e, folds := walked(t, text, tb, 56)
		chosen, asItIs := OutOfSample(folds)
		if d := Judge(e.Objective.Gain(measure.Pairing{Seed: 1}, chosen, asItIs), e.Objective.Way()); d.Verdict != stats.Better {
			t.Errorf("seed %d: %+v", seed, d)
		}
	}
}
