package source

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"trough.internal/models"
)

// Workload asks the encoding system what there is to do. It answers, for every borrower by name:
//
//	{"as_of": "2015-10-05T12:00:00Z", "borrowers": {"encoding": {
//	  "queued": {"high": 3, "medium": 0, "low": 120}, "work_s": {"high": 5400, "low": 216000},
//	  "running": {"low": 40}, "base_busy": 20, "base_idle": 0}}}
//
// Queued and running are slots by class, running on borrowed instances that stay; work_s is the queued jobs' work in seconds on
// the reference type; base_busy and base_idle are slots of the base fleet. A class that is not named has none; a borrower that is
// not named makes the answer unusable.
type Workload struct {
	Get       func(ctx context.Context) ([]byte, error)
	Borrowers []string
}

// futureMost is how far an answer's clock may be ahead.
const futureMost = time.Minute

// Workload fills a column by borrower.
func (w *Workload) Workload(ctx context.Context, now models.Instant, into []models.Workload) error {
	data, err := w.Get(ctx)
	if err != nil {
		return err
	}
	return ParseWorkload(data, w.Borrowers, now, into)
}

type workAnswer struct {
	AsOf      *models.Instant         `json:"as_of"`
	Borrowers map[string]borrowerWork `json:"borrowers"`
}

type borrowerWork struct {
	Queued   map[string]int64 `json:"queued"`
	Work     map[string]int64 `json:"work_s"`
	Running  map[string]int64 `json:"running"`
	BaseBusy int64            `json:"base_busy"`
	BaseIdle int64            `json:"base_idle"`
}

// ParseWorkload reads an answer. On an error the column stays as it was.
func ParseWorkload(data []byte, borrowers []string, now models.Instant, into []models.Workload) error {
	var answer workAnswer
	reader := json.NewDecoder(bytes.NewReader(data))
	reader.DisallowUnknownFields()
	if err := reader.Decode(&answer); err != nil {
		return fmt.Errorf("workload: %w", err)
	}
	if _, err := reader.Token(); !errors.Is(err, io.EOF) {
		return errors.New("workload: something follows the answer")
	}
	if answer.AsOf == nil || *answer.AsOf > now.Add(futureMost) {
		return errors.New("workload: expected as_of, the time of the answer, and not in the future")
	}
	read := make([]models.Workload, len(borrowers))
	for b, name := range borrowers {
		own, ok := answer.Borrowers[name]
		if !ok {
			return fmt.Errorf("workload: nothing is said of borrower %s", name)
		}
		w, err := own.workload()
		if err != nil {
			return fmt.Errorf("workload: borrower %s: %w", name, err)
		}
		w.AsOf = *answer.AsOf
		read[b] = w
	}
	copy(into, read)
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
