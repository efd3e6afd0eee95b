package traces

import (
	"io"
	"math"

	"trough.internal/models"
)

const (
	seriesTime = iota
	seriesSeries
	seriesKey
	seriesValue
)

// Series writes series.parquet.
type Series struct{ w runWriter }

// CreateSeries begins the series of a run.
func CreateSeries(path string, run Run) (*Series, error) {
	w, err := createRun(path, &SeriesSchema, run)
	if err != nil {
		return nil, err
	}
	return &Series{w}, nil
}

// Append takes the next row, in order of time. An error is returned by Close.
func (s *Series) Append(row models.SeriesRow) {
	w := &s.w
	if w.err != nil || !w.later(row.At) {
		return
	}
	series := w.named("series", models.SeriesNames(), int(row.Series))
	key := ""
	switch row.Series {
	case models.SeriesQueued:
		key = w.named("class", models.ClassNames(), int(row.Key))
	case models.SeriesEvacuating:
		key = w.named("region", w.regions, int(row.Key))
	default:
		key = w.named("pool", w.pools, int(row.Key))
	}
	if w.err != nil {
		return
	}
	w.long(seriesTime, int64(row.At))
	w.word(seriesSeries, series)
	w.word(seriesKey, key)
	w.long(seriesValue, row.Value)
	w.end()
}

// Close gives the file its name; after an error it leaves no file.
func (s *Series) Close() error { return s.w.close() }

// SeriesReader reads series.parquet batch by batch.
type SeriesReader struct {
	r    *runReader
	rows []models.SeriesRow
}

// OpenSeries opens the series of a run.
func OpenSeries(path string) (*SeriesReader, error) {
	r, err := openRun(path, &SeriesSchema, &findings{path: path})
	if err != nil {
		return nil, err
	}
	return &SeriesReader{r: r}, nil
}

// Run returns whose numbers the rows hold.
func (s *SeriesReader) Run() Run { return s.r.run }

// Close closes the file.
func (s *SeriesReader) Close() error { return s.r.src.close() }

// Next returns the next rows; they are valid until the next call. After the last it returns io.EOF.
func (s *SeriesReader) Next() ([]models.SeriesRow, error) {
	r, b := s.r, s.r.b
	if err := r.batch(&SeriesSchema); err != nil {
		return nil, err
	}
	s.rows = s.rows[:0]
	classes := numbers(models.ClassNames())
	for row := range b.n {
		v := models.SeriesRow{At: models.Instant(b.longs[seriesTime][row]), Series: models.SeriesID(b.counts[seriesSeries][row]), Value: b.longs[seriesValue][row]}
		names := r.pools
		switch v.Series {
		case models.SeriesQueued:
			names = classes
		case models.SeriesEvacuating:
			names = r.regions
		}
		key, err := r.number(names, &SeriesSchema.Columns[seriesKey], b.text(seriesKey, row), row, 0)
		if err == nil {
			err = r.inOrder(v.At, row)
		}
		if err != nil {
			return nil, err
		}
		v.Key = int16(min(key, math.MaxInt16))
		s.rows = append(s.rows, v)
	}
	return s.rows, nil
}

// ReadSeries reads all series of a run.
func ReadSeries(path string) ([]models.SeriesRow, Run, error) {
	r, err := OpenSeries(path)
	if err != nil {
		return nil, Run{}, err
	}
	defer r.Close()
	rows, err := gather(r.Next)
	return rows, r.Run(), err
}

// gather collects all batches.
func gather[T any](next func() ([]T, error)) ([]T, error) {
	var all []T
	for {
		rows, err := next()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
}
