package policies

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"trough.internal/models"
)

// Limits too high to bind take Plan's long way, no limits its short one.
func TestLimitsThatDoNotBindChangeNoOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pools, borrowers := rapid.IntRange(1, 5).Draw(t, "pools"), rapid.IntRange(1, 3).Draw(t, "borrowers")
		cells := pools * borrowers
		column := func(name string) []int32 {
			return rapid.SliceOfN(rapid.Int32Range(0, 6), cells, cells).Draw(t, name)
		}
		obs := &models.Observation{Pools: make([]models.Pool, pools), Borrowers: make([]string, borrowers), OnOrder: column("on order"),
			Booting: column("booting"), Idle: column("idle"), Busy: column("busy"), Finishing: column("finishing"), Leaving: column("leaving")}
		dec := models.NewDecision(cells)
		copy(dec.Target, rapid.SliceOfN(rapid.Int32Range(-1, 30), cells, cells).Draw(t, "target"))
		for c := range dec.Keep {
			dec.Cause[c], dec.KeepCause[c] = models.ByFair, models.ByCurfew
			if rapid.Bool().Draw(t, "kept") {
				dec.Keep[c] = rapid.Int32Range(-1, 30).Draw(t, "keep")
			}
		}
		free := Plan(obs, dec, Limits{}, nil)
		high := Plan(obs, dec, Limits{BorrowedMax: 1e6, BorrowedMaxPerPool: 1e6, LaunchesPerEvaluationMax: 1e6}, nil)
		if !slices.Equal(free, high) {
			t.Fatalf("without limits %+v, with high ones %+v", free, high)
		}
	})
}
