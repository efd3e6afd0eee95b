package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"trough.internal/report"
	"trough.internal/report/measure"
	"trough.internal/report/stats"
	"trough.internal/sim"
)

// seedsMost keeps a slip of the finger from asking for years of runs.
const seedsMost = 1000

// underSeed is what all candidates came to under one seed.
type underSeed struct {
	played  []*played // by candidate
	without *played   // policy never; nil where the scenario drains
}

// manySeeds plays all candidates under one seed after another, and compares at every look; it stops at the first whose
// intervals are narrow enough. Which seeds are in a look is set before the first run, so that neither the number of
// workers nor their order changes anything.
func (r *comparing) manySeeds(ctx context.Context) (*report.Comparison, error) {
	looks := []stats.Look{{Runs: r.seeds}}
	if r.halfWidth > 0 {
		looks = stats.Looks(r.seeds)
	}
	var done []underSeed
	var comparison *report.Comparison
	for _, look := range looks {
		more, err := r.playSeeds(ctx, len(done), look.Runs)
		if err != nil {
			return nil, err
		}
		done = append(done, more...)
		comparison = r.comparison(done, look)
		if look.Runs == r.seeds || r.narrow(comparison, done) {
			break
		}
	}
	return comparison, nil
}

// playSeeds plays the seeds from one to before another, counted from the first.
func (r *comparing) playSeeds(ctx context.Context, from, until int) ([]underSeed, error) {
	quiet := *r.app
	quiet.quiet = true
	p := newProgress(r.err, fmt.Sprintf("%s, up to %d of %d seeds", r.first.scenario.Name, until, r.seeds))
	defer p.done()
	list := make([]underSeed, until-from)
	err := inParallel(ctx, r.workers, len(list), p, "runs", func(i int) (err error) {
		list[i], err = r.playSeed(ctx, &quiet, r.first.scenario.Seed+uint64(from+i))
		return err
	})
	return list, err
}

func (r *comparing) playSeed(ctx context.Context, a *app, seed uint64) (underSeed, error) {
	flags := *r.flags
	flags.seed = seed
	j, err := a.prepare(r.scenario, &flags)
	if err != nil {
		return underSeed{}, err
	}
	j.hear()
	var s underSeed
	if s.without, err = a.playNever(ctx, j); err != nil {
		return underSeed{}, err
	}
	for _, c := range r.candidates {
		p, err := a.playInto(ctx, j, c, s.without, nil)
		if err != nil {
			return underSeed{}, err
		}
		s.played = append(s.played, p)
	}
	return s, a.weigh(ctx, j, s.played, float64(r.ratio))
}

// comparison sets the candidates side by side, with what the seeds of a look gave.
func (r *comparing) comparison(seeds []underSeed, look stats.Look) *report.Comparison {
	c := &report.Comparison{Conditions: r.first.conditions(seeds[0].played[0])}
	if n := len(seeds); n > 1 {
		first := r.first.scenario.Seed
		c.Conditions.Seeds = fmt.Sprintf("%d to %d (means)", first, first+uint64(n-1))
	}
	for i := range r.candidates {
		var all [][]measure.Figure
		for _, s := range seeds {
			all = append(all, figures(s.played[i], s.without).Figures)
		}
		run := report.PolicyRun{Policy: r.candidates[i].name, Figures: all[0]}
		if len(all) > 1 {
			run.Figures = measure.Mean(all)
		}
		c.Runs = append(c.Runs, run)
	}
	reference := r.reference()
	var others [][]*measure.Result
	for i, candidate := range r.candidates {
		if i != reference {
			c.Differences = append(c.Differences, report.Difference{Policy: candidate.name, Reference: r.candidates[reference].name})
			others = append(others, resultsOf(seeds, i))
		}
	}
	differences := r.pairing(look).Differences(resultsOf(seeds, reference), others)
	r.boundDifferences(differences, seeds, reference, look)
	for i, figures := range differences {
		c.Differences[i].Figures = figures
	}
	c.Basis = r.basis(len(seeds), look)
	return c
}

