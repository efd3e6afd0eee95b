package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"trough.internal/models"
	"trough.internal/report"
	"trough.internal/report/document"
	"trough.internal/report/measure"
	"trough.internal/report/page"
)

// Columns of time of the plots of groups: they are small.
const groupColumns = 300

// poolGroup is the group of plots with one for each pool; they stand on the page and have no files.
const poolGroup = "pool"

// page puts together what the page shows.
func (r *reporting) page() *page.Page {
	p := &page.Page{Title: r.title(), Scope: r.scope(), Differences: r.differences(), Basis: r.basis()}
	if r.notComparable != "" {
		p.Warnings = append(p.Warnings, r.notComparable)
	}
	if without := r.withoutLedger(); len(r.runs) > 1 && without != nil {
		p.Warnings = append(p.Warnings, fmt.Sprintf("nothing is said about differences: they are paired by day, days are made of the ledger, and %s left none (--ledger none)",
			strings.Join(without, " and ")))
	}
	for _, run := range r.runs {
		p.Runs = append(p.Runs, r.run(run))
	}
	return p
}

func (r *reporting) title() string {
	first := r.runs[0]
	text := "Policy " + first.name
	if len(r.runs) > 1 {
		text = fmt.Sprintf("%d policies", len(r.runs))
	}
	text += " on " + first.manifest.Scenario
	if r.weekly != nil {
		text += ", week " + r.weekly.name
	}
	return text
}

func (r *reporting) scope() []string {
	first := r.runs[0]
	list := []string{report.SpanText(first.from, first.until) + fmt.Sprintf(", %s. All times are UTC; days begin at %s.", first.manifest.chance(), first.from.UTC().Format("15:04"))}
	if first.scenario.About != "" && first.manifest.Live == nil { // of what was recorded live it says the mode, again
		list = append(list, first.scenario.About)
	}
	return list
}

func (r *reporting) run(run *reportedRun) page.Run {
	s := run.series
	surplus := report.SurplusAgainstBorrowed(s)
	borrowed := report.BorrowedByType(s)
	borrowed.Shades = surplus.Shades
	out := page.Run{
		Name: run.name, Dir: run.dir, Conditions: run.summary.Conditions, Figures: r.figures(run), Series: s,
		Charts: []report.Chart{borrowed, surplus, report.QueueByClass(s), report.OverdraftCost(s)},
		Pools:  run.poolNames, Result: run.result, Trails: run.explained, Stages: run.trail.stages, Reports: run.trail.reports, Manifest: run.items(),
		Scenario: run.manifest.ResolvedScenario, Policy: run.manifest.ResolvedPolicy,
		Warnings: append(r.weekWarnings(run), run.disagreements()...),
	}
	if m := run.manifest.Live; m != nil {
		out.Live = &page.Live{Orders: m.Orders, Shadow: !slices.ContainsFunc(m.Modes, func(mode string) bool { return mode != "shadow" })}
	}
	if run.result != nil && run.manifest.waitsSeen() {
		out.Charts = append(out.Charts, report.WaitsByClass(s, run.waits))
	}
	if run.before != nil {
		out.Before = run.manifest.seen(r.measured(run, run.before, func(o *reportedRun) *measure.Result { return o.before }))
	}
	for _, g := range []struct {
		title string
		of    func(models.PoolKey) string
	}{
		{"region", func(k models.PoolKey) string { return k.Region }}, {"zone", func(k models.PoolKey) string { return k.Zone }},
		{"type", func(k models.PoolKey) string { return k.Type }}, {poolGroup, func(k models.PoolKey) string { return k.Zone + "/" + k.Type }},
	} {
		out.Groups = append(out.Groups, page.Group{Title: g.title, Uses: report.Utilisation(s, g.title, g.of, groupColumns)})
	}
	return out
}

