package stats

import (
	"slices"

	"trough.internal/models/random"
)

// BlocksMin is the fewest days that get an interval: of fewer, the bootstrap has too few different samples to say anything.
const BlocksMin = 5

// Resamples is how often the days are drawn anew.
const Resamples = 2000

// Bootstrap returns statistic over all of n blocks, with the percentile interval over Resamples draws of n blocks with
// replacement (Efron, Tibshirani: An introduction to the bootstrap, 1993, chapter 13). A block is a day: what happens
// within one hangs together, so days are drawn whole. statistic is called with the indices of the blocks to use.
// The draws depend on the seed, n and nothing else, so every figure of a comparison sees the same days.
func Bootstrap(seed uint64, n int, statistic func(blocks []int) float64) Interval {
	blocks := make([]int, n)
	for i := range blocks {
		blocks[i] = i
	}
	result := Interval{N: n}
	if n > 0 {
		result.Value = statistic(blocks)
	}
	if n < BlocksMin {
		result.Note = "too few blocks for an interval"
		return result
	}
	stream := random.New(seed, "bootstrap")
	draws := make([]float64, Resamples)
	for r := range draws {
		for i := range blocks {
			blocks[i] = stream.Int(uint64(r), uint64(i), n)
		}
		draws[r] = statistic(blocks)
	}
	slices.Sort(draws)
	result.Low, result.High, result.Known = Quantile(draws, (1-Level)/2), Quantile(draws, 1-(1-Level)/2), true
	return result
}

// TotalDifference is the sum over days of a - b, where a and b are the same days under two policies.
func TotalDifference(seed uint64, a, b []float64) Interval {
	paired(a, b)
	return Bootstrap(seed, len(a), func(blocks []int) float64 {
		d := 0.0
		for _, i := range blocks {
			d += a[i] - b[i]
		}
		return d
	})
}

// Ratio is a quotient of two sums over days; 0 where the sum below is.
type Ratio struct{ Above, Below []float64 }

// RatioDifference is the difference of two policies' ratios, a - b, the same days drawn for both.
func RatioDifference(seed uint64, a, b Ratio) Interval {
	paired(a.Above, b.Above)
	paired(a.Above, a.Below)
	paired(b.Above, b.Below)
	return Bootstrap(seed, len(a.Above), func(blocks []int) float64 { return a.over(blocks) - b.over(blocks) })
}

func (r Ratio) over(blocks []int) float64 {
	above, below := 0.0, 0.0
	for _, i := range blocks {
		above += r.Above[i]
		below += r.Below[i]
	}
	if below == 0 {
		return 0
	}
	return above / below
}

func paired(a, b []float64) {
	if len(a) != len(b) {
		panic("stats: paired values must be of the same days")
	}
}
