package policies

import (
	"testing"

	"trough.internal/models"
)

// A policy that is asked about another market of as many pools knows which of these are bought.
func TestAProposalMeetsThePoolsThatItIsAskedAbout(t *testing.T) {
	lent, mixed := make([]models.Pool, 3), make([]models.Pool, 3)
	mixed[1].Kind = models.Spot
	p := new(Proposal)
	for _, pools := range [][]models.Pool{lent, mixed, lent, mixed[1:], nil, mixed} {
		p.meet(pools)
		if len(p.Bought) != len(pools) {
			t.Fatalf("%d pools, of which %d are known", len(pools), len(p.Bought))
		}
		for i := range pools {
			if p.Bought[i] != (pools[i].Kind != models.Surplus) {
				t.Errorf("pool %d of %d is of kind %d, and bought: %t", i, len(pools), pools[i].Kind, p.Bought[i])
			}
		}
	}
}
