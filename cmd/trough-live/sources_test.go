package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// neighbourhood is a clouddriver, an encoding system and a Prometheus on one address, of which each has a fault for tests.
type neighbourhood struct {
	*httptest.Server
	mutex         sync.Mutex
	inUse, queued int
	skew          time.Duration
	broken        map[string]bool // paths that answer with the token that they were told
	told          map[string]bool // paths that were told the token
}

const ourToken = "wJalrXUtnFEMI-K7MDENG"

func newNeighbourhood(t *testing.T) *neighbourhood {
	n := &neighbourhood{inUse: 90, queued: 100, broken: map[string]bool{}, told: map[string]bool{}}
	n.Server = httptest.NewServer(n)
	t.Cleanup(n.Close)
	return n
}

func (n *neighbourhood) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	now := time.Now().Add(n.skew)
	w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	n.told[r.URL.Path] = n.told[r.URL.Path] || r.Header.Get("Authorization") == "Bearer "+ourToken
	if n.broken[r.URL.Path] {
		fmt.Fprintf(w, `{"status": "error", "error": %q, %q: 1}`, r.Header, r.Header.Get("Authorization"))
		return
	}
	var answer any
	switch r.URL.Path {
	case "/reports/reservation/v2":
		row := map[string]any{"availabilityZone": "us-east-1a", "instanceType": "r3.4xlarge", "os": "LINUX", "totalReserved": 100, "totalUsed": n.inUse,
			"totalSurplus": 100 - n.inUse, "accounts": map[string]any{"prod": map[string]int{"used": n.inUse}}}
		accounts := []any{map[string]any{"name": "prod", "regions": []string{"us-east-1"}}, map[string]any{"name": "encode", "regions": []string{"us-east-1"}}}
		answer = []any{map[string]any{"type": "aws", "start": now.UnixMilli(), "end": now.UnixMilli(), "accounts": accounts, "reservations": []any{row}}}
	case "/queue":
		answer = map[string]any{"as_of": now.UTC().Format(time.RFC3339), "borrowers": map[string]any{"encoding": map[string]any{"queued": map[string]int{"low": n.queued}}}}
	case "/api/v1/query":
		answer = map[string]any{"status": "success", "data": map[string]any{"resultType": "scalar", "result": []any{now.Unix(), fmt.Sprint(n.queued)}}}
	}
	json.NewEncoder(w).Encode(answer)
}

// configured writes a configuration that asks the neighbourhood, all of it with the token.
func (n *neighbourhood) configured(t *testing.T) (folder string) {
	t.Helper()
	folder = t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "token"), []byte(ourToken+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(`live: sources
policy: full
pools: [us-east-1a/r3.4xlarge]
prices: 2015-10-05T00:00:00Z
telemetry:
  chain:
    - spinnaker: {url: "URL", account: encode, accounts: [prod], connection: {token_file: token}}
workload:
  chain:
    - http: {url: "URL/queue", connection: {token_file: token}}
    - prometheus:
        url: "URL"
        connection: {token_file: token}
        borrowers: {encoding: {classes: {low: {queued: x, running: 0 * x, mean_work: 1m}}}}
`, "URL", n.URL)
	if err := os.WriteFile(filepath.Join(folder, "live.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

// runIn runs the program there, and returns all that it wrote: what it printed, and every file that it left but the token's.
func runIn(t *testing.T, folder string, args ...string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(self, args...)
	command.Args[0], command.Dir = "trough-live", folder // see TestMain
	all, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%q: %v\n%s", args, err, all)
	}
	err = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "token" {
			return err
		}
		text, err := os.ReadFile(path)
		all = append(all, text...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(all)
}

// TestNoTokenIsInAnythingThatTheDriverWrites: neither where all is well, nor where servers repeat what they were told.
func TestNoTokenIsInAnythingThatTheDriverWrites(t *testing.T) {
	n := newNeighbourhood(t)
	folder := n.configured(t)
	for _, broken := range [][]string{nil, {"/queue"}, {"/queue", "/api/v1/query", "/reports/reservation/v2"}} {
		for _, path := range broken {
			n.broken[path] = true
		}
		for _, args := range [][]string{{"check", "live.yaml"}, {"plan", "live.yaml"}, {"plan", "live.yaml", "--json"}, {"run", "live.yaml", "--cycles", "1"}, {"run", "live.yaml", "--cycles", "1", "--json"}} {
			if all := runIn(t, folder, args...); strings.Contains(all, ourToken) || len(all) == 0 {
				t.Errorf("%q with %q broken writes the token:\n%s", args, broken, all)
			}
		}
	}
	if len(n.told) != 3 || !n.told["/queue"] || !n.told["/api/v1/query"] || !n.told["/reports/reservation/v2"] {
		t.Errorf("the token was told to %v, want all three", n.told)
	}
}
