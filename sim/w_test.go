package sim

import "testing"

func TestTheEngineGivesTheKnownAnswersOfW(t *testing.T) {
	want := map[[3]int]Tally{
		{20000, 10, 2}:    {Completed: 20000, Interrupted: 1358, Busy: 39316680, Makespan: 183087, Check: 23821153895718},
		{1000000, 60, 28}: {Completed: 1000000, Interrupted: 84257, Busy: 1970331125, Makespan: 2429868, Check: 808406938973403467},
	}
	for size, known := range want {
		for _, useHeap := range []bool{false, true} {
			_, b := builtin(t, "workload-w", func(s *Scenario) {
				s.WorkloadW = &WorkloadW{Jobs: int32(size[0]), Pools: int32(size[1]), Days: int32(size[2])}
			})
			s, _ := builtin(t, "workload-w", nil)
			got := play(t, b, policyOf(t, s), Options{Heap: useHeap})
			got = Tally{Completed: got.Completed, Interrupted: got.Interrupted, Busy: got.Busy, Makespan: got.Makespan, Check: got.Check}
			if got != known {
				t.Errorf("%v, heap %t: %+v, expected %+v", size, useHeap, got, known)
			}
		}
	}
}

// The reference is written from W's rules alone; sizes and seeds that nobody tuned anything for must agree as well.
func TestTheEngineIsTheReferenceOnOtherSizesOfW(t *testing.T) {
	s, _ := builtin(t, "workload-w", nil)
	for seed := range uint64(12) {
		jobs, pools, days := int(500+seed*371), int(1+seed*7%23), int(1+seed%3)
		_, b := builtin(t, "workload-w", func(s *Scenario) {
			s.WorkloadW, s.Seed = &WorkloadW{Jobs: int32(jobs), Pools: int32(pools), Days: int32(days)}, seed+2
		})
		got := play(t, b, policyOf(t, s), Options{})
		want := simulateW(jobs, pools, days, seed+2)
		if got.Completed != want.completed || got.Interrupted != want.preempted || got.Busy != want.busy || got.Makespan != want.makespan || got.Check != want.check {
			t.Errorf("%d jobs, %d pools, %d days, seed %d: %+v, expected %+v", jobs, pools, days, seed+2, got, want)
		}
	}
}
