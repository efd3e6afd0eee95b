package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"os"

	"trough.internal/cmd/trough-live/aws/object"
	"trough.internal/cmd/trough-live/lease"
)

// holdLease takes turns for the configuration's lease until the function that it returns is called, which gives it back. Without a
// lease in the configuration it does nothing.
func (l *live) holdLease(ctx context.Context, log *slog.Logger) (stop func(), err error) {
	set := l.config.Lease
	if set == nil {
		return func() {}, nil
	}
	store, err := l.leaseStore(ctx)
	if err != nil {
		return nil, fmt.Errorf("lease: %w", err)
	}
	// Note: the clock is the machine's in a drill, too: other drivers do not share a drill's.
	keeper := lease.New(store, *set, l.leaseName(), newWallClock())
	l.setup.Lease, l.keeper = keeper, keeper
	// An interrupt does not end it: the driver acts until the end of the evaluation that it is in.
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		keeper.Run(ctx, func(err error) { log.Warn(err.Error()) })
	}()
	return func() { cancel(); <-ended }, nil
}

// leaseStore is where the configuration's lease is. It asks nobody.
func (l *live) leaseStore(ctx context.Context) (lease.Store, error) {
	if set := l.config.Lease; set.Object != nil {
		return object.Open(ctx, *set.Object, *set)
	}
	return lease.File(l.config.path(l.config.Lease.File)), nil
}

// leaseName is unlike that of any other driver and of this one's earlier runs.
func (l *live) leaseName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%s on %s, process %d, %s", l.config.Live, host, os.Getpid(), rand.Text()[:8])
}
