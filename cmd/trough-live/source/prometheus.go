package source

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"time"

	"trough.internal/models"
)

// Prometheus asks a Prometheus server what there is to do: an instant query for each figure of each borrower, by
// /api/v1/query as of Prometheus 3. Its quirks:
//
//   - a series that is not there is an empty vector with status success, and sum() of nothing is empty, too, while "or vector(0)"
//     makes a zero of it: an empty answer is unknown here, and such queries are not to be written;
//   - an answer that is short of a part of the stores has a warning, and is unknown here;
//   - a result is stamped with the time of the query and not of the sample below it, which may be older by the server's lookback (5
//     minutes unless set): a query as_of such as min(timestamp(encoding_queued)) gives the samples' own time.
//
// What the figures say is true as of the oldest of the results' stamps and of what as_of gives.
type Prometheus struct {
	Query func(ctx context.Context, query string) ([]byte, error)
	Asked []PrometheusFigures // by borrower
}

// PrometheusFigures are one borrower's queries. Each must give one number.
type PrometheusFigures struct {
	Classes  map[string]PrometheusClass `set:"classes" required:"true" doc:"Queries by class of jobs; a class that is not named has none."`
	BaseBusy string                     `set:"base_busy" doc:"Query of the base fleet's slots that have a job; not given: there is none."`
	BaseIdle string                     `set:"base_idle" doc:"Query of its slots that have none."`
	AsOf     string                     `set:"as_of" doc:"Query of the Unix time as of which the figures are true, such as min(timestamp(encoding_queued)); not given: the time of the query, which hides how old samples are (five minutes at most unless the server's lookback was changed)."`
}

// PrometheusClass are the queries of one class.
type PrometheusClass struct {
	Queued   string        `set:"queued" required:"true" doc:"Query of the slots that wait."`
	Work     string        `set:"work_s" doc:"Query of their work, in seconds on the reference type."`
	MeanWork time.Duration `set:"mean_work" min:"0s" max:"7d" doc:"In its place, the work of each slot that waits."`
	Running  string        `set:"running" required:"true" doc:"Query of the slots that run on borrowed instances that stay."`
}

// Check refuses classes that are not known.
func (f *PrometheusFigures) Check() error { return checkClasses(f.Classes) }

// Check wants one way to know the work.
func (c *PrometheusClass) Check() error {
	if (c.Work == "") == (c.MeanWork == 0) {
		return errors.New("expected work_s or mean_work")
	}
	return nil
}

func checkClasses[T any](classes map[string]T) error {
	known := 0
	for _, name := range models.ClassNames() {
		if _, ok := classes[name]; ok {
			known++
		}
	}
	if known != len(classes) || known == 0 {
		return fmt.Errorf("expected some of the classes %q, and no other", models.ClassNames())
	}
	return nil
}

// PrometheusQuery asks a server by its address.
func PrometheusQuery(c *Client, address string) func(context.Context, string) ([]byte, error) {
	return func(ctx context.Context, query string) ([]byte, error) {
		return c.Get(ctx, address+"/api/v1/query?query="+url.QueryEscape(query))
	}
}

// Workload fills a column by borrower. Where one figure is not known, none is.
func (p *Prometheus) Workload(ctx context.Context, now models.Instant, into []models.Workload) error {
	read := make([]models.Workload, len(p.Asked))
	for b := range p.Asked {
		if err := p.borrower(ctx, now, &p.Asked[b], &read[b]); err != nil {
			return fmt.Errorf("prometheus: %w", err)
		}
	}
	copy(into, read)
	return nil
}

func (p *Prometheus) borrower(ctx context.Context, now models.Instant, f *PrometheusFigures, w *models.Workload) error {
	q := asking{query: func(text string) ([]byte, error) { return p.Query(ctx, text) }, oldest: models.Never, latest: now.Add(futureMost)}
	for class, name := range models.ClassNames() {
		own := f.Classes[name] // without queries where it is not named
		queued := q.figure(own.Queued, slotsMost)
		w.Queued[class], w.RunningBy[class] = int32(queued), int32(q.figure(own.Running, slotsMost))
		w.Work[class] = q.figure(own.Work, workMost) + queued*int64(own.MeanWork/time.Second)
		w.Running += w.RunningBy[class]
	}
	w.BaseBusy, w.BaseIdle = int32(q.figure(f.BaseBusy, slotsMost)), int32(q.figure(f.BaseIdle, slotsMost))
	w.AsOf = q.oldest
	if f.AsOf != "" {
		w.AsOf = min(models.Instant(q.figure(f.AsOf, float64(q.latest))), q.oldest)
	}
	return q.err
}

