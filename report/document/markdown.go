package document

import (
	"io"
	"strings"

	"trough.internal/report"
)

// WriteMarkdown writes the table as Markdown.
func (t *Table) WriteMarkdown(w io.Writer) error {
	var out strings.Builder
	line := func(cells []string) {
		for _, c := range cells {
			out.WriteString("| " + report.EscapeMarkdown(c) + " ")
		}
		out.WriteString("|\n")
	}
	var heads, rules []string
	for _, h := range t.Head {
		heads = append(heads, h.Name)
		rule := "---"
		if h.Number {
			rule = "---:"
		}
		rules = append(rules, rule)
	}
	out.WriteString(report.EscapeMarkdown(t.Caption) + "\n\n")
	line(heads)
	line(rules)
	for _, r := range t.Rows {
		var cells []string
		for _, c := range r.Cells {
			cells = append(cells, c.Text)
		}
		line(cells)
	}
	_, err := io.WriteString(w, out.String())
	return err
}
