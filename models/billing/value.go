package billing

import "trough.internal/models"

// TermPrice is what a reservation of one instance costs over its term.
type TermPrice struct {
	Upfront models.MicroUSD        // Amazon's fixed price; not negative
	Hourly  models.MicroUSDPerHour // recurring, in every hour of the term, used or not; not negative
	Hours   int64                  // of the term, more than 0: OneYear or ThreeYears
}

// The terms that Amazon sells, in hours.
const (
	OneYear    = 365 * 24
	ThreeYears = 3 * OneYear
)

// ListValue is upfront + hourly x hours (EC2 guide, "Calculate Reserved Instance pricing discounts"): what all is paid for
// over the term, and what Amazon's volume discounts are measured by.
func (t TermPrice) ListValue() models.MicroUSD { return t.Upfront + t.Hourly.For(t.Hours*perHour) }

// Effective is the list value over the hours of the term, rounded half up to a whole micro-dollar. Catalogs state
// reservations so.
func (t TermPrice) Effective() models.MicroUSDPerHour {
	share := t.Upfront / models.MicroUSD(t.Hours)
	if rest := t.Upfront % models.MicroUSD(t.Hours); rest >= models.MicroUSD(t.Hours)-rest {
		share++
	}
	return t.Hourly + models.MicroUSDPerHour(share)
}
