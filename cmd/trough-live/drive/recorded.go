package drive

import (
	"fmt"

	"trough.internal/cmd/trough-live/journal"
	"trough.internal/models"
	"trough.internal/policies"
)

// Reader takes a journal as it was written. What it is given is valid during the call; an error ends the reading.
type Reader interface {
	// Segment begins a segment, with the state before its first evaluation. Where an evaluation could not be written down, its
	// events are missing: then that state is not the one that the events before led to.
	Segment(*Segment) error
	// Cycle is the next evaluation. Its Acted is false: what was not written down was not acted upon, and of the rest events tell.
	Cycle(*Cycle) error
}

// Segment is what a journal's segment says before its evaluations.
type Segment struct {
	Market *models.Market
	Policy *policies.Settings
	Mode   Mode

	Workload []models.Workload // by borrower; until an answer comes it is as of the driver's start, and empty
}

// Read gives a journal to a reader, and says how many bytes of a torn tail follow its last whole record. It decides nothing again:
// decisions, trails and orders are those that stand there.
func Read(folder journal.Folder, to Reader) (torn int64, err error) {
	var r replay
	return journal.Read(folder, func(rec journal.Record) error {
		var err error
		if rec.Index == 0 {
			err = r.giveSegment(rec.Content, to)
		} else {
			err = r.giveCycle(rec.Content, to)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", rec.Place(), err)
		}
		return nil
	})
}

func (r *replay) giveSegment(content []byte, to Reader) error {
	if err := r.begin(content); err != nil {
		return err
	}
	mode, err := ParseMode(r.head.Mode)
	if err != nil {
		return err
	}
	return to.Segment(&Segment{Market: r.driver.market, Policy: r.driver.setup.Policy, Mode: mode, Workload: r.driver.obs.Workload})
}

func (r *replay) giveCycle(content []byte, to Reader) error {
	rec, c, err := r.observe(content)
	if err != nil {
		return err
	}
	cells := c.Obs.Cells()
	for _, from := range []struct {
		rows *decisionRows
		into **models.Decision
	}{{&rec.Decided, &c.Decided}, {&rec.Guarded, &c.Guarded}} {
		if *from.into, err = from.rows.decision(); err != nil {
			return err
		}
		if len((*from.into).Target) != cells {
			return fmt.Errorf("its decision has %d cells: expected %d", len((*from.into).Target), cells)
		}
	}
	if c.Decided.Trail, err = trailFrom(rec.Trail, cells); err != nil {
		return err
	}
	if c.Orders, err = ordersFrom(rec.Orders, c.Obs); err != nil {
		return err
	}
	c.Bound, c.Notes = rec.Bound, rec.Notes
	return to.Cycle(c)
}

// trailFrom is what the rows were made of: a stage's columns are those of the stage before, but for what it changed.
func trailFrom(rows []trailRow, cells int) (*models.Trail, error) {
	t := new(models.Trail)
	last := models.NewDecision(cells)
	for _, row := range rows {
		if row.Stage < 0 || row.Stage >= int32(models.Causes) {
			return nil, fmt.Errorf("a trail has stage %d: expected less than %d", row.Stage, models.Causes)
		}
		stage := models.NewDecision(cells)
		copyDecision(stage, last)
		for _, cell := range row.Cells {
			if cell[0] < 0 || int(cell[0]) >= cells {
				return nil, fmt.Errorf("a trail has cell %d: expected less than %d", cell[0], cells)
			}
			stage.Target[cell[0]], stage.Keep[cell[0]] = cell[1], cell[2]
		}
		t.Stages, t.Demand = append(t.Stages, models.Cause(row.Stage)), append(t.Demand, row.Demand)
		t.Target, t.Keep = append(t.Target, stage.Target), append(t.Keep, stage.Keep)
		last = stage
	}
	return t, nil
}

func ordersFrom(rows [][5]int32, obs *models.Observation) ([]models.Order, error) {
	list := make([]models.Order, len(rows))
	for i, row := range rows {
		if row[0] < 0 || int(row[0]) >= len(obs.Pools) || row[1] < 0 || int(row[1]) >= len(obs.Borrowers) ||
			row[2] < 0 || int(row[2]) >= len(orderNames) || row[3] < 0 || row[3] >= int32(models.Causes) || row[4] < 0 {
			return nil, fmt.Errorf("order %d has a number out of range: %v", i, row)
		}
		list[i] = models.Order{Pool: models.PoolID(row[0]), Borrower: models.BorrowerID(row[1]), Kind: models.OrderKind(row[2]),
			Cause: models.Cause(row[3]), N: row[4]}
	}
	return list, nil
}
