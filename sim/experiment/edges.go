package experiment

import (
	"math"
	"slices"
)

// Edge says that the best point stands at an end of an axis, so that better ones may lie beyond.
type Edge struct {
	Axis  int
	Upper bool
	Limit bool // the setting goes no further
}

// edgeWithin is how near to an end counts as at it, as a share of the range: a search over ranges hardly meets the end itself.
const edgeWithin = 0.01

// Edges are the ends that a search's best point stands at. Where another point is as good and stands elsewhere, the end is
// of no account. Allowed says whether a policy may have a value.
func (s *Search) Edges(f *Found, allowed func(axis int, value string) bool) []Edge {
	var list []Edge
	for a := range s.Axes {
		axis := &s.Axes[a]
		if !axis.ordered() {
			continue
		}
		for _, upper := range []bool{false, true} {
			at := func(t *Trial) bool { return axis.atEnd(t.Values[a], upper) }
			elsewhere := func(t *Trial) bool { return !at(t) && s.Better(t, f.Best, s.Seeds) == 0 }
			if !at(f.Best) || slices.ContainsFunc(f.Full(s.Seeds), elsewhere) {
				continue
			}
			list = append(list, Edge{Axis: a, Upper: upper, Limit: !allowed(a, axis.beyond(upper))})
		}
	}
	return list
}

// ordered says whether an axis has ends: a range, or values of one unit of which there are at least two.
func (a *Axis) ordered() bool {
	if a.Ranged() {
		return true
	}
	_, first, _ := measured(a.Values[0])
	for _, v := range a.Values {
		if _, u, ok := measured(v); !ok || u != first {
			return false
		}
	}
	return len(a.Values) > 1
}

// ends are an ordered axis' least and greatest values.
func (a *Axis) ends() scale {
	if a.Ranged() {
		s, err := a.scale()
		if err != nil {
			panic(err) // Check has been called
		}
		return s
	}
	s := scale{from: math.Inf(1), to: math.Inf(-1), whole: true}
	for _, text := range a.Values {
		v, u, _ := measured(text)
		s.unit, s.from, s.to = u, min(s.from, v), max(s.to, v)
		s.whole = s.whole && v == math.Trunc(v)
	}
	return s
}

// Place is where a value stands between an ordered axis' ends, 0 to 1, or between a list's first and last. NaN where it is
// neither.
func (a *Axis) Place(value string) float64 {
	if a.ordered() {
		v, u, ok := measured(value)
		if s := a.ends(); ok && u == s.unit {
			return s.share(v)
		}
		return math.NaN()
	}
	if i := slices.Index(a.Values, value); i >= 0 && len(a.Values) > 1 {
		return float64(i) / float64(len(a.Values)-1)
	}
	return math.NaN()
}

func (a *Axis) atEnd(value string, upper bool) bool {
	place := a.Place(value)
	if upper {
		return place >= 1-edgeWithin
	}
	return place <= edgeWithin
}

// beyond is a value a tenth of the range further than an end, or one more of whole numbers.
func (a *Axis) beyond(upper bool) string {
	s := a.ends()
	by := (s.to - s.from) / 10
	if s.whole && s.unit == plain {
		by = max(1, math.Round(by))
	}
	if upper {
		return s.text(s.to + by)
	}
	return s.text(s.from - by)
}
