package report

import (
	"image/color"
	"time"

	"trough.internal/models"
)

// WaitHour is how long the jobs of each class that started within an hour, for the first time, had waited.
type WaitHour struct {
	At      models.Instant
	Started [models.Classes]int64
	Waited  [models.Classes]int64 // seconds, of these jobs together
}

// WaitsEvery is the stretch of time that a mean is of.
const WaitsEvery = time.Hour

// WaitsByClass is the mean wait of the jobs that started within each hour, by class. Where none of a class started there is
// nothing to take a mean of: the line stays where it was.
func WaitsByClass(s *Series, hours []WaitHour) Chart {
	c := Chart{Name: "waits", Title: "Mean wait of the jobs that started within the hour, by class", Divisor: 60, Empty: "no job waited"}
	c.name(s, "minutes")
	for k, colour := range []color.RGBA{colourAlarm, colourQueue, colourOther} {
		steps := newReducer(s.From, s.Until)
		for i := range hours {
			if n := hours[i].Started[k]; n > 0 {
				steps.add(hours[i].At, (hours[i].Waited[k]+n/2)/n)
			}
		}
		if l := (Layer{Label: models.Class(k).String(), Colour: colour, Shape: Line, Steps: steps.steps()}); l.top() > 0 {
			c.Layers = append(c.Layers, l)
		}
	}
	return c
}
