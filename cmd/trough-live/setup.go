package main

import (
	"fmt"

	"trough.internal/cmd/trough-live/aws"
	"trough.internal/cmd/trough-live/drive"
	"trough.internal/cmd/trough-live/lease"
	"trough.internal/models"
)

// live is a configuration made ready to run.
type live struct {
	config *Config
	setup  drive.Setup // without a journal
	clock  clock
	until  models.Instant // where a drill ends; Never
	close  func()

	clients clients
	client  *aws.Client // nil where no fleet is open
	cloud   *aws.Cloud

	counted map[string]int64 // calls by region and operation
	down    map[string]bool  // regions that were last logged to be
	keeper  *lease.Keeper    // nil without a lease
}

// prepare opens what a configuration names, but for its fleet (see openFleet). It asks no server.
func prepare(c *Config) (*live, error) {
	pools, err := c.pools()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Live, err)
	}
	set, err := c.policy(pools)
	if err != nil {
		return nil, err
	}
	if c.Fleet != nil {
		if _, _, err := c.Fleet.places(pools, c.Borrowers); err != nil {
			return nil, err
		}
	}
	l := &live{config: c, until: models.Never, close: func() {}, clock: newWallClock(), counted: map[string]int64{}, down: map[string]bool{}}
	l.setup = drive.Setup{Pools: pools, Borrowers: c.Borrowers, Policy: set, Safety: c.Safety, Cloud: drive.DryRun{}, Patience: c.Patience,
		Stops: &stopsOnDisk{path: c.path(c.Stops), pools: pools, borrowers: c.Borrowers}}
	if err := l.telemetry(&c.Telemetry); err != nil {
		return nil, err
	}
	if err := l.workload(&c.Workload); err != nil {
		l.close()
		return nil, err
	}
	l.setup.Clock = l.clock
	return l, nil
}
