package main

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestReproductionIsTheSameWhateverTheWorkers: later runs end first here, so that an order that leaked would show.
func TestReproductionIsTheSameWhateverTheWorkers(t *testing.T) {
	var want string
	for _, workers := range []int{1, 2, 7} {
		rows := reproduceFakes(t, fakes(), 5, workers)
		text, err := json.Marshal(rows)
		if err != nil {
			t.Fatal(err)
		}
		if want == "" {
			want = string(text)
		}
		if string(text) != want {
			t.Errorf("%d workers:\n%s\none:\n%s", workers, text, want)
		}
	}
}

// TestReproducedFiguresByHand: the seeds 1 to 5 give 1 to 5, whose mean is 3 and whose standard error sqrt(2.5/5); the
// quantile is of Student's t with 4 degrees of freedom, from a printed table.
func TestReproducedFiguresByHand(t *testing.T) {
	rows := reproduceFakes(t, fakes(), 5, 2)
	half := 2.776445 * math.Sqrt(0.5)
	want := []struct {
		scenario, figure string
		ours             *float64
		within           *bool
	}{
		{"first", "seed", new(3.0), new(true)},    // band 2 to 4
		{"first", "floor", new(3.0), new(false)},  // at least 3.5
		{"first", "ceiling", new(3.0), new(true)}, // at most 3
		{"first", "free", new(3.0), nil},
		{"second", "odd", new(3.0), nil}, // 1, 3, 5
		{"second", "none", nil, nil},
	}
	if len(rows) != len(want) {
		t.Fatalf("%d rows, not %d", len(rows), len(want))
	}
	for i, w := range want {
		r := rows[i]
		if r.Scenario != w.scenario || r.Figure != w.figure || !same(r.Ours, w.ours) || !same(r.Within, w.within) {
			t.Errorf("row %d is %s %s %s within %v", i, r.Scenario, r.Figure, number(r.Ours), r.Within)
		}
	}
	if first := rows[0]; math.Abs(*first.Low-(3-half)) > 1e-5 || math.Abs(*first.High-(3+half)) > 1e-5 {
		t.Errorf("the interval is %v to %v, not 3 +- %v", *first.Low, *first.High, half)
	}
	if odd := rows[4]; odd.known != 3 || !strings.Contains(odd.remark(5), "known under 3 of 5 seeds") {
		t.Errorf("odd: %q", odd.remark(5))
	}
	if floor := rows[1]; !strings.Contains(floor.remark(5), "outside of its band: the fake is so") {
		t.Errorf("floor: %q", floor.remark(5))
	}
}

// TestReproducedRowsAsJSON: what the article or the seeds do not give is null.
func TestReproducedRowsAsJSON(t *testing.T) {
	rows := reproduceFakes(t, fakes(), 1, 1)
	text, err := json.Marshal([]reproducedRow{rows[0], rows[5]})
	if err != nil {
		t.Fatal(err)
	}
	const want = `[{"scenario":"first","figure":"seed","unit":"%","article":210,"band_low":2,"band_high":4,"ours":1,"low":null,"high":null,"within":false,"kind":"calibrated"},` +
		`{"scenario":"second","figure":"none","unit":"h","article":null,"band_low":null,"band_high":null,"ours":null,"low":null,"high":null,"within":null,"kind":"emergent"}]`
	if string(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
}

// TestFirstErrorOfAReproductionIsNamed: the first in the order of scenarios and seeds, not the one that came first.
func TestFirstErrorOfAReproductionIsNamed(t *testing.T) {
	list := fakes()
	list[1].run = func(_ context.Context, _ *app, seed uint64) (map[string]float64, error) {
		if seed == 2 {
			time.Sleep(20 * time.Millisecond) // so that seed 3 fails before
		}
		if seed >= 2 {
			return nil, errors.New("the market is closed")
		}
		return nil, nil
	}
	for _, workers := range []int{1, 2, 3} {
		_, err := fakeRunner(t, list, 4, workers).measure(t.Context())
		if err == nil || err.Error() != "second, seed 2: the market is closed" {
			t.Errorf("%d workers: %v", workers, err)
		}
	}
}

func TestReproductionGivesTheFiguresThatItAnnounces(t *testing.T) {
	for text, values := range map[string]map[string]float64{
		"of 2 figures only 1 are announced": {"seed": 1, "sede": 1},
		"seed is NaN":                       {"seed": math.NaN()},
		"seed is +Inf":                      {"seed": math.Inf(1)},
	} {
		list := fakes()
		list[0].run = func(context.Context, *app, uint64) (map[string]float64, error) { return values, nil }
		_, err := fakeRunner(t, list, 1, 1).measure(t.Context())
		var failed failure
		if err == nil || !strings.Contains(err.Error(), text) || !errors.As(err, &failed) {
			t.Errorf("%v: %v, not that %s", values, err, text)
		}
	}
}

// TestInterruptedReproductionRunsNoFurther: what was under way ends, nothing else begins.
func TestInterruptedReproductionRunsNoFurther(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var runs atomic.Int32
	list := fakes()
	list[0].run = func(context.Context, *app, uint64) (map[string]float64, error) {
		runs.Add(1)
		cancel()
		return nil, nil
	}
	if _, err := fakeRunner(t, list, 100, 2).measure(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	if n := runs.Load(); n > 4 {
		t.Errorf("%d runs began", n)
	}
}

// TestReproductionPagesSayAllOfAScenario: the figures, the plot, what is outside of its band and why; and where the plot
// fails, nothing is left behind.
func TestReproductionPagesSayAllOfAScenario(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pages")
	list := fakes()
	list[0].plot = func(_ context.Context, _ *app, _ uint64, to string) error {
		return errors.Join(os.WriteFile(filepath.Join(to, "first.svg"), []byte("<svg/>"), 0o644),
			os.WriteFile(filepath.Join(to, "first.png"), []byte("png"), 0o644))
	}
	broken := slices.Clone(list)
	broken[1].plot = func(context.Context, *app, uint64, string) error { return errors.New("no ink") }
	if err := fakeRunner(t, broken, 5, 2).reproduce(t.Context(), dir, false); err == nil || !strings.Contains(err.Error(), "second: plot: no ink") {
		t.Errorf("a plot that fails: %v", err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("a reproduction that failed left its folder")
	}
	if err := fakeRunner(t, list, 5, 2).reproduce(t.Context(), dir, false); err != nil {
		t.Fatal(err)
	}
	for name, texts := range map[string][]string{
		"reproduce.md": {"| first | seed | 210 | 2 to 4 | 3 |", "| first | floor | - | ≥ 3.5 | 3 |", "![first](first.png)",
			"floor: outside of its band: the fake is so", "| seed | the seed &lt;itself&gt; |", "## second"},
		"reproduce.html": {`<tr class="outside"><td><a href="#first">first</a></td><td>floor</td>`, `src="data:image/png;base64,cG5n"`,
			"the seed &lt;itself&gt;", `<h2 id="second">`},
		"reproduce.json": {`"scenario": "second"`},
		"first.png":      {"png"},
	} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
		}
		for _, want := range texts {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s does not have %s:\n%s", name, want, text)
			}
		}
	}
	if err := fakeRunner(t, list, 5, 2).reproduce(t.Context(), dir, false); err == nil || !strings.Contains(err.Error(), "exists") {
		t.Errorf("a second time into the same folder: %v", err)
	}
	if err := fakeRunner(t, list, 5, 2).reproduce(t.Context(), dir, true); err != nil {
		t.Errorf("with force: %v", err)
	}
}

