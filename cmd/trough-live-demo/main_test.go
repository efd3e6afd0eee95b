package main

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write the scripts' golden parts anew")

// TestMain lets the test binary be the program: scripts run it as trough-live-demo, in a process of its own.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"trough-live-demo": main})
}

func TestGoldenScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "../../testdata/scripts-live-demo", UpdateScripts: *update})
}

// An interrupt ends it with what it has: the journal up to there, verified, and the summary.
func TestAnInterruptedDemoLeavesItsJournal(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	out := filepath.Join(t.TempDir(), "out")
	stderr, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer stderr.Close()
	if code := run(ctx, []string{"-o", out, "--listen", ""}, stderr, stderr); code != exitFailed {
		t.Errorf("exit code %d, expected %d", code, exitFailed)
	}
	said, _ := os.ReadFile(stderr.Name())
	if !strings.Contains(string(said), "interrupted after 0 evaluations") {
		t.Errorf("it says %q", said)
	}
	if text, err := os.ReadFile(filepath.Join(out, summaryName)); err != nil || !strings.Contains(string(text), "0 evaluations and 0 orders: it decides again") {
		t.Errorf("summary %q, %v", text, err)
	}
}
