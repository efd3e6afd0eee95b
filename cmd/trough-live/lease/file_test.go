package lease

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

func TestOfManyWhoWriteAFileAtOnceOneSucceeds(t *testing.T) {
	f := File(filepath.Join(t.TempDir(), "lease"))
	ctx := context.Background()
	version := ""
	for round := range 20 {
		var succeeded atomic.Int32
		var all sync.WaitGroup
		for writer := range 8 {
			all.Go(func() {
				switch err := f.Write(ctx, []byte{byte(round), byte(writer)}, version); {
				case err == nil:
					succeeded.Add(1)
				case !errors.Is(err, ErrChanged):
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := succeeded.Load(); n != 1 {
			t.Fatalf("round %d: %d succeeded", round, n)
		}
		_, version, _ = f.Read(ctx)
	}
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(string(f)), "*"))
	if len(left) != 2 {
		t.Errorf("%q are left: expected the lease and its lock", left)
	}
}

func TestAFileThatIsNoLeaseIsLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lease")
	for _, text := range []string{"notes", "{}", `{"holder": "a"}`} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		clock := &fixed{}
		k := New(File(path), standard(), "a", clock)
		for range 3 {
			if err := k.Turn(context.Background()); err == nil || !strings.Contains(err.Error(), "expected a lease") {
				t.Errorf("%s: %v", text, err)
			}
			clock.pass(standard().Length)
		}
		if now, _ := os.ReadFile(path); string(now) != text {
			t.Errorf("%s was overwritten: %s", text, now)
		}
	}
}
