package aws

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"

	"trough.internal/cmd/trough-live/fleet"
)

// Findings are what a check found.
type Findings struct {
	Lines, Wrong []string
	Groups       []fleet.Group // by cell, as described
	DryRuns      int           // launches that were asked for without being made
}

// Check looks at the fleet as a driver that begins, and asks whether it may launch what EC2 launches. It changes nothing.
func (c *Cloud) Check(ctx context.Context) (*Findings, error) {
	if _, _, err := c.Since(ctx, 0); err != nil {
		return nil, err
	}
	f := &Findings{Wrong: c.Notes()}
	for cell, p := range c.Places {
		pool := &c.Pools[cell/len(c.Borrowers)]
		if p.Group != "" {
			continue
		}
		f.DryRuns++
		in := c.launch(&fleet.Call{Cell: cell, Place: p, Adds: 1, Token: "check"}, 0)
		in.DryRun, in.ClientToken = aws.Bool(true), nil
		_, err := c.Client.EC2(p.Region).RunInstances(ctx, in)
		if !WouldWork(err) {
			f.Wrong = append(f.Wrong, fmt.Sprintf("pool %s: launch template %s: %v: expected one that may be launched from", pool.Name(), c.Templates[cell], Wrong(err)))
		}
	}
	c.mu.Lock()
	for cell := range c.Places {
		f.Groups = append(f.Groups, c.ledger.Group(cell))
		if line := c.ledger.Describe(cell); line != "" {
			f.Lines = append(f.Lines, line)
		}
	}
	c.mu.Unlock()
	for _, count := range c.Client.Counts() {
		f.Lines = append(f.Lines, fmt.Sprintf("%s %s: %d calls", count.Region, count.Operation, count.Calls))
	}
	return f, nil
}
