package aws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/cmd/trough-live/fleet"
	"trough.internal/models"
)

// Fleet is what a cloud is made of.
type Fleet struct {
	Name      string // of the driver: the tag trough:driver
	Pools     []models.Pool
	Borrowers []string
	Places    []fleet.Place // by market cell
	Templates []string      // by market cell: name of the launch template of what is in no group
	Rules     fleet.Rules
	Client    *Client
	Now       func() models.Instant
	Work      func() fleet.Work // what runs on instances, as was last said
	Sweep     bool              // what has left its group may be ended
	Patience  time.Duration     // that is had with a region that is described, so that the others do not wait for it; 0: any
}

// Cloud is drive.Cloud on Amazon: a fleet.Ledger whose looks are descriptions and whose calls are made.
type Cloud struct {
	Fleet
	cells map[string]int          // by group
	asks  []drive.Ask[*described] // by region; a look is one caller's at a time

	together together

	mu     sync.Mutex // of all below
	ledger *fleet.Ledger
	notes  []string // of the last look
}

// NewCloud makes a cloud that has not looked yet.
func NewCloud(f Fleet) *Cloud {
	c := &Cloud{Fleet: f, cells: map[string]int{}, ledger: fleet.New(f.Name, f.Pools, f.Borrowers, f.Places, f.Rules)}
	for cell, p := range f.Places {
		if p.Group != "" {
			c.cells[p.Group] = cell
		}
	}
	return c
}

// Since looks, and tells what has happened since a cursor. A region that cannot be looked at is as it was, and nothing is launched
// there; where none can, this is an error.
func (c *Cloud) Since(ctx context.Context, cursor int64) ([]models.Event, int64, error) {
	look, notes, err := c.look(ctx)
	if err != nil {
		return nil, cursor, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ledger.Take(look)
	c.notes = append(notes, c.ledger.Notes()...)
	if more := len(c.notes) - notesMost; more > 0 {
		c.notes = append(c.notes[:notesMost:notesMost], fmt.Sprintf("and %d more of the kind", more))
	}
	return c.ledger.Since(cursor)
}

// notesMost is how many notes one look has: what is wrong with one group of thousands is most likely wrong with all.
const notesMost = 20

// Act carries out orders. One call that fails holds up no other.
func (c *Cloud) Act(ctx context.Context, cycle int64, orders []models.Order) error {
	epoch, err := drive.Fence(ctx)
	if err != nil {
		return err
	}
	c.mu.Lock()
	calls, err := c.ledger.Calls(c.Now(), cycle, epoch, orders)
	c.mu.Unlock()
	return errors.Join(err, c.carryAll(ctx, calls))
}

// Plan is what Act would call, which it does not. It counts as ordered all the same: whoever plans does not act.
func (c *Cloud) Plan(cycle int64, orders []models.Order) ([]fleet.Call, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ledger.Calls(c.Now(), cycle, 0, orders)
}

// Tend carries on what was ordered before in a region.
func (c *Cloud) Tend(ctx context.Context, region string) error {
	c.mu.Lock()
	calls := c.ledger.Tend(c.Now(), region, c.Work(), c.Sweep)
	c.mu.Unlock()
	return c.carryAll(ctx, calls)
}

// Notes are what people should know of the last look.
func (c *Cloud) Notes() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.notes
}

// Remember is the ledger's memory.
func (c *Cloud) Remember(cursor int64, whole bool) (json.RawMessage, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ledger.Remember(cursor, whole)
}

// Recall takes what the ledger remembered, and the orders of which it does not know what became of them.
func (c *Cloud) Recall(cursor int64, memories []json.RawMessage, last drive.Given) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.ledger.Recall(cursor, memories); err != nil || last.Cycle == 0 {
		return err
	}
	var parts [][]models.Order
	for orders := last.Orders; len(orders) > 0; {
		n := drive.SamePool(orders)
		parts = append(parts, orders[:n])
		orders = orders[n:]
	}
	c.ledger.Presume(last.At, last.Cycle, parts)
	return nil
}

// Many calls are made side by side, since their number in a second is the budget's affair, and each takes its time to be answered.
const (
	manyCalls = 32
	atOnce    = 16
)

// carryAll carries out calls. Those of one pool and borrower stay in their order.
func (c *Cloud) carryAll(ctx context.Context, calls []fleet.Call) error {
	places := atOnce
	if len(calls) < manyCalls {
		places = 1
	}
	errs := make([]error, len(calls))
	turn := make(chan struct{}, places)
	for at, n := 0, 0; at < len(calls); at += n {
		n = 1
		for at+n < len(calls) && calls[at+n].Cell == calls[at].Cell {
			n++
		}
		own, wrong := calls[at:at+n], errs[at:at+n]
		turn <- struct{}{}
		go func() {
			defer func() { <-turn }()
			for i := range own {
				if err := c.carry(ctx, &own[i]); err != nil {
					wrong[i] = fmt.Errorf("%s: %w", own[i].String(), err)
				}
			}
		}()
	}
	for range places { // until all are done
		turn <- struct{}{}
	}
	return errors.Join(errs...)
}

// carry makes one call, and tells the ledger what became of it.
func (c *Cloud) carry(ctx context.Context, call *fleet.Call) error {
	epoch, err := drive.Fence(ctx)
	if err != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.ledger.Done(c.Now(), call, fleet.Nothing, nil)
		return err
	}
	purpose := ToLaunch
	if call.Returns() {
		purpose = ToReturn
	}
	ids, err := c.make(For(ctx, purpose), call, epoch)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ledger.Done(c.Now(), call, outcome(err), ids)
	return Wrong(err)
}

// outcome is what an error says of whether a call was carried out.
func outcome(err error) fleet.Outcome {
	var leftOut *LeftOutError
	switch {
	case err == nil:
		return fleet.Done
	case errors.As(err, &leftOut):
		return fleet.Nothing
	}
	switch ClassOf(err) {
	case Capacity:
		return fleet.Lacks
	case Quota:
		return fleet.Refused
	case Throttle, Auth, Validation:
		return fleet.Nothing
	}
	switch CodeOf(err) {
	case "ResourceContention", "ScalingActivityInProgress":
		return fleet.Nothing
	}
	return fleet.Lost
}
