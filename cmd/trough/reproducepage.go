package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"html/template"
	"os"
	"path/filepath"
	"strings"

	"trough.internal/sim"
)

// The files of a reproduction, beside a NAME.png and NAME.svg for each scenario that has a graph.
const (
	pageMarkdown = "reproduce.md"
	pageHTML     = "reproduce.html"
	pageData     = "reproduce.json"
)

// files are the names of all that a reproduction leaves.
func (r *reproducing) files() []string {
	names := []string{pageMarkdown, pageHTML, pageData}
	for i := range r.list {
		if r.list[i].plot != nil {
			names = append(names, r.list[i].name+".png", r.list[i].name+".svg")
		}
	}
	return names
}

// reproducedPage is what both kinds of page say.
type reproducedPage struct {
	Basis     string
	Scenarios []scenarioPage
}

// scenarioPage is what is said about one scenario.
type scenarioPage struct {
	Name, About string
	Rows        []pageRow
	Remarks     []string
	Origins     []origin
	Plot        string // file, without its ending; empty: none
	Image       template.URL
}

type pageRow struct {
	Figure, Unit, Article, Band, Ours, Interval, Within, Kind, Definition string
	Outside                                                               bool
}

// origin is where numbers behind a scenario come from.
type origin struct {
	From  string
	Texts []string
}

