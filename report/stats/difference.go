package stats

import "math"

// DaysMin is the fewest days that get a verdict, and DaysShown the fewest that get an interval: of fewer, the bootstrap has
// too few different samples to say anything.
const (
	DaysMin   = 14
	DaysShown = 5
)

// Ratio is a figure by day: the quotient of two sums over days, or a total where there is nothing below. The days of
// independent runs stand one run after another.
type Ratio struct{ Above, Below []float64 }

// Comparison sets several candidates beside one reference, on the same days under the same luck. What happens within a day
// hangs together, so a day is never split. With DaysMin runs or more, all of one length, a run is never split either:
// whatever is particular to its seed, such as the services that its market has, is on all of its days. With fewer runs their
// days are the blocks, and what is particular to the seeds is not in the interval: it is of these seeds' markets.
//
// Its interval is value +- c * se. The standard error se is of sums over blocks of consecutive days (see blocks), and c is
// the quantile of the largest |t| over all candidates among Resamples joint draws of blocks (see bootstrap). So the
// intervals of all candidates hold at once, and a verdict says no more than its interval does. Each figure is a family of
// its own: what is corrected for is the number of candidates, not the number of figures that a reader looks at.
type Comparison struct {
	Seed uint64  // of the bootstrap's draws
	Runs []int   // days of each of the independent runs; blocks do not reach from one into another, and all days count alike
	Of   float64 // share of the intervals that should hold the true value; 0 is Level. A look of several has a higher one

	resamples int // 0 is Resamples
}

// Difference is a candidate's figure less the reference's, with the interval that holds for all candidates at once.
type Difference struct {
	Interval           // N is the number of days. A total is of one run, the mean over the runs
	BlockDays  int     // consecutive days in a block
	Blocks     int     // independent blocks: how many are drawn
	P          float64 // corrected for the candidates: how often chance alone gives so large a |t| somewhere; 1 where that is not known
	Candidates int     // that the interval is corrected for
}

// Differences are the candidates' figures less the reference's. The draws depend on the seed, the days and the length of
// the blocks, and on nothing else. It panics where the days of two do not match.
func (c Comparison) Differences(reference Ratio, candidates []Ratio) []Difference {
	list := make([]Difference, len(candidates))
	pairs := make([]*paired, len(candidates))
	for i, candidate := range candidates {
		pairs[i] = c.pair(candidate, reference)
		list[i] = Difference{Interval: Interval{Value: pairs[i].value, N: pairs[i].days}, P: 1, Candidates: len(candidates)}
	}
	if len(pairs) == 0 {
		return nil
	}
	c.intervals(pairs, list)
	return list
}

// intervals fills in everything but values.
func (c Comparison) intervals(pairs []*paired, list []Difference) {
	b := lengthOf(pairs)
	var moving []*paired // whose days are not all alike
	var theirs []*Difference
	for i, p := range pairs {
		d := &list[i]
		d.BlockDays, d.Blocks = b.rows*p.days/max(1, len(p.rows)), b.drawn
		switch {
		case p.undefined:
			d.Note = "undefined: there is nothing to divide by"
		case d.N < DaysShown:
			d.Note = "too few days for an interval"
		case p.cut(b.rows):
			moving, theirs = append(moving, p), append(theirs, d)
		default: // the same on every day
			d.Low, d.High, d.Known = d.Value, d.Value, true
			if d.Value != 0 {
				d.P = 0
			}
		}
	}
	if len(moving) == 0 {
		return
	}
	draws := c.bootstrap(b.drawn, moving)
	rank := draws.rank(c.Of)
	settled := draws.settled(rank)
	largest := draws.largest(settled)
	for i, d := range theirs {
		if !settled[i] || rank > len(largest) || math.IsInf(largest[rank-1], 1) {
			d.Note = "too few days differ for an interval"
			continue
		}
		se := moving[i].se * moving[i].scale
		half := largest[rank-1] * se
		d.Low, d.High, d.Known = d.Value-half, d.Value+half, true
		d.P = shareAtLeast(largest, math.Abs(d.Value)/se)
	}
}

