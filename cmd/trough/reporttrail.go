package main

import (
	"slices"

	"trough.internal/models"
	"trough.internal/report/document"
	"trough.internal/report/measure"
	"trough.internal/report/page"
	"trough.internal/traces"
)

// trailCollector picks out of a run's decisions those that explain its overdrafts: of each, what held as it began, and the first
// change while it lasted. Rows come in order of time, those of an evaluation of a cell together.
type trailCollector struct {
	borrowers int
	cells     [][]models.DecisionRow // by cell: its last evaluation
	episodes  [][]*collected         // by pool, in order of their beginning
}

// collected is what belongs to one episode, by borrower.
type collected struct {
	measure.Episode
	before, during [][]models.DecisionRow
}

// newTrails prepares for episodes, in order of their beginning; the list that comes back is in that order, too.
func newTrails(episodes []measure.Episode, pools, borrowers int) (*trailCollector, []*collected) {
	c := &trailCollector{borrowers: borrowers, cells: make([][]models.DecisionRow, pools*borrowers), episodes: make([][]*collected, pools)}
	var all []*collected
	for _, e := range episodes {
		one := &collected{Episode: e, before: make([][]models.DecisionRow, borrowers), during: make([][]models.DecisionRow, borrowers)}
		all = append(all, one)
		c.episodes[e.Pool] = append(c.episodes[e.Pool], one)
	}
	return c, all
}

func (c *trailCollector) row(row *models.DecisionRow) {
	if len(c.episodes[row.Pool]) == 0 {
		return
	}
	cell := &c.cells[int(row.Pool)*c.borrowers+int(row.Borrower)]
	if len(*cell) > 0 && (*cell)[0].At != row.At {
		c.begin(row, *cell)
		*cell = (*cell)[:0]
	}
	*cell = append(*cell, *row)
	for _, e := range c.episodes[row.Pool] {
		during := &e.during[row.Borrower]
		if e.Start < row.At && row.At <= e.End && (len(*during) == 0 || (*during)[0].At == row.At) {
			*during = append(*during, *row)
		}
	}
}

// begin gives a cell's last evaluation to those episodes that begin before its next one.
func (c *trailCollector) begin(next *models.DecisionRow, last []models.DecisionRow) {
	for _, e := range c.episodes[next.Pool] {
		if e.before[next.Borrower] == nil && last[0].At <= e.Start && e.Start < next.At {
			e.before[next.Borrower] = slices.Clone(last)
		}
	}
}

// finish gives the last evaluations to the episodes that began after them.
func (c *trailCollector) finish() {
	for k, last := range c.cells {
		if len(last) > 0 {
			end := models.DecisionRow{At: models.Never, Pool: models.PoolID(k / c.borrowers), Borrower: models.BorrowerID(k % c.borrowers)}
			c.begin(&end, last)
		}
	}
}

// trails are the episodes' in words.
func (run *reportedRun) trails(of *traces.Run, all []*collected) []page.Trail {
	names := of.PoolNames()
	list := make([]page.Trail, len(all))
	for k, e := range all {
		for b := range e.before {
			for _, rows := range [][]models.DecisionRow{e.before[b], e.during[b]} {
				if len(rows) == 0 {
					continue
				}
				d := run.decision(of, names[e.Pool], rows)
				d.During = d.At > e.Start
				list[k] = append(list[k], d)
			}
		}
	}
	return list
}

// decision is one evaluation as `trough why` tells it.
func (run *reportedRun) decision(of *traces.Run, name string, rows []models.DecisionRow) page.Decision {
	pool := &of.Pools[rows[0].Pool]
	cell := whyCell{Pool: name, key: models.PoolKey{Region: pool.Region, Zone: pool.Zone, Type: pool.Type}, rows: rows}
	cell.fill()
	cell.tell(&whyAnswer{files: run.runFiles, Curfews: curfewsAt(run.policy, of.Pools, cell.Since)})
	d := page.Decision{At: cell.Since, Saw: cell.saw(), Target: cell.Target, Binding: cell.Binding, Ends: cell.Ends}
	if len(of.Borrowers) > 1 {
		d.Borrower = of.Borrowers[rows[0].Borrower]
	}
	for i := range cell.Stages {
		s := &cell.Stages[i]
		target, stay := s.texts()
		if s.Target == s.TargetBefore && stay == "" && s.Words == "" {
			d.Quiet = append(d.Quiet, s.Stage)
			continue
		}
		d.Words = append(d.Words, page.StageWord{Stage: s.Stage, Target: target, Stay: stay, Words: s.Words})
	}
	return d
}

func (c *whyCell) saw() []document.Item {
	inUse := known(c.InUse)
	if c.ReportAge != nil {
		inUse += " (reported " + seconds(*c.ReportAge) + " ago)"
	}
	return []document.Item{{Name: "reserved", Text: count(c.Reserved)}, {Name: "in use", Text: inUse}, {Name: "available", Text: known(c.Available)},
		{Name: "held", Text: count(c.Held)}, {Name: "idle", Text: count(c.Idle)}, {Name: "leaving", Text: count(c.Leaving)},
		{Name: "demand in slots, of all pools", Text: decimal(c.Demand)}}
}
