package page

import (
	"html/template"

	"trough.internal/models"
	"trough.internal/report"
	"trough.internal/report/document"
)

// Columns of time that data are reduced to: a course of its own needs fewer where there are many, so that the page stays small.
const (
	dataColumns     = 1500
	dataPoolsValues = 80_000 // columns of all pools' courses together
)

// gridData makes the data of a grid.
func (b *builder) gridData(title, unit, kind string, g report.Grid, divisor int64, marks []document.Mark) template.JS {
	return document.Data(title, unit, kind, g, b.run.Series.Until, divisor, marks)
}

// marks are what happened on the time axis: curfews, evacuations, and overdrafts with the rows that tell of them.
func (b *builder) marks(overdrafts bool) []document.Mark {
	var list []document.Mark
	for _, span := range b.run.Series.Interventions() {
		kind := document.SpanKind(span.Name)
		list = append(list, document.Mark{From: int64(span.From), To: int64(span.Until), Label: span.Name, Kind: kind})
	}
	if !overdrafts {
		return list
	}
	for k, e := range Listed(b.run.Result) {
		list = append(list, document.Mark{From: int64(e.Start), To: int64(e.End), Label: "overdraft of " + report.Decimals(float64(e.Deepest), 0) + " in " + b.run.Pools[e.Pool],
			Kind: "overdraft", Href: "#" + b.episodeID(k)})
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
