package report

import (
	"image/color"

	"trough.internal/models"
)

// bandsMost is how many bands a stack names; a reader would not tell more of them apart.
const bandsMost = 12

// band is one instance type or region of a stack, or all that it does not name.
type band struct {
	name    string
	colour  color.RGBA
	seconds int64 // borrowed instance-seconds, by the samples
}

// bands are a stack's, from the bottom up, and by pool which of them it counts to, given the names and by pool which of
// them it has. With too many names, those least borrowed become one band on top, called others.
func bands(s *Series, names []string, nameOf []int, others string) (list []band, ofPool []int) {
	seconds := borrowedSeconds(s, len(names), nameOf)
	at := make([]int, len(names))
	for k, name := range names {
		at[k] = -1
		if rank(seconds, k) < bandsMost {
			at[k] = len(list)
			list = append(list, band{name, typeColour(k), seconds[k]})
		}
	}
	if len(list) < len(names) {
		list = append(list, band{name: others, colour: colourOther})
	}
	for k := range names {
		if at[k] < 0 {
			at[k] = len(list) - 1
			list[at[k]].seconds += seconds[k]
		}
	}
	for _, k := range nameOf {
		ofPool = append(ofPool, at[k])
	}
	return list, ofPool
}

// rank is how many were borrowed more.
func rank(seconds []int64, k int) int {
	n := 0
	for j := range seconds {
		if seconds[j] > seconds[k] || seconds[j] == seconds[k] && j < k {
			n++
		}
	}
	return n
}

// borrowedSeconds integrates the samples by what the pools count to.
func borrowedSeconds(s *Series, n int, ofPool []int) []int64 {
	seconds := make([]int64, n)
	value := make([]int64, len(s.Pools))
	since := make([]models.Instant, len(s.Pools))
	for _, row := range s.Rows {
		if row.Series == models.SeriesBorrowed && row.At <= s.Until {
			seconds[ofPool[row.Key]] += value[row.Key] * int64(row.At-since[row.Key])
			value[row.Key], since[row.Key] = row.Value, row.At
		}
	}
	for p, k := range ofPool {
		seconds[k] += value[p] * int64(max(0, s.Until-since[p]))
	}
	return seconds
}
