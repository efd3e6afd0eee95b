package lease

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"
	"time"
)

// told is a store of which somebody else wrote the document.
type told struct {
	content []byte
	writes  int
}

func (s *told) Read(context.Context) ([]byte, string, error) {
	return s.content, string(s.content), nil
}

func (s *told) Write(_ context.Context, document []byte, version string) error {
	if version != string(s.content) {
		return ErrChanged
	}
	s.content, s.writes = document, s.writes+1
	return nil
}

// FuzzDocument: whatever the store says, a driver neither holds the lease nor writes before the longest length that is known has
// passed, unless the document says that it is nobody's; and what it takes has a larger epoch.
func FuzzDocument(f *testing.F) {
	f.Add([]byte(`{"holder":"b","epoch":7,"turn":3,"writer":"b","length_ns":15000000000}`))
	f.Add([]byte(`{"holder":"","epoch":7,"turn":3,"writer":"b","length_ns":15000000000}`))
	f.Add([]byte(`{"holder":"b","epoch":9223372036854775807,"length_ns":-1}`))
	f.Add([]byte("notes"))
	f.Add([]byte(nil))
	f.Fuzz(func(t *testing.T, content []byte) {
		clock := &fixed{}
		store := &told{content: bytes.Clone(content)}
		k := New(store, standard(), "a", clock)
		var says document
		is := json.Unmarshal(content, &says) == nil && says.Epoch > 0
		free := is && (says.Holder == "" || says.Holder == "a") // nobody's, or its own
		for passed := time.Duration(0); passed < standard().Length && !free; passed += time.Second {
			k.Turn(t.Context())
			if _, _, err := k.Held(); err == nil || store.writes > 0 {
				t.Fatalf("%q: held or written %s after it was read first", content, passed)
			}
			clock.pass(time.Second)
		}
		k.Turn(t.Context())
		epoch, _, err := k.Held()
		switch {
		case err != nil:
		case !is && len(content) > 0:
			t.Fatalf("%q: what is no lease was overwritten", content)
		case epoch < 1 || says.Holder != "a" && epoch <= says.Epoch:
			t.Fatalf("%q: taken with epoch %d, after %d", content, epoch, says.Epoch)
		}
	})
}
