package report

import (
	"image/color"

	"gonum.org/v1/plot/vg"
)

// Mark is a place on an axis, as a share of its length from zero or from the left, and what is written there.
type Mark struct {
	At    float64
	Label string
}

// Marks are the marks on a chart's axes, for whoever draws it in another way, and the value at the top of the vertical
// one. Width is that of the time axis in points, of which a label needs about sixty.
func (c *Chart) Marks(width float64, most int) (values, times []Mark, top float64) {
	ticks := valueTicks(max(c.top(), c.least()), c.divisor() == 1, most)
	top = ticks[len(ticks)-1].at
	for _, t := range ticks {
		values = append(values, Mark{t.at / top, t.label})
	}
	labelled, _ := timeTicks(c.From, c.Until, vg.Length(width))
	for _, t := range labelled {
		times = append(times, Mark{(t.at - float64(c.From)) / float64(max(1, c.Until-c.From)), t.label})
	}
	return values, times, top * c.divisor()
}

// Keys are the entries of a chart's legend, from the top down; none where there is nothing to see.
func (c *Chart) Keys() []Layer { return c.legend() }

// Top is the largest value of a layer.
func (l *Layer) Top() int64 { return l.top() }

// TypeColours are the colours of a run's instance types by pool: a type has the same one in everything that is drawn.
func TypeColours(s *Series) []color.RGBA {
	_, typeOf := s.types()
	colours := make([]color.RGBA, len(typeOf))
	for p, k := range typeOf {
		colours[p] = typeColour(k)
	}
	return colours
}

// The colours of what is no instance type.
var (
	ColourAlarm    = colourAlarm
	ColourBorrowed = colourBorrowed
	ColourInk      = colourInk
	ColourQueue    = colourQueue
	ColourOther    = colourOther
)
