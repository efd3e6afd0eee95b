package object

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"trough.internal/cmd/trough-live/lease"
	"trough.internal/models"
	"trough.internal/models/settings"
)

// store is one like S3 with a bucket "there", behind a handler that may be nil.
func store(t *testing.T, before func(http.Handler) http.Handler) (lease.Object, *s3mem.Backend) {
	nothing := filepath.Join(t.TempDir(), "none")
	for name, value := range map[string]string{"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "",
		"AWS_CONFIG_FILE": nothing, "AWS_SHARED_CREDENTIALS_FILE": nothing, "AWS_PROFILE": "", "AWS_EC2_METADATA_DISABLED": "true"} {
		t.Setenv(name, value)
	}
	backend := s3mem.New()
	if err := backend.CreateBucket("there"); err != nil {
		t.Fatal(err)
	}
	handler := gofakes3.New(backend).Server()
	if before != nil {
		handler = before(handler)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return lease.Object{Bucket: "there", Key: "lease.json", Region: "us-east-1", Endpoint: server.URL}, backend
}

func open(t *testing.T, at lease.Object) (*Object, lease.Settings) {
	var set lease.Settings
	settings.Defaults(&set)
	o, err := Open(context.Background(), at, set)
	if err != nil {
		t.Fatal(err)
	}
	return o, set
}

func TestOfManyWhoWriteAnObjectAtOnceOneSucceeds(t *testing.T) {
	at, _ := store(t, oneAtATime)
	o, _ := open(t, at)
	ctx, version := context.Background(), ""
	for round := range 10 {
		var succeeded atomic.Int32
		var all sync.WaitGroup
		for writer := range 4 {
			all.Go(func() {
				switch err := o.Write(ctx, []byte{byte(round), byte(writer)}, version); {
				case err == nil:
					succeeded.Add(1)
				case !errors.Is(err, lease.ErrChanged):
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := succeeded.Load(); n != 1 {
			t.Fatalf("round %d: %d succeeded", round, n)
		}
		content, next, err := o.Read(ctx)
		if err != nil || len(content) != 2 || content[0] != byte(round) || next == version {
			t.Fatalf("round %d: %v, version %q, %v", round, content, next, err)
		}
		version = next
	}
}

// oneAtATime makes a store in memory as strict as S3: it looks and writes in two steps.
func oneAtATime(next http.Handler) http.Handler {
	var mutex sync.Mutex
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mutex.Lock()
		defer mutex.Unlock()
		next.ServeHTTP(w, r)
	})
}

// hand is a clock that is set by hand.
type hand struct{ passed time.Duration }

func (h *hand) Passed() time.Duration { return h.passed }
func (h *hand) Now() models.Instant   { return models.Instant(h.passed / time.Second) }

func TestALeaseInABucketIsTakenOverAndGivenBack(t *testing.T) {
	var lost atomic.Bool
	at, _ := store(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPut && lost.Load() { // the object is written, and its writer hears nothing of it
				next.ServeHTTP(httptest.NewRecorder(), r)
				w.WriteHeader(http.StatusInternalServerError)
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	clock, ctx := new(hand), context.Background()
	o, set := open(t, at)
	a, b := lease.New(o, set, "a", clock), lease.New(o, set, "b", clock)
	epoch := func(k *lease.Keeper) int64 {
		if err := k.Turn(ctx); err != nil && !lost.Load() {
			t.Fatal(err)
		}
		n, _, _ := k.Held()
		return n
	}
	if epoch(a) != 0 {
		t.Fatal("a lease that is not there may have been deleted")
	}
	clock.passed += set.Length
	if epoch(a) != 1 || epoch(b) != 0 {
		t.Fatal("the first to wait long enough has it")
	}
	clock.passed += set.Length
	lost.Store(true)
	if epoch(b) != 0 {
		t.Error("it acts on a write that it does not know to have succeeded")
	}
	lost.Store(false)
	if epoch(a) != 0 || epoch(b) != 2 {
		t.Error("b has it, and learns of it from the next reading")
	}
	if err := b.Release(ctx); err != nil || epoch(a) != 3 {
		t.Errorf("a takes at once what was given back: %v", err)
	}
}

func TestAStoreThatFailsSaysSoInOneLine(t *testing.T) {
	at, _ := store(t, func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			w.Write([]byte("<Error><Code>AccessDenied</Code><Message>a message\nof two lines</Message></Error>"))
		})
	})
	o, _ := open(t, at)
	_, _, read := o.Read(context.Background())
	for _, err := range []error{read, o.Write(context.Background(), nil, "")} {
		if err == nil || !strings.Contains(err.Error(), "AccessDenied: a message of two lines") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%v", err)
		}
	}
}
