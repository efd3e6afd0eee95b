package convert

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"trough.internal/models"
)

// inputFiles replaces a folder by the .csv and .csv.gz files in it, by name.
func inputFiles(in []string) ([]string, error) {
	var files []string
	for _, path := range in {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			files = append(files, path)
			continue
		}
		entries, err := os.ReadDir(path)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if !e.IsDir() && stem(e.Name()) != e.Name() {
				files = append(files, filepath.Join(path, e.Name()))
			}
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s: no .csv and no .csv.gz file", strings.Join(in, ", "))
	}
	return files, nil
}

// stem is a file's name without folder and ending.
func stem(path string) string {
	name := filepath.Base(path)
	return strings.TrimSuffix(strings.TrimSuffix(name, ".gz"), ".csv")
}

// file returns the only input file with one of the stems' beginnings.
func (c *conversion) file(beginning string) (string, error) {
	var found []string
	for _, path := range c.in {
		if strings.HasPrefix(stem(path), beginning) {
			found = append(found, path)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return "", fmt.Errorf("%s: no file %s*.csv or .csv.gz among the inputs", c.format.Name, beginning)
	}
	return "", fmt.Errorf("%s: expected one file %s*, not %s", c.format.Name, beginning, strings.Join(found, " and "))
}

// openText opens a file; one whose name ends in .gz is unpacked.
func openText(path string) (io.ReadCloser, error) {
	f, err := os.Open(path)
	if err != nil || !strings.HasSuffix(path, ".gz") {
		return f, err
	}
	unpacked, err := gzip.NewReader(f)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: not gzip: %v", path, err)
	}
	return &zipped{unpacked, f}, nil
}

type zipped struct {
	*gzip.Reader
	file io.Closer
}

// Close closes both.
func (z *zipped) Close() error { return errors.Join(z.Reader.Close(), z.file.Close()) }

// table reads a CSV file strictly. Its getters return a zero and keep the first error, which close returns.
type table struct {
	path   string
	file   io.Closer
	reader *csv.Reader
	header []string
	index  map[string]int
	record []string
	rows   int
	err    error
}

// openTable opens a .csv or .csv.gz file whose first line must be exactly these column names.
func openTable(path string, columns ...string) (*table, error) {
	t, err := openAnyTable(path)
	if err != nil {
		return nil, err
	}
	for i := range max(len(columns), len(t.header)) {
		switch {
		case i >= len(t.header):
			err = fmt.Errorf("%s:1: column %d is missing: expected %s", path, i+1, columns[i])
		case i >= len(columns):
			err = fmt.Errorf("%s:1: column %d is %s: expected no more than %d columns", path, i+1, quoted(t.header[i]), len(columns))
		case t.header[i] != columns[i]:
			err = fmt.Errorf("%s:1: column %d is %s: expected %s", path, i+1, quoted(t.header[i]), columns[i])
		default:
			continue
		}
		t.fail(err)
		return nil, t.close()
	}
	return t, nil
}

// openAnyTable leaves the check of the header to the caller.
func openAnyTable(path string) (*table, error) {
	f, err := openText(path)
	if err != nil {
		return nil, err
	}
	t := &table{path: path, file: f, index: map[string]int{}}
	if err := t.begin(f); err != nil {
		t.fail(err)
		return nil, t.close()
	}
	return t, nil
}

func (t *table) begin(from io.Reader) error {
	t.reader = csv.NewReader(bufio.NewReaderSize(from, 64<<10))
	t.reader.ReuseRecord = true
	header, err := t.reader.Read()
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: empty: expected a line of column names", t.path)
	}
	if err != nil {
		return t.syntax(err)
	}
	t.header = slices.Clone(header)
	for i, name := range t.header {
		if _, twice := t.index[name]; twice {
			return fmt.Errorf("%s:1: column %d is %s again", t.path, i+1, quoted(name))
		}
		t.index[name] = i
	}
	return nil
}

