package main

import (
	"bytes"
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

	"trough.internal/cmd/trough-live/aws"
	"trough.internal/cmd/trough-live/drive"
	"trough.internal/cmd/trough-live/source"
	"trough.internal/models/settings"
)

// neighbourhood is a clouddriver, an encoding system and a Prometheus on one address, of which each has a fault for tests.
type neighbourhood struct {
	*httptest.Server
	mutex         sync.Mutex
	inUse, second int // by clouddriver, and by the one below /second
	queued        int
	skew          time.Duration
	slow          string          // path that does not answer in time
	broken        map[string]bool // paths that answer with the token that they were told
	told          map[string]bool // paths that were told the token
}

const ourToken = "wJalrXUtnFEMI-K7MDENG"

func newNeighbourhood(t *testing.T) *neighbourhood {
	n := &neighbourhood{inUse: 90, second: 90, queued: 100, broken: map[string]bool{}, told: map[string]bool{}}
	n.Server = httptest.NewServer(n)
	t.Cleanup(n.Close)
	return n
}

// now changes how it answers, or reads what it was told.
func (n *neighbourhood) now(do func()) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	do()
}

func (n *neighbourhood) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if r.URL.Path == n.slow {
		n.mutex.Unlock()
		<-r.Context().Done()
		n.mutex.Lock()
		return
	}
	now := time.Now().Add(n.skew)
	w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	n.told[r.URL.Path] = n.told[r.URL.Path] || r.Header.Get("Authorization") == "Bearer "+ourToken
	if n.broken[r.URL.Path] {
		json.NewEncoder(w).Encode(map[string]any{"status": "error", "error": fmt.Sprint(r.Header), r.Header.Get("Authorization"): 1})
		return
	}
	var answer any
	switch r.URL.Path {
	case "/reports/reservation/v2", "/second/reports/reservation/v2":
		inUse := n.inUse
		if strings.HasPrefix(r.URL.Path, "/second") {
			inUse = n.second
		}
		row := map[string]any{"availabilityZone": "us-east-1a", "instanceType": "r3.4xlarge", "os": "LINUX", "totalReserved": 100, "totalUsed": inUse,
			"totalSurplus": 100 - inUse, "accounts": map[string]any{"prod": map[string]int{"used": inUse}}}
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
patience: 20s
telemetry:
  chain:
    - spinnaker: {url: "URL", account: encode, accounts: [prod], connection: {token_file: token}}
    - spinnaker: {url: "URL/second", account: encode, accounts: [prod], connection: {token_file: token}}
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
	for _, broken := range [][]string{nil, {"/queue"}, {"/queue", "/api/v1/query", "/reports/reservation/v2", "/second/reports/reservation/v2"}} {
		for _, path := range broken {
			n.now(func() { n.broken[path] = true })
		}
		for _, args := range [][]string{{"check", "live.yaml"}, {"plan", "live.yaml"}, {"plan", "live.yaml", "--json"}, {"run", "live.yaml", "--cycles", "1"}, {"run", "live.yaml", "--cycles", "1", "--json"}} {
			if all := runIn(t, folder, args...); strings.Contains(all, ourToken) || len(all) == 0 {
				t.Errorf("%q with %q broken writes the token:\n%s", args, broken, all)
			}
		}
	}
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if len(n.told) != 4 || !n.told["/queue"] || !n.told["/api/v1/query"] || !n.told["/reports/reservation/v2"] || !n.told["/second/reports/reservation/v2"] {
		t.Errorf("the token was told to %v, want all four", n.told)
	}
}

