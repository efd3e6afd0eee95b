package document

import (
	"fmt"
	"image/color"
	"strings"

	"trough.internal/report"
)

// Colours are those that a page's plots use, as custom properties: a dark theme has lighter ones, since dark types would
// not show on dark paper.
type Colours struct {
	names map[use]string
	list  []use
}

// use is a colour and what for: a line needs more contrast than an area beside others.
type use struct {
	colour color.RGBA
	line   bool
}

// darkPaper is the page's background in the dark theme, as document.css has it.
var darkPaper = color.RGBA{0x15, 0x18, 0x1c, 0xff}

// WCAG 2.2 (1.4.11) wants 3 to 1 of what has to be seen; areas lie beside others, and have an edge.
const (
	lineContrast = 3.0
	areaContrast = 1.6
)

// NewColours are none yet.
func NewColours() *Colours { return &Colours{names: map[use]string{}} }

// Of is what styles write for a colour.
func (c *Colours) Of(colour color.RGBA, line bool) string {
	u := use{colour, line}
	name, ok := c.names[u]
	if !ok {
		name = fmt.Sprintf("var(--c%d)", len(c.list))
		c.names[u] = name
		c.list = append(c.list, u)
	}
	return name
}

func (c *Colours) style() string {
	var light, dark strings.Builder
	for k, u := range c.list {
		least := areaContrast
		if u.line {
			least = lineContrast
		}
		fmt.Fprintf(&light, "--c%d:%s;", k, report.ColourText(u.colour))
		shown := report.ColourText(visible(u.colour, darkPaper, least))
		if u.colour == report.ColourInk {
			shown = "var(--ink)"
		}
		fmt.Fprintf(&dark, "--c%d:%s;", k, shown)
	}
	return fmt.Sprintf(":root{%s}\n@media screen and (prefers-color-scheme:dark){:root{%s}}\n", &light, &dark)
}

// visible mixes a colour with white, as little as gives it the contrast with the paper.
func visible(c, paper color.RGBA, least float64) color.RGBA {
	for share := 0; share < 100; share += 5 {
		part := func(v uint8) uint8 { return v + uint8((255-int(v))*share/100) }
		mixed := color.RGBA{part(c.R), part(c.G), part(c.B), 255}
		if report.Contrast(mixed, paper) >= least {
			return mixed
		}
	}
	return color.RGBA{255, 255, 255, 255}
}
