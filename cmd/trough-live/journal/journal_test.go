package journal_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"trough.internal/cmd/trough-live/journal"
	"trough.internal/cmd/trough-live/journal/memory"
)

func TestACutAtAnyByteLeavesTheRecordsBeforeIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		records := rapid.SliceOfN(rapid.SliceOfN(rapid.ByteRange(1, 255), 0, 40), 1, 6).Draw(t, "records")
		m := memory.New()
		ends := write(t, m, "head", records...)
		file := m.Files["000000000001.journal"]
		for cut := ends[0]; cut <= len(file.Data); cut++ {
			after := m.Crash(0)
			f := after.Files["000000000001.journal"]
			f.Data, f.Durable = f.Data[:cut:cut], cut
			zeros := rapid.IntRange(0, 20).Draw(t, "zeros") // a file whose size was written before its content
			f.Data = append(f.Data, make([]byte, zeros)...)
			want := 0
			for want < len(records) && ends[want+1] <= cut {
				want++
			}
			j, err := journal.Open(after)
			if err != nil {
				t.Fatalf("cut at %d of %d, %d zeros: %v", cut, len(file.Data), zeros, err)
			}
			if len(f.Data) != ends[want] {
				t.Fatalf("cut at %d: %d bytes are left, want %d", cut, len(f.Data), ends[want])
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
	m := memory.New()
	ends := write(t, m, "head", []byte("first"), []byte(strings.Repeat("second", 20)))
	data := m.Files["000000000001.journal"].Data
	clear(data[ends[1] : ends[1]+16]) // its beginning, while its end was written
	if _, err := journal.Open(m); err != nil {
		t.Fatal(err)
	}
	if got := contents(t, m); !slices.Equal(got, []string{"head", "first"}) {
		t.Errorf("%q are left", got)
	}
}

func TestDamageBeforeARecordIsNoTornTail(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := memory.New()
		ends := write(t, m, "head", []byte("first"), []byte("second"), []byte("third"))
		data := m.Files["000000000001.journal"].Data
		data[rapid.IntRange(0, ends[2]-1).Draw(t, "byte")] ^= byte(rapid.IntRange(1, 255).Draw(t, "flip"))
		before := slices.Clone(data)
		if _, err := journal.Open(m); err == nil {
			t.Fatal("a journal with a damaged record opens")
		}
		if !slices.Equal(before, m.Files["000000000001.journal"].Data) {
			t.Fatal("a damaged journal was changed")
		}
	})
}

func TestATornTailOfASegmentBeforeTheLastIsDamage(t *testing.T) {
	m := memory.New()
	write(t, m, "head", []byte("first"))
	write(t, m, "head", []byte("second"))
	f := m.Files["000000000001.journal"]
	f.Data = f.Data[:len(f.Data)-1]
	if _, err := journal.Read(m, nil); err == nil || !strings.Contains(err.Error(), "000000000001.journal: damaged") {
		t.Errorf("%v", err)
	}
	delete(m.Files, "000000000001.journal")
	if _, err := journal.Read(m, nil); err != nil {
		t.Errorf("the first segment was deleted: %v", err)
	}
	write(t, m, "head")
	delete(m.Files, "000000000002.journal")
	m.Files["000000000001.journal"] = f
	if _, err := journal.Read(m, nil); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("the one between them was deleted: %v", err)
	}
}