// disagreements say where the summary is not of the ledger beside it: then one of the files is another run's.
func (run *reportedRun) disagreements() []string {
	if run.result == nil || run.from != run.manifest.From || run.until != run.manifest.Until {
		return nil
	}
	replayed := run.manifest.seen(run.result.Figures())
	for _, key := range []string{"borrowed_hours", "overdraft_cost", "work_completed"} {
		f, _ := measure.Find(replayed, key)
		if was, ok := measure.Find(run.summary.Run.Figures, key); ok && (f.Known != was.Known || report.ValueText(f) != report.ValueText(was)) {
			return []string{fmt.Sprintf("the summary's %s is %s, and %s by the ledger: the files of %s are not of one run", f.Name, report.ValueText(was), report.ValueText(f), run.dir)}
		}
	}
	return nil
}

// items are the manifest's as the page prints them.
func (run *reportedRun) items() []document.Item {
	m := &run.manifest
	list := []document.Item{{Name: "run directory", Text: run.dir}, {Name: "scenario", Text: m.Scenario}, {Name: "policy", Text: m.Policy},
		{Name: "span", Text: report.SpanText(m.From, m.Until)}, {Name: "build", Text: m.Build},
		{Name: "time zones", Text: m.Zoneinfo}, {Name: "ledger", Text: m.Ledger}}
	if m.Live != nil {
		list = append(list, document.Item{Name: "recorded", Text: fmt.Sprintf("%d evaluations of a live driver, mode %s", m.Live.Evaluations, strings.Join(m.Live.Modes, ", then "))})
	} else {
		list = append(list, document.Item{Name: "seed", Text: fmt.Sprint(m.Seed)})
	}
	for _, name := range slices.Sorted(maps.Keys(m.Inputs)) {
		list = append(list, document.Item{Name: name, Text: "SHA-256 " + m.Inputs[name]})
	}
	return list
}

// reference is the run that differences are against: the one that borrowed nothing, else the first.
func (r *reporting) reference() int {
	for i, run := range r.runs {
		if run.result != nil && run.result.Total.BorrowedSeconds == 0 {
			return i
		}
	}
	return 0
}

// paired says whether the runs have days that can be set beside each other.
func (r *reporting) paired() bool {
	return len(r.runs) > 1 && r.notComparable == "" && r.withoutLedger() == nil
}

// withoutLedger names the runs that have no days.
func (r *reporting) withoutLedger() []string {
	var names []string
	for _, run := range r.runs {
		if run.result == nil {
			names = append(names, run.name)
		}
	}
	return names
}

// differences are every run's figures less the reference's, by day.
func (r *reporting) differences() []report.Difference {
	if !r.paired() {
		return nil
	}
	reference := r.runs[r.reference()]
	var list []report.Difference
	var others [][]*measure.Result
	for _, run := range r.runs {
		if run != reference {
			list = append(list, report.Difference{Policy: run.name, Reference: reference.name})
			others = append(others, []*measure.Result{run.result})
		}
	}
	for i, figures := range pairingOf(reference.scenario, 0).Differences([]*measure.Result{reference.result}, others) {
		list[i].Figures = figures
	}
	return list
}

func (r *reporting) basis() string {
	switch {
	case len(r.runs) == 1:
		return ""
	case r.paired():
		of := "the true value"
		if others := len(r.runs) - 1; others > 1 {
			of = fmt.Sprintf("the true values of all %d candidates at once", others)
		}
		return fmt.Sprintf("Differences are against %s, paired by day. The intervals of one figure hold %s 95 times in 100; a verdict is better or worse "+
			"where zero is outside. Of one seed: `trough compare --seeds` says more.", r.runs[r.reference()].name, of)
	}
	return ""
}

// comparison is the same figures for files.
func (r *reporting) comparison() *report.Comparison {
	c := &report.Comparison{Conditions: r.runs[0].summary.Conditions, Differences: r.differences(), Basis: r.basis()}
	c.Conditions.From, c.Conditions.Until = r.runs[0].from, r.runs[0].until
	for _, run := range r.runs {
		c.Runs = append(c.Runs, report.PolicyRun{Policy: run.name, Figures: r.figures(run)})
	}
	return c
}
