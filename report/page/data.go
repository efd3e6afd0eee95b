package page

import (
	"encoding/json"
	"html/template"
	"math"
	"strconv"

	"trough.internal/models"
	"trough.internal/report"
)

// chartData are the numbers behind a figure, for whoever draws it live: see Interactive.
type chartData struct {
	Title  string        `json:"title"`
	Unit   string        `json:"unit"`
	Kind   string        `json:"kind"` // lines, stacked or step
	Time   []int64       `json:"time"` // seconds since 1970
	Until  int64         `json:"until"`
	Series []chartSeries `json:"series"`
	Marks  []chartMark   `json:"marks,omitempty"`
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

type chartMark struct {
	From  int64  `json:"from"`
	To    int64  `json:"to"`
	Label string `json:"label"`
	Kind  string `json:"kind"` // overdraft, curfew or evacuation
	Href  string `json:"href,omitempty"`
}

// Columns of time that data are reduced to: a course of its own needs fewer where there are many, so that the page stays small.
const (
	dataColumns     = 1500
	dataPoolsValues = 80_000 // columns of all pools' courses together
)

// gridData makes the data of a grid.
func (b *builder) gridData(title, unit, kind string, g report.Grid, divisor int64, marks []chartMark) template.JS {
	d := chartData{Title: title, Unit: unit, Kind: kind, Until: int64(b.run.Series.Until), Marks: marks}
	for _, at := range g.Time {
		d.Time = append(d.Time, int64(at))
	}
	if len(d.Time) < 2 {
		return ""
	}
	for k := range g.Courses {
		c := &g.Courses[k]
		s := chartSeries{Name: c.Name, Colour: hexOf(c.Colour), Values: numbers{c.Values, divisor}}
		s.Group.Region, s.Group.Zone, s.Group.Type = c.Pool.Region, c.Pool.Zone, c.Pool.Type
		d.Series = append(d.Series, s)
	}
	if len(d.Series) == 0 {
		return ""
	}
	text, err := json.Marshal(d)
	if err != nil {
		panic("page: " + err.Error()) // names and numbers always can be written
	}
	return template.JS(text) //// json.Marshal writes no < or >
}

// marks are what happened on the time axis: curfews, evacuations, and overdrafts with the rows that tell of them.
func (b *builder) marks(overdrafts bool) []chartMark {
	var list []chartMark
	for _, span := range b.run.Series.Interventions() {
		kind := shadeClass(span.Name)
		list = append(list, chartMark{int64(span.From), int64(span.Until), span.Name, kind, ""})
	}
	if !overdrafts {
		return list
	}
	for k, e := range Listed(b.run.Result) {
		list = append(list, chartMark{int64(e.Start), int64(e.End), "overdraft of " + report.Decimals(float64(e.Deepest), 0) + " in " + b.run.Pools[e.Pool],
			"overdraft", "#" + b.episodeID(k)})
	}
	return list
}

// typeGrid is what was borrowed by type: the first type is the top one, as in the legend.
func (b *builder) typeGrid() report.Grid {
	s := b.run.Series
	colours := report.TypeColours(s)
	var courses []report.Course
	group := make([]int, len(s.Pools))
	names := s.TypeNames()
	for k := len(names) - 1; k >= 0; k-- {
		courses = append(courses, report.Course{Name: names[k], Pool: models.PoolKey{Type: names[k]}})
	}
	for p, pool := range s.Pools {
		for k := range courses {
			if courses[k].Name == pool.Type {
				group[p], courses[k].Colour = k, colours[p]
			}
		}
	}
	return report.GridOf(s, models.SeriesBorrowed, courses, group, dataColumns, true).WithoutZeros()
}

// poolCourses are one course for each pool of the market.
func (b *builder) poolCourses() []report.Course {
	s := b.run.Series
	colours := report.TypeColours(s)
	var courses []report.Course
	for p := range b.run.lendable() {
		courses = append(courses, report.Course{Name: b.run.Pools[p], Colour: colours[p], Pool: s.Pools[p]})
	}
	return courses
}

func (r *Run) lendable() int { return r.Series.Lendable }

// stepsGrid are a chart's layers as a grid: for what is not of pools.
func stepsGrid(c *report.Chart, layers []report.Layer) report.Grid {
	return report.StepsGrid(c.From, c.Until, layers, dataColumns)
}
