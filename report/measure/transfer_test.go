package measure_test

import (
	"testing"

	"trough.internal/models"
	"trough.internal/report/measure"
)

// Five attempts by hand: one at home, one away that completes, one that is cut short with a third of its data, one cut short
// after all of it had come, and one that still moves at the end.
func TestTransfersCountWhatHadCome(t *testing.T) {
	terms := models.Transfer{Home: []string{"east"}, PerJob: 300, Rate: 10, Price: 1_000_000}
	s := measure.NewTransfers(measure.Setup{Pools: []models.Pool{{Region: "east"}, {Region: "west"}}}, terms)
	event := func(at models.Instant, kind models.EventKind, instance models.InstanceID, pool models.PoolID) {
		s.Event(models.Event{At: at, Kind: kind, Instance: instance, Pool: pool, N: 600})
	}
	event(0, models.Started, 0, 0)
	event(0, models.Started, 1, 1)
	event(0, models.Started, 2, 1)
	event(5, models.Started, 3, 1)
	event(10, models.Interrupted, 2, 1)
	event(100, models.Interrupted, 3, 1)
	event(600, models.Completed, 0, 0)
	event(630, models.Completed, 1, 1)
	event(990, models.Started, 1, 1)
	got := s.Finish(1002)
	if want := (measure.TransferResult{Attempts: 5, Moved: 4, Seconds: 30 + 10 + 30 + 12, Bytes: 300 + 100 + 300 + 120, Cost: 1}); got != want {
		t.Errorf("got %+v, expected %+v", got, want)
	}
	figures := got.Figures(4)
	for key, want := range map[string]float64{"moved_share": 80, "transfer_time": 82.0 / 3600, "transfer_data": 820e-9, "transfer_cost": 1e-6, "transfer_cost_share": 25} {
		if f, ok := measure.Find(figures, key); !ok || !f.Known || f.Value != want {
			t.Errorf("%s is %+v, expected %v", key, f, want)
		}
	}
	if f, _ := measure.Find((&measure.TransferResult{}).Figures(0), "transfer_cost_share"); f.Known {
		t.Errorf("a share of nothing is %v", f.Value)
	}
}
