package traces

import "trough.internal/models"

// The columns of JobsSchema.
const (
	jobArrival = iota
	jobJob
	jobTitle
	jobClass
	jobOrigin
	jobFormat
	jobWork
	jobVCPUs
	jobMemory
	jobDeadline
	jobGroup
	jobAfter
)

// JobsWriter writes a jobs trace in order of arrival.
type JobsWriter struct {
	rows    *rowWriter
	formats []string
	groups  groupCheck
	last    models.Instant
}

// CreateJobs begins a jobs trace. The jobs' Format numbers the formats; they may be extended by Format.
func CreateJobs(path string, meta Meta, formats []string) (*JobsWriter, error) {
	pairs, err := meta.pairs()
	if err != nil {
		return nil, fatal(path, "%v", err)
	}
	rows, err := createRows(path, &JobsSchema, pairs)
	if err != nil {
		return nil, err
	}
	w := &JobsWriter{rows: rows, formats: append([]string(nil), formats...)}
	return w, nil
}

// Format returns a format's number, and numbers it if it is new.
func (w *JobsWriter) Format(name string) models.FormatID {
	for i, f := range w.formats {
		if f == name {
			return models.FormatID(i)
		}
	}
	w.formats = append(w.formats, name)
	return models.FormatID(len(w.formats) - 1)
}

// Append takes the next job. Its ID must be the number of jobs before it.
func (w *JobsWriter) Append(j models.Job) error {
	r := w.rows
	if r.err != nil {
		return r.err
	}
	switch {
	case int64(j.ID) != r.rows:
		return r.fail(fatal(r.path, "job %d: expected job %d", j.ID, r.rows))
	case j.Arrival < w.last:
		return r.fail(fatal(r.path, "job %d arrives at %s: expected %s or later, as the job before", j.ID, j.Arrival, w.last))
	case j.Class >= models.Classes || j.Origin >= models.Origins || j.Format < 0 || int(j.Format) >= len(w.formats):
		return r.fail(fatal(r.path, "job %d has class %d, origin %d, format %d: expected less than %d, %d, %d", j.ID,
			j.Class, j.Origin, j.Format, models.Classes, models.Origins, len(w.formats)))
	}
	if problem := w.groups.add(&j); problem != "" {
		return r.fail(fatal(r.path, "job %d: %s", j.ID, problem))
	}
	w.last = j.Arrival
	r.long(jobArrival, int64(j.Arrival))
	r.count(jobJob, int32(j.ID))
	r.count(jobTitle, j.Title)
	r.word(jobClass, j.Class.String())
	r.word(jobOrigin, j.Origin.String())
	r.word(jobFormat, w.formats[j.Format])
	r.count(jobWork, j.Work)
	r.count(jobVCPUs, int32(j.VCPUs))
	r.count(jobMemory, j.Memory)
	r.count(jobDeadline, j.Deadline)
	r.count(jobGroup, j.Group)
	r.count(jobAfter, j.After)
	return r.end()
}

// Close gives the file its name; after an error it leaves no file.
func (w *JobsWriter) Close() error {
	if problem := w.groups.end(); problem != "" {
		w.rows.fail(fatal(w.rows.path, "%s", problem))
	}
	return w.rows.close()
}

// WriteJobs writes a whole trace.
func WriteJobs(path string, jobs *models.Jobs, meta Meta) error {
	w, err := CreateJobs(path, meta, jobs.Formats)
	if err != nil {
		return err
	}
	for _, j := range jobs.Jobs {
		if w.Append(j) != nil {
			break
		}
	}
	return w.Close()
}
