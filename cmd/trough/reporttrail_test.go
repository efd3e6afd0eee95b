package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"trough.internal/models"
	"trough.internal/report"
	"trough.internal/report/measure"
	"trough.internal/report/page"
)

// A report's trail of an overdraft is what `trough why` says of the second in which it began.
func TestATrailSaysWhatWhySays(t *testing.T) {
	run := readReported(t, runInto(t, filepath.Join(shared, "scenarios", "small.yaml"), "--policy", "availability"), "")
	episodes := page.Listed(run.result)
	if len(episodes) < 5 || len(run.explained) != len(episodes) {
		t.Fatalf("%d trails of %d episodes", len(run.explained), len(episodes))
	}
	changed := 0
	for k, e := range episodes {
		w, err := run.why(e.Start, run.poolNames[e.Pool])
		if err != nil {
			t.Fatal(err)
		}
		trail, cell := run.explained[k], &w.Pools[0]
		d := &trail[0]
		if d.At != cell.Since || d.Target != cell.Target || d.Binding != cell.Binding || d.During {
			t.Errorf("episode %d: %+v, and why: %+v", k+1, d, cell)
		}
		text := w.pool(cell)
		for _, s := range d.Words {
			if words := strings.Join(strings.Fields(text), " "); !strings.Contains(words, s.Words) {
				t.Errorf("episode %d: why does not say %q of %s:\n%s", k+1, s.Words, s.Stage, text)
			}
		}
		if len(d.Words)+len(d.Quiet) != len(cell.Stages) {
			t.Errorf("episode %d: %d stages speak and %d are quiet, of %d", k+1, len(d.Words), len(d.Quiet), len(cell.Stages))
		}
		if len(trail) > 1 {
			changed++
			if d := &trail[1]; !d.During || d.At <= e.Start || d.At > e.End {
				t.Errorf("episode %d, %s to %s: the change is at %s", k+1, e.Start, e.End, d.At)
			}
		}
	}
	if changed == 0 {
		t.Error("no overdraft changed a decision")
	}
}

// The collector finds in one pass what looking through all rows for each episode finds.
func TestTrailsAreWhatASearchOfAllRowsFinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const pools, borrowers = 3, 2
		var rows []models.DecisionRow
		for at := models.Instant(0); at < 40; at++ {
			for cell := range pools * borrowers {
				for stage := range rapid.IntRange(0, 2).Draw(t, "stages") {
					rows = append(rows, models.DecisionRow{At: at, Pool: models.PoolID(cell / borrowers), Borrower: models.BorrowerID(cell % borrowers), Target: int32(stage)})
				}
			}
		}
		var episodes []measure.Episode
		for range rapid.IntRange(0, 5).Draw(t, "episodes") {
			start := models.Instant(rapid.IntRange(-2, 42).Draw(t, "start"))
			episodes = append(episodes, measure.Episode{Pool: models.PoolID(rapid.IntRange(0, pools-1).Draw(t, "pool")), Start: start, End: start + models.Instant(rapid.IntRange(1, 9).Draw(t, "length"))})
		}
		collector, got := newTrails(episodes, pools, borrowers)
		for i := range rows {
			collector.row(&rows[i])
		}
		collector.finish()
		for k, e := range episodes {
			for b := range borrowers {
				of := func(within func(models.Instant) bool) (list []models.DecisionRow) {
					for _, row := range rows {
						if row.Pool == e.Pool && int(row.Borrower) == b && within(row.At) {
							list = append(list, row)
						}
					}
					return list
				}
				before := of(func(at models.Instant) bool { return at <= e.Start })
				if len(before) > 0 {
					last := before[len(before)-1].At
					before = slices.DeleteFunc(before, func(r models.DecisionRow) bool { return r.At != last })
				}
				during := of(func(at models.Instant) bool { return at > e.Start && at <= e.End })
				if len(during) > 0 {
					first := during[0].At
					during = slices.DeleteFunc(during, func(r models.DecisionRow) bool { return r.At != first })
				}
				if !slices.Equal(got[k].before[b], before) || !slices.Equal(got[k].during[b], during) {
					t.Fatalf("episode %+v, borrower %d: %v and %v, and there are %v and %v", e, b, got[k].before[b], got[k].during[b], before, during)
				}
			}
		}
	})
}

// The course of waits is of the same jobs as the days' sums, and as the tables'.
func TestWaitsByHourAddUpToThoseOfTheDays(t *testing.T) {
	run := readReported(t, runInto(t, filepath.Join(shared, "scenarios", "every-stage.yaml")), "")
	started, waited := [models.Classes]int64{}, [models.Classes]int64{}
	for _, h := range run.waits {
		for c := range models.Classes {
			started[c] += h.Started[c]
			waited[c] += h.Waited[c]
		}
	}
	for c := range models.Classes {
		for _, d := range run.result.Days {
			started[c] -= d.Started[c]
			waited[c] -= d.Waited[c]
		}
		if started[c] != 0 || waited[c] != 0 {
			t.Errorf("class %s: %d jobs and %d seconds are not in both", c, started[c], waited[c])
		}
	}
	if len(run.waits) != int(run.until.Sub(run.from)/report.WaitsEvery) || run.waits[1].At != run.from.Add(report.WaitsEvery) {
		t.Errorf("%d hours", len(run.waits))
	}
}
