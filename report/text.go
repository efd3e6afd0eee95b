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
}

// WriteText writes a run's summary for a terminal: plain characters, at most 100 to a line.
func (s *Summary) WriteText(w io.Writer, d Detail) error {
	t := &textTable{detail: d}
	t.title("Policy " + s.Run.Policy)
	t.figures(s.runs(), true)
	t.conditions(&s.Conditions)
	_, err := w.Write(t.out.Bytes())
	return err
}

// WriteText writes several policies side by side for a terminal, in as many blocks of columns as the width needs.
func (c *Comparison) WriteText(w io.Writer, d Detail) error {
	t := &textTable{detail: d}
	t.title(fmt.Sprintf("%d policies", len(c.Runs)))
	for from := 0; from < len(c.Runs); {
		until := from + t.fitting(c.Runs[from:])
		t.figures(c.Runs[from:until], from == 0)
		from = until
	}
	for _, d := range c.Differences {
		t.difference(&d)
	}
	t.conditions(&c.Conditions)
	_, err := w.Write(t.out.Bytes())
	return err
}

type textTable struct {
	out    bytes.Buffer
	detail Detail
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
			l.unit = max(l.unit, utf8.RuneCountInString(unitText(f.Unit)))
			l.values[i] = max(l.values[i], utf8.RuneCountInString(valueText(f)))
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
	var notes []string
	for i, run := range runs {
		values[i] = absent
		own, ok := measure.Find(run.Figures, f.Key)
		if !ok {
			continue
		}
		values[i] = valueText(own)
		if interval := intervalText(own); interval != "" {
			notes = append(notes, run.Policy+": 95 % interval "+interval)
		}
		if own.Note != "" {
			notes = append(notes, note(runs, i, own))
		}
	}
	t.row(l, f.Name, values, unitText(f.Unit))
	for _, n := range notes {
		t.indented(n)
	}
	if explained {
		t.indented("= " + f.Definition)
	}
}

// note says whose a note is where more than one could be meant.
func note(runs []PolicyRun, i int, f measure.Figure) string {
	if len(runs) == 1 {
		return f.Note
	}
	return runs[i].Policy + ": " + f.Note
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

// conditions writes what the figures rest on.
func (t *textTable) conditions(c *Conditions) {
	t.line("")
	t.line("WHAT THIS RESTS ON")
	for _, row := range c.rows() {
		t.item(row.name, row.value)
	}
	t.items("recorded", c.Recorded)
	t.items("assumed", c.Assumed)
}

func (t *textTable) items(name string, values []string) {
	if len(values) == 0 {
		values = []string{"nothing stated"}
	}
	for _, v := range values {
		t.item(name, v)
		name = ""
	}
}

func (t *textTable) item(name, value string) {
	const column = 15
	for _, line := range wrap(value, textWidth-column) {
		t.line("%s%s", pad(name, column), line)
		name = ""
	}
}

// difference writes one policy's figures less another's.
func (t *textTable) difference(d *Difference) {
	t.line("")
	t.line("%s", strings.ToUpper("difference")+": "+d.Policy+" - "+d.Reference+", the same days, 95 % interval by days")
	l := layout{values: []int{10, 12}}
	for _, f := range d.Figures {
		l.name = max(l.name, utf8.RuneCountInString(f.Name))
		l.values[0] = max(l.values[0], utf8.RuneCountInString(valueText(f)))
		l.values[1] = max(l.values[1], utf8.RuneCountInString(intervalText(f)))
	}
	for _, f := range d.Figures {
		t.row(l, f.Name, []string{valueText(f), intervalText(f)}, unitText(f.Unit))
		if f.Note != "" {
			t.indented(f.Note)
		}
	}
}
