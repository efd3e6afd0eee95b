package report

import (
	"image/color"

	"trough.internal/models"
)

// Chart is a plot before it is drawn: what it says, in numbers. Write it with WritePNG, WriteSVG or WritePDF.
type Chart struct {
	Name        string // of its file: borrowed
	Title       string // what it shows
	Subtitle    string // unit, whose it is, span
	From, Until models.Instant
	Divisor     int64   // a value is so many units of the axis: 1,000,000 where values are micro-USD; 0 is 1
	Legend      string  // over the legend's second column
	Layers      []Layer // in the order in which they are drawn and in which the legend names them
	Stacked     bool    // each layer's values hold those of the layers after it
	Shades      []Shade
	Below       *Layer // hangs from the time axis, downwards, on a scale of its own
	Empty       string // what to say if there is nothing to see
}

// Layer is one step function.
type Layer struct {
	Label  string
	Second string // in the legend's second column
	Colour color.RGBA
	Shape  Shape
	Steps  []Step
}

// Shape is how a layer is drawn.
type Shape uint8

// The shapes. Areas reach down to zero: those of a stack are drawn from the top one on, each over the one before.
const (
	Area Shape = iota
	Line
)

// Shade marks stretches of time.
type Shade struct {
	Label  string
	Colour color.RGBA
	Spans  []Span
}

func (c *Chart) divisor() float64 {
	if c.Divisor == 0 {
		return 1
	}
	return float64(c.Divisor)
}

// top is the largest value of all layers, on the axis.
func (c *Chart) top() float64 {
	most := int64(0)
	for _, l := range c.Layers {
		most = max(most, l.top())
	}
	return float64(most) / c.divisor()
}

func (l *Layer) top() int64 {
	most := int64(0)
	for _, s := range l.Steps {
		most = max(most, s.Value)
	}
	return most
}
