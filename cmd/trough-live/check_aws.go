package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/models"
)

// This file is what check --aws asks: all that a driver would, once, and nothing that changes anything.

// checking is what was found so far.
type checking struct {
	*live
	wrong, did []string
}

// checkAll asks whatever the configuration names, and prints what is wrong, one line each, and what was asked.
func (a *app) checkAll(ctx context.Context, l *live) error {
	if l.config.Fleet == nil {
		return errors.New("--aws: the configuration has no section fleet")
	}
	if err := l.openFleet(drive.Shadow); err != nil {
		return err
	}
	c := &checking{live: l}
	begun := time.Now()
	reserved := c.telemetry(ctx)
	c.workload(ctx)
	lines := c.fleet(ctx, reserved)
	c.lease(ctx)
	fmt.Fprintf(a.out, "\n# as it is, asked in %s\n", time.Since(begun).Round(time.Millisecond))
	for _, line := range lines {
		fmt.Fprintln(a.out, "#", line)
	}
	for _, line := range c.wrong {
		fmt.Fprintln(a.out, "# wrong:", line)
	}
	fmt.Fprintf(a.out, "# checked: %s: %d wrong\n", strings.Join(c.did, ", "), len(c.wrong))
	if len(c.wrong) > 0 {
		return failure{fmt.Errorf("%d things are wrong: %s", len(c.wrong), c.wrong[0])}
	}
	return ctx.Err()
}

func (c *checking) say(format string, args ...any) {
	c.wrong = append(c.wrong, fmt.Sprintf(format, args...))
}

// ask gives a question the time that an evaluation would.
func (c *checking) ask(ctx context.Context, question func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, c.config.Patience)
	defer cancel()
	err := question(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("no answer within %s, which is as long as an evaluation waits (patience)", c.config.Patience)
	}
	return err
}

// telemetry asks for a report, and returns what is reserved by pool; nil where that is not known.
func (c *checking) telemetry(ctx context.Context) []int32 {
	if c.config.Telemetry.Replay != nil {
		return nil // Note: a trace's head was read when it was opened
	}
	c.did = append(c.did, fmt.Sprintf("telemetry of %d pools", len(c.setup.Pools)))
	var reports []drive.Report
	err := c.ask(ctx, func(ctx context.Context) (err error) {
		reports, err = c.setup.Telemetry.Reports(ctx, c.clock.Now())
		return err
	})
	if err == nil && len(reports) == 0 {
		err = errors.New("there is no report")
	}
	if err != nil {
		c.say("telemetry: %v: without it nothing is borrowed", err)
		return nil
	}
	last := &reports[len(reports)-1]
	for _, note := range last.Notes {
		c.say("telemetry: %s", note)
	}
	for p := range c.setup.Pools {
		if last.InUse[p] == models.Unknown {
			c.say("telemetry: pool %s is not known: nothing is borrowed there: see its notes, or take it out of pools", c.setup.Pools[p].Name())
		}
	}
	if age := c.clock.Now().Sub(last.OccurredAt); age > c.config.Safety.TelemetryAgeMax {
		c.say("telemetry: its report is %s old: expected at most %s (safety.telemetry_age_max): see why its source makes none", age.Round(time.Second), c.config.Safety.TelemetryAgeMax)
	}
	return last.Reserved
}

// workload asks what there is to do.
func (c *checking) workload(ctx context.Context) {
	if c.config.Workload.Replay != nil {
		return
	}
	c.did = append(c.did, fmt.Sprintf("work of %d borrowers", len(c.setup.Borrowers)))
	if err := c.ask(ctx, func(ctx context.Context) error {
		return c.setup.Work.Workload(ctx, c.clock.Now(), make([]models.Workload, len(c.setup.Borrowers)))
	}); err != nil {
		c.say("workload: %v: without it nothing is borrowed", err)
	}
}

// fleet describes groups and instances, and asks whether it may launch. It returns what is there.
func (c *checking) fleet(ctx context.Context, reserved []int32) (lines []string) {
	found, err := c.cloud.Check(ctx)
	if err != nil {
		c.did = append(c.did, "the fleet")
		c.say("fleet: %v: expected an account, rights and a region in which its groups can be described", err)
		return nil
	}
	c.wrong = append(c.wrong, found.Wrong...)
	groups := 0
	for cell := range found.Groups {
		g, place, pool := &found.Groups[cell], c.cloud.Places[cell], cell/len(c.setup.Borrowers)
		if place.Group == "" {
			continue
		}
		groups++
		if !g.Known || g.Absent {
			continue // said already
		}
		if len(g.Zones) > 1 && !g.Rebalances {
			c.say("%s: group %s has zones %q, and launches in any of them: expected zone %s alone", c.setup.Pools[pool].Name(), place.Group, g.Zones, c.setup.Pools[pool].Zone)
		}
		if reserved != nil && g.Max < reserved[pool] {
			c.say("%s: group %s has a maximum of %d, and %d are reserved there: raise it, or the rest is never borrowed", c.setup.Pools[pool].Name(), place.Group, g.Max, reserved[pool])
		}
	}
	c.did = append(c.did, fmt.Sprintf("%d groups", groups), fmt.Sprintf("%d launches by EC2, as a dry run", found.DryRuns))
	return found.Lines
}

// lease reads it, and takes nothing.
func (c *checking) lease(ctx context.Context) {
	if c.config.Lease == nil {
		return
	}
	c.did = append(c.did, "the lease")
	store, err := c.leaseStore(ctx)
	if err == nil {
		err = c.ask(ctx, func(ctx context.Context) error {
			_, _, err := store.Read(ctx)
			return err
		})
	}
	if err != nil {
		c.say("lease: %v: without it no driver acts", err)
	}
}
