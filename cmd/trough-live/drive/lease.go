package drive

import (
	"context"
	"errors"
)

// Lease says that this driver may act, and no other. A driver without a lease decides and writes down, so that it knows the market
// when it takes over, and acts on nothing.
type Lease interface {
	// Held returns the lease's epoch, which is larger after every take-over, and a channel that is closed where it may be
	// another's. An error says why this driver does not hold it.
	Held() (epoch int64, lost <-chan struct{}, err error)
}

// unshared is the lease of a driver that nobody shares its instances with.
type unshared struct{}

func (unshared) Held() (int64, <-chan struct{}, error) { return 0, nil, nil }

type fenceKey struct{}

// fence is the right under which orders are given.
type fence struct {
	lease Lease
	epoch int64
}

// Fence is for a cloud, of the context of Act: the epoch under which the orders are given, 0 where there is no lease, and an error
// where that has ended. A cloud asks before each of its calls, makes the epoch part of client tokens, and writes it onto what it
// launches: what was ordered under an old one can then be told from what its successor ordered.
func Fence(ctx context.Context) (epoch int64, err error) {
	f, ok := ctx.Value(fenceKey{}).(fence)
	if !ok {
		return 0, nil
	}
	epoch, _, err = f.lease.Held()
	if err == nil && epoch != f.epoch {
		err = errTaken
	}
	return f.epoch, err
}

var errTaken = errors.New("the lease has been another driver's since the orders were decided")

// fenced is a context that ends with the epoch. Whoever gets it calls the function when it is done.
func fenced(ctx context.Context, lease Lease, epoch int64) (context.Context, context.CancelFunc, error) {
	now, lost, err := lease.Held()
	if err == nil && now != epoch {
		err = errTaken
	}
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithCancel(context.WithValue(ctx, fenceKey{}, fence{lease, epoch}))
	if lost == nil {
		return ctx, cancel, nil
	}
	go func() {
		select {
		case <-lost:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel, nil
}

// readLease asks for the lease. Who has just taken over begins as one who has just started.
func (d *Driver) readLease(c *Cycle) {
	epoch, _, err := d.setup.Lease.Held()
	if err != nil {
		c.Withheld = true
		c.note("the lease is not held, so that nothing is done: %v", err)
		return
	}
	if c.facts.epoch = epoch; epoch != d.safety.epoch {
		d.safety.epoch = epoch
		d.safety.turns, d.safety.tokens = 0, 0
	}
}
