// Package stats holds the few statistics that comparisons need: quantiles, intervals over seeds, and intervals of paired
// differences over days. It is deterministic: chance comes from models/random, by seed.
package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Interval is an estimate with a 95 % interval, or without one and with the reason.
type Interval struct {
	Value     float64
	Low, High float64
	Known     bool   // whether Low and High are given
	Note      string // why not
	N         int    // values or blocks that it rests on
}

// Level is the share of intervals that should hold the true value.
const Level = 0.95

// SeedsMin is the fewest seeds that get an interval: of two values, it would be thirteen times their standard error wide.
const SeedsMin = 3

// Mean returns the mean over independent seeds, with Student's interval: mean +- t(0.975, n-1) * s / sqrt(n), where s is
// the sample's standard deviation (n-1 in its denominator).
func Mean(values []float64) Interval {
	n := len(values)
	if n == 0 {
		return Interval{Note: "no seeds"}
	}
	mean := sum(values) / float64(n)
	i := Interval{Value: mean, N: n}
	if n < SeedsMin {
		i.Note = "too few seeds for an interval"
		return i
	}
	squares := 0.0
	for _, v := range values {
		d := v - mean
		squares += float64(d * d)
	}
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(n - 1)}.Quantile(1 - (1-Level)/2)
	half := t * math.Sqrt(squares/float64(n-1)/float64(n))
	i.Low, i.High, i.Known = mean-half, mean+half, true
	return i
}

func sum(values []float64) float64 {
	total := 0.0
	for _, v := range values {
		total += v
	}
	return total
}
