package report

import (
	"math"
	"time"

	"gonum.org/v1/plot/vg"
	"trough.internal/models"
)

// tick is a place on an axis with what is written there; a tick of days is drawn stronger than one of hours.
type tick struct {
	at    float64
	label string
}

// timeSteps are the distances that ticks of time may have, in seconds.
var timeSteps = []int64{1, 5, 15, 30, 60, 300, 900, 1800, 3600, 7200, 10800, 21600, 43200,
	86400, 2 * 86400, 7 * 86400, 14 * 86400}

// What labels of time need, with air: "Mon 5 Oct", and "5 Oct".
const (
	dateWidth  = vg.Length(62)
	shortWidth = vg.Length(42)
)

// timeTicks places ticks of UTC time on an axis of some width, and smaller ones between them without labels. What is
// shorter than a day starts at midnight, weeks start on Monday, other days on the first. Midnight says the day, other
// ticks the time.
func timeTicks(from, until models.Instant, width vg.Length) (ticks, between []tick) {
	span := int64(until - from)
	most := int64(width / dateWidth)
	for i, step := range timeSteps {
		short := step == 86400 && span/step < int64(width/shortWidth)
		if span/step >= most && !short {
			continue
		}
		format := "Mon 2 Jan"
		if short && span/step >= most || step > 86400 {
			format = "2 Jan"
		}
		for j := 0; j <= i; j++ {
			if finer := timeSteps[j]; span/finer < 6*most && step%finer == 0 {
				return regularTicks(from, until, step, format), regularTicks(from, until, finer, format)
			}
		}
	}
	return monthTicks(from, until, int(most)), nil
}

func regularTicks(from, until models.Instant, step int64, format string) []tick {
	origin := int64(0)
	switch {
	case step%(7*86400) == 0:
		origin = 4 * 86400 // 1970-01-01 was a Thursday: four days later it was Monday
	case step > 86400:
		origin = (int64(from) + 86399) / 86400 * 86400
	}
	first := origin + int64(math.Ceil(float64(int64(from)-origin)/float64(step)))*step
	var ticks []tick
	for at := first; at <= int64(until); at += step {
		ticks = append(ticks, tick{float64(at), timeLabel(models.Instant(at), step, format)})
	}
	return ticks
}

func timeLabel(at models.Instant, step int64, format string) string {
	switch {
	case int64(at)%86400 == 0:
		return at.UTC().Format(format)
	case step < 60:
		return at.UTC().Format("15:04:05")
	}
	return at.UTC().Format("15:04")
}

// monthTicks places ticks at the first of every month, or of every few.
func monthTicks(from, until models.Instant, most int) []tick {
	for _, months := range []int{1, 3, 6, 12, 60, 600} {
		var ticks []tick
		at := time.Date(from.UTC().Year(), 1, 1, 0, 0, 0, 0, time.UTC)
		for ; models.InstantOf(at) <= until; at = at.AddDate(0, months, 0) {
			if models.InstantOf(at) >= from {
				ticks = append(ticks, tick{float64(at.Unix()), at.Format("Jan 2006")})
			}
		}
		if len(ticks) <= most {
			return ticks
		}
	}
	return nil
}

// valueTicks places ticks at 1, 2 or 5 times a power of ten, from 0 to the first at or above top. Values of whole
// things have whole ticks.
func valueTicks(top float64, whole bool, most int) []tick {
	step := 1.0
	if !whole {
		step = math.Pow10(int(math.Floor(math.Log10(max(top, 1e-6)))) - 2)
	}
	for i := 0; top/step > float64(most); i++ {
		step *= []float64{2, 2.5, 2}[i%3]
	}
	places := 0
	if !whole {
		places = int(max(0, math.Ceil(-math.Log10(step)-1e-9)))
	}
	var ticks []tick
	for i := 0; ; i++ {
		at := float64(i) * step
		ticks = append(ticks, tick{at, Decimals(at, places)})
		if at >= top {
			return ticks
		}
	}
}
