package main

import (
	"slices"

	"trough.internal/models"
)

// decisionLog turns decisions into rows: all rows of a cell at every evaluation at which a stage's value, or which
// stage was binding, changed.
type decisionLog struct {
	row  func(models.DecisionRow)
	last []int32 // by cell, then stage: target and keep, then the binding stage
}

// Decision takes the next decision; it must carry its trail.
func (l *decisionLog) Decision(obs *models.Observation, dec *models.Decision) {
	stages := dec.Trail.Stages
	width := 2*len(stages) + 2
	first := l.last == nil
	if first {
		l.last = make([]int32, obs.Cells()*width)
	}
	now := make([]int32, width)
	for c := range obs.Cells() {
		for i := range stages {
			now[2*i], now[2*i+1] = dec.Trail.Target[i][c], dec.Trail.Keep[i][c]
		}
		now[width-2], now[width-1] = int32(dec.Cause[c]), int32(dec.KeepCause[c])
		before := l.last[c*width : (c+1)*width]
		if !first && slices.Equal(before, now) {
			continue
		}
		copy(before, now)
		l.cell(obs, dec, c)
	}
}

func (l *decisionLog) cell(obs *models.Observation, dec *models.Decision, c int) {
	pool := c / len(obs.Borrowers)
	for i, stage := range dec.Trail.Stages {
		l.row(models.DecisionRow{
			At: obs.Now, Pool: models.PoolID(pool), Borrower: models.BorrowerID(c % len(obs.Borrowers)),
			Stage: stage, Binding: stage == dec.Cause[c], Target: dec.Trail.Target[i][c], Keep: dec.Trail.Keep[i][c],
			Reserved: obs.Reserved[pool], InUse: obs.InUse[pool], Age: int32(obs.Now - obs.AsOf[pool]),
			Held: obs.Held(c), Idle: obs.Idle[c], Leaving: obs.Finishing[c] + obs.Leaving[c], Demand: dec.Trail.Demand[i],
		})
	}
}
