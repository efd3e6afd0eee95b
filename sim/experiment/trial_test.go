package experiment

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"trough.internal/models"
	"trough.internal/sim"
)

const tuneText = `
axes:
  - {set: policy.margin.share, from: 0%, to: 20%}
  - {set: policy.margin.least, from: 0, to: 10}
seeds: 3
train: [{until: 14d}]
test: [{from: 15d, until: 28d}]
objective: {maximise: throughput_gain}
tune: {budget: 120}
`

// margins computes cells of which a margin of 8 % and 3 instances gains most, without an engine.
func margins(prepared *int) Work {
	w := fake(prepared, nil)
	w.Compute = func(_ context.Context, _ *World, c *Cell) (*Result, error) {
		share, least := float64(c.Point.Policy.Margin.Share)-0.08, float64(c.Point.Policy.Margin.Least-3)
		gain := int64(1000 - 20000*share*share - 4*least*least + float64(c.Seed))
		r := new(Result)
		for range 28 {
			r.Days = append(r.Days, Day{Seconds: 86400, WorkAlone: 1000, Work: 1000 + gain, List: models.MicroUSD(1e6)})
		}
		return r, nil
	}
	return w
}

func begin(t *testing.T, text string, store Store, w Work) *Trials {
	t.Helper()
	p, err := Open(parse(t, text), base(t), builtin(t, "full"), nil, "engine")
	if err != nil {
		t.Fatal(err)
	}
	trials, err := Begin(p, store, w)
	if err != nil {
		t.Fatal(err)
	}
	return trials
}

func fit(ctx context.Context, trials *Trials) (*Tuned, error) {
	first, err := trials.AsItIs(ctx)
	if err != nil {
		return nil, err
	}
	return trials.Plan.Experiment.Fit(ctx, first, trials.Evaluate)
}

func trailOf(t *Tuned) string {
	text := ""
	for _, trial := range t.Trials {
		text += fmt.Sprintln(trial.Values, trial.Cells, trial.Days)
	}
	return text
}

func TestASearchOverCellsDoesNotDependOnTheNumberOfWorkers(t *testing.T) {
	var trails []string
	for _, workers := range []int{1, 2, 7} {
		prepared := 0
		w := margins(&prepared)
		w.Workers = workers
		tuned, err := fit(context.Background(), begin(t, tuneText, new(memory), KeepWorlds(w)))
		if err != nil {
			t.Fatal(err)
		}
		trails = append(trails, trailOf(tuned))
		if prepared != 3 {
			t.Errorf("%d workers: %d worlds were prepared, of three seeds", workers, prepared)
		}
		if least := tuned.Best.Point.Policy.Margin.Least; least != 3 {
			t.Errorf("found %v", tuned.Best.Values)
		}
	}
	if trails[0] != trails[1] || trails[0] != trails[2] {
		t.Error("the searches differ")
	}
}

// A search that is interrupted after any number of cells goes on with what is kept, computes the rest, and ends the same.
func TestAnInterruptedSearchGoesOn(t *testing.T) {
	prepared := 0
	whole := begin(t, tuneText, new(memory), margins(&prepared))
	want, err := fit(context.Background(), whole)
	if err != nil {
		t.Fatal(err)
	}
	for _, after := range []int{1, 20, 100} {
		store := new(memory)
		ctx, stop := context.WithCancel(context.Background())
		w := margins(&prepared)
		compute := w.Compute
		w.Compute = func(ctx context.Context, world *World, c *Cell) (*Result, error) {
			if store.puts == after {
				stop()
			}
			return compute(ctx, world, c)
		}
		first := begin(t, tuneText, store, w)
		if _, err := fit(ctx, first); !errors.Is(err, context.Canceled) || first.Computed != after {
			t.Fatalf("after %d cells: %d computed, %v", after, first.Computed, err)
		}
		again := begin(t, tuneText, store, margins(&prepared))
		got, err := fit(context.Background(), again)
		if err != nil || trailOf(got) != trailOf(want) || got.Best.Values[0] != want.Best.Values[0] {
			t.Errorf("after %d cells: another result, %v", after, err)
		}
		if again.Computed != whole.Computed-after {
			t.Errorf("after %d cells: %d computed again, of %d", after, again.Computed, whole.Computed)
		}
	}
}

func TestAPolicyAsItIsHasItsOwnValues(t *testing.T) {
	prepared := 0
	trials := begin(t, "seeds: 2\naxes: [{set: policy.margin.share, from: 0%, to: 9%}, {set: \"policy.curfew.windows[0].lead\", from: 0m, to: 1h}, {set: policy.scaling.groups, values: [1]}]",
		new(memory), margins(&prepared))
	first, err := trials.AsItIs(context.Background())
	if err != nil || strings.Join(first.Values, " ") != "5% 45m -" || len(first.Days) != 2 {
		t.Fatalf("%q, %v", first.Values, err)
	}
	// A point with these values is the same trial, and one that makes no policy has failed.
	list, err := trials.Evaluate(context.Background(), [][]string{first.Values, {"500%", "45m", "1"}}, 2)
	if err != nil || list[0] != first || list[1].Failed == "" || trials.Computed != 2 {
		t.Errorf("%+v, %v, %d cells", list, err, trials.Computed)
	}
}

func TestWhatCannotBeTunedIsRefused(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", "axes is empty: expected the parameters to look for"},
		{"axes: [{set: scenario.telemetry.lag, from: 1m, to: 2m}]", "axes[0].set is scenario.telemetry.lag: expected a setting of the policy"},
	} {
		p, err := Open(parse(t, test.text), base(t), builtin(t, "full"), nil, "e")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Begin(p, nil, Work{}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %s", test.text, err, test.want)
		}
	}
	p, _ := Open(parse(t, tuneText), base(t), builtin(t, "full", "availability"), nil, "e")
	if _, err := Begin(p, nil, Work{}); err == nil || !strings.Contains(err.Error(), "policies lists 2: expected one") {
		t.Errorf("two policies: %v", err)
	}
	for _, test := range []struct{ without, want string }{
		{"objective: {maximise: throughput_gain}\n", "objective is missing: expected which of two points is better"},
		{"train: [{until: 14d}]\n", "train is missing: expected the days to choose on"},
		{"test: [{from: 15d, until: 28d}]\n", "test is missing: expected the days to choose on and others to judge"},
	} {
		if err := parse(t, strings.Replace(tuneText, test.without, "", 1)).ReadyToTune(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("without %s: got %v", test.without, err)
		}
	}
	// The policy as it is must run: what a search finds is held against it.
	prepared := 0
	w := margins(&prepared)
	w.Prepare = func(context.Context, *sim.Scenario) (*World, error) { return nil, errors.New("no trace") }
	if _, err := begin(t, tuneText, new(memory), w).AsItIs(context.Background()); err == nil || !strings.Contains(err.Error(), "own settings failed: no trace") {
		t.Errorf("got %v", err)
	}
}
