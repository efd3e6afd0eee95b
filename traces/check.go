package traces

import (
	"errors"
	"io"
	"io/fs"
	"slices"
	"time"

	"trough.internal/models"
)

// CheckLimits says how much Check collects.
type CheckLimits struct {
	Findings int // errors, then reading stops; 0 is 20
	Notes    int // gaps and steps that are listed; 0 is 10
}

// Report is what Check and Info found in a file.
type Report struct {
	Path string
	Kind string // of Schemas
	Rows int64
	Meta Meta

	Groups    int      // Parquet: row groups
	Missing   []string // optional columns that the file does not have
	Checksums bool     // the file carries ours: a damaged byte is an error

	Pools       []models.PoolKey // of capacity and prices
	From, Until models.Instant   // capacity: what the trace speaks of; else the first row's time and the last's + 1 s; both 0 without rows

	Capacity *CapacityReport // nil unless the file is a capacity trace that was read to its end
	Jobs     *JobsReport     // nil unless the file is a jobs trace that was read to its end

	Errors []error // each of one line
}

// CapacityReport is what only a capacity trace has.
type CapacityReport struct {
	Step         time.Duration // the most frequent time between two rows of a pool; 0 if no pool has two
	Changes      int64         // rows that change something, and ends of trust
	Gaps         []Gap         // the longest unknown stretches, longest first
	GapCount     int64         // unknown stretches, those before a pool's first row included
	UnknownShare float64       // of pools x span
	Above        int64         // rows with more in use than reserved: the owners' own overdraft
	AbovePools   int           // pools that have such rows
	Steps        []Step        // the largest changes of in use from one value to the next, largest first
	ReservedMax  int64         // instances of all pools, at most
	InUseMax     int64         // instances of all pools whose use is known, at most
}

// Gap is a stretch in which nobody knows a pool's use.
type Gap struct {
	Pool        models.PoolKey
	From, Until models.Instant
}

// Step is a change of in use from one known value to the next.
type Step struct {
	Pool    models.PoolKey
	At      models.Instant
	Was, Is int32
}

// JobsReport is what only a jobs trace has.
type JobsReport struct {
	ByClass  [models.Classes]int64
	ByOrigin [models.Origins]int64
	Formats  []string
	Groups   int32 // the largest
	Waiting  int64 // jobs that wait for a group
	Deadline int64 // jobs that have a deadline
	Work     int64 // seconds on the reference type
	WorkMin  int32
	WorkMax  int32
}

// Check reads a whole file and collects what is wrong with it. The error is non-nil only if the file cannot be opened
// at all; what is wrong inside is in the report's Errors.
func Check(path string, limits CheckLimits) (Report, error) {
	if limits.Findings == 0 {
		limits.Findings = 20
	}
	if limits.Notes == 0 {
		limits.Notes = 10
	}
	// Two at least: one would mean to stop at the first.
	found := &findings{path: path, limit: max(limits.Findings, 2)}
	report, src, s, kv, err := open(path)
	var unopened *fs.PathError
	switch {
	case errors.As(err, &unopened):
		return report, err
	case err != nil:
		report.Errors = []error{err}
		return report, nil
	}
	defer src.close()
	setFindings(src, found)
	switch s.Kind {
	case CapacitySchema.Kind:
		err = report.capacity(path, found, limits)
	case JobsSchema.Kind:
		err = report.jobs(path, src, kv, found)
	case PricesSchema.Kind:
		err = report.prices(path, src, kv, found)
	case SwitchesSchema.Kind:
		err = report.switches(path, src, kv, found)
	default:
		err = report.run(path, src, s, kv, found)
	}
	report.Errors = found.lines
	if err != nil && !errors.Is(err, errEnough) {
		report.Errors = append(report.Errors, err)
	}
	report.Errors = report.Errors[:min(len(report.Errors), limits.Findings)]
	return report, nil
}

// Info reads what a file says about itself; of a capacity trace also its pools and its span.
func Info(path string) (Report, error) {
	report, src, s, kv, err := open(path)
	if err != nil {
		return report, err
	}
	defer src.close()
	if s.Kind == CapacitySchema.Kind {
		r, err := OpenCapacity(path)
		if err != nil {
			return report, err
		}
		defer r.Close()
		report.take(r)
		return report, nil
	}
	for _, p := range kv {
		if err := report.Meta.set(p.key, p.value); err != nil {
			return report, fatal(path, "%v", err)
		}
	}
	return report, nil
}

