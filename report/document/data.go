package document

import (
	"encoding/json"
	"html/template"
	"math"
	"strconv"

	"trough.internal/models"
	"trough.internal/report"
)

// Data are the numbers behind a figure: courses of a grid whose values are so many divisors of the unit. Without two times or
// a course there are none.
func Data(title, unit, kind string, g report.Grid, until models.Instant, divisor int64, marks []Mark) template.JS {
	d := chartData{Title: title, Unit: unit, Kind: kind, Until: int64(until), Marks: marks}
	for _, at := range g.Time {
		d.Time = append(d.Time, int64(at))
	}
	if len(d.Time) < 2 || len(g.Courses) == 0 {
		return ""
	}
	for k := range g.Courses {
		c := &g.Courses[k]
		s := chartSeries{Name: c.Name, Colour: report.ColourText(c.Colour), Values: numbers{c.Values, divisor}}
		s.Group.Region, s.Group.Zone, s.Group.Type = c.Pool.Region, c.Pool.Zone, c.Pool.Type
		d.Series = append(d.Series, s)
	}
	text, err := json.Marshal(d)
	if err != nil {
		panic("document: " + err.Error()) // names and numbers always can be written
	}
	return template.JS(text) //// json.Marshal writes no < or >
}

// chartData is what interactive describes.
type chartData struct {
	Title  string        `json:"title"`
	Unit   string        `json:"unit"`
	Kind   string        `json:"kind"` // lines, stacked or step
	Time   []int64       `json:"time"` // seconds since 1970
	Until  int64         `json:"until"`
	Series []chartSeries `json:"series"`
	Marks  []Mark        `json:"marks,omitempty"`
}

type chartSeries struct {
	Name   string  `json:"name"`
	Colour string  `json:"color"`
	Values numbers `json:"values"`
	Group  struct {
		Region string `json:"region,omitempty"`
		Zone   string `json:"zone,omitempty"`
		Type   string `json:"type,omitempty"`
	} `json:"group"`
}

// numbers writes what nobody knows as null, and values of a scale as few characters as they need.
type numbers struct {
	values  []int64
	divisor int64
}

// MarshalJSON implements json.Marshaler.
func (n numbers) MarshalJSON() ([]byte, error) {
	out := make([]byte, 0, 4*len(n.values)+2)
	out = append(out, '[')
	for k, v := range n.values {
		if k > 0 {
			out = append(out, ',')
		}
		switch {
		case v == report.Nothing:
			out = append(out, "null"...)
		case n.divisor > 1:
			out = strconv.AppendFloat(out, math.Round(100*float64(v)/float64(n.divisor))/100, 'f', -1, 64)
		default:
			out = strconv.AppendInt(out, v, 10)
		}
	}
	return append(out, ']'), nil
}

// Mark is something that happened, on the time axis. Times are seconds since 1970.
type Mark struct {
	From  int64  `json:"from"`
	To    int64  `json:"to"`
	Label string `json:"label"`
	Kind  string `json:"kind"` // overdraft, curfew or evacuation
	Href  string `json:"href,omitempty"`
}
