package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
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

// This file is what a disk does to the program while it runs: each time it holds, says so in its log, by /readyz and by a metric, acts on
// nothing, and goes on when the disk is back.

// holding is a program whose disk a test takes away.
type holding struct {
	t       *testing.T
	command *exec.Cmd
	lines   <-chan string
	address string
	journal string
}

// holds starts the program with its journal in a folder, and waits until it evaluates.
func holds(t *testing.T, folder, more string) *holding {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &holding{t: t, address: free.Addr().String(), journal: folder}
	free.Close()
	h.command, h.lines = begin(t, folder, 300, "journal: journal\nlisten: "+h.address+"\npatience: 2s\n"+more)
	for range 3 {
		until(t, h.lines, "msg=evaluation")
	}
	return h
}

// stopped: the log says why, /readyz is 503 with the same, and the metric counts.
func (h *holding) stopped(why string) {
	h.t.Helper()
	for range 2 { // it stays, and says so each time
		until(h.t, h.lines, "the journal cannot be written, so that nothing is done: ", why)
	}
	if status, text := h.get("/readyz"); status != http.StatusServiceUnavailable || !strings.HasPrefix(text, "the journal cannot be written") || !strings.Contains(text, "\njournal_written: false\n") {
		h.t.Errorf("/readyz: %d %s", status, text)
	}
	if _, text := h.get("/metrics"); !strings.Contains(text, "\nism_cycles_not_acted_total ") || strings.Contains(text, "\nism_cycles_not_acted_total 0\n") {
		h.t.Errorf("/metrics:\n%s", text)
	}
	if status, text := h.get("/healthz"); status != http.StatusOK {
		h.t.Errorf("another start would not help: %d %s", status, text)
	}
}

// goesOn: it is ready again, can be ended, and its journal decides the same again.
func (h *holding) goesOn() {
	h.t.Helper()
	for end := time.Now().Add(2 * time.Minute); ; {
		until(h.t, h.lines, "msg=evaluation")
		if _, text := h.get("/readyz"); strings.Contains(text, "\njournal_written: true\n") {
			break
		}
		if time.Now().After(end) {
			h.t.Fatal("the disk is back, and the journal is not written")
		}
	}
	h.ends()
}

func (h *holding) ends() {
	h.t.Helper()
	h.command.Process.Signal(os.Interrupt)
	until(h.t, h.lines, "msg=interrupted")
	if err := h.command.Wait(); err != nil {
		h.t.Error(err)
	}
	if v, err := drive.Verify(journal.Dir(h.journal)); err != nil || v.First != nil || v.Cycles == 0 {
		h.t.Errorf("%+v, %v", v, err)
	}
}

func (h *holding) get(path string) (int, string) {
	h.t.Helper()
	answer, err := http.Get("http://" + h.address + path)
	if err != nil {
		h.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

// The folder of a running driver is moved away, and put back: what is written to it meanwhile would be lost with the process.
func TestAJournalThatIsMovedAwayHoldsTheDriverUntilItIsBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	h := holds(t, path, "")
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	h.stopped("is not the one that was locked at the start")
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	h.goesOn()
}

// A volume is mounted over the journal's folder.
func TestAnotherDiskInThePlaceOfTheJournalsIsNotWrittenTo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	h := holds(t, path, "")
	if err := syscall.Mount("tmpfs", path, "tmpfs", 0, "size=1m"); err != nil {
		h.command.Process.Kill()
		t.Skipf("SKIPPED: no driver was tested on such a disk: a disk of its own: %v", err)
	}
	mounted := true
	defer func() {
		if mounted {
			syscall.Unmount(path, syscall.MNT_DETACH)
		}
	}()
	h.stopped("is not the one that was locked at the start")
	if found, _ := os.ReadDir(path); len(found) > 0 {
		t.Errorf("%v were made there", found)
	}
	if err := syscall.Unmount(path, syscall.MNT_DETACH); err != nil {
		t.Fatal(err)
	}
	mounted = false
	h.goesOn()
}

