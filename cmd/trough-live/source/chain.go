package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/models"
	"trough.internal/models/settings"
)

// Chain asks several sources what the owners reserve and use, all at once, and takes for each pool the first that is good: whose
// last report knows the pool, is young enough, and has a clock that is trusted. Where none is good, the first one whose clock is not
// trusted is heard, which can only lower what is believed; else the pool is unknown. What a change of source means for what is
// believed is the driver's rule, see package drive, trust.
//
// Where two good sources say different things of a pool, beyond a threshold, the first one counts all the same, and people are told.
type Chain struct {
	Sources  []NamedTelemetry
	Pools    []models.Pool
	AgeMax   time.Duration // of a report that is good
	Patience time.Duration // with one source; a late answer is taken the next time
	Apart    Apart

	asked   []drive.Ask[[]drive.Report]
	latest  []drive.Report // by source; without columns where none has come
	used    []int          // by pool: the source, or -1
	remarks drive.Remarks
	off     string // a rule that is switched off; only tests do
}

// NamedTelemetry is a source with a name for messages.
type NamedTelemetry struct {
	Name string
	From drive.Telemetry
}

// Apart is from which difference on two sources disagree.
type Apart struct {
	Least int32          `set:"least" default:"5" min:"0" max:"1000000" doc:"So many instances or slots apart, values still agree."`
	Share settings.Share `set:"share" default:"5%" min:"0%" max:"100%" doc:"So much apart, too, as a part of the larger one, or of what is reserved."`
}

func (a Apart) disagree(x, y, whole int64) bool {
	return max(x-y, y-x) > max(int64(a.Least), int64(float64(whole)*float64(a.Share)))
}

// remarksMost is how many pools are named that sources disagree on; the rest is counted.
const remarksMost = 10

// Reports returns one report for every source that some pool comes from, with these pools and no other.
func (c *Chain) Reports(ctx context.Context, now models.Instant) ([]drive.Report, error) {
	if c.asked == nil {
		c.asked, c.latest = make([]drive.Ask[[]drive.Report], len(c.Sources)), make([]drive.Report, len(c.Sources))
		c.used = slices.Repeat([]int{-1}, len(c.Pools))
	}
	fresh := c.ask(ctx, now)
	before := slices.Clone(c.used)
	var list []drive.Report
	by := make([]int, len(c.Sources)) // where in the list a source's report is, less one
	for p := range c.Pools {
		s := c.choose(p, now)
		if c.used[p] = s; s < 0 {
			continue
		}
		if by[s] == 0 {
			list = append(list, c.empty(s))
			by[s] = len(list)
		}
		list[by[s]-1].Reserved[p], list[by[s]-1].InUse[p] = c.latest[s].Reserved[p], c.latest[s].InUse[p]
		c.compare(p, s, now, fresh)
	}
	c.changes(before)
	if c.remarks.Disagreements > remarksMost {
		c.remark("and %d pools more on which sources disagree", c.remarks.Disagreements-remarksMost)
	}
	slices.SortStableFunc(list, func(a, b drive.Report) int { return cmp.Compare(a.OccurredAt, b.OccurredAt) })
	if len(list) == 0 {
		return nil, errors.New("no source knows any pool")
	}
	return list, nil
}

// Remarks is what was noticed since it was asked last.
func (c *Chain) Remarks() drive.Remarks {
	defer func() { c.remarks = drive.Remarks{} }()
	return c.remarks
}

func (c *Chain) remark(format string, args ...any) {
	c.remarks.Notes = append(c.remarks.Notes, fmt.Sprintf(format, args...))
}

