package traces

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// parquetFile is an open Parquet file whose footer and schema have been checked. It is a rowSource.
type parquetFile struct {
	path   string
	closer io.Closer
	file   *parquet.File
	body   io.ReaderAt // what pages are read from
	ours   bool        // carries our checksums
	schema *Schema
	chunk  []int // by column of the schema: the file's column, or -1
	kv     []pair

	group    int
	row      int64 // rows before the next group
	findings *findings
	parquetScratch
}

// openParquet opens a file of one of the schemas. On an error the file is closed.
func openParquet(path string, schemas ...*Schema) (*parquetFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	p, err := newParquetFile(path, f, info.Size(), schemas...)
	if err != nil {
		f.Close()
		return nil, err
	}
	p.closer = f
	return p, nil
}

// newParquetFile reads the footer. The schema is compared first: parquet-go reads missing columns as zero.
func newParquetFile(path string, r io.ReaderAt, size int64, schemas ...*Schema) (p *parquetFile, err error) {
	defer func() {
		if e := recover(); e != nil {
			p, err = nil, fatal(path, "the footer cannot be read: %v", e)
		}
	}()
	footer, err := readFooter(r, size)
	if err != nil {
		return nil, fatal(path, "%v", err)
	}
	p = &parquetFile{path: path, body: r, findings: &findings{path: path}}
	if bytes.Contains(footer, []byte(keyFooter)) || bytes.Contains(footer, []byte(createdBy)) {
		p.ours = true
		if err := checkFooter(footer); err != nil {
			return nil, fatal(path, "%v", err)
		}
	}
	if n, err := thriftStruct(footer, nil); err != nil {
		return nil, fatal(path, "the footer cannot be read: %v", err)
	} else if n != len(footer) {
		return nil, fatal(path, "the footer is %d bytes: expected %d: the file is damaged or signed", len(footer), n)
	}
	p.file, err = parquet.OpenFile(r, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true), parquet.ReadBufferSize(64<<10))
	if err != nil {
		return nil, fatal(path, "%v", err)
	}
	for _, kv := range p.file.Metadata().KeyValueMetadata {
		p.kv = append(p.kv, pair{kv.Key, kv.Value})
	}
	if p.ours {
		blocks, _ := p.file.Lookup(keyBlocks)
		if p.body, err = newCheckedReader(r, size, blocks); err != nil {
			return nil, fatal(path, "%v", err)
		}
	}
	if err := p.match(schemas); err != nil {
		return nil, err
	}
	return p, p.checkGroups(size)
}

func readFooter(r io.ReaderAt, size int64) ([]byte, error) {
	const least = 4 + 8 // magic; footer's length and magic
	if size < least {
		return nil, fmt.Errorf("%d bytes: expected a Parquet file", size)
	}
	var head [4]byte
	var tail [8]byte
	if _, err := r.ReadAt(head[:], 0); err != nil {
		return nil, err
	}
	if _, err := r.ReadAt(tail[:], size-8); err != nil && err != io.EOF {
		return nil, err
	}
	if string(head[:]) != "PAR1" || string(tail[4:]) != "PAR1" {
		return nil, fmt.Errorf("begins with %q and ends with %q: expected a Parquet file: PAR1", head[:], tail[4:])
	}
	n := int64(binary.LittleEndian.Uint32(tail[:4]))
	if n > size-least {
		return nil, fmt.Errorf("footer of %d bytes in a file of %d: expected at most %d", n, size, size-least)
	}
	footer := make([]byte, n)
	_, err := r.ReadAt(footer, size-8-n)
	return footer, err
}

// match finds the schema that the file follows and the file's column of each of its columns.
func (p *parquetFile) match(schemas []*Schema) error {
	columns := p.file.Root().Columns()
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name()
	}
	s, err := recognise(names, schemas)
	if err != nil {
		return fatal(p.path, "%v", err)
	}
	p.schema = s
	p.chunk = make([]int, len(s.Columns))
	for i := range p.chunk {
		p.chunk[i] = -1
	}
	for k, c := range columns {
		i := s.column(c.Name())
		if err := fits(c, &s.Columns[i]); err != nil {
			return fatal(p.path, "%v", err)
		}
		if leaf := int(c.Index()); leaf < len(columns) {
			k = leaf
		}
		p.chunk[i] = k
	}
	return nil
}

