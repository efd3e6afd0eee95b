package drive

import (
	"context"
	"errors"
	"time"
)

// Ask is a question that is asked again and again, and that nobody waits for longer than its patience: a late answer is taken when
// it comes, and until then the question is not asked again, so that what is stuck does not pile up.
type Ask[T any] struct{ pending chan answer[T] }

type answer[T any] struct {
	value T
	err   error
}

// errLate is the error of a question whose answer has not come yet.
var errLate = errors.New("no answer yet")

// Do waits for the answer so long, or until ctx ends. The question is asked in a goroutine, of which there is one at a time.
func (a *Ask[T]) Do(ctx context.Context, patience time.Duration, question func(context.Context) (T, error)) (T, error) {
	if a.pending == nil {
		pending := make(chan answer[T], 1)
		a.pending = pending
		go func() {
			value, err := question(ctx)
			pending <- answer[T]{value, err}
		}()
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case got := <-a.pending:
		a.pending = nil
		return got.value, got.err
	case <-timer.C:
	case <-ctx.Done():
	}
	var none T
	select {
	case got := <-a.pending: // it has come, too
		a.pending = nil
		return got.value, got.err
	default:
	}
	if ctx.Err() != nil {
		return none, ctx.Err()
	}
	return none, errLate
}

// Waits says whether an answer is still to come.
func (a *Ask[T]) Waits() bool { return a.pending != nil }
