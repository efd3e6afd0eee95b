package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"trough.internal/report/measure"
)

// WriteMarkdown writes a run's summary as Markdown tables, with every definition.
func (s *Summary) WriteMarkdown(w io.Writer) error {
	m := &markdown{}
	m.line("# Policy %s", EscapeMarkdown(s.Run.Policy))
	m.conditions(&s.Conditions)
	m.figures(s.runs())
	_, err := w.Write(m.out.Bytes())
	return err
}

// WriteMarkdown writes several policies side by side as Markdown tables.
func (c *Comparison) WriteMarkdown(w io.Writer) error {
	m := &markdown{}
	m.line("# %d policies", len(c.Runs))
	m.conditions(&c.Conditions)
	m.figures(c.Runs)
	for _, d := range c.Differences {
		m.difference(&d)
	}
	if c.Basis != "" && len(c.Differences) > 0 {
		m.line("\n%s", EscapeMarkdown(c.Basis))
	}
	_, err := w.Write(m.out.Bytes())
	return err
}

type markdown struct{ out bytes.Buffer }

func (m *markdown) line(format string, args ...any) { fmt.Fprintf(&m.out, format+"\n", args...) }

func (m *markdown) conditions(c *Conditions) {
	m.line("")
	for _, row := range c.rows() {
		m.line("- %s: %s", row.name, EscapeMarkdown(row.value))
	}
	m.line("- recorded: %s", listed(c.RecordedTexts()))
	m.line("- assumed: %s", listed(c.AssumedTexts()))
}

func listed(items []string) string { return EscapeMarkdown(strings.Join(items, "; ")) }

func (m *markdown) figures(runs []PolicyRun) {
	for _, group := range measure.Groups() {
		list := keys(runs, group)
		if len(list) == 0 {
			continue
		}
		m.line("\n## %s%s\n", strings.ToUpper(string(group[:1])), group[1:])
		head, rule := "| figure |", "| --- |"
		for _, run := range runs {
			head += " " + EscapeMarkdown(run.Policy) + " |"
			rule += " ---: |"
		}
		m.line("%s unit | definition |", head)
		m.line("%s --- | --- |", rule)
		for _, f := range list {
			m.figure(runs, f)
		}
		m.notes(runs, list)
	}
}

func (m *markdown) figure(runs []PolicyRun, f measure.Figure) {
	line := "| " + f.Name + " |"
	for _, run := range runs {
		own, _ := measure.Find(run.Figures, f.Key)
		line += " " + ValueText(own) + " |"
	}
	m.line("%s %s | %s |", line, UnitText(f.Unit), EscapeMarkdown(f.Definition))
}

func (m *markdown) notes(runs []PolicyRun, list []measure.Figure) {
	first := "\n"
	for _, f := range list {
		notes := notesOn(runs, f.Key)
		if why, ok := missingInAll(runs, f.Key); ok {
			notes = []string{why}
		}
		for _, n := range notes {
			m.line("%s- %s: %s", first, f.Name, EscapeMarkdown(n))
			first = ""
		}
	}
}

func (m *markdown) difference(d *Difference) {
	m.line("\n## Difference: %s - %s\n", EscapeMarkdown(d.Policy), EscapeMarkdown(d.Reference))
	m.line("| figure | %s | unit | note |", strings.Join(differenceHead, " | "))
	m.line("| --- | ---: | --- | --- | --- | --- | --- |")
	for _, f := range d.Figures {
		m.line("| %s | %s | %s | %s |", f.Name, strings.Join(differenceRow(f), " | "), UnitText(f.Unit), EscapeMarkdown(f.Note))
	}
}

// EscapeMarkdown keeps names from being read as Markdown or HTML.
func EscapeMarkdown(s string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", ">", "&gt;", "&", "&amp;", "*", `\*`, "_", `\_`, "`", "\\`", "\n", " ").Replace(s)
}
