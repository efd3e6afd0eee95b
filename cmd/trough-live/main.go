// Command trough-live runs a borrowing policy on live facts: what the backtest runs, in production.
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
	exitFailed = 1 // a run failed, or a journal diverges
	exitInput  = 2 // what the user gave cannot be used
)

// failure is an error of the run itself; every other error is the input's.
type failure struct{ error }

func (f failure) Unwrap() error { return f.error }

func run(ctx context.Context, args []string, stdout, stderr *os.File) int {
	root := newRoot(stdout, stderr)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	fmt.Fprintln(stderr, "trough-live:", strings.Join(strings.Fields(err.Error()), " "))
	if failed := (failure{}); errors.As(err, &failed) {
		return exitFailed
	}
	return exitInput
}

// app is what every command shares.
type app struct {
	out, err *os.File
	json     bool
}

func newRoot(stdout, stderr *os.File) *cobra.Command {
	a := &app{out: stdout, err: stderr}
	root := &cobra.Command{
		Use:   "trough-live",
		Short: "Run a borrowing policy on live facts",
		Long: `trough-live asks, every evaluation, what the owners use and what there is to do, lets the same policy decide that a backtest
runs, writes all of it into a journal, and has the orders carried out by Amazon: in mode shadow none, in mode hold those that
give back, in mode run all of them.`,
		Example: `  trough-live check live.yaml             what would run, with all defaults
  trough-live plan live.yaml              one evaluation, and why
  trough-live run live.yaml               until it is interrupted
  trough-live stop live.yaml evacuate --region us-east-1 --for 2h
  trough verify journal                   decide all of it again, with the analyst's program`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.AddCommand(a.check(), a.plan(), a.run(), a.stop())
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.PersistentFlags().BoolVar(&a.json, "json", false, "write machine-readable output")
	return root
}
