package drive

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"trough.internal/cmd/trough-live/journal"
	"trough.internal/models"
	"trough.internal/policies"
)

// replay goes through a journal as the driver went: the same events into a market, the same observations to a policy of the same
// settings and memory.
type replay struct {
	head   head
	driver *Driver // its market, policy and observation; it reads nothing and acts on nothing
	limits policies.Limits
	cycles int64
	cloud  []json.RawMessage // what a custodian remembered, since the head
	last   Given             // the last cycle's orders, if any were given
}

// begin takes a segment's head, which has all that was known before.
func (r *replay) begin(content []byte) error {
	var h head
	if err := strictJSON(content, &h); err != nil {
		return fmt.Errorf("its head cannot be read: %w", err)
	}
	if h.Format != formatVersion {
		return fmt.Errorf("its format is %d: expected %d", h.Format, formatVersion)
	}
	for _, words := range [...][2][]string{{h.Kinds, models.KindNames()}, {h.States, models.StateNames()}, {h.Causes, models.CauseNames()}} {
		if len(words[0]) > len(words[1]) || !slices.Equal(words[0], words[1][:len(words[0])]) {
			return fmt.Errorf("it was written by a build that numbers its words otherwise: %q, here %q", words[0], words[1])
		}
	}
	for i := range h.Pools {
		if p := &h.Pools[i]; p.Kind != models.Surplus && p.Kind != models.Base || i > 0 && p.Kind == models.Surplus && h.Pools[i-1].Kind != models.Surplus ||
			p.Speed <= 0 || p.Slots < 0 {
			return fmt.Errorf("its pool %d, %s, has kind %d, speed %d and %d slots: expected pools to borrow from and then base fleets, and a speed above 0", i, p.Name(), p.Kind, p.Speed, p.Slots)
		}
	}
	set, err := policies.Parse("policy", []byte(h.Policy))
	if err != nil {
		return err
	}
	d, err := New(Setup{Pools: h.Pools, Borrowers: h.Borrowers, Policy: set, Safety: DefaultSafety(), Clock: stopped(h.Now)})
	if err != nil {
		return err
	}
	if err := h.restore(d); err != nil {
		return err
	}
	r.head, r.driver, r.limits, r.cloud, r.last = h, d, d.policy.Limits(), nil, Given{}
	if h.Cloud != nil {
		r.cloud = append(r.cloud, h.Cloud)
	}
	return nil
}

// restore brings a driver of the same pools and borrowers to where the head says.
func (h *head) restore(d *Driver) error {
	m := d.market
	cells := len(m.Pools) * len(m.Borrowers)
	fits := len(h.Reserved) == len(m.Pools) && len(h.InUse) == len(m.Pools) && len(h.AsOf) == m.Lendable && len(h.Count) == len(m.Count) &&
		len(h.Queued) == len(m.Queued) && len(h.QueuedWork) == len(m.QueuedWork) && len(h.Evacuating) == len(m.Evacuating) &&
		len(h.Switched) == len(m.Evacuating) && len(h.Workload) == len(m.Borrowers)
	for s := range h.Count {
		fits = fits && len(h.Count[s]) == cells
	}
	if !fits {
		return fmt.Errorf("its head does not fit its %d pools and %d borrowers", len(m.Pools), len(m.Borrowers))
	}
	for _, column := range append([][]int32{h.Queued, h.Reserved}, h.Count...) {
		for _, n := range column {
			if n < 0 || n > countMost {
				return fmt.Errorf("its head counts %d instances or jobs: expected 0 to %d", n, countMost)
			}
		}
	}
	for _, n := range h.InUse {
		if (n < 0 || n > countMost) && n != models.Unknown {
			return fmt.Errorf("its head has %d instances in use: expected 0 to %d, or %d for what is not known", n, countMost, models.Unknown)
		}
	}
	m.Now = h.Now
	copy(m.Reserved, h.Reserved)
	copy(m.InUse, h.InUse)
	for s := range m.Count {
		copy(m.Count[s], h.Count[s])
	}
	copy(m.Queued[:], h.Queued)
	copy(m.QueuedWork[:], h.QueuedWork)
	copy(m.Evacuating, h.Evacuating)
	copy(d.safety.switched, h.Switched)
	copy(d.obs.AsOf, h.AsOf)
	copy(d.obs.Workload, h.Workload)
	d.cycle, d.cursor = h.Cycle-1, h.Cursor
	return d.policy.Restore(h.Memory)
}

// countMost is more than any market has of anything, and leaves room to add.
const countMost = 1 << 28

// cycle takes the next cycle and decides it again. What it returns is valid until the next.
func (r *replay) cycle(content []byte) (*record, *Cycle, error) {
	rec, c, err := r.observe(content)
	if err == nil {
		r.driver.policy.Decide(c.Obs, c.Decided)
	}
	return rec, c, err
}

// resume takes the next cycle, and keeps the orders that it gave.
func (r *replay) resume(content []byte) error {
	rec, c, err := r.cycle(content)
	if err != nil {
		return err
	}
	r.last = Given{}
	if rec.Withheld || r.head.Mode == Shadow.String() {
		return nil
	}
	r.last = Given{Cycle: rec.Cycle, At: rec.Now}
	r.last.Orders, err = ordersFrom(rec.Orders, c.Obs)
	return err
}

