package traces

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"

	"trough.internal/models"
)

// csvFile is an open CSV file whose header has been checked. It is a rowSource.
//
// Lines "# key: value" before the header are the file's metadata. Columns may stand in any order.
type csvFile struct {
	path    string
	closers []io.Closer
	lines   *csv.Reader
	skipped int // lines before the header
	schema  *Schema
	columns []int // by the file's column: the schema's
	kv      []pair
	row     int64
	most    int // rows of a batch
	reopen  func() (*csvFile, error)

	findings *findings
}

const csvBatch = 1 << 14

func openCSV(path string, schemas ...*Schema) (*csvFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	closers := []io.Closer{f}
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		z, err := gzip.NewReader(f)
		if err != nil {
			f.Close()
			return nil, fatal(path, "%v: expected a gzip file", err)
		}
		closers = []io.Closer{z, f}
		r = z
	}
	c, err := newCSVFile(path, r, schemas...)
	if err != nil {
		f.Close()
		return nil, err
	}
	c.closers = closers
	c.reopen = func() (*csvFile, error) { return openCSV(path, schemas...) }
	return c, nil
}

func newCSVFile(path string, r io.Reader, schemas ...*Schema) (*csvFile, error) {
	c := &csvFile{path: path, most: csvBatch, findings: &findings{path: path}}
	buffered := bufio.NewReaderSize(r, 64<<10)
	if mark, _ := buffered.Peek(3); bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		buffered.Discard(3)
	}
	if err := c.readMeta(buffered); err != nil {
		return nil, err
	}
	c.lines = csv.NewReader(buffered)
	c.lines.ReuseRecord = true
	header, err := c.lines.Read()
	if err == io.EOF {
		return nil, fatal(path, "line %d: the file ends: expected a header such as %s", c.skipped+1, schemas[0].columnNames())
	}
	if err != nil {
		return nil, c.syntax(err)
	}
	return c, c.match(header, schemas)
}

func (c *csvFile) readMeta(r *bufio.Reader) error {
	for {
		next, err := r.Peek(1)
		if err != nil || next[0] != '#' {
			return nil
		}
		line, err := r.ReadSlice('\n')
		if err == bufio.ErrBufferFull {
			return fatal(c.path, "line %d: expected a shorter line", c.skipped+1)
		}
		c.skipped++
		key, value, ok := strings.Cut(strings.TrimSpace(string(line[1:])), ":")
		if !ok {
			return fatal(c.path, "line %d: %s: expected # key: value", c.skipped, quoted(string(line)))
		}
		c.kv = append(c.kv, pair{strings.TrimSpace(key), strings.TrimSpace(value)})
	}
}

func (c *csvFile) match(header []string, schemas []*Schema) error {
	s, err := recognise(header, schemas)
	if err != nil {
		return fatal(c.path, "line %d: %v", c.skipped+1, err)
	}
	c.schema = s
	for _, name := range header {
		c.columns = append(c.columns, s.column(name))
	}
	return nil
}

func (c *csvFile) syntax(err error) error {
	var wrong *csv.ParseError
	if errors.As(err, &wrong) {
		if errors.Is(err, csv.ErrFieldCount) {
			return fatal(c.path, "line %d: expected %d fields", wrong.StartLine+c.skipped, len(c.columns))
		}
		return fatal(c.path, "line %d, column %d: %v", wrong.Line+c.skipped, wrong.Column, wrong.Err)
	}
	return fatal(c.path, "%v", err)
}

// next implements rowSource.
func (c *csvFile) next(b *batch) error {
	b.first, b.n, b.lines = c.row+1, 0, b.lines[:0]
	for _, i := range c.columns {
		b.empty(i, c.schema.Columns[i].Type)
	}
	for b.n < c.most {
		record, err := c.lines.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return c.syntax(err)
		}
		line, _ := c.lines.FieldPos(0)
		b.lines = append(b.lines, int32(line+c.skipped))
		for k, i := range c.columns {
			if problem := b.parse(i, &c.schema.Columns[i], record[k]); problem != "" {
				line, column := c.lines.FieldPos(k)
				if err := c.findings.add("line %d, column %d: %s is %s: expected %s", line+c.skipped, column, c.schema.Columns[i].Name, quoted(record[k]), problem); err != nil {
					return err
				}
			}
		}
		b.n++
	}
	c.row += int64(b.n)
	if b.n == 0 {
		return io.EOF
	}
	return nil
}

func (b *batch) empty(i int, t Type) {
	switch t {
	case Time, Long:
		b.longs[i] = grow(b.longs[i], 1)[:0]
	case Float:
		b.floats[i] = grow(b.floats[i], 1)[:0]
	default:
		b.counts[i] = grow(b.counts[i], 1)[:0]
	}
}

// parse appends a field to its column. It returns what was expected where the field is wrong, and then appends an
// allowed value.
func (b *batch) parse(i int, c *Column, field string) (problem string) {
	switch c.Type {
	case Time:
		var t models.Instant
		if err := t.UnmarshalText([]byte(field)); err != nil {
			problem = strings.TrimPrefix(err.Error(), "expected ")
		} else if int64(t) < c.Min || int64(t) > c.Max {
			problem, t = "a year from 1970 to 9999", 0
		}
		b.longs[i] = append(b.longs[i], int64(t))
	case Long, Count:
		v, problem := c.parseInteger(field)
		if c.Type == Long {
			b.longs[i] = append(b.longs[i], v)
		} else {
			b.counts[i] = append(b.counts[i], int32(v))
		}
		return problem
	case Float:
		v, err := strconv.ParseFloat(field, 64)
		if err != nil || v-v != 0 {
			v, problem = 0, "a finite number"
		}
		b.floats[i] = append(b.floats[i], v)
	case Flag:
		on := int32(0)
		switch field {
		case "true":
			on = 1
		case "false":
		default:
			problem = "true or false"
		}
		b.counts[i] = append(b.counts[i], on)
	case Text:
		if c.checkWord(field) != nil {
			problem = c.wordsText()
			field = b.texts[i].first()
		}
		b.counts[i] = append(b.counts[i], b.texts[i].id(strings.Clone(field)))
	}
	return problem
}

func (c *Column) parseInteger(field string) (v int64, problem string) {
	if c.Min == -1 && field == "?" {
		return -1, ""
	}
	v, err := strconv.ParseInt(field, 10, 64)
	least := c.Min
	if c.unknownable() {
		least = 0 // a count of -1 is written ?
	}
	if err != nil || v < least || v > c.Max || field[0] == '+' {
		problem = "a whole number: " + c.rangeText()
		if c.unknownable() {
			problem = "0 or more, or ? for unknown"
		}
		v = max(c.Min, 0)
	}
	return v, problem
}

// unknownable says whether -1 is a count that nobody knows.
func (c *Column) unknownable() bool { return c.Type == Count && c.Min == -1 }

func (c *Column) wordsText() string {
	switch {
	case c.Words != nil:
		return among(c.Words)
	case c.name:
		return "a name without blanks, commas, quotes and slashes"
	case c.Empty:
		return "one line of UTF-8 text"
	}
	return "one line of UTF-8 text, not empty"
}

func (c *csvFile) close() error {
	var first error
	for _, closer := range c.closers {
		if err := closer.Close(); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// first returns a word that is allowed.
func (v *vocabulary) first() string {
	if len(v.words) > 0 {
		return v.words[0]
	}
	return "?"
}
