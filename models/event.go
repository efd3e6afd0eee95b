package models

// EventKind says what happened.
type EventKind uint8

// The kinds of events. Those from Ordered on move one instance between two states (From, To), which are the same where one of
// several jobs on it starts or ends. An instance that is told something while it has several names the one that started first.
const (
	OwnersChanged EventKind = iota + 1 // N = reserved, M = in use, or Unknown
	Switched                           // N = 1 evacuation on, 0 off; M = region by Market.Regions, -1 everywhere
	Arrived                            // a job entered the queue for the first time; N = its work in seconds
	Requeued                           // an interrupted job is back at the front of its queue; N = work left

	Ordered     // the policy's order to launch was sent
	Cancelled   // withdrawn before it was launched
	Refused     // the cloud would not launch it
	Launched    // runs, and is billed from here on; boots
	Ready       // booted, takes jobs
	Started     // took a job; N = its work left, M = seconds it waited since Arrived or Requeued; Cause = why its last attempt was interrupted, NoCause for a first attempt
	Completed   // finished its job; N = the job's whole work, M = seconds since the job Arrived
	Interrupted // lost its job; N = work lost with it, M = seconds the attempt ran
	Draining    // told to yield when idle: takes no new job
	Yielding    // told to yield by a deadline; N = seconds until then
	Kept        // told to stay after all
	Gone        // ended; no longer billed
)

// State is where an instance is in its life.
type State uint8

// The states of an instance. Those from Booting to Leaving count as borrowed.
const (
	Absent    State = iota // not there: before the order, after the end
	OnOrder                // ordered, not launched
	Booting                // launched, takes no job yet
	Idle                   // could take a job
	Busy                   // has a job, or several where they are packed
	Finishing              // likewise, and was told to yield when idle
	Leaving                // was told to yield by a deadline
	States                 // how many there are
)

// Event is one change of the market: a small value without pointers.
type Event struct {
	At       Instant
	Instance InstanceID
	Job      JobID
	N        int32
	M        int32
	Pool     PoolID
	Kind     EventKind
	Borrower BorrowerID
	From, To State
	Cause    Cause
	Class    Class
}

// InstanceID numbers a run's instances in order of their orders, from 0; base fleets come first.
type InstanceID int32

// NoInstance is the instance of an event that has none.
const NoInstance InstanceID = -1

// Cause is why something was decided: the stage that had the last word, or the world's reason.
type Cause uint8

// The causes, by the word that files and labels use for them.
const (
	NoCause Cause = iota
	ByAvailability
	ByMargin
	BySmoothing
	ByFair
	ByDemand
	ByStepping
	ByIdle
	ByOverdraft
	ByCurfew
	ByStale
	ByEvacuation
	BySchedule
	ByLimit
	ByCloud // the world: refused, ended by the provider
	ByJob   // the job itself: completed
	ByScaling
	ByFallback
	ByBroker
	ByWorkers
	ByBilledHour
	ByBackoff
	Causes // how many there are
)

var causeNames = [Causes]string{"none", "availability", "margin", "smoothing", "fair", "demand", "stepping", "idle",
	"overdraft", "curfew", "stale", "evacuation", "schedule", "limit", "cloud", "job", "scaling", "fallback", "broker", "workers", "billed-hour", "backoff"}

var kindNames = [...]string{"", "owners", "switch", "arrived", "requeued", "ordered", "cancelled", "refused", "launched",
	"ready", "started", "completed", "interrupted", "draining", "yielding", "kept", "gone"}

var stateNames = [States]string{"absent", "on-order", "booting", "idle", "busy", "finishing", "leaving"}

// String is the cause as files write it.
func (c Cause) String() string { return causeNames[c] }

// String is the kind as files write it.
func (k EventKind) String() string { return kindNames[k] }

// String is the state as files write it.
func (s State) String() string { return stateNames[s] }

// Capacity says whether the event belongs in a capacity ledger: all but what concerns jobs alone.
func (k EventKind) Capacity() bool {
	return k != Arrived && k != Requeued && k != Started && k != Completed && k != Interrupted
}

// KindNames, StateNames and CauseNames list the words that files use, by value.
func KindNames() []string  { return kindNames[:] }
func StateNames() []string { return stateNames[:] }
func CauseNames() []string { return causeNames[:] }

// Sink is asked once per event, in the order in which they happened, after the market applied it.
type Sink interface {
	Event(Event)
}
