package billing_test

import (
	"testing"

	"pgregory.net/rapid"

	"trough.internal/models"
	"trough.internal/models/billing"
)

// RI-20 (EC2 guide): t2.small, one year, partial upfront: 60.00 + 0.007 x 8760 = 121.32.
func TestTheListValueIsAsPublished(t *testing.T) {
	small := billing.TermPrice{Upfront: 60_000_000, Hourly: 7_000, Hours: billing.OneYear}
	if got := small.ListValue(); got != 121_320_000 {
		t.Errorf("list value is %s; expected 121.32 USD", got)
	}
	// Derived: 121.32 / 8760 = 0.0138493...
	if got := small.Effective(); got != 13_849 {
		t.Errorf("effective price is %d; expected 13849 micro-USD per hour", got)
	}
}

func TestTheEffectivePriceOverTheTermIsTheListValueButForRounding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := billing.TermPrice{
			Upfront: models.MicroUSD(rapid.OneOf(rapid.Int64Range(0, 20_000), rapid.Int64Range(0, 100_000_000_000)).Draw(t, "upfront")),
			Hourly:  models.MicroUSDPerHour(rapid.Int64Range(0, 100_000_000).Draw(t, "hourly")),
			Hours:   rapid.SampledFrom([]int64{1, 2, 3, billing.OneYear, billing.ThreeYears}).Draw(t, "hours"),
		}
		off := 2 * (int64(p.ListValue()) - int64(p.Effective())*p.Hours)
		if off < -p.Hours || off >= p.Hours { // an exact half is rounded up
			t.Fatalf("%+v: effective %d, list value %d", p, p.Effective(), p.ListValue())
		}
	})
}