func open(path string) (Report, rowSource, *Schema, []pair, error) {
	report := Report{Path: path}
	src, s, kv, err := openSource(path, Schemas...)
	if err != nil {
		return report, nil, nil, nil, err
	}
	report.Kind = s.Kind
	has := make([]bool, len(s.Columns))
	switch f := src.(type) {
	case *parquetFile:
		report.Rows, report.Groups, report.Checksums = f.file.NumRows(), len(f.file.RowGroups()), f.ours
		for i, k := range f.chunk {
			has[i] = k >= 0
		}
	case *csvFile:
		report.Rows = -1
		for _, i := range f.columns {
			has[i] = true
		}
	}
	for i := range s.Columns {
		if !has[i] && !s.Columns[i].Unwritten {
			report.Missing = append(report.Missing, s.Columns[i].Name)
		}
	}
	return report, src, s, kv, nil
}

func (r *Report) take(c *CapacityReader) {
	r.Rows, r.Meta, r.Pools = c.Rows(), c.Meta(), c.Pools()
	r.From, r.Until = c.Span()
}

func (r *Report) capacity(path string, found *findings, limits CheckLimits) error {
	c, err := openCapacity(path, found)
	if err != nil {
		return err
	}
	defer c.Close()
	r.take(c)
	s := newCapacityStats(c, limits.Notes)
	c.stats = s.window
	for {
		changes, err := c.Next()
		if err == io.EOF {
			r.Capacity = s.report()
			return nil
		}
		if err != nil {
			return err
		}
		s.changes(changes.Changes)
	}
}

func (r *Report) jobs(path string, src rowSource, kv []pair, found *findings) error {
	j, err := newJobsReader(path, src, kv, found)
	if err != nil {
		return err
	}
	r.Meta, r.Rows = j.Meta(), 0
	report := &JobsReport{}
	for {
		jobs, err := j.Next()
		if err == io.EOF {
			report.Formats, report.Groups = slices.Clone(j.Formats()), j.Groups()
			r.Jobs = report
			return nil
		}
		if err != nil {
			return err
		}
		for i := range jobs {
			r.row(jobs[i].Arrival)
			report.add(&jobs[i])
		}
	}
}

func (r *JobsReport) add(j *models.Job) {
	if r.WorkMin == 0 || j.Work < r.WorkMin {
		r.WorkMin = j.Work
	}
	r.WorkMax = max(r.WorkMax, j.Work)
	r.Work += int64(j.Work)
	r.ByClass[j.Class]++
	r.ByOrigin[j.Origin]++
	if j.After > 0 {
		r.Waiting++
	}
	if j.Deadline > 0 {
		r.Deadline++
	}
}

// row counts a row and widens the span by its time.
func (r *Report) row(at models.Instant) {
	if r.Rows == 0 || at < r.From {
		r.From = at
	}
	r.Until = max(r.Until, at+1)
	r.Rows++
}

func (r *Report) prices(path string, src rowSource, kv []pair, found *findings) error {
	prices, meta, err := readPrices(path, src, kv, found)
	if err != nil {
		return err
	}
	r.Meta, r.Pools, r.Rows = meta, prices.Pools, 0
	for _, c := range prices.Changes {
		r.row(c.At)
	}
	return nil
}

func (r *Report) switches(path string, src rowSource, kv []pair, found *findings) error {
	switches, meta, err := readSwitches(path, src, kv, found)
	if err != nil {
		return err
	}
	r.Meta, r.Rows = meta, 0
	for _, s := range switches {
		r.row(s.At)
	}
	return nil
}

func (r *Report) run(path string, src rowSource, s *Schema, kv []pair, found *findings) error {
	reader, err := newRunReader(path, src, s, kv, found)
	if err != nil {
		return err
	}
	r.Meta, r.Rows = reader.run.Meta, 0
	return reader.eachTime(s, r.row)
}

// eachTime reads a run's file to its end and calls row with every row's time.
func (r *runReader) eachTime(s *Schema, row func(models.Instant)) error {
	var read func() error
	switch s.Kind {
	case SeriesSchema.Kind:
		read = each((&SeriesReader{r: r}).Next, func(v *models.SeriesRow) { row(v.At) })
	case DecisionsSchema.Kind:
		read = each((&DecisionsReader{r: r}).Next, func(v *models.DecisionRow) { row(v.At) })
	case AttemptsSchema.Kind:
		read = each((&AttemptsReader{r: r}).Next, func(v *models.AttemptRow) { row(v.Start) })
	default:
		read = each((&LedgerReader{r: r}).Next, func(e *models.Event) { row(e.At) })
	}
	return read()
}

func each[T any](next func() ([]T, error), do func(*T)) func() error {
	return func() error {
		for {
			rows, err := next()
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return err
			}
			for i := range rows {
				do(&rows[i])
			}
		}
	}
}
