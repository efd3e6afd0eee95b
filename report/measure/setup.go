package measure

import "trough.internal/models"

// Setup is what a run states before its first event.
type Setup struct {
	Pools     []models.Pool  // the lendable ones, then the base fleets (kind Base), as the market has them
	Borrowers []string       // by models.BorrowerID
	From      models.Instant // the first second that is measured; events before it set the scene and are not counted
	Until     models.Instant // the first second that is not; zero if the run does not say. Finish has the last word
	Base      []int32        // instances of each base fleet, in the order of Pools; what the capacity gain is relative to

	// EpisodesMax bounds the list of overdraft episodes; 0 means 100,000. No figure depends on the list: what it
	// leaves out is still counted, timed and priced.
	EpisodesMax int
}

const episodesMaxDefault = 100_000

func (s *Setup) lendable() int {
	n := 0
	for n < len(s.Pools) && s.Pools[n].Kind != models.Base {
		n++
	}
	return n
}
