package metrics

import (
	"fmt"
	"io"
	"strings"
)

// Kind is what a metric counts.
type Kind string

// The kinds. A timer is a histogram of seconds in Prometheus, and a percentile timer in Atlas.
const (
	Gauge   Kind = "gauge"
	Counter Kind = "counter"
	Timer   Kind = "timer"
)

// Definition is one metric. Prometheus and Atlas have it under the same name, with the same labels.
type Definition struct {
	Name    string
	Kind    Kind
	Labels  []string
	Help    string
	Buckets []float64 // of a timer, in seconds
}

// Table is every metric there is: what is served and sent follows it, and so does the documentation.
var Table = []Definition{
	{Name: borrowedInstances, Kind: Gauge, Labels: []string{"az", "instance_type"}, Help: "Instances borrowed, from launch to gone."},
	{Name: surplusInstances, Kind: Gauge, Labels: []string{"az", "instance_type"}, Help: "Reserved less in use less borrowed; absent where it is not known."},
	{Name: reclaims, Kind: Counter, Labels: []string{"reason"}, Help: "Instances told to yield, by the stage that had the last word."},
	{Name: orders, Kind: Counter, Labels: []string{"kind"}, Help: "Instances ordered, by kind of order."},
	{Name: refusals, Kind: Counter, Labels: []string{"az", "instance_type"}, Help: "Launches that the cloud refused."},
	{Name: lostInstances, Kind: Counter, Help: "Borrowed instances that went without having been told to."},
	{Name: rulesBound, Kind: Counter, Labels: []string{"rule"}, Help: "Evaluations in which a rule of safety changed a decision."},
	{Name: reclaimSeconds, Kind: Timer, Help: "Time from when an instance was told to yield until it was gone.", Buckets: []float64{1, 10, 30, 60, 120, 300, 900, 3600}},
	{Name: reportTime, Kind: Gauge, Help: "When the oldest report that is believed was true; 0 while a pool is not known."},
	{Name: cycleTime, Kind: Gauge, Help: "Time of the last evaluation."},
	{Name: cycles, Kind: Counter, Help: "Evaluations."},
	{Name: cyclesNotActed, Kind: Counter, Help: "Evaluations after which nothing was done, because they could not be written down."},
	{Name: notes, Kind: Counter, Help: "Lines about what is not known or went wrong."},
	{Name: disagreements, Kind: Counter, Help: "Values of which two good sources of a chain said different things."},
	{Name: cycleSeconds, Kind: Timer, Help: "How long an evaluation took.", Buckets: []float64{.001, .01, .1, 1, 10, 60}},
	{Name: apiCalls, Kind: Counter, Labels: []string{"region", "operation"}, Help: "Calls of Amazon's API, each try of it."},
	{Name: apiThrottles, Kind: Counter, Labels: []string{"region", "operation"}, Help: "Of them, answered that there are too many."},
	{Name: apiErrors, Kind: Counter, Labels: []string{"region", "class"}, Help: "Of them, failed, by what follows from it: throttle, capacity, quota, auth, validation, or unknown, which no answer is, too."},
	{Name: apiLeftOut, Kind: Counter, Labels: []string{"region"}, Help: "Calls that were not made, since the region answered nothing but errors."},
	{Name: apiDown, Kind: Gauge, Labels: []string{"region"}, Help: "1 while calls are left out for that, else 0."},
	{Name: apiRate, Kind: Gauge, Labels: []string{"region"}, Help: "Part of the driver's rate of calls that it allows itself: less than 1 after answers that there are too many."},
	{Name: leaseHeld, Kind: Gauge, Help: "1 if the lease lets this driver act, else 0; absent without a lease."},
	{Name: leaseEpoch, Kind: Gauge, Help: "The epoch under which it is held; 0: it is not."},
	{Name: leaseUntil, Kind: Gauge, Help: "By when it must have been renewed, as of the last evaluation; 0: it is not held."},
	{Name: stopState, Kind: Gauge, Labels: []string{"az", "instance_type"}, Help: "What people have told it: 0 run, 1 hold, 2 drain, 3 evacuate; of several borrowers the most."},
	{Name: holds, Kind: Gauge, Labels: []string{"rule"}, Help: "1 while a rule of safety lets nothing grow anywhere, else 0."},
	{Name: metricsLost, Kind: Counter, Help: "Datagrams of metrics that spectatord did not take."},
	{Name: driverInfo, Kind: Gauge, Labels: []string{"mode"}, Help: "1, with the driver's mode as label."},
}

// The names.
const (
	borrowedInstances = "ism_borrowed_instances"
	surplusInstances  = "ism_surplus_instances"
	reclaims          = "ism_reclaims_total"
	orders            = "ism_orders_total"
	refusals          = "ism_launches_refused_total"
	lostInstances     = "ism_lost_instances_total"
	rulesBound        = "ism_rule_bound_total"
	reclaimSeconds    = "ism_reclaim_seconds"
	reportTime        = "ism_report_last_success_timestamp_seconds"
	cycleTime         = "ism_cycle_timestamp_seconds"
	cycles            = "ism_cycles_total"
	cyclesNotActed    = "ism_cycles_not_acted_total"
	notes             = "ism_notes_total"
	disagreements     = "ism_source_disagreements_total"
	cycleSeconds      = "ism_cycle_seconds"
	apiCalls          = "ism_api_calls_total"
	apiThrottles      = "ism_api_throttles_total"
	apiErrors         = "ism_api_errors_total"
	apiLeftOut        = "ism_api_left_out_total"
	apiDown           = "ism_api_region_down"
	apiRate           = "ism_api_rate_ratio"
	leaseHeld         = "ism_lease_held"
	leaseEpoch        = "ism_lease_epoch"
	leaseUntil        = "ism_lease_until_timestamp_seconds"
	stopState         = "ism_stop_state"
	holds             = "ism_holds"
	metricsLost       = "ism_metrics_lost_total"
	driverInfo        = "ism_driver_info"
)

// WriteTable writes the table as Markdown.
func WriteTable(w io.Writer) error {
	var b strings.Builder
	b.WriteString("| metric | kind | labels | what |\n|---|---|---|---|\n")
	for i := range Table {
		d := &Table[i]
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", d.Name, d.Kind, strings.Join(d.Labels, ", "), d.Help)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
