package measure_test

import (
	"testing"

	"trough.internal/models"
	"trough.internal/report/measure"
)

// Two borrowers for 2,000 seconds, by hand. What A gives back and B takes within ten minutes of one count is a move; what B
// loses to nobody is none; the base fleet is nobody's share.
func TestBorrowersAreMeasuredByThemselves(t *testing.T) {
	b := measure.NewBorrowers(measure.Setup{Pools: []models.Pool{{Zone: "a", Type: "r"}, {Zone: "a", Type: "r", Kind: models.Base}}, Borrowers: []string{"A", "B"}, From: 1000})
	event := func(at models.Instant, kind models.EventKind, borrower models.BorrowerID, from, to models.State, pool models.PoolID) {
		b.Event(models.Event{At: 1000 + at, Kind: kind, Borrower: borrower, From: from, To: to, Pool: pool})
	}
	event(0, models.Ready, 0, models.Absent, models.Idle, 1)          // base
	event(0, models.Arrived, 0, models.Absent, models.Absent, -1)     // A waits 100 s with nothing
	event(100, models.Launched, 0, models.OnOrder, models.Booting, 0) // A holds one from 100 to 1300
	event(200, models.Started, 0, models.Booting, models.Busy, 0)
	event(500, models.Arrived, 0, models.Absent, models.Absent, -1)
	event(700, models.Arrived, 1, models.Absent, models.Absent, -1) // both wait from 700 on: B with nothing until 1400
	if held, waiting := b.Now(0); held != 1 || waiting != 1 {
		t.Errorf("A holds %d and %d of its jobs wait, expected 1 and 1", held, waiting)
	}
	event(1300, models.Gone, 0, models.Finishing, models.Absent, 0)
	event(1400, models.Launched, 1, models.OnOrder, models.Booting, 0) // B holds one from 1400 to 1900
	event(1500, models.Started, 1, models.Booting, models.Busy, 0)
	event(1600, models.Completed, 1, models.Busy, models.Idle, 0)
	event(1900, models.Gone, 1, models.Idle, models.Absent, 0)
	r := b.Finish(3000)
	for i, want := range []measure.BorrowerResult{
		{Name: "A", Held: 1200, Together: 600, Starved: 100 + 700, Waiting: 200 + 1500, TogetherSeconds: 800, Arrived: 2},
		{Name: "B", Held: 500, Together: 100, Starved: 700, Waiting: 800, TogetherSeconds: 800, Arrived: 1, Completed: 1},
	} {
		got := r[i]
		got.Wait = nil
		if got != want {
			t.Errorf("got %+v, expected %+v", got, want)
		}
	}
	if b.Moves() != 1 {
		t.Errorf("%d moves, expected 1", b.Moves())
	}
}
