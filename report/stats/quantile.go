package stats

import "math"

// Quantile returns the nearest-rank quantile of ascending values: the smallest value that at least the share q of them
// do not exceed. It is always one of the values. NaN if there are none.
func Quantile(ascending []float64, q float64) float64 {
	n := len(ascending)
	if n == 0 {
		return math.NaN()
	}
	rank := int(math.Ceil(q * float64(n)))
	return ascending[min(max(rank, 1), n)-1]
}
