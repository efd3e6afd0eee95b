package sim

import (
	"fmt"
	"testing"
	"time"

	"trough.internal/models"
	"trough.internal/policies"
)

func wInputs(jobs, pools, days int, seed uint64) (models.Capacity, []models.Job) {
	const g = 0x9E3779B97F4A7C15
	horizon, minutes := 86400*days, 1440*days
	mean := max(4, (jobs*1950*13+10*horizon*pools-1)/(10*horizon*pools))
	list := make([]models.Job, jobs)
	for i := range list {
		r, q := mixW(seed+uint64(2*i)*g), mixW(seed+uint64(2*i+1)*g)
		list[i] = models.Job{ID: models.JobID(i), Arrival: models.Instant((1024*i + int(r>>54)) * horizon / (1024 * jobs)), Work: int32(300 + q%3301)}
	}
	var c models.Capacity
	last := make([]int, pools)
	for p := range last {
		last[p] = -1
	}
	for m := range 2 * minutes {
		for p := range pools {
			if n := capacityW(p, m, minutes, mean); n != last[p] {
				c.Changes = append(c.Changes, models.CapacityChange{At: models.Instant(60 * m), Pool: models.PoolID(p), Reserved: 4096, InUse: int32(4096 - n)})
				last[p] = n
			}
		}
	}
	return c, list
}

func playW(t testing.TB, jobs, pools, days int, seed uint64, useHeap bool) (Tally, time.Duration) {
	c, list := wInputs(jobs, pools, days, seed)
	ps := make([]models.Pool, pools)
	for i := range ps {
		ps[i] = models.Pool{Region: "us-east-1", Zone: "us-east-1a", Type: fmt.Sprint("t", i), Speed: 1000}
	}
	w := World{Drain: true, Pools: ps, Borrowers: []string{"encoding"}, TelemetryEvery: 60}
	pol := policies.NewPipeline(time.Minute, policies.Limits{}, &policies.Availability{Hold: policies.HoldSurplus})
	e := New(w, Inputs{Capacity: &once{window: c}, Jobs: &batch{jobs: list}}, pol, Options{Heap: useHeap})
	start := time.Now()
	tally, err := e.Run()
	took := time.Since(start)
	if err != nil {
		t.Fatal(err)
	}
	return tally, took
}

func TestWDraft(t *testing.T) {
	fmt.Println(playW(t, 20000, 10, 2, 1, false))
	fmt.Println(playW(t, 20000, 10, 2, 1, true))
	for range 3 {
		tl, d := playW(t, 1000000, 60, 28, 1, false)
		fmt.Println(tl, d, float64(d.Nanoseconds())/3209012)
	}
	tl, d := playW(t, 1000000, 60, 28, 1, true)
	fmt.Println(tl, d, float64(d.Nanoseconds())/3209012)
}

func BenchmarkW(b *testing.B) {
	for b.Loop() {
		playW(b, 1000000, 60, 28, 1, false)
	}
}
