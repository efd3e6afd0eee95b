package experiment

import (
	"context"
	"math"

	"trough.internal/models/random"
)

// evolve searches by CMA-ES over the ranges' shares, from the middle with a step of 0.3. A generation's points are evaluated
// side by side. What is ours:
//
//   - It sees the points' ranks alone, so that constraints need no penalty.
//   - Bounds: a share beyond 0 or 1 becomes that end.
//   - Whole numbers, and steps where an axis has them: what is evaluated is the nearest, CMA-ES keeps the share.
//   - After idleMost generations without a new point, or once the spread is below a thousandth of the ranges, it begins
//     again elsewhere with twice the population (Auger, Hansen: A restart CMA evolution strategy with increasing population
//     size, 2005), until the budget is spent.
func (s *Search) evolve(ctx context.Context, f *Found) error {
	e := &evolution{Search: s, found: f, seen: map[string]bool{}}
	for restart := range restartsMost {
		err := e.run(ctx, newCMA(s.start(restart), stepFirst, s.population()<<restart, random.New(s.SampleSeed+uint64(restart), "cma-es")))
		if err != nil || e.spent {
			return err
		}
	}
	return nil
}

const (
	idleMost     = 3
	restartsMost = 6
	stepFirst    = 0.3
	stepLeast    = 1e-3
)

// population is the usual one for so many dimensions.
func (s *Search) population() int { return 4 + int(3*math.Log(float64(len(s.Axes)))) }

// start is the middle, and for a restart anywhere.
func (s *Search) start(restart int) []float64 {
	x := make([]float64, len(s.Axes))
	stream := random.New(s.SampleSeed, "cma-es start")
	for i := range x {
		x[i] = 0.5
		if restart > 0 {
			x[i] = stream.Float64(uint64(restart), uint64(i))
		}
	}
	return x
}

// evolution is CMA-ES and its restarts.
type evolution struct {
	*Search
	found *Found
	seen  map[string]bool // points that were asked for
	spent bool            // the budget is not enough for another generation
}

func (e *evolution) run(ctx context.Context, c *cma) error {
	for idle := 0; idle < idleMost && c.spread() > stepLeast; {
		points, fresh := e.points(c.Ask())
		idle++
		if fresh > 0 {
			idle = 0
		}
		if e.spent = e.found.Cells+fresh*e.Seeds > e.Budget; e.spent {
			return nil
		}
		trials, err := e.ask(ctx, e.found, points, e.Seeds)
		if err != nil {
			return err
		}
		c.Tell(e.ranks(trials))
	}
	return nil
}

// points are the values that stand for a generation, and how many of them are new.
func (e *evolution) points(generation [][]float64) (points [][]string, fresh int) {
	for _, x := range generation {
		values := make([]string, len(e.Axes))
		for a := range e.Axes {
			values[a] = e.Axes[a].nearest(x[a])
		}
		if k := key(values); !e.seen[k] {
			e.seen[k] = true
			fresh++
		}
		points = append(points, values)
	}
	return points, fresh
}

// ranks count how many of a generation are better than each; equals share a rank. A point that failed is the worst.
func (e *evolution) ranks(trials []*Trial) []float64 {
	ranks := make([]float64, len(trials))
	for i, t := range trials {
		for _, other := range trials {
			if e.worse(t, other) {
				ranks[i]++
			}
		}
	}
	return ranks
}

func (e *evolution) worse(a, b *Trial) bool {
	if a.Failed != "" || b.Failed != "" {
		return a.Failed != "" && b.Failed == ""
	}
	return e.Better(a, b, e.Seeds) > 0
}
