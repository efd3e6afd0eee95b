package main

import "context"

// reproduction is a system that an article describes, as a scenario of the same name, and the figures that are set
// beside the article's.
type reproduction struct {
	name    string // of the scenario
	about   string // what the article's system is, in a sentence
	figures []reproduced

	// run measures every figure under one seed, by the figure's name. It is called from several goroutines at once, so
	// it may share nothing that changes but runs that are played once (see realtimeRuns). A figure that it leaves out is unknown
	// under this seed.
	run func(ctx context.Context, a *app, seed uint64) (map[string]float64, error)

	// plot draws the article's own graph into a folder, as name.png and name.svg; nil: the article has none that the
	// scenario gives.
	plot func(ctx context.Context, a *app, seed uint64, dir string) error
}

// reproduced is a figure that a scenario is to reproduce. Percentages are as 210, not as 2.1.
type reproduced struct {
	figure     string   // as files name it: capacity_gain
	unit       string   // %, h, instances
	definition string   // one sentence
	article    *float64 // nil: the article gives none
	low, high  *float64 // of the band within which ours is to be, set before the first run; nil: no bound on that side
	kind       string   // calibrated or emergent
	why        string   // where ours is outside of the band: why, as the page says it
}

// The kinds of a figure: what the scenario's parameters were chosen to reach, and what came of them.
const (
	calibrated = "calibrated"
	emergent   = "emergent"
)

// reproductions lists all of them, in the order of the pages.
func reproductions() []reproduction {
	runs := new(realtimeRuns)
	return []reproduction{
		byHand(runs),
		realtime(runs),
		weekend(),
		farms(),
		season(),
		appneta(),
		shufflr(),
		broker(),
		crossRegion(),
		containers(),
		farmAlone(runs),
	}
}

// system makes a built-in scenario ready under a seed. Its inputs are decoded, since they are run several times.
func (a *app) system(name string, seed uint64) (*job, error) {
	j, err := a.prepare(name, &jobFlags{ledger: "none", seed: seed})
	if err != nil {
		return nil, err
	}
	return j, j.built.Decode()
}
