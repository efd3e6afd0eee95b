package traces

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"

	"trough.internal/models"
)

// csvWriter writes batches as lines. Metadata come first in CSV, so they must be known before the first row.
type csvWriter struct {
	file    *newFile
	buffer  *bufio.Writer
	lines   *csv.Writer
	schema  *Schema
	columns []int
	record  []string
	err     error
}

func createCSV(path string, s *Schema, meta []pair) (*csvWriter, error) {
	file, err := createFile(path)
	if err != nil {
		return nil, err
	}
	w := &csvWriter{file: file, buffer: bufio.NewWriterSize(file, 64<<10), schema: s}
	w.err = w.begin(w.buffer, meta)
	return w, nil
}

func (w *csvWriter) begin(to io.Writer, meta []pair) error {
	for _, p := range meta {
		if _, err := fmt.Fprintf(to, "# %s: %s\n", p.key, p.value); err != nil {
			return err
		}
	}
	w.lines = csv.NewWriter(to)
	for i := range w.schema.Columns {
		if !w.schema.Columns[i].Unwritten {
			w.columns = append(w.columns, i)
			w.record = append(w.record, w.schema.Columns[i].Name)
		}
	}
	return w.lines.Write(w.record)
}

func (w *csvWriter) group(b *batch) error {
	for row := 0; row < b.n && w.err == nil; row++ {
		for k, i := range w.columns {
			w.record[k] = b.field(&w.schema.Columns[i], i, row)
		}
		w.err = w.lines.Write(w.record)
	}
	return w.err
}

func (b *batch) field(c *Column, i, row int) string {
	switch c.Type {
	case Time:
		return models.Instant(b.longs[i][row]).String()
	case Long:
		return strconv.FormatInt(b.longs[i][row], 10)
	case Float:
		return strconv.FormatFloat(b.floats[i][row], 'g', -1, 64)
	case Flag:
		return strconv.FormatBool(b.counts[i][row] != 0)
	case Text:
		return b.text(i, row)
	}
	if c.unknownable() && b.counts[i][row] == -1 {
		return "?"
	}
	return strconv.FormatInt(int64(b.counts[i][row]), 10)
}

// close gives the file its name.
func (w *csvWriter) close([]pair) error {
	w.lines.Flush()
	if w.err == nil {
		w.err = w.lines.Error()
	}
	if w.err == nil {
		w.err = w.buffer.Flush()
	}
	if w.err != nil {
		w.abandon()
		return w.err
	}
	return w.file.commit()
}

func (w *csvWriter) abandon() {
	if w.file != nil {
		w.file.abandon()
		w.file = nil
	}
}
