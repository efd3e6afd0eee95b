package models

import (
	"fmt"
	"time"
)

// Instant is a whole second: seconds since 1970-01-01 00:00:00 UTC. Simulated time has no smaller unit.
type Instant int64

// Never lies after every instant that a scenario can reach.
const Never Instant = 1<<62 - 1

// Add returns the instant d later; d is cut to whole seconds.
func (t Instant) Add(d time.Duration) Instant { return t + Instant(d/time.Second) }

// Sub returns t - u.
func (t Instant) Sub(u Instant) time.Duration { return time.Duration(t-u) * time.Second }

// UTC returns the instant as a time.Time in UTC.
func (t Instant) UTC() time.Time { return time.Unix(int64(t), 0).UTC() }

// String is RFC 3339 in UTC, as files and messages write it.
func (t Instant) String() string { return t.UTC().Format(time.RFC3339) }

// MarshalText writes RFC 3339.
func (t Instant) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads RFC 3339 in whole seconds.
func (t *Instant) UnmarshalText(text []byte) error {
	at, err := time.Parse(time.RFC3339, string(text))
	if err != nil {
		return fmt.Errorf("expected a time such as 2015-10-05T00:00:00Z")
	}
	if at.Nanosecond() != 0 {
		return fmt.Errorf("expected whole seconds")
	}
	*t = Instant(at.Unix())
	return nil
}

// InstantOf returns the instant of t, cut to the second.
func InstantOf(t time.Time) Instant { return Instant(t.Unix()) }
