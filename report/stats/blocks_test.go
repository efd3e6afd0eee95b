package stats

import (
	"math"
	"testing"
)

func pairOf(runs []int, days []float64) *paired {
	return Comparison{Runs: runs}.pair(Ratio{Above: days}, Ratio{Above: make([]float64, len(days))})
}

// By hand: days 1, 2, 3, 4, 5, 6 have squares that sum to 17.5 and neighbours' products that sum to 8.75, over 5 pairs:
// rho is (8.75/5) / (17.5/6) = 0.6, and (1 + 1.8) / 6 more is above rhoMax. Of two runs there is no pair across.
func TestAutocorrelationIsOfNeighboursWithinARun(t *testing.T) {
	if rho := pairOf([]int{6}, []float64{1, 2, 3, 4, 5, 6}).rho; rho != rhoMax {
		t.Errorf("rising: %g", rho)
	}
	if rho := pairOf([]int{6}, []float64{1, -1, 1, -1, 1, -1}).rho; rho != 0 {
		t.Errorf("up and down: %g", rho)
	}
	// Products 4-4+4 within the runs of 2, -4 across; squares 24: 4/3 / 4 = 1/3, and 2/6 more.
	if rho := pairOf([]int{2, 2, 2}, []float64{2, 2, -2, 2, -2, -2}).rho; math.Abs(rho-2.0/3) > 1e-12 {
		t.Errorf("three runs: %g", rho)
	}
	if rho := pairOf([]int{1, 1, 1, 1, 1, 1}, []float64{1, 2, 3, 4, 5, 6}).rho; rho != 0 {
		t.Errorf("runs of one day: %g", rho)
	}
}

// For rho = 0.5 and n = 112 the formula gives (6 * 0.25 / 0.5625 * 112)^(1/3) = 6.68.
func TestBlocksAreAsLongAsTheCorrelationAsks(t *testing.T) {
	for _, c := range []struct {
		rhos        []float64
		days        int
		shortest    int
		rows, drawn int
	}{
		{[]float64{0}, 28, 28, 1, 28}, {[]float64{0.5}, 112, 112, 7, 16}, {[]float64{0.2, 0.8}, 112, 112, 7, 16},
		{[]float64{0.5}, 112, 3, 3, 37}, {[]float64{0.9}, 28, 28, 5, 6}, {[]float64{0.9}, 5, 5, 1, 5},
	} {
		var pairs []*paired
		for _, rho := range c.rhos {
			pairs = append(pairs, &paired{rows: make([][4]float64, c.days), runs: []int{c.days, c.shortest}, rho: rho})
		}
		if b := lengthOf(pairs); b.rows != c.rows || b.drawn != c.drawn {
			t.Errorf("rho %v of %d days: got %+v, expected %d, %d drawn", c.rhos, c.days, b, c.rows, c.drawn)
		}
	}
}

func TestBlocksCloseACircleWithinTheirRun(t *testing.T) {
	p := pairOf([]int{3, 2}, []float64{1, 2, 6, 10, 20})
	want := []float64{1.5, 4, 3.5, 15, 15}
	for i, m := range p.blockMeans(2) {
		if math.Abs(m[0]-want[i]) > 1e-12 {
			t.Errorf("block from day %d: %g, expected %g", i, m[0], want[i])
		}
	}
}

// Of independent days it is the standard deviation over the square root of their number: for 1 to 5, sqrt(2.5 / 5).
func TestTheStandardErrorOfIndependentDaysIsTheUsualOne(t *testing.T) {
	p := pairOf([]int{5}, []float64{3, 1, 5, 2, 4})
	p.rho = 0
	if p.cut(1); math.Abs(p.se-math.Sqrt(0.5)) > 1e-12 {
		t.Errorf("got %g", p.se)
	}
	// With correlation, and a block of one day, it is what an autoregression has: (1+rho)/(1-rho) times the variance.
	p.rho = 0.5
	if p.cut(1); math.Abs(p.se-math.Sqrt(1.5)) > 1e-12 {
		t.Errorf("correlated: got %g", p.se)
	}
}

// The plain old way: write out the days of the draw, and take sums, ratio, gradient and blocks' spread from them.
func TestADrawIsJudgedAsThePlainWayDoes(t *testing.T) {
	const days, length = 12, 3
	a, b := equals(1, 4, days, 0), []int{3, 0, 11, 3}
	for _, r := range []Ratio{{Above: a[0].Above}, {Above: a[0].Above, Below: a[1].Above}} {
		other := Ratio{Above: a[2].Above}
		if r.Below != nil {
			other.Below = a[3].Above
			for d := range days {
				r.Below[d], other.Below[d] = 5+math.Abs(r.Below[d]), 5+math.Abs(other.Below[d])
			}
		}
		p := Comparison{Runs: []int{days}}.pair(r, other)
		p.cut(length)
		if got, want := p.t(b), plainT(r, other, b, length); math.Abs(got-want) > 1e-9 {
			t.Errorf("got %g, the plain way %g", got, want)
		}
	}
}

func plainT(a, b Ratio, starts []int, length int) float64 {
	over := func(r Ratio, list []int) float64 {
		above, below := 0.0, 0.0
		for _, d := range list {
			above += r.Above[d]
			if r.Below != nil {
				below += r.Below[d]
			}
		}
		if r.Below == nil {
			return above / float64(len(list))
		}
		return above / below
	}
	var all, drawn []int
	for d := range a.Above {
		all = append(all, d)
	}
	var blocks [][]int
	for _, start := range starts {
		var block []int
		for i := range length {
			block = append(block, (start+i)%len(a.Above))
		}
		blocks, drawn = append(blocks, block), append(drawn, block...)
	}
	// A block's part in a ratio is (above - ratio * below) / mean below, all of the draw.
	part := func(r Ratio, block []int) float64 {
		if r.Below == nil {
			return over(r, block)
		}
		sum, below := 0.0, 0.0
		for _, d := range block {
			sum += r.Above[d] - over(r, drawn)*r.Below[d]
		}
		for _, d := range drawn {
			below += r.Below[d]
		}
		return sum / float64(length) / (below / float64(len(drawn)))
	}
	var parts []float64
	for _, block := range blocks {
		parts = append(parts, part(a, block)-part(b, block))
	}
	mean, squares := sum(parts)/float64(len(parts)), 0.0
	for _, v := range parts {
		squares += (v - mean) * (v - mean)
	}
	n := float64(len(parts))
	off := over(a, drawn) - over(b, drawn) - (over(a, all) - over(b, all))
	return math.Abs(off) / math.Sqrt(squares/(n-1)/n)
}
