package traces

import (
	"math"

	"trough.internal/models"
)

// Schema is one kind of file as data: readers, writers, checks and the printed documentation follow it.
type Schema struct {
	Kind    string // the word for the kind of file
	Doc     string
	Columns []Column // in the order in which files hold them
	Rows    int      // rows in a row group, unless row groups are windows (0)
}

// Column is one column of a schema.
type Column struct {
	Name      string
	Type      Type
	Doc       string   // with its unit
	Optional  bool     // may be missing from a file read; it is then zero, or empty, in every row
	Unwritten bool     // accepted on reading, where a pool may have only one value of it
	Min, Max  int64    // of integers, inclusive
	Words     []string // of texts: the only words allowed, by their number in package models
	Empty     bool     // of texts: may be empty

	name    bool // of texts: a part of a pool's name
	packing packing
}

// Type is what a column holds. Columns are never null.
type Type uint8

// The types. In CSV a Time is RFC 3339 in whole seconds, a Flag is true or false, and an unknown count is "?".
const (
	Time  Type = iota // int64: seconds since 1970-01-01 00:00:00 UTC
	Long              // int64
	Count             // int32
	Text              // UTF-8 string
	Float             // float64, finite
	Flag              // boolean
)

var typeNames = [...]string{"time (int64 seconds UTC)", "int64", "int32", "string", "float64", "boolean"}

// String is the type as messages write it.
func (t Type) String() string { return typeNames[t] }

// packing is how a Parquet column is encoded.
type packing uint8

const (
	delta packing = iota // small steps from row to row
	dict                 // few distinct values
	plain
)

// Times outside these years are taken for a wrong unit.
const (
	timeMin = 0            // 1970-01-01
	timeMax = 253402300799 // 9999-12-31T23:59:59Z
)

func timeColumn(name, doc string) Column {
	return Column{Name: name, Type: Time, Doc: doc, Min: timeMin, Max: timeMax, packing: delta}
}

func count(name, doc string, low, high int64, p packing) Column {
	return Column{Name: name, Type: Count, Doc: doc, Min: low, Max: high, packing: p}
}

func text(name, doc string) Column {
	return Column{Name: name, Type: Text, Doc: doc, packing: dict}
}

func name(name, doc string) Column {
	c := text(name, doc)
	c.name = true
	return c
}

func word(name, doc string, words []string) Column {
	return Column{Name: name, Type: Text, Doc: doc, Words: words, packing: dict}
}

func optional(c Column) Column {
	c.Optional, c.Empty = true, true
	return c
}

func unwritten(c Column) Column {
	c.Optional, c.Empty, c.Unwritten = true, true, true
	return c
}

const int32Max = math.MaxInt32

// CapacitySchema is the capacity trace: a step function by pool.
//
// Row groups are windows of window_s seconds, counted from 1970-01-01 00:00:00 UTC. Inside a window rows are sorted by
// region, zone, instance_type, time, and every pool's value is restated at the window's start. A row is trusted for
// hold_s seconds; from then until the pool's next row, and where in_use says -1, its use is unknown.
var CapacitySchema = Schema{
	Kind: "capacity",
	Doc:  "what is reserved and what its owners use, pool by pool, from a time on",
	Columns: []Column{
		timeColumn("time", "from when on the counts are true"),
		name("region", "such as us-east-1"),
		name("zone", "availability zone, such as us-east-1a"),
		name("instance_type", "such as r3.4xlarge"),
		unwritten(text("account", "who owns the pool; one for each pool: several must be summed first")),
		unwritten(text("platform", "operating system; one for each pool: several must be summed first")),
		count("reserved", "instances that are paid for whether they run or not", 0, int32Max, delta),
		count("in_use", "instances that the owners run; -1 (in CSV: ?) where nobody knows", -1, int32Max, delta),
	},
}

// JobsSchema is the jobs trace, in order of arrival.
var JobsSchema = Schema{
	Kind: "jobs",
	Doc:  "the work that arrives",
	Rows: 1 << 17,
	Columns: []Column{
		timeColumn("arrival", "when the job is known and, unless it waits for a group, queued"),
		optional(count("job", "number of the job: 0, 1, 2, ... in order of arrival", 0, int32Max, delta)),
		optional(count("title", "number of the source that the job belongs to; 0 is none", 0, int32Max, delta)),
		word("class", "priority", models.ClassNames()),
		optional(word("origin", "who asked for it; production if the column is missing", models.OriginNames())),
		text("format", "what it encodes to"),
		count("work", "seconds on the reference type", 1, int32Max, delta),
		optional(count("vcpus", "vCPUs that it needs; 0 is not stated", 0, math.MaxInt16, dict)),
		optional(count("memory", "MiB that it needs; 0 is not stated", 0, int32Max, dict)),
		optional(count("deadline", "seconds after arrival by which it should complete; 0 is none", 0, int32Max, dict)),
		optional(count("group", "its completion counts towards this group; 0 is none", 0, int32Max, delta)),
		optional(count("after", "it is queued once every job of this group completed; 0 is at once", 0, int32Max, delta)),
	},
}