// writePages draws the plots and writes the pages and the data.
func (r *reproducing) writePages(ctx context.Context, to *output, rows []reproducedRow) error {
	p := reproducedPage{Basis: r.basis()}
	progress := newProgress(r.err, "reproduce")
	defer progress.done()
	quiet := *r.app
	quiet.quiet = true
	err := inParallel(ctx, r.workers, len(r.list), progress, "plots", func(i int) error {
		one := &r.list[i]
		if one.plot == nil {
			return nil
		}
		if err := one.plot(ctx, &quiet, 1, to.temp); err != nil {
			return fmt.Errorf("%s: plot: %w", one.name, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i := range r.list {
		one := &r.list[i]
		s, err := r.page(one, rows)
		if err != nil {
			return err
		}
		if one.plot != nil {
			if err := s.embed(to, one.name); err != nil {
				return err
			}
		}
		p.Scenarios = append(p.Scenarios, s)
	}
	if err := writeJSON(to.path(pageData), rows); err != nil {
		return err
	}
	if err := writeText(to.path(pageMarkdown), p.markdown()); err != nil {
		return err
	}
	var html strings.Builder
	if err := pageTemplate.Execute(&html, p); err != nil {
		return failure{err}
	}
	if err := writeText(to.path(pageHTML), html.String()); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return failure{ctx.Err()}
	}
	return to.commit()
}

// embed takes the plot into the page, so that the page needs no other file.
func (s *scenarioPage) embed(to *output, name string) error {
	image, err := os.ReadFile(to.path(name + ".png")) // a tenth of what the SVG has
	if err == nil {
		_, err = os.Stat(to.path(name + ".svg"))
	}
	if err != nil {
		return failure{fmt.Errorf("%s: its plot is missing: %w", name, err)}
	}
	s.Plot, s.Image = name, template.URL("data:image/png;base64,"+base64.StdEncoding.EncodeToString(image))
	return nil
}

func writeText(path, text string) error {
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		return failure{fileError(filepath.Base(path), err)}
	}
	return nil
}

func (r *reproducing) page(one *reproduction, rows []reproducedRow) (scenarioPage, error) {
	s := scenarioPage{Name: one.name, About: one.about}
	for i := range rows {
		row := &rows[i]
		if row.Scenario != one.name {
			continue
		}
		s.Rows = append(s.Rows, pageRow{row.Figure, row.Unit, number(row.Article), row.band(), number(row.Ours), row.interval(), row.within(),
			row.Kind, row.of.definition, row.outside()})
		if text := row.remark(r.seeds); text != "" {
			s.Remarks = append(s.Remarks, row.Figure+": "+text)
		}
	}
	var err error
	s.Origins, err = r.origins(one.name)
	return s, err
}

// origins says of a built-in scenario where its numbers come from; of another one nothing.
func (r *reproducing) origins(name string) ([]origin, error) {
	if _, err := sim.BuiltinFile(name); err != nil {
		return nil, nil
	}
	j, err := r.prepare(name, &jobFlags{ledger: "none"})
	if err != nil {
		return nil, err
	}
	var assumed []string
	for _, text := range j.built.Notes.Assumed {
		if !strings.HasPrefix(text, "calibrated: ") {
			assumed = append(assumed, text)
		}
	}
	return []origin{{"from the article", j.scenario.Article}, {"recorded", j.built.Notes.Recorded}, {"assumed", assumed},
		{"calibrated", j.scenario.Calibrated}}, nil
}

func (p *reproducedPage) markdown() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# Published systems, reproduced\n\n%s\n", escapeMarkdown(p.Basis))
	line("| scenario | figure | article | band | ours | 95 %% interval | within | kind | unit |")
	line("| --- | --- | ---: | ---: | ---: | ---: | --- | --- | --- |")
	for _, s := range p.Scenarios {
		for _, row := range s.Rows {
			line("| %s | %s | %s | %s | %s | %s | %s | %s | %s |", s.Name, escapeMarkdown(row.Figure), row.Article, row.Band, row.Ours, row.Interval,
				row.Within, row.Kind, row.Unit)
		}
	}
	for _, s := range p.Scenarios {
		line("\n## %s\n\n%s\n", s.Name, escapeMarkdown(s.About))
		if s.Plot != "" {
			line("![%s](%s.png)\n", s.Name, s.Plot)
		}
		for _, text := range s.Remarks {
			line("- %s", escapeMarkdown(text))
		}
		if len(s.Remarks) > 0 {
			line("")
		}
		line("| figure | definition |\n| --- | --- |")
		for _, row := range s.Rows {
			line("| %s | %s |", escapeMarkdown(row.Figure), escapeMarkdown(row.Definition))
		}
		for _, o := range s.Origins {
			line("\n**%s%s**\n", strings.ToUpper(o.From[:1]), o.From[1:])
			for _, text := range o.Texts {
				line("- %s", escapeMarkdown(text))
			}
			if len(o.Texts) == 0 {
				line("nothing")
			}
		}
	}
	return b.String()
}

// escapeMarkdown keeps texts from being read as Markdown or HTML.
func escapeMarkdown(s string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", ">", "&gt;", "&", "&amp;", "*", `\*`, "_", `\_`, "`", "\\`", "\n", " ").Replace(s)
}

var pageTemplate = template.Must(template.New("page").Parse(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Published systems, reproduced</title>
<style>
body { font: 15px/1.45 Arial, Helvetica, sans-serif; max-width: 75em; margin: 2em auto; padding: 0 1em; color: #222; }
table { border-collapse: collapse; }
th, td { padding: .2em .7em; border-bottom: 1px solid #ddd; text-align: left; }
td.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
tr.outside td { background: #fbe9e7; }
img { max-width: 100%; }
h3 { margin-bottom: 0; }
</style>
</head>
<body>
<h1>Published systems, reproduced</h1>
<p>{{.Basis}}</p>
<table>
<tr><th>scenario</th><th>figure</th><th>article</th><th>band</th><th>ours</th><th>95 % interval</th><th>within</th><th>kind</th><th>unit</th></tr>
{{range $s := .Scenarios}}{{range .Rows -}}
<tr{{if .Outside}} class="outside"{{end}}><td><a href="#{{$s.Name}}">{{$s.Name}}</a></td><td>{{.Figure}}</td><td class="n">{{.Article}}</td><td class="n">{{.Band}}</td><td class="n">{{.Ours}}</td><td class="n">{{.Interval}}</td><td>{{.Within}}</td><td>{{.Kind}}</td><td>{{.Unit}}</td></tr>
{{end}}{{end}}</table>
{{range .Scenarios}}
<h2 id="{{.Name}}">{{.Name}}</h2>
<p>{{.About}}</p>
{{if .Image}}<img src="{{.Image}}" alt="{{.Name}}">
{{end}}{{if .Remarks}}<ul>{{range .Remarks}}<li>{{.}}</li>{{end}}</ul>
{{end}}<dl>{{range .Rows}}<dt>{{.Figure}}</dt><dd>{{.Definition}}</dd>{{end}}</dl>
{{range .Origins}}<h3>{{.From}}</h3>
{{if .Texts}}<ul>{{range .Texts}}<li>{{.}}</li>{{end}}</ul>{{else}}<p>nothing</p>{{end}}
{{end}}{{end}}
</body>
</html>
`))