// recognise finds the schema that has all these columns, and none that it requires is missing.
func recognise(names []string, schemas []*Schema) (*Schema, error) {
	best, most := schemas[0], -1
	for _, s := range schemas {
		n := 0
		for _, name := range names {
			if s.column(name) >= 0 {
				n++
			}
		}
		if n > most {
			best, most = s, n
		}
	}
	var unknown, missing []string
	seen := make(map[string]bool)
	for _, name := range names {
		if seen[name] {
			return nil, fmt.Errorf("column %s is there twice: expected once", quoted(name))
		}
		seen[name] = true
		if best.column(name) < 0 {
			unknown = append(unknown, quoted(name))
		}
	}
	for i := range best.Columns {
		if c := &best.Columns[i]; !c.Optional && !seen[c.Name] {
			missing = append(missing, c.Name)
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("column %s is missing: expected the columns of a %s file: %s", strings.Join(missing, ", "), best.Kind, best.columnNames())
	}
	if len(unknown) > 0 {
		return nil, fmt.Errorf("column %s is unknown: expected the columns of a %s file: %s", strings.Join(unknown, ", "), best.Kind, best.columnNames())
	}
	return best, nil
}

func (s *Schema) columnNames() string {
	var names []string
	for i := range s.Columns {
		if s.Columns[i].Optional {
			names = append(names, "["+s.Columns[i].Name+"]")
		} else {
			names = append(names, s.Columns[i].Name)
		}
	}
	return strings.Join(names, ", ")
}

func fits(c *parquet.Column, want *Column) error {
	switch {
	case !c.Leaf():
		return fmt.Errorf("column %s is a group: expected %s", want.Name, want.Type)
	case c.Optional():
		return fmt.Errorf("column %s is optional: expected required %s", want.Name, want.Type)
	case c.Repeated():
		return fmt.Errorf("column %s is repeated: expected required %s", want.Name, want.Type)
	case c.Type().Kind() != physical(want.Type).Kind() || !logicalFits(c.Type().LogicalType(), want.Type):
		return fmt.Errorf("column %s is %s: expected %s", want.Name, c.Type(), want.Type)
	}
	return nil
}

func logicalFits(logical *format.LogicalType, want Type) bool {
	if logical == nil || logical.Value == nil {
		return true
	}
	switch l := logical.Value.(type) {
	case *format.IntType:
		return l.IsSigned && (l.BitWidth == 64 && (want == Time || want == Long) || l.BitWidth == 32 && want == Count)
	case *format.StringType, *format.EnumType:
		return want == Text
	}
	return false
}

// checkGroups compares what the footer says about rows and places before anything is allocated for them.
func (p *parquetFile) checkGroups(size int64) error {
	const rowsMost = 1 << 28
	meta := p.file.Metadata()
	rows := int64(0)
	for g := range meta.RowGroups {
		rg := &meta.RowGroups[g]
		if rg.NumRows < 0 || rg.NumRows > rowsMost {
			return fatal(p.path, "row group %d has %d rows: expected 0 to %d", g+1, rg.NumRows, rowsMost)
		}
		rows += rg.NumRows
		for c := range rg.Columns {
			m := &rg.Columns[c].MetaData
			start := m.DataPageOffset
			if m.DictionaryPageOffset > 0 {
				start = m.DictionaryPageOffset
			}
			switch m.Codec { // LZ4 as parquet-go reads it takes ever more memory on damaged bytes
			case format.Uncompressed, format.Snappy, format.Gzip, format.Zstd:
			default:
				return fatal(p.path, "row group %d: column %d is compressed by %s: expected UNCOMPRESSED, SNAPPY, GZIP or ZSTD", g+1, c+1, m.Codec)
			}
			if m.NumValues != rg.NumRows {
				return fatal(p.path, "row group %d: column %d has %d values: expected %d", g+1, c+1, m.NumValues, rg.NumRows)
			}
			if start < 4 || m.TotalCompressedSize < 0 || m.TotalCompressedSize > size || start > size-m.TotalCompressedSize {
				return fatal(p.path, "row group %d: column %d has %d bytes at %d: expected them within the file's %d", g+1, c+1, m.TotalCompressedSize, start, size)
			}
		}
	}
	if rows != meta.NumRows {
		return fatal(p.path, "%d rows in row groups: expected %d, as the footer says", rows, meta.NumRows)
	}
	return nil
}

func (p *parquetFile) close() error {
	if p.closer == nil {
		return nil
	}
	return p.closer.Close()
}
