package main

import (
	"context"
	"runtime"
	"sync"
)

// workersMost is how many runs go on at once: as many as there are processors, since a run keeps one busy.
func workersMost() int { return runtime.GOMAXPROCS(0) }

// inParallel does things 0 to n-1, so many at once, and shows how many of these things are done. After a failure nothing more begins, but
// what has begun is not cut short: so the error is the first in order, whoever comes first.
func inParallel(ctx context.Context, workers, n int, p *progress, things string, do func(i int) error) error {
	errs := make([]error, n)
	next, done, failed := make(chan int), 0, false
	var mu sync.Mutex
	goOn := func() bool {
		mu.Lock()
		defer mu.Unlock()
		return !failed && ctx.Err() == nil
	}
	var wg sync.WaitGroup
	for range min(n, max(1, workers)) {
		wg.Go(func() {
			for i := range next {
				errs[i] = do(i)
				mu.Lock()
				done++
				p.of(done, n, things)
				failed = failed || errs[i] != nil
				mu.Unlock()
			}
		})
	}
	for i := 0; i < n && goOn(); i++ {
		next <- i
	}
	close(next)
	wg.Wait()
	if ctx.Err() != nil {
		return failure{ctx.Err()}
	}
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
