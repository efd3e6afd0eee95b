package stats

import (
	"math"
	"slices"

	"trough.internal/models/random"
)

// Resamples is how often the days are drawn anew. One more is a round number, so that the ranks of the usual levels are whole.
const Resamples = 1999

// tails are |t| by candidate and draw.
type tails [][]float64

// bootstrap draws the same blocks for all candidates that move, and returns |t| for each: how far the draw's difference is
// from the days' own, in standard errors of the draw (the bootstrap-t, Hall: The bootstrap and Edgeworth expansion, 1992,
// section 3.6: of |t|, since symmetric intervals are off by the order 1/n^2 only; for blocks Götze, Künsch: Second-order
// correctness of the blockwise bootstrap for stationary observations, 1996). The largest |t| over the candidates corrects
// for their number (Westfall, Young: Resampling-based multiple testing, 1993, section 2.5; Romano, Wolf: Stepwise multiple testing as
// formalized data snooping, 2005). Candidates that met the same market are alike, which the joint draw knows; Holm's correction does
// not, and needs draws in proportion to the candidates.
//
// Note: going on step by step after the first rejection (Romano and Wolf) finds a little more, but has no intervals that
// agree with its verdicts.
func (c Comparison) bootstrap(blocks int, moving []*paired) tails {
	stream := random.New(c.Seed, "bootstrap")
	list := make(tails, len(moving))
	for i := range list {
		list[i] = make([]float64, c.draws())
	}
	drawn := make([]int, blocks)
	for r := range c.draws() {
		for j := range drawn {
			drawn[j] = stream.Int(uint64(r), uint64(j), len(moving[0].blocks))
		}
		for i, p := range moving {
			list[i][r] = p.t(drawn)
		}
	}
	return list
}

func (c Comparison) draws() int {
	if c.resamples > 0 {
		return c.resamples
	}
	return Resamples
}

// t is |t| of one draw of blocks; infinite where the draw has no spread to measure it by.
func (p *paired) t(drawn []int) float64 {
	if p.total {
		return p.tOfTotal(drawn)
	}
	var mean [4]float64
	n := float64(len(drawn))
	for _, i := range drawn {
		for k, v := range p.blocks[i] {
			mean[k] += v / n
		}
	}
	value, gradient, ok := p.statistic(mean)
	if !ok {
		return math.Inf(1)
	}
	centre, squares := dot(gradient, mean), 0.0
	for _, i := range drawn {
		d := dot(gradient, p.blocks[i]) - centre
		squares += float64(d * d)
	}
	return p.inErrors(value, squares, n)
}

// tOfTotal is t of a total, whose gradient is the same in every draw: it has the blocks' parts ready.
func (p *paired) tOfTotal(drawn []int) float64 {
	n, mean, squares := float64(len(drawn)), 0.0, 0.0
	for _, i := range drawn {
		mean += p.parts[i]
	}
	mean /= n
	for _, i := range drawn {
		d := p.parts[i] - mean
		squares += float64(d * d)
	}
	return p.inErrors(mean, squares, n)
}

// inErrors is how far a draw of n blocks is off, in its own standard errors.
func (p *paired) inErrors(value, squares, n float64) float64 {
	se := math.Sqrt(squares / (n - 1) / n)
	if se <= p.noise {
		return math.Inf(1)
	}
	return math.Abs(value-p.centre) / se
}

// rank is that of the quantile of |t| in an interval that should hold the true value so often, from 1 on; more than there
// are draws where these are too few for it.
func (t tails) rank(of float64) int {
	if of == 0 {
		of = Level
	}
	return int(math.Ceil(of*float64(len(t[0])+1) - 1e-9))
}

// settled says which candidates have an interval at all: where the quantile is infinite, so few days differ that many
// draws have none of them. They can be in no verdict, and so do not count for those of the others.
func (t tails) settled(rank int) []bool {
	list := make([]bool, len(t))
	for at := range t {
		infinite := 0
		for _, v := range t[at] {
			if math.IsInf(v, 1) {
				infinite++
			}
		}
		list[at] = rank <= len(t[at])-infinite
	}
	return list
}

// largest is, for every draw, the largest |t| over the settled candidates, ascending.
func (t tails) largest(settled []bool) []float64 {
	list := make([]float64, len(t[0]))
	for at := range t {
		if !settled[at] {
			continue
		}
		for r, v := range t[at] {
			list[r] = max(list[r], v)
		}
	}
	slices.Sort(list)
	return list
}

// shareAtLeast is the p-value of a statistic among its draws, itself counted as one of them.
func shareAtLeast(ascending []float64, value float64) float64 {
	below, _ := slices.BinarySearch(ascending, value)
	return float64(1+len(ascending)-below) / float64(1+len(ascending))
}
