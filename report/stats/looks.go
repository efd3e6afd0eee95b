package stats

// Look is a moment at which a comparison of growing size may stop.
type Look struct {
	Runs int     // that are complete by then
	Of   float64 // Comparison.Of of its intervals
}

// Looks are when a comparison of up to so many runs looks whether its intervals are narrow enough to stop: at a quarter,
// half and all of them, set before the first. The error 1 - Level is spent in proportion to the runs (the spending function
// alpha * t of Lan, DeMets: Discrete sequential boundaries for clinical trials, 1983), and a look's intervals have the part that was
// spent since the look before. By Bonferroni's inequality all looks' intervals hold at once in at least the share Level, so
// any rule for stopping, by width, by sign, or by a look at the clock, leaves that promise whole. The price is
// the last look's: its intervals are about a seventh wider than if nobody had looked before.
//
// Note: exact boundaries (Pocock, O'Brien and Fleming) are a few per cent narrower, but need the joint distribution of the
// looks, which for days of unknown dependence nobody has.
func Looks(runs int) []Look {
	var list []Look
	spent := 0
	for _, at := range []int{(runs + 3) / 4, (runs + 1) / 2, runs} {
		if at <= spent {
			continue
		}
		list = append(list, Look{Runs: at, Of: 1 - (1-Level)*float64(at-spent)/float64(runs)})
		spent = at
	}
	return list
}
