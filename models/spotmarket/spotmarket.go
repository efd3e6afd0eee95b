// Package spotmarket models spot capacity: how many instances of a pool can be had from a provider's spot market, and when it
// takes them back. It turns what was recorded into changes of capacity, which an engine replays like those of any other
// pool: reserved is what can be had, and in use is 0.
//
// There were two eras, and three kinds of records:
//
//   - Bids against prices (until 2017-11-28): all that is asked for can be had while the price is not above the bid, and
//     nothing while it is (Bid).
//   - Today prices hardly move; a most that one would pay is optional and is the on-demand price by default. Prices still
//     work as bids do, but what interrupts is want of capacity: recorded counts of what could be had (FromAvailable), or the
//     interruption classes of Amazon's Spot Instance Advisor (Class).
//
// What is not modelled: that many bids at one price are filled in part, and that one's own requests move the price.
package spotmarket

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"trough.internal/models"
)

// Notice is how long before the end of an interrupted instance its user is told: two minutes from 2015-01-05 on (AWS blog,
// "New - EC2 Spot Instance Termination Notices", January 2015; the day is that of the announcement), nothing before.
func Notice(at models.Instant) time.Duration {
	if at >= noticeSince {
		return 2 * time.Minute
	}
	return 0
}

var noticeSince = models.InstantOf(time.Date(2015, time.January, 5, 0, 0, 0, 0, time.UTC))

// Span is a stretch of time: [From, Until).
type Span struct{ From, Until models.Instant }

// Bid returns when a bid has capacity between two instants: while the price is not above it. Neighbouring spans do not
// touch. Prices are those of one pool in order of time; the last of several at one instant holds.
//
// Amazon said that an instance is interrupted when the price rises above the bid, and that it may or may not start, or go
// on, where the two are equal, as supply has it. Here it does: who bids the on-demand price, as was usual, is not
// interrupted by a price that reaches it.
//
// It is an error if no price is known at from, as in a pool without any.
func Bid(prices []models.PriceChange, bid models.MicroUSDPerHour, from, until models.Instant) ([]Span, error) {
	if len(prices) == 0 {
		return nil, fmt.Errorf("a bid of %s in a market without prices", text(bid))
	}
	if prices[0].At > from {
		return nil, fmt.Errorf("the price history begins %s: expected it to begin by %s", prices[0].At, from)
	}
	var spans []Span
	for i, c := range prices {
		next := until
		if i+1 < len(prices) {
			next = min(next, prices[i+1].At)
		}
		s := Span{max(c.At, from), next}
		if s.From >= s.Until || c.Price > bid {
			continue
		}
		if n := len(spans); n > 0 && spans[n-1].Until == s.From {
			spans[n-1].Until = s.Until
			continue
		}
		spans = append(spans, s)
	}
	return spans, nil
}

func text(p models.MicroUSDPerHour) string {
	text, _ := p.MarshalText() // has no errors
	return string(text)
}

// Covers refuses a price history that ends before a scenario does. A history's end is its last change in any pool: a
// single pool's price may well hold for weeks.
func Covers(prices *models.Prices, until models.Instant) error {
	if len(prices.Changes) == 0 {
		return fmt.Errorf("the price history is empty")
	}
	if end := prices.Changes[len(prices.Changes)-1].At; end < until {
		return fmt.Errorf("the price history ends %s, before the scenario, which ends %s", end, until)
	}
	return nil
}

// Of returns the prices of one pool, in order of time; nil if the market has none there.
func Of(prices *models.Prices, pool models.PoolKey) []models.PriceChange {
	id := models.PoolID(slices.Index(prices.Pools, pool))
	var own []models.PriceChange
	for _, c := range prices.Changes {
		if c.Pool == id {
			own = append(own, c)
		}
	}
	return own
}

// Capacity says by changes that so many instances of a pool can be had within spans, and none outside of them. The first
// change is at from. Spans are in order and do not touch.
func Capacity(pool models.PoolID, most int32, spans []Span, from models.Instant) []models.CapacityChange {
	var changes []models.CapacityChange
	if len(spans) == 0 || spans[0].From > from {
		changes = append(changes, models.CapacityChange{At: from, Pool: pool})
	}
	for _, s := range spans {
		changes = append(changes, models.CapacityChange{At: s.From, Pool: pool, Reserved: most}, models.CapacityChange{At: s.Until, Pool: pool})
	}
	return changes
}

// FromAvailable takes recorded counts of what could be had for a pool's capacity: reserved - in use of the trace, at most
// so many. Where the trace does not know, nothing can be had: who asks for an instance that nobody saw offered gets none.
// What the trace says before from holds at from. Changes are those of one pool in order of time; the pool becomes another.
func FromAvailable(recorded []models.CapacityChange, pool models.PoolID, most int32, from models.Instant) []models.CapacityChange {
	changes := []models.CapacityChange{{At: from, Pool: pool}}
	for _, c := range recorded {
		can := int32(0)
		if c.InUse != models.Unknown {
			can = min(most, max(0, c.Reserved-c.InUse))
		}
		last := &changes[len(changes)-1]
		switch {
		case c.At <= last.At:
			last.Reserved = can
		case can != last.Reserved:
			changes = append(changes, models.CapacityChange{At: c.At, Pool: pool, Reserved: can})
		}
	}
	return changes
}

// Sort puts the changes of several pools in the order of a trace: time, then pool.
func Sort(changes []models.CapacityChange) {
	slices.SortStableFunc(changes, func(a, b models.CapacityChange) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Pool, b.Pool))
	})
}
