package policies

import (
	"cmp"
	"slices"

	"trough.internal/models"
)

// Place says where Workers buys.
type Place string

// The places. The zero value means cheapest.
const (
	// PlaceCheapest buys where a worker costs least now (Shufflr's later form, once prices could be asked for).
	PlaceCheapest Place = "cheapest"
	// PlaceZone bids in one zone, and moves on to the next one when a bid has not been filled for a while (its earlier forms).
	PlaceZone Place = "zone"
)

type workersMemory struct {
	Zone  int            // how many zones were left
	Short bool           // whether something lacks
	Since models.Instant // since when
}

// rank orders the pools from where to buy first to where to end first: those of the zone that is bought in before all
// others, then by the price of a worker, ties by zone and type.
func (w *Workers) rank(obs *models.Observation) {
	w.order = append(w.order[:0], w.members...)
	slices.SortStableFunc(w.order, func(a, b int32) int {
		if in, other := w.buysIn(&obs.Pools[a]), w.buysIn(&obs.Pools[b]); in != other {
			if in {
				return -1
			}
			return 1
		}
		if obs.Price == nil {
			return 0
		}
		return cmp.Compare(int64(obs.Price[a])*worthOf(&obs.Pools[b]), int64(obs.Price[b])*worthOf(&obs.Pools[a]))
	})
}

// buysIn says whether more may be bought in a pool.
func (w *Workers) buysIn(pool *models.Pool) bool {
	return w.Place != PlaceZone || pool.Zone == w.zones[w.memory.Zone%len(w.zones)]
}

// move goes on to the next zone where for long something lacks in this one.
func (w *Workers) move(obs *models.Observation, short bool) {
	m := &w.memory
	if w.Place != PlaceZone {
		return
	}
	if !short || !m.Short {
		m.Short, m.Since = short, obs.Now
	}
	if short && w.MoveAfter > 0 && obs.Now.Sub(m.Since) >= w.MoveAfter {
		m.Zone, m.Since = (m.Zone+1)%len(w.zones), obs.Now
	}
}

// zonesOf are the zones in the order in which they are tried: those that were given, else those of the pools by name.
func (w *Workers) zonesOf(pools []models.Pool) []string {
	if len(w.Zones) > 0 {
		return w.Zones
	}
	var zones []string
	for _, pool := range w.members { // by zone, then type
		if zone := pools[pool].Zone; len(zones) == 0 || zones[len(zones)-1] != zone {
			zones = append(zones, zone)
		}
	}
	return zones
}
