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
	c := Chart{Title: title, From: from, Until: until, Subtitle: unit + "  |  " + spanText(from, until), Legend: legend, Empty: "nothing to see"}
	for k, one := range all {
		r := newReducer(from, until)
		for _, s := range one.Steps {
			r.add(s.At, s.Value)
		}
		c.Layers = append(c.Layers, Layer{Label: one.Name, Second: one.Remark, Colour: lineColours[k%len(lineColours)], Shape: Line, Steps: r.steps()})
	}
	return c
}

// lineColours are bands' colours that stand out as thin lines.
var lineColours = [...]color.RGBA{colourAlarm, bandColours[0], bandColours[2], bandColours[8], bandColours[7]}
