package traces

import "trough.internal/models"

const (
	ledgerTime = iota
	ledgerKind
	ledgerPool
	ledgerBorrower
	ledgerInstance
	ledgerJob
	ledgerN
	ledgerM
	ledgerFrom
	ledgerTo
	ledgerCause
	ledgerClass
)

// Ledger writes ledger.parquet. It is a models.Sink.
type Ledger struct {
	w    runWriter
	full bool
}

var _ models.Sink = (*Ledger)(nil)

// CreateLedger begins a ledger: of all events if it is full, else of those that concern capacity. Only a full ledger
// gives the same market again by itself; a capacity ledger needs the attempts beside it, which say when an instance
// was busy.
func CreateLedger(path string, run Run, full bool) (*Ledger, error) {
	if run.Meta.Other == nil || run.Meta.Other[keyLedger] == "" {
		other := map[string]string{keyLedger: "capacity"}
		if full {
			other[keyLedger] = "full"
		}
		for key, value := range run.Meta.Other {
			other[key] = value
		}
		run.Meta.Other = other
	}
	w, err := createRun(path, &LedgerSchema, run)
	if err != nil {
		return nil, err
	}
	return &Ledger{w: w, full: full}, nil
}

// keyLedger is the metadata that say whether a ledger is full or capacity.
const keyLedger = "ledger"

// Event takes the next event, in order of time. An error is returned by Close.
func (l *Ledger) Event(e models.Event) {
	w := &l.w
	if !l.full && !e.Kind.Capacity() || w.err != nil || !w.later(e.At) {
		return
	}
	pool, borrower := "", ""
	if e.Pool != models.NoPool {
		pool = w.named("pool", w.pools, int(e.Pool))
	}
	if int(e.Borrower) < len(w.borrowers) || e.Borrower != 0 {
		borrower = w.named("borrower", w.borrowers, int(e.Borrower))
	}
	kind := w.named("kind", models.KindNames()[1:], int(e.Kind)-1)
	from, to := w.named("state", models.StateNames(), int(e.From)), w.named("state", models.StateNames(), int(e.To))
	cause, class := w.named("cause", models.CauseNames(), int(e.Cause)), w.named("class", models.ClassNames(), int(e.Class))
	if w.err != nil {
		return
	}
	w.long(ledgerTime, int64(e.At))
	w.word(ledgerKind, kind)
	w.word(ledgerPool, pool)
	w.word(ledgerBorrower, borrower)
	w.count(ledgerInstance, int32(e.Instance))
	w.count(ledgerJob, int32(e.Job))
	w.count(ledgerN, e.N)
	w.count(ledgerM, e.M)
	w.word(ledgerFrom, from)
	w.word(ledgerTo, to)
	w.word(ledgerCause, cause)
	w.word(ledgerClass, class)
	w.end()
}

// Close gives the file its name; after an error it leaves no file.
func (l *Ledger) Close() error { return l.w.close() }

// LedgerReader reads ledger.parquet batch by batch.
type LedgerReader struct {
	r      *runReader
	events []models.Event
}

// OpenLedger opens the ledger of a run.
func OpenLedger(path string) (*LedgerReader, error) {
	r, err := openRun(path, &LedgerSchema, &findings{path: path})
	if err != nil {
		return nil, err
	}
	return &LedgerReader{r: r}, nil
}

// Run returns whose numbers the events hold.
func (l *LedgerReader) Run() Run { return l.r.run }

// Full says whether the ledger holds all events, not those that concern capacity alone.
func (l *LedgerReader) Full() bool { return l.r.run.Meta.Other[keyLedger] == "full" }

// Close closes the file.
func (l *LedgerReader) Close() error { return l.r.src.close() }

// Next returns the next events; they are valid until the next call. After the last it returns io.EOF.
func (l *LedgerReader) Next() ([]models.Event, error) {
	r, b := l.r, l.r.b
	if err := r.batch(&LedgerSchema); err != nil {
		return nil, err
	}
	l.events = l.events[:0]
	for row := range b.n {
		e := models.Event{
			At:       models.Instant(b.longs[ledgerTime][row]),
			Kind:     models.EventKind(b.counts[ledgerKind][row] + 1),
			Instance: models.InstanceID(b.counts[ledgerInstance][row]),
			Job:      models.JobID(b.counts[ledgerJob][row]),
			N:        b.counts[ledgerN][row],
			M:        b.counts[ledgerM][row],
			From:     models.State(b.counts[ledgerFrom][row]),
			To:       models.State(b.counts[ledgerTo][row]),
			Cause:    models.Cause(b.counts[ledgerCause][row]),
			Class:    models.Class(b.counts[ledgerClass][row]),
		}
		if err := r.cell(ledgerPool, ledgerBorrower, &LedgerSchema, row, &e.Pool, &e.Borrower); err != nil {
			return nil, err
		}
		if err := r.inOrder(e.At, row); err != nil {
			return nil, err
		}
		l.events = append(l.events, e)
	}
	return l.events, nil
}

// ReadLedger reads all events of a run.
func ReadLedger(path string) ([]models.Event, Run, error) {
	r, err := OpenLedger(path)
	if err != nil {
		return nil, Run{}, err
	}
	defer r.Close()
	events, err := gather(r.Next)
	return events, r.Run(), err
}
