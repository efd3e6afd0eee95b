package main

import (
	"encoding/csv"
	"io"
	"strconv"

	"trough.internal/report/measure"
	"trough.internal/report/page"
)

// figuresCSV writes every figure of every run, one a row.
func (r *reporting) figuresCSV(to io.Writer) error {
	w := csv.NewWriter(to)
	w.Write([]string{"run", "policy", "key", "name", "group", "value", "unit", "low", "high", "note", "definition"})
	for _, run := range r.runs {
		for _, f := range r.figures(run) {
			value, low, high := "", "", ""
			if f.Known {
				value = plainNumber(f.Value)
			}
			if f.Interval {
				low, high = plainNumber(f.Low), plainNumber(f.High)
			}
			w.Write([]string{run.dir, run.manifest.Policy, f.Key, f.Name, string(f.Group), value, string(f.Unit), low, high, f.Note, f.Definition})
		}
	}
	w.Flush()
	return w.Error()
}

func plainNumber(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// episodesCSV writes every overdraft episode, in order of run and time of its end.
func (r *reporting) episodesCSV(to io.Writer) error {
	w := csv.NewWriter(to)
	w.Write([]string{"run", "start", "end", "pool", "deepest", "instance_seconds", "usd", "began_with", "ended_with", "why"})
	for _, run := range r.runs {
		if run.result == nil {
			continue
		}
		for i := range run.result.Episodes {
			e := &run.result.Episodes[i]
			w.Write([]string{run.dir, e.Start.String(), e.End.String(), run.poolNames[e.Pool], strconv.Itoa(int(e.Deepest)), strconv.FormatInt(e.Seconds, 10),
				usd(e.Cost).String(), e.Began.String(), e.Ended.String(), page.Why(run.dir, run.poolNames[e.Pool], e)})
		}
	}
	w.Flush()
	return w.Error()
}

// daysCSV writes what each day came to.
func (r *reporting) daysCSV(to io.Writer) error {
	w := csv.NewWriter(to)
	w.Write([]string{"run", "day", "seconds", "borrowed_hours", "work_completed_hours", "jobs_completed", "interruptions", "billed_overdraft_hours", "overdraft_usd", "list_usd",
		"instantaneous_overdraft_usd"})
	for _, run := range r.runs {
		if run.result == nil {
			continue
		}
		for d := range run.result.Days {
			w.Write(dayCells(run, d))
		}
	}
	w.Flush()
	return w.Error()
}

func dayCells(run *reportedRun, d int) []string {
	day := &run.result.Days[d]
	cells := []string{run.dir, day.From.String(), strconv.FormatInt(day.Seconds, 10), hoursText(day.BorrowedSeconds), hoursText(day.WorkCompleted),
		strconv.FormatInt(day.JobsCompleted, 10), strconv.FormatInt(day.Interrupted, 10)}
	return append(cells, billedCells(run.result, d)...)
}

func billedCells(r *measure.Result, d int) []string {
	instant := usd(r.Days[d].OverdraftCost).String()
	if d >= len(r.Bill.Days) {
		return []string{"0", "0", "0", instant}
	}
	s := &r.Bill.Days[d][r.Bill.Main]
	return []string{hoursText(s.Overdraft), usd(s.Cost).String(), usd(s.List).String(), instant}
}

func hoursText(seconds int64) string { return plainNumber(hoursOf(seconds)) }
