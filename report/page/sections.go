package page

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"slices"

	"trough.internal/models"
	"trough.internal/report"
	"trough.internal/report/document"
)

func (b *builder) basis() document.Section {
	c := &b.run.Conditions
	s := document.Section{ID: "basis", Title: "What is recorded and what is assumed"}
	s.Parts = append(s.Parts,
		document.Part{Heading: "Recorded", List: c.RecordedTexts()},
		document.Part{Heading: "Assumed", List: c.AssumedTexts()},
		document.Part{Heading: "Conditions", Items: []document.Item{{Name: "telemetry", Text: orNot(c.Lag)}, {Name: "instances", Text: orNot(c.Boot)}, {Name: "giving back", Text: orNot(c.Drain)},
			{Name: "billing rules", Text: orNot(c.Billing)}, {Name: "p/v", Text: orNeedless(c.Worth)}, {Name: "seeds", Text: orNot(c.Seeds)}}})
	return s
}

func orNot(text string) string {
	if text == "" {
		return "not stated"
	}
	return text
}

func orNeedless(text string) string {
	if text == "" {
		return "not needed: no figure here weighs overdraft against work"
	}
	return text
}

// chart is the chart of a name; nil if the run has none.
func (b *builder) chart(name string) *report.Chart {
	for i := range b.run.Charts {
		if b.run.Charts[i].Name == name {
			return &b.run.Charts[i]
		}
	}
	return nil
}

// figure is a chart with its data.
func (b *builder) figure(c *report.Chart, unit string, data template.JS) *document.Figure {
	f := &document.Figure{ID: "chart-" + b.prefix + c.Name, Name: b.prefix + c.Name, Caption: c.Title, Unit: unit, Keys: b.colours.Keys(c), Data: data}
	f.Plots = []template.HTML{b.colours.Plot(c, false)}
	return f
}

func (b *builder) borrowed() document.Section {
	s := document.Section{ID: "borrowed", Title: "Borrowed, by instance type"}
	c := b.chart("borrowed")
	if c == nil {
		return s
	}
	data := b.gridData(c.Title, "instances", "stacked", b.typeGrid(), 1, b.marks(false))
	s.Parts = append(s.Parts, document.Part{Figure: b.figure(c, "instances", data)})
	return s
}

func (b *builder) surplus() document.Section {
	s := document.Section{ID: "surplus", Title: "Reserved, in use, borrowed and surplus"}
	if c := b.chart("surplus"); c != nil {
		layers := c.Layers
		if c.Below != nil && c.Below.Top() > 0 {
			layers = append(append([]report.Layer{}, layers...), *c.Below)
		}
		data := b.gridData(c.Title, "instances", "step", stepsGrid(c, layers), 1, b.marks(true))
		s.Parts = append(s.Parts, document.Part{Figure: b.figure(c, "instances", data)})
	}
	for _, g := range b.run.Groups {
		s.Parts = append(s.Parts, b.group(&g)...)
	}
	if len(s.Parts) > 0 {
		if f := b.poolsBorrowed(); f != nil {
			s.Parts = append(s.Parts, document.Part{Figure: f})
		}
	}
	return s
}

// group is the plots and the table of a group.
func (b *builder) group(g *Group) []document.Part {
	f := &document.Figure{ID: "chart-" + b.prefix + "by-" + g.Title, Name: b.prefix + "by-" + g.Title, Small: true, Unit: "instances",
		Caption: "What could be borrowed, and what was, by " + g.Title, Keys: b.useKeys()}
	t := document.NewTable("By "+g.Title+", means over time, in instances", g.Title, "#reserved", "#in use", "#borrowed", "#surplus", "#least surplus", "#deepest overdraft")
	t.Wide = true
	for i := range g.Uses {
		u := &g.Uses[i]
		f.Plots = append(f.Plots, b.titled(&u.Chart))
		least := "-"
		if u.SurplusLeast != math.MaxInt64 {
			least = report.Decimals(float64(u.SurplusLeast), 0)
		}
		r := t.Add(u.Name, report.Decimals(u.Reserved, 0), report.Decimals(u.InUse, 0), report.Decimals(u.Borrowed, 1),
			report.Decimals(u.Reserved-u.InUse-u.Borrowed, 1), least, report.Decimals(float64(u.Overdraft), 0))
		if len(u.Chart.Layers) > 0 && g.Title != "region" && g.Title != "zone" {
			r.Cells[0].Colour = document.Swatch(b.colours.Of(u.Chart.Layers[0].Colour, false))
		}
	}
	if g.Title == poolGroup {
		f.Caption = "Surplus, by pool"
		f.Data = b.gridData("Surplus, by pool: reserved - in use - borrowed", "instances", "step",
			report.SurplusGrid(b.run.Series, b.poolCourses(), b.poolColumns()), 1, b.marks(true))
	}
	parts := []document.Part{{Table: t, Heading: "Table by " + g.Title, Folded: len(t.Rows) > 6}}
	if len(f.Plots) > 1 || f.Data != "" { // one alone has the total's plot above
		parts = append([]document.Part{{Figure: f}}, parts...)
	}
	return parts
}

// poolGroup is the group whose charts are of one pool each.
const poolGroup = "pool"

// poolColumns is how many columns each pool's course has.
func (b *builder) poolColumns() int {
	return min(dataColumns, dataPoolsValues/max(1, b.run.lendable()))
}

