package measure

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
	"trough.internal/models"
)

// What a replay measures of the capacity ledger and the attempts is what was measured of all events. The random ledger
// knows no second attempts at the same job, so waits are left to the tests of whole runs.
func TestAReplayMeasuresWhatTheRunDid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		setup := Setup{Pools: testPools(), Borrowers: testBorrowers, From: 1_443_657_600, Base: []int32{2}}
		events := drawLedger(t, setup.From, 300)
		whole, again := New(setup), NewReplay(setup)
		until := events[len(events)-1].At + 1
		var rows []models.AttemptRow
		attempts := NewAttempts(func(row models.AttemptRow) { rows = append(rows, row) })
		for _, e := range events {
			whole.Event(e)
			again.Event(e)
			attempts.Event(e)
		}
		attempts.Finish(until)
		for i := range rows {
			again.Attempt(&rows[i], until)
		}
		ran, replayed := whole.Finish(until), again.Finish(until)
		figures, got := ran.Figures(), replayed.Figures()
		for _, key := range Replayed() {
			if strings.Contains(key, "_wait_") {
				continue
			}
			f, ok := Find(figures, key)
			if g, _ := Find(got, key); ok && (f.Known != g.Known || f.Value != g.Value || f.Note != g.Note) {
				t.Fatalf("%s: replayed %+v, ran %+v", key, g, f)
			}
		}
		if !slices.Equal(ran.Episodes, replayed.Episodes) {
			t.Fatalf("episodes: replayed %+v, ran %+v", replayed.Episodes, ran.Episodes)
		}
		for d := range ran.Days {
			x, y := ran.Days[d].Sums, replayed.Days[d].Sums
			x.StateSeconds, y.StateSeconds = [models.States]int64{}, [models.States]int64{}
			if x != y {
				t.Fatalf("day %d: replayed %+v, ran %+v", d, y, x)
			}
		}
		total := Sums{}
		for _, g := range replayed.Types {
			total.add(&g.Sums)
		}
		if total != replayed.Total {
			t.Fatalf("the types add up to %+v, not to %+v", total, replayed.Total)
		}
	})
}

func TestEpisodesSayWhatBeganThem(t *testing.T) {
	setup := Setup{Pools: testPools()[:3], Borrowers: testBorrowers, From: 1_443_657_600}
	acc := New(setup)
	at := func(second models.Instant, e models.Event) {
		e.At = setup.From + second
		acc.Event(e)
	}
	launch := func(second models.Instant, pool models.PoolID, n models.InstanceID) {
		at(second, models.Event{Kind: models.Ordered, Pool: pool, Instance: n, To: models.OnOrder})
		at(second, models.Event{Kind: models.Launched, Pool: pool, Instance: n, From: models.OnOrder, To: models.Booting})
	}
	at(0, models.Event{Kind: models.OwnersChanged, Pool: 0, N: 1, M: 0})
	at(0, models.Event{Kind: models.OwnersChanged, Pool: 1, N: 1, M: 1})
	at(0, models.Event{Kind: models.OwnersChanged, Pool: 2, N: 1, M: 0})
	launch(10, 0, 0) // within the reservation
	at(20, models.Event{Kind: models.OwnersChanged, Pool: 0, N: 1, M: 1})
	launch(30, 1, 1) // beyond it
	launch(40, 2, 2)
	at(40, models.Event{Kind: models.OwnersChanged, Pool: 2, N: 1, M: 1})
	at(50, models.Event{Kind: models.OwnersChanged, Pool: 0, N: 2, M: 1})
	at(50, models.Event{Kind: models.OwnersChanged, Pool: 1, N: 2, M: 1})
	at(50, models.Event{Kind: models.OwnersChanged, Pool: 2, N: 2, M: 1})
	result := acc.Finish(setup.From + 60)
	began := map[models.PoolID]string{}
	for _, e := range result.Episodes {
		began[e.Pool] = e.Began.String()
	}
	if len(result.Episodes) != 3 || began[0] != "owners" || began[1] != "launch" || began[2] != "owners+launch" {
		t.Errorf("%+v: %v", result.Episodes, began)
	}
}