// ask asks all sources at once, and says from which something new came.
func (c *Chain) ask(ctx context.Context, now models.Instant) (fresh []bool) {
	answers, errs := askAll(ctx, c.asked, c.Patience, func(ctx context.Context, s int) ([]drive.Report, error) {
		return c.Sources[s].From.Reports(ctx, now)
	})
	fresh = make([]bool, len(c.Sources))
	for s, reports := range answers {
		if errs[s] != nil {
			c.remark("telemetry of %s: %v", c.Sources[s].Name, errs[s])
		}
		for i := range reports {
			for _, note := range reports[i].Notes {
				c.remark("telemetry of %s: report of %s: %s", c.Sources[s].Name, reports[i].OccurredAt, note)
			}
			if len(reports[i].InUse) == len(c.Pools) && len(reports[i].Reserved) == len(c.Pools) {
				c.latest[s], fresh[s] = reports[i], true
			}
		}
	}
	return fresh
}

// choose is the source of a pool, or -1.
func (c *Chain) choose(p int, now models.Instant) int {
	for s := range c.Sources {
		if c.good(s, p, now) {
			return s
		}
	}
	for s := range c.Sources {
		if c.knows(s, p) && c.latest[s].AgeUnknown {
			return s
		}
	}
	return -1
}

func (c *Chain) knows(s, p int) bool {
	l := &c.latest[s]
	return len(l.InUse) > 0 && (l.InUse[p] != models.Unknown || c.off == "complete")
}

func (c *Chain) good(s, p int, now models.Instant) bool {
	l := &c.latest[s]
	age := now.Sub(l.OccurredAt)
	return c.knows(s, p) && (!l.AgeUnknown || c.off == "clock") && (age <= c.AgeMax && age >= -futureMost || c.off == "age")
}

func (c *Chain) empty(s int) drive.Report {
	return drive.Report{Source: c.Sources[s].Name, OccurredAt: c.latest[s].OccurredAt, AgeUnknown: c.latest[s].AgeUnknown,
		Reserved: make([]int32, len(c.Pools)), InUse: slices.Repeat([]int32{models.Unknown}, len(c.Pools))}
}

// compare tells of the other good sources that say something else of a pool, where one of the two is new.
func (c *Chain) compare(p, s int, now models.Instant, fresh []bool) {
	for other := s + 1; other < len(c.Sources); other++ {
		if !fresh[s] && !fresh[other] || !c.good(s, p, now) || !c.good(other, p, now) {
			continue
		}
		a, b := &c.latest[s], &c.latest[other]
		whole := int64(max(a.Reserved[p], b.Reserved[p]))
		if !c.Apart.disagree(int64(a.Reserved[p]), int64(b.Reserved[p]), whole) && !c.Apart.disagree(int64(a.InUse[p]), int64(b.InUse[p]), whole) {
			continue
		}
		if c.remarks.Disagreements++; c.remarks.Disagreements <= remarksMost {
			c.remark("sources disagree on pool %s: %s has %d of %d in use, %s ago, %s %d of %d, %s ago: the first counts", c.Pools[p].Name(),
				c.Sources[s].Name, a.InUse[p], a.Reserved[p], now.Sub(a.OccurredAt), c.Sources[other].Name, b.InUse[p], b.Reserved[p], now.Sub(b.OccurredAt))
		}
	}
}

// changes tells, by source, how many pools come from it now that did not before.
func (c *Chain) changes(before []int) {
	for from := range c.Sources {
		for to := range c.Sources {
			n := 0
			for p := range before {
				if before[p] == from && c.used[p] == to && from != to {
					n++
				}
			}
			if n > 0 {
				c.remark("telemetry of %d pools comes from %s instead of %s", n, c.Sources[to].Name, c.Sources[from].Name)
			}
		}
	}
}

// askAll asks every question at once.
func askAll[T any](ctx context.Context, asked []drive.Ask[T], patience time.Duration, question func(context.Context, int) (T, error)) ([]T, []error) {
	answers, errs := make([]T, len(asked)), make([]error, len(asked))
	var all sync.WaitGroup
	for i := range asked {
		all.Go(func() {
			answers[i], errs[i] = asked[i].Do(ctx, patience, func(ctx context.Context) (T, error) { return question(ctx, i) })
		})
	}
	all.Wait()
	return answers, errs
}
