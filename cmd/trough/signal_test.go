package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestInterruptedRunLeavesNothing sends the signal when the hidden directory of a run, or of a trace, has files in it.
func TestInterruptedRunLeavesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		signal os.Signal
		args   []string
	}{
		"demo":     {os.Interrupt, []string{"demo", "-o", "new/demo"}},
		"backtest": {syscall.SIGTERM, []string{"backtest", "netflix-realtime", "-o", "new/deep/run", "--ledger", "full"}},
		"compare":  {os.Interrupt, []string{"compare", "netflix-realtime", "-p", "full", "-p", "availability", "-o", "new/both"}},
		"trace":    {syscall.SIGTERM, []string{"trace", "synth", "market", "-o", "new/market.parquet", "--days", "3000"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			command := exec.Command("trough", c.args...)
			command.Dir = dir
			var out, wrong bytes.Buffer
			command.Stdout, command.Stderr = &out, &wrong
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			defer command.Process.Kill()
			if !begun(dir) {
				t.Fatal("no hidden directory with files in it after 30 s")
			}
			if err := command.Process.Signal(c.signal); err != nil {
				t.Fatal(err)
			}
			command.Wait()
			if code := command.ProcessState.ExitCode(); code != exitFailed {
				t.Errorf("exit code %d, not %d", code, exitFailed)
			}
			if wrong.String() != "trough: interrupted: nothing was left behind\n" || out.Len() > 0 {
				t.Errorf("it said %q and %q", &wrong, &out)
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
				t.Errorf("it left %v (%v)", left, err)
			}
		})
	}
}

// begun waits until a file is being written below a hidden directory.
func begun(dir string) bool {
	for range 3000 {
		found := false
		filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
			found = found || err == nil && !info.IsDir() && strings.Contains(path, "partial-")
			return nil
		})
		if found {
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}

// A sweep is interrupted when its first cell is there, and keeps it.
func TestInterruptedSweepSaysWhatItKept(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	command := exec.Command("trough", "sweep", shared+"/experiments/margin.yaml", "-o", out, "--workers", "1", "--shard", "1/2")
	var wrong bytes.Buffer
	command.Stderr = &wrong
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	defer command.Process.Kill()
	for range 3000 {
		if cells, _ := filepath.Glob(filepath.Join(out, "cells", "*", "*.json")); len(cells) > 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err := command.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	command.Wait()
	cells, _ := filepath.Glob(filepath.Join(out, "cells", "*", "*"))
	want := fmt.Sprintf("trough: interrupted: %d new cells are kept in %s: the same call goes on with the rest\n", len(cells), out)
	if code := command.ProcessState.ExitCode(); code != exitFailed || wrong.String() != want || len(cells) == 0 {
		t.Errorf("exit code %d, and it said %q, expected %q", code, &wrong, want)
	}
}
