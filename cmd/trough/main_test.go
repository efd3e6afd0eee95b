package main

import (
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"trough.internal/report/page/browsertest"
)

var update = flag.Bool("update", false, "write the scripts' golden parts anew")

// TestMain lets the test binary be the program: scripts and tests run it as trough, in a process of its own. As trough-short it
// has a demo of less, which shortDemo writes into the directory where it runs.
func TestMain(m *testing.M) {
	testscript.Main(closing{m}, map[string]func(){"trough": main, "trough-short": func() {
		demoScenario = shortDemoFile
		main()
	}})
}

// closing are tests after which no browser is left running.
type closing struct{ *testing.M }

func (c closing) Run() int {
	defer browsertest.Close()
	return c.M.Run()
}

// shared is where scenarios, policies and traces for examples and tests lie.
const shared = "../../testdata"

// sideBySide are the scripts of commands that run side by side: under the race detector the others would only be slow.
var sideBySide = []string{"branch"}

// TestGoldenScripts runs testdata/scripts: what commands print and leave, and what they refuse. Short tests run a few.
func TestGoldenScripts(t *testing.T) {
	dir, files := filepath.Join(shared, "scripts"), []string(nil)
	if testing.Short() {
		for _, name := range sideBySide {
			files = append(files, filepath.Join(dir, name+".txtar"))
		}
		dir = ""
	}
	testscript.Run(t, testscript.Params{
		Dir:           dir,
		Files:         files,
		UpdateScripts: *update,
		Setup: func(e *testscript.Env) error {
			e.Setenv("TROUGH_DATA", "traces")
			return copyShared(e.WorkDir)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"refuses": refuses,
			"damage":  damage,
			"edit":    edit,
			"record":  recordScript,
		},
	})
}

// copyShared copies the folders that documented commands and scripts use.
func copyShared(to string) error {
	for _, name := range []string{"scenarios", "policies", "traces", "bills", "experiments"} {
		if err := os.CopyFS(filepath.Join(to, name), os.DirFS(filepath.Join(shared, name))); err != nil {
			return err
		}
	}
	return nil
}

// refuses runs `trough ARGS...`, which must refuse its input: exit code 2, nothing on stdout, exactly one line on stderr,
// which matches the pattern, and not a file more or less than before.
//
//	refuses PATTERN ARGS...
func refuses(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: refuses PATTERN ARGS...")
	}
	before := tree(ts)
	command := exec.Command("trough", args[1:]...)
	command.Dir = ts.MkAbs(".")
	command.Env = append(os.Environ(), "TROUGH_DATA="+ts.Getenv("TROUGH_DATA"))
	var out, wrong strings.Builder
	command.Stdout, command.Stderr = &out, &wrong
	command.Run()
	line := wrong.String()
	ts.Logf("%s", line)
	switch {
	case command.ProcessState.ExitCode() != exitInput:
		ts.Fatalf("exit code %d, not %d; stdout: %s", command.ProcessState.ExitCode(), exitInput, &out)
	case out.Len() > 0:
		ts.Fatalf("it printed %q", &out)
	case strings.Count(line, "\n") != 1 || !strings.HasSuffix(line, "\n"):
		ts.Fatalf("expected exactly one line")
	case !regexp.MustCompile(args[0]).MatchString(line):
		ts.Fatalf("it does not match %s", args[0])
	case !slices.Equal(before, tree(ts)):
		ts.Fatalf("files before and after: %q, %q", before, tree(ts))
	}
}

func tree(ts *testscript.TestScript) []string {
	var list []string
	ts.Check(filepath.WalkDir(ts.MkAbs("."), func(path string, _ fs.DirEntry, err error) error {
		list = append(list, path)
		return err
	}))
	return list
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

// edit writes a copy of a file in which the first match of a pattern is replaced: `edit FROM TO PATTERN TEXT`. It fails
// where nothing matches, so that no test passes because its input stayed right.
func edit(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[0])
	place := regexp.MustCompile("(?m)" + args[2]).FindStringIndex(text)
	if place == nil {
		ts.Fatalf("%s is not in %s", args[2], args[0])
	}
	replaced := text[:place[0]] + strings.NewReplacer(`\n`, "\n", `\t`, "\t").Replace(args[3]) + text[place[1]:]
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(replaced), 0o644))
}
