package sim

import (
	"fmt"
	"math"
	"strings"
	"time"

	"trough.internal/models"
	"trough.internal/models/billing"
	"trough.internal/models/catalog"
	"trough.internal/models/encoding"
	"trough.internal/models/settings"
	"trough.internal/models/synth"
)

// Scenario is a market, a workload and a world, as a user writes them. What a run needs is made of it by Build.
type Scenario struct {
	Name  string `set:"scenario" required:"true" doc:"Name of the scenario, as summaries print it."`
	About string `set:"about" doc:"What the scenario is, in a sentence or two."`

	From   models.Instant `set:"from" required:"true" doc:"First instant of the run."`
	Length time.Duration  `set:"length" default:"0s" min:"0s" max:"3660d" doc:"How long the run is; not given with drain."`
	Drain  bool           `set:"drain" doc:"Run until every job has completed, instead of for a length."`
	Seed   uint64         `set:"seed" default:"1" doc:"Seed of every draw: of the synthetic market and workload, and of the world's luck."`

	Market    *synth.Settings    `set:"market" doc:"A synthetic market, generated."`
	Encoding  *encoding.Settings `set:"encoding" doc:"A synthetic encoding workload, generated."`
	WorkloadW *WorkloadW         `set:"workload_w" doc:"Reference workload W: capacity and jobs by formula."`
	Capacity  *CapacityFile      `set:"capacity" doc:"A recorded capacity trace."`
	Jobs      []string           `set:"jobs" doc:"Recorded jobs traces, looked for in the data folder; merged by arrival."`
	Load      float64            `set:"load" default:"1" min:"0.001" max:"1000" doc:"Scales the number of recorded jobs: each is dropped or repeated by its own draw."`
	Batches   []BatchSetting     `set:"batches" doc:"Titles that arrive at once, beside the encoding workload; each batch has its own figures."`
	Switches  []SwitchSetting    `set:"switches" doc:"Evacuations, besides those of a synthetic market."`
	Events    []EventSetting     `set:"events" doc:"What happens to the market besides what it brings itself: failovers, deploys, outages of zones, missing telemetry."`

	Reference string             `set:"reference" default:"r3.4xlarge" doc:"Instance type of a normalised hour."`
	Speeds    map[string]float64 `set:"speeds" doc:"Measured speeds by instance type, as multiples of the reference type's; other types take the ratio of their ECU ratings, assumed."`
	Physical  map[string]int32   `set:"physical" min:"1" doc:"Instances that exist, owners' and borrowers' together, by pool (zone/type); a pool that is not named has no limit, and refused launches of its owners are not modelled."`
	Prices    Prices             `set:"prices" doc:"Whose prices hold."`
	Billing   Billing            `set:"billing" doc:"By which rules overdraft is billed."`
	Borrowers []Borrower         `set:"borrowers" doc:"Who borrows, and whose jobs each runs; not given: one borrower of the name encoding, with all jobs."`
	Base      []BaseFleet        `set:"base" doc:"The borrower's own reserved instances."`
	Bought    []Bought           `set:"bought" doc:"Pools from which instances are bought, spot or on-demand."`

	Telemetry Telemetry        `set:"telemetry" doc:"What a policy sees, and when."`
	Launches  Launches         `set:"launches" doc:"How instances come up."`
	Yields    Yields           `set:"yields" doc:"How instances go away."`
	Dispatch  Dispatch         `set:"dispatch" doc:"How jobs are given to instances."`
	Transfer  *TransferSetting `set:"transfer" doc:"Where work is at home, and what it takes to move it to another region; not given: work moves at once and for nothing."`
	Messages  Messages         `set:"messages" doc:"How a policy is told of bought instances that ended."`

	Policy settings.Raw `set:"policy" doc:"The policy to run: the name of a built-in one, or a policy written out."`

	Article    []string `set:"article" doc:"What of the scenario an article states; trough reproduce prints it."`
	Calibrated []string `set:"calibrated" doc:"What was chosen so that figures of an article are reached, and which; every summary prints it, among what is assumed."`

	Recorded []string `set:"recorded" doc:"What of the input is recorded; every summary prints it."`
	Assumed  []string `set:"assumed" doc:"What of the input is assumed; every summary prints it."`
}

// WorkloadW gives the sizes of reference workload W.
type WorkloadW struct {
	Jobs  int32 `set:"jobs" default:"1000000" min:"1" max:"100000000" doc:"Jobs."`
	Pools int32 `set:"pools" default:"60" min:"1" max:"10000" doc:"Pools."`
	Days  int32 `set:"days" default:"28" min:"1" max:"3660" doc:"Days of capacity, repeated until every job completed."`
}

// CapacityFile names a recorded capacity trace.
type CapacityFile struct {
	File     string `set:"file" required:"true" doc:"Capacity trace, looked for in the data folder."`
	AfterEnd string `set:"after_end" default:"unknown" enum:"unknown|hold|repeat" doc:"What the pools are after the trace's end: unknown, as they were, or as at its beginning again."`
}

