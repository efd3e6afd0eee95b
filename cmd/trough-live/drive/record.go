package drive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"trough.internal/models"
	"trough.internal/models/settings"
)

// formatVersion is that of the records below. A reader refuses another one.
const formatVersion = 1

// recordsMost is after how many cycles a new segment is begun: a day of minutes, so that whoever resumes or verifies replays a
// day at most.
const recordsMost = 1440

// head is the first record of a segment: what a reader needs to know to begin there.
type head struct {
	Format    int           `json:"format"`
	Policy    string        `json:"policy"` // its file
	Mode      string        `json:"mode"`
	Pools     []models.Pool `json:"pools"`
	Borrowers []string      `json:"borrowers"`

	// The words that numbers in records stand for: another build may number them differently.
	Kinds  []string `json:"kinds"`
	States []string `json:"states"`
	Causes []string `json:"causes"`

	// The state before the segment's first cycle.
	Cycle      int64             `json:"cycle"`
	Cursor     int64             `json:"cursor"`
	Now        models.Instant    `json:"now"`
	Reserved   []int32           `json:"reserved"` // by pool
	InUse      []int32           `json:"in_use"`
	AsOf       []models.Instant  `json:"as_of"` // by lendable pool
	Count      [][]int32         `json:"count"` // by state, then cell
	Queued     []int32           `json:"queued"`
	QueuedWork []int64           `json:"queued_work"`
	Evacuating []bool            `json:"evacuating"`
	Switched   []bool            `json:"switched"` // by region: by a stop state
	Workload   []models.Workload `json:"workload"`
	Memory     json.RawMessage   `json:"memory"`          // the policy's snapshot
	Cloud      json.RawMessage   `json:"cloud,omitempty"` // all that a custodian knows
}

// record is one cycle. Rows of numbers keep it small: what they are stands at each of them.
type record struct {
	Cycle  int64          `json:"cycle"`
	Now    models.Instant `json:"now"`
	Cursor int64          `json:"cursor"` // behind its events
	Events [][12]int64    `json:"events"` // see eventRow

	observed

	Decided decisionRows `json:"decided"`
	Trail   []trailRow   `json:"trail"`
	Bound   []Bound      `json:"bound,omitempty"`
	Guarded decisionRows `json:"guarded"`
	Orders  [][5]int32   `json:"orders"` // pool, borrower, kind, cause, instances
	Notes   []string     `json:"notes,omitempty"`

	Epoch    int64 `json:"epoch,omitempty"`    // of the lease under which the orders are given
	Withheld bool  `json:"withheld,omitempty"` // they are not given: the lease is not held

	Cloud json.RawMessage `json:"cloud,omitempty"` // what a custodian has learnt since the record before
}

// observed is a cycle's observation. What instances do follows from the events, and is here to be checked and read.
type observed struct {
	Reserved []int32           `json:"reserved"` // by lendable pool
	InUse    []int32           `json:"in_use"`
	AsOf     []models.Instant  `json:"as_of"`
	Count    [][][2]int32      `json:"count"` // by state: cell and instances, where there are any
	Launched [][2]int32        `json:"launched"`
	Refused  [][2]int32        `json:"refused"`
	Workload []models.Workload `json:"workload"`
	Evacuate []bool            `json:"evacuate"`
	Switched []bool            `json:"switched"`
}

// decisionRows is a decision by cell; Keep only where something is to end.
type decisionRows struct {
	Target []int32    `json:"target"`
	Cause  []int32    `json:"cause"`
	Keep   [][3]int32 `json:"keep,omitempty"` // cell, keep, cause
}

// trailRow is what a stage changed.
type trailRow struct {
	Stage  int32      `json:"stage"`
	Demand float64    `json:"demand"`
	Cells  [][3]int32 `json:"cells,omitempty"` // cell, target and keep after it, where it changed one of them
}

