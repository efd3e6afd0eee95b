package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/models"
)

// Capacity yields a capacity trace window by window, in order of time; io.EOF ends it.
type Capacity interface {
	Next() (models.Capacity, error)
}

// Replay makes reports of a recorded capacity trace, as they would have been seen: every so often one that is true at that instant,
// and seen after a lag. After the trace's end nothing is known.
type Replay struct {
	trace Capacity
	pools []int // by the trace's pool: the driver's, or -1
	every time.Duration
	lag   time.Duration
	next  models.Instant // of the next report

	window          []models.CapacityChange
	ended           bool
	until           models.Instant // the first instant that the trace says nothing about
	reserved, inUse []int32
}

// NewReplay begins to replay a trace that names its pools, from an instant on, for a driver's pools.
func NewReplay(trace Capacity, keys []models.PoolKey, until models.Instant, pools []models.Pool, from models.Instant, every, lag time.Duration) (*Replay, error) {
	if every < time.Second {
		return nil, fmt.Errorf("a report every %s: expected at least a second", every)
	}
	r := &Replay{trace: trace, pools: make([]int, len(keys)), every: every, lag: lag, next: from, until: until,
		reserved: make([]int32, len(pools)), inUse: slices.Repeat([]int32{models.Unknown}, len(pools))}
	for i, key := range keys {
		r.pools[i] = slices.IndexFunc(pools, func(p models.Pool) bool { return p.Name() == key.Name() })
	}
	for p := range pools {
		if !slices.Contains(r.pools, p) {
			return nil, fmt.Errorf("the trace has no pool %s", pools[p].Name())
		}
	}
	return r, nil
}

// Reports returns those that have arrived by now and were not returned yet.
func (r *Replay) Reports(ctx context.Context, now models.Instant) ([]drive.Report, error) {
	var reports []drive.Report
	for ; r.next.Add(r.lag) <= now; r.next = r.next.Add(r.every) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := r.advance(r.next); err != nil {
			return nil, err
		}
		report := drive.Report{OccurredAt: r.next, Reserved: slices.Clone(r.reserved), InUse: slices.Clone(r.inUse)}
		if r.next >= r.until {
			report.Notes = []string{"the trace has ended: nothing is known"}
		}
		reports = append(reports, report)
	}
	return reports, nil
}

// advance brings the state to what the trace says of an instant.
func (r *Replay) advance(at models.Instant) error {
	for !r.ended {
		for len(r.window) > 0 && r.window[0].At <= at {
			if p := r.pools[r.window[0].Pool]; p >= 0 {
				r.reserved[p], r.inUse[p] = r.window[0].Reserved, r.window[0].InUse
			}
			r.window = r.window[1:]
		}
		if len(r.window) > 0 {
			break
		}
		window, err := r.trace.Next()
		switch {
		case errors.Is(err, io.EOF):
			r.ended = true
		case err != nil:
			return err
		default:
			r.window = window.Changes
		}
	}
	if at >= r.until {
		for p := range r.inUse {
			r.inUse[p] = models.Unknown
		}
	}
	return nil
}
