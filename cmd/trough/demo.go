package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (a *app) demo() *cobra.Command {
	var f jobFlags
	var out string
	c := &cobra.Command{
		Use:   "demo",
		Short: "Backtest the full policy and never borrowing on the built-in market",
		Long: `Runs policy full and policy never on the built-in market (scenario netflix-realtime: synthetic, made from the
figures that Netflix published in 2015), prints their figures and leaves a run directory with plots for each.`,
		Example: `  trough demo`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			j, err := a.prepare("netflix-realtime", &f)
			if err != nil {
				return err
			}
			cs, err := j.candidates([]string{"full", "never"}, nil)
			if err != nil {
				return err
			}
			comparison, err := a.compareAll(cmd.Context(), j, cs, out)
			if err != nil {
				return err
			}
			if a.json {
				return comparison.WriteJSON(a.out)
			}
			if err := comparison.WriteText(a.out, f.detail()); err != nil {
				return err
			}
			fmt.Fprintf(a.out, "\nplots:          %s/full/plots\nrun directory:  %s/full (and %s/never)\ncomparison:     %s/compare.json\n", out, out, out, out)
			fmt.Fprintf(a.out, "\nnext: why did it let go of what it held, 45 minutes before midnight in New York?\n  trough why %s/full --at 2015-10-06T03:15:00Z --pool us-east-1a/r3.4xlarge\n", out)
			return nil
		},
	}
	f.add(c.Flags())
	c.Flags().StringVarP(&out, "out", "o", "out/demo", "directory to write")
	f.complete(c)
	return c
}
