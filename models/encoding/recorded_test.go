package encoding

import (
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"trough.internal/models"
)

func TestTitlesByHand(t *testing.T) {
	recorded := []RecordedTitle{
		{Arrival: 50, Processors: 2, RunTime: 3601, Class: models.Low},                         // 7,202 s: 2401, 2401, 2400
		{Arrival: 10, Processors: 1, RunTime: 20, Class: models.High, Origin: models.Research}, // as it is
		{Arrival: 50, Processors: 4, RunTime: 900},                                             // 3,600 s: one
	}
	got, err := Titles(recorded, Split{}, 1)
	want := &models.Jobs{Formats: []string{"recorded"}, Jobs: []models.Job{
		{ID: 0, Title: 1, Arrival: 10, Work: 20, Class: models.High, Origin: models.Research},
		{ID: 1, Title: 2, Arrival: 50, Work: 2401, Class: models.Low},
		{ID: 2, Title: 2, Arrival: 50, Work: 2401, Class: models.Low},
		{ID: 3, Title: 2, Arrival: 50, Work: 2400, Class: models.Low},
		{ID: 4, Title: 3, Arrival: 50, Work: 3600},
	}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v\nwant %+v", got, err, want)
	}
	if recorded[0].Arrival != 50 {
		t.Error("the caller's titles were moved")
	}
	// 16 processors to an instance: 450.1, 1.25 and 225 s, rounded.
	got, _ = Titles(recorded, Split{Processors: 16}, 1)
	if len(got.Jobs) != 3 || got.Jobs[0].Work != 1 || got.Jobs[1].Work != 450 || got.Jobs[2].Work != 225 {
		t.Errorf("%+v", got.Jobs)
	}
}

func TestTitlesKeepAllWorkWithinBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var recorded []RecordedTitle
		work := int64(0)
		for range rapid.IntRange(0, 20).Draw(t, "titles") {
			r := RecordedTitle{Arrival: models.Instant(rapid.IntRange(-1000, 1000).Draw(t, "arrival")),
				Processors: int32(rapid.IntRange(1, 80).Draw(t, "processors")), RunTime: int32(rapid.IntRange(1, 90000).Draw(t, "time"))}
			recorded = append(recorded, r)
			work += int64(r.Processors) * int64(r.RunTime)
		}
		load := rapid.IntRange(1, 3).Draw(t, "load")
		jobs, err := Titles(recorded, Split{Load: float64(load)}, 1)
		if err != nil {
			t.Fatal(err)
		}
		check(t, jobs, 1, 3600)
		sum, alone := int64(0), map[int32]int{}
		for _, j := range jobs.Jobs {
			sum += int64(j.Work)
			alone[j.Title]++
		}
		if sum != work*int64(load) {
			t.Fatalf("%d s of work, want %d times %d", sum, load, work)
		}
		for _, j := range jobs.Jobs {
			if j.Work < 300 && alone[j.Title] > 1 {
				t.Fatalf("shorter than five minutes though the title has more: %+v", j)
			}
		}
	})
}

func TestLoadOfTitlesScalesCounts(t *testing.T) {
	recorded := make([]RecordedTitle, 4000)
	for i := range recorded {
		recorded[i] = RecordedTitle{Arrival: models.Instant(i), Processors: 1, RunTime: 600}
	}
	for load, want := range map[float64][2]int{0.25: {900, 1100}, 1: {4000, 4000}, 2.5: {9850, 10150}, 3: {12000, 12000}} {
		a, err := Titles(recorded, Split{Load: load}, 9)
		b, _ := Titles(recorded, Split{Load: load}, 9)
		if err != nil || len(a.Jobs) < want[0] || len(a.Jobs) > want[1] || !reflect.DeepEqual(a, b) {
			t.Errorf("a load of %v gives %d titles, %v, want %v", load, len(a.Jobs), err, want)
		}
	}
}

func TestTitlesRefuse(t *testing.T) {
	sound := RecordedTitle{Processors: 1, RunTime: 1}
	for _, test := range []struct {
		r     RecordedTitle
		split Split
		want  string
	}{
		{RecordedTitle{Processors: 1, RunTime: -1}, Split{}, "recorded title 1: expected"},
		{RecordedTitle{RunTime: 1}, Split{}, "recorded title 1: expected"},
		{RecordedTitle{Processors: 1, RunTime: 1, Class: 9}, Split{}, "known class"},
		{sound, Split{Load: -1}, "expected a load"},
		{sound, Split{Processors: -1}, "processors"},
		{sound, Split{WorkMin: 2000}, "at least twice"},
		{RecordedTitle{Processors: 1 << 30, RunTime: 1 << 30}, Split{}, "the load is too high"},
	} {
		_, err := Titles([]RecordedTitle{sound, test.r}, test.split, 1)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v with %+v gives %v, want %q", test.r, test.split, err, test.want)
		}
	}
}
