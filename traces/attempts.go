package traces

import "trough.internal/models"

const (
	attemptJob = iota
	attemptClass
	attemptOutcome
	attemptCause
	attemptPool
	attemptBorrower
	attemptInstance
	attemptStart
	attemptEnd
	attemptWaited
	attemptWork
)

// Attempts writes jobs.parquet.
type Attempts struct{ w runWriter }

// CreateAttempts begins the attempts of a run.
func CreateAttempts(path string, run Run) (*Attempts, error) {
	w, err := createRun(path, &AttemptsSchema, run)
	if err != nil {
		return nil, err
	}
	return &Attempts{w}, nil
}

// Append takes the next row, in any order. An error is returned by Close.
func (a *Attempts) Append(row models.AttemptRow) {
	w := &a.w
	if w.err != nil {
		return
	}
	if row.End < row.Start {
		w.fail(fatal(w.path, "row %d: end is %s: expected %s or later, its start", w.rowWriter.rows+1, row.End, row.Start))
	}
	class := w.named("class", models.ClassNames(), int(row.Class))
	outcome := w.named("outcome", models.OutcomeNames(), int(row.Outcome))
	cause := w.named("cause", models.CauseNames(), int(row.Cause))
	pool := w.named("pool", w.pools, int(row.Pool))
	borrower := w.named("borrower", w.borrowers, int(row.Borrower))
	if w.err != nil {
		return
	}
	w.count(attemptJob, int32(row.Job))
	w.word(attemptClass, class)
	w.word(attemptOutcome, outcome)
	w.word(attemptCause, cause)
	w.word(attemptPool, pool)
	w.word(attemptBorrower, borrower)
	w.count(attemptInstance, int32(row.Instance))
	w.long(attemptStart, int64(row.Start))
	w.long(attemptEnd, int64(row.End))
	w.count(attemptWaited, row.Waited)
	w.count(attemptWork, row.Work)
	w.end()
}

// Close gives the file its name; after an error it leaves no file.
func (a *Attempts) Close() error { return a.w.close() }

// AttemptsReader reads jobs.parquet batch by batch.
type AttemptsReader struct {
	r    *runReader
	rows []models.AttemptRow
}

// OpenAttempts opens the attempts of a run.
func OpenAttempts(path string) (*AttemptsReader, error) {
	r, err := openRun(path, &AttemptsSchema, &findings{path: path})
	if err != nil {
		return nil, err
	}
	return &AttemptsReader{r: r}, nil
}

// Run returns whose numbers the rows hold.
func (a *AttemptsReader) Run() Run { return a.r.run }

// Close closes the file.
func (a *AttemptsReader) Close() error { return a.r.src.close() }

// Next returns the next rows; they are valid until the next call. After the last it returns io.EOF.
func (a *AttemptsReader) Next() ([]models.AttemptRow, error) {
	r, b := a.r, a.r.b
	if err := r.batch(&AttemptsSchema); err != nil {
		return nil, err
	}
	a.rows = a.rows[:0]
	for row := range b.n {
		v := models.AttemptRow{
			Job:      models.JobID(b.counts[attemptJob][row]),
			Class:    models.Class(b.counts[attemptClass][row]),
			Outcome:  models.Outcome(b.counts[attemptOutcome][row]),
			Cause:    models.Cause(b.counts[attemptCause][row]),
			Instance: models.InstanceID(b.counts[attemptInstance][row]),
			Start:    models.Instant(b.longs[attemptStart][row]),
			End:      models.Instant(b.longs[attemptEnd][row]),
			Waited:   b.counts[attemptWaited][row],
			Work:     b.counts[attemptWork][row],
		}
		if err := r.cell(attemptPool, attemptBorrower, &AttemptsSchema, row, &v.Pool, &v.Borrower); err != nil {
			return nil, err
		}
		if v.End < v.Start {
			if err := r.found.add("%s: end is %s: expected %s or later, its start", b.place(row), v.End, v.Start); err != nil {
				return nil, err
			}
		}
		a.rows = append(a.rows, v)
	}
	return a.rows, nil
}

// ReadAttempts reads all attempts of a run.
func ReadAttempts(path string) ([]models.AttemptRow, Run, error) {
	r, err := OpenAttempts(path)
	if err != nil {
		return nil, Run{}, err
	}
	defer r.Close()
	rows, err := gather(r.Next)
	return rows, r.Run(), err
}