// write appends the cycle to the journal, and begins a segment where none is open or the last is full. A disk that does not answer is
// waited for no longer than any other question, so that the driver goes on saying that nothing is done; it is not asked anew before it
// has answered, and what it wrote late was not acted upon.
func (d *Driver) write(ctx context.Context, c *Cycle) error {
	if d.Writing() {
		return errDisk
	}
	r := recordOf(d, c)
	var err error
	if r.Cloud, err = d.remember(false); err != nil {
		return err
	}
	content, err := json.Marshal(r)
	if err != nil {
		return err
	}
	begin := d.head
	_, err = d.writes.Do(ctx, d.setup.Patience, func(context.Context) (struct{}, error) {
		if begin != nil {
			if err := d.setup.Journal.Begin(begin); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, d.setup.Journal.Append(content)
	})
	if err != nil {
		d.inside = recordsMost // what is on the disk is not known: the next cycle begins a segment
		if errors.Is(err, errLate) {
			err = errDisk
		}
		return err
	}
	if begin != nil {
		d.head, d.inside = nil, 0
	}
	d.inside++
	return nil
}

var errDisk = errors.New("the disk has not answered yet")

// Writing says whether the journal is still being written, by a disk that did not answer in time. Until it has, nobody else may touch it.
func (d *Driver) Writing() bool { return d.writes.pending != nil && !d.writes.answered() }

// keepHead makes the head of a segment that begins with the cycle to come, if one does: nothing of that cycle may be in it.
func (d *Driver) keepHead(c *Cycle) {
	if d.head == nil && d.inside < recordsMost {
		return
	}
	made, err := headOf(d, c.Number)
	if err != nil {
		c.note("the policy's memory cannot be written down: %v", err)
		return
	}
	d.head = made
}

func headOf(d *Driver, cycle int64) ([]byte, error) {
	memory, err := d.policy.Snapshot()
	if err != nil {
		return nil, err
	}
	file, err := settings.Encode(d.setup.Policy)
	if err != nil {
		return nil, err
	}
	cloud, err := d.remember(true)
	if err != nil {
		return nil, err
	}
	m := d.market
	h := head{
		Format: formatVersion, Policy: string(file), Mode: d.setup.Mode.String(), Pools: m.Pools, Borrowers: m.Borrowers,
		Kinds: models.KindNames(), States: models.StateNames(), Causes: models.CauseNames(),
		Cycle: cycle, Cursor: d.cursor, Now: m.Now, Reserved: m.Reserved, InUse: m.InUse, AsOf: d.obs.AsOf,
		Queued: m.Queued[:], QueuedWork: m.QueuedWork[:], Evacuating: m.Evacuating, Switched: d.safety.switched,
		Workload: d.obs.Workload, Memory: memory, Cloud: cloud,
	}
	for s := range m.Count {
		h.Count = append(h.Count, m.Count[s])
	}
	return json.Marshal(&h)
}

func recordOf(d *Driver, c *Cycle) *record {
	obs := c.Obs
	r := &record{
		Cycle: c.Number, Now: c.Now, Cursor: d.cursor,
		observed: observed{Reserved: obs.Reserved, InUse: obs.InUse, AsOf: obs.AsOf, Count: countsOf(d.market), Launched: sparse(obs.Launched),
			Refused: sparse(obs.Refused), Workload: obs.Workload, Evacuate: obs.Evacuate, Switched: d.safety.switched},
		Decided: rowsOf(c.Decided), Trail: trailOf(c.Decided.Trail), Bound: c.Bound, Guarded: rowsOf(c.Guarded), Orders: ordersOf(c.Orders), Notes: c.Notes,
		Epoch: c.facts.epoch, Withheld: c.Withheld,
	}
	for i := range c.Events {
		r.Events = append(r.Events, eventRow(&c.Events[i]))
	}
	return r
}

// eventRow is an event as a row: at, kind, from, to, pool, borrower, instance, job, N, M, cause, class.
func eventRow(e *models.Event) [12]int64 {
	return [12]int64{int64(e.At), int64(e.Kind), int64(e.From), int64(e.To), int64(e.Pool), int64(e.Borrower), int64(e.Instance), int64(e.Job),
		int64(e.N), int64(e.M), int64(e.Cause), int64(e.Class)}
}

func eventOf(row [12]int64) models.Event {
	return models.Event{At: models.Instant(row[0]), Kind: models.EventKind(row[1]), From: models.State(row[2]), To: models.State(row[3]),
		Pool: models.PoolID(row[4]), Borrower: models.BorrowerID(row[5]), Instance: models.InstanceID(row[6]), Job: models.JobID(row[7]),
		N: int32(row[8]), M: int32(row[9]), Cause: models.Cause(row[10]), Class: models.Class(row[11])}
}

func countsOf(m *models.Market) [][][2]int32 {
	counts := make([][][2]int32, len(m.Count))
	for s := range m.Count {
		counts[s] = sparse(m.Count[s])
	}
	return counts
}

// sparse is a column's cells that are not zero.
func sparse(column []int32) (list [][2]int32) {
	for cell, n := range column {
		if n != 0 {
			list = append(list, [2]int32{int32(cell), n})
		}
	}
	return list
}

func rowsOf(dec *models.Decision) decisionRows {
	rows := decisionRows{Target: dec.Target, Cause: make([]int32, len(dec.Cause))}
	for cell, cause := range dec.Cause {
		rows.Cause[cell] = int32(cause)
		if dec.Keep[cell] != models.NoLimit {
			rows.Keep = append(rows.Keep, [3]int32{int32(cell), dec.Keep[cell], int32(dec.KeepCause[cell])})
		}
	}
	return rows
}

// decision is what the rows were made of.
func (rows *decisionRows) decision() (*models.Decision, error) {
	dec := models.NewDecision(len(rows.Target))
	if len(rows.Cause) != len(rows.Target) {
		return nil, fmt.Errorf("a decision has %d targets and %d causes", len(rows.Target), len(rows.Cause))
	}
	copy(dec.Target, rows.Target)
	for cell, cause := range rows.Cause {
		if cause < 0 || cause >= int32(models.Causes) {
			return nil, fmt.Errorf("a decision has cause %d: expected less than %d", cause, models.Causes)
		}
		dec.Cause[cell] = models.Cause(cause)
	}
	for _, k := range rows.Keep {
		if k[0] < 0 || int(k[0]) >= len(dec.Keep) || k[2] < 0 || k[2] >= int32(models.Causes) {
			return nil, fmt.Errorf("a decision has cell %d with cause %d: expected less than %d and %d", k[0], k[2], len(dec.Keep), models.Causes)
		}
		dec.Keep[k[0]], dec.KeepCause[k[0]] = k[1], models.Cause(k[2])
	}
	return dec, nil
}

func trailOf(t *models.Trail) []trailRow {
	list := make([]trailRow, len(t.Stages))
	for i, stage := range t.Stages {
		list[i] = trailRow{Stage: int32(stage), Demand: t.Demand[i]}
		for cell, target := range t.Target[i] {
			keep, targetBefore, keepBefore := t.Keep[i][cell], int32(0), models.NoLimit
			if i > 0 {
				targetBefore, keepBefore = t.Target[i-1][cell], t.Keep[i-1][cell]
			}
			if target != targetBefore || keep != keepBefore {
				list[i].Cells = append(list[i].Cells, [3]int32{int32(cell), target, keep})
			}
		}
	}
	return list
}

func ordersOf(orders []models.Order) [][5]int32 {
	list := make([][5]int32, len(orders))
	for i, o := range orders {
		list[i] = [5]int32{int32(o.Pool), int32(o.Borrower), int32(o.Kind), int32(o.Cause), o.N}
	}
	return list
}
