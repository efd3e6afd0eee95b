package report

import (
	"image/color"

	"trough.internal/models"
)

// NamedSteps is a step function with a name and, for the legend's second column, a remark.
type NamedSteps struct {
	Name, Remark string
	Steps        []Step
}

// Lines is several courses of one thing over the same span, one line for each.
func Lines(title, unit, legend string, from, until models.Instant, all []NamedSteps) Chart {
	c := Chart{Title: title, From: from, Until: until, Subtitle: unit + "  |  " + SpanText(from, until), Legend: legend, Empty: "nothing to see"}
	for k, one := range all {
		c.add(one, lineColours[k%len(lineColours)], Line)
	}
	return c
}

// Bands are parts of one thing over the same span, stacked from the bottom up: the steps of each are its upper edge. The lines
// are drawn over them, all in one colour, which the legend names once.
func Bands(title, unit, legend string, from, until models.Instant, edges, lines []NamedSteps) Chart {
	c := Chart{Title: title, From: from, Until: until, Subtitle: unit + "  |  " + SpanText(from, until), Legend: legend, Empty: "nothing to see"}
	for k := len(edges) - 1; k >= 0; k-- {
		c.add(edges[k], partColours[k%len(partColours)], Area)
	}
	for _, line := range lines {
		c.add(line, colourInk, Line)
	}
	return c
}

// add adds a layer, thinned out to what a plot can show.
func (c *Chart) add(of NamedSteps, colour color.RGBA, shape Shape) {
	r := newReducer(c.From, c.Until)
	for _, s := range of.Steps {
		r.add(s.At, s.Value)
	}
	c.Layers = append(c.Layers, Layer{Label: of.Name, Second: of.Remark, Colour: colour, Shape: shape, Steps: r.steps()})
}

// partColours are bands' colours on which a thin dark line is seen.
var partColours = [...]color.RGBA{bandColours[1], bandColours[3], bandColours[6], bandColours[5], bandColours[7]}

// lineColours are bands' colours that stand out as thin lines.
var lineColours = [...]color.RGBA{colourAlarm, bandColours[0], bandColours[2], bandColours[8], bandColours[7]}
