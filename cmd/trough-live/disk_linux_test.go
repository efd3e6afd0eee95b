package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/cmd/trough-live/journal"
)

// TestAFullDiskHoldsTheDriverUntilThereIsRoom: a process on a small disk of its own says that nothing is done while its journal cannot
// be written, goes on when there is room, and leaves a journal that decides the same again. Needs root, to have a disk.
func TestAFullDiskHoldsTheDriverUntilThereIsRoom(t *testing.T) {
	disk := mount(t, "size=128k")
	command, lines := begin(t, filepath.Join(disk, "journal"), 1200, "")
	until(t, lines, "the journal cannot be written, so that nothing is done: ", "no space left on device")
	for range 3 { // it stays, and says so every time
		until(t, lines, "the journal cannot be written", "no space left on device")
	}
	remount(t, disk, "size=64m")
	until(t, lines, "msg=evaluation")
	if line := until(t, lines, "msg=evaluation"); strings.Contains(line, "cannot be written") {
		t.Errorf("there is room again: %s", line)
	}
	for range 5 {
		until(t, lines, "msg=evaluation")
	}
	command.Process.Signal(os.Interrupt)
	until(t, lines, "msg=interrupted")
	if err := command.Wait(); err != nil {
		t.Error(err)
	}
	if v, err := drive.Verify(journal.Dir(filepath.Join(disk, "journal"))); err != nil || v.First != nil || v.Segments != 2 {
		t.Errorf("%+v, %v", v, err)
	}
}

// TestADiskThatCannotBeWrittenIsSaidInOneLine: who cannot write a journal at all does not begin.
func TestADiskThatCannotBeWrittenIsSaidInOneLine(t *testing.T) {
	disk := mount(t, "size=1m")
	remount(t, disk, "ro")
	text, err := exec.Command("trough-live", "run", filepath.Join(shared, "live/drill.yaml"), "--journal", filepath.Join(disk, "journal")).CombinedOutput()
	if err == nil || !strings.Contains(string(text), "read-only file system") || strings.Count(string(text), "\n") != 1 {
		t.Errorf("%v: %s", err, text)
	}
}

// mount is a folder on a small disk of its own, until the test ends.
func mount(t *testing.T, options string) string {
	path := t.TempDir()
	if err := syscall.Mount("tmpfs", path, "tmpfs", 0, options); err != nil {
		t.Skipf("SKIPPED: no driver was tested on such a disk: a disk of its own: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(path, syscall.MNT_DETACH) })
	return path
}

func remount(t *testing.T, path, options string) {
	flags := uintptr(syscall.MS_REMOUNT)
	if options == "ro" {
		flags, options = flags|syscall.MS_RDONLY, ""
	}
	if err := syscall.Mount("tmpfs", path, "tmpfs", flags, options); err != nil {
		t.Fatal(err)
	}
}

// begin starts a drill that goes so much faster than time, and gives its log line by line. Its configuration ends with more lines in the
// place of its journal's.
func begin(t *testing.T, path string, speed int, more string) (*exec.Cmd, <-chan string) {
	dir := t.TempDir()
	text, err := os.ReadFile(filepath.Join(shared, "live/drill.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	traces, err := filepath.Abs(filepath.Join(shared, "traces"))
	if err != nil {
		t.Fatal(err)
	}
	fast := strings.ReplaceAll(strings.ReplaceAll(string(text), "speed: 0", fmt.Sprint("speed: ", speed)), "../traces", traces)
	if more != "" {
		fast = strings.Replace(fast, "journal: journal\n", more, 1)
	}
	if err := os.WriteFile(filepath.Join(dir, "drill.yaml"), []byte(fast), 0o644); err != nil {
		t.Fatal(err)
	}
	command := exec.Command("trough-live", "run", filepath.Join(dir, "drill.yaml"), "--journal", path)
	out, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { command.Process.Kill() })
	lines := make(chan string)
	go func() {
		defer close(lines)
		for in := bufio.NewScanner(out); in.Scan(); {
			lines <- in.Text()
		}
	}()
	return command, lines
}

// until is the next line of a log that has some parts.
func until(t *testing.T, lines <-chan string, parts ...string) string {
	t.Helper()
	late := time.After(2 * time.Minute)
	for {
		select {
		case line, more := <-lines:
			if !more {
				t.Fatalf("the log ends without %q", parts)
			}
			has := true
			for _, part := range parts {
				has = has && strings.Contains(line, part)
			}
			if has {
				return line
			}
		case <-late:
			t.Fatalf("no %q within two minutes", parts)
		}
	}
}
