package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func (a *app) bill() *cobra.Command {
	var f billFlags
	c := &cobra.Command{
		Use:   "bill [RUN]",
		Short: "Bill a run, or any usage, by EC2's own rules",
		Long: `With a run directory: what its borrowers cost, by the billing rules of its date.

With --usage: what any usage costs, given what is held: which part of each instance's hours is covered by what, what
is on-demand, and what of the holdings nobody used. So the rules can be checked against a real bill. The files are CSV,
and go doc trough.internal/traces/usage says what their columns hold:

  usage     hour,account,instance,instance_type,zone,platform,tenancy,seconds
  holdings  id,account,kind,instance_type,location,platform,tenancy,count,start,end
  rates     instance_type,platform,tenancy,region,on_demand_usd,sp_ec2_usd,sp_compute_usd

Kinds of holdings are ri-zonal, ri-regional, capacity, sp-ec2 and sp-compute. Without --holdings nothing is held; without
--rates the built-in lists give on-demand rates of Linux, and Savings Plans cover nothing.

The span that is billed is that of the usage: from the first clock hour that a row names, be it with 0 seconds, to the
last. It is widened to the whole term of every holding that is shorter than 31 days: a reserved instance or a Savings Plan
lasts a year or three, so that a shorter term is part of what is asked. --from and --until say otherwise.
All of it is billed by the rules of the span's first hour, or of the date that --rules names.

What a reserved instance costs is not on this bill: its price is paid whether it is used or not. A Savings Plan's
commitment is, as is what of a capacity reservation stays empty.`,
		Example: `  trough bill --usage testdata/bills/usage.csv --holdings testdata/bills/holdings.csv
  trough bill --usage testdata/bills/usage.csv --holdings testdata/bills/holdings.csv --rates testdata/bills/rates.csv --json
  trough bill --usage testdata/bills/usage.csv --rules 2017-10-01 --hours touched --csv`,
		Args: atMostOne("a run directory"),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case a.json && f.csv:
				return errors.New("bill: expected --json or --csv, not both")
			case len(args) > 0 && f.usage+f.holdings+f.rates != "":
				return fmt.Errorf("bill: %s is a run, and --usage, --holdings and --rates are files to bill: expected one or the other", args[0])
			case len(args) > 0 && f.from+f.until != "":
				return errors.New("bill: a run is billed from its beginning to its end: --from and --until are for --usage")
			case len(args) > 0:
				return a.billRun(cmd.Context(), args[0], &f)
			case f.usage == "":
				return errors.New("bill: expected a run directory, or --usage usage.csv: see trough bill --help")
			case f.ownerEnds != "":
				return errors.New("bill: --owner-ends is for runs, which have counts of the owners' instances: a file of usage says which one ended")
			}
			return a.billUsage(cmd.Context(), &f)
		},
	}
	c.AddCommand(a.billExplain())
	f.add(c.Flags())
	c.RegisterFlagCompletionFunc("hours", words("begun", "touched", "concurrent"))
	c.RegisterFlagCompletionFunc("owner-ends", words("random", "oldest", "newest", "hour-end"))
	return c
}

// billFlags are the flags of the command. What is empty was not given.
type billFlags struct {
	usage, holdings, rates string
	from, until            string
	billChanges
	csv bool
}

func (f *billFlags) add(to *pflag.FlagSet) {
	to.StringVar(&f.usage, "usage", "", "file of usage to bill, instead of a run")
	to.StringVar(&f.holdings, "holdings", "", "file of what is held (default: nothing)")
	to.StringVar(&f.rates, "rates", "", "file of rates (default: built-in on-demand rates)")
	to.StringVar(&f.from, "from", "", "first clock hour of the usage to bill, as 2017-10-02T00:00:00Z")
	to.StringVar(&f.until, "until", "", "end of the last clock hour of the usage to bill")
	to.BoolVar(&f.csv, "csv", false, "write the bill's lines as CSV")
	f.billChanges.add(to)
}
