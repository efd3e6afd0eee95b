package models

// What a run leaves behind, row by row. Package traces writes and reads these; package report draws them.

// SeriesID names one recorded step function of a run.
type SeriesID uint8

// The recorded series. Key is a pool unless stated. Values are instances unless stated.
const (
	SeriesReserved   SeriesID = iota
	SeriesInUse               // Unknown where nobody knows
	SeriesOnOrder             // ordered, not launched
	SeriesBooting             //
	SeriesIdle                //
	SeriesBusy                // busy and staying; base fleets too
	SeriesYielding            // finishing or leaving
	SeriesBorrowed            // launched and not gone, at the sample
	SeriesOverdraft           // the deepest overdraft since the sample before
	SeriesCost                // micro-USD of instantaneous overdraft since the start
	SeriesQueued              // jobs; Key is a class
	SeriesEvacuating          // 1 while a region is evacuated; Key is a region
	SeriesIDs                 // how many there are
)

var seriesNames = [SeriesIDs]string{"reserved", "in_use", "on_order", "booting", "idle", "busy", "yielding", "borrowed",
	"overdraft", "cost", "queued", "evacuating"}

// String is the series as files write it.
func (s SeriesID) String() string { return seriesNames[s] }

// SeriesNames lists the series as files write them, by SeriesID.
func SeriesNames() []string { return seriesNames[:] }

// SeriesRow says that a series has a value from a sample on; there is no row where it did not change.
type SeriesRow struct {
	At     Instant
	Value  int64
	Key    int16
	Series SeriesID
}

// DecisionRow is one stage's word on one cell, with what the policy saw. A cell's rows are written at an
// evaluation in which any of them changed.
type DecisionRow struct {
	At       Instant
	Pool     PoolID
	Borrower BorrowerID
	Stage    Cause
	Binding  bool  // the stage had the last word on the target
	Target   int32 // after the stage
	Keep     int32 // after the stage; NoLimit if it ends nothing by force
	Reserved int32 // seen
	InUse    int32 // seen, owners'; Unknown if no report was trusted
	Age      int32 // seconds since the report was true
	Held     int32 // on order, booting, idle and busy
	Idle     int32
	Leaving  int32 // finishing and leaving
	Demand   float64
}

// Outcome is how an attempt at a job ended.
type Outcome uint8

// The outcomes of an attempt. The zero value: it still ran when the run ended.
const (
	StillRunning Outcome = iota
	DidComplete
	WasInterrupted
	Outcomes // how many there are
)

var outcomeNames = [Outcomes]string{"running", "completed", "interrupted"}

// String is the outcome as files write it.
func (o Outcome) String() string { return outcomeNames[o] }

// OutcomeNames lists the outcomes as files write them, by Outcome.
func OutcomeNames() []string { return outcomeNames[:] }

// AttemptRow is one attempt at one job.
type AttemptRow struct {
	Job      JobID
	Class    Class
	Outcome  Outcome
	Cause    Cause // of an interruption
	Pool     PoolID
	Borrower BorrowerID
	Instance InstanceID
	Start    Instant
	End      Instant // of the attempt, or of the run if it still ran
	Waited   int32   // seconds in the queue before the attempt
	Work     int32   // seconds on the reference type: done if completed, lost if interrupted
}
