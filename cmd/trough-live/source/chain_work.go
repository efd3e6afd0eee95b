package source

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/models"
)

// WorkChain asks several sources what there is to do, all at once, and takes the first that is good: whole, and as of a time that is
// young enough for every borrower. One source speaks for all borrowers.
//
// Sources count differently, so that one that comes and goes must not make demand jump to and fro: once a source is in use, another
// takes its place only after it has been the first good one so many times in succession. Until then what there is to do is what
// the one in use says, or, where it is not good, not known, which grows old and increases nothing.
type WorkChain struct {
	Sources   []NamedWork
	Borrowers []string
	AgeMax    time.Duration // of an answer that is good
	Patience  time.Duration // with one source; a late answer is taken the next time
	Agree     int           // times in succession
	Apart     Apart

	asked   []drive.Ask[[]models.Workload]
	used    int // the source in use, or -1
	next    int // the one that may take its place, or -1
	times   int // in succession
	remarks drive.Remarks
	off     string // a rule that is switched off; only tests do
}

// NamedWork is a source with a name for messages.
type NamedWork struct {
	Name string
	From drive.Work
}

// Workload fills a column by borrower.
func (c *WorkChain) Workload(ctx context.Context, now models.Instant, into []models.Workload) error {
	if c.asked == nil {
		c.asked, c.used, c.next = make([]drive.Ask[[]models.Workload], len(c.Sources)), -1, -1
	}
	answers, errs := askAll(ctx, c.asked, c.Patience, func(ctx context.Context, s int) ([]models.Workload, error) {
		own := make([]models.Workload, len(c.Borrowers))
		return own, c.Sources[s].From.Workload(ctx, now, own)
	})
	for s := range answers {
		if errs[s] == nil {
			errs[s] = c.wrong(answers[s], now)
		}
		if errs[s] != nil {
			c.remark("workload of %s: %v", c.Sources[s].Name, errs[s])
		}
	}
	c.compare(answers, errs, now)
	first := slices.IndexFunc(errs, func(err error) bool { return err == nil })
	if first < 0 {
		return errors.New("no source is good")
	}
	if !c.choose(first) && errs[c.used] != nil {
		return fmt.Errorf("%s is not believed before it was good %d times in succession, and %s is not good", c.Sources[first].Name, c.Agree, c.Sources[c.used].Name)
	}
	copy(into, answers[c.used])
	return nil
}

// choose says whether the first good source is the one in use, or takes its place.
func (c *WorkChain) choose(first int) bool {
	switch {
	case first == c.used:
		c.next = -1
		return true
	case first != c.next:
		c.next, c.times = first, 0
	}
	if c.times++; c.used >= 0 && c.times < c.Agree && c.off != "agree" {
		return false
	}
	if c.used >= 0 {
		c.remark("workload comes from %s instead of %s", c.Sources[first].Name, c.Sources[c.used].Name)
	}
	c.used, c.next = first, -1
	return true
}

// wrong says why an answer is not good.
func (c *WorkChain) wrong(answer []models.Workload, now models.Instant) error {
	for b := range answer {
		if age := now.Sub(answer[b].AsOf); c.off != "age" && (age > c.AgeMax || age < -futureMost) {
			return fmt.Errorf("what it says of %s is %s old: expected %s at most", c.Borrowers[b], age, c.AgeMax)
		}
	}
	return nil
}

// compare tells of good sources that do not agree on a borrower's demand.
func (c *WorkChain) compare(answers [][]models.Workload, errs []error, now models.Instant) {
	for s := range answers {
		for other := s + 1; other < len(answers); other++ {
			for b := range c.Borrowers {
				if errs[s] != nil || errs[other] != nil {
					continue
				}
				x, y := &answers[s][b], &answers[other][b]
				if p, q := int64(x.Demand()), int64(y.Demand()); c.Apart.disagree(p, q, max(p, q)) {
					c.remarks.Disagreements++
					c.remark("sources disagree on the demand of borrower %s: %s has %d, %s ago, %s %d, %s ago", c.Borrowers[b],
						c.Sources[s].Name, p, now.Sub(x.AsOf), c.Sources[other].Name, q, now.Sub(y.AsOf))
				}
			}
		}
	}
}

// Instances is the youngest that a source of instances says of them.
func (c *WorkChain) Instances() (youngest Instances) {
	for _, s := range c.Sources {
		if from, ok := s.From.(interface{ Instances() Instances }); ok {
			if own := from.Instances(); own.Workers != nil && own.AsOf >= youngest.AsOf {
				youngest = own
			}
		}
	}
	return youngest
}

// Remarks is what was noticed since it was asked last.
func (c *WorkChain) Remarks() drive.Remarks {
	defer func() { c.remarks = drive.Remarks{} }()
	return c.remarks
}

func (c *WorkChain) remark(format string, args ...any) {
	c.remarks.Notes = append(c.remarks.Notes, fmt.Sprintf(format, args...))
}
