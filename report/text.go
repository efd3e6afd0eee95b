package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"trough.internal/report/measure"
)

// textWidth is the widest line of a table for a terminal.
const textWidth = 100

// Detail says what a table for a terminal has besides values.
type Detail struct {
	Definitions bool // of every figure; headlines always have theirs
	Short       bool // the figures that most readers look for, and no definitions
}

// WriteText writes a run's summary for a terminal: plain characters, at most 100 to a line.
func (s *Summary) WriteText(w io.Writer, d Detail) error {
	t := &textTable{detail: d}
	if d.Short {
		t.short(s.runs(), &s.Conditions)
		t.under(&s.Conditions)
		_, err := w.Write(t.out.Bytes())
		return err
	}
	t.title("Policy " + s.Run.Policy)
	t.conditions(&s.Conditions)
	t.figures(s.runs(), true)
	t.rests(&s.Conditions)
	_, err := w.Write(t.out.Bytes())
	return err
}

// WriteText writes several policies side by side for a terminal, in as many blocks of columns as the width needs.
func (c *Comparison) WriteText(w io.Writer, d Detail) error {
	t := &textTable{detail: d, aside: true}
	if d.Short {
		t.short(c.Runs, &c.Conditions)
		for _, d := range c.Differences {
			t.difference(&d)
		}
		t.basis(c)
		t.under(&c.Conditions)
		_, err := w.Write(t.out.Bytes())
		return err
	}
	t.title(fmt.Sprintf("%d policies", len(c.Runs)))
	t.conditions(&c.Conditions)
	for from := 0; from < len(c.Runs); {
		until := from + t.fitting(c.Runs[from:])
		t.figures(c.Runs[from:until], from == 0)
		from = until
	}
	for _, d := range c.Differences {
		t.difference(&d)
	}
	t.basis(c)
	t.noted()
	t.rests(&c.Conditions)
	_, err := w.Write(t.out.Bytes())
	return err
}

type textTable struct {
	out    bytes.Buffer
	detail Detail
	aside  bool     // whether notes are collected and not written under their figure
	notes  []string //
	said   string   // the notes on the figure before
}

func (t *textTable) line(format string, args ...any) {
	t.out.WriteString(strings.TrimRight(fmt.Sprintf(format, args...), " "))
	t.out.WriteByte('\n')
}

func (t *textTable) title(text string) {
	t.line("%s", text)
	t.line("%s", strings.Repeat("=", utf8.RuneCountInString(text)))
}

// indented writes a text under a figure.
func (t *textTable) indented(text string) {
	for _, line := range wrap(text, textWidth-4) {
		t.line("    %s", line)
	}
}

// layout is the widths of a table's columns.
type layout struct {
	name, unit int
	values     []int
}

func layoutOf(runs []PolicyRun) layout {
	l := layout{values: make([]int, len(runs))}
	for i, run := range runs {
		l.values[i] = max(10, utf8.RuneCountInString(run.Policy))
		for _, f := range run.Figures {
			l.name = max(l.name, utf8.RuneCountInString(f.Name))
			l.unit = max(l.unit, utf8.RuneCountInString(UnitText(f.Unit)))
			l.values[i] = max(l.values[i], utf8.RuneCountInString(ValueText(f)))
		}
	}
	return l
}

func (l layout) width() int {
	width := l.name + 2 + l.unit
	for _, v := range l.values {
		width += 2 + v
	}
	return width
}

// fitting is how many of the runs fit side by side, at least one.
func (t *textTable) fitting(runs []PolicyRun) int {
	n := len(runs)
	for n > 1 && layoutOf(runs[:n]).width() > textWidth {
		n--
	}
	return n
}

