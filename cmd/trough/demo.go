package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"trough.internal/report/measure"
)

// demoScenario is what the demo runs; tests put a shorter one in its place.
var demoScenario = "netflix-realtime"

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
			r := &comparing{app: a, scenario: demoScenario, flags: &f, seeds: 1, ratio: priceRatioDefault}
			if err := r.read([]string{"full", "never"}, ""); err != nil {
				return err
			}
			comparison, err := r.run(cmd.Context(), out)
			if err != nil {
				return err
			}
			if a.json {
				return comparison.WriteJSON(a.out)
			}
			if err := comparison.WriteText(a.out, f.detail()); err != nil {
				return err
			}
			fmt.Fprint(a.out, "\n", efficiencies(comparison.Runs[0].Figures))
			fmt.Fprintf(a.out, "\nplots:          %s/full/plots\nrun directory:  %s/full (and %s/never)\ncomparison:     %s/compare.json\n", out, out, out, out)
			fmt.Fprintf(a.out, "\nnext: why did it let go of what it held, 45 minutes before midnight in New York, and what did the overdraft cost?\n"+
				"  trough why %s/full --at 2015-10-06T03:15:00Z --pool us-east-1a/r3.4xlarge\n  trough bill %s/full\n", out, out)
			return nil
		},
	}
	f.add(c.Flags())
	c.Flags().StringVarP(&out, "out", "o", "out/demo", "directory to write")
	f.complete(c)
	return c
}

// efficiencies says how much of a cost efficiency is the billing rules' doing.
func efficiencies(figures []measure.Figure) string {
	t := newTable("cost efficiency", "")
	t.right(0)
	for _, row := range [][2]string{
		{"cost_efficiency_hours_begun", "by EC2's rules of the time: whole instance-hours, each in the clock hour in which it begins"},
		{"cost_efficiency_seconds", "by EC2's rules since October 2017: seconds, pooled over the clock hour"},
		{"instantaneous_cost_efficiency", "by no rule: each second apart"},
	} {
		f, _ := measure.Find(figures, row[0])
		share := f.Value / 100
		t.add(shareText(&share), row[1])
	}
	return t.String() + strings.Join(wrap("They differ because every launch began a whole hour then: an instance that is borrowed half an hour after another one "+
		"was given back is a second instance-hour of that clock hour, billed on-demand if the reservation has none left, though the two never ran at "+
		"once. Since per-second billing they share the same 3,600 seconds of a reserved instance, and brief overdraft is free.", tableWidth), "\n") + "\n"
}
