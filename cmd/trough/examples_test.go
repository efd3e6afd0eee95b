package main

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"trough.internal/cmd/trough/bucket"
	"trough.internal/sim"
)

// longScenario is what the examples run over and over; here a copy of a short scenario stands in its place.
var longScenario = regexp.MustCompile(`^(trough (?:backtest|compare|ablate|optimum|losses|check-policy \S+)) netflix-realtime`)

// tooLong are other examples that take long, and what is run in their place unless TROUGH_LONG=1: the same command on less.
var tooLong = []struct {
	long *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`^trough demo`), "trough-short demo"},
	{regexp.MustCompile(`^trough reproduce netflix-realtime`), "trough reproduce season"}, // the script of its name runs it as it is
	{regexp.MustCompile(`^trough reproduce season$`), "$0 --seeds 2"},
	{regexp.MustCompile(`testdata/experiments/tuned-month\.yaml`), "tuned-week.yaml"},
}

// shorten is what is run of an example.
func shorten(line string) string {
	line = longScenario.ReplaceAllString(line, "$1 short.yaml")
	if os.Getenv("TROUGH_LONG") == "" {
		for _, s := range tooLong {
			line = s.long.ReplaceAllString(line, s.with)
		}
	}
	return line
}

// remark is what stands behind an example: after a # or several spaces.
var remark = regexp.MustCompile(`( {3,}| +#).*$`)

// port is that of an example's address.
var port = regexp.MustCompile(`:\d+\b`)

// TestDocumentedCommandsRun runs the examples of every --help and the commands of the README, in one directory, as a
// newcomer would: what one writes, a later one reads.
func TestDocumentedCommandsRun(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs every example, the demo too")
	}
	dir := newcomer(t)
	shortDemo(t, dir, 4) // as long as the examples that look into it need
	// The bucket of the examples, without a word in their URLs of where it is.
	t.Setenv("AWS_ENDPOINT_URL_S3", fakeStore(t, nil).URL)
	done := map[string]bool{}
	for _, line := range append(readmeCommands(t), helpExamples()...) {
		line = strings.TrimSpace(remark.ReplaceAllString(line, ""))
		if done[line] || strings.HasPrefix(line, "trough-live ") { // the other program's, whose tests run them
			continue
		}
		done[line] = true
		if strings.Contains(line, "shared/data") || strings.Contains(line, "recorded-") {
			if _, err := os.Stat(filepath.Join(dir, "../shared/data")); err != nil {
				t.Logf("skipped, there are no recorded sets here: %s", line)
				continue
			}
		}
		if strings.HasPrefix(line, "make ") {
			madeOf(t, line)
			if line != "make demo" {
				continue
			}
			line = "trough demo"
			done[line] = true
		}
		if out := outOf(line); out != "" && !bucket.IsURL(out) { // another example wrote there before; its writer is not to blame
			os.RemoveAll(filepath.Join(dir, out))
		}
		began := time.Now()
		if text, err := runAsTyped(dir, shorten(line)); err != nil {
			t.Errorf("%s: %v\n%s", line, err, text)
		}
		t.Logf("%.1fs %s", time.Since(began).Seconds(), line)
	}
	if len(done) < 50 {
		t.Errorf("only %d commands were found", len(done))
	}
}

// runAsTyped runs a command line, and returns what it printed. A server, on any port, runs until it says where it listens.
func runAsTyped(dir, line string) ([]byte, error) {
	serves := strings.HasPrefix(line, "trough serve")
	if serves {
		line = "exec " + port.ReplaceAllString(line+" --listen 127.0.0.1:0", ":0")
	}
	command := exec.Command("sh", "-c", line)
	command.Dir = dir
	if !serves {
		return command.CombinedOutput()
	}
	var stderr bytes.Buffer
	command.Stderr = &stderr
	stdout, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	address, err := bufio.NewReader(stdout).ReadString('\n')
	if err == nil {
		err = command.Process.Signal(os.Interrupt)
	}
	return append([]byte(address), stderr.Bytes()...), cmp.Or(command.Wait(), err)
}

var written = regexp.MustCompile(`(?:-o|--out) (\S+)`)

// outOf is the file that a command writes. Folders of traces stay: they are made once and read by others.
func outOf(line string) string {
	m := written.FindStringSubmatch(line)
	if m == nil || m[1] == "data" {
		return ""
	}
	return m[1]
}

