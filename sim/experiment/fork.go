package experiment

import (
	"fmt"

	"trough.internal/models"
	"trough.internal/policies"
)

// Fork decides as one policy before an instant and as another one from then on. The other has watched from the beginning, as
// in shadow, so that it knows what it would know if it had been switched on in production; forked to itself, a policy decides as
// if it had not been. It is for one run, and has no snapshot.
type Fork struct {
	policies.Policy // the one that was; its interval and limits are the fork's
	is              policies.Policy
	at              models.Instant
	aside           *models.Decision // of the one that only watches
	first           *Divergence
}

// Divergence is the first decision that differs: what both wanted of the same observation.
type Divergence struct {
	At    models.Instant
	Cells []DivergedCell // those that differ, by cell
}

// DivergedCell is what two policies wanted of one pool and borrower.
type DivergedCell struct {
	Pool            models.PoolID
	Borrower        models.BorrowerID
	Reserved, InUse int32 // as they saw it; InUse may be models.Unknown
	Held            int32
	Was, Is         Wanted
}

// Wanted is a decision on a cell. Keep may be models.NoLimit.
type Wanted struct {
	Target, Keep int32
	Cause        models.Cause // of the target
	KeepCause    models.Cause
}

// NewFork refuses policies that are asked at different times or whose orders are limited differently: an engine knows one of each.
func NewFork(was, is policies.Policy, at models.Instant) (*Fork, error) {
	if was.Every() != is.Every() {
		return nil, fmt.Errorf("evaluate is %s, and was %s: expected a change that leaves it as it is", is.Every(), was.Every())
	}
	if was.Limits() != is.Limits() {
		return nil, fmt.Errorf("limits differ: expected a change that leaves them as they are")
	}
	return &Fork{Policy: was, is: is, at: at}, nil
}

// First is the first divergence; nil if there was none.
func (f *Fork) First() *Divergence { return f.first }

// Decide implements policies.Policy.
func (f *Fork) Decide(obs *models.Observation, out *models.Decision) {
	if f.aside == nil {
		f.aside = models.NewDecision(obs.Cells())
	}
	if obs.Now < f.at {
		f.is.Decide(obs, f.aside)
		f.Policy.Decide(obs, out)
		return
	}
	f.is.Decide(obs, out)
	if f.first != nil {
		return
	}
	f.Policy.Decide(obs, f.aside)
	f.compare(obs, f.aside, out)
}

func (f *Fork) compare(obs *models.Observation, was, is *models.Decision) {
	var cells []DivergedCell
	for c := range is.Target {
		if was.Target[c] == is.Target[c] && was.Keep[c] == is.Keep[c] {
			continue
		}
		pool := c / len(obs.Borrowers)
		cells = append(cells, DivergedCell{
			Pool: models.PoolID(pool), Borrower: models.BorrowerID(c % len(obs.Borrowers)),
			Reserved: obs.Reserved[pool], InUse: obs.InUse[pool], Held: obs.Held(c),
			Was: wanted(was, c), Is: wanted(is, c),
		})
	}
	if cells != nil {
		f.first = &Divergence{At: obs.Now, Cells: cells}
	}
}

func wanted(d *models.Decision, c int) Wanted {
	return Wanted{Target: d.Target[c], Keep: d.Keep[c], Cause: d.Cause[c], KeepCause: d.KeepCause[c]}
}
