package main

import (
	"fmt"
	"net/http"
	"strings"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/cmd/trough-live/lease"
	"trough.internal/cmd/trough-live/metrics"
	"trough.internal/models"
)

// readyz says whether it can do its work: it evaluated, wrote it down, knows of every pool what its owners use, and, where there is a
// lease, knows whose it is. Nobody should be sent to one that is not, and nobody should end it for that.
//
// A driver that stands by while another has the lease is ready: nobody sends it work that the other would have to do, and who waits for it
// to be ready, as a rolling change of a cluster does, would wait until the other has ended. Its first line says that it stands by. One
// that does not know who has the lease is not ready, since then perhaps nobody acts.
func (b *board) readyz(w http.ResponseWriter, _ *http.Request) {
	b.mutex.Lock()
	s := b.state
	b.mutex.Unlock()
	first, status := "ok", http.StatusOK
	if b.lease != nil { // now, not as of the evaluation
		now := b.lease()
		s.lease = &now
		if now.Why != nil && now.Holder != "" {
			first = "stands by: " + now.Why.Error()
		}
	}
	if why := s.unwell(); why != "" {
		first, status = why, http.StatusServiceUnavailable
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	fmt.Fprintf(w, "%s\n%s", first, s.fields())
}

// state is how the last evaluation left it.
type state struct {
	mode   drive.Mode
	number int64 // of the evaluation; 0 before the first
	at     models.Instant

	acted          bool
	pools, unknown int
	stop           drive.StopState // the most restrictive one of all pools
	holds          []string
	down           []string // regions
	lease          *lease.State
}

// unwell is why it is not ready, empty if it is.
func (s *state) unwell() string {
	switch {
	case s.number == 0:
		return "no evaluation yet"
	case !s.acted:
		return "the journal cannot be written, so that nothing is done"
	case s.lease != nil && s.lease.Why != nil && s.lease.Holder == "":
		return "the lease is not held, and who has it is not known: " + s.lease.Why.Error()
	case s.unknown > 0:
		return fmt.Sprintf("%d of %d pools are not known or stale", s.unknown, s.pools)
	}
	return ""
}

// fields are one line each, as NAME: VALUE; none before the first evaluation.
func (s *state) fields() string {
	if s.number == 0 {
		return ""
	}
	var b strings.Builder
	line := func(name string, value any) { fmt.Fprintf(&b, "%s: %v\n", name, value) }
	line("mode", s.mode)
	line("evaluation", s.number)
	line("at", s.at)
	line("journal_written", s.acted)
	line("pools_unknown", s.unknown)
	line("stop", s.stop)
	line("holds", list(s.holds))
	line("regions_down", list(s.down))
	if l := s.lease; l != nil {
		line("lease_held", l.Why == nil)
		line("lease_epoch", l.Epoch)
		if l.Why == nil {
			line("lease_until", l.Until)
		}
	}
	return b.String()
}

func list(names []string) string { return "[" + strings.Join(names, ", ") + "]" }

// stateOf is how an evaluation left the driver.
func (b *board) stateOf(c *drive.Cycle, api metrics.API) state {
	s := state{mode: b.mode, number: c.Number, at: c.Now, acted: c.Acted, pools: len(c.Obs.Pools), holds: c.Holds}
	for p := range c.Obs.Pools {
		if c.Obs.InUse[p] == models.Unknown || c.Obs.Age(models.PoolID(p)) > b.ageMax {
			s.unknown++
		}
	}
	for _, told := range c.Stops {
		s.stop = max(s.stop, told)
	}
	for _, r := range api.Regions {
		if r.Down {
			s.down = append(s.down, r.Name)
		}
	}
	return s
}
