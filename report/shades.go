package report

import (
	"image/color"

	"trough.internal/models"
)

// shades are the spans that a caller gave, and the evacuations that the rows have, each name once.
func (s *Series) shades() []Shade {
	var shades []Shade
	for _, span := range s.Interventions() {
		k := 0
		for k < len(shades) && shades[k].Label != span.Name {
			k++
		}
		if k == len(shades) {
			shades = append(shades, Shade{Label: span.Name, Colour: shadeColour(span.Name)})
		}
		shades[k].Spans = append(shades[k].Spans, span)
	}
	return shades
}

func shadeColour(name string) color.RGBA {
	if name == evacuationName {
		return colourEvacuation
	}
	return colourCurfew
}

const evacuationName = "evacuation"

// evacuations are the stretches in which any region was evacuated.
func (s *Series) evacuations() []Span {
	var spans []Span
	on := make([]int64, len(s.Regions))
	open := false
	s.changes([]models.SeriesID{models.SeriesEvacuating}, func(row models.SeriesRow) { on[row.Key] = row.Value },
		func(at models.Instant) {
			switch any := sum(on) > 0; {
			case any && !open:
				spans = append(spans, Span{From: at, Until: s.Until, Name: evacuationName})
				open = true
			case !any && open:
				spans[len(spans)-1].Until = at
				open = false
			}
		})
	return spans
}
