package main

import (
	"fmt"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"trough.internal/policies"
	"trough.internal/sim"
)

func (a *app) bench() *cobra.Command {
	bench := &cobra.Command{Use: "bench", Short: "Time the engine", Example: "  trough bench w --jobs 20000 --pools 10 --days 2"}
	var w sim.WorkloadW
	var seed uint64
	var engine string
	one := &cobra.Command{
		Use:   "w",
		Short: "Run reference workload W and print its outputs and speed in one line",
		Long: `Runs reference workload W (built-in scenario workload-w) at any size, without a ledger.
events = 3 x jobs + 2 x interruptions + minutes; ns_per_event and mallocs are of the run alone.`,
		Example: `  trough bench w
  trough bench w --jobs 20000 --pools 10 --days 2
  trough bench w --engine heap`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if engine != "wheel" && engine != "heap" {
				return fmt.Errorf("--engine is %q: expected wheel or heap", engine)
			}
			return a.benchW(w, seed, engine == "heap")
		},
	}
	f := one.Flags()
	f.Int32Var(&w.Jobs, "jobs", 1000000, "jobs")
	f.Int32Var(&w.Pools, "pools", 60, "pools")
	f.Int32Var(&w.Days, "days", 28, "days of capacity")
	f.Uint64Var(&seed, "seed", 1, "seed of the jobs")
	f.StringVar(&engine, "engine", "wheel", "wheel, or heap: the plain reference engine")
	one.RegisterFlagCompletionFunc("engine", words("wheel", "heap"))
	return group(bench, one)
}

func (a *app) benchW(w sim.WorkloadW, seed uint64, heap bool) error {
	if w.Jobs < 1 || w.Pools < 1 || w.Days < 1 || w.Pools > 30000 || w.Days > 3660 {
		return fmt.Errorf("bench w: expected at least one job, 1 to 30000 pools and 1 to 3660 days")
	}
	began := time.Now()
	s, err := loadScenario("workload-w")
	if err != nil {
		return err
	}
	s.WorkloadW, s.Seed = &w, seed
	b, err := s.Build(nil)
	if err != nil {
		return err
	}
	set, err := scenarioPolicy(s)
	if err != nil {
		return err
	}
	policy, err := policies.New(set)
	if err != nil {
		return err
	}
	in, err := b.Inputs()
	if err != nil {
		return err
	}
	e := sim.New(b.World, in, policy, sim.Options{Heap: heap})
	setup := time.Since(began)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	began = time.Now()
	t, err := e.Run()
	took := time.Since(began)
	runtime.ReadMemStats(&after)
	if err != nil {
		return failure{err}
	}
	events := 3*t.Completed + 2*t.Interrupted + t.Makespan/60 + 1
	if a.json {
		return encodeJSON(a.out, map[string]any{"completed": t.Completed, "preempt": t.Interrupted, "busy": t.Busy, "makespan": t.Makespan,
			"check": t.Check, "events": events, "setup_seconds": setup.Seconds(), "run_seconds": took.Seconds(),
			"ns_per_event": float64(took.Nanoseconds()) / float64(events), "mallocs": after.Mallocs - before.Mallocs})
	}
	fmt.Fprintf(a.out, "completed=%d preempt=%d busy=%d makespan=%d check=%d events=%d setup=%.3fs run=%.3fs ns_per_event=%.1f mallocs=%d\n",
		t.Completed, t.Interrupted, t.Busy, t.Makespan, t.Check, events, setup.Seconds(), took.Seconds(),
		float64(took.Nanoseconds())/float64(events), after.Mallocs-before.Mallocs)
	return nil
}
