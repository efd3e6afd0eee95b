package policies

import (
	"fmt"
	"path"
	"strings"
	"time"

	"trough.internal/models"
	"trough.internal/models/zoneinfo"
)

// Zone is an IANA time zone such as America/New_York, from the embedded database. The zero value is UTC.
type Zone struct{ location *time.Location }

// Want says what a reader should have written.
func (Zone) Want() string { return "a time zone such as America/New_York" }

// MarshalText is the zone's name.
func (z Zone) MarshalText() ([]byte, error) { return []byte(z.in().String()), nil }

// UnmarshalText finds the zone by its name.
func (z *Zone) UnmarshalText(text []byte) error {
	location, err := zoneinfo.Load(string(text))
	if err != nil {
		return err
	}
	z.location = location
	return nil
}

func (z Zone) in() *time.Location {
	if z.location == nil {
		return time.UTC
	}
	return z.location
}

// Pattern names pools as zone/type, with * for any part of either: us-east-1*/r3.*
type Pattern string

// Want says what a reader should have written.
func (Pattern) Want() string { return `pools as zone/type, such as "us-east-1*/r3.*"` }

// MarshalText is the pattern.
func (p Pattern) MarshalText() ([]byte, error) { return []byte(p), nil }

// UnmarshalText refuses what could never name a pool.
func (p *Pattern) UnmarshalText(text []byte) error {
	zone, kind, found := strings.Cut(string(text), "/")
	if !found || zone == "" || kind == "" || strings.ContainsAny(string(text), `?[]\ `) || strings.Contains(kind, "/") {
		return fmt.Errorf("expected %s", p.Want())
	}
	*p = Pattern(text)
	return nil
}

// Names says whether the pattern names a pool.
func (p Pattern) Names(pool *models.Pool) bool {
	match, _ := path.Match(string(p), pool.Name()) // its * stays within zone or type
	return match
}

// phase is where an instant is in a window.
type phase uint8

const (
	outside phase = iota
	ahead         // within the lead before the start
	inside
)

// window is a recurring span of time: from every hit of its cron, as the clocks in its zone show it, for its duration. A hit
// that a change of the clocks skips does not occur, one that it repeats occurs twice. Where hits are closer than the
// duration, the spans join.
type window struct {
	cron     Cron
	zone     Zone
	duration time.Duration
	lead     time.Duration
	patterns []Pattern // of the pools that it concerns; empty is all

	late     func(end models.Instant) time.Duration // how much longer than its duration a span lasts that should end then; nil is not at all
	lateMost time.Duration                          // late returns no more

	// Worked out when needed. They follow from the settings, the instant and the pools alone.
	from, until models.Instant // between them the phase is the same
	phase       phase
	concerns    []bool // by pool
	pools       *models.Pool
}

// at returns the phase of an instant.
func (w *window) at(now models.Instant) phase {
	if w.until == 0 || now < w.from || now >= w.until {
		w.look(now)
	}
	return w.phase
}

func (w *window) look(now models.Instant) {
	w.from, w.until, w.phase = now, models.Never, outside
	hit, ok := w.next(now.Add(-w.duration-w.lateMost) + 1)
	for ok && hit <= now && w.end(hit) <= now { // it might have been late, and was not
		hit, ok = w.next(hit + 1)
	}
	switch {
	case !ok:
	case hit <= now:
		w.phase, w.until = inside, w.end(hit)
	case hit.Add(-w.lead) <= now:
		w.phase, w.until = ahead, hit
	default:
		w.until = hit.Add(-w.lead)
	}
}

// end is when the span of a hit ends.
func (w *window) end(hit models.Instant) models.Instant {
	end := hit.Add(w.duration)
	if w.late == nil {
		return end
	}
	return end.Add(w.late(end))
}

// next returns the first hit at or after an instant. Between two changes of the zone's clocks it is a search on a
// wall clock that is never set.
func (w *window) next(from models.Instant) (models.Instant, bool) {
	for at, end := int64(from), int64(from)+cronHorizon; at < end; {
		local := time.Unix(at, 0).In(w.zone.in())
		_, offset := local.Zone()
		until := end
		if _, change := local.ZoneBounds(); !change.IsZero() {
			until = min(end, change.Unix())
		}
		if hit, ok := w.cron.next(at+int64(offset), until+int64(offset)); ok {
			return models.Instant(hit - int64(offset)), true
		}
		at = until
	}
	return 0, false
}

// of says by pool whether the window concerns it.
func (w *window) of(pools []models.Pool) []bool {
	if len(w.concerns) == len(pools) && (len(pools) == 0 || w.pools == &pools[0]) {
		return w.concerns
	}
	w.concerns = make([]bool, len(pools))
	for i := range pools {
		w.pools = &pools[0]
		w.concerns[i] = len(w.patterns) == 0
		for _, pattern := range w.patterns {
			w.concerns[i] = w.concerns[i] || pattern.Names(&pools[i])
		}
	}
	return w.concerns
}
