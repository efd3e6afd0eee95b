package policies

import (
	"math"

	"trough.internal/models"
	"trough.internal/models/settings"
)

// Margin is the seventh strategy: leave part of what is available unused, so that the owners' small ups and downs
// neither end borrowed instances nor meet an empty pool. What is held may use the margin up to its band: within it, nothing is
// launched and nothing ends.
type Margin struct {
	Share settings.Share `set:"share" default:"5%" min:"0%" max:"100%" doc:"Part of a pool's instances to leave unused: of those that of names."`
	Of    MarginOf       `set:"of" default:"reserved" enum:"reserved|available" doc:"What share is a part of: what is reserved, or what the owners leave unused of it. Of what is reserved, a pool with little to lend lends nothing."`
	Least int32          `set:"least" default:"1" min:"0" unit:"instances" doc:"Least to leave unused in a pool, however small."`
	Band  settings.Share `set:"band" default:"50%" min:"0%" max:"100%" doc:"Part of the margin that must stay unused; below it instances yield when idle. 100% has no dead band."`
}

// MarginOf is what a margin is a share of.
type MarginOf string

// What a margin can be a share of. The zero value means reserved.
const (
	OfReserved  MarginOf = "reserved"
	OfAvailable MarginOf = "available"
)

// Cause is ByMargin.
func (*Margin) Cause() models.Cause { return models.ByMargin }

// Memory is nil.
func (*Margin) Memory() any { return nil }

// Apply lowers a pool's targets: to grow up to available less the margin, to keep up to available less its band.
func (m *Margin) Apply(obs *models.Observation, p *Proposal) {
	for i, available := range p.Available {
		if !p.Known[i] || p.Bought[i] {
			continue
		}
		whole := obs.Reserved[i]
		if m.Of == OfAvailable {
			whole = max(0, available)
		}
		margin := max(m.Least, shareUp(m.Share, whole))
		grow := max(0, available-margin-p.PoolLeaving[i]) // who leaves will have used it until then
		keep := max(grow, available-shareUp(m.Band, margin))
		p.CapPool(i, min(max(p.PoolHeld[i], grow), max(0, keep)))
	}
}

// shareUp is a part of n instances, rounded up but for the dust that a product of floats leaves.
func shareUp(share settings.Share, n int32) int32 {
	return int32(math.Ceil(float64(share)*float64(n) - dust))
}

// shareDown is a part of n instances, rounded down but for dust.
func shareDown(share settings.Share, n int32) int32 {
	return int32(math.Floor(float64(share)*float64(n) + dust))
}
