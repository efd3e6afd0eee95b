package policies

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"trough.internal/models"
)

// The plain way: each pool's surplus is divided among the borrowers, of whom there is one.
func availabilityByDividing(p *Proposal) {
	for i, available := range p.Available {
		switch {
		case p.Bought[i]:
		case p.Closed[i]:
			p.SharePool(i, 0)
		case p.Known[i]:
			p.SharePool(i, min(available, max(p.PoolHeld[i], available-p.PoolLeaving[i])))
			p.FitPool(i)
		default:
			p.Target[i] = p.Held[i]
		}
	}
}

func TestOneBorrowerFollowsTheSurplusAsIfItWereDivided(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 12).Draw(t, "pools")
		counts := func(name string) []int32 { return rapid.SliceOfN(rapid.Int32Range(0, 9), n, n).Draw(t, name) }
		flags := func(name string) []bool { return rapid.SliceOfN(rapid.Bool(), n, n).Draw(t, name) }
		held := counts("held")
		p := Proposal{Borrowers: 1, Target: counts("target"), Room: counts("room"), Held: held, PoolHeld: held, PoolLeaving: counts("leaving"),
			Available: counts("available"), Known: flags("known"), Bought: flags("bought"), Closed: flags("closed")}
		want := p
		want.Target, want.Room = slices.Clone(p.Target), slices.Clone(p.Room)
		availabilityByDividing(&want)
		new(Availability).Apply(new(models.Observation), &p)
		if !slices.Equal(p.Target, want.Target) || !slices.Equal(p.Room, want.Room) {
			t.Fatalf("targets %v in room for %v; divided, %v in %v", p.Target, p.Room, want.Target, want.Room)
		}
	})
}
