package encoding

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Times are transcode times measured on one machine type.
type Times struct {
	Machine string
	Rows    []TimesRow // as the file has them
}

// TimesRow is one segment of one video, transcoded to one format several times.
type TimesRow struct {
	Format  string // codec-heightpRate: hevc-1080p30
	Video   int
	Segment int
	Length  float64   // seconds of video
	Runs    []float64 // wall-clock seconds of each run
}

var timesHeader = []string{"sheet", "video", "segment", "duration", "bitrate (kb/s)", "size (kb)", "des_codec", "des_fr", "des_res",
	"run 1", "run 2", "run 3", "run 4", "run 5", "run 6", "run 7", "run 8", "run 9", "run 10"}

const firstRun = 9

// ParseTimes reads the CSV of one machine, strictly: the columns of github.com/hpcclab/videostreamingBenchmark's sampled
// analysis (sheet, video, segment, duration, ..., run 1 to run 10). An error is one line with name, line and column.
func ParseTimes(name, machine string, text []byte) (*Times, error) {
	r := csv.NewReader(bytes.NewReader(text))
	header, err := r.Read()
	if err != nil || !slices.Equal(header, timesHeader) {
		return nil, fmt.Errorf("%s:1:1: expected the columns %s", name, strings.Join(timesHeader, ","))
	}
	times := &Times{Machine: machine}
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			var bad *csv.ParseError
			if errors.As(err, &bad) {
				return nil, fmt.Errorf("%s:%d:%d: %v", name, bad.Line, bad.Column, bad.Err)
			}
			return nil, fmt.Errorf("%s: %v", name, err)
		}
		row, field, err := timesRow(record)
		if err != nil {
			line, column := r.FieldPos(field)
			return nil, fmt.Errorf("%s:%d:%d: %s is %q: %v", name, line, column, timesHeader[field], record[field], err)
		}
		times.Rows = append(times.Rows, row)
	}
	if len(times.Rows) == 0 {
		return nil, fmt.Errorf("%s: no rows", name)
	}
	return times, nil
}

// timesRow returns the index of the bad field with an error.
func timesRow(record []string) (row TimesRow, field int, err error) {
	height, rate, codec := record[8], record[7], record[6]
	if record[0] != height+"r-"+rate+"f-"+codec {
		return row, 0, fmt.Errorf("expected %sr-%sf-%s, as the last columns say", height, rate, codec)
	}
	row.Format = codec + "-" + height + "p" + rate
	if row.Video, err = strconv.Atoi(record[1]); err != nil {
		return row, 1, errors.New("expected a whole number")
	}
	if row.Segment, err = strconv.Atoi(record[2]); err != nil {
		return row, 2, errors.New("expected a whole number")
	}
	if row.Length, err = seconds(record[3]); err != nil {
		return row, 3, err
	}
	for i := firstRun; i < len(record); i++ {
		run, err := seconds(record[i])
		if err != nil {
			return row, i, err
		}
		row.Runs = append(row.Runs, run)
	}
	return row, 0, nil
}

func seconds(text string) (float64, error) {
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(x) || x <= 0 || x > 1e6 {
		return 0, errors.New("expected seconds above zero")
	}
	return x, nil
}
