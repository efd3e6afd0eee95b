package main

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write the scripts' golden parts anew")

// TestMain lets the test binary be the program: scripts run it as trough-live, in a process of its own.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"trough-live": main})
}

// shared is where configurations and traces for examples and tests lie.
const shared = "../../testdata"

// TestGoldenScripts runs testdata/scripts-live: what commands print and leave, and what they refuse.
func TestGoldenScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           filepath.Join(shared, "scripts-live"),
		UpdateScripts: *update,
		Setup: func(e *testscript.Env) error {
			for _, name := range []string{"live", "traces"} {
				if err := os.CopyFS(filepath.Join(e.WorkDir, name), os.DirFS(filepath.Join(shared, name))); err != nil {
					return err
				}
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"damage": damage, "edit": edit, "cloud": cloud},
	})
}

// damage changes a file in place: `damage FILE cut N` keeps its first N bytes, or all but the last -N; `damage FILE flip N` inverts
// byte N.
func damage(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	data, err := os.ReadFile(path)
	ts.Check(err)
	n, err := strconv.Atoi(args[2])
	ts.Check(err)
	switch {
	case args[1] == "flip":
		data[n] ^= 0xff
	case n < 0:
		data = data[:len(data)+n]
	default:
		data = data[:n]
	}
	ts.Check(os.WriteFile(path, data, 0o644))
}

// edit writes a copy of a file in which the first match of a pattern is replaced: `edit FROM TO PATTERN TEXT`. It fails where
// nothing matches, so that no test passes because its input stayed right.
func edit(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[0])
	place := regexp.MustCompile("(?m)" + args[2]).FindStringIndex(text)
	if place == nil {
		ts.Fatalf("%s is not in %s", args[2], args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text[:place[0]]+strings.ReplaceAll(args[3], `\n`, "\n")+text[place[1]:]), 0o644))
}
