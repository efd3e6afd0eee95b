package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"

	"trough.internal/models"
	"trough.internal/models/settings"
	"trough.internal/traces"
)

// whyAnswer is what a run's files say about an instant.
type whyAnswer struct {
	Run        string         `json:"run"`
	Scenario   string         `json:"scenario"`
	Policy     string         `json:"policy"`
	At         models.Instant `json:"at"`
	Evacuating []string       `json:"evacuating"` // regions
	Curfews    []curfewNow    `json:"curfews"`
	Pools      []whyCell      `json:"pools"`

	asked  bool // about one pool
	all    bool // whether pools without anything to tell are listed too
	shared bool // there is more than one borrower
	files  *runFiles
}

// whyCell is the decision on one pool and borrower.
type whyCell struct {
	Pool     string         `json:"pool"`
	Borrower string         `json:"borrower"`
	Since    models.Instant `json:"since"` // the evaluation that decided it; no later one until At changed it

	// What the policy saw then.
	Reserved  int32   `json:"reserved"`
	InUse     *int32  `json:"in_use"`             // the owners'; null where no report was trusted
	ReportAge *int32  `json:"report_age_seconds"` // since the report was true
	Available *int32  `json:"available"`
	Held      int32   `json:"held"`
	Idle      int32   `json:"idle"`
	Leaving   int32   `json:"leaving"`
	Demand    float64 `json:"demand_slots"` // after the last stage

	Target  int32  `json:"target"`
	Keep    *int32 `json:"keep"` // how many may outlive the notice; null is no limit
	Binding string `json:"binding"`
	Ends    string `json:"ends_by_notice"` // the stage that ends instances by notice; empty if none does

	Stages []whyStage  `json:"stages"`
	Now    *poolSeries `json:"at_that_instant,omitempty"`

	key  models.PoolKey
	rows []models.DecisionRow
}

// whyStage is one stage's word.
type whyStage struct {
	Stage        string `json:"stage"`
	TargetBefore int32  `json:"target_before"`
	Target       int32  `json:"target"`
	KeepBefore   *int32 `json:"keep_before"`
	Keep         *int32 `json:"keep"`
	Words        string `json:"words"`
}

// poolSeries is what a pool was at an instant, as the series have it.
type poolSeries struct {
	Reserved int64 `json:"reserved"`
	InUse    int64 `json:"in_use"` // models.Unknown where nobody knew
	Borrowed int64 `json:"borrowed"`
}

// why answers for an instant, and for one pool or for all.
func (r *runFiles) why(at models.Instant, pool string) (*whyAnswer, error) {
	m := &r.manifest
	w := &whyAnswer{Run: r.dir, Scenario: m.Scenario, Policy: m.Policy, At: at, asked: pool != "", files: r,
		Evacuating: []string{}, Curfews: []curfewNow{}, Pools: []whyCell{}}
	if len(r.policy.Strategies()) == 0 {
		return nil, fmt.Errorf("%s: policy %s has no stages: it holds nothing, at any time", r.dir, m.Policy)
	}
	d, err := traces.OpenDecisions(r.path("decisions.parquet"))
	if err != nil {
		return nil, err
	}
	defer d.Close()
	run := d.Run()
	wanted, err := poolNamed(&run, pool)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.dir, err)
	}
	if w.Pools, err = latest(d, at, wanted); err != nil {
		return nil, err
	}
	if len(w.Pools) == 0 {
		return nil, fmt.Errorf("%s: the policy had not yet decided anything at %s: it decides every %s from %s on", r.dir, at, r.policy.Evaluate, m.From)
	}
	w.shared = len(run.Borrowers) > 1
	if err := w.series(); err != nil {
		return nil, err
	}
	w.Curfews = curfewsAt(r.policy, run.Pools, at)
	for i := range w.Pools {
		w.Pools[i].tell(w)
	}
	slices.SortStableFunc(w.Pools, func(a, b whyCell) int { return cmp.Compare(b.matters(), a.matters()) })
	return w, nil
}

// poolNamed finds a pool by its name as the run's files have it, where one that is bought from says its kind; empty is all of
// them, -1.
func poolNamed(run *traces.Run, name string) (models.PoolID, error) {
	if name == "" {
		return models.NoPool, nil
	}
	var names []string
	for i, pool := range run.PoolNames() {
		if run.Pools[i].Kind == models.Base {
			continue // nothing is borrowed of it
		}
		if pool == name {
			return models.PoolID(i), nil
		}
		names = append(names, pool)
	}
	if near, ok := settings.Nearest(name, names); ok {
		return 0, fmt.Errorf("there is no pool %q: did you mean %q?", name, near)
	}
	return 0, fmt.Errorf("there is no pool %q: expected zone/type, such as %s", name, names[0])
}

