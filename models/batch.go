package models

// Batch is a set of jobs that somebody asked for at once, and whose makespan is of interest. Its jobs are known by number,
// since that is all that an event says of a job.
type Batch struct {
	Name string
	At   Instant // the arrival of its first job
	Jobs []JobRange
	Work int64 // of all its jobs, in seconds on the reference type
}

// JobRange is so many jobs with consecutive numbers.
type JobRange struct {
	First JobID
	N     int32
}

// Count is how many jobs the batch has.
func (b *Batch) Count() int64 {
	n := int64(0)
	for _, r := range b.Jobs {
		n += int64(r.N)
	}
	return n
}
