package models

import "time"

// Observation is all that a policy may know at one instant. Its columns belong to the caller and are valid during the call.
type Observation struct {
	Now       Instant
	Pools     []Pool // lendable ones only
	Borrowers []string
	Regions   []string

	// By pool, as the last visible report says.
	Reserved []int32   // instances
	InUse    []int32   // the owners' instances, borrowed ones taken out; Unknown where no report may be trusted
	AsOf     []Instant // when the report was true

	// By cell (pool*len(Borrowers)+borrower), as it is now: orders are known at once to whoever gave them.
	OnOrder   []int32
	Booting   []int32
	Idle      []int32
	Busy      []int32
	Finishing []int32
	Leaving   []int32

	// By cell, launches that were answered since the evaluation before: those that the cloud granted, and those that it refused.
	Launched []int32
	Refused  []int32

	// By cell, of bought instances (pools of kinds Spot and OnDemand): those of which a message said since the evaluation
	// before that they are gone, and how many of these the provider ended. Messages are lost and come twice (see package
	// sim), so that these are no books: what is there stands above. Nil where nothing is bought.
	Ended        []int32
	EndedByCloud []int32

	// By pool, what an instance-hour that begins now costs of what is bought: the spot price, or the on-demand price; 0 of other
	// pools. Nil where nothing is bought.
	Price []MicroUSDPerHour

	// By cell, of the instances that are booting, idle or busy: how many come to the end of the hour by which they are billed within as
	// long as the policy asked for; each instance's hours are counted from its launch. Whoever fills it ends these first, the
	// soonest first, when told to let some yield when idle. Nil where the policy asks for nothing (see policies.HourEndsWithin).
	HourEnding []int32

	Workload []Workload // by borrower
	Evacuate []bool     // by region
	RegionOf []int32    // by pool, index into Regions
}

// Workload is what a borrower has to do.
type Workload struct {
	AsOf     Instant
	Queued   [Classes]int32 // slots that the queued jobs fill: one each unless jobs are packed
	Work     [Classes]int64 // of the queued jobs, in seconds on the reference type
	Running  int32          // slots filled on borrowed instances that stay (busy ones); a finishing instance needs no other for its jobs
	BaseBusy int32          // slots filled on the base fleet
	BaseIdle int32          // free slots of the base fleet

	RunningBy [Classes]int32 // the slots of Running, by class of their jobs
}

// Demand is how many borrowed slots the borrower has work for: running on borrowed instances, and queued beyond
// what the base fleet's free slots take.
func (w *Workload) Demand() int32 {
	queued := int32(0)
	for _, n := range w.Queued {
		queued += n
	}
	return w.Running + max(0, queued-w.BaseIdle)
}

// Cells is the length of the cell columns.
func (o *Observation) Cells() int { return len(o.Pools) * len(o.Borrowers) }

// Held is how many instances of a cell stay unless something is ordered: on order, booting, idle or busy.
func (o *Observation) Held(cell int) int32 {
	return o.OnOrder[cell] + o.Booting[cell] + o.Idle[cell] + o.Busy[cell]
}

// Age is how old a pool's report is.
func (o *Observation) Age(p PoolID) time.Duration { return o.Now.Sub(o.AsOf[p]) }