// latest reads, of every cell or of those of one pool, the rows of the last evaluation until an instant that changed it.
func latest(d *traces.DecisionsReader, at models.Instant, wanted models.PoolID) ([]whyCell, error) {
	run := d.Run()
	cells := make([]whyCell, len(run.Pools)*len(run.Borrowers))
	for {
		rows, err := d.Next()
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		for _, row := range rows {
			if row.At > at || wanted != models.NoPool && row.Pool != wanted {
				continue
			}
			cell := &cells[int(row.Pool)*len(run.Borrowers)+int(row.Borrower)]
			if len(cell.rows) > 0 && cell.rows[0].At != row.At {
				cell.rows = cell.rows[:0]
			}
			cell.rows = append(cell.rows, row)
		}
		if err != nil || len(rows) > 0 && rows[len(rows)-1].At > at {
			break
		}
	}
	cells = slices.DeleteFunc(cells, func(c whyCell) bool { return len(c.rows) == 0 })
	names := run.PoolNames()
	for i := range cells {
		pool := &run.Pools[cells[i].rows[0].Pool]
		cells[i].key = models.PoolKey{Region: pool.Region, Zone: pool.Zone, Type: pool.Type}
		cells[i].Pool = names[cells[i].rows[0].Pool]
		cells[i].Borrower = run.Borrowers[cells[i].rows[0].Borrower]
		cells[i].fill()
	}
	return cells, nil
}

// fill takes the answer from the rows.
func (c *whyCell) fill() {
	first, last := c.rows[0], c.rows[len(c.rows)-1]
	c.Since = first.At
	c.Reserved, c.Held, c.Idle, c.Leaving, c.Demand = first.Reserved, first.Held, first.Idle, first.Leaving, last.Demand
	if first.InUse != models.Unknown {
		available := max(0, first.Reserved-first.InUse)
		c.InUse, c.ReportAge, c.Available = &first.InUse, &first.Age, &available
	}
	c.Target, c.Keep = last.Target, limitOf(last.Keep)
	target, keep := int32(0), models.NoLimit
	proposed := "" // by availability or schedule: the binding stage where no stage changed anything, which is then nobody else's doing
	for _, row := range c.rows {
		c.Stages = append(c.Stages, whyStage{Stage: row.Stage.String(), TargetBefore: target, Target: row.Target,
			KeepBefore: limitOf(keep), Keep: limitOf(row.Keep)})
		if row.Binding && row.Target != target {
			c.Binding = row.Stage.String()
		}
		if row.Stage == models.ByAvailability || row.Stage == models.BySchedule {
			proposed = row.Stage.String()
		}
		if row.Keep != keep && row.Held+row.Leaving > row.Keep {
			c.Ends = row.Stage.String()
		}
		target, keep = row.Target, row.Keep
	}
	if c.Binding == "" {
		c.Binding = proposed
	}
}

func limitOf(keep int32) *int32 {
	if keep == models.NoLimit {
		return nil
	}
	return &keep
}

// matters ranks cells: what must go by notice first, then what is to change most, then what holds most.
func (c *whyCell) matters() int64 {
	byNotice := int64(0)
	if c.Keep != nil {
		byNotice = max(0, int64(c.Held)-int64(*c.Keep))
	}
	change := max(int64(c.Target)-int64(c.Held), int64(c.Held)-int64(c.Target))
	return byNotice<<40 + change<<20 + int64(c.Held+c.Target+c.Leaving)
}

// series adds what the pools were at the instant, and which regions were evacuated.
func (w *whyAnswer) series() error {
	s, err := traces.OpenSeries(w.files.path("series.parquet"))
	if err != nil {
		return err
	}
	defer s.Close()
	run := s.Run()
	pools := make([]poolSeries, len(run.Pools))
	evacuating := make([]bool, len(run.Regions))
	for {
		rows, err := s.Next()
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		for _, row := range rows {
			if row.At > w.At {
				break
			}
			switch row.Series {
			case models.SeriesReserved:
				pools[row.Key].Reserved = row.Value
			case models.SeriesInUse:
				pools[row.Key].InUse = row.Value
			case models.SeriesBorrowed:
				pools[row.Key].Borrowed = row.Value
			case models.SeriesEvacuating:
				evacuating[row.Key] = row.Value != 0
			}
		}
		if err != nil || len(rows) > 0 && rows[len(rows)-1].At > w.At {
			break
		}
	}
	for i, on := range evacuating {
		if on {
			w.Evacuating = append(w.Evacuating, run.Regions[i])
		}
	}
	for i := range w.Pools {
		w.Pools[i].Now = &pools[w.Pools[i].rows[0].Pool]
	}
	return nil
}
