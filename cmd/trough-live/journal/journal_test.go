package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestACutAtAnyByteLeavesTheRecordsBeforeIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		records := rapid.SliceOfN(rapid.SliceOfN(rapid.ByteRange(1, 255), 0, 40), 1, 6).Draw(t, "records")
		m := newMemory()
		ends := write(t, m, "head", records...)
		file := m.files["000000000001.journal"]
		for cut := ends[0]; cut <= len(file.data); cut++ {
			after := m.crash(0)
			f := after.files["000000000001.journal"]
			f.data, f.durable = f.data[:cut:cut], cut
			zeros := rapid.IntRange(0, 20).Draw(t, "zeros") // a file whose size was written before its content
			f.data = append(f.data, make([]byte, zeros)...)
			want := 0
			for want < len(records) && ends[want+1] <= cut {
				want++
			}
			j, err := Open(after)
			if err != nil {
				t.Fatalf("cut at %d of %d, %d zeros: %v", cut, len(file.data), zeros, err)
			}
			if len(f.data) != ends[want] {
				t.Fatalf("cut at %d: %d bytes are left, want %d", cut, len(f.data), ends[want])
			}
			if err := j.Begin([]byte("next")); err != nil {
				t.Fatal(err)
			}
			if got := contents(t, after); len(got) != want+2 || got[want+1] != "next" {
				t.Fatalf("cut at %d: %q, want the head, %d records, and the next head", cut, got, want)
			}
		}
	})
}

func TestAPageOfTheLastRecordThatWasNotWrittenIsATornTail(t *testing.T) {
	m := newMemory()
	ends := write(t, m, "head", []byte("first"), []byte(strings.Repeat("second", 20)))
	data := m.files["000000000001.journal"].data
	clear(data[ends[1] : ends[1]+16]) // its beginning, while its end was written
	if _, err := Open(m); err != nil {
		t.Fatal(err)
	}
	if got := contents(t, m); !slices.Equal(got, []string{"head", "first"}) {
		t.Errorf("%q are left", got)
	}
}

func TestDamageBeforeARecordIsNoTornTail(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMemory()
		ends := write(t, m, "head", []byte("first"), []byte("second"), []byte("third"))
		data := m.files["000000000001.journal"].data
		data[rapid.IntRange(0, ends[2]-1).Draw(t, "byte")] ^= byte(rapid.IntRange(1, 255).Draw(t, "flip"))
		before := slices.Clone(data)
		if _, err := Open(m); err == nil {
			t.Fatal("a journal with a damaged record opens")
		}
		if !slices.Equal(before, m.files["000000000001.journal"].data) {
			t.Fatal("a damaged journal was changed")
		}
	})
}

func TestATornTailOfASegmentBeforeTheLastIsDamage(t *testing.T) {
	m := newMemory()
	write(t, m, "head", []byte("first"))
	write(t, m, "head", []byte("second"))
	f := m.files["000000000001.journal"]
	f.data = f.data[:len(f.data)-1]
	if _, err := Read(m, nil); err == nil || !strings.Contains(err.Error(), "000000000001.journal: damaged") {
		t.Errorf("%v", err)
	}
	delete(m.files, "000000000001.journal")
	if _, err := Read(m, nil); err != nil {
		t.Errorf("the first segment was deleted: %v", err)
	}
	write(t, m, "head")
	delete(m.files, "000000000002.journal")
	m.files["000000000001.journal"] = f
	if _, err := Read(m, nil); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("the one between them was deleted: %v", err)
	}
}

