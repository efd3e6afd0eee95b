package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"trough.internal/models"
	"trough.internal/traces"
)

func (a *app) trace() *cobra.Command {
	return group(&cobra.Command{
		Use:   "trace",
		Short: "Check, describe, convert and make traces: what a scenario replays",
		Example: `  trough trace info week.parquet
  trough trace check week.parquet jobs.csv
  trough trace formats
  trough trace convert ec2-spot-2015 ../shared/data/ec2-spot-2015 -o spot.parquet
  trough trace synth market -o market.parquet --days 3
  trough trace recorded --from ../shared/data -o data --force`,
	}, a.traceCheck(), a.traceInfo(), a.traceFormats(), a.traceConvert(), a.traceRecorded(), a.traceSynth())
}

func (a *app) traceCheck() *cobra.Command {
	var limits traces.CheckLimits
	c := &cobra.Command{
		Use:   "check FILE...",
		Short: "Read traces to their ends and say what is wrong with them",
		Long: `Reads each file to its end. Prints a line for each that is in order, and a line for everything that is not: file,
row, value, and what was expected. With --json it prints all that it found out, as trough trace info does.`,
		Example: `  trough trace check week.parquet jobs.parquet
  trough trace check --findings 100 week.csv`,
		Args: someArgs("a trace"),
		RunE: func(_ *cobra.Command, args []string) error {
			reports := []traceReport{}
			var wrong findings
			for _, path := range args {
				r, err := traces.Check(path, limits)
				if err != nil {
					wrong = append(wrong, err)
					continue
				}
				reports = append(reports, reportOf(&r))
				wrong = append(wrong, r.Errors...)
				if len(r.Errors) == limits.Findings {
					wrong = append(wrong, fmt.Errorf("%s: there may be more: --findings %d", path, 10*limits.Findings))
				}
				if !a.json && len(r.Errors) == 0 {
					fmt.Fprintf(a.out, "ok  %s: %s\n", path, inShort(&r))
				}
			}
			if a.json {
				if err := encodeJSON(a.out, reports); err != nil {
					return err
				}
			}
			return wrong.orNil()
		},
	}
	c.Flags().IntVar(&limits.Findings, "findings", 20, "most lines about one file")
	return c
}

func (a *app) traceInfo() *cobra.Command {
	return &cobra.Command{
		Use:   "info FILE...",
		Short: "Say what is in traces: kind, rows, span, pools, where they come from, gaps and steps",
		Example: `  trough trace info week.parquet
  trough trace info week.parquet --json`,
		Args: someArgs("a trace"),
		RunE: func(_ *cobra.Command, args []string) error {
			reports := []traceReport{}
			var wrong findings
			for _, path := range args {
				r, err := traces.Check(path, traces.CheckLimits{})
				if err != nil {
					return err
				}
				wrong, r.Errors = append(wrong, r.Errors...), nil // said at the end
				if r.Kind == "" {
					continue
				}
				if !a.json && len(reports) > 0 {
					fmt.Fprintln(a.out)
				}
				reports = append(reports, reportOf(&r))
				if a.json {
					continue
				}
				if err := r.WriteText(a.out); err != nil {
					return err
				}
			}
			if a.json {
				if err := encodeJSON(a.out, reports); err != nil {
					return err
				}
			}
			return wrong.orNil()
		},
	}
}

// inShort is what a file holds, in a line.
func inShort(r *traces.Report) string {
	text := fmt.Sprintf("%s, %s rows", r.Kind, count(r.Rows))
	if len(r.Pools) > 0 {
		text += fmt.Sprintf(", %s pools", count(len(r.Pools)))
	}
	if r.Until > r.From {
		text += fmt.Sprintf(", %s to %s", r.From, r.Until)
	}
	return text
}

// traceReport is a report for machines.
type traceReport struct {
	File     string                 `json:"file"`
	Kind     string                 `json:"kind"`
	Rows     int64                  `json:"rows"`
	From     *models.Instant        `json:"from"`
	Until    *models.Instant        `json:"until"`
	Pools    []string               `json:"pools,omitempty"`
	Missing  []string               `json:"optional_columns_not_there,omitempty"`
	Source   string                 `json:"source,omitempty"`
	Recorded string                 `json:"recorded,omitempty"`
	Assumed  string                 `json:"assumed,omitempty"`
	Capacity *traces.CapacityReport `json:"capacity,omitempty"`
	Jobs     *traces.JobsReport     `json:"jobs,omitempty"`
	Errors   []string               `json:"errors"`
}

func reportOf(r *traces.Report) traceReport {
	t := traceReport{File: r.Path, Kind: r.Kind, Rows: r.Rows, Missing: r.Missing, Capacity: r.Capacity, Jobs: r.Jobs,
		Source: r.Meta.Source, Recorded: r.Meta.Recorded, Assumed: r.Meta.Assumed, Errors: []string{}}
	if r.Until > r.From {
		t.From, t.Until = &r.From, &r.Until
	}
	for _, p := range r.Pools {
		t.Pools = append(t.Pools, p.Name())
	}
	for _, err := range r.Errors {
		t.Errors = append(t.Errors, oneLine(err))
	}
	return t
}
