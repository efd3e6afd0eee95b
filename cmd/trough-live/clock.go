package main

import (
	"context"
	"time"

	"trough.internal/models"
)

// clock is a drive.Clock that can be waited on.
type clock interface {
	Now() models.Instant
	Passed() time.Duration
	// Wait returns at an instant, or with an error when ctx ends.
	Wait(ctx context.Context, until models.Instant) error
}

// wallClock is the machine's.
type wallClock struct{ begun time.Time }

func newWallClock() clock { return &wallClock{time.Now()} }

func (*wallClock) Now() models.Instant { return models.InstantOf(time.Now()) }

// Passed is by the monotonic clock, which nobody sets.
func (c *wallClock) Passed() time.Duration { return time.Since(c.begun) }

func (c *wallClock) Wait(ctx context.Context, until models.Instant) error {
	return sleep(ctx, time.Until(until.UTC()))
}

// drillClock is a trace's: it begins with the trace, and goes faster than time. At speed 0 it jumps to where it is waited for.
type drillClock struct {
	from  models.Instant
	begun time.Time
	speed float64
	now   models.Instant // at speed 0
}

func newDrillClock(from models.Instant, speed float64) clock {
	return &drillClock{from: from, begun: time.Now(), speed: speed, now: from}
}

func (c *drillClock) Now() models.Instant { return c.from.Add(c.Passed()) }

func (c *drillClock) Passed() time.Duration {
	if c.speed == 0 {
		return c.now.Sub(c.from)
	}
	return time.Duration(float64(time.Since(c.begun)) * c.speed)
}

func (c *drillClock) Wait(ctx context.Context, until models.Instant) error {
	if c.speed == 0 {
		c.now = max(c.now, until)
		return ctx.Err()
	}
	return sleep(ctx, time.Duration(float64(until.Sub(c.from)-c.Passed())/c.speed))
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}
