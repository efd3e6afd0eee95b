package report

import (
	"math"
	"time"

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

// timeTicks places up to most ticks of UTC time, and smaller ones between them without labels. Days and what is shorter
// start at midnight, weeks on Monday. Midnight says the day, other ticks the time.
func timeTicks(from, until models.Instant, most int) (ticks, between []tick) {
	span := int64(until - from)
	for i, step := range timeSteps {
		if span/step >= int64(most) {
			continue
		}
		for j := 0; j <= i; j++ {
			if finer := timeSteps[j]; span/finer < int64(6*most) && step%finer == 0 {
				return regularTicks(from, until, step), regularTicks(from, until, finer)
			}
		}
	}
	return monthTicks(from, until, most), nil
}

func regularTicks(from, until models.Instant, step int64) []tick {
	// 1970-01-01 was a Thursday: four days later it was Monday.
	origin := int64(0)
	if step >= 7*86400 {
		origin = 4 * 86400
	}
	first := origin + int64(math.Ceil(float64(int64(from)-origin)/float64(step)))*step
	var ticks []tick
	for at := first; at <= int64(until); at += step {
		ticks = append(ticks, tick{float64(at), timeLabel(models.Instant(at), step)})
	}
	return ticks
}

func timeLabel(at models.Instant, step int64) string {
	switch {
	case int64(at)%86400 == 0 && step <= 86400:
		return at.UTC().Format("Mon Jan 2")
	case int64(at)%86400 == 0:
		return at.UTC().Format("Jan 2")
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
		ticks = append(ticks, tick{at, decimals(at, places)})
		if at >= top {
			return ticks
		}
	}
}
