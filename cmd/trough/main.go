// Command trough backtests policies that borrow a company's idle reserved instances.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // a run failed or was interrupted
	exitInput  = 2 // what the user gave cannot be used
)

// failure is an error of the run itself; every other error is the input's.
type failure struct{ error }

func (f failure) Unwrap() error { return f.error }

// interruption is the end of a run that leaves what it had by then, and says what.
type interruption struct{ error }

func run(ctx context.Context, args []string, stdout, stderr *os.File) int {
	root := newRoot(stdout, stderr)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	if ctx.Err() != nil {
		if kept := (interruption{}); !errors.As(err, &kept) {
			err = errors.New("interrupted: nothing was left behind")
		}
		fmt.Fprintln(stderr, "trough:", oneLine(err))
		return exitFailed
	}
	var several findings
	if !errors.As(err, &several) {
		several = findings{err}
	}
	for _, one := range several {
		fmt.Fprintln(stderr, "trough:", oneLine(one))
	}
	var failed failure
	if errors.As(err, &failed) {
		return exitFailed
	}
	return exitInput
}

func oneLine(err error) string {
	return strings.Join(strings.Fields(err.Error()), " ")
}

func newRoot(stdout, stderr *os.File) *cobra.Command {
	a := &app{out: stdout, err: stderr}
	root := group(&cobra.Command{
		Use:   "trough",
		Short: "Backtest policies that borrow idle reserved instances",
		Long: `Trough replays what a company reserved and used, minute by minute, together with an encoding
workload, lets a borrowing policy run against it, and says what that would have gained and cost.`,
		Example: `  trough demo                                     a first run, on a built-in market
  trough why out/demo/full --at 2015-10-06T03:15:00Z --pool us-east-1a/r3.4xlarge
  trough scenario list                            what can be run
  trough policies                                 what can run there
  trough backtest netflix-realtime --policy full --set margin.share=10% -o out/wide
  trough compare netflix-realtime -p full -p availability`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}, a.demo(), a.backtest(), a.compare(), a.optimum(), a.ablate(), a.reproduce(), a.why(), a.bill(), a.report(), a.policies(), a.scenario(), a.scenarios(), a.trace(), a.bench(), a.sweep(), a.tune(), a.walk(), a.branch(), a.checkPolicy(), a.losses(), a.serve(), a.export(), a.verify(), a.calibrate())
	root.SetFlagErrorFunc(flagError)
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.PersistentFlags().StringVar(&a.data, "data", envOr("TROUGH_DATA", "data"), "folder of recorded traces (env TROUGH_DATA)")
	root.PersistentFlags().BoolVar(&a.json, "json", false, "write machine-readable output")
	return root
}

// app is what every command shares.
type app struct {
	out, err *os.File
	data     string
	quiet    bool // runs show no progress of their own
	json     bool
}

func envOr(name, other string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return other
}
