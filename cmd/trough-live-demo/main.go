// Command trough-live-demo shows the live driver at work: a fake cloud that the simulator moves, and a driver that borrows in it by way of
// HTTP, in one process. It is a program of its own because the driver's must not reach the simulator.
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

	"trough.internal/policies"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// Exit codes, as those of trough-live.
const (
	exitOK     = 0
	exitFailed = 1 // the demo failed, or its journal diverges
	exitInput  = 2 // what the user gave cannot be used
)

// failure is an error of the demo itself; every other error is the input's.
type failure struct{ error }

func run(ctx context.Context, args []string, stdout, stderr *os.File) int {
	root := newRoot(stdout, stderr)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	fmt.Fprintln(stderr, "trough-live-demo:", strings.Join(strings.Fields(err.Error()), " "))
	if failed := (failure{}); errors.As(err, &failed) {
		return exitFailed
	}
	return exitInput
}

// flags are what the user can choose.
type flags struct {
	out, policy, listen string
	speed               float64
	hours               int
	force               bool
}

func newRoot(stdout, stderr *os.File) *cobra.Command {
	var f flags
	root := &cobra.Command{
		Use:   "trough-live-demo",
		Short: "Let the live driver borrow for a day in a fake cloud",
		Long: `Starts servers that speak as EC2 Auto Scaling, EC2, Spinnaker's clouddriver and an encoding system do, over a day of the simulator, and
the live driver that borrows from them: by HTTP, with Amazon's SDK, its rules of safety and its journal. At the end it says what was
borrowed and what it took, and decides the whole journal again.`,
		Example: `  trough-live-demo -o out/demo-live
  trough-live-demo -o out/fast --speed 0 --policy availability`,
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(c *cobra.Command, _ []string) error {
			if f.speed < 0 || f.speed > 1_000_000 {
				return fmt.Errorf("--speed is %g: expected 0 to 1000000", f.speed)
			}
			if f.hours < 1 || f.hours > 24 {
				return fmt.Errorf("--hours is %d: expected 1 to 24", f.hours)
			}
			set, err := policies.BuiltinSettings(f.policy)
			if err != nil {
				return fmt.Errorf("--policy: %w", err)
			}
			return play(c.Context(), f, set, stdout, stderr)
		},
	}
	root.Flags().StringVarP(&f.out, "out", "o", "out/demo-live", "directory to write")
	root.Flags().StringVar(&f.policy, "policy", "full", "a built-in policy, one of "+strings.Join(policies.Builtin(), ", "))
	root.Flags().Float64Var(&f.speed, "speed", 720, "how much faster than time it goes: 720 is a day in two minutes, 0 as fast as it can")
	root.Flags().IntVar(&f.hours, "hours", 24, "how much of the day")
	root.Flags().StringVar(&f.listen, "listen", "127.0.0.1:9461", "loopback address of /metrics; empty: none")
	root.Flags().BoolVar(&f.force, "force", false, "replace an earlier demo")
	root.SetOut(stdout)
	root.SetErr(stderr)
	return root
}
