package experiment

import (
	"cmp"
	"slices"
)

// levelsMost is how many values of an axis a surface shows as they are. More, and those of a range without steps, are put into
// so many equal parts of it.
const (
	levelsMost = 16
	parts      = 10
)

// Level is a value of an axis, or a part of its range, on a surface.
type Level struct {
	Label string  // the value, or the middle of the part
	Place float64 // where it stands, 0 to 1
}

// Surface is the best trial at every level of one axis or two, whatever the other axes have there: a profile, since a search
// leaves no slices. Nil where there is none.
type Surface struct {
	Axes   []int
	Levels [][]Level  // by axis of the surface
	Best   [][]*Trial // by level of the second axis, or once if there is none, then by level of the first
}

// Surface makes one out of the trials under all seeds.
func (s *Search) Surface(f *Found, axes ...int) *Surface {
	trials := f.Full(s.Seeds)
	surface := &Surface{Axes: axes}
	var of []func(*Trial) int
	for _, a := range axes {
		levels, level := s.Axes[a].levelsOf(a, trials)
		surface.Levels, of = append(surface.Levels, levels), append(of, level)
	}
	if len(axes) == 1 {
		of = append(of, func(*Trial) int { return 0 })
	}
	rows := 1
	if len(axes) > 1 {
		rows = len(surface.Levels[1])
	}
	for range rows {
		surface.Best = append(surface.Best, make([]*Trial, len(surface.Levels[0])))
	}
	for _, t := range trials {
		x, y := of[0](t), of[1](t)
		if x < 0 || y < 0 {
			continue
		}
		if best := surface.Best[y][x]; best == nil || s.Better(t, best, s.Seeds) < 0 {
			surface.Best[y][x] = t
		}
	}
	return surface
}

// levelsOf are an axis' levels, and a trial's among them; -1 where it stands nowhere on the axis, as the policy's own setting may.
func (a *Axis) levelsOf(axis int, trials []*Trial) ([]Level, func(*Trial) int) {
	var levels []Level
	for _, t := range trials {
		l := Level{t.Values[axis], a.Place(t.Values[axis])}
		if at, there := slices.BinarySearchFunc(levels, l, comparePlace); !there && onAxis(l.Place) {
			levels = slices.Insert(levels, at, l)
		}
	}
	if a.ordered() && (len(levels) > levelsMost || a.Ranged() && a.Steps == 0) {
		return a.equalParts(axis)
	}
	return levels, func(t *Trial) int {
		at, there := slices.BinarySearchFunc(levels, Level{Place: a.Place(t.Values[axis])}, comparePlace)
		if !there {
			return -1
		}
		return at
	}
}

func (a *Axis) equalParts(axis int) ([]Level, func(*Trial) int) {
	ends, levels := a.ends(), make([]Level, parts)
	for i := range levels {
		place := (float64(i) + 0.5) / parts
		levels[i] = Level{ends.at(place), place}
	}
	return levels, func(t *Trial) int {
		place := a.Place(t.Values[axis])
		if !onAxis(place) {
			return -1
		}
		return min(int(place*parts), parts-1)
	}
}

// onAxis is false of NaN, too.
func onAxis(place float64) bool { return place >= 0 && place <= 1 }

func comparePlace(a, b Level) int { return cmp.Compare(a.Place, b.Place) }
