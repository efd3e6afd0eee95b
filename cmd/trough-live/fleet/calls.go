package fleet

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"trough.internal/models"
)

// CallKind is what a call does.
type CallKind uint8

// The kinds of calls.
const (
	SetDesired CallKind = iota // of a group
	RunInstances
	Terminate      // in a group, whose desired capacity is lowered by as many
	TerminateAlone // of what is in no group
	TellYield      // by tag
	TellStay       // takes the tag away
	Label          // tags of epoch and cycle
	Renew          // tag of until when it may run
)

var callNames = [...]string{"SetDesiredCapacity", "RunInstances", "TerminateInstanceInAutoScalingGroup", "TerminateInstances", "CreateTags", "DeleteTags", "CreateTags", "CreateTags"}

// Call is a change that is to be made, as a value.
type Call struct {
	Kind    CallKind
	Cell    int
	Place   Place
	IDs     []string
	Desired int32  // of SetDesired: the size
	Adds    int32  // of SetDesired: by how many it grows, of RunInstances: how many at most
	Yield   string // of TellYield: the tag's value
	Cycle   int64
	Until   models.Instant // of RunInstances, Label and Renew: until when the instances run without a driver; 0: for ever
	Token   string         // of RunInstances: the same call gives the same instances

	cause    models.Cause
	deadline models.Instant
	rows     []*Instance
	backs    int32 // of SetDesired: how much of what was withdrawn it tells
}

// Returns says whether the call gives something back. Tags count so, too: they are few, and what waits for a call of theirs is the next
// evaluation's returns.
func (c *Call) Returns() bool { return c.Kind != RunInstances && (c.Kind != SetDesired || c.Adds == 0) }

// String is the call as a plan prints it.
func (c *Call) String() string {
	name := callNames[c.Kind]
	switch c.Kind {
	case SetDesired:
		return fmt.Sprintf("%s %s %d", name, c.Place.Group, c.Desired)
	case RunInstances:
		return fmt.Sprintf("%s 1 to %d", name, c.Adds)
	case TellYield:
		return fmt.Sprintf("%s %s=%s %s", name, TagYield, c.Yield, strings.Join(c.IDs, " "))
	case TellStay:
		return fmt.Sprintf("%s %s %s", name, TagYield, strings.Join(c.IDs, " "))
	case Label:
		return fmt.Sprintf("%s %s=%d %s", name, TagCycle, c.Cycle, strings.Join(c.IDs, " "))
	case Renew:
		return fmt.Sprintf("%s %s=%s %s", name, TagUntil, c.Until, strings.Join(c.IDs, " "))
	}
	return fmt.Sprintf("%s %s %s", name, c.Place.Group, strings.Join(c.IDs, " "))
}

// What Amazon takes in one call.
const (
	terminateMost = 100  // TerminateInstanceInAutoScalingGroup
	IDsMost       = 1000 // TerminateInstances, CreateTags
)

// Calls are what carries out orders of one pool, all of which end instances or all of which launch. Orders of a cycle that were
// heard already give none. What EC2 is asked for is on order from now on: it may be seen before its answer comes, or without one. An
// error says what cannot be done, and leaves the rest.
func (l *Ledger) Calls(now models.Instant, cycle int64, epoch int64, orders []models.Order) ([]Call, error) {
	var calls []Call
	var errs []error
	pickers := map[int]*picker{}
	launch := 0
	if orders[0].Kind == models.Launch {
		launch = 1
	}
	for b := range l.borrowers {
		c := int(orders[0].Pool)*len(l.borrowers) + b
		if l.cells[c].acted[launch] >= cycle && l.off != "twice" {
			return nil, nil
		}
		l.cells[c].acted[launch] = cycle
		pickers[c] = &picker{l: l, own: &l.cells[c], now: now, taken: map[*Instance]bool{}}
	}
	for _, o := range orders {
		c := int(o.Pool)*len(l.borrowers) + int(o.Borrower)
		made := &maker{l: l, picker: pickers[c], call: Call{Cell: c, Place: l.cells[c].place, Cycle: cycle, cause: o.Cause}, epoch: epoch}
		var err error
		if l.cells[c].foreign != "" && l.off != "foreign" {
			err = fmt.Errorf("group %s has instance %s without the driver's tags: nothing is done there", l.cells[c].place.Group, l.cells[c].foreign)
		} else {
			err = made.order(o)
		}
		calls = append(calls, made.calls...)
		errs = append(errs, err)
	}
	return calls, errors.Join(errs...)
}

// maker makes the calls of one order.
type maker struct {
	*picker
	l     *Ledger
	epoch int64
	call  Call // what all have in common
	calls []Call
}

