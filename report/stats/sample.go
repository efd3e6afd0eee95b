package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// QuantileOf estimates a quantile of what independent values, ascending, were drawn from. Its interval is that of order statistics,
// which asks nothing of the distribution: between the values of two ranks that a binomial count of values below the quantile
// misses at most once in forty on either side. Where there are too few values for one of the ranks, it has none.
func QuantileOf(ascending []float64, q float64) Interval {
	n := len(ascending)
	i := Interval{Value: Quantile(ascending, q), N: n}
	if n == 0 {
		i.Note = "nothing was seen"
		return i
	}
	below := distuv.Binomial{N: float64(n), P: q}
	low, high := 0, 0 // ranks from 1
	for r := 1; r <= n && below.CDF(float64(r-1)) <= (1-Level)/2; r++ {
		low = r
	}
	for r := n; r >= 1 && below.CDF(float64(r-1)) >= 1-(1-Level)/2; r-- {
		high = r
	}
	if low == 0 || high == 0 {
		i.Note = "not enough values for an interval"
		return i
	}
	i.Low, i.High, i.Known = ascending[low-1], ascending[high-1], true
	return i
}

// ShareLeast is the fewest trials that get an interval.
const ShareLeast = 10

// ShareOf estimates the chance of what happened so many times of n, with Wilson's interval, which holds near 0 and 1, too.
func ShareOf(times, n int) Interval {
	if n == 0 {
		return Interval{Note: "nothing was seen"}
	}
	p := float64(times) / float64(n)
	i := Interval{Value: p, N: n}
	if n < ShareLeast {
		i.Note = "not enough trials for an interval"
		return i
	}
	z := distuv.UnitNormal.Quantile(1 - (1-Level)/2)
	z2 := float64(z*z) / float64(n)
	middle := (p + z2/2) / (1 + z2)
	half := z / (1 + z2) * math.Sqrt(float64(p*(1-p))/float64(n)+z2/float64(4*n))
	i.Low, i.High, i.Known = max(0, middle-half), min(1, middle+half), true
	return i
}