// An error of the disk's makes the file system read-only, as ext4 does. It does not become writable while anybody has it open, so that the
// driver is started again, with the journal that was saved.
func TestADiskThatBecomesReadOnlyHoldsTheDriver(t *testing.T) {
	disk, device := ext4(t)
	h := holds(t, filepath.Join(disk, "journal"), "")
	if err := os.WriteFile(filepath.Join("/sys/fs/ext4", filepath.Base(device), "trigger_fs_error"), []byte("1"), 0); err != nil {
		h.command.Process.Kill()
		t.Skipf("SKIPPED: no driver was tested on a disk that becomes read-only: an error of the file system's: %v", err)
	}
	h.stopped("read-only file system")
	h.ends()
}

// A snapshot freezes the file system: who writes waits for its end.
func TestADiskThatDoesNotAnswerHoldsTheDriverUntilItDoes(t *testing.T) {
	disk, _ := ext4(t)
	h := holds(t, filepath.Join(disk, "journal"), "")
	if err := freeze(disk, true); err != nil {
		h.command.Process.Kill()
		t.Skipf("SKIPPED: no driver was tested on a disk that does not answer: freezing: %v", err)
	}
	thawed := false
	thaw := func() {
		if !thawed {
			thawed = true
			if err := freeze(disk, false); err != nil {
				t.Error(err)
			}
		}
	}
	defer thaw() // or else nothing could end the process
	h.stopped("the disk has not answered yet")
	thaw()
	h.goesOn()
}

// What the disk says it could not keep is not written, whether it can be read or not.
func TestAnErrorOfFsyncHoldsTheDriverUntilThereIsNone(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("SKIPPED: no driver was tested on a disk whose fsync fails: there is no strace: .ci/tool installs it")
	}
	path := filepath.Join(t.TempDir(), "journal")
	h := holds(t, path, "")
	tracer := exec.Command(strace, "-f", "-qq", "-o", os.DevNull, "-e", "trace=fsync", "-e", "inject=fsync:error=EIO", "-p", fmt.Sprint(h.command.Process.Pid))
	if err := tracer.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- tracer.Wait() }()
	select {
	case err := <-ended:
		h.command.Process.Kill()
		t.Skipf("SKIPPED: no driver was tested on a disk whose fsync fails: strace may not trace here: %v", err)
	case <-time.After(time.Second):
	}
	h.stopped("input/output error")
	tracer.Process.Signal(os.Interrupt) // it lets go
	<-ended
	h.goesOn()
}

// ext4 is a folder on a file system in a file, until the test ends.
func ext4(t *testing.T) (path, device string) {
	t.Helper()
	image := filepath.Join(t.TempDir(), "image")
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(image, 16<<20); err != nil {
		t.Fatal(err)
	}
	run := func(name string, args ...string) string {
		out, err := exec.Command(name, args...).CombinedOutput()
		if err != nil {
			t.Skipf("SKIPPED: no driver was tested on such a disk: a file system of its own: %s: %v: %s", name, err, strings.TrimSpace(string(out)))
		}
		return strings.TrimSpace(string(out))
	}
	run("mkfs.ext4", "-q", image)
	device = run("losetup", "--find", "--show", image)
	t.Cleanup(func() { exec.Command("losetup", "--detach", device).Run() })
	path = t.TempDir()
	if err := syscall.Mount(device, path, "ext4", 0, "errors=remount-ro"); err != nil {
		t.Skipf("SKIPPED: no driver was tested on such a disk: a file system of its own: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(path, syscall.MNT_DETACH) })
	return path, device
}

// freeze stops a file system, or lets it go on. The numbers are FIFREEZE and FITHAW of linux/fs.h.
func freeze(path string, on bool) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	defer folder.Close()
	request := uintptr(0xc0045878)
	if on {
		request = 0xc0045877
	}
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, folder.Fd(), request, 0); errno != 0 {
		return errno
	}
	return nil
}
