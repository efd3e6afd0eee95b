package document

import (
	"html/template"
	"strconv"
)

// Table is a table of texts. It scrolls sideways within the page where the page is too narrow.
type Table struct {
	Caption string
	Head    []Column
	Rows    []Row
	More    string // what was left out
	Wide    bool   // each row stays one line, and the table scrolls
}

// Column is one of its columns.
type Column struct {
	Name   string
	Number bool
}

// Span is how many columns a trail reaches over.
func (t *Table) Span() int { return len(t.Head) }

// Row is one of its rows.
type Row struct {
	ID    string
	Class string
	Cells []Cell
	Trail *Trail // in a row of its own below
}

// Cell is one of a row.
type Cell struct {
	Text   string
	Number bool
	Colour template.CSS // of a swatch before the text
	Bar    string       // share of the column's most, in percent; empty: no bar
}

// NewTable begins a table. A column whose name begins with # holds numbers.
func NewTable(caption string, names ...string) *Table {
	t := &Table{Caption: caption}
	for _, name := range names {
		number := name[0] == '#'
		if number {
			name = name[1:]
		}
		t.Head = append(t.Head, Column{name, number})
	}
	return t
}

// Add adds a row of so many texts as there are columns.
func (t *Table) Add(texts ...string) *Row {
	r := Row{}
	for k, text := range texts {
		r.Cells = append(r.Cells, Cell{Text: text, Number: t.Head[k].Number})
	}
	t.Rows = append(t.Rows, r)
	return &t.Rows[len(t.Rows)-1]
}

// Bars draws a column's values as bars, each as long as its share of the largest.
func (t *Table) Bars(column int, values []float64) {
	top := 0.0
	for _, v := range values {
		top = max(top, v)
	}
	if top == 0 {
		return
	}
	for k, v := range values {
		t.Rows[k].Cells[column].Bar = strconv.FormatFloat(max(0, 100*v/top), 'f', 1, 64)
	}
}

// Trail is what led to what a row is about: behind its summary, until it is asked for.
type Trail struct {
	Summary   string
	Decisions []Decision
	Command   string // that says more
}

// Decision is a step of a trail.
type Decision struct {
	Heading string
	Saw     []Item // what it was made of
	Table   *Table
	Quiet   string
}
