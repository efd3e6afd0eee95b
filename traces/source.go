package traces

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// rowSource hands out a file's rows batch by batch.
type rowSource interface {
	// next fills the batch with the next rows, decoded but not checked. It returns io.EOF after the last.
	next(b *batch) error
	close() error
}

// openSource opens a trace by its name's ending and returns its metadata.
func openSource(path string, schemas ...*Schema) (rowSource, *Schema, []pair, error) {
	switch {
	case strings.HasSuffix(path, ".parquet"):
		p, err := openParquet(path, schemas...)
		if err != nil {
			return nil, nil, nil, err
		}
		return p, p.schema, p.kv, nil
	case strings.HasSuffix(path, ".csv"), strings.HasSuffix(path, ".csv.gz"):
		c, err := openCSV(path, schemas...)
		if err != nil {
			return nil, nil, nil, err
		}
		return c, c.schema, c.kv, nil
	}
	return nil, nil, nil, fatal(path, "expected a name that ends in .parquet, .csv or .csv.gz")
}

// checkRanges compares every value with its column's range and words, and puts an allowed value where one is wrong, so
// that Check can go on.
func checkRanges(b *batch, s *Schema, f *findings) error {
	for i := range s.Columns {
		c := &s.Columns[i]
		var err error
		switch {
		case b.longs[i] != nil:
			err = checkIntegers(b, c, b.longs[i][:b.n], f)
		case b.floats[i] != nil:
			err = checkFloats(b, c, b.floats[i][:b.n], f)
		case b.counts[i] != nil && c.Type == Count:
			err = checkIntegers(b, c, b.counts[i][:b.n], f)
		case b.counts[i] != nil && c.Type == Text:
			err = checkTexts(b, c, b.counts[i][:b.n], b.texts[i], f)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func checkIntegers[T int32 | int64](b *batch, c *Column, values []T, f *findings) error {
	least, most := T(c.Min), T(c.Max)
	for row, v := range values {
		if v >= least && v <= most {
			continue
		}
		if err := f.add("%s: %s is %d: expected %s", b.place(row), c.Name, v, c.rangeText()); err != nil {
			return err
		}
		values[row] = least
	}
	return nil
}

func (c *Column) rangeText() string {
	switch {
	case c.Type == Time:
		return "seconds from 1970 to 9999"
	case c.Max == math.MaxInt32:
		return fmt.Sprintf("%d or more", c.Min)
	}
	return fmt.Sprintf("%d to %d", c.Min, c.Max)
}

func checkFloats(b *batch, c *Column, values []float64, f *findings) error {
	for row, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			continue
		}
		if err := f.add("%s: %s is %v: expected a finite number", b.place(row), c.Name, v); err != nil {
			return err
		}
		values[row] = 0
	}
	return nil
}

func checkTexts(b *batch, c *Column, ids []int32, v *vocabulary, f *findings) error {
	for id := v.checked; id < len(v.words); id++ {
		if v.allowed > 0 && id >= v.allowed || v.allowed == 0 && c.checkWord(v.words[id]) != nil {
			v.bad = append(v.bad, int32(id))
		}
	}
	v.checked = len(v.words)
	if len(v.bad) == 0 {
		return nil
	}
	for row, id := range ids {
		if !slices.Contains(v.bad, id) {
			continue
		}
		if err := f.add("%s: %s is %v", b.place(row), c.Name, c.checkWord(v.words[id])); err != nil {
			return err
		}
		if v.allowed > 0 {
			ids[row] = 0
		}
	}
	return nil
}

// checkWord says what is wrong with a word, beginning with the word.
func (c *Column) checkWord(word string) error {
	switch {
	case c.Words != nil:
		if !slices.Contains(c.Words, word) {
			return fmt.Errorf("%s: expected %s", quoted(word), among(c.Words))
		}
	case word == "":
		if !c.Empty {
			return errors.New("empty: expected a name")
		}
	case c.name:
		return checkName(word)
	case len(word) > 10000 || !utf8.ValidString(word) || strings.ContainsFunc(word, unicode.IsControl):
		return fmt.Errorf("%s: expected one line of UTF-8 text", quoted(word))
	}
	return nil
}

// place names a row for a message.
func (b *batch) place(row int) string {
	if b.lines != nil {
		return fmt.Sprintf("line %d", b.lines[row])
	}
	return fmt.Sprintf("row %d", b.first+int64(row))
}
