package sim

import (
	"runtime"
	"testing"

	"trough.internal/policies"
)

// A run of W is its own unit of work: events = 3 x jobs + 2 x interruptions + minutes.
func benchmarkW(b *testing.B, useHeap bool) {
	s, built := builtin(b, "workload-w", nil)
	var events, mallocs int64
	var before, after runtime.MemStats
	for b.Loop() {
		b.StopTimer()
		in, err := built.Inputs()
		if err != nil {
			b.Fatal(err)
		}
		e := New(built.World, in, policyOf(b, s), Options{Heap: useHeap})
		runtime.GC()
		runtime.ReadMemStats(&before)
		b.StartTimer()
		t, err := e.Run()
		b.StopTimer()
		if err != nil {
			b.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		events += 3*t.Completed + 2*t.Interrupted + t.Makespan/60 + 1
		mallocs = int64(after.Mallocs - before.Mallocs)
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(events), "ns/event")
	b.ReportMetric(float64(mallocs), "mallocs")
}

func BenchmarkW(b *testing.B)     { benchmarkW(b, false) }
func BenchmarkWHeap(b *testing.B) { benchmarkW(b, true) }

// Four weeks, 60 pools and a million jobs of W's market under the full policy, evaluated every minute, in the world of
// the built-in market: lag, boot, notice and all.
func BenchmarkFullPolicy(b *testing.B) {
	_, built := builtin(b, "workload-w", func(s *Scenario) {
		real, _ := builtin(b, "netflix-realtime", nil)
		s.Telemetry, s.Launches, s.Yields, s.Dispatch = real.Telemetry, real.Launches, real.Yields, real.Dispatch
		s.Drain, s.Length = false, 28*24*3600*1e9
	})
	set, err := policies.BuiltinSettings("full")
	if err != nil {
		b.Fatal(err)
	}
	set.Curfew.Windows[0].Pools = nil
	evaluations := int64(0)
	for b.Loop() {
		b.StopTimer()
		policy, err := policies.New(set)
		if err != nil {
			b.Fatal(err)
		}
		in, err := built.Inputs()
		if err != nil {
			b.Fatal(err)
		}
		e := New(built.World, in, policy, Options{})
		b.StartTimer()
		t, err := e.Run()
		if err != nil {
			b.Fatal(err)
		}
		evaluations += t.Evaluations * int64(built.Lendable())
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(evaluations), "ns/pool-minute") // engine, world and jobs included; the policy alone: package policies
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.Sys)/1e6, "MB")
}
