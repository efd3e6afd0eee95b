package billing

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"

	"trough.internal/models"
	"trough.internal/models/catalog"
)

// CatalogRates are the on-demand rates of lists of prices, by the hour's date: those of the latest list that is not after
// the hour. The lists are of Linux on shared hardware; everything else is Unpriced, and so are Savings Plans.
func CatalogRates(h catalog.History) Rates {
	l := make(lists, len(h))
	for i, c := range h {
		l[i] = list{since: c.Since, rates: List{}}
		for _, t := range c.Types() {
			if t.OnDemand > 0 { // 0 is not offered
				l[i].rates[RateKey{Type: t.Name, Region: t.Region}] = Rate{t.OnDemand, Unpriced, Unpriced}
			}
		}
	}
	return l
}

// lists are lists of prices, earliest first.
type lists []list

type list struct {
	since models.Instant
	rates List
}

// Rate is that of the latest list that is not after the hour.
func (l lists) Rate(key RateKey, hour models.Instant) Rate {
	for i := len(l) - 1; i >= 0; i-- {
		if l[i].since <= hour {
			return l[i].rates.Rate(key, hour)
		}
	}
	return List(nil).Rate(key, hour)
}

// rates are the Rates that a bill is made with, by number, and what they lacked.
type rates struct {
	source   Rates
	keys     numbers[RateKey]
	now      []Rate           // by key, of the hour in asked
	asked    []models.Instant // by key
	missing  []bool           // by key: something had to be charged that has no rate
	rankings [Kinds]ranking   // of Savings Plans
	err      error            // the first
}

// rateMax is a million dollars an hour, as models.PriceUSD has it.
const rateMax models.MicroUSDPerHour = 1e12

// init follows the last new key. A nil source knows nothing.
func (r *rates) init(source Rates) {
	if source == nil {
		source = List(nil)
	}
	r.source = source
	r.now, r.missing = make([]Rate, len(r.keys.list)), make([]bool, len(r.keys.list))
	r.asked = slices.Repeat([]models.Instant{models.Never}, len(r.keys.list))
}

// at is a key's rate in a clock hour. The source is asked once for each.
func (r *rates) at(key int32, hour models.Instant) *Rate {
	if r.asked[key] != hour {
		rate := r.source.Rate(r.keys.list[key], hour)
		for _, one := range []*models.MicroUSDPerHour{&rate.OnDemand, &rate.EC2Plan, &rate.ComputePlan} {
			*one = max(*one, Unpriced)
			if *one > rateMax {
				r.fail(fmt.Errorf("%s: a rate of %d micro-USD per hour: expected at most %d", r.keys.list[key], *one, rateMax))
				*one = Unpriced
			}
		}
		r.now[key], r.asked[key] = rate, hour
	}
	return &r.now[key]
}

// charge is what units of an instance-hour cost on-demand in a clock hour; without a rate it is 0 and unpriced.
func (r *rates) charge(key int32, hour models.Instant, units, whole int64) (usd models.MicroUSD, unpriced bool) {
	rate := r.at(key, hour).OnDemand
	if rate == Unpriced {
		r.missing[key] = true
		return 0, true
	}
	usd, ok := charge(rate, units, whole)
	if !ok {
		r.fail(errTooMuch)
	}
	return usd, false
}

// fail keeps the first error, which Make returns when it is done.
func (r *rates) fail(err error) { r.err = cmp.Or(r.err, err) }

var errTooMuch = errors.New("more than 9 million million dollars")

// unpriced are the keys that lacked a rate, by region, type, platform, tenancy.
func (r *rates) unpriced() []RateKey {
	var keys []RateKey
	for i, missing := range r.missing {
		if missing {
			keys = append(keys, r.keys.list[i])
		}
	}
	slices.SortFunc(keys, func(a, b RateKey) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Type, b.Type),
			cmp.Compare(a.Platform, b.Platform), cmp.Compare(a.Tenancy, b.Tenancy))
	})
	return keys
}

// String is the key as messages write it.
func (k RateKey) String() string {
	return fmt.Sprintf("%s in %s, %s, %s tenancy", k.Type, k.Region, k.Platform, k.Tenancy)
}

// charge is rate x units / whole, rounded half away from zero to a micro-USD; false if that does not fit. None of them is
// negative, and whole is more than 0. Half of an odd whole is cut, which is right: no amount lies halfway then.
func charge(rate models.MicroUSDPerHour, units, whole int64) (models.MicroUSD, bool) {
	high, low := bits.Mul64(uint64(rate), uint64(units))
	low, carry := bits.Add64(low, uint64(whole)/2, 0)
	high += carry
	if high >= uint64(whole) {
		return 0, false
	}
	q, _ := bits.Div64(high, low, uint64(whole))
	return models.MicroUSD(q), q <= math.MaxInt64
}
