package journal_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trough.internal/cmd/trough-live/journal"
)

// begun is a journal on the disk with a head and a record, and its folder.
func begun(t *testing.T) (*journal.Journal, journal.Folder, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "journal")
	folder, unlock, err := journal.Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(unlock)
	j, err := journal.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Begin([]byte("head")); err != nil {
		t.Fatal(err)
	}
	if err := j.Append([]byte("one")); err != nil {
		t.Fatal(err)
	}
	return j, folder, path
}

// What is written to a file without a name is gone with the process, however durable the disk says it is.
func TestAFolderThatWasMovedIsNotWrittenTo(t *testing.T) {
	for name, replace := range map[string]func(path string) error{
		"nothing in its place":      func(string) error { return nil },
		"an empty one in its place": func(path string) error { return os.Mkdir(path, 0o755) },
		"another driver's in its place": func(path string) error {
			_, unlock, err := journal.Lock(path)
			if err == nil {
				unlock()
			}
			return err
		},
	} {
		j, folder, path := begun(t)
		if err := os.Rename(path, path+".away"); err != nil {
			t.Fatal(err)
		}
		if err := replace(path); err != nil {
			t.Fatal(err)
		}
		if err := j.Append([]byte("two")); err == nil || !strings.Contains(err.Error(), "is not there any more") {
			t.Errorf("%s: Append: %v", name, err)
		}
		for range 3 {
			if err := j.Begin([]byte("head")); err == nil || !strings.Contains(err.Error(), "is not the one that was locked") {
				t.Errorf("%s: Begin: %v", name, err)
			}
		}
		if found, _ := filepath.Glob(path + "/*.journal*"); len(found) > 0 {
			t.Errorf("%s: %q were made", name, found)
		}
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".away", path); err != nil {
			t.Fatal(err)
		}
		if err := j.Begin([]byte("head again")); err != nil {
			t.Errorf("%s: it is back: %v", name, err)
		}
		if err := j.Append([]byte("three")); err != nil {
			t.Errorf("%s: it is back: %v", name, err)
		}
		if got := contents(t, folder); !slices.Equal(got, []string{"head", "one", "head again", "three"}) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestASegmentThatWasRemovedLeavesNoGap(t *testing.T) {
	j, folder, path := begun(t)
	if err := j.Begin([]byte("second head")); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(path, "000000000002.journal")); err != nil {
		t.Fatal(err)
	}
	if err := j.Append([]byte("lost")); err == nil {
		t.Error("it is taken for written")
	}
	if err := j.Begin([]byte("third head")); err != nil {
		t.Fatal(err)
	}
	if got := contents(t, folder); !slices.Equal(got, []string{"head", "one", "third head"}) {
		t.Errorf("%q", got)
	}
}

func TestAFileThatSomebodyElseChangedIsNotAppendedTo(t *testing.T) {
	j, folder, path := begun(t)
	other, err := os.OpenFile(filepath.Join(path, "000000000001.journal"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, err := other.WriteString(strings.Repeat("x", 100)); err != nil {
		t.Fatal(err)
	}
	if err := j.Append([]byte("two")); err == nil {
		t.Error("it is taken for written")
	}
	if err := j.Begin([]byte("head again")); err != nil {
		t.Fatal(err)
	}
	if got := contents(t, folder); !slices.Equal(got, []string{"head", "one", "head again"}) {
		t.Errorf("%q", got)
	}
}

// A segment that is full is followed by another one without anything having failed.
func TestNoSegmentIsBegunInAnotherFolder(t *testing.T) {
	j, _, path := begun(t)
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := j.Begin([]byte("head")); err == nil || !strings.Contains(err.Error(), "is not the one that was locked") {
		t.Errorf("Begin: %v", err)
	}
	if found, _ := filepath.Glob(path + "/*"); len(found) > 0 {
		t.Errorf("%q were made", found)
	}
}
