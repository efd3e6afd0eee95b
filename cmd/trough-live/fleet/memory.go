package fleet

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"trough.internal/models"
)

// memory is what a journal keeps of a ledger: all of it, or what has changed since the last.
type memory struct {
	Whole   bool                `json:"whole,omitempty"`
	Next    models.InstanceID   `json:"next"`
	Step    int64               `json:"step"`
	Rows    []*Instance         `json:"rows,omitempty"`
	Gone    []models.InstanceID `json:"gone,omitempty"`
	Pools   []backoff           `json:"pools,omitempty"` // where any was refused
	Sizes   []size              `json:"sizes,omitempty"` // of groups of which there is something to know
	Cursor  int64               `json:"cursor"`
	Pending []models.Event      `json:"pending,omitempty"` // after the cursor, which no record has
}

// size is what is known of a group beside its description.
type size struct {
	Cell      int            `json:"cell"`
	Before    int32          `json:"before,omitempty"` // see cell; only a while after it was written
	Wrote     int32          `json:"wrote,omitempty"`
	WroteAt   models.Instant `json:"at,omitempty"`
	Withdrawn int32          `json:"withdrawn,omitempty"`
	Lower     int32          `json:"lower,omitempty"` // what its size is without those
	Foreign   string         `json:"foreign,omitempty"`
}

// knownSizes are those of which there is something to know.
func (l *Ledger) knownSizes() (list []size) {
	for c := range l.cells {
		own := &l.cells[c]
		s := size{Cell: c, Withdrawn: own.withdrawn, Foreign: own.foreign}
		if own.withdrawn > 0 {
			s.Lower = own.lowered()
		}
		if l.at.Sub(own.wroteAt) < settle {
			s.Before, s.Wrote, s.WroteAt = own.before, own.wrote, own.wroteAt
		}
		if s != (size{Cell: c}) {
			list = append(list, s)
		}
	}
	return list
}

// recall takes what was known. It may be that the group has been told of what was withdrawn since.
func (own *cell) recall(s *size) {
	own.foreign, own.withdrawn = s.Foreign, s.Withdrawn
	if s.Withdrawn > 0 {
		own.unsure = &Call{Desired: s.Lower, backs: s.Withdrawn}
	}
	if s.WroteAt != 0 {
		own.before, own.wrote, own.wroteAt = s.Before, s.Wrote, s.WroteAt
	}
}

// Remember is what a journal is to keep that has the events before a cursor: all that is known, or what has changed since it was asked
// last; nil if nothing has.
func (l *Ledger) Remember(cursor int64, whole bool) (json.RawMessage, error) {
	m := memory{Whole: whole, Next: l.next, Step: l.step, Cursor: cursor, Pending: l.out[cursor-l.base:]}
	if whole {
		for c := range l.cells {
			m.Rows = append(m.Rows, l.cells[c].list...)
		}
	} else {
		for _, n := range slices.Sorted(maps.Keys(l.changed)) {
			m.Rows = append(m.Rows, l.changed[n])
		}
		m.Gone = l.gone
	}
	if slices.ContainsFunc(l.pool, func(b backoff) bool { return b.Times > 0 }) {
		m.Pools = l.pool
	}
	m.Sizes = l.knownSizes()
	same := slices.Equal(m.Sizes, l.sizes)
	clear(l.changed)
	l.gone, l.sizes = nil, m.Sizes
	if !whole && same && len(m.Rows)+len(m.Gone)+len(m.Pending) == 0 {
		return nil, nil
	}
	return json.Marshal(&m)
}

// Recall takes what was remembered, in order, up to the events before a cursor.
func (l *Ledger) Recall(cursor int64, memories []json.RawMessage) error {
	rows := map[models.InstanceID]*Instance{}
	var pending []models.Event
	var sizes []size
	for _, text := range memories {
		var m memory
		if err := json.Unmarshal(text, &m); err != nil {
			return fmt.Errorf("what the journal says of the fleet: %w", err)
		}
		if m.Whole {
			clear(rows)
		}
		for _, r := range m.Rows {
			if r == nil {
				return errors.New("what the journal says of the fleet: an instance is null")
			}
			if r.Cell < 0 || r.Cell >= len(l.cells) || r.State <= models.Absent || r.State >= models.States || r.Class >= models.Classes {
				return fmt.Errorf("what the journal says of the fleet: an instance of cell %d: expected one of %d", r.Cell, len(l.cells))
			}
			rows[r.Number] = r
		}
		for _, n := range m.Gone {
			delete(rows, n)
		}
		for i := range m.Sizes {
			if c := m.Sizes[i].Cell; c < 0 || c >= len(l.cells) {
				return fmt.Errorf("what the journal says of the fleet: a group of cell %d: expected one of %d", c, len(l.cells))
			}
		}
		l.next, l.step, sizes = m.Next, m.Step, m.Sizes
		pending = m.Pending[min(max(0, cursor-m.Cursor), int64(len(m.Pending))):] // later records may have the first of them
		if len(m.Pools) == len(l.pool) {
			copy(l.pool, m.Pools)
		}
	}
	for _, n := range slices.Sorted(maps.Keys(rows)) {
		r := rows[n]
		l.cells[r.Cell].list = append(l.cells[r.Cell].list, r)
		if r.ID != "" {
			l.byID[r.ID] = r
		}
	}
	for i := range sizes {
		l.cells[sizes[i].Cell].recall(&sizes[i])
	}
	l.base, l.out, l.sizes = cursor, pending, sizes
	return nil
}
