package drive

import (
	"errors"
	"fmt"
	"slices"

	"trough.internal/models"
	"trough.internal/models/settings"
	"trough.internal/policies"
)

// StopState is how much the driver may do.
type StopState uint8

// The stop states, each more restrictive than the one before. Where several are in force, the most restrictive one is.
const (
	StopNothing StopState = iota // "run": everything
	StopHold                     // no increase
	StopDrain                    // no increase, and what there is yields when idle
	StopAll                      // "evacuate": everything yields by notice
)

var stopNames = [...]string{"run", "hold", "drain", "evacuate"}

// String is the state as files and messages write it.
func (s StopState) String() string { return stopNames[s] }

// Stops says which stop states are in force.
type Stops interface {
	InForce(now models.Instant) (*StopFile, error)
}

// StopFile is the file of stop states: what people have told the driver. An absent file stops nothing.
type StopFile struct {
	Stops []Stop `set:"stops" doc:"Stop states; of all that concern an instance the most restrictive one counts."`
}

// Stop is one stop state. What it does not name is everything.
type Stop struct {
	State    string            `set:"state" required:"true" enum:"run|hold|drain|evacuate" doc:"run: nothing; hold: no increase; drain: what is held yields when idle; evacuate: it yields by notice."`
	Region   string            `set:"region" doc:"Only in this region."`
	Pool     *policies.Pattern `set:"pool" doc:"Only in pools as zone/type, with * for any part of either."`
	Borrower string            `set:"borrower" doc:"Only of this borrower."`
	Until    *models.Instant   `set:"until" doc:"When it ends; not given: when it is taken out."`
	Note     string            `set:"note" doc:"Why, and whose it is."`
}

// ParseStops reads a file of stop states. What it names must be there: a stop that stops nothing is most likely a mistake.
func ParseStops(name string, data []byte, pools []models.Pool, borrowers []string) (*StopFile, error) {
	f := new(StopFile)
	if err := settings.Decode(name, data, f); err != nil {
		return nil, err
	}
	for i := range f.Stops {
		if err := f.Stops[i].Meets(pools, borrowers); err != nil {
			return nil, fmt.Errorf("%s: stops[%d]: %w", name, i, err)
		}
	}
	return f, nil
}

// Meets is an error where a stop concerns no pool or no borrower that is there.
func (s *Stop) Meets(pools []models.Pool, borrowers []string) error {
	named := s.Borrower == ""
	for _, name := range borrowers {
		named = named || name == s.Borrower
	}
	if !named {
		return fmt.Errorf("borrower is %q: expected one of %q", s.Borrower, borrowers)
	}
	for p := range pools {
		if pools[p].Kind == models.Surplus && s.concerns(&pools[p]) {
			return nil
		}
	}
	return errors.New("no pool is concerned: expected a region or pool of this market")
}

func (s *Stop) concerns(p *models.Pool) bool {
	return (s.Region == "" || s.Region == p.Region) && (s.Pool == nil || s.Pool.Names(p))
}

func (s *Stop) state(now models.Instant) StopState {
	if s.Until != nil && now >= *s.Until {
		return StopNothing
	}
	for i, name := range stopNames {
		if name == s.State {
			return StopState(i)
		}
	}
	return StopAll // Note: decoding admits no other word
}

// Of is the state of a cell: the most restrictive one that is in force.
func (f *StopFile) Of(p *models.Pool, borrower string, now models.Instant) StopState {
	worst := StopNothing
	for i := range f.Stops {
		s := &f.Stops[i]
		if s.concerns(p) && (s.Borrower == "" || s.Borrower == borrower) {
			worst = max(worst, s.state(now))
		}
	}
	return worst
}

// Evacuated says whether a whole region is evacuated, all of its pools and borrowers.
func (f *StopFile) Evacuated(region string, now models.Instant) bool {
	for i := range f.Stops {
		s := &f.Stops[i]
		if s.state(now) == StopAll && s.Pool == nil && s.Borrower == "" && (s.Region == "" || s.Region == region) {
			return true
		}
	}
	return false
}

// Set puts a stop in the place of the one that has the same scope, if there is one, and takes out what has ended. State run takes the
// old one out.
func (f *StopFile) Set(stop Stop, now models.Instant) {
	f.Stops = slices.DeleteFunc(f.Stops, func(s Stop) bool {
		return s.Until != nil && now >= *s.Until || s.Region == stop.Region && s.Borrower == stop.Borrower && s.pool() == stop.pool()
	})
	if stop.State != stopNames[StopNothing] {
		f.Stops = append(f.Stops, stop)
	}
}

func (s *Stop) pool() policies.Pattern {
	if s.Pool == nil {
		return ""
	}
	return *s.Pool
}

// noStops is that nobody stops it.
type noStops struct{}

func (noStops) InForce(models.Instant) (*StopFile, error) { return new(StopFile), nil }

// Mode is what a driver may do at most.
type Mode uint8

// The modes. The zero value does nothing.
const (
	Shadow Mode = iota // decides and writes down, and acts on nothing
	Hold               // gives back, and increases nothing
	Run
)

var modeNames = [...]string{"shadow", "hold", "run"}

// String is the mode as flags and files write it.
func (m Mode) String() string { return modeNames[m] }

// ParseMode reads a mode.
func ParseMode(text string) (Mode, error) {
	for m, name := range modeNames {
		if name == text {
			return Mode(m), nil
		}
	}
	return Shadow, fmt.Errorf("mode is %q: expected shadow, hold or run", text)
}
