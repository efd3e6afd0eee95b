package convert

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"trough.internal/models"
)

// SeriesColumns is the layout of a file of kind series, sorted by series, then time: values over time that are no counts of instances.
//
//	time   RFC 3339, UTC
//	series a name
//	value  in the unit that the remarks at the head of the file state
//
// Lines that begin with # are remarks: source, recorded, assumed.
const SeriesColumns = "time,series,value"

// writeText writes a file of lines: remarks, then what write adds. It is renamed when it is whole.
func (c *conversion) writeText(write func(*csv.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(c.out), "."+filepath.Base(c.out)+".*.tmp")
	if err != nil {
		return err
	}
	err = c.fill(f, write)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(f.Name(), c.out)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

func (c *conversion) fill(to io.Writer, write func(*csv.Writer) error) error {
	buffer := bufio.NewWriter(to)
	for _, p := range []struct{ key, value string }{{"source", c.format.Name + ": " + c.format.Source}, {"recorded", c.format.Recorded}, {"assumed", c.format.Assumed}} {
		if _, err := fmt.Fprintf(buffer, "# %s: %s\n", p.key, p.value); err != nil {
			return err
		}
	}
	lines := csv.NewWriter(buffer)
	if err := write(lines); err != nil {
		return err
	}
	lines.Flush()
	if err := lines.Error(); err != nil {
		return err
	}
	return buffer.Flush()
}

// series is one column of values over time.
type series struct {
	name   string
	times  []models.Instant
	values []float64
}

func (s *series) add(at models.Instant, value float64) {
	s.times = append(s.times, at)
	s.values = append(s.values, value)
}

func (c *conversion) writeSeries(all []*series) error {
	rows := 0
	err := c.writeText(func(w *csv.Writer) error {
		if err := w.Write([]string{"time", "series", "value"}); err != nil {
			return err
		}
		for _, s := range all {
			for i, at := range s.times {
				if err := w.Write([]string{at.String(), s.name, strconv.FormatFloat(s.values[i], 'f', -1, 64)}); err != nil {
					return err
				}
			}
			rows += len(s.times)
		}
		return nil
	})
	if err == nil {
		c.report("%d values of %d series", rows, len(all))
	}
	return err
}
