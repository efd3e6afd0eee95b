package traces

import (
	"fmt"
	"math"
)

// Table is a file of columns that only whoever writes it knows, such as an experiment's results.
type Table struct {
	Kind    string // the word for the kind of file
	Columns []TableColumn
}

// TableColumn is a column of texts, of whole numbers or of floats: exactly one of the three is there. A float that nobody
// knows is NaN.
type TableColumn struct {
	Name   string
	Texts  []string
	Longs  []int64
	Floats []float64
}

func (c *TableColumn) rows() int { return max(len(c.Texts), len(c.Longs), len(c.Floats)) }

// WriteTable writes a table as Parquet or CSV, by the ending of path; whole or not at all.
func WriteTable(path string, t *Table) error {
	s := &Schema{Kind: t.Kind}
	for i := range t.Columns {
		c := &t.Columns[i]
		if c.rows() != t.Columns[0].rows() {
			return fmt.Errorf("%s: column %s has %d rows, and %s has %d", path, c.Name, c.rows(), t.Columns[0].Name, t.Columns[0].rows())
		}
		column := Column{Name: c.Name, Type: Float, packing: plain}
		switch {
		case c.Texts != nil:
			column.Type, column.packing = Text, dict
		case c.Longs != nil:
			column.Type, column.Min, column.Max = Long, math.MinInt64, math.MaxInt64
		}
		s.Columns = append(s.Columns, column)
	}
	b := newBatch(s)
	for i := range t.Columns {
		c := &t.Columns[i]
		b.n = c.rows()
		b.longs[i], b.floats[i] = c.Longs, c.Floats
		for _, text := range c.Texts {
			b.counts[i] = append(b.counts[i], b.texts[i].id(text))
		}
	}
	w, err := createTrace(path, s, nil, pageBytes)
	if err != nil {
		return err
	}
	if err := w.group(b); err != nil {
		w.abandon()
		return err
	}
	return w.close(nil)
}
