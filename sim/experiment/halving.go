package experiment

import (
	"context"
	"fmt"
	"slices"
)

// Rung is one round of successive halving.
type Rung struct {
	Points, Seeds int
}

// eta is by how much each rung has fewer points, and more seeds, than the one before.
const eta = 2

// halve runs many points under one seed, the better half of them under two, and so on: most of the cells go to the points
// that are worth them (Jamieson, Talwalkar: Non-stochastic best arm identification and hyperparameter optimization, 2016;
// a seed is their unit of the resource, and a point keeps the seeds that it has been run under). Of equals, the first stay.
func (s *Search) halve(ctx context.Context, f *Found) error {
	points, err := s.contestants()
	if err != nil {
		return err
	}
	f.Rungs = rungs(len(points), s.Seeds)
	for i, rung := range f.Rungs {
		trials, err := s.ask(ctx, f, points, rung.Seeds)
		if err != nil {
			return err
		}
		if i+1 == len(f.Rungs) {
			break
		}
		trials = slices.DeleteFunc(distinct(trials), func(t *Trial) bool { return t.Failed != "" })
		slices.SortStableFunc(trials, func(a, b *Trial) int { return s.Better(a, b, rung.Seeds) })
		points = nil
		for _, t := range trials[:min(len(trials), f.Rungs[i+1].Points)] {
			points = append(points, t.Values)
		}
	}
	return nil
}

// contestants are the points that are laid out, or else as many spread ones as the budget is enough for.
func (s *Search) contestants() ([][]string, error) {
	if s.laidOut() == nil {
		points := s.layout()
		if cost := rungsCost(rungs(len(points), s.Seeds)); cost > s.Budget {
			return nil, fmt.Errorf("budget is %d: halving %d points up to %d seeds takes %d cells", s.Budget, len(points), s.Seeds, cost)
		}
		return points, nil
	}
	n := 0
	for rungsCost(rungs(n+1, s.Seeds)) <= s.Budget {
		n++
	}
	if n < eta {
		return nil, fmt.Errorf("budget is %d: expected at least %d for halving %d points up to %d seeds", s.Budget, rungsCost(rungs(eta, s.Seeds)), eta, s.Seeds)
	}
	return s.spread(n, "halton"), nil
}

// rungs are of 1, 2, 4, ... seeds up to all of them, and half as many points each time, but at least one.
func rungs(points, seeds int) []Rung {
	list := []Rung{{points, 1}}
	for last := list[0]; last.Seeds < seeds; last = list[len(list)-1] {
		list = append(list, Rung{Points: max(1, (last.Points+eta-1)/eta), Seeds: min(last.Seeds*eta, seeds)})
	}
	return list
}

// rungsCost is how many cells they take: what a point has been run under counts once.
func rungsCost(list []Rung) int {
	cells, before := 0, 0
	for _, r := range list {
		cells += r.Points * (r.Seeds - before)
		before = r.Seeds
	}
	return cells
}

// distinct leaves out trials that are there already: steps of an axis may make one of two points.
func distinct(list []*Trial) []*Trial {
	seen := map[*Trial]bool{}
	return slices.DeleteFunc(slices.Clone(list), func(t *Trial) bool {
		there := seen[t]
		seen[t] = true
		return there
	})
}
