package study

import (
	"fmt"
	"strings"

	"trough.internal/report"
	"trough.internal/report/document"
	"trough.internal/report/stats"
)

// Sections are what a page says of a sweep.
func (s *Sweep) Sections(colours *document.Colours) []document.Section {
	best := document.NewTable("The best points, figure by figure", "figure", "#point", "policy and parameters", "#value")
	for i := range headlines {
		f := &headlines[i]
		if p := s.best(f); p != nil {
			best.Add(f.title(), fmt.Sprint(p.Number), s.words(p), f.text(p))
		}
	}
	lead := "Of all points that were run, on the days and seeds on which they were run: the best of many is partly the luckiest."
	list := []document.Section{{ID: "best", Title: "Best points", Parts: []document.Part{{Lead: lead, Table: best}}},
		{ID: "front", Title: "What throughput costs", Parts: append([]document.Part{{Lead: "A point on the Pareto front is beaten by none: no other one is at least as good in both figures and better in one."}}, Parts(s.Fronts(), colours)...)}}
	if len(s.Axes) > 0 {
		list = append(list, document.Section{ID: "response", Title: "How figures answer to parameters", Parts: Parts(s.Responses(), colours)})
	}
	candidates := document.Section{ID: "candidates", Title: "All points", Parts: []document.Part{{List: s.Notes}, {Table: s.Candidates(candidatesMost)}}}
	return append(list, candidates)
}

// Parts are plots as a page shows them.
func Parts(plots []report.Plot, colours *document.Colours) []document.Part {
	var list []document.Part
	for _, p := range plots {
		switch p := p.(type) {
		case *report.Plane:
			list = append(list, document.Part{Figure: colours.Plane(p)})
		case *report.Heat:
			list = append(list, document.Part{Heat: document.HeatOf(p)})
		}
	}
	return list
}

// Warnings are what a reader must know before the rest.
func (s *Sweep) Warnings() []string {
	var list []string
	failed := 0
	for i := range s.Points {
		if s.Points[i].Seeds == 0 {
			failed++
		}
	}
	if failed > 0 {
		list = append(list, fmt.Sprintf("%d of %d points failed under every seed", failed, len(s.Points)))
	}
	for _, e := range s.edges() {
		list = append(list, e.words(s))
	}
	return list
}

// Verdict counts what may be said of the points.
func (s *Sweep) Verdict() string {
	tried, references := 0, []string{}
	counts := map[string]int{}
	for i := range s.Points {
		p := &s.Points[i]
		if p.AsItIs {
			references = append(references, p.Policy)
			continue
		}
		tried++
		for _, key := range []string{"work_completed", "overdraft_cost"} {
			counts[key+" "+p.Differences[key].Verdict]++
		}
	}
	if tried == 0 || len(references) == 0 {
		return fmt.Sprintf("%d points side by side; nothing is said about their differences.", len(s.Points))
	}
	of := fmt.Sprintf("Of %d points against %s as it is: ", tried, references[0])
	if none := " " + stats.NoVerdict.String(); counts["work_completed"+none] == tried && counts["overdraft_cost"+none] == tried {
		return of + "no verdict on any; what is said of all points has the reason."
	}
	var parts, same []string
	for _, f := range []struct{ key, name string }{{"work_completed", "work completed"}, {"overdraft_cost", "overdraft cost"}} {
		better, worse := counts[f.key+" better"], counts[f.key+" worse"]
		if better+worse == 0 {
			same = append(same, f.name)
			continue
		}
		parts = append(parts, fmt.Sprintf("%d are better and %d worse in %s", better, worse, f.name))
	}
	if same != nil {
		parts = append(parts, "none is shown to differ in "+strings.Join(same, " or "))
	}
	return of + strings.Join(parts, "; ") + "."
}
