package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"trough.internal/cmd/trough-live/fleet"
	"trough.internal/models"
)

const answer = `{"as_of": "2015-10-05T12:00:00Z", "borrowers": {
	"encoding": {"queued": {"high": 3, "low": 120}, "work_s": {"high": 5400, "low": 216000}, "running": {"low": 40}, "base_busy": 20},
	"qa": {}}, "instances": {"i-0123456789abcdef0": {"jobs": 1, "class": "low", "began": "2015-10-05T11:52:07Z"}, "i-01234567": {"jobs": 0}}}`

var (
	noon  = models.InstantOf(time.Date(2015, 10, 5, 12, 0, 0, 0, time.UTC))
	names = []string{"qa", "encoding"}
)

func TestTheEncodingSystemsAnswerIsAColumnByBorrower(t *testing.T) {
	w := Workload{Get: func(context.Context) ([]byte, error) { return []byte(answer), nil }, Borrowers: names}
	got := make([]models.Workload, 2)
	if err := w.Workload(context.Background(), noon, got); err != nil {
		t.Fatal(err)
	}
	want := []models.Workload{{AsOf: noon}, {AsOf: noon, Queued: [models.Classes]int32{3, 0, 120}, Work: [models.Classes]int64{5400, 0, 216000}, Running: 40,
		RunningBy: [models.Classes]int32{0, 0, 40}, BaseBusy: 20}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	workers := map[string]fleet.Job{"i-0123456789abcdef0": {Jobs: 1, Class: models.Low, Began: noon - 473}, "i-01234567": {}}
	if i := w.Instances(); i.AsOf != noon || !reflect.DeepEqual(i.Workers, workers) {
		t.Errorf("instances %+v", i)
	}
}

func TestOfInstancesThatAreNotSpokenOfNothingIsKnown(t *testing.T) {
	text := strings.Replace(answer, `, "instances"`, `}`+"\x00", 1)
	text, _, _ = strings.Cut(text, "\x00")
	got := make([]models.Workload, 2)
	if i, err := ParseWorkload([]byte(text), names, noon, got); err != nil || i.Workers != nil {
		t.Errorf("%+v, %v", i, err)
	}
	text = strings.Replace(text, `"qa": {}}`, `"qa": {}}, "instances": {}`, 1)
	if i, err := ParseWorkload([]byte(text), names, noon, got); err != nil || i.Workers == nil {
		t.Errorf("none is known: %+v, %v", i, err)
	}
}

func TestALaterAnswerThatIsNotGoodLeavesTheInstances(t *testing.T) {
	text := answer
	w := Workload{Get: func(context.Context) ([]byte, error) { return []byte(text), nil }, Borrowers: names}
	got := make([]models.Workload, 2)
	if err := w.Workload(context.Background(), noon, got); err != nil {
		t.Fatal(err)
	}
	text = strings.Replace(answer, `"i-01234567": {"jobs": 0}`, `"i-01234567": {"jobs": null}`, 1)
	if err := w.Workload(context.Background(), noon, got); err == nil || len(w.Instances().Workers) != 2 {
		t.Errorf("%v, %+v", err, w.Instances())
	}
}

func TestAnAnswerThatIsNotWholeIsNoWorkload(t *testing.T) {
	for _, change := range [][3]string{
		{`"qa"`, `"research"`, "nothing is said of borrower qa"},
		{`"high": 3`, `"high": -3`, "queued: high is -3"},
		{`"high": 3`, `"urgent": 3`, "a class is not known"},
		{`"high": 3`, `"high": null3`, "workload: "},
		{`"base_busy": 20`, `"base_busy": -1`, "base_busy and base_idle are -1"},
		{`"base_busy"`, `"busy"`, "unknown field"},
		{`"2015-10-05T12:00:00Z"`, `null`, "expected as_of"},
		{`12:00:00Z`, `12:01:01Z`, "not in the future"},
		{`"jobs": 0}}}`, `"jobs": 0}}} {}`, "something follows"},
		{`"qa": {}`, `"qa": null`, `"qa" is null`},
		{`"queued": {"high": 3, "low": 120}`, `"queued": null`, "null in the place of an object"},
		{`"high": 3`, `"high": null`, `"high" is null`},
		{`"base_busy": 20`, `"base_busy": null`, "null in the place of a number"},
		{`"instances": {`, `"instances": null, "x": {`, "null in the place of an object"},
		{`i-0123456789abcdef0`, `i-0123456789ABCDEF0`, "expected an instance's id"},
		{`"jobs": 1, `, ``, "expected jobs"},
		{`2015-10-05T11:52:07Z`, `2015-10-05T12:02:00Z`, "began is 2015-10-05T12:02:00Z: expected a time that is not in the future"},
		{`"2015-10-05T11:52:07Z"`, `5`, "began"},
		{`"jobs": 1`, `"jobs": -1`, "expected jobs"},
		{`"class": "low"`, `"class": "urgent"`, `class is "urgent"`},
		{`, "class": "low"`, ``, `class is ""`},
		{`{"as_of"`, `[{"as_of"`, "workload: "},
	} {
		got := []models.Workload{{BaseBusy: 7}, {BaseBusy: 7}}
		if !strings.Contains(answer, change[0]) {
			t.Fatalf("the example has no %s", change[0])
		}
		_, err := ParseWorkload([]byte(strings.Replace(answer, change[0], change[1], 1)), names, noon, got)
		if err == nil || !strings.Contains(err.Error(), change[2]) || got[0].BaseBusy != 7 || got[1].BaseBusy != 7 {
			t.Errorf("%s for %s: %v, %+v", change[1], change[0], err, got)
		}
	}
}

func TestAnAnswerWhoseClockIsNotTrustedIsNoWorkload(t *testing.T) {
	got := []models.Workload{{BaseBusy: 7}, {BaseBusy: 7}}
	w := Workload{Get: func(context.Context) ([]byte, error) {
		return []byte(answer), fmt.Errorf("five minutes ahead: %w", ErrClock)
	}, Borrowers: names}
	p := Prometheus{Query: func(context.Context, string) ([]byte, error) { return []byte(vector(noon, "7")), ErrClock }, Asked: figures()}
	for _, from := range []interface {
		Workload(context.Context, models.Instant, []models.Workload) error
	}{&w, &p} {
		if err := from.Workload(context.Background(), noon, got); !errors.Is(err, ErrClock) || got[0].BaseBusy != 7 || w.Instances().Workers != nil {
			t.Errorf("%+v, %v", got, err)
		}
	}
}

func FuzzWorkload(f *testing.F) {
	f.Add([]byte(answer))
	f.Fuzz(func(t *testing.T, data []byte) {
		got := make([]models.Workload, 2)
		instances, err := ParseWorkload(data, names, noon, got)
		if err != nil {
			if text := err.Error(); strings.ContainsAny(text, "\n\r") || len(text) > 300 {
				t.Errorf("an error of several lines: %q", text)
			}
			return
		}
		for id, w := range instances.Workers {
			if w.Jobs < 0 || w.Class >= models.Classes || id == "" {
				t.Errorf("%q: %+v", id, w)
			}
		}
		for b := range got {
			if w := &got[b]; w.Demand() < 0 || w.BaseIdle < 0 || w.AsOf > noon.Add(time.Minute) {
				t.Errorf("%+v", w)
			}
		}
	})
}

// batches yields what it has, once.
type batches[T any] []T

func (b *batches[T]) Next() (next T, err error) {
	if len(*b) == 0 {
		return next, io.EOF
	}
	next = (*b)[0]
	*b = (*b)[1:]
	return next, nil
}

func TestAJobIsOfferedFromItsArrivalForAsLongAsItsWorkTakes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var jobs []models.Job
		at := models.Instant(0)
		for range rapid.IntRange(0, 20).Draw(t, "jobs") {
			at += models.Instant(rapid.IntRange(0, 50).Draw(t, "later"))
			jobs = append(jobs, models.Job{Arrival: at, Work: int32(rapid.IntRange(1, 100).Draw(t, "work")), Class: models.Class(rapid.IntRange(0, 2).Draw(t, "class"))})
		}
		cut := rapid.IntRange(0, len(jobs)).Draw(t, "cut")
		o := Offered{Jobs: &batches[[]models.Job]{jobs[:cut], jobs[cut:]}}
		for now := models.Instant(0); now < 300; now += models.Instant(rapid.IntRange(1, 60).Draw(t, "step")) {
			got, want := make([]models.Workload, 2), []models.Workload{{AsOf: now}, {AsOf: now}}
			if err := o.Workload(context.Background(), now, got); err != nil {
				t.Fatal(err)
			}
			for _, j := range jobs {
				if j.Arrival <= now && now < j.Arrival+models.Instant(j.Work) {
					want[0].Queued[j.Class]++
					want[0].Work[j.Class] += int64(j.Work)
				}
			}
			if !slices.Equal(got, want) {
				t.Fatalf("at %d: %+v, want %+v", now, got, want)
			}
		}
	})
}