func TestWhatWasAcknowledgedIsThereAfterACrash(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMemory()
		steps := 0
		failAt := rapid.IntRange(0, 40).Draw(t, "fails at")
		m.failing = func(string) error {
			steps++
			if steps == failAt || steps == failAt+1 {
				return errFull
			}
			return nil
		}
		j, err := Open(m)
		if err != nil {
			t.Fatal(err)
		}
		var acknowledged []string
		for i := range 12 {
			text := fmt.Sprintf("record %d", i)
			if err := j.Append([]byte(text)); err != nil {
				if j.Begin([]byte("head")) != nil {
					continue
				}
				acknowledged = append(acknowledged, "head")
				if j.Append([]byte(text)) != nil {
					continue
				}
			}
			acknowledged = append(acknowledged, text)
		}
		after := m.crash(rapid.IntRange(0, 100).Draw(t, "kept"))
		if _, err := Open(after); err != nil {
			t.Fatalf("after the crash: %v", err)
		}
		got := contents(t, after)
		left := acknowledged
		for i, text := range got {
			// The last record may be there though its sync failed: it was written, and nothing was done about it.
			if len(left) > 0 && left[0] == text {
				left = left[1:]
			} else if text != "head" && i < len(got)-1 {
				t.Fatalf("%q holds %q, which nobody acknowledged: %q", got, text, acknowledged)
			}
		}
		if len(left) > 0 {
			t.Fatalf("%q were acknowledged, %q is there", acknowledged, got)
		}
	})
}

func TestAFailedRecordIsNeverFollowedByAnother(t *testing.T) {
	m := newMemory()
	j, _ := Open(m)
	if err := j.Begin([]byte("head")); err != nil {
		t.Fatal(err)
	}
	m.fail = errFull
	if err := j.Append([]byte("lost")); !errors.Is(err, errFull) {
		t.Fatalf("a full disk: %v", err)
	}
	m.fail = nil
	if err := j.Append([]byte("next")); err == nil {
		t.Error("a record was appended behind one that is torn")
	}
	if err := j.Begin([]byte("again")); err != nil {
		t.Fatal(err)
	}
	if got := contents(t, m); !slices.Equal(got, []string{"head", "again"}) {
		t.Errorf("%q", got)
	}
}

func TestASecondDriverIsRefusedTheJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	folder, unlock, err := Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := Lock(path); err == nil || !strings.Contains(err.Error(), "another driver") {
		t.Errorf("a second lock: %v", err)
	}
	write(t, folder, "head", []byte("first"))
	unlock()
	folder, unlock, err = Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	write(t, folder, "head", []byte("second"))
	name := filepath.Join(path, "000000000002.journal")
	data, _ := os.ReadFile(name)
	os.WriteFile(name, data[:len(data)-1], 0o644)
	if _, err := Open(folder); err != nil {
		t.Fatal(err)
	}
	if got := contents(t, Dir(path)); !slices.Equal(got, []string{"head", "first", "head"}) {
		t.Errorf("%q", got)
	}
}

func TestAReadOnlyDiskBeginsNothing(t *testing.T) {
	m := newMemory()
	m.fail = errors.New("read-only file system")
	j, err := Open(m)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Begin([]byte("head")); err == nil {
		t.Error("a segment was begun")
	}
	if got := contents(t, m); len(got) > 0 {
		t.Errorf("%q", got)
	}
}

// FuzzRead: whatever is in a segment, reading it ends, and what Open leaves can be read.
func FuzzRead(f *testing.F) {
	m := newMemory()
	write(f, m, "head", []byte("first"), []byte("second"))
	f.Add(m.files["000000000001.journal"].data)
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, data []byte) {
		m := newMemory()
		m.files["000000000001.journal"] = &memoryFile{m: m, data: data, durable: len(data)}
		if _, err := Open(m); err != nil {
			return
		}
		if torn, err := Read(m, func(Record) error { return nil }); err != nil || torn > 0 {
			t.Errorf("after Open: torn %d, %v", torn, err)
		}
	})
}

// write writes a segment and returns where its head and its records end.
func write(t interface{ Fatal(...any) }, folder Folder, head string, records ...[]byte) []int {
	j, err := Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Begin([]byte(head)); err != nil {
		t.Fatal(err)
	}
	ends := []int{int(j.whole)}
	for _, r := range records {
		if err := j.Append(r); err != nil {
			t.Fatal(err)
		}
		ends = append(ends, int(j.whole))
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return ends
}

func contents(t interface{ Fatal(...any) }, folder Folder) []string {
	var list []string
	torn, err := Read(folder, func(r Record) error {
		list = append(list, string(r.Content))
		return nil
	})
	if err != nil || torn > 0 {
		t.Fatal("torn", torn, err)
	}
	return list
}
