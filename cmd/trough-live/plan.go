package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/models"
)

func (a *app) plan() *cobra.Command {
	var at string
	command := &cobra.Command{
		Use:   "plan CONFIG",
		Short: "Evaluate once, and print what the policy wants, why, and what the rules of safety make of it",
		Long: `Asks every source once, decides, and prints for every pool and borrower what is available, held and wanted, the stages that had
a say, the target after the rules of safety, and the order. The policy begins with no memory. One report is believed, and what rules
make of a start is left out: a driver that runs asks for several reports that agree, and its first evaluation increases nothing.
With a fleet in the configuration, it is described, and the calls are printed that would carry the orders out. Acts on nothing and writes
no journal.`,
		Example: `  trough-live plan live.yaml
  trough-live plan live.yaml --at 2015-10-05T06:15:00Z --json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			config, err := loadConfig(args[0])
			if err != nil {
				return err
			}
			config.Safety.AgreeingReads = 1
			replay := config.Telemetry.Replay
			if replay != nil {
				replay.Lag, replay.Speed = 0, 0
			}
			l, err := prepare(config)
			if err != nil {
				return err
			}
			defer l.close()
			l.setup.Journal, l.setup.Warm = noJournal{}, true
			if at != "" {
				var instant models.Instant
				if err := instant.UnmarshalText([]byte(at)); err != nil || replay == nil || instant < l.clock.Now() || instant >= l.until {
					return fmt.Errorf("--at is %q: expected a time such as 2015-10-05T12:00:00Z within the trace of a drill", at)
				}
				if err := l.clock.Wait(cmd.Context(), instant); err != nil {
					return failure{err}
				}
			}
			if err := l.openFleet(drive.Shadow); err != nil {
				return err
			}
			d, err := drive.New(l.setup)
			if err != nil {
				return err
			}
			c := d.Cycle(cmd.Context())
			calls := l.plannedCalls(c)
			if a.json {
				return a.planJSON(c, calls)
			}
			_, err = a.out.WriteString(planText(c, calls))
			return err
		},
	}
	command.Flags().StringVar(&at, "at", "", "of a drill, the time in its trace; its beginning if not given")
	return command
}

// noJournal keeps nothing.
type noJournal struct{}

func (noJournal) Begin([]byte) error  { return nil }
func (noJournal) Append([]byte) error { return nil }

// planned is a cell of a plan.
type planned struct {
	Pool      string   `json:"pool"`
	Borrower  string   `json:"borrower"`
	Reserved  int32    `json:"reserved"`
	InUse     *int32   `json:"in_use"` // nil: not known
	Held      int32    `json:"held"`
	Target    int32    `json:"target"`
	Stages    []string `json:"stages"` // that changed it
	Guarded   int32    `json:"target_after_rules"`
	Order     string   `json:"order,omitempty"`
	Instances int32    `json:"instances,omitempty"`
}

func plannedOf(c *drive.Cycle) []planned {
	obs, borrowers := c.Obs, len(c.Obs.Borrowers)
	list := make([]planned, obs.Cells())
	for cell := range list {
		p := cell / borrowers
		row := planned{Pool: obs.Pools[p].Name(), Borrower: obs.Borrowers[cell%borrowers], Reserved: obs.Reserved[p], Held: obs.Held(cell),
			Target: c.Decided.Target[cell], Guarded: c.Guarded.Target[cell]}
		if obs.InUse[p] != models.Unknown {
			row.InUse = &obs.InUse[p]
		}
		before := int32(0)
		for i, stage := range c.Decided.Trail.Stages {
			if target := c.Decided.Trail.Target[i][cell]; target != before {
				row.Stages = append(row.Stages, fmt.Sprintf("%s %d", stage, target))
				before = target
			}
		}
		for _, o := range c.Orders {
			if int(o.Pool) == p && int(o.Borrower) == cell%borrowers {
				row.Order, row.Instances = drive.OrderName(o.Kind), o.N
			}
		}
		list[cell] = row
	}
	return list
}

func (a *app) planJSON(c *drive.Cycle, calls []string) error {
	out := json.NewEncoder(a.out)
	out.SetIndent("", "  ")
	return out.Encode(map[string]any{"now": c.Now, "cells": plannedOf(c), "rules": c.Bound, "notes": c.Notes, "calls": calls})
}

func planText(c *drive.Cycle, calls []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", c.Now)
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "pool\tborrower\treserved\tin use\theld\twanted\tafter the rules\torder\tstages")
	for _, row := range plannedOf(c) {
		inUse, order := "unknown", "-"
		if row.InUse != nil {
			inUse = fmt.Sprint(*row.InUse)
		}
		if row.Order != "" {
			order = fmt.Sprintf("%s %d", row.Order, row.Instances)
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%d\t%d\t%d\t%s\t%s\n", row.Pool, row.Borrower, row.Reserved, inUse, row.Held, row.Target, row.Guarded, order, strings.Join(row.Stages, ", "))
	}
	t.Flush()
	b.WriteString("\n")
	for _, bound := range c.Bound {
		fmt.Fprintf(&b, "rule %s changed %d targets\n", bound.Rule, bound.Cells)
	}
	for _, note := range c.Notes {
		fmt.Fprintf(&b, "note: %s\n", note)
	}
	for _, call := range calls {
		fmt.Fprintf(&b, "call: %s\n", call)
	}
	return b.String()
}