// SwitchSetting turns an evacuation on or off.
type SwitchSetting struct {
	At     When   `set:"at" required:"true" doc:"When: a time, or an offset from the scenario's start such as +26h30m."`
	Region string `set:"region" doc:"Region; empty is everywhere."`
	On     bool   `set:"on" required:"true" doc:"Whether the evacuation begins or ends."`
	Note   string `set:"note" doc:"Why."`
}

// Prices says whose prices hold.
type Prices struct {
	Date models.Instant `set:"date" default:"2015-10-01T00:00:00Z" doc:"Day of the price list: the latest one known on it."`
	Term catalog.Term   `set:"term" default:"1y-no-upfront" doc:"How reservations are bought."`
}

// Billing says by which rules overdraft is billed.
type Billing struct {
	Rules     *models.Instant   `set:"rules" doc:"Date whose rules hold; not given: the scenario's start."`
	Hours     billing.Reading   `set:"hours" default:"begun" doc:"Where whole instance-hours are billed: in which clock hour one counts that straddles two. Amazon published no rule."`
	OwnerEnds billing.OwnerEnds `set:"owner_ends" default:"random" doc:"Which of a pool's instances ends when the owners' count falls."`
}

// BillingRules are the rules by which overdraft is billed.
func (s *Scenario) BillingRules() billing.Rules {
	r := billing.RulesAt(s.From)
	if s.Billing.Rules != nil {
		r.Date = *s.Billing.Rules
	}
	r.Hours = s.Billing.Hours
	return r
}

// BaseFleet is so many of the borrower's own instances.
type BaseFleet struct {
	Pool      string `set:"pool" required:"true" doc:"Zone and type, as us-east-1a/r3.4xlarge."`
	Instances int32  `set:"instances" required:"true" min:"1" max:"1000000" unit:"instances" doc:"How many."`
	Borrower  string `set:"borrower" doc:"Whose they are; not given: the first borrower's."`
}

// Telemetry is what a policy sees, and when.
type Telemetry struct {
	Every time.Duration `set:"every" default:"1m" min:"1s" max:"1h" doc:"Time between two reports."`
	Lag   time.Duration `set:"lag" default:"1m" min:"0s" max:"6h" doc:"Time from when a report is true until it is seen."`
}

// DelaySetting is how long something takes.
type DelaySetting struct {
	Median time.Duration `set:"median" default:"0s" min:"0s" max:"24h" doc:"Half of the draws are below it; 0s takes no time at all."`
	P95    time.Duration `set:"p95" default:"0s" min:"0s" max:"24h" doc:"95 of 100 draws are below it: the long tail of a lognormal. Not above the median: every draw is the median."`
	Most   time.Duration `set:"most" default:"0s" min:"0s" max:"24h" doc:"Cut of the tail; 0s is none."`
}

// Launches is how instances come up.
type Launches struct {
	Latency DelaySetting   `set:"latency" doc:"From the call until the instance runs and is billed."`
	Boot    DelaySetting   `set:"boot" doc:"From running until it takes its first job."`
	Refused settings.Share `set:"refused" default:"0%" min:"0%" max:"100%" doc:"Share of launches that the cloud refuses."`
	Calls   Calls          `set:"calls" doc:"Limit of the API's launch calls."`
}

// Yields is how instances go away.
type Yields struct {
	// Two minutes is EC2's own notice for spot instances; borrowed ones get the same unless a scenario says otherwise.
	Notice     time.Duration `set:"notice" default:"2m" min:"0s" max:"6h" doc:"How long an instance that yields by notice may still work."`
	DrainMost  string        `set:"drain_most" default:"unlimited" doc:"How long an instance that yields when idle may still work on the job that it has: a duration, or unlimited."`
	Calls      Calls         `set:"calls" doc:"Limit of the API's calls to end instances."`
	Order      string        `set:"order" default:"newest-start" enum:"newest-start|oldest-start" doc:"Which busy instance of a pool yields first by notice; idle ones always go before."`
	DrainOrder string        `set:"drain_order" default:"oldest-start" enum:"newest-start|oldest-start" doc:"Which busy instance of a pool is first told to yield when idle; idle ones always go before."`
}

// Calls is an API's token bucket.
type Calls struct {
	Burst int32   `set:"burst" default:"1000" min:"1" max:"1000000" doc:"Calls that may come at once."`
	Rate  float64 `set:"rate" default:"0" min:"0" max:"100000" unit:"a second" doc:"Calls regained each second; 0 is no limit."`
}

// Dispatch is how jobs are given to instances.
type Dispatch struct {
	Placement  string        `set:"placement" default:"fastest" enum:"fastest|round-robin" doc:"Where the next job starts: on the fastest type with an idle instance, or on the pools in turn. The base fleet always comes first."`
	Checkpoint time.Duration `set:"checkpoint" default:"0s" min:"0s" max:"24h" doc:"How often a job's progress is saved; 0s loses all of it with an interruption."`

	Packing *PackingSetting `set:"packing" doc:"Containers: an instance takes several jobs at once, as far as its vCPUs and memory reach; not given: one at a time."`
}

