package experiment

import "slices"

// roundMost is into how many parts Round divides a range at most: the fields of a table of two axes' parts are to be read,
// and to have several samples each.
const roundMost = 6

// roundApart is how near to an end of the range, as a share of it, a value may stand beside that end.
const roundApart = 0.06

// Round are values from one end of a range to the other, round ones between the ends: multiples of a step, or on a scale of
// ratios those that people step by. A list has none.
func (a *Axis) Round() []string {
	if !a.Ranged() {
		return nil
	}
	s := a.ends()
	list := []string{s.text(s.from)}
	for _, v := range s.round() {
		if place := s.share(v); place > roundApart && place < 1-roundApart {
			list = append(list, s.text(v))
		}
	}
	return slices.Compact(append(list, s.text(s.to)))
}

// round are round numbers on the scale, few enough for roundMost parts.
func (s scale) round() []float64 {
	var list []float64
	if s.log {
		for _, v := range s.counts() {
			if v > s.from && v < s.to {
				list = append(list, v)
			}
		}
		for len(list) >= roundMost {
			list = everySecond(list)
		}
		return list
	}
	for _, step := range s.counts() {
		if n := (s.to - s.from) / step; n > roundMost || s.whole && step < 1 {
			continue
		}
		for k := int(s.from/step) - 1; float64(k)*step < s.to; k++ {
			list = append(list, float64(k)*step)
		}
		break
	}
	return list
}

// counts are the numbers that people count by, rising: 1, 2 and 5 with their powers of ten, of durations those of clocks.
func (s scale) counts() []float64 {
	if s.unit == span {
		const minute, hour, day = 60, 3600, 24 * 3600
		return []float64{1, 2, 5, 10, 15, 30, minute, 2 * minute, 5 * minute, 10 * minute, 15 * minute, 30 * minute,
			hour, 2 * hour, 3 * hour, 6 * hour, 12 * hour, day, 2 * day, 7 * day, 14 * day, 28 * day, 91 * day, 364 * day}
	}
	var list []float64
	for power := 1e-9; power < 1e12; power *= 10 {
		list = append(list, power, 2*power, 5*power)
	}
	return list
}

func everySecond(list []float64) []float64 {
	var out []float64
	for i := 1; i < len(list); i += 2 {
		out = append(out, list[i])
	}
	return out
}