// TestAReplayReportsWhatTheTraceSaysWithItsLag: against the plain way, which looks through all changes for every report.
func TestAReplayReportsWhatTheTraceSaysWithItsLag(t *testing.T) {
	pools := []models.Pool{{Zone: "a", Type: "x"}, {Zone: "b", Type: "x"}}
	keys := []models.PoolKey{{Zone: "b", Type: "x"}, {Zone: "c", Type: "x"}, {Zone: "a", Type: "x"}}
	rapid.Check(t, func(t *rapid.T) {
		var changes []models.CapacityChange
		at := models.Instant(0)
		for range rapid.IntRange(0, 20).Draw(t, "changes") {
			at += models.Instant(rapid.IntRange(0, 90).Draw(t, "later"))
			changes = append(changes, models.CapacityChange{At: at, Pool: models.PoolID(rapid.IntRange(0, 2).Draw(t, "pool")), Reserved: 100, InUse: int32(rapid.IntRange(-1, 90).Draw(t, "use"))})
		}
		cut := rapid.IntRange(0, len(changes)).Draw(t, "cut")
		until := models.Instant(rapid.IntRange(1, 900).Draw(t, "until"))
		every, lag := rapid.IntRange(1, 120).Draw(t, "every"), rapid.IntRange(0, 200).Draw(t, "lag")
		r, err := NewReplay(&batches[models.Capacity]{{Changes: changes[:cut]}, {Changes: changes[cut:]}}, keys, until, pools, 0, time.Duration(every)*time.Second, time.Duration(lag)*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		seen := 0
		for now := models.Instant(0); now < 1000; now += models.Instant(rapid.IntRange(1, 300).Draw(t, "step")) {
			reports, err := r.Reports(context.Background(), now)
			if err != nil {
				t.Fatal(err)
			}
			for _, report := range reports {
				if report.OccurredAt != models.Instant(seen*every) || report.OccurredAt+models.Instant(lag) > now {
					t.Fatalf("at %d: report %d is of %d", now, seen, report.OccurredAt)
				}
				seen++
				want := [2]int32{models.Unknown, models.Unknown}
				for _, c := range changes {
					if c.At <= report.OccurredAt && report.OccurredAt < until && c.Pool != 1 {
						want[1-c.Pool/2] = c.InUse
					}
				}
				if [2]int32(report.InUse) != want {
					t.Fatalf("report of %d: %v, want %v", report.OccurredAt, report.InUse, want)
				}
			}
			if next := models.Instant(seen*every + lag); next <= now {
				t.Fatalf("at %d the report of %d is not seen", now, seen*every)
			}
		}
	})
	if _, err := NewReplay(&batches[models.Capacity]{}, keys[:2], 0, pools, 0, time.Minute, 0); err == nil || !strings.Contains(err.Error(), "no pool a/x") {
		t.Errorf("a pool that the trace does not have: %v", err)
	}
}
