package main

import (
	"fmt"
	"slices"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/cmd/trough-live/source"
	"trough.internal/models"
	"trough.internal/traces"
)

// live is a configuration made ready to run.
type live struct {
	config *Config
	setup  drive.Setup // without a journal
	clock  clock
	until  models.Instant // where a drill ends; Never
	close  func()
}

// prepare opens what a configuration names.
func prepare(c *Config) (*live, error) {
	pools, err := c.pools()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Live, err)
	}
	set, err := c.policy(pools)
	if err != nil {
		return nil, err
	}
	l := &live{config: c, until: models.Never, close: func() {}, clock: newWallClock()}
	l.setup = drive.Setup{Pools: pools, Borrowers: c.Borrowers, Policy: set, Safety: c.Safety, Cloud: drive.DryRun{}, Patience: c.Patience,
		Stops: &stopsOnDisk{path: c.path(c.Stops), pools: pools, borrowers: c.Borrowers}}
	if s := c.Telemetry.Spinnaker; s != nil {
		l.setup.Telemetry = &source.Spinnaker{Get: source.Getter(s.URL+source.Path(s.Report), s.Timeout, s.SizeMax),
			Asked: source.Asked{Pools: pools, OS: s.OS, Borrower: s.Account, Accounts: append(slices.Clone(s.Accounts), s.Account)}}
	} else if err := l.replayCapacity(c.Telemetry.Replay, pools); err != nil {
		return nil, err
	}
	if h := c.Workload.HTTP; h != nil {
		l.setup.Work = &source.Workload{Get: source.Getter(h.URL, h.Timeout, 1<<20), Borrowers: c.Borrowers}
	} else if err := l.replayJobs(c.Workload.Replay); err != nil {
		l.close()
		return nil, err
	}
	l.setup.Clock = l.clock
	return l, nil
}

func (l *live) replayCapacity(r *ReplayCapacity, pools []models.Pool) error {
	trace, err := traces.OpenCapacity(l.config.path(r.File))
	if err != nil {
		return err
	}
	from, until := trace.Span()
	l.setup.Telemetry, err = source.NewReplay(trace, trace.Pools(), until, pools, from, r.Every, r.Lag)
	if err != nil {
		trace.Close()
		return fmt.Errorf("%s: %w", l.config.path(r.File), err)
	}
	l.close = func() { trace.Close() }
	l.until, l.clock = until, newDrillClock(from, r.Speed)
	return nil
}

func (l *live) replayJobs(r *ReplayJobs) error {
	jobs, err := traces.OpenJobs(l.config.path(r.File))
	if err != nil {
		return err
	}
	before := l.close
	l.close = func() { jobs.Close(); before() }
	l.setup.Work = &source.Offered{Jobs: jobs}
	return nil
}