// poolsBorrowed is what was borrowed pool by pool, for whoever looks into it; as a plot it would say no more than those by type.
func (b *builder) poolsBorrowed() *document.Figure {
	c := b.chart("borrowed")
	if c == nil {
		return nil
	}
	group := make([]int, len(b.run.Series.Pools))
	for p := range group {
		group[p] = -1
		if p < b.run.lendable() {
			group[p] = p
		}
	}
	g := report.GridOf(b.run.Series, models.SeriesBorrowed, b.poolCourses(), group, b.poolColumns(), true).WithoutZeros()
	again := *c
	again.Name, again.Title = "borrowed-pools", "Borrowed instances, by pool"
	data := b.gridData(again.Title, "instances", "stacked", g, 1, nil)
	if data == "" {
		return nil
	}
	f := &document.Figure{ID: "chart-" + b.prefix + again.Name, Name: b.prefix + again.Name, Caption: again.Title, Unit: "instances", Data: data}
	f.Plots = []template.HTML{`<p class="static">The plot by type above has the same sums; pool by pool it can be looked into where scripts run.</p>`}
	return f
}

// titled is a small plot under its name.
func (b *builder) titled(c *report.Chart) template.HTML {
	over := ""
	if c.Below != nil && c.Below.Top() > 0 {
		over = fmt.Sprintf(` <span class="alarm">overdraft, up to %s</span>`, report.Decimals(float64(c.Below.Top()), 0))
	}
	return template.HTML(fmt.Sprintf(`<div class="one"><h4>%s%s</h4>%s</div>`, template.HTMLEscapeString(c.Title), over, b.colours.Plot(c, true))) //// escaped
}

// useKeys are the legend of the plots of groups; a group's own colour is its type's.
func (b *builder) useKeys() []document.Key {
	return []document.Key{
		{Colour: document.Swatch(b.colours.Of(report.ColourInk, true)), Line: true, Label: "reserved - in use"},
		{Colour: document.Swatch(b.colours.Of(report.ColourBorrowed, false)), Label: "borrowed, of one type in its colour"},
		{Colour: document.Swatch("var(--alarm)"), Label: "overdraft, on the time axis"},
	}
}

func (b *builder) queue() document.Section {
	s := document.Section{ID: "queue", Title: "Queue and waits"}
	if c := b.chart("queue"); c != nil {
		data := b.gridData(c.Title, "jobs", "step", stepsGrid(c, c.Layers), 1, b.marks(false))
		s.Parts = append(s.Parts, document.Part{Figure: b.figure(c, "jobs", data)})
	}
	if c := b.chart("waits"); c != nil {
		data := b.gridData(c.Title, "minutes", "step", stepsGrid(c, c.Layers), 60, nil)
		s.Parts = append(s.Parts, document.Part{Figure: b.figure(c, "minutes", data)})
	}
	t := document.NewTable("Time in the queue from arrival to the first start, by class", "class", "#median", "#p95", "#p99", "#jobs started", "#mean")
	for class := range models.Classes {
		name := class.String()
		var texts []string
		known := false
		for _, q := range []string{"_wait_p50", "_wait_p95", "_wait_p99"} {
			f, ok := b.find(name + q)
			known = known || ok
			texts = append(texts, report.ValueText(f))
		}
		if !known {
			continue
		}
		jobs, mean := "-", "-"
		if r := b.run.Result; r != nil && r.Classes[class].Wait.N > 0 {
			w := r.Classes[class].Wait
			jobs, mean = report.Decimals(float64(w.N), 0), report.TimeText(int64(w.Mean()+0.5))
		}
		t.Add(append(append([]string{name}, texts...), jobs, mean)...)
	}
	if len(t.Rows) > 0 {
		s.Parts = append(s.Parts, document.Part{Table: t, Lead: "Of the jobs that started: where a backlog is left, the longest waits are not among them."})
	}
	return s
}

// rowsOpen is how many rows of a table stand open; more are behind its heading.
const rowsOpen = 16

func (b *builder) interventions() document.Section {
	s := document.Section{ID: "interventions", Title: "Curfews and evacuations"}
	spans := b.run.Series.Interventions()
	if len(spans) == 0 {
		s.Parts = append(s.Parts, document.Part{Lead: "There was neither a curfew nor an evacuation."})
		return s
	}
	slices.SortStableFunc(spans, func(a, b report.Span) int { return cmp.Compare(a.From, b.From) })
	t := document.NewTable("Curfews and evacuations", "what", "from (UTC)", "until (UTC)", "#length")
	t.Wide = true
	for _, span := range spans {
		t.Add(span.Name, minute(span.From), minute(span.Until), report.TimeText(int64(span.Until-span.From)))
	}
	s.Parts = append(s.Parts, document.Part{Lead: "They are shaded in the plots."},
		document.Part{Heading: "In order of time", Table: t, Folded: len(spans) > rowsOpen})
	return s
}

func (b *builder) manifest() document.Section {
	s := document.Section{ID: "manifest", Title: "Manifest"}
	s.Parts = append(s.Parts, document.Part{Items: b.run.Manifest})
	for _, text := range []document.Item{{Name: "Scenario, defaults included", Text: b.run.Scenario}, {Name: "Policy, defaults included", Text: b.run.Policy}} {
		if text.Text != "" {
			s.Parts = append(s.Parts, document.Part{Heading: text.Name, Pre: text.Text, Folded: true})
		}
	}
	return s
}
