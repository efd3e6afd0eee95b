package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestDocumentedCommandsRun runs the commands of this program that the README and every --help show, in one directory, with a drill on a
// fake cloud as the configuration that they take for granted.
func TestDocumentedCommandsRun(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"live", "traces"} {
		if err := os.CopyFS(filepath.Join(dir, "testdata", name), os.DirFS(filepath.Join(shared, name))); err != nil {
			t.Fatal(err)
		}
	}
	drill, err := os.ReadFile(filepath.Join(shared, "live/fleet.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	cloud := newTestCloud(1_444_003_200)
	defer cloud.server.Close()
	text := strings.NewReplacer("../traces", "testdata/traces", "http://127.0.0.1:9462", cloud.server.URL).Replace(string(drill))
	if err := os.WriteFile(filepath.Join(dir, "live.yaml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	lines := documented(t)
	for _, line := range lines {
		command := exec.Command("sh", "-c", line)
		command.Dir, command.Env = dir, append(os.Environ(), amazon...)
		if text, err := command.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%.2000s", line, err, text)
		}
	}
	if len(lines) < 10 {
		t.Errorf("only %d commands were found: %q", len(lines), lines)
	}
}

var remark = regexp.MustCompile(`(\s#|\s{3,}).*$`)

// documented are the lines of the README, then those of --help, each once.
func documented(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Split(string(text), "\n")
	var visit func(*cobra.Command)
	visit = func(c *cobra.Command) {
		if c.Example == "" || c.Short == "" || c.Long == "" {
			t.Errorf("%s: no example, no line about it, or no text", c.CommandPath())
		}
		all = append(all, strings.Split(c.Example, "\n")...)
		for _, sub := range c.Commands() {
			visit(sub)
		}
	}
	visit(newRoot(os.Stdout, os.Stderr))
	var lines []string
	for _, line := range all {
		line = remark.ReplaceAllString(strings.TrimSpace(line), "")
		if strings.HasPrefix(line, "trough-live ") && !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return lines
}
