package measure

import (
	"math"
	"testing"

	"trough.internal/models"
)

// worked is a run of an hour in a pool of speed 1.5: two instances, one of them beyond the reservation from the half hour on,
// and a job of 40 minutes on the reference type.
func worked() *Result {
	pools := []models.Pool{{Region: "r", Zone: "ra", Type: "a", Speed: 1500}}
	a := New(Setup{Pools: pools, Borrowers: []string{"encoding"}})
	events := []models.Event{{Kind: models.OwnersChanged, N: 4, M: 1, Instance: models.NoInstance, Job: models.NoJob}}
	for i := range models.InstanceID(2) {
		events = append(events,
			models.Event{At: 600, Kind: models.Ordered, To: models.OnOrder, Instance: i, Job: models.NoJob},
			models.Event{At: 600, Kind: models.Launched, From: models.OnOrder, To: models.Booting, Instance: i, Job: models.NoJob},
			models.Event{At: 600, Kind: models.Ready, From: models.Booting, To: models.Idle, Instance: i, Job: models.NoJob})
	}
	for _, e := range append(events,
		models.Event{At: 900, Kind: models.Arrived, N: 2400, Pool: models.NoPool, Instance: models.NoInstance},
		models.Event{At: 1200, Kind: models.Started, From: models.Idle, To: models.Busy, N: 2400, M: 300},
		models.Event{At: 1800, Kind: models.OwnersChanged, N: 4, M: 3, Instance: models.NoInstance, Job: models.NoJob},
		models.Event{At: 2800, Kind: models.Completed, From: models.Busy, To: models.Idle, N: 2400, M: 1900}) {
		a.Event(e)
	}
	r := a.Finish(3600)
	return &r
}

func TestValueIsGoodputLessThePriceOfOverdraft(t *testing.T) {
	r := worked()
	goodput, overdraft := r.Frontier()
	if goodput != 2400.0/3600 || overdraft != 1.5*1800/3600 {
		t.Fatalf("goodput %v, overdraft %v", goodput, overdraft)
	}
	if got, want := r.Value(4), goodput-4*overdraft; got != want {
		t.Errorf("value %v, expected %v", got, want)
	}
	if got := r.Value(math.Inf(1)); !math.IsInf(got, -1) {
		t.Errorf("a run that overdrew is worth %v where overdraft has no price", got)
	}
}

func TestWhatNobodyKnowsCountsAsOverdraftInAValue(t *testing.T) {
	r := worked()
	r.Pools[0].UnknownBorrowedSeconds = 3600
	if _, overdraft := r.Frontier(); overdraft != 1.5*1.5 {
		t.Errorf("overdraft %v, expected 2.25", overdraft)
	}
}

// From 900 s, when the job arrives, to 2,800 s, when it completes: both instances within the three available until 1,800 s, then
// one within the one that is left. Before and after there is no work.
func TestCaptureCountsOnlyTimeWithWork(t *testing.T) {
	r := worked()
	inside, available := int64(1500*(2*900+1000)), int64(1500*(3*900+1000))
	if r.CaptureInside != inside || r.CaptureAvailable != available {
		t.Errorf("captured %d of %d, expected %d of %d", r.CaptureInside, r.CaptureAvailable, inside, available)
	}
}

func TestRegretLiesBetweenWhatWasReachedAndTheBound(t *testing.T) {
	r := worked()
	value := r.Value(0)
	figures := r.Worth(0, Optimum{Lower: 2 * value, Upper: 4 * value})
	most, _ := Find(figures, "regret")
	certain, _ := Find(figures, "regret_certain")
	if !most.Known || math.Abs(most.Value-75) > 1e-9 || !certain.Known || math.Abs(certain.Value-50) > 1e-9 {
		t.Errorf("%+v and %+v, expected 75 and 50 %%", most, certain)
	}
	for key, ratio := range map[string]float64{"value": math.Inf(1), "regret": math.Inf(1)} {
		if f, _ := Find(r.Worth(ratio, Optimum{Upper: 1}), key); f.Known {
			t.Errorf("%s is %v for a run that overdrew where overdraft has no price", key, f.Value)
		}
	}
	if f, _ := Find(r.Worth(4, Optimum{}), "regret"); f.Known {
		t.Errorf("regret is %v where nothing could have been reached", f.Value)
	}
}
