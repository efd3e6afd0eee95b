package page

import (
	"io"

	"trough.internal/models"
	"trough.internal/report"
	"trough.internal/report/document"
	"trough.internal/report/measure"
)

// Page is a report: one run, or several side by side.
type Page struct {
	Title       string
	Scope       []string // what it is about: scenario, span, time zone
	Runs        []Run
	Differences []report.Difference // paired by day; none of one run
	Basis       string              // what their intervals rest on
	Warnings    []string
}

// Run is one run as a page shows it. What it has none of is left out, or said to be missing.
type Run struct {
	Name       string // of its column and heading, another one for each run
	Dir        string // its run directory, as commands name it
	Live       *Live  // nil of a backtest
	Conditions report.Conditions
	Figures    []measure.Figure
	Before     []measure.Figure // the week before; nil if that is not compared
	Series     *report.Series
	Charts     []report.Chart
	Groups     []Group // reserved, in use and borrowed, by region, zone, type and pool
	Pools      []string
	Result     *measure.Result // what days, pools and episodes are of; nil of a run without a ledger
	Trails     []Trail         // of the episodes that Listed lists, in their order
	Stages     []Stage
	Reports    Reports
	Manifest   []document.Item
	Scenario   string // resolved, YAML
	Policy     string // resolved, YAML
	Warnings   []string
}

// Live is what is known of a run because a live driver recorded it.
type Live struct {
	Orders int64
	Shadow bool // throughout: its orders were written down, and nothing was launched
}

// Group is what pools had reserved, used and lent, by their regions, for one.
type Group struct {
	Title string
	Uses  []report.Use
}

// Stage is how much one stage of a policy had to say.
type Stage struct {
	Name    string
	Bound   int64   // pool-seconds for which it had the last word on the target
	Times   int64   // evaluations of a pool at which it had, of those that changed anything
	Lowered float64 // instance-hours by which it lowered the target
	Raised  float64 // instance-hours by which it raised it
}

// Reports is how old what the policy saw was, at the evaluations that changed anything.
type Reports struct {
	Seen    int64 // reports that it trusted
	Unknown int64 // times that none was
	AgeMax  int32 // seconds, of those that it trusted
	AgeSum  int64 // seconds
}

// Write writes the page.
func (p *Page) Write(w io.Writer) error {
	b := &builder{page: p, colours: document.NewColours()}
	d := document.Document{Title: p.Title, Scope: p.Scope, Verdict: p.verdict(), Warnings: p.warnings(), Sections: b.sections(), Colours: b.colours}
	return d.Write(w)
}

func (p *Page) warnings() []string {
	list := append([]string{}, p.Warnings...)
	for i := range p.Runs {
		for _, text := range p.Runs[i].Warnings {
			if len(p.Runs) > 1 {
				text = p.Runs[i].Name + ": " + text
			}
			list = append(list, text)
		}
	}
	return list
}

// builder makes the sections.
type builder struct {
	page    *Page
	run     *Run
	prefix  string // of ids: empty for the first run
	colours *document.Colours
}

func (b *builder) sections() []document.Section {
	var list []document.Section
	p := b.page
	if len(p.Runs) > 1 {
		list = append(list, b.comparison())
	}
	for i := range p.Runs {
		b.run = &p.Runs[i]
		b.prefix = prefixOf(i)
		for _, make := range []func() document.Section{b.headlines, b.basis, b.borrowed, b.surplus, b.queue, b.overdrafts, b.interventions, b.trail, b.citizenship,
			b.cost, b.value, b.quality, b.all, b.manifest} {
			s := make()
			if len(s.Parts) == 0 {
				continue
			}
			s.ID = b.prefix + s.ID
			if len(p.Runs) > 1 {
				s.Of = b.run.Name
			}
			list = append(list, s)
		}
	}
	return list
}

func prefixOf(run int) string {
	if run == 0 {
		return ""
	}
	return "run" + report.Decimals(float64(run+1), 0) + "-"
}

// find is a figure of the run.
func (b *builder) find(key string) (measure.Figure, bool) { return measure.Find(b.run.Figures, key) }

func minute(at models.Instant) string { return at.UTC().Format("2006-01-02 15:04") }

func second(at models.Instant) string { return at.UTC().Format("2006-01-02 15:04:05") }
