package billing

import (
	"trough.internal/models"
	"trough.internal/models/catalog"
)

// rateMax is a million dollars an hour, as models.PriceUSD has it.
const rateMax models.MicroUSDPerHour = 1e12

// CatalogRates are the on-demand rates of lists of prices, by the hour's date: those of the latest list that is not after
// the hour. The lists are of Linux on shared hardware; everything else is Unpriced, and so are Savings Plans.
func CatalogRates(h catalog.History) Rates {
	r := make(listed, len(h))
	for i, c := range h {
		r[i] = prices{since: c.Since, rates: List{}}
		for _, t := range c.Types() {
			if t.OnDemand > 0 { // 0 is not offered
				r[i].rates[RateKey{Type: t.Name, Region: t.Region}] = Rate{t.OnDemand, Unpriced, Unpriced}
			}
		}
	}
	return r
}

// listed are lists of prices, earliest first.
type listed []prices

type prices struct {
	since models.Instant
	rates List
}

// Rate is that of the latest list that is not after the hour.
func (l listed) Rate(key RateKey, hour models.Instant) Rate {
	for i := len(l) - 1; i >= 0; i-- {
		if l[i].since <= hour {
			return l[i].rates.Rate(key, hour)
		}
	}
	return List(nil).Rate(key, hour)
}
