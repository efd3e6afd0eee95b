package source

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"sync"
	"time"

	"trough.internal/cmd/trough-live/fleet"
	"trough.internal/models"
)

// Workload asks the encoding system what there is to do. It answers, for every borrower by name:
//
//	{"as_of": "2015-10-05T12:00:00Z", "borrowers": {"encoding": {
//	  "queued": {"high": 3, "medium": 0, "low": 120}, "work_s": {"high": 5400, "low": 216000},
//	  "running": {"low": 40}, "base_busy": 20, "base_idle": 0}},
//	  "instances": {"i-0123456789abcdef0": {"jobs": 1, "class": "low", "began": "2015-10-05T11:52:07Z"}, "i-0123456789abcdef1": {"jobs": 0}}}
//
// Queued and running are slots by class, running on borrowed instances that stay; work_s is the queued jobs' work in seconds on
// the reference type; base_busy and base_idle are slots of the base fleet. A class that is not named has none; a borrower that is
// not named makes the answer unusable, and so does null in the place of anything. Instances are the borrowed ones that have registered
// as workers, which is how it is known that they have booted; one without jobs is idle. The key is optional: without it nothing is
// known of any instance. So is began, when the last of its jobs began, said the same each time, since another time is another job. Without
// it the driver knows that only to the evaluation, and a job that ends as the next one begins is not told apart from it: then it may
// take back another of several busy instances than the one that loses least.
type Workload struct {
	Get       func(ctx context.Context) ([]byte, error)
	Borrowers []string

	mutex     sync.Mutex
	instances Instances
}

// Instances are what workers do by the id of their instance, at an instant. The map is nil where the answer did not speak of instances, or
// none has come yet: then nothing is known of them. Nobody changes it.
type Instances struct {
	AsOf    models.Instant
	Workers map[string]fleet.Job
}

// Instances is what the last good answer said of them, for whoever derives what instances do. It may be called at any time.
func (w *Workload) Instances() Instances {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.instances
}

// futureMost is how far an answer's clock may be ahead.
const futureMost = time.Minute

// Workload fills a column by borrower.
func (w *Workload) Workload(ctx context.Context, now models.Instant, into []models.Workload) error {
	data, err := w.Get(ctx)
	if err != nil {
		return err
	}
	instances, err := ParseWorkload(data, w.Borrowers, now, into)
	if err != nil {
		return err
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.instances = instances
	return nil
}

type workAnswer struct {
	AsOf      *models.Instant         `json:"as_of"`
	Borrowers notNull[borrowerWork]   `json:"borrowers"`
	Instances notNull[instanceAnswer] `json:"instances"`
}

type borrowerWork struct {
	Queued   notNull[int64] `json:"queued"`
	Work     notNull[int64] `json:"work_s"`
	Running  notNull[int64] `json:"running"`
	BaseBusy whole          `json:"base_busy"`
	BaseIdle whole          `json:"base_idle"`
}

type instanceAnswer struct {
	Jobs  *int64          `json:"jobs"`
	Class string          `json:"class"`
	Began *models.Instant `json:"began"`
}

// ParseWorkload reads an answer. On an error the column stays as it was.
func ParseWorkload(data []byte, borrowers []string, now models.Instant, into []models.Workload) (Instances, error) {
	read, instances, err := parseWorkload(data, borrowers, now)
	if err != nil {
		return Instances{}, fmt.Errorf("workload: %s", Shortened(err.Error())) // which repeats what came
	}
	copy(into, read)
	return instances, nil
}

func parseWorkload(data []byte, borrowers []string, now models.Instant) ([]models.Workload, Instances, error) {
	var answer workAnswer
	var none Instances
	if err := strictly(data, &answer); err != nil {
		return nil, none, err
	}
	if answer.AsOf == nil || *answer.AsOf > now.Add(futureMost) {
		return nil, none, errors.New("expected as_of, the time of the answer, and not in the future")
	}
	read := make([]models.Workload, len(borrowers))
	for b, name := range borrowers {
		own, ok := answer.Borrowers[name]
		if !ok {
			return nil, none, fmt.Errorf("nothing is said of borrower %s", name)
		}
		w, err := own.workload()
		if err != nil {
			return nil, none, fmt.Errorf("borrower %s: %w", name, err)
		}
		w.AsOf = *answer.AsOf
		read[b] = w
	}
	instances, err := workersOf(answer.Instances, now.Add(futureMost))
	return read, Instances{*answer.AsOf, instances}, err
}

func workersOf(answer map[string]instanceAnswer, latest models.Instant) (map[string]fleet.Job, error) {
	if answer == nil {
		return nil, nil
	}
	workers := make(map[string]fleet.Job, len(answer))
	for id, own := range answer {
		class := slices.Index(models.ClassNames(), own.Class)
		switch {
		case !instanceID.MatchString(id):
			return nil, fmt.Errorf("instances: %q: expected an instance's id such as i-0123456789abcdef0", id)
		case own.Jobs == nil || *own.Jobs < 0 || *own.Jobs > slotsMost:
			return nil, fmt.Errorf("instances: %s: expected jobs, 0 to %d", id, slotsMost)
		case own.Began != nil && (*own.Began <= 0 || *own.Began > latest):
			return nil, fmt.Errorf("instances: %s: began is %s: expected a time that is not in the future", id, own.Began)
		case class < 0 && (own.Class != "" || *own.Jobs > 0):
			return nil, fmt.Errorf("instances: %s: class is %q: expected one of %q", id, own.Class, models.ClassNames())
		}
		job := fleet.Job{Jobs: int32(*own.Jobs), Class: models.Class(max(0, class))}
		if own.Began != nil && job.Jobs > 0 {
			job.Began = *own.Began
		}
		workers[id] = job
	}
	return workers, nil
}

// instanceID is the form of EC2's ids, the old short ones included.
var instanceID = regexp.MustCompile(`^i-([0-9a-f]{8}|[0-9a-f]{17})$`)

// notNull is a JSON object. Where null stands for it, or for one of its values, what is meant is not known, and it is refused: a
// decoder would take it for none.
type notNull[T any] map[string]T

// UnmarshalJSON refuses null.
func (m *notNull[T]) UnmarshalJSON(data []byte) error {
	var read map[string]*json.RawMessage
	if err := json.Unmarshal(data, &read); err != nil {
		return err
	}
	if read == nil {
		return errors.New("null in the place of an object")
	}
	*m = make(map[string]T, len(read))
	for key, text := range read {
		if text == nil {
			return fmt.Errorf("%q is null", key)
		}
		var value T
		if err := strictly(*text, &value); err != nil {
			return fmt.Errorf("%q: %w", key, err)
		}
		(*m)[key] = value
	}
	return nil
}

// whole is a JSON number that is not null.
type whole int64

// UnmarshalJSON refuses null.
func (n *whole) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return errors.New("null in the place of a number")
	}
	return json.Unmarshal(data, (*int64)(n))
}

