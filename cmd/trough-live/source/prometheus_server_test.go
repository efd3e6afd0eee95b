package source

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"trough.internal/models"
)

// exporter is an encoding system's page of metrics, which tests change.
type exporter struct {
	*httptest.Server
	page atomic.Pointer[string] // nil: status 500
}

func newExporter(t *testing.T) *exporter {
	e := new(exporter)
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		page := e.page.Load()
		if page == nil {
			http.Error(w, "down", http.StatusInternalServerError)
			return
		}
		fmt.Fprint(w, *page)
	}))
	t.Cleanup(e.Close)
	return e
}

// realPrometheus starts the server that everybody uses, which asks the exporter every second.
func realPrometheus(t *testing.T, e *exporter) (address string) {
	t.Helper()
	name := os.Getenv("PROMETHEUS")
	if name == "" {
		name = "prometheus"
	}
	program, err := exec.LookPath(name)
	if err != nil {
		t.Skip("SKIPPED: the Prometheus source was not tested on Prometheus itself: .ci/promtool fetches it, or name one with PROMETHEUS=path")
	}
	folder := t.TempDir()
	config := filepath.Join(folder, "prometheus.yml")
	text := "global: {scrape_interval: 1s}\nscrape_configs: [{job_name: encoding, static_configs: [{targets: ['" + strings.TrimPrefix(e.URL, "http://") + "']}]}]\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = listener.Addr().String()
	listener.Close()
	command := exec.Command(program, "--config.file="+config, "--storage.tsdb.path="+filepath.Join(folder, "data"), "--web.listen-address="+address, "--log.level=error")
	command.Stderr = os.Stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		command.Process.Signal(syscall.SIGTERM)
		command.Wait()
	})
	return "http://" + address
}

// TestPrometheusItselfIsUnderstood: a number, and every way in which Prometheus says that there is none. It waits for what has to
// come, and not for a time.
func TestPrometheusItselfIsUnderstood(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a server of its own, and waits for what it gathers")
	}
	e := newExporter(t)
	page := "queued{class=\"low\",zone=\"a\"} 100\nqueued{class=\"low\",zone=\"b\"} 23\nrunning 40\nbroken NaN\n"
	e.page.Store(&page)
	query := PrometheusQuery(client(t, Connection{}), realPrometheus(t, e))
	ask := func(queued string) (w models.Workload, err error) {
		into := make([]models.Workload, 1)
		p := &Prometheus{Query: query, Asked: []PrometheusFigures{{AsOf: "min(timestamp(queued))",
			Classes: map[string]PrometheusClass{"low": {Queued: queued, MeanWork: time.Minute, Running: "running"}}}}}
		err = p.Workload(context.Background(), models.InstantOf(time.Now()), into)
		return into[0], err
	}
	wait := func(what string, until func() bool) {
		t.Helper()
		for end := time.Now().Add(time.Minute); !until(); time.Sleep(50 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("in a minute it did not come to %s", what)
			}
		}
	}
	wait("a first figure", func() bool { _, err := ask("sum(queued)"); return err == nil })
	w, err := ask(`sum(queued{class="low"})`)
	if age := models.InstantOf(time.Now()).Sub(w.AsOf); err != nil || w.Queued[models.Low] != 123 || w.Work[models.Low] != 123*60 || w.Running != 40 || age < 0 || age > time.Minute {
		t.Errorf("%+v, %s old, %v", w, age, err)
	}
	for queued, want := range map[string]string{
		"queued": "there are 2 series", "nosuch": "there are 0 series", "sum(nosuch)": "there are 0 series", "broken": `the value is "NaN"`, "1 / 0": `the value is "+Inf"`,
		`"text"`: `the result is a "string"`, "queued[1m]": `the result is a "matrix"`, "sum(": "status 400", "-sum(queued)": "the value is -123", "sum(queued offset 1h)": "there are 0 series",
	} {
		if w, err := ask(queued); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %+v, %v, want %s", queued, w, err, want)
		}
	}
	if w, err := ask("scalar(sum(queued))"); err != nil || w.Queued[models.Low] != 123 {
		t.Errorf("a scalar: %+v, %v", w, err)
	}
	e.page.Store(nil)
	wait("an exporter that is down", func() bool { w, err = ask("sum(queued)"); return err != nil })
	if !strings.Contains(err.Error(), "there are 0 series") {
		t.Errorf("an exporter that is down: %+v, %v", w, err)
	}
}
