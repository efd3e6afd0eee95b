package traces

import "strings"

// groupWriter writes batches: a Parquet or a CSV file.
type groupWriter interface {
	group(b *batch) error
	close(meta []pair) error
	abandon()
}

func createTrace(path string, s *Schema, meta []pair, pageBytes int) (groupWriter, error) {
	switch {
	case strings.HasSuffix(path, ".parquet"):
		w, err := createParquet(path, s, pageBytes)
		if err != nil {
			return nil, err
		}
		return w, nil
	case strings.HasSuffix(path, ".csv"):
		w, err := createCSV(path, s, meta)
		if err != nil {
			return nil, err
		}
		return w, nil
	}
	return nil, fatal(path, "expected a name that ends in .parquet or .csv")
}

// rowWriter collects rows and writes them in groups of the schema's size.
type rowWriter struct {
	path   string
	schema *Schema
	to     groupWriter
	meta   []pair
	rows   int64
	b      *batch
	err    error // the first; nothing is written after it
}

func createRows(path string, s *Schema, meta []pair) (*rowWriter, error) {
	to, err := createTrace(path, s, meta, pageBytes)
	if err != nil {
		return nil, err
	}
	return &rowWriter{path: path, schema: s, to: to, meta: meta, b: newBatch(s)}, nil
}

// Each row is appended column by column, by the schema's index, and ended by end.

func (w *rowWriter) long(i int, v int64)    { w.b.longs[i] = append(w.b.longs[i], v) }
func (w *rowWriter) count(i int, v int32)   { w.b.counts[i] = append(w.b.counts[i], v) }
func (w *rowWriter) float(i int, v float64) { w.b.floats[i] = append(w.b.floats[i], v) }
func (w *rowWriter) word(i int, v string)   { w.b.counts[i] = append(w.b.counts[i], w.b.texts[i].id(v)) }
func (w *rowWriter) flag(i int, v bool) {
	n := int32(0)
	if v {
		n = 1
	}
	w.count(i, n)
}

func (w *rowWriter) end() error {
	w.b.n++
	w.rows++
	if w.b.n == w.schema.Rows {
		w.flush()
	}
	return w.err
}

// flush checks what it writes by the rules that readers have: a file of ours can always be read.
func (w *rowWriter) flush() {
	w.b.first = w.rows - int64(w.b.n) + 1
	if w.err == nil {
		w.err = checkRanges(w.b, w.schema, &findings{path: w.path})
	}
	if w.err == nil {
		w.err = w.to.group(w.b)
	}
	for i := range w.schema.Columns {
		w.b.longs[i], w.b.counts[i], w.b.floats[i] = w.b.longs[i][:0], w.b.counts[i][:0], w.b.floats[i][:0]
	}
	w.b.n = 0
}

// fail notes the first error.
func (w *rowWriter) fail(err error) error {
	if w.err == nil {
		w.err = err
	}
	return w.err
}

// close writes what is left and gives the file its name; after an error it leaves no file.
func (w *rowWriter) close() error {
	if w.b.n > 0 {
		w.flush()
	}
	if w.err != nil {
		w.to.abandon()
		return w.err
	}
	return w.to.close(w.meta)
}
