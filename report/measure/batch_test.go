package measure

import (
	"testing"

	"trough.internal/models"
)

// byHandBatches is a run of the base fleet in figures_test.go alone: three of four jobs complete, after 600, 1200 and 1800 s.
func byHandBatches(batches ...models.Batch) Result {
	setup := byHandSetup()
	setup.Batches = batches
	a := New(setup)
	say := func(second models.Instant, e models.Event) {
		e.At = byHandFrom + second
		a.Event(e)
	}
	for i := range models.InstanceID(2) {
		say(0, models.Event{Kind: models.Ready, Pool: 2, Instance: i, To: models.Idle})
	}
	for job := range models.JobID(4) {
		say(0, models.Event{Kind: models.Arrived, Pool: models.NoPool, Job: job, N: 600})
	}
	run := func(job models.JobID, i models.InstanceID, from, to models.Instant) {
		say(from, models.Event{Kind: models.Started, Pool: 2, Instance: i, Job: job, From: models.Idle, To: models.Busy, N: 600, M: int32(from)})
		say(to, models.Event{Kind: models.Completed, Pool: 2, Instance: i, Job: job, From: models.Busy, To: models.Idle, N: 600, M: int32(to)})
	}
	run(0, 0, 0, 600)
	run(2, 0, 600, 1200)
	run(1, 1, 1200, 1800)
	return a.Finish(byHandFrom + 7200)
}

func TestAMakespanIsFromTheArrivalToTheLastCompletion(t *testing.T) {
	r := byHandBatches(
		models.Batch{Name: "a-b", At: byHandFrom + 100, Jobs: []models.JobRange{{First: 2, N: 1}, {First: 0, N: 1}}, Work: 1200},
		models.Batch{Name: "a-b", At: byHandFrom + 300, Jobs: []models.JobRange{{First: 1, N: 1}}, Work: 600},
		models.Batch{Name: "late", At: byHandFrom, Jobs: []models.JobRange{{First: 3, N: 2}}, Work: 1200},
		models.Batch{Name: "none", At: byHandFrom})
	if _, ok := r.Batches[2].Makespan(); ok {
		t.Error("a batch with jobs left has a makespan")
	}
	// Jobs 1 and 2 are nobody's.
	if alone := byHandBatches(models.Batch{Name: "first", At: byHandFrom, Jobs: []models.JobRange{{First: 0, N: 1}}}); alone.Batches[0].Completed != 1 {
		t.Errorf("got %+v, want one job completed", alone.Batches[0])
	}
	figures := r.Figures()
	for key, want := range map[string]float64{
		"batch_a_b_makespan": (1100 + 1500) / 2, // 1200 - 100 and 1800 - 300
		"batch_a_b_jobs":     3,
		"batch_late_jobs":    2,
		"batch_none_jobs":    0,
	} {
		f, ok := Find(figures, key)
		if !ok || !f.Known || f.Value != want {
			t.Errorf("%s: got %+v, want %v", key, f, want)
		}
	}
	for key, why := range map[string]string{"batch_late_makespan": "0 of its 2 jobs completed", "batch_none_makespan": "0 of its 0 jobs completed"} {
		if f, ok := Find(figures, key); !ok || f.Known || f.Note != why {
			t.Errorf("%s: got %+v, want it unknown: %s", key, f, why)
		}
	}
	if f, _ := Find(figures, "batch_a_b_makespan"); f.Note != "of 2 times; the longest 1500 s" {
		t.Errorf("got the note %q", f.Note)
	}
}
