package experiment

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"trough.internal/models"
)

// synthetic evaluates points by a function of their places, in the place of an engine: days whose throughput gain, in percent,
// is what the function says and whose cost efficiency is what limit says. Seeds add noise that averages out over all of them.
type synthetic struct {
	*Experiment
	gain  func(x []float64) float64 // of places, 0 to 1
	limit func(x []float64) float64 // cost efficiency in percent; nil is 100
	noise float64                   // of odd seeds up, of even ones down
	fails func(x []float64) bool
	calls int // cells computed
	seen  map[string]*Trial
}

func (s *synthetic) Evaluate(_ context.Context, values [][]string, seeds int) ([]*Trial, error) {
	if s.seen == nil {
		s.seen = map[string]*Trial{}
	}
	list := make([]*Trial, len(values))
	for i, v := range values {
		k := strings.Join(v, " ")
		if s.seen[k] == nil {
			s.seen[k] = &Trial{Values: v}
		}
		list[i] = s.seen[k]
		for len(list[i].Days) < seeds {
			s.calls++
			list[i].Days = append(list[i].Days, s.days(v, len(list[i].Days)))
		}
		if x := s.places(v); s.fails != nil && s.fails(x) {
			list[i].Failed = "no luck"
		}
	}
	return list, nil
}

func (s *synthetic) places(values []string) []float64 {
	x := make([]float64, len(values))
	for i := range x {
		x[i] = s.Axes[i].Place(values[i])
	}
	return x
}

func (s *synthetic) days(values []string, seed int) []Day {
	x := s.places(values)
	gain, efficiency := s.gain(x)+s.noise*math.Pow(-1, float64(seed)), 100.0
	if s.limit != nil {
		efficiency = s.limit(x)
	}
	days := make([]Day, 28)
	for i := range days {
		days[i] = Day{Seconds: 86400, WorkAlone: 1e9, Work: int64(math.Round(1e9 + 1e7*gain)), List: 1e12, Cost: models.MicroUSD(math.Round(1e12 - 1e10*efficiency))}
	}
	return days
}

// search runs an experiment's search from a trial of its first values.
func (s *synthetic) search(t *testing.T) (*Search, *Found) {
	t.Helper()
	search, err := s.NewSearch(s.Evaluate, s.betterOn(between(0, 28)))
	if err != nil {
		t.Fatal(err)
	}
	start := make([]string, len(s.Axes))
	for i := range s.Axes {
		start[i] = s.Axes[i].at(0)
	}
	first, _ := s.Evaluate(context.Background(), [][]string{start}, s.Seeds)
	s.calls = 0
	found, err := search.Run(context.Background(), first[0])
	if err != nil {
		t.Fatal(err)
	}
	return search, found
}

// axes are n ranges of 0.0 to 1.0, the first whole of them whole numbers from 0 to 20.
func axesText(n, whole int) string {
	text := "axes:\n"
	for i := range n {
		from, to := "0.0", "1.0"
		if i < whole {
			from, to = "0", "20"
		}
		text += fmt.Sprintf("  - {set: policy.x%d, from: %s, to: %s}\n", i, from, to)
	}
	return text
}

// quadratic has its top, 30, at these places.
func quadratic(at ...float64) func([]float64) float64 {
	return func(x []float64) float64 {
		v := 30.0
		for i := range x {
			v -= 100 * (x[i] - at[i]) * (x[i] - at[i])
		}
		return v
	}
}

func (s *synthetic) gainOf(t *Trial) float64 { return s.gain(s.places(t.Values)) }

