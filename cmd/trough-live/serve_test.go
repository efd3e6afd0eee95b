package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/cmd/trough-live/lease"
	"trough.internal/cmd/trough-live/metrics"
	"trough.internal/models"
)

// drill is the example's driver, after so many evaluations, and its board.
func drill(t *testing.T, cycles int64) (*live, *board) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"live", "traces"} {
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Join(shared, name))); err != nil {
			t.Fatal(err)
		}
	}
	config, err := loadConfig(filepath.Join(dir, "live/drill.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	config.TokenFile = "token"
	if err := os.WriteFile(config.path("token"), []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := prepare(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.close)
	l.setup.Journal = noJournal{}
	d, err := drive.New(l.setup)
	if err != nil {
		t.Fatal(err)
	}
	b := newBoard(l, d.Every(), metrics.New(l.setup.Mode, nil))
	if err := loop(context.Background(), l, d, b, slog.New(slog.DiscardHandler), cycles); err != nil {
		t.Fatal(err)
	}
	return l, b
}

func ask(b *board, method, path, token, body string) (int, string) {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if token != "" {
		r.Header.Set("Authorization", token)
	}
	w := httptest.NewRecorder()
	b.handler().ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func TestMetricsAreThoseThatAreDocumented(t *testing.T) {
	_, b := drill(t, 400)
	status, text := ask(b, "GET", "/metrics", "", "")
	if status != http.StatusOK {
		t.Fatal(status, text)
	}
	for _, line := range []string{
		`ism_borrowed_instances{az="us-east-1a",instance_type="r3.4xlarge"} 0`,
		`ism_surplus_instances{az="us-east-1c",instance_type="r3.4xlarge"} 1`,
		`ism_cycles_total 400`,
		`ism_cycles_not_acted_total 0`,
		`ism_report_last_success_timestamp_seconds 1.44402708e+09`,
		`ism_driver_info{mode="shadow"} 1`,
		`ism_orders_total{kind="launch"} `,
	} {
		if !strings.Contains(text, "\n"+line) && !(strings.HasSuffix(line, " ") && strings.Contains(text, line)) {
			t.Errorf("there is no %s", line)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}

func TestReadyIsWhoKnowsTheMarketAndHealthyWhoStillEvaluates(t *testing.T) {
	l, b := drill(t, 30)
	if status, text := ask(b, "GET", "/readyz", "", ""); status != http.StatusOK {
		t.Errorf("ready: %d %s", status, text)
	}
	if status, text := ask(b, "GET", "/healthz", "", ""); status != http.StatusOK {
		t.Errorf("healthy: %d %s", status, text)
	}
	late := &drillClock{now: 3600}
	b.clock = late
	if status, text := ask(b, "GET", "/healthz", "", ""); status != http.StatusServiceUnavailable || !strings.Contains(text, "no evaluation for") {
		t.Errorf("after an hour without an evaluation: %d %s", status, text)
	}
	fresh := newBoard(l, time.Minute, metrics.New(drive.Shadow, nil))
	if status, text := ask(fresh, "GET", "/readyz", "", ""); status != http.StatusServiceUnavailable {
		t.Errorf("before the first: %d %s", status, text)
	}
	obs := &models.Observation{Now: 1000, Pools: l.setup.Pools[:1], InUse: []int32{5}, AsOf: []models.Instant{600}}
	market := models.NewMarket(l.setup.Pools, []string{"encoding"})
	for _, test := range []struct {
		acted bool
		want  string
	}{{true, "1 of 1 pools"}, {false, "journal"}} {
		fresh.cycle(market, &drive.Cycle{Number: 1, Obs: obs, Acted: test.acted}, metrics.API{}, 0)
		if status, text := ask(fresh, "GET", "/readyz", "", ""); status != http.StatusServiceUnavailable || !strings.Contains(text, test.want) {
			t.Errorf("acted %t, with a stale report: %d %s", test.acted, status, text)
		}
	}
}

func TestOnlyWhoHasTheTokenStopsTheDriver(t *testing.T) {
	l, b := drill(t, 1)
	const stop = "{state: evacuate, region: us-east-1, note: failover}"
	for _, token := range []string{"", "secret", "Bearer", "Bearer ", "Bearer secre", "Bearer secret2", "Basic secret"} {
		if status, _ := ask(b, "POST", "/stops", token, stop); status != http.StatusUnauthorized {
			t.Errorf("with %q: %d", token, status)
		}
	}
	if _, err := os.Stat(b.stops.path); err == nil {
		t.Error("a file was written")
	}
	if status, text := ask(b, "POST", "/stops", "Bearer secret", stop); status != http.StatusOK || !strings.Contains(text, "state: evacuate") {
		t.Errorf("with the token: %d %s", status, text)
	}
	f, err := l.setup.Stops.InForce(0)
	if err != nil || f.Of(&l.setup.Pools[0], "encoding", 0) != drive.StopAll {
		t.Errorf("the driver reads %+v, %v", f, err)
	}
	for body, want := range map[string]int{"{state: halt}": 400, "{state: hold, region: eu-west-1}": 400, "hold": 400, "": 400,
		"{state: hold, note: " + strings.Repeat("x", 1<<16) + "}": 413} {
		if status, text := ask(b, "POST", "/stops", "Bearer secret", body); status != want {
			t.Errorf("%.40s: %d, want %d: %s", body, status, want, text)
		}
	}
	if status, text := ask(b, "GET", "/stops", "", ""); status != http.StatusOK || strings.Contains(text, "secret") || !strings.Contains(text, "failover") {
		t.Errorf("%d %s", status, text)
	}
	if err := os.WriteFile(b.config.path("token"), []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, _ := ask(b, "POST", "/stops", "Bearer ", stop); status != http.StatusUnauthorized {
		t.Errorf("with an empty token anybody may: %d", status)
	}
	if err := os.WriteFile(b.stops.path, []byte("stops: []\n#"+strings.Repeat("x", stopsSizeMax)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := l.setup.Stops.InForce(0); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("a file without an end: %v", err)
	}
	b.config.TokenFile = ""
	if status, _ := ask(b, "POST", "/stops", "Bearer ", stop); status != http.StatusUnauthorized {
		t.Errorf("without a token file anybody may: %d", status)
	}
}

func TestTheServerListensUntilItIsStopped(t *testing.T) {
	_, b := drill(t, 1)
	b.config.Listen = "127.0.0.1:0"
	var address string
	stop, err := b.serve(slog.New(keeping{slog.DiscardHandler, &address}))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.Get("http://" + address + "/healthz")
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Errorf("%v, %v", answer, err)
	}
	stop()
	if _, err := http.Get("http://" + address + "/healthz"); err == nil {
		t.Error("it still answers")
	}
}

// keeping is a log that keeps the address that it is told of.
type keeping struct {
	slog.Handler
	address *string
}

func (keeping) Enabled(context.Context, slog.Level) bool { return true }

func (k keeping) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "address" {
			*k.address = a.Value.String()
		}
		return true
	})
	return nil
}

// A standby must not be started again, nor hold up a change of its replicas; one of which nobody knows whether another acts is lacking
// something.
func TestWhoStandsByIsReadyAndSaysSo(t *testing.T) {
	_, b := drill(t, 30)
	const fields = "\nmode: shadow\nevaluation: 30\n"
	for name, test := range map[string]struct {
		state  lease.State
		status int
		want   []string
	}{
		"holds":      {lease.State{Epoch: 6, Until: 1_444_003_200}, http.StatusOK, []string{"ok\n", "lease_held: true\nlease_epoch: 6\nlease_until: 2015-10-05T00:00:00Z\n"}},
		"stands by":  {lease.State{Why: errors.New("alpha has it, with epoch 6"), Holder: "alpha"}, http.StatusOK, []string{"stands by: alpha has it, with epoch 6\n", "lease_held: false\nlease_epoch: 0\n"}},
		"not known":  {lease.State{Why: errors.New("it was not renewed for 10s")}, http.StatusServiceUnavailable, []string{"the lease is not held, and who has it is not known: it was not renewed for 10s\n", "lease_held: false\n"}},
		"never read": {lease.State{Why: errors.New("it was not read yet")}, http.StatusServiceUnavailable, []string{"not known: it was not read yet"}},
	} {
		b.lease = func() lease.State { return test.state }
		status, text := ask(b, "GET", "/readyz", "", "")
		for _, want := range append(test.want, fields, "\nholds: []\n", "\nstop: run\n", "\njournal_written: true\n", "\npools_unknown: 0\n") {
			if status != test.status || !strings.Contains(text, want) {
				t.Errorf("%s: %d, and there is no %q:\n%s", name, status, want, text)
			}
		}
	}
}

func TestReadySaysWhatHoldsTheDriver(t *testing.T) {
	l, b := drill(t, 30)
	obs := &models.Observation{Now: 1000, Pools: l.setup.Pools[:1], InUse: []int32{5}, AsOf: []models.Instant{990}}
	market := models.NewMarket(l.setup.Pools, []string{"encoding"})
	b.cycle(market, &drive.Cycle{Number: 31, Obs: obs, Acted: true, Holds: []string{"cold", "events"}, Stops: []drive.StopState{drive.StopHold, drive.StopDrain}},
		metrics.API{Regions: []metrics.Region{{Name: "us-east-1", Down: true, Rate: 1}, {Name: "us-west-2", Rate: 1}}}, 0)
	status, text := ask(b, "GET", "/readyz", "", "")
	if want := "ok\nmode: shadow\nevaluation: 31\n"; status != http.StatusOK || !strings.HasPrefix(text, want) || !strings.Contains(text, "\nstop: drain\nholds: [cold, events]\nregions_down: [us-east-1]\n") {
		t.Errorf("%d %s", status, text)
	}
	_, text = ask(b, "GET", "/metrics", "", "")
	for _, line := range []string{`ism_stop_state{az="us-east-1a",instance_type="m3.2xlarge"} 2`, `ism_holds{rule="cold"} 1`, `ism_holds{rule="loss"} 0`,
		`ism_api_region_down{region="us-east-1"} 1`, `ism_api_region_down{region="us-west-2"} 0`} {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("there is no %s", line)
		}
	}
	if strings.Contains(text, "\nism_lease") {
		t.Error("it has no lease, and its metrics say how it stands with it")
	}
}
