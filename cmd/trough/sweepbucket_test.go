package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"trough.internal/sim/experiment"
)

// fakeStore is a store like S3 with bucket my-bucket, and credentials for it in the environment. Before may handle a request
// and say so; it may be nil.
func fakeStore(t *testing.T, before func(http.ResponseWriter, *http.Request) bool) *httptest.Server {
	t.Helper()
	nothing := filepath.Join(t.TempDir(), "none")
	for name, value := range map[string]string{"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI", "AWS_SESSION_TOKEN": "",
		"AWS_CONFIG_FILE": nothing, "AWS_SHARED_CREDENTIALS_FILE": nothing, "AWS_PROFILE": "", "AWS_REGION": "", "AWS_DEFAULT_REGION": "",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "2"} {
		t.Setenv(name, value)
	}
	store := s3mem.New()
	if err := store.CreateBucket("my-bucket"); err != nil {
		t.Fatal(err)
	}
	handler := gofakes3.New(store).Server()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if before == nil || !before(w, r) {
			handler.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server
}

// isPut says whether a request writes an object whose key has a part.
func isPut(r *http.Request, part string) bool {
	return r.Method == http.MethodPut && strings.Contains(r.URL.Path, part)
}

func deny(w http.ResponseWriter) {
	w.WriteHeader(http.StatusForbidden)
	fmt.Fprint(w, "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>")
}

func bucketURL(server *httptest.Server, place string) string {
	return "s3://" + place + "?path_style=true&endpoint=" + server.URL
}

func cellsIn(t *testing.T, name string) *cellFolder {
	t.Helper()
	f, err := openFolder(context.Background(), name)
	if err != nil {
		t.Fatal(err)
	}
	return &cellFolder{f}
}

// sameFiles checks that two folders have the same cells and results, to the byte.
func sameFiles(t *testing.T, x *loadedExperiment, a, b *cellFolder) {
	t.Helper()
	names := []string{resultsFile}
	for i := range x.Cells {
		names = append(names, cellFile(x.Cells[i].Address))
	}
	for _, name := range names {
		one, err := a.Read(name)
		other, also := b.Read(name)
		if err != nil || also != nil || one == nil || !bytes.Equal(one, other) {
			t.Errorf("%s and %s differ (%v, %v)", a.Place(name), b.Place(name), err, also)
		}
	}
}

// Swept into a bucket at once, in shards of which each is written twice at a time, and merged to here and within it: always
// what one machine leaves on its disk.
func TestASweepIntoABucketEqualsALocalOne(t *testing.T) {
	var described atomic.Int64
	server := fakeStore(t, func(_ http.ResponseWriter, r *http.Request) bool {
		if isPut(r, sweepFileName) && r.Header.Get("If-None-Match") != "*" {
			described.Add(1)
		}
		return false
	})
	a, x := loadedSmall(t)
	ctx, dir := context.Background(), t.TempDir()
	local, merged := cellsIn(t, filepath.Join(dir, "local")), cellsIn(t, filepath.Join(dir, "merged"))
	whole, shards := bucketURL(server, "my-bucket/whole"), bucketURL(server, "my-bucket/in/shards")
	if err := errors.Join(a.runSweep(ctx, x, local.Place(""), 2), a.runSweep(ctx, x, whole, 2)); err != nil {
		t.Fatal(err)
	}
	sameFiles(t, x, local, cellsIn(t, whole))
	errs := make([]error, 4)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { errs[i] = a.runShard(ctx, x, shards, 1, experiment.Shard{Index: i%2 + 1, Of: 2}) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if text, err := cellsIn(t, shards).Read(resultsFile); text != nil || err != nil {
		t.Errorf("shards left results (%v)", err)
	}
	if err := a.merge(ctx, x, merged.Place(""), []string{shards}, 2); err != nil {
		t.Fatal(err)
	}
	sameFiles(t, x, local, merged)
	if err := a.merge(ctx, x, shards, nil, 2); err != nil {
		t.Fatal(err)
	}
	sameFiles(t, x, local, cellsIn(t, shards))
	if n := described.Load(); n > 0 {
		t.Errorf("experiment.json was written %d times over one that is there", n)
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "trough-partial-*")); len(left) > 0 {
		t.Errorf("tables were left in %v", left)
	}
	// Again: everything is there.
	if err := a.runSweep(ctx, x, whole, 2); err != nil || !strings.Contains(read(t, a.out), "20 cells, 0 of them computed now") ||
		!strings.Contains(read(t, a.out), "results: s3://my-bucket/whole/results.parquet\n") {
		t.Errorf("%v, and it printed %s", err, read(t, a.out))
	}
}

func TestABucketThatCannotBeUsedIsSaidInOneLine(t *testing.T) {
	denied := ""
	server := fakeStore(t, func(w http.ResponseWriter, r *http.Request) bool {
		if denied != "" && isPut(r, denied) {
			deny(w)
			return true
		}
		return false
	})
	_, x := loadedSmall(t)
	if err := cellsIn(t, bucketURL(server, "my-bucket/else")).Write("notes.txt", []byte("else")); err != nil {
		t.Fatal(err)
	}
	broken := bucketURL(server, "my-bucket/broken")
	if _, err := openCells(context.Background(), broken, x); err != nil {
		t.Fatal(err)
	}
	if err := cellsIn(t, broken).Put(x.Cells[3].Address, nil); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		denied, out string
		code        int
		want        string
	}{
		{"", "https://my-bucket/x", exitInput, `"https://my-bucket/x" is of scheme "https": expected s3://bucket/prefix`},
		{"", "s3:///x", exitInput, `names bucket "": expected s3://bucket/prefix`},
		{"", "s3://my-bucket/x", exitInput, "s3://my-bucket/x: no region is set: expected "},
		{"", bucketURL(server, "not-there/x"), exitInput, "there is no bucket not-there: expected one that exists"},
		{"", bucketURL(server, "my-bucket/else"), exitInput, "s3://my-bucket/else holds something else than a sweep's results: "},
		{"", broken, exitInput, "trough: cell " + string(x.Cells[3].Address) + " is no cell, or not all of one"},
		{"json", bucketURL(server, "my-bucket/new"), exitInput, "s3://my-bucket/new/experiment.json: denied (AccessDenied): expected a right to "},
		{"cells/", bucketURL(server, "my-bucket/new"), exitFailed, ".json: denied (AccessDenied): expected a right to "},
		{"parquet", bucketURL(server, "my-bucket/new"), exitFailed, "s3://my-bucket/new/results.parquet: denied (AccessDenied): expected a right to "},
	} {
		denied = test.denied
		dir := t.TempDir()
		out, wrong := create(t, dir, "out"), create(t, dir, "err")
		code := run(context.Background(), []string{"sweep", shared + "/experiments/small.yaml", "--data", shared + "/traces", "-o", test.out}, out, wrong)
		text := read(t, wrong)
		if code != test.code || !strings.Contains(text, test.want) || strings.Count(text, "\n") != 1 || read(t, out) != "" ||
			strings.Contains(text, "wJalrXUtnFEMI") || strings.Contains(text, "AKIAEXAMPLE") {
			t.Errorf("%s: exit code %d, and it said %q, expected %d and %q", test.out, code, text, test.code, test.want)
		}
	}
	// A search leaves plots and policies too, which are for a disk.
	out, wrong := create(t, t.TempDir(), "out"), create(t, t.TempDir(), "err")
	code := run(context.Background(), []string{"tune", shared + "/experiments/small.yaml", "--data", shared + "/traces", "-o", broken}, out, wrong)
	if code != exitInput || !strings.Contains(read(t, wrong), "a bucket is for the cells of a sweep alone") {
		t.Errorf("tune: exit code %d, and it said %s", code, read(t, wrong))
	}
}

