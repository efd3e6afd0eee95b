package spotmarket

import (
	"fmt"
	"time"

	"trough.internal/models"
	"trough.internal/models/random"
	"trough.internal/models/settings"
)

// Drawn is how a spot price of the bid era is drawn where none was recorded: most of the time it is a part of the on-demand
// price that changes now and then, and at times it jumps above it. Recorded prices of those years look so; that changes and
// jumps come at random, and the sizes, are assumed.
type Drawn struct {
	Usual  settings.Share `set:"usual" default:"33%" min:"1%" max:"100%" doc:"Median price, as a share of the on-demand price."`
	Spread float64        `set:"spread" default:"0.2" min:"0" max:"2" doc:"Deviation of the logarithm of that price."`
	Holds  time.Duration  `set:"holds" default:"6h" min:"1m" max:"365d" doc:"Mean time until that price changes; exponential."`

	Jumps float64       `set:"jumps" default:"1" min:"0" max:"1000" unit:"a week" doc:"Mean number of jumps above the on-demand price; a Poisson process."`
	Jump  float64       `set:"jump" default:"3" min:"1.01" max:"100" unit:"times" doc:"Mean price during a jump, in on-demand prices; what is above one of them is exponential."`
	Lasts time.Duration `set:"lasts" default:"1h" min:"1m" max:"365d" doc:"Mean length of a jump; exponential."`
}

// The draws of a price.
const (
	drawPrice = iota
	drawHolds
	drawPause
	drawJump
	drawLasts
)

// Prices draws the prices of a pool between two instants, in order of time, the first one at from. They depend on two sorts of luck
// alone: the pool's own, and that of jumps. Pools with the same settings and luck of jumps jump together.
func (d *Drawn) Prices(luck, jumps random.Stream, pool models.PoolID, onDemand models.MicroUSDPerHour, from, until models.Instant) []models.PriceChange {
	var changes []models.PriceChange
	put := func(at models.Instant, price float64) {
		c := models.PriceChange{At: at, Pool: pool, Price: models.MicroUSDPerHour(max(1, price))}
		if n := len(changes); n > 0 && changes[n-1].At == at {
			changes[n-1] = c
			return
		}
		changes = append(changes, c)
	}
	seconds := func(luck random.Stream, i uint64, draw uint64, mean float64) models.Instant {
		return 1 + models.Instant(luck.Exp(i, draw, min(mean, 1e10)))
	}
	calm := func(i uint64) float64 {
		return luck.LogNormal(i, drawPrice, float64(d.Usual)*float64(onDemand), d.Spread)
	}
	pause := func(i uint64) models.Instant {
		if d.Jumps == 0 {
			return models.Never - from
		}
		return seconds(jumps, i, drawPause, (7*24*time.Hour).Seconds()/d.Jumps)
	}
	change, jump := uint64(0), uint64(0)
	put(from, calm(0))
	nextChange, nextJump, jumpEnds := from+seconds(luck, 0, drawHolds, d.Holds.Seconds()), from+pause(0), models.Never
	for {
		at := min(nextChange, nextJump, jumpEnds)
		if at >= until {
			return changes
		}
		inJump := jumpEnds != models.Never
		switch at {
		case jumpEnds:
			put(at, calm(change))
			jump++
			jumpEnds, nextJump = models.Never, at+pause(jump)
		case nextJump:
			put(at, float64(onDemand)*(1+jumps.Exp(jump, drawJump, d.Jump-1)))
			jumpEnds, nextJump = at+seconds(jumps, jump, drawLasts, d.Lasts.Seconds()), models.Never
		default:
			change++
			nextChange = at + seconds(luck, change, drawHolds, d.Holds.Seconds())
			if !inJump {
				put(at, calm(change))
			}
		}
	}
}

// Assumed says in a sentence what is made up.
func (d *Drawn) Assumed() string {
	return fmt.Sprintf("drawn spot prices: a median of %s of the on-demand price with a deviation of %v of its logarithm, changing every %s on average; "+
		"%v jumps a week of all types of a zone, to %v on-demand prices for %s on average",
		d.Usual, d.Spread, d.Holds, d.Jumps, d.Jump, d.Lasts)
}

// ByPool divides a price trace among its pools: by models.PoolID, each in order of time.
func ByPool(prices *models.Prices) [][]models.PriceChange {
	own := make([][]models.PriceChange, len(prices.Pools))
	for _, c := range prices.Changes {
		own[c.Pool] = append(own[c.Pool], c)
	}
	return own
}
