package measure

import (
	"trough.internal/models"
	"trough.internal/models/billing"
	"trough.internal/report/bill"
)

// Setup is what a run states before its first event.
type Setup struct {
	Pools     []models.Pool  // the lendable ones, then the base fleets (kind Base), as the market has them
	Borrowers []string       // by models.BorrowerID
	From      models.Instant // the first second that is measured; events before it set the scene and are not counted
	Until     models.Instant // the first second that is not; zero if the run does not say. Finish has the last word
	Base      []int32        // instances of each base fleet, in the order of Pools; what the capacity gain is relative to

	Billing Billing        // how overdraft is billed
	Batches []models.Batch // each has figures of its own; none share a job

	// EpisodesMax bounds the list of overdraft episodes; 0 means 100,000. No figure depends on the list: what it
	// leaves out is still counted, timed and priced.
	EpisodesMax int
}

// Billing says how a run's overdraft is billed. The zero value is the oldest rules: whole instance-hours.
type Billing struct {
	Rules     billing.Rules
	OwnerEnds billing.OwnerEnds
	Seed      uint64 // of the draws of OwnerEnds
}

func (s *Setup) bill() bill.Setup {
	return bill.Setup{Pools: s.Pools, Borrowers: s.Borrowers, From: s.From, Rules: s.Billing.Rules, OwnerEnds: s.Billing.OwnerEnds, Seed: s.Billing.Seed}
}

const episodesMaxDefault = 100_000

func (s *Setup) lendable() int {
	n := 0
	for n < len(s.Pools) && s.Pools[n].Kind != models.Base {
		n++
	}
	return n
}
