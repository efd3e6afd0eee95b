package spotmarket

import (
	"fmt"
	"math"
	"time"

	"trough.internal/models"
	"trough.internal/models/random"
)

// Class is an interruption class of Amazon's Spot Instance Advisor: how large a part of a type's instances was interrupted
// in the month before. The zero value is the lowest.
type Class uint8

// The classes, as the advisor numbers them.
const (
	Below5 Class = iota
	From5To10
	From10To15
	From15To20
	Above20
	Classes // how many there are
)

var classNames = [Classes]string{"<5%", "5-10%", "10-15%", "15-20%", ">20%"}

// classRates are taken as the middle of a class; of the last one, which is open, 25 %, assumed.
var classRates = [Classes]float64{0.025, 0.075, 0.125, 0.175, 0.25}

// String is the class as the advisor labels it.
func (c Class) String() string { return classNames[c] }

// MarshalText writes the advisor's label.
func (c Class) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads the advisor's label.
func (c *Class) UnmarshalText(text []byte) error {
	for i, name := range classNames {
		if name == string(text) {
			*c = Class(i)
			return nil
		}
	}
	return fmt.Errorf("expected %s", c.Want())
}

// Want says what a reader should have written.
func (Class) Want() string { return "<5%, 5-10%, 10-15%, 15-20% or >20%" }

// month is the advisor's.
const month = 30 * 24 * time.Hour

// Spans draws when a pool of the class has capacity between two instants. Interruptions come at random (a Poisson process)
// at the rate at which the class's part of instances meets one within a month; each ends the whole pool's instances at once
// and lasts so long, at least a second. The advisor says how many instances were interrupted, not how many at once nor for
// how long: that all of a pool are is assumed, and is the worst case for whoever relies on it.
func (c Class) Spans(luck random.Stream, outage time.Duration, from, until models.Instant) []Span {
	mean := month.Seconds() / -math.Log(1-classRates[c])
	var spans []Span
	for i := uint64(0); from < until; i++ {
		end := min(until, from+1+models.Instant(luck.Exp(0, i, mean)))
		spans = append(spans, Span{from, end})
		from = end.Add(max(outage, time.Second))
	}
	return spans
}
