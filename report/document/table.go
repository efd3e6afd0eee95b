package page

import (
	"html/template"
	"strconv"
)

// table is a table of texts. It scrolls sideways within the page where the page is too narrow.
type table struct {
	Caption string
	Head    []column
	Rows    []row
	More    string // what was left out
}

type column struct {
	Name   string
	Number bool
}

// Span is how many columns a trail reaches over.
func (t *table) Span() int { return len(t.Head) }

type row struct {
	ID    string
	Class string
	Cells []cell
	Trail *trailView // in a row of its own below
}

type cell struct {
	Text   string
	Code   bool
	Number bool
	Colour template.CSS // of a swatch before the text
	Bar    string       // share of the column's most, in percent; empty: no bar
}

// newTable begins a table. A column whose name begins with # holds numbers.
func newTable(caption string, names ...string) *table {
	t := &table{Caption: caption}
	for _, name := range names {
		number := name[0] == '#'
		if number {
			name = name[1:]
		}
		t.Head = append(t.Head, column{name, number})
	}
	return t
}

func (t *table) add(texts ...string) *row {
	r := row{}
	for k, text := range texts {
		r.Cells = append(r.Cells, cell{Text: text, Number: t.Head[k].Number})
	}
	t.Rows = append(t.Rows, r)
	return &t.Rows[len(t.Rows)-1]
}

// bars draws a column's values as bars, each as long as its share of the largest.
func (t *table) bars(column int, values []float64) {
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
