package aws

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// calls is how many calls of a purpose a budget lets pass within a time.
func calls(b *Budget, p Purpose, d time.Duration) (n int) {
	ctx, cancel := context.WithTimeout(For(context.Background(), p), d)
	defer cancel()
	for b.Take(ctx) == nil {
		n++
	}
	return n
}

func TestABudgetLetsPassItsRateAndNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(5)
		if n := calls(b, ToHold, time.Minute); n < 50+299 || n > 50+301 {
			t.Errorf("%d calls in a minute at 5 a second with a bucket of 50", n)
		}
		if n := calls(b, ToHold, time.Minute); n < 299 || n > 301 {
			t.Errorf("%d calls in the next minute", n)
		}
	})
}

func TestReturnsGoBeforeReadsAndReadsBeforeLaunches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(4) // a bucket of 40
		if n := calls(b, ToLaunch, time.Millisecond); n != 20 {
			t.Errorf("%d launches, want half of the bucket", n)
		}
		if n := calls(b, ToRead, time.Millisecond); n != 10 {
			t.Errorf("%d reads, want a quarter", n)
		}
		if n := calls(b, ToReturn, time.Millisecond); n != 9 {
			t.Errorf("%d returns, want what is left, but for one", n)
		}
		// While returns and launches both wait, only returns go.
		launched := make(chan int)
		go func() { launched <- calls(b, ToLaunch, time.Minute) }()
		returned := calls(b, ToReturn, time.Minute)
		if n := <-launched; n != 0 || returned < 230 {
			t.Errorf("%d launches went while %d returns did", n, returned)
		}
	})
}

// TestALeaseIsRenewedWhileThousandsOfReturnsWait: who loses it in the midst of an evacuation returns nothing more.
func TestALeaseIsRenewedWhileThousandsOfReturnsWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(5)
		ctx, cancel := context.WithCancel(t.Context())
		for range 300 {
			go func() {
				b.Take(For(ctx, ToReturn))
			}()
		}
		time.Sleep(10 * time.Second)
		for n := range 10 {
			begin := time.Now()
			if err := b.Take(For(ctx, ToHold)); err != nil || time.Since(begin) > 500*time.Millisecond {
				t.Errorf("renewal %d waits for %s, %v", n, time.Since(begin), err)
			}
			time.Sleep(3 * time.Second)
		}
		cancel()
	})
}

func TestTooManyCallsHalveTheRateOnceASecondAndItRecoversWithinAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(8)
		for range 10 {
			b.Throttled() // answers to calls that were under way together
		}
		if now, full := b.Rate(); now != 4 || full != 8 {
			t.Errorf("the rate is %g of %g, want half", now, full)
		}
		for range 20 {
			time.Sleep(time.Second)
			b.Throttled()
		}
		if now, _ := b.Rate(); now < 8*leastRate || now > 0.4 {
			t.Errorf("the rate is %g after twenty seconds of throttling", now)
		}
		time.Sleep(time.Minute)
		if now, _ := b.Rate(); now != 8 {
			t.Errorf("a minute later the rate is %g", now)
		}
	})
}

func TestWhoWaitsForATokenIsLetGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(0.01)
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		for err := error(nil); err == nil; {
			err = b.Take(ctx)
			if err != nil && !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		}
	})
}

// An evacuation of thousands of groups takes every call for many minutes. What it does can be seen all the same, and it is a quarter
// slower for that at most.
func TestReadsGoOnWhileThousandsOfReturnsWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(5)
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
		defer cancel()
		var returned atomic.Int64
		for range 16 {
			go func() {
				for b.Take(For(ctx, ToReturn)) == nil {
					returned.Add(1)
				}
			}()
		}
		time.Sleep(time.Minute) // the bucket is empty
		before, began := returned.Load(), time.Now()
		for range 42 { // a look at 3,000 groups and 12,000 instances
			if err := b.Take(ctx); err != nil {
				t.Fatal(err)
			}
		}
		took := time.Since(began)
		if took > lateMost*3/4 {
			t.Errorf("a look of 42 calls took %s: what comes later than %s is not believed", took, lateMost)
		}
		if n := float64(returned.Load()-before) / took.Seconds(); n < 5*0.7 {
			t.Errorf("%.1f returns a second beside it, want almost four", n)
		}
		cancel()
		synctest.Wait()
	})
}
