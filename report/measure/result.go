package measure

import (
	"trough.internal/models"
	"trough.internal/report/bill"
)

// Result is what one run came to, in plain numbers. Figures names them.
type Result struct {
	From, Until models.Instant // the span that was measured
	Planned     models.Instant // the end that the run stated; 0 if none

	Total  Sums // of what was borrowed of the market's own pools (kind Surplus)
	Bought Sums // of the pools that are bought from (kinds Spot and OnDemand)
	Base   Sums // of the base fleets

	Pools   []PoolResult  // by models.PoolID
	Types   []GroupResult // kind Surplus, in the order in which the pools name them first
	Regions []GroupResult // kind Surplus, sorted by name
	Days    []Day         // of 24 h from From on; the last may be shorter

	Bill bill.Result // what the overdraft of the market's own pools is billed

	BaseInstances int64 // of all base fleets
	BaseNorm      int64 // the same x speed, in thousandths

	Peak    Peaks
	Deepest int32 // overdraft of one pool, instances

	Classes        [models.Classes]ClassResult
	Running        int64          // jobs at the end
	FirstArrival   models.Instant // models.Never if no job arrived
	LastCompletion models.Instant // -models.Never if none completed
	Batches        []BatchResult  // in the order of Setup

	Interrupted [models.Causes]int64 // attempts, by cause; on bought and base instances too
	ByDeadline  [models.Causes]int64 // instances told to yield by a deadline, by cause

	Episodes        []Episode // in the order in which they ended; of one second: by the next change of their pools
	EpisodesLeftOut int64     // how many more there were
	EpisodesLasted  Spread    // of all of them

	Evacuations          int64 // switched on, counted for each region
	EvacuationsUncleared int64 // ended, or the run did, while something was still borrowed there
	EvacuatingSeconds    int64 // instance-seconds borrowed in regions while they were evacuated
	EvacuatedIn          int64 // seconds from on until the region's last borrowed instance was gone, the longest

	EvenSeconds int64 // instance-seconds borrowed while evenness applied
	EvenSum     int64 // of Jain's index in millionths x instance-seconds

	// In thousandths of normalised instance-seconds, over the seconds in which a job waited or ran on a borrowed instance.
	CaptureAvailable int64 // unused: reserved and not in use by the owners
	CaptureInside    int64 // borrowed out of that

	Modelled bool // whether any pool says how many instances exist (Pool.Physical)
}

// PoolResult is the books of one pool.
type PoolResult struct {
	Name     string
	Region   string
	Type     string
	Kind     models.PoolKind
	Speed    int32 // thousandths
	Physical int32 // instances that exist; 0 is not modelled
	Base     int32 // instances, if it is a base fleet
	Deepest  int32 // overdraft, instances
	Sums
}

// GroupResult is the books of several pools: of one type, or of one region.
type GroupResult struct {
	Name string
	Sums
}

// ClassResult is what became of one class's jobs. Work is in seconds on the reference type.
type ClassResult struct {
	Arrived, ArrivedWork     int64
	Completed, CompletedWork int64
	Waiting, WaitingWork     int64  // at the end
	Wait                     Spread // seconds from arrival to the first start, of jobs that started
	WaitAgain                Spread // seconds from an interruption to the next start
	Completion               Spread // seconds from arrival to completion, of jobs that completed
}

// Day is 24 hours of the span. JobsCompleted and WorkCompleted are of all instances, everything else is of those
// borrowed of the market's own pools.
type Day struct {
	From    models.Instant
	Seconds int64                 // that the span has of it
	Started [models.Classes]int64 // jobs that started for the first time
	Waited  [models.Classes]int64 // seconds from arrival until then, of these
	Sums
}

func byName(names []string) []GroupResult {
	groups := make([]GroupResult, len(names))
	for i, name := range names {
		groups[i].Name = name
	}
	return groups
}

func (r *Result) byKind(kind models.PoolKind) *Sums {
	switch kind {
	case models.Surplus:
		return &r.Total
	case models.Base:
		return &r.Base
	}
	return &r.Bought
}

// Span is in seconds.
func (r *Result) Span() int64 { return int64(r.Until - r.From) }

// JobsArrived is of all classes.
func (r *Result) JobsArrived() int64 {
	return r.overClasses(func(c *ClassResult) int64 { return c.Arrived })
}

// JobsCompleted is of all classes.
func (r *Result) JobsCompleted() int64 {
	return r.overClasses(func(c *ClassResult) int64 { return c.Completed })
}

// WorkArrived is in seconds on the reference type.
func (r *Result) WorkArrived() int64 {
	return r.overClasses(func(c *ClassResult) int64 { return c.ArrivedWork })
}

// WorkCompleted is in seconds on the reference type, on borrowed, bought and base instances together.
func (r *Result) WorkCompleted() int64 {
	return r.overClasses(func(c *ClassResult) int64 { return c.CompletedWork })
}

// Backlog is the jobs that arrived and did not complete, waiting or running at the end, and their work in seconds on
// the reference type, a running job's whole work included.
func (r *Result) Backlog() (jobs, work int64) {
	return r.JobsArrived() - r.JobsCompleted(), r.WorkArrived() - r.WorkCompleted()
}

func (r *Result) overClasses(of func(*ClassResult) int64) int64 {
	n := int64(0)
	for c := range r.Classes {
		n += of(&r.Classes[c])
	}
	return n
}