// reference is policy never where it was one of the candidates: differences are then what borrowing brings. Else it is the
// first one named, and differences are what a change brings.
func (r *comparing) reference() int {
	for i, c := range r.candidates {
		if c.name == "never" {
			return i
		}
	}
	return 0
}

func resultsOf(seeds []underSeed, candidate int) []*measure.Result {
	var list []*measure.Result
	for _, s := range seeds {
		list = append(list, &s.played[candidate].result)
	}
	return list
}

// boundDifferences says of differences whose sign depends on what the owners used where nobody knew that it does.
func (r *comparing) boundDifferences(differences [][]measure.Figure, seeds []underSeed, reference int, look stats.Look) {
	filled := func(candidate int, of func(*gaps) *measure.Result) []*measure.Result {
		list := resultsOf(seeds, candidate)
		for i, s := range seeds {
			if g := s.played[candidate].gaps; g != nil {
				list[i] = of(g)
			}
		}
		return list
	}
	under := func(of func(*gaps) *measure.Result) [][]measure.Figure {
		var others [][]*measure.Result
		for i := range r.candidates {
			if i != reference {
				others = append(others, filled(i, of))
			}
		}
		return r.pairing(look).Differences(filled(reference, of), others)
	}
	any := slices.ContainsFunc(seeds, func(s underSeed) bool {
		return slices.ContainsFunc(s.played, func(p *played) bool { return p.gaps != nil })
	})
	if !any {
		return
	}
	best := under(func(g *gaps) *measure.Result { return &g.best })
	worst := under(func(g *gaps) *measure.Result { return &g.worst })
	for i := range differences {
		measure.FlagSigns(differences[i], best[i], worst[i])
	}
}

func (r *comparing) pairing(look stats.Look) measure.Pairing {
	return pairingOf(r.first.scenario, look.Of)
}

// pairingOf pairs runs of a scenario, with intervals that hold in a share of all cases.
func pairingOf(s *sim.Scenario, of float64) measure.Pairing {
	return measure.Pairing{Seed: s.Seed, Of: of, SameInput: s.Capacity != nil || len(s.Jobs) > 0}
}

// narrow says that every difference in work completed is known well enough.
func (r *comparing) narrow(c *report.Comparison, seeds []underSeed) bool {
	work := 0.0
	for _, result := range resultsOf(seeds, r.reference()) {
		work += hoursOf(result.WorkCompleted()) / float64(len(seeds))
	}
	for _, d := range c.Differences {
		f, _ := measure.Find(d.Figures, "work_completed")
		if !f.Interval || f.Evidence.Verdict == stats.NoVerdict || (f.High-f.Low)/2 > float64(r.halfWidth)*work {
			return false
		}
	}
	return true
}

// basis says which days are independent, and what the intervals promise.
func (r *comparing) basis(seeds int, look stats.Look) string {
	p := r.pairing(look)
	var text []string
	switch {
	case seeds == 1:
		text = append(text, "Differences are paired by day.")
	case p.SameInput:
		text = append(text, fmt.Sprintf("Differences are paired by seed and day. Market or jobs are recorded, the same under all %d seeds: "+
			"a day counts once, with the mean over the seeds.", seeds))
	default:
		text = append(text, fmt.Sprintf("Differences are paired by seed and day; totals are of one seed, the mean of %d. "+
			"Each seed has a market and jobs of its own, so that its days are independent of the others'.", seeds))
	}
	if k := len(r.candidates) - 1; k == 1 {
		text = append(text, "The intervals hold the true value 95 times in 100;")
	} else {
		text = append(text, fmt.Sprintf("The intervals of one figure hold the true values of all %d candidates at once 95 times in 100;", k))
	}
	text = append(text, "a verdict is better or worse where zero is outside. Blocks are consecutive days that are drawn together.")
	if r.halfWidth > 0 {
		var at []string
		for _, look := range stats.Looks(r.seeds) {
			at = append(at, fmt.Sprint(look.Runs))
		}
		text = append(text, fmt.Sprintf("Looked after %s of %d seeds whether the half width is at most %s, and stopped after %d; the 95 hold for all looks together.",
			strings.Join(at, ", "), r.seeds, r.halfWidth, seeds))
	}
	return strings.Join(text, " ")
}