// PricesSchema is the price trace of a spot market, in order of time: a step function by pool.
var PricesSchema = Schema{
	Kind: "prices",
	Doc:  "what a spot pool costs from a time on",
	Rows: 1 << 17,
	Columns: []Column{
		timeColumn("time", "from when on the price is true"),
		name("zone", "availability zone, such as us-east-1a; its region is its name without the last letters"),
		name("instance_type", "such as r3.4xlarge"),
		{Name: "price", Type: Long, Doc: "micro-USD per instance-hour", Max: 1e12, packing: dict},
	},
}

// SwitchesSchema is the list of evacuations, failovers and announced deploys, in order of time.
var SwitchesSchema = Schema{
	Kind: "switches",
	Doc:  "evacuations on and off",
	Rows: 1 << 17,
	Columns: []Column{
		timeColumn("time", "when it is switched"),
		empty(text("region", "which region; empty is every region")),
		{Name: "on", Type: Flag, Doc: "true: evacuate; false: borrow again", packing: plain},
		empty(text("note", "why, for the reader")),
	},
}

func empty(c Column) Column {
	c.Empty = true
	return c
}

// SeriesSchema is what a run leaves in series.parquet: step functions, a row where a value changed.
var SeriesSchema = Schema{
	Kind: "series",
	Doc:  "step functions of a run; there is no row where a value did not change",
	Rows: 1 << 17,
	Columns: []Column{
		timeColumn("time", "from when on the value is true"),
		word("series", "what is counted; instances unless it is cost (micro-USD), queued (jobs) or evacuating (0 or 1)", models.SeriesNames()),
		text("key", "a pool; of queued: a class; of evacuating: a region"),
		{Name: "value", Type: Long, Doc: "the series' value; -1 of in_use: unknown", Min: math.MinInt64, Max: math.MaxInt64, packing: delta},
	},
}

// DecisionsSchema is what a run leaves in decisions.parquet: the trail of the policy's stages.
var DecisionsSchema = Schema{
	Kind: "decisions",
	Doc:  "one stage's word on one pool and borrower, with what the policy saw",
	Rows: 1 << 17,
	Columns: []Column{
		timeColumn("time", "when the policy decided"),
		text("pool", "zone/type"),
		text("borrower", "for whom"),
		word("stage", "the stage that spoke", models.CauseNames()),
		{Name: "binding", Type: Flag, Doc: "the stage had the last word on the target", packing: plain},
		count("target", "instances to hold, after the stage", 0, int32Max, delta),
		count("keep", "instances that may outlive the notice, after the stage; -1 is no limit", -1, int32Max, delta),
		count("reserved", "instances, as seen", 0, int32Max, dict),
		count("in_use", "owners' instances, as seen; -1 if no report was trusted", -1, int32Max, delta),
		count("age", "seconds since the report was true", 0, int32Max, dict),
		count("held", "instances on order, booting, idle and busy", 0, int32Max, delta),
		count("idle", "instances", 0, int32Max, delta),
		count("leaving", "instances finishing and leaving", 0, int32Max, delta),
		{Name: "demand", Type: Float, Doc: "slots of demand after the stage", packing: plain},
	},
}

// AttemptsSchema is what a run leaves in jobs.parquet: one row per attempt at a job.
var AttemptsSchema = Schema{
	Kind: "attempts",
	Doc:  "one attempt at one job",
	Rows: 1 << 17,
	Columns: []Column{
		count("job", "number of the job", 0, int32Max, delta),
		word("class", "priority", models.ClassNames()),
		word("outcome", "how the attempt ended", models.OutcomeNames()),
		word("cause", "why it was interrupted, or none", models.CauseNames()),
		text("pool", "zone/type"),
		text("borrower", "whose instance"),
		count("instance", "number of the instance", 0, int32Max, delta),
		timeColumn("start", "when the instance took the job"),
		timeColumn("end", "when the attempt ended, or the run if it still ran"),
		count("waited", "seconds in the queue before the attempt", 0, int32Max, delta),
		count("work", "seconds on the reference type: done if completed, lost if interrupted", 0, int32Max, delta),
	},
}

// LedgerSchema is what a run leaves in ledger.parquet: every event, in the order in which they happened.
var LedgerSchema = Schema{
	Kind: "ledger",
	Doc:  "events of the market in their order; applied again they give the same market",
	Rows: 1 << 17,
	Columns: []Column{
		timeColumn("time", "when it happened"),
		word("kind", "what happened", models.KindNames()[1:]),
		empty(text("pool", "zone/type; empty is none")),
		empty(text("borrower", "whose; empty if it is nobody's")),
		count("instance", "number of the instance; -1 is none", -1, int32Max, delta),
		count("job", "number of the job; -1 is none", -1, int32Max, delta),
		count("n", "see the kind", math.MinInt32, int32Max, delta),
		count("m", "see the kind", math.MinInt32, int32Max, delta),
		word("from", "the instance's state before", models.StateNames()),
		word("to", "the instance's state after", models.StateNames()),
		word("cause", "why", models.CauseNames()),
		word("class", "of the job; high if there is none", models.ClassNames()),
	},
}

// Schemas lists every kind of file.
var Schemas = []*Schema{&CapacitySchema, &JobsSchema, &PricesSchema, &SwitchesSchema,
	&SeriesSchema, &DecisionsSchema, &AttemptsSchema, &LedgerSchema}

// column returns the index of a column by name, or -1.
func (s *Schema) column(name string) int {
	for i := range s.Columns {
		if s.Columns[i].Name == name {
			return i
		}
	}
	return -1
}
