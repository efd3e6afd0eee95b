package traces

import (
	"fmt"
	"math"
	"reflect"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"trough.internal/models"
)

// pageBytes is what a page holds before it is encoded, unless whoever writes knows better.
const pageBytes = 256 << 10

// parquetWriter writes batches as row groups.
type parquetWriter struct {
	file    *newFile
	sums    *blockWriter
	to      *parquet.GenericWriter[any]
	schema  *Schema
	columns []int // of the schema, in the file's order
	values  []parquet.Value
	words   [][]parquet.Value // by column of the schema: its vocabulary's words, made once
	err     error
}

func createParquet(path string, s *Schema, pageBytes int) (*parquetWriter, error) {
	file, err := createFile(path)
	if err != nil {
		return nil, err
	}
	w := &parquetWriter{file: file, sums: &blockWriter{to: file}, schema: s,
		values: make([]parquet.Value, 1024), words: make([][]parquet.Value, len(s.Columns))}
	for i := range s.Columns {
		if !s.Columns[i].Unwritten {
			w.columns = append(w.columns, i)
		}
	}
	options := []parquet.WriterOption{parquetSchema(s), parquet.Compression(&zstd.Codec{Level: zstd.SpeedDefault, Concurrency: 1}),
		parquet.PageBufferSize(pageBytes), parquet.WriteBufferSize(1), parquet.DataPageStatistics(false), parquet.CreatedBy("trough", "1", "0"),
		parquet.MaxRowsPerRowGroup(math.MaxInt64)}
	for i := range s.Columns { // readers of ours do not look at bounds, and those of texts cost most
		if s.Columns[i].Type == Text {
			options = append(options, parquet.SkipPageBounds(s.Columns[i].Name))
		}
	}
	w.to = parquet.NewGenericWriter[any](w.sums, options...)
	return w, nil
}

// group writes a batch as one row group.
func (w *parquetWriter) group(b *batch) error {
	if w.err != nil || b.n == 0 {
		return w.err
	}
	writers := w.to.ColumnWriters()
	for k, i := range w.columns {
		if w.err = w.column(writers[k], b, i); w.err != nil {
			return w.err
		}
	}
	w.err = w.to.Flush()
	return w.err
}

func (w *parquetWriter) column(to *parquet.ColumnWriter, b *batch, i int) error {
	w.vocabulary(b, i)
	for row := 0; row < b.n; {
		values := w.values[:min(len(w.values), b.n-row)]
		fillValues(values, &w.schema.Columns[i], b, i, row, w.words[i])
		n, err := to.WriteRowValues(values)
		if err != nil {
			return err
		}
		if n != len(values) {
			return fmt.Errorf("%d of %d values written", n, len(values))
		}
		row += n
	}
	return nil
}

func (w *parquetWriter) vocabulary(b *batch, i int) {
	if v := b.texts[i]; v != nil {
		for _, word := range v.words[len(w.words[i]):] {
			w.words[i] = append(w.words[i], parquet.ByteArrayValue([]byte(word)))
		}
	}
}

func fillValues(values []parquet.Value, c *Column, b *batch, i, row int, words []parquet.Value) {
	switch c.Type {
	case Time, Long:
		for k, v := range b.longs[i][row : row+len(values)] {
			values[k] = parquet.Int64Value(v)
		}
	case Count:
		for k, v := range b.counts[i][row : row+len(values)] {
			values[k] = parquet.Int32Value(v)
		}
	case Text:
		for k, v := range b.counts[i][row : row+len(values)] {
			values[k] = words[v]
		}
	case Flag:
		for k, v := range b.counts[i][row : row+len(values)] {
			values[k] = parquet.BooleanValue(v != 0)
		}
	case Float:
		for k, v := range b.floats[i][row : row+len(values)] {
			values[k] = parquet.DoubleValue(v)
		}
	}
}

// close writes the metadata and the footer and gives the file its name.
func (w *parquetWriter) close(meta []pair) error {
	if w.err != nil {
		w.abandon()
		return w.err
	}
	if err := w.finish(meta); err != nil {
		w.abandon()
		return err
	}
	return w.file.commit()
}

func (w *parquetWriter) finish(meta []pair) error {
	if err := w.to.Flush(); err != nil {
		return err
	}
	for _, p := range meta {
		w.to.SetKeyValueMetadata(p.key, p.value)
	}
	w.to.SetKeyValueMetadata(keyKind, w.schema.Kind)
	w.to.SetKeyValueMetadata(keyBlocks, w.sums.blocks())
	w.to.SetKeyValueMetadata(keyFooter, footerZero)
	if err := w.to.Close(); err != nil {
		return err
	}
	return w.sums.finish()
}

func (w *parquetWriter) abandon() {
	if w.file != nil {
		w.file.abandon()
		w.file = nil
	}
}

// parquetSchema is a schema as parquet-go wants it, columns in our order.
func parquetSchema(s *Schema) *parquet.Schema {
	root := orderedGroup{Group: parquet.Group{}}
	for i := range s.Columns {
		c := &s.Columns[i]
		if c.Unwritten {
			continue
		}
		node := parquet.Node(parquet.Leaf(physical(c.Type)))
		if c.Type == Text {
			node = parquet.String()
		}
		switch {
		case c.packing == dict:
			node = parquet.Encoded(node, &parquet.RLEDictionary)
		case c.packing == delta:
			node = parquet.Encoded(node, &parquet.DeltaBinaryPacked)
		}
		root.Group[c.Name] = parquet.Required(node)
		root.fields = append(root.fields, orderedField{root.Group[c.Name], c.Name})
	}
	return parquet.NewSchema(s.Kind, root)
}

func physical(t Type) parquet.Type {
	switch t {
	case Time, Long:
		return parquet.Int64Type
	case Count:
		return parquet.Int32Type
	case Float:
		return parquet.DoubleType
	case Flag:
		return parquet.BooleanType
	}
	return parquet.ByteArrayType
}

// orderedGroup is a parquet.Group whose fields keep the order that we gave them.
type orderedGroup struct {
	parquet.Group
	fields []parquet.Field
}

func (g orderedGroup) Fields() []parquet.Field { return g.fields }

type orderedField struct {
	parquet.Node
	name string
}

func (f orderedField) Name() string { return f.name }

func (f orderedField) Value(base reflect.Value) reflect.Value {
	return base.MapIndex(reflect.ValueOf(f.name))
}

// checkName says whether a region, zone or type can be a name in a file.
func checkName(name string) error {
	if name == "" || len(name) > 100 {
		return fmt.Errorf("%s: expected a name of 1 to 100 letters", quoted(name))
	}
	for _, r := range name {
		if r <= ' ' || r == 0x7f || r == '/' || r == '"' || r == ',' || r == 0xfffd {
			return fmt.Errorf("%s: expected a name without blanks, commas, quotes and slashes", quoted(name))
		}
	}
	return nil
}

func checkKey(k models.PoolKey) error {
	for _, name := range []string{k.Region, k.Zone, k.Type} {
		if err := checkName(name); err != nil {
			return err
		}
	}
	return nil
}
