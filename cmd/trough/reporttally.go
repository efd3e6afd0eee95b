package main

import (
	"slices"

	"trough.internal/models"
	"trough.internal/report/page"
)

// decisionTally sums up a run's decisions within a span. A cell's decision holds until its next.
type decisionTally struct {
	from, until models.Instant
	borrowers   int
	cells       []decided
	stages      [models.Causes]page.Stage
	order       []models.Cause // as the policy has them: a cell's rows come in that order
	reports     page.Reports
	open        int // the cell whose rows are coming; -1 for none
}

// decided is what a cell's last evaluation came to.
type decided struct {
	at       models.Instant
	began    bool
	target   int32 // after the last stage that was read
	proposed models.Cause
	binding  models.Cause
	moves    []move
}

// move is by how much a stage changed the target.
type move struct {
	stage models.Cause
	by    int32
}

func newTally(run *reportedRun, pools, borrowers int) *decisionTally {
	return &decisionTally{from: run.from, until: run.until, borrowers: borrowers, cells: make([]decided, pools*borrowers), open: -1}
}

// row takes the next row: those of a cell's evaluation come together, stage by stage.
func (t *decisionTally) row(row *models.DecisionRow) {
	if row.At >= t.until {
		return
	}
	k := int(row.Pool)*t.borrowers + int(row.Borrower)
	c := &t.cells[k]
	if k != t.open || row.At != c.at || !c.began {
		t.hold(c, row.At)
		t.open = k
		*c = decided{at: row.At, began: true, moves: c.moves[:0]}
		t.report(row)
	}
	if !slices.Contains(t.order, row.Stage) {
		t.order = append(t.order, row.Stage)
	}
	if row.Target != c.target {
		c.moves = append(c.moves, move{row.Stage, row.Target - c.target})
		if row.Binding {
			c.binding = row.Stage
		}
	}
	if row.Stage == models.ByAvailability || row.Stage == models.BySchedule {
		c.proposed = row.Stage
	}
	c.target = row.Target
}

func (t *decisionTally) report(row *models.DecisionRow) {
	if row.At < t.from {
		return
	}
	if row.InUse == models.Unknown {
		t.reports.Unknown++
		return
	}
	t.reports.Seen++
	t.reports.AgeSum += int64(row.Age)
	t.reports.AgeMax = max(t.reports.AgeMax, row.Age)
}

// hold counts what a cell's decision came to, from when it was made until an instant.
func (t *decisionTally) hold(c *decided, until models.Instant) {
	if !c.began {
		return
	}
	seconds := int64(until - max(c.at, t.from))
	if seconds <= 0 {
		return
	}
	bound := c.binding
	if bound == models.NoCause {
		bound = c.proposed
	}
	t.stages[bound].Bound += seconds
	if c.at >= t.from {
		t.stages[bound].Times++
	}
	for _, m := range c.moves {
		if hours := float64(m.by) * float64(seconds) / 3600; hours < 0 {
			t.stages[m.stage].Lowered -= hours
		} else {
			t.stages[m.stage].Raised += hours
		}
	}
}

func (t *decisionTally) finish() trail {
	for k := range t.cells {
		t.hold(&t.cells[k], t.until)
	}
	sum := trail{reports: t.reports}
	for _, stage := range t.order {
		t.stages[stage].Name = stage.String()
		sum.stages = append(sum.stages, t.stages[stage])
	}
	return sum
}
