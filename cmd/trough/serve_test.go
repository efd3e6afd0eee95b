package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// served is a server over a directory with two runs, one of them with a name that is HTML.
func served(t *testing.T, token string) *server {
	t.Helper()
	dir := t.TempDir()
	a := &app{out: create(t, dir, "out.txt"), err: create(t, dir, "err.txt"), data: filepath.Join(shared, "traces")}
	small := filepath.Join(shared, "scenarios", "small.yaml")
	for _, name := range []string{"one", "group/<b>two"} {
		if code := run(context.Background(), []string{"backtest", small, "--data", a.data, "--no-plots", "-o", filepath.Join(dir, "runs", name)}, a.out, a.err); code != exitOK {
			t.Fatal(read(t, a.err))
		}
	}
	explorer, err := a.newExplorer(small)
	if err != nil {
		t.Fatal(err)
	}
	return &server{app: a, dir: filepath.Join(dir, "runs"), token: token, explorer: explorer}
}

func ask(s *server, r *http.Request) (int, string) {
	w := httptest.NewRecorder()
	s.handler().ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func local(method, target, body string) *http.Request {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Host = "127.0.0.1:8080"
	return r
}

func TestTheListHasEveryRunAndEscapesItsName(t *testing.T) {
	s := served(t, "")
	code, text := ask(s, local("GET", "/", ""))
	if code != 200 || !strings.Contains(text, `href="/report?run=one"`) || !strings.Contains(text, "group/&lt;b&gt;two") || strings.Contains(text, "<b>two") {
		t.Errorf("%d: %s", code, text)
	}
	for _, target := range []string{"/report?run=one", "/report?run=one&run=group/%3Cb%3Etwo"} {
		if code, text := ask(s, local("GET", target, "")); code != 200 || !strings.Contains(text, "<!DOCTYPE html>") || !strings.Contains(text, "throughput gain") {
			t.Errorf("%s: %d: %.300s", target, code, text)
		}
	}
	for _, name := range []string{"none", "../runs/one", "", "group", "one/../one"} {
		if code, text := ask(s, local("GET", "/report?run="+name, "")); code != http.StatusNotFound {
			t.Errorf("run %q: %d: %.200s", name, code, text)
		}
	}
	if code, _ := ask(s, local("GET", "/report", "")); code != http.StatusBadRequest {
		t.Errorf("no run: %d", code)
	}
	if err := os.RemoveAll(s.dir); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(s.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if code, text := ask(s, local("GET", "/", "")); code != 200 || !strings.Contains(text, "There is no run in it") {
		t.Errorf("an empty directory: %d: %s", code, text)
	}
}

// A sweep's folder is full of cells that are no runs: it is one line, and its page is the one that report writes.
func TestTheListHasEveryExperimentWithItsPage(t *testing.T) {
	dir := t.TempDir()
	a := &app{out: create(t, dir, "out.txt"), err: create(t, dir, "err.txt")}
	small := filepath.Join(dir, "runs", "group", "<b>small")
	for _, args := range [][]string{{"sweep", shared + "/experiments/small.yaml", "--data", shared + "/traces", "-o", small}, {"report", small, "-o", filepath.Join(dir, "report"), "--no-plots"}} {
		if code := run(context.Background(), args, a.out, a.err); code != exitOK {
			t.Fatal(read(t, a.err))
		}
	}
	s := &server{app: a, dir: filepath.Join(dir, "runs")}
	code, text := ask(s, local("GET", "/", ""))
	link := "/experiment?name=group%2F%3Cb%3Esmall"
	if code != 200 || strings.Count(text, `href="/experiment?name=`) != 1 || !strings.Contains(text, `href="`+link+`"`) || strings.Contains(text, "<b>small") || !strings.Contains(text, "<td>sweep</td>") {
		t.Errorf("%d: %s", code, text)
	}
	want, err := os.ReadFile(filepath.Join(dir, "report", "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	if code, text = ask(s, local("GET", link, "")); code != 200 || text != string(want) {
		t.Errorf("its page: %d, and another one than report's: %.300s", code, text)
	}
	for _, name := range []string{"", "group", "group/../group/<b>small", "../runs/group/<b>small"} {
		if code, _ := ask(s, local("GET", "/experiment?name="+url.QueryEscape(name), "")); code != 404 {
			t.Errorf("experiment %q: %d", name, code)
		}
	}
	// Interrupted, it has nothing to show, and says so.
	if err := os.Remove(filepath.Join(small, sweepSummary)); err != nil {
		t.Fatal(err)
	}
	if code, text = ask(s, local("GET", "/", "")); code != 200 || strings.Contains(text, link) || !strings.Contains(text, "nothing yet") {
		t.Errorf("unfinished: %d: %s", code, text)
	}
	if code, text = ask(s, local("GET", link, "")); code != 400 || !strings.Contains(text, "what was interrupted goes on with the same call") {
		t.Errorf("unfinished: %d: %s", code, text)
	}
}

func TestOnlyWhoMayAskGetsAnAnswer(t *testing.T) {
	s := served(t, "")
	elsewhere := local("GET", "/", "")
	elsewhere.Host = "evil.example:8080" // a name of somebody's own that points to this machine
	if code, _ := ask(s, elsewhere); code != http.StatusForbidden {
		t.Errorf("another name: %d", code)
	}
	foreign := local("POST", "/explore", `{"values": {}}`)
	foreign.Header.Set("Sec-Fetch-Site", "cross-site")
	if code, _ := ask(s, foreign); code != http.StatusForbidden {
		t.Errorf("another site's page: %d", code)
	}
	s.token = "0123456789abcdef"
	for target, want := range map[string]int{"/": 401, "/?token=0123456789abcdee": 401, "/?token=": 401, "/?token=0123456789abcdef": 200} {
		if code, _ := ask(s, local("GET", target, "")); code != want {
			t.Errorf("%s: %d, want %d", target, code, want)
		}
	}
	bearer := local("GET", "/", "")
	bearer.Host = "trough.example"
	bearer.Header.Set("Authorization", "Bearer 0123456789abcdef")
	if code, _ := ask(s, bearer); code != 200 {
		t.Errorf("with the secret: %d", code)
	}
	for _, test := range []struct{ listen, want string }{{"0.0.0.0:80", "expected --token-file"}, {":80", "expected --token-file"}, {"8080", "expected HOST:PORT"}} {
		if _, err := tokenFor(test.listen, ""); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("--listen %s: %v", test.listen, err)
		}
	}
	for _, listen := range []string{"127.0.0.1:0", "localhost:80", "[::1]:80"} {
		if _, err := tokenFor(listen, ""); err != nil {
			t.Errorf("--listen %s: %v", listen, err)
		}
	}
}

func TestTheExplorerSaysWhatAChangeComesTo(t *testing.T) {
	s := served(t, "")
	code, text := ask(s, local("GET", "/explore", ""))
	if code != 200 || strings.Count(text, `type="range"`) != 3 {
		t.Errorf("%d: %s", code, text)
	}
	var answer explorerAnswer
	changed := func(body string) {
		t.Helper()
		code, text := ask(s, local("POST", "/explore", body))
		answer = explorerAnswer{}
		if err := json.Unmarshal([]byte(text), &answer); err != nil || code != 200 {
			t.Fatalf("%d: %s", code, text)
		}
	}
	changed(`{"values": {"margin.share": 5}}`)
	for _, f := range answer.Figures {
		if f.Difference != 0 || len(answer.Changed) != 0 {
			t.Errorf("nothing was changed, and %+v", f)
		}
	}
	changed(`{"values": {"margin.share": 50}}`)
	if len(answer.Figures) < 5 || answer.Figures[1].Difference >= 0 || answer.Changed[0] != "margin.share=50%" || answer.Figures[0].Verdict != "no verdict" {
		t.Errorf("half as margin: %+v", answer)
	}
	for body, want := range map[string]string{
		`{"values": {"margin.share": 51}}`:  "expected 0 to 50 %",
		`{"values": {"limits.x": 1}}`:       "is no parameter of the explorer",
		`{"value": {}}`:                     "unknown field",
		`{"values": {"margin.share": "x"}}`: "cannot unmarshal",
		strings.Repeat(" ", 5000) + `{}`:    "too large",
	} {
		if code, text := ask(s, local("POST", "/explore", body)); code != http.StatusBadRequest || !strings.Contains(text, want) {
			t.Errorf("%.60s: %d: %s", body, code, text)
		}
	}
}