func (m *maker) order(o models.Order) error {
	switch o.Kind {
	case models.Launch:
		kept, n := m.newest(models.Finishing, o.N)
		m.add(TellStay, kept, nil)
		return m.launch(n)
	case models.YieldWhenIdle:
		n := m.cancel(o.N)
		booting, n := m.newest(models.Booting, n)
		m.terminate(booting)
		idle, n := m.newest(models.Idle, n)
		busy, _ := m.busy(n)
		m.add(TellYield, append(idle, busy...), func(c *Call) { c.Yield = WhenIdle })
	case models.YieldByNotice:
		n := m.cancel(o.N)
		jobless, n := m.newest(models.Booting, n)
		idle, n := m.newest(models.Idle, n)
		busy, _ := m.working(n)
		for _, r := range idle {
			if r.Idle != 0 {
				jobless = append(jobless, r)
			} else { // Note: nobody says that it has no job
				busy = append(busy, r)
			}
		}
		m.terminate(jobless)
		deadline := m.now.Add(m.l.rules.Notice)
		m.add(TellYield, busy, func(c *Call) { c.Yield, c.deadline = deadline.UTC().Format(time.RFC3339), deadline })
	}
	return nil
}

// launch sets a group's size by value, or asks EC2.
func (m *maker) launch(n int32) error {
	own, l := m.own, m.l
	if n == 0 {
		return nil
	}
	if until := l.pool[m.call.Cell/len(l.borrowers)].Until; m.now < until && l.off != "backoff" {
		return fmt.Errorf("there was no capacity: nothing is launched until %s", until)
	}
	if own.place.Group == "" {
		var rows []*Instance
		for range n {
			rows = append(rows, l.order(m.now, m.call.Cell, m.call.Cycle, m.call.cause))
		}
		m.add(RunInstances, rows, func(c *Call) {
			c.Adds, c.Until, c.Token = n, l.until(m.now), token(l.name, m.epoch, l.cellName(c.Cell), c.Cycle)
		})
		return nil
	}
	switch {
	case own.wrong != "":
		return fmt.Errorf("group %s: %s: nothing is launched", own.place.Group, own.wrong)
	case !own.fresh && l.off != "fresh":
		return fmt.Errorf("group %s has not been described since it was last changed: nothing is launched", own.place.Group)
	}
	// What was withdrawn, and of which the group has not been told, is not launched beside what is.
	size := own.lowered()
	desired := min(size+n, own.group.Max)
	if adds := desired - size; adds > 0 {
		m.add(SetDesired, nil, func(c *Call) { c.Desired, c.Adds, c.backs = desired, adds, own.withdrawn })
	}
	if desired < size+n {
		return fmt.Errorf("group %s has a maximum of %d: %d of %d are not launched", own.place.Group, own.group.Max, size+n-max(desired, size), n)
	}
	return nil
}

// cancel withdraws up to n orders to launch, as far as the group has not carried them out, and says how many are left to end.
func (m *maker) cancel(n int32) int32 {
	own := m.own
	if own.place.Group == "" || !own.fresh && m.l.off != "fresh" {
		return n
	}
	most := own.group.Desired - m.cut - own.members()
	rows, _ := m.newest(models.OnOrder, max(0, min(n, most)))
	if len(rows) > 0 {
		m.cut += int32(len(rows))
		m.add(SetDesired, rows, func(c *Call) { c.Desired = own.group.Desired - m.cut })
	}
	return n - int32(len(rows))
}

// members are those that a group has not begun to end: its size is never set below, which would leave it to the group whom to end.
func (own *cell) members() (n int32) {
	for _, m := range own.group.Members {
		if !m.Ending {
			n++
		}
	}
	return n
}

func (m *maker) terminate(rows []*Instance) {
	if m.own.place.Group == "" {
		m.add(TerminateAlone, rows, nil)
		return
	}
	m.add(Terminate, rows, nil)
}

// add adds a call; one about instances, in parts of as many as Amazon takes, and none where there are none.
func (m *maker) add(kind CallKind, rows []*Instance, more func(*Call)) {
	if kind == SetDesired || kind == RunInstances {
		m.addOne(kind, rows, more)
		return
	}
	most := IDsMost
	if kind == Terminate {
		most = terminateMost
	}
	for part := range slices.Chunk(rows, most) {
		m.addOne(kind, part, more)
	}
}

func (m *maker) addOne(kind CallKind, rows []*Instance, more func(*Call)) {
	c := callAbout(rows, m.call)
	c.Kind = kind
	if more != nil {
		more(&c)
	}
	m.calls = append(m.calls, c)
}

// callAbout is a call about instances.
func callAbout(rows []*Instance, c Call) Call {
	c.rows = rows
	for _, r := range rows {
		if r.ID != "" {
			c.IDs = append(c.IDs, r.ID)
		}
	}
	return c
}
