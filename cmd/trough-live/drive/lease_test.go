package drive

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"trough.internal/models"
)

// leased is a lease that tests give and take.
type leased struct {
	epoch int64
	lost  chan struct{}
}

func (l *leased) Held() (int64, <-chan struct{}, error) {
	if l.epoch == 0 {
		return 0, nil, errors.New("another has it")
	}
	return l.epoch, l.lost, nil
}

func (l *leased) give(epoch int64) { l.epoch, l.lost = epoch, make(chan struct{}) }

func (l *leased) take() {
	l.epoch = 0
	close(l.lost)
}

func TestWhoDoesNotHoldTheLeaseDecidesAndActsOnNothing(t *testing.T) {
	w, l := newWorld(), new(leased)
	setup := w.setup(t, DefaultSafety())
	setup.Lease = l
	d, err := New(setup)
	if err != nil {
		t.Fatal(err)
	}
	c := w.minutes(d, 6)
	if len(w.acts) > 0 || len(c.Orders) == 0 || !c.Withheld || !slices.ContainsFunc(c.Notes, func(n string) bool { return strings.Contains(n, "another has it") }) {
		t.Errorf("%d orders were given, of %+v, notes %q", len(w.acts), c.Orders, c.Notes)
	}
	l.give(7)
	if c = w.minutes(d, 1); len(c.Orders) > 0 || len(w.acts) > 0 {
		t.Errorf("whoever takes over waits for one evaluation: what its predecessor ordered may not be seen yet: %+v", c.Orders)
	}
	if c = w.minutes(d, 2); c.Withheld || w.total() == 0 {
		t.Errorf("it holds the lease: %s, notes %q", w, c.Notes)
	}
	held := w.total()
	l.take()
	w.inUse = []int32{97, 97} // an overdraft, which is the holder's to return
	if c = w.minutes(d, 2); w.total() != held || !c.Acted || !c.Withheld {
		t.Errorf("the lease is lost: %s", w)
	}
	if v, err := Verify(w.folder()); err != nil || v.First != nil || v.Cycles != 11 {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestATakeOverBeginsWithAnEmptyBudget(t *testing.T) {
	w, l := newWorld(), new(leased)
	safety := DefaultSafety()
	safety.LaunchesPerHour = 60
	setup := w.setup(t, safety)
	setup.Lease = l
	d, err := New(setup)
	if err != nil {
		t.Fatal(err)
	}
	w.demand = 0
	l.give(1)
	w.minutes(d, 10) // which fill it
	l.give(2)
	w.minutes(d, 1)
	w.demand = 1000
	if w.minutes(d, 2); w.total() > 3 {
		t.Errorf("%s, three minutes after the take-over, at one launch a minute", w)
	}
}

// waiting is a cloud that is told of the end of its right while it waits for an answer.
type waiting struct {
	*world
	lease  *leased
	epochs []int64
	after  []error
	ended  bool
}

func (c *waiting) Act(ctx context.Context, cycle int64, orders []models.Order) error {
	epoch, err := Fence(ctx)
	if err != nil {
		return err
	}
	c.epochs = append(c.epochs, epoch)
	if !c.ended {
		return c.world.Act(ctx, cycle, orders)
	}
	c.lease.take()
	c.lease.give(epoch + 1) // even its own next one is another right
	<-ctx.Done()
	_, err = Fence(ctx)
	c.after = append(c.after, err)
	return ctx.Err()
}

func TestAnOrderOnItsWayEndsWithTheEpoch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, l := newWorld(), new(leased)
		l.give(3)
		setup := w.setup(t, DefaultSafety())
		cloud := &waiting{world: w, lease: l}
		setup.Lease, setup.Cloud = l, cloud
		d, err := New(setup)
		if err != nil {
			t.Fatal(err)
		}
		w.minutes(d, 6)
		if w.total() == 0 || slices.ContainsFunc(cloud.epochs, func(e int64) bool { return e != 3 }) {
			t.Fatalf("%s, epochs %v", w, cloud.epochs)
		}
		w.inUse = []int32{97, 97}
		cloud.ended = true
		begun := time.Now()
		c := w.minutes(d, 1)
		if len(cloud.after) != 1 || cloud.after[0] == nil || time.Since(begun) > time.Second {
			t.Errorf("of two pools, one was on its way and the other is not begun: %v", cloud.after)
		}
		if !slices.ContainsFunc(c.Notes, func(n string) bool { return strings.Contains(n, errTaken.Error()) }) {
			t.Errorf("notes %q", c.Notes)
		}
	})
}
