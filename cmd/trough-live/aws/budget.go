package aws

import (
	"context"
	"sync"
	"time"
)

// Purpose is what a call is for. The zero value is to read.
type Purpose int

// The purposes. Calls that hold the lease, without which nobody may return any instances, may take the last token. Those that return leave
// a fiftieth of a full bucket, which is one of fifty: else thousands of them, as in an evacuation, would be served before the lease is.
// Those that read leave a quarter, and those that launch half of it. While thousands return instances the bucket is never that full: then
// one read is let through for every three of them, so that a long evacuation sees what it does.
const (
	ToRead Purpose = iota
	ToReturn
	ToLaunch
	ToHold
)

var left = [...]float64{ToRead: 0.25, ToReturn: 0.02, ToLaunch: 0.5, ToHold: 0}

type purposeKey struct{}

// For says what the calls of a context are for.
func For(ctx context.Context, p Purpose) context.Context {
	return context.WithValue(ctx, purposeKey{}, p)
}

func purposeOf(ctx context.Context) Purpose {
	purpose, _ := ctx.Value(purposeKey{}).(Purpose)
	return purpose
}

// Budget is a bucket of calls that fills at a rate. Each answer that there are too many calls halves the rate, at most once a
// second; it grows again by a sixtieth of the full rate a second: what others call is not known, and so it is sought.
type Budget struct {
	full, size float64

	mu     sync.Mutex
	rate   float64
	tokens float64
	filled time.Time
	halved time.Time

	reading  int // calls that wait to read
	returned int // calls that returned instances while one waited, since the last that read
}

const (
	bucketFor = 10 * time.Second // that a full bucket lasts at the full rate
	leastRate = 1. / 32          // of the full rate, so that the driver never falls silent
	recovery  = time.Minute      // from no rate to the full one

	returnsPerRead = 3
	lookEvery      = 250 * time.Millisecond // how often who waits to read looks whether it is its turn
)

// NewBudget returns a full bucket of so many calls a second.
func NewBudget(perSecond float64) *Budget {
	size := max(4, perSecond*bucketFor.Seconds()) // below four there is nothing to leave a quarter of
	return &Budget{full: perSecond, size: size, rate: perSecond, tokens: size, filled: time.Now()}
}

// Take waits for a token, or for the context's end.
func (b *Budget) Take(ctx context.Context) error {
	purpose := purposeOf(ctx)
	if purpose == ToRead {
		b.waits(1)
		defer b.waits(-1)
	}
	for ctx.Err() == nil {
		wait := b.take(purpose)
		if wait == 0 {
			return nil
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
	}
	return ctx.Err()
}

func (b *Budget) waits(more int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reading += more
}

// take takes a token, or says how long to wait before it is worth to ask again.
func (b *Budget) take(p Purpose) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fill()
	keep := left[p] * b.size
	if turn := b.reading > 0 && b.returned >= returnsPerRead; turn && p == ToReturn {
		keep++ // which is for the read
	} else if turn && p == ToRead {
		keep = left[ToReturn] * b.size
	}
	missing := 1 + keep - b.tokens
	if missing <= 0 {
		b.tokens--
		switch {
		case p == ToRead:
			b.returned = 0
		case p == ToReturn && b.reading > 0:
			b.returned++
		}
		return 0
	}
	wait := max(time.Millisecond, time.Duration(missing/b.rate*float64(time.Second)))
	if p == ToRead {
		wait = min(wait, lookEvery)
	}
	return wait
}

func (b *Budget) fill() {
	now := time.Now()
	passed := now.Sub(b.filled).Seconds()
	b.filled = now
	b.tokens = min(b.size, b.tokens+passed*b.rate)
	b.rate = min(b.full, b.rate+passed*b.full/recovery.Seconds())
}

// Throttled is told of an answer that there are too many calls.
func (b *Budget) Throttled() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fill()
	if now := time.Now(); now.Sub(b.halved) >= time.Second {
		b.halved, b.rate = now, max(b.full*leastRate, b.rate/2)
	}
}

// Rate is how many calls a second may be made now, and at most.
func (b *Budget) Rate() (now, full float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fill()
	return b.rate, b.full
}