// strictly reads one JSON document that has no keys but those of into.
func strictly(data []byte, into any) error {
	reader := json.NewDecoder(bytes.NewReader(data))
	reader.DisallowUnknownFields()
	if err := reader.Decode(into); err != nil {
		return err
	}
	if _, err := reader.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the answer")
	}
	return nil
}

func (own *borrowerWork) workload() (w models.Workload, err error) {
	var queued, running [models.Classes]int64
	for _, column := range []struct {
		name string
		from map[string]int64
		most int64
		to   *[models.Classes]int64
	}{{"queued", own.Queued, slotsMost, &queued}, {"work_s", own.Work, math.MaxInt64 / 4, &w.Work}, {"running", own.Running, slotsMost, &running}} {
		if err := byClass(column.from, column.most, column.to); err != nil {
			return w, fmt.Errorf("%s: %w", column.name, err)
		}
	}
	if own.BaseBusy < 0 || own.BaseBusy > slotsMost || own.BaseIdle < 0 || own.BaseIdle > slotsMost {
		return w, fmt.Errorf("base_busy and base_idle are %d and %d: expected 0 to %d", own.BaseBusy, own.BaseIdle, slotsMost)
	}
	w.BaseBusy, w.BaseIdle = int32(own.BaseBusy), int32(own.BaseIdle)
	for class := range queued {
		w.Queued[class], w.RunningBy[class] = int32(queued[class]), int32(running[class])
		w.Running += w.RunningBy[class]
	}
	return w, nil
}

// slotsMost keeps sums of slots within 32 bits.
const slotsMost = 100_000_000

func byClass(from map[string]int64, most int64, to *[models.Classes]int64) error {
	left := len(from)
	for class, name := range models.ClassNames() {
		n, ok := from[name]
		if !ok {
			continue
		}
		left--
		if n < 0 || n > most {
			return fmt.Errorf("%s is %d: expected 0 to %d", name, n, most)
		}
		to[class] = n
	}
	if left > 0 {
		return fmt.Errorf("a class is not known: expected some of %q", models.ClassNames())
	}
	return nil
}