// What is left to the greatest gain there is, on average over twenty sample seeds, with the points that a search takes unless
// it is given a budget: 40 for each axis.
func TestCMAESFindsAKnownOptimum(t *testing.T) {
	for _, c := range []struct {
		name  string
		text  string
		gain  func([]float64) float64
		limit func([]float64) float64
		best  float64 // the greatest gain there is
		short float64 // by how much less will do
	}{
		{"one dimension", axesText(1, 0), quadratic(0.7), nil, 30, 0.01},
		{"two dimensions", axesText(2, 0), quadratic(0.7, 0.2), nil, 30, 0.05},
		{"one of two is whole", axesText(2, 1), quadratic(0.35, 0.2), nil, 30, 0.05},
		{"both are whole", axesText(2, 2), quadratic(0.35, 0.8), nil, 30, 0.05},
		{"four dimensions", axesText(4, 0), quadratic(0.7, 0.2, 0.5, 0.4), nil, 30, 0.1},
		{"six dimensions, two of them whole", axesText(6, 2), quadratic(0.7, 0.2, 0.5, 0.4, 0.6, 0.3), nil, 30, 0.5},
		{"a narrow valley across the axes", axesText(2, 0), func(x []float64) float64 {
			a, b := x[0]+x[1]-1, x[0]-x[1]-0.2
			return 30 - 1000*a*a - 20*b*b
		}, nil, 30, 0.3},
		{"at an edge", axesText(2, 0), quadratic(1.2, 0.5), nil, 26, 0.05},
		{"a plateau", axesText(2, 0), func(x []float64) float64 { return math.Min(25, quadratic(0.3, 0.3)(x)) }, nil, 25, 1e-9},
		// The gain rises with both, and the efficiency of 95 % is met up to x + y = 1: the best point is on that line, at x = 0.75.
		{"a constraint that binds", axesText(2, 0) + "objective: {maximise: throughput_gain, constraints: [{figure: cost_efficiency, at_least: 95%}]}\n",
			func(x []float64) float64 { return 40*x[0] - 20*x[0]*x[0] + 10*x[1] },
			func(x []float64) float64 { return 100 - 5*(x[0]+x[1]) }, 40*0.75 - 20*0.75*0.75 + 2.5, 0.5},
	} {
		mean := 0.0
		const tries = 20
		for seed := range tries {
			text := c.text + fmt.Sprintf("tune: {method: cma-es}\nseeds: 1\nsample_seed: %d\n", seed+1)
			if c.limit == nil {
				text += "objective: {maximise: throughput_gain}\n"
			}
			s := &synthetic{Experiment: parse(t, text), gain: c.gain, limit: c.limit}
			search, found := s.search(t)
			short := c.best - s.gainOf(found.Best)
			if mean += short / tries; short < -1e-6 {
				t.Errorf("%s, sample seed %d: %v is beyond what there is, by %g", c.name, seed+1, found.Best.Values, -short)
			}
			if found.Cells > search.Budget || found.Cells != s.calls {
				t.Errorf("%s: %d cells counted, %d computed, of a budget of %d", c.name, found.Cells, s.calls, search.Budget)
			}
		}
		t.Logf("%s: %.4f short of %.2f", c.name, mean, c.best)
		if mean > c.short {
			t.Errorf("%s: %.4f short of %.2f, expected at most %g", c.name, mean, c.best, c.short)
		}
	}
}

func TestHalvingFindsAKnownOptimumAmongManyParameters(t *testing.T) {
	// Only the first two of ten parameters matter.
	gain := func(x []float64) float64 { return quadratic(0.6, 0.3)(x[:2]) }
	s := &synthetic{Experiment: parse(t, axesText(10, 0)+"seeds: 4\ntune: {budget: 800}\nobjective: {maximise: throughput_gain}\n"), gain: gain, noise: 0.5}
	search, found := s.search(t)
	if search.Method != "halving" {
		t.Fatalf("ten ranges are searched by %s", search.Method)
	}
	if got := s.gainOf(found.Best); got < 29.5 {
		t.Errorf("found %.2f of 30 at %v", got, found.Best.Values[:2])
	}
	if found.Cells > 800 || found.Cells != s.calls {
		t.Errorf("%d cells counted, %d computed, of a budget of 800", found.Cells, s.calls)
	}
}

// Rungs by hand: 9 points under one seed, 5 under two, 3 under four, 2 under five; each new seed costs a cell.
func TestRungsDoubleSeedsAndHalvePoints(t *testing.T) {
	got := rungs(9, 5)
	if fmt.Sprint(got) != "[{9 1} {5 2} {3 4} {2 5}]" || rungsCost(got) != 9+5+3*2+2 {
		t.Errorf("got %v, which cost %d", got, rungsCost(got))
	}
	if got := rungs(3, 1); fmt.Sprint(got) != "[{3 1}]" || rungsCost(got) != 3 {
		t.Errorf("one seed: %v", got)
	}
}

// The rung's own seeds judge: a point that is best under all seeds, and last under the first, is given up.
func TestARungKnowsItsOwnSeedsOnly(t *testing.T) {
	text := "axes: [{set: policy.a, values: [1, 2, 3, 4]}]\nseeds: 2\ntune: {method: halving}\nobjective: {maximise: throughput_gain}\n"
	s := &synthetic{Experiment: parse(t, text)}
	bySeed := map[string][2]float64{"1": {5, 5}, "2": {4, 4}, "3": {3, 9}, "4": {1, 50}}
	evaluate := func(_ context.Context, values [][]string, seeds int) ([]*Trial, error) {
		list, err := s.Evaluate(context.Background(), values, 0)
		for _, trial := range list {
			for len(trial.Days) < 2 { // more than a rung asks for, as another search may have left them
				gain := bySeed[trial.Values[0]][len(trial.Days)]
				trial.Days = append(trial.Days, []Day{{Seconds: 86400, WorkAlone: 100, Work: 100 + int64(gain)}})
			}
		}
		return list, err
	}
	search, err := s.NewSearch(evaluate, s.betterOn(between(0, 1)))
	if err != nil {
		t.Fatal(err)
	}
	first, _ := evaluate(context.Background(), [][]string{{"2"}}, 2)
	found, err := search.Run(context.Background(), first[0])
	if err != nil || found.Best.Values[0] != "1" || found.Cells != 4 {
		t.Errorf("found %+v, %v, expected 1; 3 costs one cell, 4 one, and 1 two", found, err)
	}
}

