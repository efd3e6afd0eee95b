package sim

import "trough.internal/models"

// spotPrices follows what an instance-hour costs of each pool that is bought from. Nil where nothing is.
type spotPrices struct {
	changes [][]models.PriceChange // by pool, in order of time
	next    []int                  // by pool: the first change that is yet to come
	now     []models.MicroUSDPerHour
}

func newSpotPrices(w *World, lendable int) *spotPrices {
	if w.SpotPrices == nil {
		return nil
	}
	s := &spotPrices{changes: w.SpotPrices, next: make([]int, len(w.SpotPrices)), now: make([]models.MicroUSDPerHour, lendable)}
	for p := range s.now {
		if w.Pools[p].Kind == models.OnDemand {
			s.now[p] = w.Pools[p].OnDemand
		}
	}
	return s
}

// look goes forward to an instant.
func (s *spotPrices) look(at models.Instant) {
	for p, changes := range s.changes {
		n := s.next[p]
		for ; n < len(changes) && changes[n].At <= at; n++ {
			s.now[p] = changes[n].Price
		}
		s.next[p] = n
	}
}