func TestWhatWasAcknowledgedIsThereAfterACrash(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := memory.New()
		steps := 0
		failAt := rapid.IntRange(0, 40).Draw(t, "fails at")
		m.Failing = func(string) error {
			steps++
			if steps == failAt || steps == failAt+1 {
				return errFull
			}
			return nil
		}
		j, err := journal.Open(m)
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
		after := m.Crash(rapid.IntRange(0, 100).Draw(t, "kept"))
		if _, err := journal.Open(after); err != nil {
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
	m := memory.New()
	j, _ := journal.Open(m)
	if err := j.Begin([]byte("head")); err != nil {
		t.Fatal(err)
	}
	m.Fail = errFull
	if err := j.Append([]byte("lost")); !errors.Is(err, errFull) {
		t.Fatalf("a full disk: %v", err)
	}
	m.Fail = nil
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
	folder, unlock, err := journal.Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := journal.Lock(path); err == nil || !strings.Contains(err.Error(), "another driver") {
		t.Errorf("a second lock: %v", err)
	}
	write(t, folder, "head", []byte("first"))
	unlock()
	folder, unlock, err = journal.Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	write(t, folder, "head", []byte("second"))
	name := filepath.Join(path, "000000000002.journal")
	data, _ := os.ReadFile(name)
	os.WriteFile(name, data[:len(data)-1], 0o644)
	if _, err := journal.Open(folder); err != nil {
		t.Fatal(err)
	}
	if got := contents(t, journal.Dir(path)); !slices.Equal(got, []string{"head", "first", "head"}) {
		t.Errorf("%q", got)
	}
}

func TestAReadOnlyDiskBeginsNothing(t *testing.T) {
	m := memory.New()
	m.Fail = errors.New("read-only file system")
	j, err := journal.Open(m)
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
	m := memory.New()
	write(f, m, "head", []byte("first"), []byte("second"))
	f.Add(m.Files["000000000001.journal"].Data)
	f.Add([]byte("troughj1"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m := memory.New()
		m.Files["000000000001.journal"] = &memory.File{Data: data, Durable: len(data)}
		if _, err := journal.Open(m); err != nil {
			return
		}
		if torn, err := journal.Read(m, func(journal.Record) error { return nil }); err != nil || torn > 0 {
			t.Errorf("after Open: torn %d, %v", torn, err)
		}
	})
}

// write writes a segment and returns where its head and its records end.
func write(t interface{ Fatal(...any) }, folder journal.Folder, head string, records ...[]byte) []int {
	j, err := journal.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Begin([]byte(head)); err != nil {
		t.Fatal(err)
	}
	ends := []int{8 + 8 + len(head)} // behind eight bytes of its own, and the head behind its envelope
	for _, r := range records {
		if err := j.Append(r); err != nil {
			t.Fatal(err)
		}
		ends = append(ends, ends[len(ends)-1]+8+len(r))
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return ends
}

var errFull = errors.New("no space left on device")

func contents(t interface{ Fatal(...any) }, folder journal.Folder) []string {
	var list []string
	torn, err := journal.Read(folder, func(r journal.Record) error {
		list = append(list, string(r.Content))
		return nil
	})
	if err != nil || torn > 0 {
		t.Fatal("torn", torn, err)
	}
	return list
}

func TestSheddingLeavesTheYoungestSegmentsAndNoGapWhereverItIsCutShort(t *testing.T) {
	const size = 8 + 8 + len("head") + 8 + len("record")
	for most, left := range map[int64]int{0: 2, 2 * int64(size): 2, 3*int64(size) - 1: 2, 3 * int64(size): 3, 100 * int64(size): 5} {
		for failAt := range 9 {
			m := memory.New()
			var j *journal.Journal
			for range 5 {
				var err error
				if j, err = journal.Open(m); err != nil {
					t.Fatal(err)
				}
				if err := errors.Join(j.Begin([]byte("head")), j.Append([]byte("record"))); err != nil {
					t.Fatal(err)
				}
			}
			steps := 0
			m.Failing = func(string) error {
				if steps++; steps == failAt {
					return errFull
				}
				return nil
			}
			deleted, err := j.Shed(most)
			failed := failAt > 0 && failAt <= steps
			if failed != (err != nil) {
				t.Errorf("most %d, step %d of %d fails: %v", most, failAt, steps, err)
			}
			after := m.Crash(0)
			got := contents(t, after)
			if n := len(got) / 2; n < left || !failed && (n != left || len(deleted) != 5-left) {
				t.Errorf("most %d, step %d fails: %d segments are left, %d said to be deleted: expected %d to be left", most, failAt, n, len(deleted), left)
			}
			for i := range got {
				if got[i] != []string{"head", "record"}[i%2] {
					t.Errorf("most %d, step %d fails: %q", most, failAt, got)
				}
			}
		}
	}
}
