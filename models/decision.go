package models

import "math"

// NoLimit is a Keep that ends nothing.
const NoLimit int32 = math.MaxInt32

// Decision is where a policy wants to be: absolute targets by cell, with reasons. Saying it twice does no harm.
type Decision struct {
	// Target is how many instances to hold: on order, booting, idle or busy. What is beyond it yields when idle.
	Target []int32
	// Keep is how many may still be there after the notice. What is beyond it yields by the deadline.
	Keep []int32
	// Cause is the stage that had the last word on Target.
	Cause []Cause
	// KeepCause is the stage that had the last word on Keep.
	KeepCause []Cause
	// Trail is filled where it is not nil.
	Trail *Trail
}

// NewDecision returns a decision for so many cells that borrows nothing and ends nothing by force.
func NewDecision(cells int) *Decision {
	d := &Decision{Target: make([]int32, cells), Keep: make([]int32, cells), Cause: make([]Cause, cells), KeepCause: make([]Cause, cells)}
	d.Reset()
	return d
}

// Reset makes the decision borrow nothing and end nothing by force.
func (d *Decision) Reset() {
	clear(d.Target)
	clear(d.Cause)
	clear(d.KeepCause)
	for i := range d.Keep {
		d.Keep[i] = NoLimit
	}
}

// Trail is how a decision came about: a table of stage by cell, rows in the order in which the stages spoke.
type Trail struct {
	Stages []Cause
	Target [][]int32 // by stage, by cell: the target after the stage
	Keep   [][]int32 // by stage, by cell
	Demand []float64 // by stage: slots of demand after the stage
}

// OrderKind is what an order asks of the world.
type OrderKind uint8

// The kinds of orders.
const (
	Launch        OrderKind = iota // hold more: keep what was to yield when idle, launch the rest
	YieldWhenIdle                  // take no new job, end with the one it has
	YieldByNotice                  // end by now + notice
)

// Order is a wish. What became of it comes back as events.
type Order struct {
	Pool     PoolID
	Borrower BorrowerID
	Kind     OrderKind
	Cause    Cause
	N        int32
}
