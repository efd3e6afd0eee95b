package traces

import (
	"fmt"
	"io"
	"math"
	"strings"
)

// WriteSchemas writes what every kind of file holds, as Markdown.
func WriteSchemas(w io.Writer) error {
	var b strings.Builder
	for _, s := range Schemas {
		fmt.Fprintf(&b, "### %s\n\n%s\n\n| column | type | what |\n| --- | --- | --- |\n", s.Kind, s.Doc)
		for i := range s.Columns {
			c := &s.Columns[i]
			fmt.Fprintf(&b, "| %s | %s | %s |\n", c.Name, c.Type, c.describe())
		}
		b.WriteString("\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// describe is the column's doc with what it may hold.
func (c *Column) describe() string {
	text := c.Doc
	switch {
	case c.Words != nil:
		text += ": " + among(c.Words)
	case (c.Type == Count || c.Type == Long) && c.Min > math.MinInt32:
		text += "; " + c.rangeText()
	}
	switch {
	case c.Unwritten:
		text += " (may be missing, is not written)"
	case c.Optional:
		text += " (may be missing)"
	}
	return text
}
