package usage

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"trough.internal/models"
	"trough.internal/models/settings"
)

// table is an open CSV file whose header has been checked.
type table struct {
	path    string
	lines   *csv.Reader
	skipped int      // lines before the header
	columns []string // the columns that the file must have
	fields  []int    // by column: where it stands in the file
	record  []string // the row; valid until the next one
}

// fromFile reads a file; one whose name ends in .gz is unpacked.
func fromFile[T any](path string, read func(io.Reader) (T, error)) (T, error) {
	var none T
	f, err := os.Open(path)
	if err != nil {
		return none, ofFile(path, err)
	}
	defer f.Close()
	if !strings.HasSuffix(path, ".gz") {
		return read(f)
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		return none, fmt.Errorf("%s: %v: expected a gzip file", path, err)
	}
	return read(z)
}

// rows calls each for every row of a file that has these columns, and no other.
func rows(path string, r io.Reader, columns []string, each func(*table) error) error {
	t := &table{path: path, columns: columns}
	if err := t.open(r); err != nil {
		return err
	}
	for {
		record, err := t.lines.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return t.syntax(err)
		}
		t.record = record
		if err := each(t); err != nil {
			return err
		}
	}
}

func (t *table) open(r io.Reader) error {
	buffered := bufio.NewReaderSize(r, 64<<10)
	if mark, _ := buffered.Peek(3); bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		buffered.Discard(3)
	}
	for next, _ := buffered.Peek(1); len(next) > 0 && next[0] == '#'; next, _ = buffered.Peek(1) {
		t.skipped++
		if _, err := buffered.ReadString('\n'); err != nil {
			break
		}
	}
	t.lines = csv.NewReader(buffered)
	t.lines.ReuseRecord = true
	header, err := t.lines.Read()
	if err == io.EOF {
		return fmt.Errorf("%s: line %d: the file ends: expected a header: %s", t.path, t.skipped+1, strings.Join(t.columns, ","))
	}
	if err != nil {
		return t.syntax(err)
	}
	return t.match(header)
}

// match finds the columns in the header.
func (t *table) match(header []string) error {
	t.fields = make([]int, len(t.columns))
	for i, column := range t.columns {
		t.fields[i] = slices.Index(header, column)
	}
	for i, name := range header {
		switch {
		case slices.Contains(header[:i], name):
			return at(t.path, t.skipped+1, "column %s is there twice: expected once", quoted(name))
		case !slices.Contains(t.columns, name):
			return at(t.path, t.skipped+1, "column %s is unknown: %s", quoted(name), t.instead(name))
		}
	}
	for i, field := range t.fields {
		if field < 0 {
			return at(t.path, t.skipped+1, "column %s is missing: expected the columns %s", t.columns[i], strings.Join(t.columns, ", "))
		}
	}
	return nil
}

// instead is the missing column that an unknown one may have meant, or all columns.
func (t *table) instead(name string) string {
	var missing []string
	for i, field := range t.fields {
		if field < 0 {
			missing = append(missing, t.columns[i])
		}
	}
	if near, ok := settings.Nearest(name, missing); ok {
		return "did you mean " + near + "?"
	}
	return "expected the columns " + strings.Join(t.columns, ", ")
}

// field is the row's cell of a column.
func (t *table) field(column int) string { return t.record[t.fields[column]] }

// line is where the row begins in the file, from 1.
func (t *table) line() int {
	line, _ := t.lines.FieldPos(0)
	return line + t.skipped
}

// wrong is an error about a cell: what was expected of it, or whatever is wrong with it.
func (t *table) wrong(column int, problem string) error {
	line, at := t.lines.FieldPos(t.fields[column])
	return fmt.Errorf("%s: line %d, column %d: %s is %s: %s", t.path, line+t.skipped, at, t.columns[column], quoted(t.field(column)), problem)
}

// at is an error about a line.
func at(path string, line int, format string, values ...any) error {
	return fmt.Errorf("%s: line %d: %s", path, line, fmt.Sprintf(format, values...))
}

// syntax is an error of the CSV reader or of what it reads from.
func (t *table) syntax(err error) error {
	var wrong *csv.ParseError
	switch {
	case !errors.As(err, &wrong):
		return ofFile(t.path, err)
	case errors.Is(err, csv.ErrFieldCount):
		return fmt.Errorf("%s: line %d: expected %d fields", t.path, wrong.StartLine+t.skipped, len(t.columns))
	}
	return fmt.Errorf("%s: line %d, column %d: %v", t.path, wrong.Line+t.skipped, wrong.Column, wrong.Err)
}

// name reads a cell that names something.
func (t *table) name(column int) (string, error) {
	field := t.field(column)
	if field == "" || strings.TrimSpace(field) != field || !utf8.ValidString(field) || strings.ContainsFunc(field, unicode.IsControl) {
		return "", t.wrong(column, "expected a name without blanks around it")
	}
	return strings.Clone(field), nil
}

// time reads a cell in RFC 3339.
func (t *table) time(column int) (models.Instant, error) {
	var at models.Instant
	if err := at.UnmarshalText([]byte(t.field(column))); err != nil {
		return 0, t.wrong(column, err.Error())
	}
	if at < 0 || at > yearMax {
		return 0, t.wrong(column, "expected a year from 1970 to 9999")
	}
	return at, nil
}

// yearMax is the last second of 9999.
const yearMax models.Instant = 253402300799

// ofFile is an operating system's error as one line that begins with the file.
func ofFile(path string, err error) error {
	var system *fs.PathError
	if errors.As(err, &system) {
		err = system.Err
	}
	return fmt.Errorf("%s: %w", path, err)
}

// quoted shortens a word of a file for a message.
func quoted(word string) string {
	const most = 60
	if len(word) > most {
		word = strings.ToValidUTF8(word[:most], "") + "..."
	}
	return fmt.Sprintf("%q", word)
}