// observe takes the next cycle's events and observation, and decides nothing.
func (r *replay) observe(content []byte) (*record, *Cycle, error) {
	var rec record
	if err := strictJSON(content, &rec); err != nil {
		return nil, nil, fmt.Errorf("it cannot be read: %w", err)
	}
	d := r.driver
	m := d.market
	r.cycles++
	events := make([]models.Event, 0, len(rec.Events))
	if rec.Cloud != nil {
		r.cloud = append(r.cloud, rec.Cloud)
	}
	for i, row := range rec.Events {
		e := eventOf(row)
		if eventRow(&e) != row {
			return nil, nil, fmt.Errorf("event %d has a number out of range: %v", i, row)
		}
		if e.Kind == models.OwnersChanged {
			if e.Pool < 0 || int(e.Pool) >= len(m.Pools) {
				return nil, nil, fmt.Errorf("event %d is of pool %d: expected one of %d", i, e.Pool, len(m.Pools))
			}
			if e.N < 0 || e.N > countMost || (e.M < 0 || e.M > countMost) && e.M != models.Unknown {
				return nil, nil, fmt.Errorf("event %d has %d reserved and %d in use: expected 0 to %d", i, e.N, e.M, countMost)
			}
		} else if err := fits(m, &e); err != nil {
			return nil, nil, fmt.Errorf("event %d does not fit the books: %w", i, err)
		}
		m.Apply(&e)
		events = append(events, e)
	}
	d.cycle, d.cursor, d.obs.Now = rec.Cycle, rec.Cursor, rec.Now
	cells := d.obs.Cells()
	if len(rec.AsOf) != m.Lendable || len(rec.Workload) != len(m.Borrowers) || len(rec.Switched) != len(m.Regions) ||
		!fill(d.obs.Launched, rec.Launched) || !fill(d.obs.Refused, rec.Refused) {
		return nil, nil, fmt.Errorf("its observation does not fit %d pools and %d borrowers", m.Lendable, len(m.Borrowers))
	}
	copy(d.obs.AsOf, rec.AsOf)
	copy(d.obs.Workload, rec.Workload)
	copy(d.safety.switched, rec.Switched)
	c := &Cycle{Number: rec.Cycle, Now: rec.Now, Events: events, Obs: &d.obs, Decided: models.NewDecision(cells)}
	c.Decided.Trail = new(models.Trail)
	return &rec, c, nil
}

func fill(column []int32, rows [][2]int32) bool {
	clear(column)
	for _, row := range rows {
		if row[0] < 0 || int(row[0]) >= len(column) {
			return false
		}
		column[row[0]] = row[1]
	}
	return true
}

// Resume makes a driver that goes on where a journal ends, and says what it could not take over. Orders of the last cycle are not
// given again: the cloud says what became of them, and the next cycle wants what is missing. A custodian is told of them, so that it does
// not take what is not described yet for what was not done.
func Resume(s Setup, folder journal.Folder) (*Driver, []string, error) {
	d, err := New(s)
	if err != nil {
		return nil, nil, err
	}
	var r replay
	_, err = journal.ReadLast(folder, func(rec journal.Record) error {
		var err error
		if rec.Index == 0 {
			err = r.begin(rec.Content)
		} else {
			err = r.resume(rec.Content)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", rec.Place(), err)
		}
		return nil
	})
	if err != nil || r.driver == nil {
		return d, nil, err
	}
	if !slices.EqualFunc(r.head.Pools, s.Pools, func(a, b models.Pool) bool { return a.Name() == b.Name() && a.Kind == b.Kind }) ||
		!slices.Equal(r.head.Borrowers, s.Borrowers) {
		return nil, nil, fmt.Errorf("the journal is of other pools or borrowers: expected %d pools such as %s: begin another journal", len(r.head.Pools), r.head.Pools[0].Name())
	}
	if now, last := s.Clock.Now(), r.driver.obs.Now; last.Sub(now) > s.Safety.ClockStep {
		return nil, nil, fmt.Errorf("the journal's last evaluation is of %s, and it is %s: expected a later time: set the clock, or begin another journal", last, now)
	}
	notes := d.takeOver(&r)
	return d, notes, d.recall(r.cloud, r.last)
}

func (d *Driver) takeOver(r *replay) (notes []string) {
	h, from := r.head, r.driver
	memory, err := from.policy.Snapshot()
	if err == nil {
		h.Memory = memory
	}
	m := from.market
	h.Cycle, h.Cursor, h.Now = from.cycle+1, from.cursor, m.Now
	h.Reserved, h.InUse, h.AsOf, h.Evacuating, h.Switched = m.Reserved, m.InUse, from.obs.AsOf, m.Evacuating, from.safety.switched
	h.Queued, h.QueuedWork, h.Workload = m.Queued[:], m.QueuedWork[:], from.obs.Workload
	h.Count = nil
	for s := range m.Count {
		h.Count = append(h.Count, m.Count[s])
	}
	if err := h.restore(d); err != nil {
		notes = append(notes, fmt.Sprintf("the policy does not take over the memory of the one before, and begins anew: %v", err))
	}
	return notes
}

// stopped is a clock that stands still.
type stopped models.Instant

func (s stopped) Now() models.Instant   { return models.Instant(s) }
func (s stopped) Passed() time.Duration { return 0 }

func strictJSON(content []byte, into any) error {
	reader := json.NewDecoder(bytes.NewReader(content))
	reader.DisallowUnknownFields()
	return reader.Decode(into)
}
