package encoding

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"trough.internal/models"
	"trough.internal/models/random"
)

// RecordedTitle is a job that some other system recorded, read as a title.
type RecordedTitle struct {
	Arrival    models.Instant
	Processors int32
	RunTime    int32 // seconds
	Class      models.Class
	Origin     models.Origin
}

// Split says how recorded titles become jobs. The zero value of a field stands for its default.
type Split struct {
	// Load scales how many titles there are, without changing any: 2 has each twice, 0.5 each with even odds, 2.5 each
	// twice and half of them a third time. 0 is 1.
	Load float64
	// Processors of the record that do one second of work a second; r3.4xlarge has 16. 0 is 1: a processor is an instance.
	Processors float64
	WorkMin    int32 // seconds; 0 is 300
	WorkMax    int32 // seconds, at least twice WorkMin; 0 is 3600
}

// Titles turns recorded jobs into titles: the work of one is processors x run time, cut into the fewest jobs of at most
// WorkMax, equal to a second. Equal parts of more than WorkMax are never below half of it, so WorkMin is kept wherever the
// title has that much work; a smaller title is one job as it is. Nothing waits: what depended on what was not recorded.
// Titles are put in order of arrival, then of the record.
func Titles(recorded []RecordedTitle, split Split, seed uint64) (*models.Jobs, error) {
	split, err := split.resolved()
	if err != nil {
		return nil, err
	}
	order := make([]int, len(recorded))
	for i := range recorded {
		order[i] = i
		if r := &recorded[i]; r.Processors < 1 || r.RunTime < 1 || r.Class >= models.Classes || r.Origin >= models.Origins {
			return nil, fmt.Errorf("recorded title %d: expected processors and run time above zero and a known class and origin, got %+v", i, *r)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(recorded[a].Arrival, recorded[b].Arrival) })

	all := &models.Jobs{Formats: []string{"recorded"}}
	copies := random.New(seed, "encoding-recorded")
	title := int32(0)
	for _, i := range order {
		whole, part := math.Modf(split.Load)
		if copies.Float64(uint64(i), 0) < part {
			whole++
		}
		for range int(whole) {
			title++
			if err := split.append(all, &recorded[i], title); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

func (s Split) resolved() (Split, error) {
	if s.Load == 0 {
		s.Load = 1
	}
	if s.Processors == 0 {
		s.Processors = 1
	}
	if s.WorkMin == 0 {
		s.WorkMin = 300
	}
	if s.WorkMax == 0 {
		s.WorkMax = 3600
	}
	if !(s.Load > 0 && s.Load <= 1000) || !(s.Processors > 0 && s.Processors <= 1e6) {
		return s, fmt.Errorf("expected a load from 0 to 1000 and processors from 0 to 1000000, got %v and %v", s.Load, s.Processors)
	}
	if s.WorkMin < 1 || s.WorkMax < 2*s.WorkMin {
		return s, fmt.Errorf("expected a longest work of at least twice the shortest, got %d and %d s", s.WorkMax, s.WorkMin)
	}
	return s, nil
}

// append adds one title. Whatever a division leaves over goes to its first jobs, a second each.
func (s Split) append(all *models.Jobs, r *RecordedTitle, title int32) error {
	work := int64(math.Max(1, math.Round(float64(r.Processors)*float64(r.RunTime)/s.Processors)))
	jobs := (work + int64(s.WorkMax) - 1) / int64(s.WorkMax)
	if int64(len(all.Jobs))+jobs > math.MaxInt32 {
		return fmt.Errorf("more than %d jobs: the load is too high", math.MaxInt32)
	}
	for k := range jobs {
		part := work / jobs
		if k < work%jobs {
			part++
		}
		all.Jobs = append(all.Jobs, models.Job{Arrival: r.Arrival, ID: models.JobID(len(all.Jobs)), Title: title,
			Work: int32(part), Class: r.Class, Origin: r.Origin})
	}
	return nil
}
