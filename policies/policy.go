// Package policies decides how much to borrow of which pool. A policy is a state machine over values: what is known
// comes in, where it wants to be goes out. It has no clock, no chance of its own and no input or output, so that the
// same value runs in a backtest, in shadow and live, and cannot tell which.
package policies

import (
	"time"

	"trough.internal/models"
)

// Policy is one borrowing policy, ready to run.
type Policy interface {
	// Decide says where the policy wants to be. Both arguments belong to the caller and are valid during the call;
	// what it decides depends on the observations since it was made or restored, and on nothing else.
	Decide(obs *models.Observation, out *models.Decision)
	// Every is how often it wants to be asked.
	Every() time.Duration
	// Limits bound the orders that its decisions become (see Plan).
	Limits() Limits
	// Snapshot returns all that the policy remembers; Restore brings it back, into a policy of the same settings.
	Snapshot() ([]byte, error)
	Restore([]byte) error
}
