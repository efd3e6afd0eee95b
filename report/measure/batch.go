package measure

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"trough.internal/models"
)

// BatchResult is what became of one batch.
type BatchResult struct {
	Name      string
	At        models.Instant // its arrival
	Jobs      int64
	Work      int64          // of all its jobs, in seconds on the reference type
	Completed int64          // jobs
	Last      models.Instant // completion; -models.Never if none completed
}

// Makespan is in seconds, from the batch's arrival to the completion of its last job; false if one has not completed.
func (b *BatchResult) Makespan() (int64, bool) {
	if b.Completed < b.Jobs || b.Jobs == 0 {
		return 0, false
	}
	return int64(b.Last - b.At), true
}

// batches follows the completions of jobs that belong to a batch.
type batches struct {
	list   []BatchResult
	ranges []batchRange // by first job
}

type batchRange struct {
	models.JobRange
	batch int
}

func newBatches(all []models.Batch) batches {
	var b batches
	for i := range all {
		b.list = append(b.list, BatchResult{Name: all[i].Name, At: all[i].At, Jobs: all[i].Count(), Work: all[i].Work, Last: -models.Never})
		for _, r := range all[i].Jobs {
			b.ranges = append(b.ranges, batchRange{r, i})
		}
	}
	slices.SortFunc(b.ranges, func(x, y batchRange) int { return cmp.Compare(x.First, y.First) })
	return b
}

// completed counts a completion to its batch.
func (b *batches) completed(e *models.Event) {
	after, _ := slices.BinarySearchFunc(b.ranges, e.Job, func(r batchRange, job models.JobID) int {
		if r.First <= job {
			return -1
		}
		return 1
	})
	if after == 0 {
		return
	}
	r := &b.ranges[after-1]
	if int32(e.Job-r.First) >= r.N {
		return
	}
	batch := &b.list[r.batch]
	batch.Completed++
	batch.Last = e.At // events come in order of time
}

// batches gives a makespan and the jobs of every name.
func (r *Result) batches(b *builder) {
	var names []string
	for i := range r.Batches {
		if name := r.Batches[i].Name; !slices.Contains(names, name) {
			names = append(names, name)
			r.batch(b, name)
		}
	}
}

func (r *Result) batch(b *builder, name string) {
	key := "batch_" + strings.ReplaceAll(name, "-", "_")
	times, sum, longest, jobs, completed := int64(0), int64(0), int64(0), int64(0), int64(0)
	for i := range r.Batches {
		one := &r.Batches[i]
		if one.Name != name {
			continue
		}
		jobs += one.Jobs
		completed += one.Completed
		times++
		makespan, _ := one.Makespan()
		sum += makespan
		longest = max(longest, makespan)
	}
	if completed < jobs || jobs == 0 {
		b.missing(key+"_makespan", "batch "+name+", makespan", UnitSeconds, defBatchMakespan,
			fmt.Sprintf("%d of its %d jobs completed", completed, jobs))
	} else {
		b.give(key+"_makespan", "batch "+name+", makespan", float64(sum)/float64(times), UnitSeconds, defBatchMakespan, "")
		if times > 1 {
			b.noted(fmt.Sprintf("of %d times; the longest %d s", times, longest))
		}
	}
	b.give(key+"_jobs", "batch "+name+", jobs", float64(jobs), UnitJobs, defBatchJobs, "")
}