func TestAGridSearchTakesTheBestOfAllPoints(t *testing.T) {
	text := "axes: [{set: policy.a, from: 0%, to: 10%, steps: 11}, {set: policy.b, values: [0, 1, 2, 3]}]\nseeds: 2\nobjective: {maximise: throughput_gain}\n"
	s := &synthetic{Experiment: parse(t, text), gain: quadratic(0.42, 0.6), noise: 3}
	search, found := s.search(t)
	if search.Method != "grid" || found.Best.Values[0] != "4%" || found.Best.Values[1] != "2" || found.Cells != 2*43 {
		t.Errorf("%s found %v with %d cells, expected 4%% and 2 with 86", search.Method, found.Best.Values, found.Cells)
	}
}

func TestAPointThatFailsIsNeverChosen(t *testing.T) {
	for _, method := range []string{"grid", "halving", "cma-es"} {
		text := "axes: [{set: policy.a, from: 0.0, to: 1.0, steps: 21}]\nseeds: 2\nobjective: {maximise: throughput_gain}\ntune: {method: " + method + ", budget: 400}\n"
		s := &synthetic{Experiment: parse(t, text), gain: func(x []float64) float64 { return 10 * x[0] }, fails: func(x []float64) bool { return x[0] > 0.72 }}
		if _, found := s.search(t); found.Best.Values[0] != "0.7" {
			t.Errorf("%s: found %v", method, found.Best.Values)
		}
	}
}

func TestTheMethodFollowsTheAxes(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"axes: [{set: policy.a, values: [1, 2]}]", "grid"},
		{"axes: [{set: policy.a, from: 1, to: 9, steps: 3}]", "grid"},
		{"sampling: halton\npoints: 9\naxes: [{set: policy.a, from: 1, to: 9}]", "grid"},
		{axesText(4, 1), "cma-es"},
		{axesText(5, 0), "halving"},
		{"axes: [{set: policy.a, from: 1, to: 9}, {set: policy.b, values: [1, 2]}]", "halving"},
		{axesText(5, 0) + "tune: {method: cma-es}", "cma-es"},
		{"axes: [{set: policy.a, values: [1, 2]}]\ntune: {method: halving}", "halving"},
	} {
		if s, err := parse(t, test.text).NewSearch(nil, nil); err != nil || s.Method != test.want {
			t.Errorf("%s: %+v, %v, want %s", test.text, s, err, test.want)
		}
	}
}

func TestWhatAMethodCannotDoIsRefused(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"axes: [{set: policy.a, values: [1, 2]}]\ntune: {method: cma-es}", "axes[0]: policy.a has values: cma-es expects from and to"},
		{"axes: [{set: policy.a, from: 1, to: 9}]\ntune: {method: grid}", "axes[0]: expected steps beside from and to"},
		{"axes: [{set: policy.a, values: [1, 2]}]\ntune: {budget: 9}", "budget is 9: the grid has 10 cells (2 points, 5 seeds); method: halving takes fewer"},
		{axesText(2, 0) + "tune: {budget: 29}", "budget is 29: expected at least 30 for cma-es, one generation of 6 points under 5 seeds"},
	} {
		if _, err := parse(t, test.text).NewSearch(nil, nil); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %s", test.text, err, test.want)
		}
	}
	for _, test := range []struct{ text, want string }{
		{"axes: [{set: policy.a, values: [1, 2, 3, 4]}]\nseeds: 2\ntune: {method: halving, budget: 5}", "budget is 5: halving 4 points up to 2 seeds takes 6 cells"},
		{axesText(5, 0) + "seeds: 2\ntune: {budget: 2}", "budget is 2: expected at least 3 for halving 2 points up to 2 seeds"},
	} {
		s, err := parse(t, test.text).NewSearch(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Run(context.Background(), &Trial{}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %s", test.text, err, test.want)
		}
	}
}

// The same search asks for the same points in the same order; another sample seed for others.
func TestASearchRepeatsItself(t *testing.T) {
	asked := func(text string) string {
		s := &synthetic{Experiment: parse(t, text+"seeds: 2\nobjective: {maximise: throughput_gain}\n"), gain: func(x []float64) float64 { return quadratic(0.7, 0.2, 0.3, 0.3, 0.3)(x) }}
		_, found := s.search(t)
		var list []string
		for _, trial := range found.Trials {
			list = append(list, strings.Join(trial.Values, " "))
		}
		return strings.Join(list, "|")
	}
	for _, n := range []int{2, 5} {
		first := asked(axesText(n, 1))
		if first != asked(axesText(n, 1)) {
			t.Errorf("%d axes: two searches differ", n)
		}
		if first == asked(axesText(n, 1)+"sample_seed: 2\n") {
			t.Errorf("%d axes: another seed asks for the same points", n)
		}
	}
}
