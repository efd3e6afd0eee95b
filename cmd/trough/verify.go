package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/cmd/trough-live/journal"
)

func (a *app) verify() *cobra.Command {
	return &cobra.Command{
		Use:   "verify JOURNAL",
		Short: "Decide every evaluation of a journal again, and print the first that differs",
		Long: `Replays a journal's events, gives the same observations to the policy that the journal names, and compares decisions, trails and
orders. What the rules of safety made of a decision is taken from the journal, since they go by what the process knew at the time.

Exits with 1 where one differs, and prints it with its inputs.`,
		Example: `  trough verify journal
  trough verify journal --json`,
		Args: oneArg("a journal"),
		RunE: func(_ *cobra.Command, args []string) error {
			if _, err := os.ReadDir(args[0]); err != nil {
				return fileError(args[0], err)
			}
			v, err := drive.Verify(journal.Dir(args[0]))
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			if v.Cycles == 0 {
				return fmt.Errorf("%s: there is nothing to verify: expected a journal with at least one evaluation", args[0])
			}
			if a.json {
				err = encodeJSON(a.out, v)
			} else {
				_, err = a.out.WriteString(verdictText(v))
			}
			if err == nil && v.First != nil {
				err = failure{fmt.Errorf("%s: evaluation %d decides otherwise", args[0], v.First.Cycle)}
			}
			return err
		},
	}
}

func verdictText(v *drive.Verdict) string {
	text := fmt.Sprintf("%d evaluations in %d segments, %d orders", v.Cycles, v.Segments, v.Orders)
	if v.Torn > 0 {
		text += fmt.Sprintf("; a torn tail of %d bytes", v.Torn)
	}
	if v.First == nil {
		return text + ": all decided the same again\n"
	}
	f := v.First
	return fmt.Sprintf("%s\nfirst to differ: evaluation %d, %s, %s: %s\n  where:  %s\n  wrote:  %s\n  is:     %s\n  inputs: %s\n",
		text, f.Cycle, f.Now, f.Place, f.What, f.Where, f.Wrote, f.Is, f.Inputs)
}
