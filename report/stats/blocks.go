package stats

import "math"

// blocks are the stretches of consecutive days that the bootstrap draws. They are circular: after a run's last day comes
// its first, so that every day is in as many blocks as any other, and the draws' mean is the days' own mean (Politis,
// Romano: A circular block-resampling procedure for stationary data, 1992). Moving blocks have the days at a run's ends in
// fewer, which shifts the centre by more than a short trace can bear.
type blocks struct {
	rows  int // consecutive days in a block; 1 where a row is a whole run
	drawn int // blocks in a draw: as many as fill the days, rounded
}

// lengthOf chooses one length for all candidates, since they are drawn together: the length with the least error of the
// variance's estimate, (6 rho^2 / (1-rho^2)^2 * n)^(1/3) (Politis, White: Automatic block-length selection for the dependent
// bootstrap, 2004, with the correction of Patton, Politis, White, 2009, for circular blocks; their spectral terms written
// out for an autoregression of order one, as Andrews 1991 does), where rho is the mean over the candidates of the lag-1
// autocorrelation and n the number of days. It is at least one day, no longer than the shortest run, and short enough for
// five blocks.
func lengthOf(pairs []*paired) blocks {
	n, rho := len(pairs[0].rows), 0.0
	for _, p := range pairs {
		rho += p.rho / float64(len(pairs))
	}
	rows := int(math.Round(math.Cbrt(6 * rho * rho / ((1 - rho*rho) * (1 - rho*rho)) * float64(n))))
	rows = min(rows, n/DaysShown)
	for _, run := range pairs[0].runs {
		rows = min(rows, run)
	}
	rows = max(rows, 1)
	return blocks{rows: rows, drawn: int(math.Round(float64(n) / float64(rows)))}
}

// rhoMax keeps a standard error finite.
const rhoMax = 0.9

// autocorrelation is the lag-1 autocorrelation of the days' part in the difference, from 0 to rhoMax. Estimates from few
// days are too low by about (1 + 3 rho) / n (Kendall: Note on bias in the estimation of autocorrelation, 1954), which is
// added. A negative one counts as none: it would make intervals narrower on the word of a few days.
func (p *paired) autocorrelation() float64 {
	mean := dot(p.gradient, p.mean)
	products, squares, pairs, day := 0.0, 0.0, 0, 0
	for _, run := range p.runs {
		before := 0.0
		for i := range run {
			d := dot(p.gradient, p.rows[day]) - mean
			squares += float64(d * d)
			if i > 0 {
				products += float64(d * before)
				pairs++
			}
			before = d
			day++
		}
	}
	if pairs == 0 || squares == 0 {
		return 0
	}
	n := float64(len(p.rows))
	rho := products / float64(pairs) / (squares / n)
	rho += (1 + 3*rho) / n
	return min(max(rho, 0), rhoMax)
}

// cut makes the blocks of one length, and the standard error: of the means of all circular blocks, and what dependence
// reaches beyond a block added as an autoregression of order one would have it (Andrews, Monahan: An improved
// heteroskedasticity and autocorrelation consistent covariance matrix estimator, 1992, add it in the same way). Without that,
// the short blocks that a short trace allows leave out a fifth of the variance at a correlation of 0.3. It returns false
// where all blocks are alike.
func (p *paired) cut(length int) bool {
	p.blocks = p.blockMeans(length)
	mean, squares := dot(p.gradient, p.mean), 0.0
	p.parts = make([]float64, len(p.blocks))
	for i, block := range p.blocks {
		p.parts[i] = dot(p.gradient, block)
		d := p.parts[i] - mean
		squares += float64(d * d)
	}
	n, l := float64(len(p.rows)), float64(length)
	// The blocks' mean is the days' own, which takes away the share l/n.
	variance := squares / n * l / (1 - l/n)
	within, power := 1.0, 1.0
	for lag := 1; lag < length; lag++ {
		power *= p.rho
		within += float64(2 * (1 - float64(lag)/l) * power)
	}
	variance *= (1 + p.rho) / (1 - p.rho) / within
	p.se = math.Sqrt(variance / n)
	return p.se > p.noise
}

func (p *paired) blockMeans(length int) [][4]float64 {
	list := make([][4]float64, len(p.rows))
	first := 0
	for _, run := range p.runs {
		for i := range run {
			for j := range length {
				for k, v := range p.rows[first+(i+j)%run] {
					list[first+i][k] += v / float64(length)
				}
			}
		}
		first += run
	}
	return list
}
