package policies

import (
	"testing"
	"time"

	"trough.internal/models"
)

// Demand that an evacuated region would have taken is given to the others, at once and until borrowing there begins again.
func TestWorkOfAnEvacuatedRegionGoesToTheOthers(t *testing.T) {
	for _, text := range []string{"", "fair: {}\n", "fair: {regions: [home, away]}\n", "margin: {share: 0%, least: 0}\n", "broker: {}\n"} {
		set, err := Parse("p", []byte("policy: p\navailability: {}\nevacuation: {hold_off: 10m}\n"+text))
		if err != nil {
			t.Fatal(err)
		}
		policy, err := New(set)
		if err != nil {
			t.Fatal(err)
		}
		obs := observationOf(2, 1)
		obs.Regions, obs.RegionOf, obs.Evacuate = []string{"away", "home"}, []int32{0, 1}, make([]bool, 2)
		obs.Pools[0], obs.Pools[1] = models.Pool{Region: "away", Speed: 1000}, models.Pool{Region: "home", Speed: 2000}
		obs.Reserved[0], obs.Reserved[1] = 10, 10
		obs.Workload[0].Queued[0] = 8
		dec := models.NewDecision(2)
		decide := func(at time.Duration, away, home bool) (int32, int32) {
			obs.Now = models.Instant(at / time.Second)
			obs.AsOf[0], obs.AsOf[1] = obs.Now, obs.Now
			obs.Evacuate[0], obs.Evacuate[1] = away, home
			policy.Decide(obs, dec)
			return dec.Target[0], dec.Target[1]
		}
		for _, c := range []struct {
			at            time.Duration
			away, home    bool
			closed, moved bool // what home has: nothing; and the other: all
		}{
			{at: time.Minute, home: true, closed: true, moved: true},
			{at: 10 * time.Minute, closed: true, moved: true}, // the last it was seen was nine minutes ago
			{at: 11 * time.Minute},
			{at: 12 * time.Minute, home: true, away: true, closed: true},
		} {
			away, home := decide(c.at, c.away, c.home)
			if c.closed != (home == 0) || c.moved && away != 8 || !c.moved && c.closed && away != 0 || !c.closed && away+home != 8 {
				t.Errorf("policy with %q: after %s %d are to be held away and %d at home", text, c.at, away, home)
			}
		}
	}
}