// figures writes the runs' figures, group by group.
func (t *textTable) figures(runs []PolicyRun, explained bool) {
	l := layoutOf(runs)
	head := make([]string, len(runs))
	for i, run := range runs {
		head[i] = run.Policy
	}
	t.line("")
	t.row(l, "", head, "")
	for _, group := range measure.Groups() {
		list := keys(runs, group)
		if len(list) == 0 {
			continue
		}
		t.line("")
		t.line("%s", strings.ToUpper(string(group)))
		for _, f := range list {
			t.figure(l, runs, f, explained && (group == measure.Headline || t.detail.Definitions))
		}
	}
}

func (t *textTable) figure(l layout, runs []PolicyRun, f measure.Figure, explained bool) {
	values := make([]string, len(runs))
	for i, run := range runs {
		own, _ := measure.Find(run.Figures, f.Key)
		values[i] = ValueText(own)
	}
	notes := notesOn(runs, f.Key)
	if said := strings.Join(notes, "\n"); said == t.said { // p95 has the same notes as p50
		notes = nil
	} else {
		t.said = said
	}
	if why, ok := missingInAll(runs, f.Key); ok && l.width()-l.unit+utf8.RuneCountInString(why) <= textWidth {
		t.row(l, f.Name, values, why)
		notes = nil
	} else {
		t.row(l, f.Name, values, UnitText(f.Unit))
	}
	if t.aside {
		for _, n := range notes {
			t.notes = append(t.notes, f.Name+", "+n)
		}
		notes = nil
	}
	for _, n := range notes {
		t.indented(n)
	}
	if explained {
		t.indented("= " + f.Definition)
	}
}

func (t *textTable) row(l layout, name string, values []string, unit string) {
	line := pad(name, l.name)
	for i, v := range values {
		line += "  " + strings.Repeat(" ", max(0, l.values[i]-utf8.RuneCountInString(v))) + v
	}
	t.line("%s  %s", line, unit)
}

func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s)))
}

// noted writes the notes that were collected.
func (t *textTable) noted() {
	if len(t.notes) == 0 {
		return
	}
	t.line("")
	t.line("NOTES")
	for _, n := range t.notes {
		t.indented(n)
	}
}

// conditions writes what every headline names.
func (t *textTable) conditions(c *Conditions) {
	for _, row := range c.rows() {
		t.item(row.name, row.value)
	}
}

// rests writes what of the input is recorded and what is assumed.
func (t *textTable) rests(c *Conditions) {
	t.line("")
	t.line("WHAT THIS RESTS ON")
	t.items("recorded", c.RecordedTexts())
	t.items("assumed", c.AssumedTexts())
}

func (t *textTable) items(name string, values []string) {
	for _, v := range values {
		t.item(name, v)
		name = ""
	}
}

// itemColumn is where the values of items begin.
const itemColumn = 15

func (t *textTable) item(name, value string) {
	for _, line := range wrap(value, textWidth-itemColumn) {
		t.line("%s%s", pad(name, itemColumn), line)
		name = ""
	}
}

// difference writes one policy's figures less another's.
func (t *textTable) difference(d *Difference) {
	t.line("")
	t.line("DIFFERENCE: %s - %s", d.Policy, d.Reference)
	l := layout{values: make([]int, len(differenceHead))}
	rows := make([][]string, len(d.Figures))
	for i, f := range d.Figures {
		rows[i] = differenceRow(f)
		l.name = max(l.name, utf8.RuneCountInString(f.Name))
	}
	for _, row := range append(rows, differenceHead) {
		for column, text := range row {
			l.values[column] = max(l.values[column], utf8.RuneCountInString(text))
		}
	}
	t.row(l, "", differenceHead, "")
	for i, f := range d.Figures {
		if t.detail.Short && !f.Known {
			continue
		}
		t.row(l, f.Name, rows[i], narrowUnit(f.Unit))
	}
	for _, n := range d.notes() {
		t.indented(n)
	}
}

// basis says what all differences rest on.
func (t *textTable) basis(c *Comparison) {
	if c.Basis == "" || len(c.Differences) == 0 {
		return
	}
	t.line("")
	for _, line := range wrap(c.Basis, textWidth) {
		t.line("%s", line)
	}
}
