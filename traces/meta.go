package traces

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"trough.internal/models"
)

// Meta is what a file says about itself.
type Meta struct {
	Hold   time.Duration  // of a capacity trace: for how long a row is trusted (file metadata hold_s); whole seconds
	Window time.Duration  // of a capacity trace: the length of its row groups (window_s); whole seconds, 0 is a day
	From   models.Instant // of a capacity trace: set by the reader, its first row
	Until  models.Instant // of a capacity trace: the first instant that it says nothing about (until); 0 is the last row + Hold

	Source   string // where the data come from
	Recorded string // what of it was recorded
	Assumed  string // what of it was assumed or made up

	Other map[string]string // anything else
}

// windowDefault is one UTC day.
const windowDefault = 24 * time.Hour

// Keys of file metadata. Those with a dot are this package's own.
const (
	keyHold     = "hold_s"
	keyWindow   = "window_s"
	keyUntil    = "until"
	keySource   = "source"
	keyRecorded = "recorded"
	keyAssumed  = "assumed"

	keyKind      = "trough.kind"
	keyFrom      = "trough.from"
	keyPools     = "trough.pools"
	keyBorrowers = "trough.borrowers"
	keyRegions   = "trough.regions"
	keyBlocks    = "trough.blocks"
	keyFooter    = "trough.footer"
)

type pair struct{ key, value string }

// pairs returns the metadata in the order in which files hold it.
func (m *Meta) pairs() ([]pair, error) {
	var list []pair
	add := func(key, value string) {
		if value != "" {
			list = append(list, pair{key, value})
		}
	}
	if m.Hold != 0 {
		add(keyHold, strconv.FormatInt(int64(m.Hold/time.Second), 10))
	}
	if m.Window != 0 {
		add(keyWindow, strconv.FormatInt(int64(m.Window/time.Second), 10))
	}
	if m.Until != 0 {
		add(keyUntil, m.Until.String())
	}
	add(keySource, m.Source)
	add(keyRecorded, m.Recorded)
	add(keyAssumed, m.Assumed)
	for _, key := range slices.Sorted(maps.Keys(m.Other)) {
		if known(key) || strings.HasPrefix(key, "trough.") || key == "" || strings.ContainsAny(key, ":\n\r") {
			return nil, fmt.Errorf("metadata %s: expected another name", quoted(key))
		}
		add(key, m.Other[key])
	}
	for _, p := range list {
		if strings.ContainsAny(p.value, "\n\r") {
			return nil, fmt.Errorf("metadata %s: expected one line", p.key)
		}
	}
	return list, nil
}

func known(key string) bool {
	switch key {
	case keyHold, keyWindow, keyUntil, keySource, keyRecorded, keyAssumed:
		return true
	}
	return false
}

// set takes one pair of a file's metadata.
func (m *Meta) set(key, value string) error {
	switch key {
	case keyHold, keyWindow:
		seconds, err := strconv.ParseInt(value, 10, 64)
		if err != nil || seconds < 1 || seconds > 1<<32 {
			return fmt.Errorf("metadata %s is %s: expected a number of seconds from 1 to %d", key, quoted(value), int64(1)<<32)
		}
		d := time.Duration(seconds) * time.Second
		if key == keyHold {
			m.Hold = d
		} else {
			m.Window = d
		}
	case keyUntil, keyFrom:
		var t models.Instant
		if err := t.UnmarshalText([]byte(value)); err != nil {
			return fmt.Errorf("metadata %s is %s: %v", key, quoted(value), err)
		}
		if key == keyUntil {
			m.Until = t
		} else {
			m.From = t
		}
	case keySource:
		m.Source = value
	case keyRecorded:
		m.Recorded = value
	case keyAssumed:
		m.Assumed = value
	default:
		if strings.HasPrefix(key, "trough.") || strings.HasPrefix(key, "ARROW:") || key == "pandas" {
			return nil
		}
		if m.Other == nil {
			m.Other = make(map[string]string)
		}
		m.Other[key] = value
	}
	return nil
}

// check says whether a writer can use the metadata.
func (m *Meta) check() error {
	for _, d := range []time.Duration{m.Hold, m.Window} {
		if d < 0 || d%time.Second != 0 {
			return fmt.Errorf("hold or window is %s: expected whole seconds, not negative", d)
		}
	}
	return nil
}