// asking is a row of queries, of which none is asked after one that failed.
type asking struct {
	query  func(text string) ([]byte, error)
	latest models.Instant // that a stamp may have
	oldest models.Instant // stamp that came
	err    error
}

// figure is the whole number that a query gives, rounded up: a part of a slot is one. No query is zero.
func (q *asking) figure(text string, most float64) int64 {
	if text == "" || q.err != nil {
		return 0
	}
	data, err := q.query(text)
	if err != nil {
		q.err = err
		return 0
	}
	value, at, err := ParseSample(data)
	switch {
	case err != nil:
	case value < 0 || value > most:
		err = fmt.Errorf("the value is %g: expected 0 to %.0f", value, most)
	case at > q.latest:
		err = fmt.Errorf("it is of %s: expected none from the future, from %s on", at, q.latest)
	}
	if err != nil {
		q.err = fmt.Errorf("%s: %w", Shortened(text), err)
		return 0
	}
	q.oldest = min(q.oldest, at)
	return int64(math.Ceil(value))
}

// workMost keeps sums of work within 64 bits, and of what a float holds exactly.
const workMost = 1 << 53

// secondsMost is the end of the year 9999, beyond which no time can be written.
const secondsMost = 253_402_300_799

type prometheusAnswer struct {
	Status    string   `json:"status"`
	ErrorType string   `json:"errorType"`
	Error     string   `json:"error"`
	Warnings  []string `json:"warnings"`
	Data      struct {
		Type   string          `json:"resultType"`
		Result json.RawMessage `json:"result"`
	} `json:"data"`
}

// ParseSample reads the answer to an instant query that has to be one number, finite, and when it was true.
func ParseSample(data []byte) (value float64, at models.Instant, err error) {
	var answer prometheusAnswer
	if err := json.Unmarshal(data, &answer); err != nil {
		return 0, 0, fmt.Errorf("this is no answer of a query: %s", Shortened(err.Error()))
	}
	switch {
	case answer.Status != "success":
		return 0, 0, fmt.Errorf("status is %q, %s: expected success", Shortened(answer.Status), Shortened(answer.ErrorType+" "+answer.Error))
	case len(answer.Warnings) > 0:
		return 0, 0, fmt.Errorf("the answer is not complete: %s", Shortened(answer.Warnings[0]))
	}
	var sample json.RawMessage
	switch answer.Data.Type {
	case "scalar":
		sample = answer.Data.Result
	case "vector":
		var series []struct {
			Value json.RawMessage `json:"value"` // absent where it is a histogram
		}
		if err := json.Unmarshal(answer.Data.Result, &series); err != nil || len(series) != 1 {
			return 0, 0, fmt.Errorf("there are %d series: expected one", len(series))
		}
		sample = series[0].Value
	default:
		return 0, 0, fmt.Errorf("the result is a %q: expected a vector or a scalar", Shortened(answer.Data.Type))
	}
	return parsePair(sample)
}

// parsePair reads a pair of seconds since 1970 and a number as text.
func parsePair(sample json.RawMessage) (value float64, at models.Instant, err error) {
	var pair []json.RawMessage
	var seconds *float64
	var text *string
	if json.Unmarshal(sample, &pair) != nil || len(pair) != 2 || json.Unmarshal(pair[0], &seconds) != nil || json.Unmarshal(pair[1], &text) != nil ||
		seconds == nil || text == nil {
		return 0, 0, errors.New("a sample has another form: expected its time and its value")
	}
	if value, err = strconv.ParseFloat(*text, 64); err != nil || math.IsNaN(value) || math.IsInf(value, 0) {
		return 0, 0, fmt.Errorf("the value is %q: expected a number", Shortened(*text))
	}
	if *seconds < 0 || *seconds > secondsMost {
		return 0, 0, fmt.Errorf("the time is %g: expected seconds since 1970", *seconds)
	}
	return value, models.Instant(*seconds), nil
}

// ByBorrower puts what a configuration says by borrower's name into the order of the borrowers.
func ByBorrower[T any](by map[string]T, borrowers []string) ([]T, error) {
	list := make([]T, len(borrowers))
	for b, name := range borrowers {
		own, ok := by[name]
		if !ok {
			return nil, fmt.Errorf("nothing is said of borrower %s", name)
		}
		list[b] = own
	}
	for name := range by {
		if !slices.Contains(borrowers, name) {
			return nil, fmt.Errorf("%s is no borrower: expected %q", name, borrowers)
		}
	}
	return list, nil
}
