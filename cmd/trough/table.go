package main

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// tableWidth is the widest line of a table; the last column is wrapped to fit.
const tableWidth = 110

// table lines up columns of text for a terminal.
type table struct {
	rows      [][]string
	rightward []int
}

// newTable begins a table with its headings; where all are empty it has none.
func newTable(heads ...string) *table {
	t := new(table)
	if strings.Join(heads, "") != "" {
		t.rows = append(t.rows, heads)
	}
	return t
}

// right aligns columns to the right.
func (t *table) right(columns ...int) { t.rightward = columns }

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// String is the table; lines have no spaces at their ends.
func (t *table) String() string {
	var widths []int
	for _, row := range t.rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, row := range t.rows {
		t.line(&b, widths, row)
	}
	return b.String()
}

func (t *table) line(b *strings.Builder, widths []int, row []string) {
	line := ""
	last := len(row) - 1
	for i, cell := range row[:last] {
		space := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
		if slices.Contains(t.rightward, i) {
			line += space + cell + "  "
		} else {
			line += cell + space + "  "
		}
	}
	if slices.Contains(t.rightward, last) {
		line += strings.Repeat(" ", widths[last]-utf8.RuneCountInString(row[last]))
	}
	indent := strings.Repeat(" ", utf8.RuneCountInString(line))
	for _, part := range wrap(row[last], max(30, tableWidth-len(indent))) {
		b.WriteString(strings.TrimRight(line+part, " ") + "\n")
		line = indent
	}
}

// wrap breaks text into lines of at most width characters; a longer word stays whole.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
