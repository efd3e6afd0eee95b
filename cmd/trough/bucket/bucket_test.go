package bucket

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// secret is in the environment of every test, and in no message.
const secret = "wJalrXUtnFEMI"

// fake is a store like S3 with bucket "there", behind a handler that may be nil.
func fake(t *testing.T, before func(http.Handler) http.Handler) (*httptest.Server, *s3mem.Backend) {
	t.Helper()
	environment(t)
	store := s3mem.New()
	if err := store.CreateBucket("there"); err != nil {
		t.Fatal(err)
	}
	handler := gofakes3.New(store).Server()
	if before != nil {
		handler = before(handler)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server, store
}

// environment has credentials and no more, and nothing of the machine's own.
func environment(t *testing.T) {
	t.Helper()
	nothing := filepath.Join(t.TempDir(), "none")
	for name, value := range map[string]string{"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": "",
		"AWS_CONFIG_FILE": nothing, "AWS_SHARED_CREDENTIALS_FILE": nothing, "AWS_PROFILE": "", "AWS_REGION": "", "AWS_DEFAULT_REGION": "",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "2"} {
		t.Setenv(name, value)
	}
}

func open(t *testing.T, url string) *Folder {
	t.Helper()
	f, err := Open(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func at(server *httptest.Server, place string) string {
	return "s3://" + place + "?path_style=true&endpoint=" + server.URL
}

func TestAFolderSeesItsOwnPrefixAlone(t *testing.T) {
	server, _ := fake(t, nil)
	f, longer, whole := open(t, at(server, "there/a/b/")), open(t, at(server, "there/a/bc")), open(t, at(server, "there"))
	for _, empty := range []*Folder{f, longer, whole} {
		if is, err := empty.Empty(); !is || err != nil {
			t.Errorf("%s is not empty (%v)", empty.Place(""), err)
		}
	}
	for name, text := range map[string]string{"x.json": "one", "cells/ab/x y+&=?#.json": "two", "nothing": ""} {
		if err := f.Write(name, []byte(text)); err != nil {
			t.Fatal(err)
		}
		got, err := f.Read(name)
		if err != nil || got == nil || string(got) != text {
			t.Errorf("%s is %q (%v), expected %q", name, got, err, text)
		}
		if got, err := whole.Read("a/b/" + name); err != nil || string(got) != text {
			t.Errorf("a/b/%s of the bucket is %q (%v)", name, got, err)
		}
		if got, err := longer.Read(name); got != nil || err != nil {
			t.Errorf("another prefix has %s: %q (%v)", name, got, err)
		}
	}
	for folder, want := range map[*Folder]bool{f: false, longer: true, whole: false} {
		if is, err := folder.Empty(); is != want || err != nil {
			t.Errorf("%s is empty: %t (%v), expected %t", folder.Place(""), is, err, want)
		}
	}
	if f.Place("x.json") != "s3://there/a/b/x.json" || f.Place("") != "s3://there/a/b" || whole.Place("") != "s3://there/" {
		t.Errorf("places %s, %s and %s", f.Place("x.json"), f.Place(""), whole.Place(""))
	}
	// What a tool leaves that shows folders.
	if _, err := f.client.PutObject(f.ctx, marker("there", "marked/")); err != nil {
		t.Fatal(err)
	}
	if is, err := open(t, at(server, "there/marked")).Empty(); !is || err != nil {
		t.Errorf("a folder of its marker alone is not empty (%v)", err)
	}
}

func TestOneOfManyWritersCreates(t *testing.T) {
	server, _ := fake(t, nil)
	var wg sync.WaitGroup
	var made atomic.Int64
	for i := range 8 {
		wg.Go(func() {
			f, err := Open(context.Background(), at(server, "there/p"))
			if err == nil {
				var first bool
				if first, err = f.Create("x", []byte{byte('0' + i)}); first {
					made.Add(1)
				}
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	f := open(t, at(server, "there/p"))
	before, _ := f.Read("x")
	first, err := f.Create("x", []byte("later"))
	if after, _ := f.Read("x"); made.Load() != 1 || first || err != nil || !bytes.Equal(before, after) {
		t.Errorf("%d writers created it; a later one %t (%v), %s and %s", made.Load(), first, err, before, after)
	}
}

// S3 answers so where two conditional writes meet, and wants the request again.
func TestAConflictOfTwoCreatorsIsTriedAgain(t *testing.T) {
	var puts atomic.Int64
	server, _ := fake(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPut && puts.Add(1) == 1 {
				answer(w, http.StatusConflict, "ConditionalRequestConflict")
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	if first, err := open(t, at(server, "there/p")).Create("x", []byte("text")); !first || err != nil || puts.Load() != 2 {
		t.Errorf("created: %t (%v) after %d requests", first, err, puts.Load())
	}
}

func TestAStoreThatFailsIsAskedAgainAndThenNoMore(t *testing.T) {
	for fails, want := range map[int64]string{1: "", 100: "s3://there/p/x: SlowDown: "} {
		var asked atomic.Int64
		server, _ := fake(t, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if asked.Add(1) <= fails {
					answer(w, http.StatusServiceUnavailable, "SlowDown")
					return
				}
				next.ServeHTTP(w, r)
			})
		})
		err := open(t, at(server, "there/p")).Write("x", []byte("text"))
		if asked.Load() != 2 || want == "" && err != nil || want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)) {
			t.Errorf("%d failures: asked %d times, %v", fails, asked.Load(), err)
		}
	}
}

// The line breaks when half of an object is through: there is none of its name, and one that was there stays.
func TestABrokenUploadLeavesNoObject(t *testing.T) {
	var broken atomic.Bool
	server, store := fake(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPut && broken.Load() {
				r.Body = io.NopCloser(io.LimitReader(r.Body, r.ContentLength/2))
			}
			next.ServeHTTP(w, r)
		})
	})
	f := open(t, at(server, "there/p"))
	if err := f.Write("old", []byte("as it was")); err != nil {
		t.Fatal(err)
	}
	broken.Store(true)
	for _, name := range []string{"old", "new"} {
		if err := f.Write(name, bytes.Repeat([]byte("text"), 10_000)); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("writing %s: %v", name, err)
		}
	}
	if text, err := f.Read("old"); string(text) != "as it was" || err != nil {
		t.Errorf("old is %q (%v)", text, err)
	}
	if _, err := store.HeadObject("there", "p/new"); err == nil {
		t.Error("half of it is there")
	}
}

func TestTheEnvironmentMaySayWhereTheStoreIs(t *testing.T) {
	server, _ := fake(t, nil)
	t.Setenv("AWS_ENDPOINT_URL_S3", server.URL)
	f := open(t, "s3://there/p?region=us-east-1")
	if err := f.Write("x", []byte("text")); err != nil {
		t.Fatal(err)
	}
	if text, err := open(t, at(server, "there/p")).Read("x"); string(text) != "text" || err != nil {
		t.Errorf("x is %q (%v)", text, err)
	}
}