func TestPlanTellsWhereEachFigureComesFromAndWhoDisagrees(t *testing.T) {
	n := newNeighbourhood(t)
	folder := n.configured(t)
	n.now(func() { n.second, n.broken["/queue"] = 60, true })
	text := runIn(t, folder, "plan", "live.yaml")
	for _, want := range []string{
		"us-east-1a/r3.4xlarge  encoding  100       90",
		"note: sources disagree on pool us-east-1a/r3.4xlarge: spinnaker[0] has 90 of 100 in use, ", "s ago, spinnaker[1] 60 of 100, ", "s ago: the first counts",
		`note: workload of http[0]: workload: json: unknown field "Bearer ..."`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q:\n%s", want, text)
		}
	}
	n.now(func() { n.broken["/reports/reservation/v2"] = true })
	if text := runIn(t, folder, "plan", "live.yaml"); !strings.Contains(text, "us-east-1a/r3.4xlarge  encoding  100       60") || !strings.Contains(text, "note: telemetry of spinnaker[0]: spinnaker: ") {
		t.Errorf("the first is broken:\n%s", text)
	}
}

func TestPlanBelievesNoServerWhoseClockIsWrong(t *testing.T) {
	n := newNeighbourhood(t)
	n.now(func() { n.skew = -5 * time.Minute })
	text := runIn(t, n.configured(t), "plan", "live.yaml")
	for _, want := range []string{"us-east-1a/r3.4xlarge  encoding  0         unknown", "/reports/reservation/v2: its clock is 5m0s behind ours: expected 1m0s at most: its ages are not trusted",
		"/api/v1/query: its clock is 5m0s behind ours", "note: what there is to do is not known: no source is good"} {
		if !strings.Contains(strings.ReplaceAll(text, "4m59s", "5m0s"), want) {
			t.Errorf("it does not say %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, " launch ") {
		t.Errorf("it launches:\n%s", text)
	}
}

func TestASourceThatDoesNotAnswerLeavesAChainTheTimeToSayWhatItHas(t *testing.T) {
	n := newNeighbourhood(t)
	n.now(func() { n.slow, n.second = "/reports/reservation/v2", 88 })
	folder := n.configured(t)
	name := filepath.Join(folder, "live.yaml")
	text, err := os.ReadFile(name)
	if err == nil {
		err = os.WriteFile(name, bytes.Replace(text, []byte("patience: 20s"), []byte("patience: 6s"), 1), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	said := runIn(t, folder, "plan", "live.yaml")
	if !strings.Contains(said, "us-east-1a/r3.4xlarge  encoding  100       88") || !strings.Contains(said, "note: telemetry of spinnaker[0]: no answer yet") {
		t.Errorf("%s", said)
	}
}

func TestAChainIsNoMoreCredulousThanTheRulesOfSafety(t *testing.T) {
	config, err := loadConfig(filepath.Join(shared, "live/chain.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	config.Safety.TelemetryAgeMax, config.Safety.WorkAgeMax, config.Safety.AgreeingReads = time.Minute, 2*time.Minute, 3
	l, err := prepare(config)
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	reports, work := l.setup.Telemetry.(*source.Chain), l.setup.Work.(*source.WorkChain)
	if reports.AgeMax != time.Minute || work.AgeMax != 2*time.Minute || work.Agree != 3 {
		t.Errorf("reports of up to %s, work of up to %s, %d times in succession", reports.AgeMax, work.AgeMax, work.Agree)
	}
	config.Safety = drive.DefaultSafety()
	if l, err = prepare(config); err != nil {
		t.Fatal(err)
	}
	defer l.close()
	if age := l.setup.Telemetry.(*source.Chain).AgeMax; age != config.Telemetry.AgeMax {
		t.Errorf("reports of up to %s, want the chain's own limit", age)
	}
}

func TestWhoCallsOneAccountSharesItsBudget(t *testing.T) {
	for name, value := range map[string]string{"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_CONFIG_FILE": "none", "AWS_SHARED_CREDENTIALS_FILE": "none"} {
		t.Setenv(name, value)
	}
	var c clients
	var set aws.Settings
	settings.Defaults(&set)
	first, err := c.open(set)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := c.open(set)
	set.Endpoint = "http://127.0.0.1:1"
	if other, _ := c.open(set); first != again || other == first {
		t.Error("the same settings are two clients, or others the same")
	}
}