// newcomer is a directory with the files that examples take for granted.
func newcomer(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	dir := filepath.Join(root, "main")
	if err := copyShared(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(dir, "testdata"), os.DirFS(shared)); err != nil {
		t.Fatal(err)
	}
	put := func(from, to string, replaced ...string) {
		text, err := os.ReadFile(filepath.Join(shared, from))
		text = bytes.ReplaceAll(text, []byte(": ../"), []byte(": testdata/")) // what it names lies deeper, seen from here
		text = []byte(strings.NewReplacer(replaced...).Replace(string(text)))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, to), text, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	put("scenarios/every-stage.yaml", "short.yaml")
	put("experiments/tuned-month.yaml", "tuned-week.yaml", "scenario: month", "scenario: week.yaml", "{until: 14d}", "{until: 2d}",
		"test: [{from: 15d, until: 28d}]", "test: [{from: 3d, until: 7d}]\nwalk: {fold: 2d}")
	shortMonth(t, dir, "week.yaml", 7)
	put("scenarios/every-stage.yaml", "my-scenario.yaml")
	put("policies/cautious.yaml", "my-policy.yaml")
	put("experiments/small.yaml", "my-experiment.yaml")
	put("traces/small-capacity.csv", "week.csv")
	put("policies/cautious.yaml", "secret.txt") // a text that nobody guesses is one too
	put("traces/small-jobs.csv", "jobs.csv")
	for _, c := range [][]string{{"market", "-o", "week.parquet", "--days", "1"}, {"encoding", "-o", "jobs.parquet", "--days", "1"}} {
		command := exec.Command("trough", append([]string{"trace", "synth"}, c...)...)
		command.Dir = dir
		if text, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
	}
	if _, err := recordLive(filepath.Join(dir, "journal"), nil); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(dir, "out/drill"), os.DirFS(filepath.Join(dir, "journal"))); err != nil { // the other program's work
		t.Fatal(err)
	}
	// scenario check scenarios/*.yaml --data data: of the newcomer's own scenarios, whose traces lie there.
	if err := os.CopyFS(filepath.Join(dir, "data"), os.DirFS(filepath.Join(shared, "traces"))); err != nil {
		t.Fatal(err)
	}
	if sets, err := filepath.Abs("../../../shared"); err == nil && isDir(sets) {
		if err := os.Symlink(sets, filepath.Join(root, "shared")); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// shortMonth writes the first so many days of scenario month into a folder.
func shortMonth(t *testing.T, dir, name string, days int) string {
	t.Helper()
	month, err := sim.BuiltinFile("month")
	if err != nil {
		t.Fatal(err)
	}
	const length = "length: 28d\n"
	if !bytes.Contains(month, []byte(length)) {
		t.Fatalf("scenario month has no %q", length)
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, bytes.Replace(month, []byte(length), fmt.Appendf(nil, "length: %dd\n", days), 1), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// helpExamples are the examples of all commands, those of the root first.
func helpExamples() []string {
	var lines []string
	var visit func(*cobra.Command)
	visit = func(c *cobra.Command) {
		for line := range strings.SplitSeq(c.Example, "\n") {
			if line = strings.TrimSpace(line); line != "" {
				lines = append(lines, line)
			}
		}
		for _, sub := range c.Commands() {
			visit(sub)
		}
	}
	visit(newRoot(os.Stdout, os.Stderr))
	return lines
}

// readmeCommands are the lines of the README's sh blocks.
func readmeCommands(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	in := false
	for line := range strings.SplitSeq(string(text), "\n") {
		switch {
		case strings.HasPrefix(line, "```"):
			in = line == "```sh"
		case in && strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "#"):
			lines = append(lines, strings.TrimPrefix(line, "bin/"))
		}
	}
	if len(lines) < 5 {
		t.Fatalf("README.md: only %d commands in its sh blocks", len(lines))
	}
	return lines
}

// madeOf checks that a documented target of make is there. What `make demo` and `make recorded` run are examples too.
func madeOf(t *testing.T, line string) {
	t.Helper()
	text, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	target := strings.Fields(line)[1]
	if !regexp.MustCompile(fmt.Sprintf(`(?m)^%s:`, regexp.QuoteMeta(target))).Match(text) {
		t.Errorf("%s: the Makefile has no such target", line)
	}
}

// TestEveryCommandTeachesByExample: none without an example, a line about it, and a text of --help that begins with what it does.
func TestEveryCommandTeachesByExample(t *testing.T) {
	var visit func(*cobra.Command)
	visit = func(c *cobra.Command) {
		if c.Example == "" || c.Short == "" || c.RunE == nil {
			t.Errorf("%s: no example, no line about it, or nothing to run", c.CommandPath())
		}
		for line := range strings.SplitSeq(c.Example, "\n") {
			if !strings.HasPrefix(line, "  trough ") {
				t.Errorf("%s: an example is no command: %q", c.CommandPath(), line)
			}
		}
		for _, sub := range c.Commands() {
			visit(sub)
		}
	}
	visit(newRoot(os.Stdout, os.Stderr))
}

// TestReadmeNamesEveryCommand keeps the README's table whole.
func TestReadmeNamesEveryCommand(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range newRoot(os.Stdout, os.Stderr).Commands() {
		names = append(names, c.Name())
	}
	slices.Sort(names)
	for _, name := range names {
		if !strings.Contains(string(text), "`"+name) {
			t.Errorf("README.md does not name %s", name)
		}
	}
}
