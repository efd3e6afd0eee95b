package policytest

import (
	"slices"

	"trough.internal/models"
)

// copyOf copies an observation. Where there is a next one, its columns lie behind the end of the copy's: who reads
// beyond the end reads the future. The lists of names stay the same, as callers keep them during a run.
func copyOf(obs, next *models.Observation) *models.Observation {
	own := *obs
	if next == nil {
		next = &models.Observation{}
	}
	own.Reserved = before(obs.Reserved, next.Reserved)
	own.InUse = before(obs.InUse, next.InUse)
	own.AsOf = before(obs.AsOf, next.AsOf)
	own.Evacuate = before(obs.Evacuate, next.Evacuate)
	own.Workload = before(obs.Workload, next.Workload)
	own.Price = before(obs.Price, next.Price)
	from, to, behind := counts(obs), counts(&own), counts(next)
	for i := range from {
		*to[i] = before(*from[i], *behind[i])
	}
	return &own
}

func before[T any](now, next []T) []T {
	return append(append(make([]T, 0, len(now)+len(next)), now...), next...)[:len(now)]
}

// counts are the columns by cell.
func counts(obs *models.Observation) [9]*[]int32 {
	return [...]*[]int32{&obs.OnOrder, &obs.Booting, &obs.Idle, &obs.Busy, &obs.Finishing, &obs.Leaving, &obs.HourEnding, &obs.Launched, &obs.Refused}
}

// spoil fills what is no longer the policy's to read.
func spoil(obs *models.Observation, with int32) {
	obs.Now = models.Instant(with)
	fill(obs.Reserved, with)
	fill(obs.InUse, with)
	fill(obs.AsOf, models.Instant(with))
	fill(obs.Price, models.MicroUSDPerHour(with))
	for _, column := range counts(obs) {
		fill(*column, with)
	}
	fill(obs.Workload, models.Workload{Running: with})
	for r := range obs.Evacuate {
		obs.Evacuate[r] = !obs.Evacuate[r]
	}
}

// spoilDecision fills what the policy is to write.
func spoilDecision(dec *models.Decision, with int32) {
	fill(dec.Target, with)
	fill(dec.Keep, with)
	fill(dec.Cause, models.Causes)
	fill(dec.KeepCause, models.Causes)
}

func fill[T any](column []T, with T) {
	for i := range column {
		column[i] = with
	}
}

// permute returns an observation with its pools in another order, out of a list that has it.
func permute(obs *models.Observation, order []int, list []models.Pool) *models.Observation {
	own := copyOf(obs, nil)
	own.Pools, own.RegionOf = list, slices.Clone(obs.RegionOf)
	borrowers := len(obs.Borrowers)
	from, to := counts(obs), counts(own)
	for p, q := range order {
		own.Reserved[p], own.InUse[p], own.AsOf[p], own.RegionOf[p] = obs.Reserved[q], obs.InUse[q], obs.AsOf[q], obs.RegionOf[q]
		own.Price[p] = obs.Price[q]
		for i := range from {
			copy((*to[i])[p*borrowers:][:borrowers], (*from[i])[q*borrowers:][:borrowers])
		}
	}
	return own
}
