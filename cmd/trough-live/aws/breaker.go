package aws

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	smithy "github.com/aws/smithy-go/middleware"
)

// breaker leaves out calls of a region that answers nothing but errors of its own, or does not answer: each of them would be tried again,
// wait for as long as a try may take, and tell nothing new. After breaksAfter such tries in a row it lets pass one call every
// probeEvery, and beside it one that returns instances, which goes to another part of Amazon that may work; none that launches. A lease is
// renewed as often as ever, since its time is short. The first call that is answered, be it by a refusal, ends that.
//
// Note: the budget's rate does not do this: it halves where there are too many calls, and an answer of a region that is down says
// nothing of how many there are.
type breaker struct {
	region string
	clock  Clock // nil: the machine's

	mu    sync.Mutex
	row   int          // of failures, without an answer in between
	since time.Time    // of the first of them
	next  [2]time.Time // when the next may pass: of those that return instances, and of the others
}

const (
	breaksAfter = 5
	probeEvery  = 30 * time.Second
)

// LeftOutError is that of a call that was not made.
type LeftOutError struct {
	Region string
	Since  time.Duration // that nothing was answered
}

// Error says why.
func (e *LeftOutError) Error() string {
	return fmt.Sprintf("not called: region %s has answered nothing but errors for %s; one call in %s is tried", e.Region, e.Since.Round(time.Second), probeEvery)
}

// CanceledError keeps the SDK from trying again.
func (*LeftOutError) CanceledError() bool { return true }

func (b *breaker) now() time.Time {
	if b.clock != nil {
		return b.clock.Now()
	}
	return time.Now()
}

// admit says whether a call may be made.
func (b *breaker) admit(p Purpose) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.row < breaksAfter || p == ToHold {
		return nil
	}
	now, place := b.now(), 1
	if p == ToReturn {
		place = 0
	}
	if p == ToLaunch || now.Before(b.next[place]) {
		return &LeftOutError{b.region, now.Sub(b.since)}
	}
	b.next[place] = now.Add(probeEvery)
	return nil
}

// hear takes what became of one try, and says whether another one is worth it.
func (b *breaker) hear(err error) (again bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case errors.Is(err, context.Canceled): // Note: who asked has gone, and nobody knows what would have been answered
	case !down(err):
		b.row = 0
	default:
		if b.row == 0 {
			b.since = b.now()
		}
		b.row++
	}
	return b.row < breaksAfter
}

// open is since when calls are left out; false where none are.
func (b *breaker) open() (since time.Time, open bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.since, b.row >= breaksAfter
}

// down says whether an error is of a region that does not work: there is no answer, or the answer is that it is the server's fault. That
// there are too many calls, or no capacity, is an answer, whatever its status.
func down(err error) bool {
	if err == nil || ClassOf(err) != Unknown {
		return false
	}
	var answered interface{ HTTPStatusCode() int }
	return !errors.As(err, &answered) || answered.HTTPStatusCode() == 0 || answered.HTTPStatusCode() >= 500 // 0 has no answer
}

// admitted stands before what tries a call again: what it refuses was not made at all.
func (r *region) admitted(ctx context.Context, in smithy.FinalizeInput, next smithy.FinalizeHandler) (smithy.FinalizeOutput, smithy.Metadata, error) {
	if err := r.breaker.admit(purposeOf(ctx)); err != nil {
		r.counts.leaveOut()
		return smithy.FinalizeOutput{}, smithy.Metadata{}, err
	}
	return next.HandleFinalize(ctx, in)
}

// lastTry is the error of a try that is followed by no other, which the SDK knows as that of one that was canceled.
type lastTry struct{ error }

func (l lastTry) Unwrap() error     { return l.error }
func (lastTry) CanceledError() bool { return true }