func TestReproductionsArePickedInTheListsOrder(t *testing.T) {
	picked, err := pick(fakes(), []string{"second", "first", "second"})
	if err != nil || len(picked) != 2 || picked[0].name != "first" {
		t.Errorf("%v, %v", namesOf(picked), err)
	}
	if _, err := pick(fakes(), []string{"frist"}); err == nil || !strings.Contains(err.Error(), `did you mean "first"`) {
		t.Errorf("%v", err)
	}
}

// TestReproductionsAreWellFormed holds for every scenario of the program.
func TestReproductionsAreWellFormed(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range reproductions() {
		if seen[r.name] || r.name == "" || r.about == "" || r.run == nil || len(r.figures) == 0 {
			t.Errorf("reproduction %q has no name of its own, or lacks something", r.name)
		}
		seen[r.name] = true
		figures := map[string]bool{}
		for _, f := range r.figures {
			if figures[f.figure] || f.figure == "" || f.unit == "" || f.definition == "" || f.kind != calibrated && f.kind != emergent {
				t.Errorf("%s: figure %q has no name of its own, or lacks something", r.name, f.figure)
			}
			figures[f.figure] = true
			if f.low != nil && f.high != nil && *f.low > *f.high {
				t.Errorf("%s, %s: the band is upside down", r.name, f.figure)
			}
		}
	}
}

func TestNumbersHaveFourFigures(t *testing.T) {
	for want, v := range map[string]float64{"0": 0, "0.9312": 0.93117, "92.4": 92.4, "1,524": 1523.7, "98,765": 98765.4, "-0.5": -0.5, "0.000012": 1.2e-5} {
		if got := number(&v); got != want {
			t.Errorf("%v is written %s, not %s", v, got, want)
		}
	}
}

func same[T comparable](a, b *T) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// fakes are two scenarios that take no time.
func fakes() []reproduction {
	figure := func(name string, low, high *float64) reproduced {
		return reproduced{figure: name, unit: "h", definition: "the figure", low: low, high: high, kind: emergent, why: "the fake is so"}
	}
	first := figure("seed", new(2.0), new(4.0))
	first.unit, first.article, first.kind, first.definition = "%", new(210.0), calibrated, "the seed <itself>"
	late := func(seed uint64) { time.Sleep(time.Duration(6-min(6, seed)) * time.Millisecond) }
	return []reproduction{
		{name: "first", about: "The seed itself.", figures: []reproduced{first, figure("floor", new(3.5), nil), figure("ceiling", nil, new(3.0)), figure("free", nil, nil)},
			run: func(_ context.Context, _ *app, seed uint64) (map[string]float64, error) {
				late(seed)
				v := float64(seed)
				return map[string]float64{"seed": v, "floor": v, "ceiling": v, "free": v}, nil
			}},
		{name: "second", about: "The odd seeds.", figures: []reproduced{figure("odd", nil, nil), figure("none", nil, nil)},
			run: func(_ context.Context, _ *app, seed uint64) (map[string]float64, error) {
				late(seed)
				if seed%2 == 0 {
					return nil, nil
				}
				return map[string]float64{"odd": float64(seed)}, nil
			}},
	}
}

func fakeRunner(t *testing.T, list []reproduction, seeds, workers int) *reproducing {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { null.Close() })
	return &reproducing{app: &app{out: null, err: null}, list: list, seeds: seeds, workers: workers}
}

func reproduceFakes(t *testing.T, list []reproduction, seeds, workers int) []reproducedRow {
	r := fakeRunner(t, list, seeds, workers)
	measured, err := r.measure(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r.rows(measured)
}
