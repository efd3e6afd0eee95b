package page

import (
	"fmt"

	"trough.internal/report"
	"trough.internal/report/document"
	"trough.internal/report/measure"
	"trough.internal/report/stats"
)

// comparedKeys are the rows of the table side by side.
var comparedKeys = []string{"throughput_gain", "capacity_gain", "overdraft_cost", "cost_efficiency", "instantaneous_overdraft_cost", "instantaneous_cost_efficiency",
	"work_completed", "backlog_jobs", "high_wait_p50", "high_wait_p95", "medium_wait_p95", "low_wait_p95", "borrowed_normalised_hours", "unused_borrowed", "peak_borrowed",
	"goodput_share", "overdraft_episodes", "overdraft_time_max", "overdraft_deepest", "interruptions", "work_lost", "churn", "evenness", "evacuated_in",
	"value", "capture", "regret", "regret_certain"}

// comparison sets the runs side by side.
func (b *builder) comparison() document.Section {
	p := b.page
	s := document.Section{ID: "comparison", Title: "Side by side"}
	names := []string{"figure"}
	for i := range p.Runs {
		names = append(names, "#"+p.Runs[i].Name)
	}
	t := document.NewTable("Figures side by side", append(names, "unit")...)
	for _, key := range comparedKeys {
		var of measure.Figure
		texts := []string{""}
		for i := range p.Runs {
			f, ok := measure.Find(p.Runs[i].Figures, key)
			if ok {
				of = f
			}
			texts = append(texts, report.ValueText(f))
		}
		if of.Key == "" {
			continue
		}
		texts[0] = of.Name
		t.Add(append(texts, report.UnitText(of.Unit))...)
	}
	s.Parts = append(s.Parts, document.Part{Table: t})
	for i := range p.Differences {
		s.Parts = append(s.Parts, differencePart(&p.Differences[i]))
	}
	if p.Basis != "" && len(p.Differences) > 0 {
		s.Parts = append(s.Parts, document.Part{Lead: p.Basis})
	}
	return s
}

func differencePart(d *report.Difference) document.Part {
	t := document.NewTable("Paired differences", "figure", "#difference", "#interval", "unit", "verdict", "note")
	for _, f := range d.Figures {
		verdict := "-"
		if f.Evidence != nil {
			verdict = f.Evidence.Verdict.String()
		}
		row := t.Add(f.Name, sign(f.Value)+report.ValueText(f), report.IntervalText(f), report.UnitText(f.Unit), verdict, f.Note)
		if verdict == stats.Better.String() || verdict == stats.Worse.String() { // other words are no class
			row.Class = verdict
		}
	}
	return document.Part{Heading: fmt.Sprintf("%s against %s", d.Policy, d.Reference), Table: t}
}