func (t *table) syntax(err error) error {
	var bad *csv.ParseError
	if errors.As(err, &bad) {
		return fmt.Errorf("%s:%d:%d: %v", t.path, bad.Line, bad.Column, bad.Err)
	}
	return fmt.Errorf("%s: %v", t.path, err)
}

// next goes to the next row; false after the last and after an error.
func (t *table) next() bool {
	if t.err != nil {
		return false
	}
	record, err := t.reader.Read()
	if err != nil {
		if !errors.Is(err, io.EOF) {
			t.fail(t.syntax(err))
		} else if t.rows == 0 {
			t.fail(fmt.Errorf("%s: %w", t.path, errNoRows))
		}
		return false
	}
	t.record = record
	t.rows++
	return true
}

// close closes the file and returns the first error.
func (t *table) close() error {
	if err := t.file.Close(); err != nil {
		t.fail(fmt.Errorf("%s: %v", t.path, err))
	}
	return t.err
}

func (t *table) fail(err error) {
	if t.err == nil {
		t.err = err
	}
}

// bad is an error about a cell of the current row.
func (t *table) bad(column, expected string, values ...any) {
	i := t.index[column]
	line, at := t.reader.FieldPos(i)
	t.fail(fmt.Errorf("%s:%d:%d: %s is %s: expected %s", t.path, line, at, column, quoted(t.record[i]), fmt.Sprintf(expected, values...)))
}

// text is a cell as it stands.
func (t *table) text(column string) string {
	i, ok := t.index[column]
	if !ok {
		panic("convert: no column " + column)
	}
	return t.record[i]
}

func (t *table) empty(column string) bool { return t.text(column) == "" }

// name is a cell that may not be empty.
func (t *table) name(column string) string {
	v := t.text(column)
	if v == "" {
		t.bad(column, "a name")
	}
	return v
}

// whole is a whole number; a fraction of zeros, as 32.0, is none.
func (t *table) whole(column string, low, high int64) int64 {
	v, err := strconv.ParseInt(strings.TrimSuffix(t.text(column), ".0"), 10, 64)
	if err != nil || v < low || v > high {
		t.bad(column, "a whole number from %d to %d", low, high)
		return low
	}
	return v
}

// number is a finite number.
func (t *table) number(column string, low, high float64) float64 {
	v, err := strconv.ParseFloat(t.text(column), 64)
	if err != nil || math.IsNaN(v) || v < low || v > high || strings.ContainsAny(t.text(column), "xX_") {
		t.bad(column, "a number from %s to %s", strconv.FormatFloat(low, 'f', -1, 64), strconv.FormatFloat(high, 'f', -1, 64))
		return low
	}
	return v
}

// secondsMax is a hundred years: what is longer is taken for another unit.
const secondsMax = 100 * 365 * 86400

// seconds is a number of seconds from a trace's start.
func (t *table) seconds(column string) float64 { return t.number(column, 0, secondsMax) }

// among is one of some words.
func (t *table) among(column string, words ...string) string {
	v := t.text(column)
	if !slices.Contains(words, v) {
		t.bad(column, "%s", among(words))
	}
	return v
}

// clock is a date and time of a layout, read in a zone that is so far east of Greenwich.
func (t *table) clock(column, layout string, east time.Duration) models.Instant {
	at, err := time.Parse(layout, t.text(column))
	if err != nil || at.Year() < 1970 || at.Year() > 2200 {
		t.bad(column, "a time such as %s", time.Date(2015, 10, 5, 13, 0, 0, 0, time.UTC).Format(layout))
		return 0
	}
	return models.InstantOf(at.Add(-east))
}

// quoted shortens a word of a file for a message.
func quoted(word string) string {
	const most = 60
	if len(word) > most {
		word = strings.ToValidUTF8(word[:most], "") + "..."
	}
	return strconv.Quote(word)
}

// among lists words for a message: a, b or c.
func among(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
