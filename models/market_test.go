package models

import (
	"strings"
	"testing"
)

func twoPools() *Market {
	return NewMarket([]Pool{
		{Region: "us-east-1", Zone: "us-east-1a", Type: "r3.4xlarge"},
		{Region: "us-west-2", Zone: "us-west-2b", Type: "m3.xlarge"},
		{Region: "base", Zone: "base", Type: "r3.4xlarge", Kind: Base},
	}, []string{"encoding"})
}

func TestUnknownUseIsNoSurplus(t *testing.T) {
	m := twoPools()
	if n, known := m.Surplus(0); known || n != 0 {
		t.Errorf("nobody reported anything, and the surplus is %d", n)
	}
	m.Apply(&Event{Kind: OwnersChanged, Pool: 0, N: 10, M: 4})
	if n, known := m.Surplus(0); !known || n != 6 {
		t.Errorf("surplus %d, %t: expected 6", n, known)
	}
	m.Apply(&Event{Kind: OwnersChanged, Pool: 0, N: 10, M: Unknown})
	if _, known := m.Surplus(0); known {
		t.Error("in use is unknown again, the surplus is not")
	}
}

// borrow launches so many instances of pool 0, idle.
func borrow(m *Market, n int) {
	for range n {
		m.Apply(&Event{Kind: Ordered, To: OnOrder})
		m.Apply(&Event{Kind: Launched, From: OnOrder, To: Booting})
		m.Apply(&Event{Kind: Ready, From: Booting, To: Idle})
	}
}

func TestTheOwnersOwnOverdraftIsNotTheBorrowers(t *testing.T) {
	for _, c := range []struct {
		inUse, borrowed int
		want            int32
	}{
		{8, 2, 0},  // the reservation is just used up
		{9, 2, 1},  // one too many, and it is borrowed
		{12, 0, 0}, // two too many, all of them owners'
		{12, 3, 3}, // all that is borrowed is beyond the reservation
		{10, 3, 3},
	} {
		m := twoPools()
		m.Apply(&Event{Kind: OwnersChanged, Pool: 0, N: 10, M: int32(c.inUse)})
		borrow(m, c.borrowed)
		if got := m.Overdraft(0); got != c.want {
			t.Errorf("reserved 10, in use %d, borrowed %d: overdraft %d, expected %d", c.inUse, c.borrowed, got, c.want)
		}
	}
}

func TestLeavingAndFinishingInstancesCountAsBorrowedUntilGone(t *testing.T) {
	m := twoPools()
	borrow(m, 2)
	m.Apply(&Event{Kind: Arrived, N: 60})
	m.Apply(&Event{Kind: Started, From: Idle, To: Busy, N: 60})
	m.Apply(&Event{Kind: Draining, From: Busy, To: Finishing})
	m.Apply(&Event{Kind: Yielding, From: Idle, To: Leaving})
	if got := m.Borrowed(0); got != 2 {
		t.Errorf("borrowed %d, expected 2", got)
	}
	m.Apply(&Event{Kind: Gone, From: Leaving, To: Absent})
	if got := m.Borrowed(0); got != 1 {
		t.Errorf("borrowed %d, expected 1", got)
	}
	if m.Queued[High] != 0 || m.QueuedWork[High] != 0 {
		t.Errorf("the queue holds %d jobs, %d s", m.Queued[High], m.QueuedWork[High])
	}
}

func TestBooksThatDoNotBalancePanicWithTheEvent(t *testing.T) {
	for _, e := range []Event{
		{Kind: Gone, From: Idle, To: Absent},
		{Kind: Started, From: Idle, To: Busy, Job: 7},
		{},
	} {
		func() {
			defer func() {
				if r := recover(); r == nil || !strings.Contains(r.(string), "At:") {
					t.Errorf("%+v: recovered %v, expected a panic that holds the event", e, r)
				}
			}()
			twoPools().Apply(&e)
		}()
	}
}

func TestASwitchWithoutARegionIsForAll(t *testing.T) {
	m := twoPools()
	if len(m.Regions) != 2 || m.Lendable != 2 {
		t.Fatalf("regions %v, lendable %d: base fleets are not part of the market", m.Regions, m.Lendable)
	}
	m.Apply(&Event{Kind: Switched, N: 1, M: 1})
	if m.Evacuating[0] || !m.Evacuating[1] {
		t.Errorf("evacuating %v after us-west-2", m.Evacuating)
	}
	m.Apply(&Event{Kind: Switched, N: 1, M: -1})
	if !m.Evacuating[0] || !m.Evacuating[1] {
		t.Errorf("evacuating %v after all", m.Evacuating)
	}
}
