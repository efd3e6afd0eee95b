package drive

import (
	"context"
	"errors"
	"time"

	"trough.internal/models"
)

// act hands out a cycle's orders, pool by pool: what ends instances first, as Plan has it. A pool whose orders of an earlier cycle
// are still being carried out is passed over, and holds up no other one; after one that does not answer in time, no other one of its
// region is waited for.
func (d *Driver) act(ctx context.Context, c *Cycle) {
	c.Acted = true
	if d.setup.Mode == Shadow || c.Withheld {
		return
	}
	until := time.Now().Add(d.policy.Every() / 2)
	late := make([]bool, len(d.market.Regions))
	for orders := c.Orders; len(orders) > 0; {
		n := SamePool(orders)
		own := orders[:n:n]
		orders = orders[n:]
		pool := own[0].Pool
		if d.acts[pool].pending != nil && !d.acts[pool].answered() {
			c.note("pool %s: orders of an earlier cycle are still being carried out: these are left out", d.market.Pools[pool].Name())
			continue
		}
		region := d.market.Region(pool)
		_, err := d.acts[pool].Do(ctx, d.patience(late[region], until), func(ctx context.Context) (struct{}, error) {
			ctx, done, err := fenced(ctx, d.setup.Lease, c.facts.epoch)
			if err != nil {
				return struct{}{}, err
			}
			defer done()
			return struct{}{}, d.setup.Cloud.Act(ctx, c.Number, own)
		})
		if err != nil {
			c.note("pool %s: %v", d.market.Pools[pool].Name(), err)
		}
		late[region] = late[region] || errors.Is(err, errLate)
	}
	d.tend(ctx, c, late, until)
}

// patience is how long something of a region is waited for: where another has not been answered in time, not at all.
func (d *Driver) patience(late bool, until time.Time) time.Duration {
	if late {
		return 0
	}
	return max(0, min(d.setup.Patience, time.Until(until)))
}

// answered takes a late answer that has come, so that the question can be asked again.
func (a *Ask[T]) answered() bool {
	select {
	case <-a.pending:
		a.pending = nil
		return true
	default:
		return false
	}
}

// SamePool is how many of the first orders are of one pool and do one thing.
func SamePool(orders []models.Order) int {
	n := 1
	for n < len(orders) && orders[n].Pool == orders[0].Pool && (orders[n].Kind == models.Launch) == (orders[0].Kind == models.Launch) {
		n++
	}
	return n
}

// DryRun is a cloud in which nothing happens: its orders are printed and journaled, and no more.
type DryRun struct{}

// Act does nothing.
func (DryRun) Act(context.Context, int64, []models.Order) error { return nil }

// Since returns nothing.
func (DryRun) Since(_ context.Context, cursor int64) ([]models.Event, int64, error) {
	return nil, cursor, nil
}

var orderNames = [...]string{models.Launch: "launch", models.YieldWhenIdle: "yield-when-idle", models.YieldByNotice: "yield-by-notice"}

// OrderName is the kind of an order as logs and metrics write it.
func OrderName(kind models.OrderKind) string { return orderNames[kind] }
