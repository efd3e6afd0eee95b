package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trough.internal/models"
	"trough.internal/report/measure"
)

// What a report replays of a whole run is what the run's summary says, figure by figure: so the same of a week can be trusted.
func TestAReportMeasuresWhatTheRunMeasured(t *testing.T) {
	for _, ledger := range []string{"full", "capacity"} {
		for _, scenario := range []string{shared + "/scenarios/small.yaml", shared + "/scenarios/every-stage.yaml"} {
			dir := runInto(t, scenario, "--ledger", ledger)
			run := readReported(t, dir, "")
			known, compared := measure.Replayed(), 0
			figures := run.result.Figures()
			for _, was := range run.summary.Run.Figures {
				if !slices.Contains(known, was.Key) {
					continue
				}
				compared++
				got, ok := measure.Find(figures, was.Key)
				if !ok || got.Known != was.Known || got.Value != was.Value {
					t.Errorf("%s, %s ledger: %s is %v, and %v in the summary", scenario, ledger, was.Key, got.Value, was.Value)
				}
			}
			if compared < 30 {
				t.Errorf("%s: %d figures compared", scenario, compared)
			}
		}
	}
}

// Days do not depend on where the report begins, but for what is billed by the hours that ran before.
func TestAWeekIsPartOfTheRun(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine for a long time: nothing for the race detector")
	}
	dir := runInto(t, shortMonth(t, t.TempDir(), "sixteen-days.yaml", 16)) // a week before, the week, and something after it
	whole, part := readReported(t, dir, ""), readReported(t, dir, "2015-W42")
	if part.from.String() != "2015-10-12T00:00:00Z" || part.until.String() != "2015-10-19T00:00:00Z" || !part.weekBefore || len(part.result.Days) != 7 {
		t.Fatalf("%s to %s, %d days", part.from, part.until, len(part.result.Days))
	}
	check := func(days []measure.Day, of []measure.Day, what string) {
		for d := range days {
			x, y := days[d].Sums, of[d].Sums
			x.StateSeconds, y.StateSeconds = [models.States]int64{}, [models.States]int64{}
			// Costs are rounded once for each pool and span.
			x.OverdraftCost, y.OverdraftCost, x.ListCost, y.ListCost = 0, 0, 0, 0
			x.Episodes, y.Episodes = 0, 0 // one that is under way at midnight counts in both
			if x != y || days[d].Started != of[d].Started || days[d].Waited != of[d].Waited {
				t.Errorf("%s, day %d: %+v, and of the whole %+v", what, d, x, y)
			}
		}
	}
	check(part.result.Days, whole.result.Days[7:14], "the week")
	check(part.before.Days, whole.result.Days[:7], "the week before")
	cost := make([]int64, len(part.series.Pools))
	for _, row := range part.series.Rows {
		if row.Series == models.SeriesCost {
			cost[row.Key] = row.Value
		}
		if row.At < part.from || row.At > part.until {
			t.Fatalf("a row at %s", row.At)
		}
	}
	spent := int64(0)
	for _, c := range cost {
		spent += c
	}
	// Both round once for each pool, and the run's own course was cut at the week's beginning.
	if off := spent - int64(part.result.Total.OverdraftCost); spent == 0 || off*off > int64(len(cost)*len(cost)) {
		t.Errorf("the course of cost ends at %d micro-USD, and the week came to %d", spent, part.result.Total.OverdraftCost)
	}
	if spans := part.series.Interventions(); len(spans) == 0 || spans[0].From < part.from {
		t.Errorf("%+v", spans)
	}
	bound := int64(0)
	for _, s := range part.trail.stages {
		bound += s.Bound
	}
	if pools := int64(part.series.Lendable); bound != pools*7*86400 {
		t.Errorf("the stages were binding for %d pool-seconds, of %d", bound, pools*7*86400)
	}
}

func TestWeeksBeginOnMondays(t *testing.T) {
	for name, want := range map[string]string{"2015-W41": "2015-10-05", "2015-W01": "2014-12-29", "2016-W01": "2016-01-04", "2015-W53": "2015-12-28", "2020-W53": "2020-12-28"} {
		w, err := parseWeek(name)
		if err != nil || w.start.UTC().Format(time.DateOnly) != want || weekOf(w.start) != name {
			t.Errorf("%s: %s, %v", name, w.start, err)
		}
	}
	for _, name := range []string{"2014-W53", "2015-W00", "2015-41", "x2015-W41", "2015-W411"} {
		if _, err := parseWeek(name); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}

// runInto leaves a run's directory.
func runInto(t *testing.T, scenario string, flags ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	args := append([]string{"backtest", scenario, "-o", dir, "--no-plots", "--data", filepath.Join(shared, "traces")}, flags...)
	if code := run(context.Background(), args, null, os.Stderr); code != exitOK {
		t.Fatalf("%s: exit code %d", strings.Join(args, " "), code)
	}
	return dir
}

func readReported(t *testing.T, dir, week string) *reportedRun {
	t.Helper()
	r := &reporting{app: &app{err: os.Stderr}, week: week}
	if err := r.open([]string{dir}); err != nil {
		t.Fatal(err)
	}
	if err := r.read(context.Background(), newProgress(os.Stderr, "")); err != nil {
		t.Fatal(err)
	}
	return r.runs[0]
}