// Messages is how a policy is told of bought instances that ended.
type Messages struct {
	Lost    settings.Share `set:"lost" default:"0%" min:"0%" max:"50%" doc:"Share of messages that never arrive."`
	Doubled settings.Share `set:"doubled" default:"0%" min:"0%" max:"50%" doc:"Share of messages that arrive twice."`
	Unread  settings.Share `set:"unread" default:"0%" min:"0%" max:"99%" doc:"Share of attempts to read the queue that fail; the next one is made after 5 seconds, and after each further failure a fifth later."`
}

// When is an instant, or an offset from the scenario's start.
type When struct {
	at       models.Instant
	offset   time.Duration
	relative bool
}

// UnmarshalText reads a time or an offset.
func (w *When) UnmarshalText(text []byte) error {
	if s, ok := strings.CutPrefix(string(text), "+"); ok {
		d, err := time.ParseDuration(s)
		if err != nil || d < 0 || d%time.Second != 0 {
			return fmt.Errorf("expected %s", w.Want())
		}
		*w = When{offset: d, relative: true}
		return nil
	}
	var at models.Instant
	if err := at.UnmarshalText(text); err != nil {
		return fmt.Errorf("expected %s", w.Want())
	}
	*w = When{at: at}
	return nil
}

// MarshalText writes it as it was read.
func (w When) MarshalText() ([]byte, error) {
	if w.relative {
		return []byte("+" + w.offset.String()), nil
	}
	return w.at.MarshalText()
}

// Want says what a reader should have written.
func (*When) Want() string {
	return "a time such as 2015-10-05T00:00:00Z or an offset such as +26h30m"
}

// From returns the instant, given the scenario's start.
func (w When) From(start models.Instant) models.Instant {
	if w.relative {
		return start.Add(w.offset)
	}
	return w.at
}

// Check says what cannot hold together.
func (s *Scenario) Check() error {
	sources := 0
	for _, there := range []bool{s.Market != nil, s.WorkloadW != nil, s.Capacity != nil} {
		if there {
			sources++
		}
	}
	if sources > 1 || sources == 0 && len(s.Bought) == 0 {
		return fmt.Errorf("expected exactly one of market, capacity and workload_w")
	}
	if s.WorkloadW != nil && (s.Encoding != nil || len(s.Jobs) > 0) {
		return fmt.Errorf("workload_w brings its own jobs: expected neither encoding nor jobs beside it")
	}
	if s.Encoding != nil && len(s.Jobs) > 0 {
		return fmt.Errorf("expected either encoding or jobs, not both")
	}
	if s.WorkloadW == nil && s.Encoding == nil && len(s.Jobs) == 0 && sources > 0 {
		return fmt.Errorf("expected jobs: one of encoding, jobs and workload_w")
	}
	if s.Drain == (s.Length > 0) {
		return fmt.Errorf("expected either a length or drain: true")
	}
	if s.Length%time.Second != 0 {
		return fmt.Errorf("expected a length of whole seconds")
	}
	if err := s.checkEvents(); err != nil {
		return err
	}
	if err := s.checkBorrowers(); err != nil {
		return err
	}
	if err := s.checkTransfer(); err != nil {
		return err
	}
	if err := s.checkPacking(); err != nil {
		return err
	}
	return s.checkBatches()
}

// Check refuses speeds that no machine has.
func (d *DelaySetting) Check() error {
	if d.P95 > 0 && d.P95 < d.Median {
		return fmt.Errorf("p95 is below the median")
	}
	return nil
}

// Check reads the drain's limit.
func (y *Yields) Check() error {
	_, err := y.drainMost()
	return err
}

func (y *Yields) drainMost() (int32, error) {
	if y.DrainMost == "unlimited" {
		return Forever, nil
	}
	d, err := time.ParseDuration(y.DrainMost)
	if err != nil || d < 0 || d > 24*time.Hour {
		return 0, fmt.Errorf("drain_most is %q: expected a duration from 0s to 24h, or unlimited", y.DrainMost)
	}
	return seconds(d), nil
}

func seconds(d time.Duration) int32 { return int32(d / time.Second) }

func (d DelaySetting) delay() Delay {
	return Delay{Median: seconds(d.Median), P95: seconds(d.P95), Most: seconds(d.Most)}
}

func (c Calls) bucket() Bucket { return Bucket(c) }

// speedMax is far above any ratio of two instance types; a larger one is a typing error.
const speedMax = 1000

func checkSpeed(name string, speed float64) error {
	if math.IsNaN(speed) || speed <= 0 || speed > speedMax {
		return fmt.Errorf("speeds.%s is %v: expected a multiple of the reference type's speed, above 0 and up to %d", name, speed, speedMax)
	}
	return nil
}
