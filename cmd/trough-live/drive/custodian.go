package drive

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"trough.internal/models"
)

// Custodian is a Cloud that knows instances one by one, and carries on what was ordered in earlier cycles. A cloud of which orders and
// events are all need not be one.
type Custodian interface {
	Cloud
	// Notes are what people should know of what was seen last, one line each.
	Notes() []string
	// Tend carries on what earlier orders asked for in a region and was not done, such as to end what is past its deadline. It never
	// launches, and is asked after every cycle that may act, while Fence allows it; of several regions also at once.
	Tend(ctx context.Context, region string) error
	// Remember is what the journal keeps beside the events before a cursor: all that is known, or what has changed since the last
	// time; nil if nothing has.
	Remember(cursor int64, whole bool) (json.RawMessage, error)
	// Recall takes what was remembered, oldest first, into a cloud that knows nothing yet, and the last cycle's orders: nothing that was
	// remembered tells what became of them.
	Recall(cursor int64, memories []json.RawMessage, last Given) error
}

// Given are a cycle's orders that may have been carried out, all, in part or not at all.
type Given struct {
	Cycle  int64 // 0: there are none
	At     models.Instant
	Orders []models.Order
}

// tend lets a custodian work, after the orders, region by region. One that is still at it from an earlier cycle is not asked again, and
// neither that nor one that does not answer in time holds up another.
func (d *Driver) tend(ctx context.Context, c *Cycle, late []bool, until time.Time) {
	custodian, ok := d.setup.Cloud.(Custodian)
	if !ok {
		return
	}
	for r, region := range d.market.Regions {
		if d.tends[r].pending != nil && !d.tends[r].answered() {
			continue
		}
		_, err := d.tends[r].Do(ctx, d.patience(late[r], until), func(ctx context.Context) (struct{}, error) {
			ctx, done, err := fenced(ctx, d.setup.Lease, c.facts.epoch)
			if err != nil {
				return struct{}{}, err
			}
			defer done()
			return struct{}{}, custodian.Tend(ctx, region)
		})
		if err != nil {
			c.note("region %s: what was ordered before: %v", region, err)
		}
	}
}

// remember is what the journal keeps of the cloud.
func (d *Driver) remember(whole bool) (json.RawMessage, error) {
	if custodian, ok := d.setup.Cloud.(Custodian); ok {
		return custodian.Remember(d.cursor, whole)
	}
	return nil, nil
}

// recall gives a cloud what the journal has kept of it.
func (d *Driver) recall(memories []json.RawMessage, last Given) error {
	custodian, ok := d.setup.Cloud.(Custodian)
	if !ok {
		return nil
	}
	if err := custodian.Recall(d.cursor, memories, last); err != nil {
		return fmt.Errorf("the journal: %w", err)
	}
	return nil
}
