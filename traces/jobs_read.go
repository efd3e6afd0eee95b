package traces

import (
	"io"
	"math"
	"slices"

	"trough.internal/models"
)

// JobsReader reads a jobs trace batch by batch.
type JobsReader struct {
	path   string
	src    rowSource
	meta   Meta
	b      *batch
	jobs   []models.Job
	rows   int64
	last   models.Instant
	groups groupCheck
	found  *findings
	ended  bool
}

// OpenJobs opens a jobs trace; Next reads it.
func OpenJobs(path string) (*JobsReader, error) {
	return openJobs(path, &findings{path: path})
}

func openJobs(path string, found *findings) (*JobsReader, error) {
	src, _, kv, err := openSource(path, &JobsSchema)
	if err != nil {
		return nil, err
	}
	r, err := newJobsReader(path, src, kv, found)
	if err != nil {
		src.close()
	}
	return r, err
}

func newJobsReader(path string, src rowSource, kv []pair, found *findings) (*JobsReader, error) {
	r := &JobsReader{path: path, src: src, b: newBatch(&JobsSchema), found: found}
	setFindings(src, found)
	for _, p := range kv {
		if err := r.meta.set(p.key, p.value); err != nil {
			return nil, fatal(path, "%v", err)
		}
	}
	return r, nil
}

func setFindings(src rowSource, found *findings) {
	if c, ok := src.(*csvFile); ok {
		c.findings = found
	}
}

// Meta returns what the file says about itself.
func (r *JobsReader) Meta() Meta { return r.meta }

// Formats lists the formats met so far, by FormatID. Next only appends to it.
func (r *JobsReader) Formats() []string {
	words := r.b.texts[jobFormat].words
	return words[:len(words):len(words)]
}

// Groups is the largest group met so far.
func (r *JobsReader) Groups() int32 { return r.groups.largest }

// Close closes the file.
func (r *JobsReader) Close() error { return r.src.close() }

// Next returns the next jobs, in order of arrival; they are valid until the next call. After the last it returns io.EOF.
func (r *JobsReader) Next() ([]models.Job, error) {
	if r.ended {
		return nil, io.EOF
	}
	jobs, err := r.next()
	if err != nil {
		r.ended = true
	}
	return jobs, err
}

func (r *JobsReader) next() ([]models.Job, error) {
	err := r.src.next(r.b)
	if err == io.EOF {
		if problem := r.groups.end(); problem != "" {
			if err := r.found.add("%s", problem); err != nil {
				return nil, err
			}
		}
		return nil, io.EOF
	}
	if err != nil {
		return nil, err
	}
	if err := checkRanges(r.b, &JobsSchema, r.found); err != nil {
		return nil, err
	}
	if r.rows+int64(r.b.n) > math.MaxInt32 {
		return nil, fatal(r.path, "more than %d jobs: expected fewer", math.MaxInt32)
	}
	if formats := len(r.b.texts[jobFormat].words); formats > math.MaxInt16 {
		return nil, fatal(r.path, "%d formats: expected at most %d", formats, math.MaxInt16)
	}
	r.jobs = grow(r.jobs, r.b.n)
	r.fill()
	return r.jobs, r.check()
}

func (r *JobsReader) fill() {
	b := r.b
	column := func(i, row int) int32 {
		if b.counts[i] == nil {
			return 0
		}
		return b.counts[i][row]
	}
	for row := range r.jobs {
		r.jobs[row] = models.Job{
			Arrival:  models.Instant(b.longs[jobArrival][row]),
			ID:       models.JobID(r.rows + int64(row)),
			Title:    column(jobTitle, row),
			Work:     column(jobWork, row),
			Deadline: column(jobDeadline, row),
			Group:    column(jobGroup, row),
			After:    column(jobAfter, row),
			Memory:   column(jobMemory, row),
			Format:   models.FormatID(column(jobFormat, row)),
			VCPUs:    int16(column(jobVCPUs, row)),
			Class:    models.Class(column(jobClass, row)),
			Origin:   models.Origin(column(jobOrigin, row)),
		}
	}
	r.rows += int64(b.n)
}

// check compares jobs with each other.
func (r *JobsReader) check() error {
	for row := range r.jobs {
		j := &r.jobs[row]
		if ids := r.b.counts[jobJob]; ids != nil && models.JobID(ids[row]) != j.ID {
			if err := r.found.add("%s: job is %d: expected %d: jobs are numbered from 0 in order of arrival", r.b.place(row), ids[row], j.ID); err != nil {
				return err
			}
		}
		if j.Arrival < r.last {
			if err := r.found.add("%s: arrival is %s: expected %s or later, as the row before", r.b.place(row), j.Arrival, r.last); err != nil {
				return err
			}
			j.Arrival = r.last
		}
		r.last = j.Arrival
		if problem := r.groups.add(j); problem != "" {
			if err := r.found.add("%s: %s", r.b.place(row), problem); err != nil {
				return err
			}
		}
	}
	return nil
}

// ReadJobs reads a whole trace.
func ReadJobs(path string) (*models.Jobs, Meta, error) {
	r, err := OpenJobs(path)
	if err != nil {
		return nil, Meta{}, err
	}
	defer r.Close()
	jobs, err := r.all()
	return jobs, r.meta, err
}

func (r *JobsReader) all() (*models.Jobs, error) {
	all := &models.Jobs{}
	for {
		jobs, err := r.Next()
		if err == io.EOF {
			all.Formats, all.Groups = slices.Clone(r.Formats()), r.Groups()
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		all.Jobs = append(all.Jobs, jobs...)
	}
}
