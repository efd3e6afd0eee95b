package traces

import "trough.internal/models"

const (
	decisionTime = iota
	decisionPool
	decisionBorrower
	decisionStage
	decisionBinding
	decisionTarget
	decisionKeep
	decisionReserved
	decisionInUse
	decisionAge
	decisionHeld
	decisionIdle
	decisionLeaving
	decisionDemand
)

// Decisions writes decisions.parquet.
type Decisions struct{ w runWriter }

// CreateDecisions begins the decisions of a run.
func CreateDecisions(path string, run Run) (*Decisions, error) {
	w, err := createRun(path, &DecisionsSchema, run)
	if err != nil {
		return nil, err
	}
	return &Decisions{w}, nil
}

// Append takes the next row, in order of time. An error is returned by Close.
func (d *Decisions) Append(row models.DecisionRow) {
	w := &d.w
	if w.err != nil || !w.later(row.At) {
		return
	}
	pool := w.named("pool", w.pools, int(row.Pool))
	borrower := w.named("borrower", w.borrowers, int(row.Borrower))
	stage := w.named("stage", models.CauseNames(), int(row.Stage))
	if w.err != nil {
		return
	}
	keep := row.Keep
	if keep == models.NoLimit {
		keep = -1
	}
	w.long(decisionTime, int64(row.At))
	w.word(decisionPool, pool)
	w.word(decisionBorrower, borrower)
	w.word(decisionStage, stage)
	w.flag(decisionBinding, row.Binding)
	w.count(decisionTarget, row.Target)
	w.count(decisionKeep, keep)
	w.count(decisionReserved, row.Reserved)
	w.count(decisionInUse, row.InUse)
	w.count(decisionAge, row.Age)
	w.count(decisionHeld, row.Held)
	w.count(decisionIdle, row.Idle)
	w.count(decisionLeaving, row.Leaving)
	w.float(decisionDemand, row.Demand)
	w.end()
}

// Close gives the file its name; after an error it leaves no file.
func (d *Decisions) Close() error { return d.w.close() }

// DecisionsReader reads decisions.parquet batch by batch.
type DecisionsReader struct {
	r    *runReader
	rows []models.DecisionRow
}

// OpenDecisions opens the decisions of a run.
func OpenDecisions(path string) (*DecisionsReader, error) {
	r, err := openRun(path, &DecisionsSchema, &findings{path: path})
	if err != nil {
		return nil, err
	}
	return &DecisionsReader{r: r}, nil
}

// Run returns whose numbers the rows hold.
func (d *DecisionsReader) Run() Run { return d.r.run }

// Close closes the file.
func (d *DecisionsReader) Close() error { return d.r.src.close() }

// Next returns the next rows; they are valid until the next call. After the last it returns io.EOF.
func (d *DecisionsReader) Next() ([]models.DecisionRow, error) {
	r, b := d.r, d.r.b
	if err := r.batch(&DecisionsSchema); err != nil {
		return nil, err
	}
	d.rows = d.rows[:0]
	for row := range b.n {
		v := models.DecisionRow{
			At:       models.Instant(b.longs[decisionTime][row]),
			Stage:    models.Cause(b.counts[decisionStage][row]),
			Binding:  b.counts[decisionBinding][row] != 0,
			Target:   b.counts[decisionTarget][row],
			Keep:     b.counts[decisionKeep][row],
			Reserved: b.counts[decisionReserved][row],
			InUse:    b.counts[decisionInUse][row],
			Age:      b.counts[decisionAge][row],
			Held:     b.counts[decisionHeld][row],
			Idle:     b.counts[decisionIdle][row],
			Leaving:  b.counts[decisionLeaving][row],
			Demand:   b.floats[decisionDemand][row],
		}
		if v.Keep == -1 {
			v.Keep = models.NoLimit
		}
		if err := r.cell(decisionPool, decisionBorrower, &DecisionsSchema, row, &v.Pool, &v.Borrower); err != nil {
			return nil, err
		}
		if err := r.inOrder(v.At, row); err != nil {
			return nil, err
		}
		d.rows = append(d.rows, v)
	}
	return d.rows, nil
}

// cell finds the numbers of a row's pool and borrower.
func (r *runReader) cell(poolColumn, borrowerColumn int, s *Schema, row int, pool *models.PoolID, borrower *models.BorrowerID) error {
	p, err := r.number(r.pools, &s.Columns[poolColumn], r.b.text(poolColumn, row), row, int(models.NoPool))
	if err != nil {
		return err
	}
	b, err := r.number(r.borrowers, &s.Columns[borrowerColumn], r.b.text(borrowerColumn, row), row, 0)
	*pool, *borrower = models.PoolID(p), models.BorrowerID(b)
	return err
}

// ReadDecisions reads all decisions of a run.
func ReadDecisions(path string) ([]models.DecisionRow, Run, error) {
	r, err := OpenDecisions(path)
	if err != nil {
		return nil, Run{}, err
	}
	defer r.Close()
	rows, err := gather(r.Next)
	return rows, r.Run(), err
}
