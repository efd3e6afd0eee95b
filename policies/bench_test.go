package policies_test

import (
	"fmt"
	"testing"
	"time"

	"trough.internal/models"
	"trough.internal/models/random"
	"trough.internal/policies"
)

// BenchmarkFullPolicy60Pools decides and plans through a day of a market of 60 pools with jitter in surplus and work,
// with orders that take effect at once. It reports the time per pool and evaluation.
func BenchmarkFullPolicy60Pools(b *testing.B) {
	for _, name := range []string{"availability", "full"} {
		b.Run(name, func(b *testing.B) {
			policy, _, err := policies.Load(name)
			if err != nil {
				b.Fatal(err)
			}
			benchmarkDecide(b, policy, 60, 1)
		})
	}
	b.Run("full-3-borrowers", func(b *testing.B) {
		policy, _, err := policies.Load("full")
		if err != nil {
			b.Fatal(err)
		}
		benchmarkDecide(b, policy, 60, 3)
	})
}

func benchmarkDecide(b *testing.B, policy policies.Policy, pools, borrowers int) {
	obs := marketOf(pools, borrowers)
	out := models.NewDecision(obs.Cells())
	in, work := random.New(1, "in-use"), random.New(1, "work")
	var orders []models.Order
	step := 0
	b.ReportAllocs()
	var deciding time.Duration
	for b.Loop() {
		obs.Now += 60
		for p := range obs.Pools {
			obs.AsOf[p] = obs.Now - 60
			obs.InUse[p] = int32(200 + in.Int(uint64(p), uint64(step), 40) + 100*(step/720%2))
		}
		for w := range obs.Workload {
			obs.Workload[w].Queued[0] = int32(work.Int(uint64(w), uint64(step/30), 9000) + work.Int(uint64(w), uint64(step), 300))
			obs.Workload[w].Running = 0
			for p := range obs.Pools {
				obs.Workload[w].Running += obs.Busy[p*borrowers+w]
			}
			obs.Workload[w].Queued[0] = max(0, obs.Workload[w].Queued[0]-obs.Workload[w].Running)
		}
		start := time.Now()
		policy.Decide(obs, out)
		orders = policies.Plan(obs, out, policy.Limits(), orders[:0])
		deciding += time.Since(start)
		for _, o := range orders {
			c := int(o.Pool)*borrowers + int(o.Borrower)
			if o.Kind == models.Launch {
				obs.Busy[c] += o.N
			} else {
				obs.Busy[c] -= o.N
			}
		}
		step++
	}
	b.ReportMetric(float64(deciding.Nanoseconds())/float64(step)/float64(pools), "ns/pool-evaluation")
}

func marketOf(pools, borrowers int) *models.Observation {
	cells := pools * borrowers
	obs := &models.Observation{
		Now:      models.InstantOf(time.Date(2015, 10, 5, 0, 0, 0, 0, time.UTC)),
		Regions:  []string{"us-east-1"},
		Reserved: make([]int32, pools), InUse: make([]int32, pools), AsOf: make([]models.Instant, pools),
		OnOrder: make([]int32, cells), Booting: make([]int32, cells), Idle: make([]int32, cells),
		Busy: make([]int32, cells), Finishing: make([]int32, cells), Leaving: make([]int32, cells),
		Launched: make([]int32, cells), Refused: make([]int32, cells),
		Workload: make([]models.Workload, borrowers), Evacuate: make([]bool, 1), RegionOf: make([]int32, pools),
	}
	for p := range pools {
		obs.Pools = append(obs.Pools, models.Pool{Region: "us-east-1", Zone: "us-east-1" + string(rune('a'+p%5)), Type: fmt.Sprintf("t%d.large", p/5), Speed: int32(1000 - p)})
		obs.Reserved[p] = 400
	}
	for w := range borrowers {
		obs.Borrowers = append(obs.Borrowers, fmt.Sprintf("borrower-%d", w))
	}
	return obs
}
