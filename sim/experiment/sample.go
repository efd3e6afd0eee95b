package experiment

import (
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distmv"
	"gonum.org/v1/gonum/stat/samplemv"

	"trough.internal/models/random"
)

// laidOut is an error where a grid does not know how many values an axis has.
func (e *Experiment) laidOut() error {
	for i := range e.Axes {
		if a := &e.Axes[i]; e.Sampling == "grid" && a.Ranged() && a.Steps == 0 {
			return fmt.Errorf("axes[%d]: expected steps beside from and to, so that the grid knows how many values %s has", i, a.Set)
		}
	}
	return nil
}

// layout lists the points' values, by axis, for one policy: all policies have the same ones.
func (e *Experiment) layout() [][]string {
	if e.Sampling != "grid" {
		return e.sampled()
	}
	points := [][]string{nil}
	for i := range e.Axes {
		var longer [][]string
		for _, point := range points {
			for _, value := range e.Axes[i].levels() {
				longer = append(longer, append(point[:i:i], value))
			}
		}
		points = longer
	}
	return points
}

// sampled spreads points over the axes' ranges: one in each of as many equal parts of every axis (latin hypercube: McKay,
// Beckman, Conover 1979), or along a sequence whose first n points fill the space evenly for every n (Halton, scrambled as in
// Owen 2017), so that asking for more points keeps those that are there.
func (e *Experiment) sampled() [][]string { return e.spread(e.Points, e.Sampling) }

func (e *Experiment) spread(n int, sampling string) [][]string {
	src := &source{stream: random.New(e.SampleSeed, "points")}
	unit := distmv.NewUnitUniform(len(e.Axes), src)
	shares := mat.NewDense(n, len(e.Axes), nil)
	if sampling == "halton" {
		samplemv.Halton{Kind: samplemv.Owen, Q: unit, Src: src}.Sample(shares)
	} else {
		samplemv.LatinHypercube{Q: unit, Src: src}.Sample(shares)
	}
	points := make([][]string, n)
	for p := range points {
		points[p] = make([]string, len(e.Axes))
		for i := range e.Axes {
			points[p][i] = e.Axes[i].at(shares.At(p, i))
		}
	}
	return points
}

// source is an addressed stream as gonum takes it.
type source struct {
	stream random.Stream
	next   uint64
}

var _ rand.Source = (*source)(nil)

func (s *source) Uint64() uint64 {
	s.next++
	return s.stream.Uint64(0, s.next)
}
