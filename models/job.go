package models

// JobID numbers the jobs of a trace from 0, in order of arrival.
type JobID int32

// NoJob is the job of an event that has none.
const NoJob JobID = -1

// FormatID numbers the formats of a workload; its names stand in the workload's format list.
type FormatID int16

// Class is a job's priority.
type Class uint8

// The classes, most urgent first. The queue serves a class only while every more urgent one is empty.
const (
	High Class = iota
	Medium
	Low
	Classes // how many there are
)

// Origin is who asked for a job.
type Origin uint8

// The origins. The zero value is production.
const (
	Production Origin = iota
	Research
	QA
	Origins // how many there are
)

var classNames = [Classes]string{"high", "medium", "low"}
var originNames = [Origins]string{"production", "research", "qa"}

// String is the class as files write it.
func (c Class) String() string { return classNames[c] }

// String is the origin as files write it.
func (o Origin) String() string { return originNames[o] }

// ClassNames lists the classes as files write them, by Class.
func ClassNames() []string { return classNames[:] }

// OriginNames lists the origins as files write them, by Origin.
func OriginNames() []string { return originNames[:] }

// Job is one piece of work for one slot. What it needs is known at arrival.
type Job struct {
	Arrival  Instant
	ID       JobID
	Title    int32    // the source that it belongs to; 0 is none
	Work     int32    // seconds on the reference type, at least 1
	Deadline int32    // seconds after arrival by which it should complete; 0 is none
	Group    int32    // its completion counts towards this group; 0 is none
	After    int32    // it is queued once every job of this group completed; 0 is at once
	Memory   int32    // MiB that it needs; 0 is not stated
	Format   FormatID // what it encodes to
	VCPUs    int16    // that it needs; 0 is not stated
	Class    Class
	Origin   Origin
}

// Jobs is a decoded jobs trace. Jobs are in order of arrival, and a group's jobs arrive no later than
// the first job that waits for it.
type Jobs struct {
	Jobs    []Job
	Formats []string // by FormatID
	Groups  int32    // the largest group
}
