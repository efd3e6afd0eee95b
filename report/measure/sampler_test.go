package measure

import (
	"testing"

	"pgregory.net/rapid"
	"trough.internal/models"
)

// sampledBySecond is the plain old way: the state after every second, looked at at every full step.
func sampledBySecond(events []models.Event, from, until models.Instant, step models.Instant) map[models.SeriesRow]bool {
	m := models.NewMarket(testPools(), testBorrowers)
	rows := map[models.SeriesRow]bool{}
	last := map[[2]int]int64{}
	deepest := make([]int32, m.Lendable)
	seconds := make([]int64, m.Lendable)
	i := 0
	for at := from; at <= until; at++ {
		for ; i < len(events) && events[i].At <= at; i++ {
			m.Apply(&events[i])
		}
		overdraft := make([]int32, m.Lendable)
		for p := range overdraft {
			if m.Pools[p].Kind == models.Surplus {
				overdraft[p] = m.Overdraft(models.PoolID(p))
			}
			deepest[p] = max(deepest[p], overdraft[p])
		}
		if at%step == 0 || at == from || at == until {
			say := func(series models.SeriesID, key int, value int64, always bool) {
				k := [2]int{int(series), key}
				if last[k] != value || always {
					rows[models.SeriesRow{At: at, Value: value, Key: int16(key), Series: series}] = true
				}
				last[k] = value
			}
			for p := range m.Pools {
				var n [models.States]int64
				for b := range testBorrowers {
					for s := range n {
						n[s] += int64(m.Count[s][m.Cell(models.PoolID(p), models.BorrowerID(b))])
					}
				}
				say(models.SeriesOnOrder, p, n[models.OnOrder], false)
				say(models.SeriesBooting, p, n[models.Booting], false)
				say(models.SeriesIdle, p, n[models.Idle], false)
				say(models.SeriesBusy, p, n[models.Busy], false)
				say(models.SeriesYielding, p, n[models.Finishing]+n[models.Leaving], false)
				if p >= m.Lendable {
					continue
				}
				say(models.SeriesReserved, p, int64(m.Reserved[p]), false)
				say(models.SeriesInUse, p, int64(m.InUse[p]), at == from)
				say(models.SeriesBorrowed, p, int64(m.Borrowed(models.PoolID(p))), false)
				say(models.SeriesOverdraft, p, int64(deepest[p]), false)
				say(models.SeriesCost, p, int64(m.Pools[p].OnDemand.For(seconds[p])), false)
				deepest[p] = 0
			}
			for c, n := range m.Queued {
				say(models.SeriesQueued, c, int64(n), false)
			}
			for r, on := range m.Evacuating {
				say(models.SeriesEvacuating, r, number(on), false)
			}
		}
		for p := range overdraft {
			seconds[p] += int64(overdraft[p])
		}
	}
	return rows
}

func TestSamplesAreThoseOfASecondBySecondCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := models.Instant(1_443_657_600 + rapid.IntRange(0, 59).Draw(t, "offset"))
		events := drawLedger(t, from, rapid.IntRange(1, 60).Draw(t, "steps"))
		until := from + 1
		if n := len(events); n > 0 {
			until = max(until, events[n-1].At)
		}
		until += models.Instant(rapid.IntRange(0, 300).Draw(t, "after"))
		var got []models.SeriesRow
		s := NewSampler(Setup{Pools: testPools(), Borrowers: testBorrowers, From: from}, 60, func(r models.SeriesRow) { got = append(got, r) })
		for _, e := range events {
			s.Event(e)
		}
		s.Finish(until)
		want := sampledBySecond(events, from, until, 60)
		for i, row := range got {
			if !want[row] {
				t.Fatalf("row %+v is not in the reference", row)
			}
			if i > 0 && got[i-1].At > row.At {
				t.Fatalf("row %+v follows %+v", row, got[i-1])
			}
		}
		same(t, "rows", len(got), len(want))
	})
}

func TestAttemptsAreOneRowForEachStartInOrderOfTheirEnds(t *testing.T) {
	var rows []models.AttemptRow
	a := NewAttempts(func(r models.AttemptRow) { rows = append(rows, r) })
	for _, e := range []models.Event{
		{At: 10, Kind: models.Started, Job: 1, Instance: 7, Pool: 2, Class: models.Low, N: 500, M: 4},
		{At: 11, Kind: models.Started, Job: 2, Instance: 8, N: 600, M: 1},
		{At: 12, Kind: models.Started, Job: 3, Instance: 9},
		{At: 12, Kind: models.Started, Job: 0, Instance: 10},
		{At: 20, Kind: models.Interrupted, Job: 2, Instance: 8, N: 9, M: 9, Cause: models.ByOverdraft},
		{At: 510, Kind: models.Completed, Job: 1, Instance: 7, N: 500, M: 504, Cause: models.ByJob},
	} {
		a.Event(e)
	}
	a.Finish(600)
	want := []models.AttemptRow{
		{Job: 2, Outcome: models.WasInterrupted, Cause: models.ByOverdraft, Instance: 8, Start: 11, End: 20, Waited: 1, Work: 9},
		{Job: 1, Class: models.Low, Outcome: models.DidComplete, Pool: 2, Instance: 7, Start: 10, End: 510, Waited: 4, Work: 500},
		{Job: 0, Instance: 10, Start: 12, End: 600},
		{Job: 3, Instance: 9, Start: 12, End: 600},
	}
	if len(rows) != len(want) {
		t.Fatalf("got %d rows", len(rows))
	}
	for i := range want {
		if rows[i] != want[i] {
			t.Errorf("row %d: got %+v, want %+v", i, rows[i], want[i])
		}
	}
}

// What ended within the second of a sample is in that sample and not in the next; what began after it is in the next,
// even if it was over by then.
func TestTheDeepestOverdraftIsThatSinceTheSampleBefore(t *testing.T) {
	var got []models.SeriesRow
	setup := byHandSetup()
	s := NewSampler(setup, 60, func(r models.SeriesRow) {
		if r.Series == models.SeriesOverdraft {
			got = append(got, r)
		}
	})
	s.Event(models.Event{At: byHandFrom, Kind: models.Launched, To: models.Booting})
	s.Event(models.Event{At: byHandFrom + 60, Kind: models.OwnersChanged, N: 2, M: 2})
	s.Event(models.Event{At: byHandFrom + 61, Kind: models.OwnersChanged, N: 2, M: 0})
	s.Event(models.Event{At: byHandFrom + 130, Kind: models.OwnersChanged, N: 2, M: 2})
	s.Event(models.Event{At: byHandFrom + 140, Kind: models.OwnersChanged, N: 2, M: 0})
	s.Finish(byHandFrom + 300)
	want := []models.SeriesRow{{At: byHandFrom + 60, Value: 1}, {At: byHandFrom + 120}, {At: byHandFrom + 180, Value: 1}, {At: byHandFrom + 240}}
	if len(got) != len(want) {
		t.Fatalf("got %+v", got)
	}
	for i := range want {
		want[i].Series = models.SeriesOverdraft
		if got[i] != want[i] {
			t.Errorf("row %d: got %+v, want %+v", i, got[i], want[i])
		}
	}
}