func TestAMergeRefusesADamagedObject(t *testing.T) {
	server := fakeStore(t, nil)
	a, x := loadedSmall(t)
	ctx, url := context.Background(), bucketURL(server, "my-bucket/x")
	if err := a.runShard(ctx, x, url, 2, experiment.Shard{Index: 1, Of: 1}); err != nil {
		t.Fatal(err)
	}
	there, address := cellsIn(t, url), x.Cells[7].Address
	whole, err := there.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"half": whole[:len(whole)/2], "nothing": nil, "changed": bytes.Replace(whole, []byte(`"seed":`), []byte(`"seed":1`), 1)} {
		if err := there.Put(address, text); err != nil {
			t.Fatal(err)
		}
		out := filepath.Join(t.TempDir(), "out")
		if err := a.merge(ctx, x, out, []string{url}, 1); err == nil || !strings.HasPrefix(err.Error(), there.path(address)+" is ") || isDir(out) {
			t.Errorf("%s of a cell: %v", name, err)
		}
	}
}

// Ctrl-C while the sixth cell is on its way: it is not there, the five before are, and the next call goes on with the rest.
func TestAnInterruptedUploadLeavesNoCell(t *testing.T) {
	var puts atomic.Int64
	var stop context.CancelFunc
	server := fakeStore(t, func(_ http.ResponseWriter, r *http.Request) bool {
		if stop == nil || !isPut(r, "/cells/") || puts.Add(1) != 6 {
			return false
		}
		stop()
		io.Copy(io.Discard, r.Body) // a server looks for the other side's end when it has read all that it sent
		<-r.Context().Done()
		return true
	})
	a, x := loadedSmall(t)
	url := bucketURL(server, "my-bucket/x")
	ctx, cancel := context.WithCancel(context.Background())
	stop = cancel
	err := a.runSweep(ctx, x, url, 1)
	want := interruption{}
	if !errors.As(err, &want) || want.Error() != "interrupted: 5 new cells are kept in "+url+": the same call goes on with the rest" {
		t.Errorf("got %v", err)
	}
	there := 0
	for i := range x.Cells {
		text, err := cellsIn(t, url).Get(x.Cells[i].Address)
		if err != nil {
			t.Fatal(err)
		}
		if text != nil {
			there++
		}
	}
	if there != 5 {
		t.Errorf("%d cells are there", there)
	}
	if err := a.runSweep(context.Background(), x, url, 1); err != nil || !strings.Contains(read(t, a.out), "20 cells, 15 of them computed now") {
		t.Errorf("%v, and it printed %s", err, read(t, a.out))
	}
}