// paired is a candidate's days beside the reference's.
type paired struct {
	rows      [][4]float64 // by day, or by run: above and below of the candidate, above and below of the reference
	runs      []int        // rows of each run
	days      int          // in all runs
	total     bool         // a total, not a ratio
	value     float64
	centre    float64    // the statistic of all days: a ratio's is value, a total's the mean of a day
	scale     float64    // from the statistic to value
	mean      [4]float64 // of the rows
	gradient  [4]float64 // of the statistic in the rows' means
	noise     float64    // what is below it is rounding
	rho       float64    // lag-1 autocorrelation of the days
	undefined bool       // a ratio with nothing below

	blocks [][4]float64 // the means of the rows over the block that begins on each day
	parts  []float64    // of each block in the statistic, as the gradient at all days has it
	se     float64      // of the statistic
}

func (c Comparison) pair(a, b Ratio) *paired {
	days := 0
	for _, n := range c.Runs {
		days += n
	}
	p := &paired{rows: make([][4]float64, days), runs: c.Runs, days: days, total: a.Below == nil, scale: 1}
	for i, values := range [][]float64{a.Above, a.Below, b.Above, b.Below} {
		if p.total && i%2 == 1 && values == nil {
			continue
		}
		if len(values) != days {
			panic("stats: values to compare must be of the same days")
		}
		for day, v := range values {
			p.rows[day][i] = v
		}
	}
	if days == 0 {
		p.undefined = true
		return p
	}
	if length, ok := c.wholeRuns(); ok {
		p.foldRuns(length)
	}
	for _, row := range p.rows {
		for k, v := range row {
			p.mean[k] += v / float64(len(p.rows))
		}
	}
	var ok bool
	if p.value, p.gradient, ok = p.statistic(p.mean); !ok {
		p.undefined = true
		return p
	}
	for k, g := range p.gradient {
		p.noise += 1e-9 * math.Abs(g*p.mean[k])
	}
	p.centre = p.value
	if p.total {
		p.scale = float64(days) / float64(len(c.Runs))
		p.value = (sum(a.Above) - sum(b.Above)) / float64(len(c.Runs))
	}
	p.rho = p.autocorrelation()
	return p
}

// wholeRuns is how many days a block has where it is a whole run; false where blocks are of days.
func (c Comparison) wholeRuns() (days int, ok bool) {
	for _, run := range c.Runs {
		if run != c.Runs[0] {
			return 0, false
		}
	}
	if len(c.Runs) < DaysMin {
		return 0, false
	}
	return c.Runs[0], true
}

// foldRuns makes one row of each run, the mean of its days.
func (p *paired) foldRuns(days int) {
	rows := make([][4]float64, len(p.runs))
	for day, row := range p.rows {
		for k, v := range row {
			rows[day/days][k] += v / float64(days)
		}
	}
	p.rows, p.runs = rows, make([]int, len(rows))
	for run := range p.runs {
		p.runs[run] = 1
	}
}

// statistic is the difference as a function of the rows' means, with its gradient; false where a ratio has nothing below.
func (p *paired) statistic(m [4]float64) (value float64, gradient [4]float64, ok bool) {
	if p.total {
		return m[0] - m[2], [4]float64{1, 0, -1, 0}, true
	}
	if m[1] == 0 || m[3] == 0 {
		return 0, [4]float64{}, false
	}
	a, b := m[0]/m[1], m[2]/m[3]
	return a - b, [4]float64{1 / m[1], -a / m[1], -1 / m[3], b / m[3]}, true
}

func dot(a, b [4]float64) float64 {
	return float64(a[0]*b[0]) + float64(a[1]*b[1]) + float64(a[2]*b[2]) + float64(a[3]*b[3])
}
