package main

import (
	"bytes"
	"context"
	"crypto/subtle"
	"embed"
	"encoding/json"
	"errors"
	"html/template"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
)

// server answers for one directory.
type server struct {
	*app
	dir      string
	token    string // empty: only this machine asks
	explorer *explorer
}

//go:embed serve.html
var serveFiles embed.FS

var servePages = template.Must(template.ParseFS(serveFiles, "serve.html"))

func (s *server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.index)
	mux.HandleFunc("GET /report", s.report)
	mux.HandleFunc("GET /experiment", s.experiment)
	mux.HandleFunc("GET /explore", s.explorePage)
	mux.HandleFunc("POST /explore", s.explore)
	return s.guarded(mux)
}

// guarded lets only those in who may ask. On this machine's own address the name that was asked for must be this machine's, or a
// page from elsewhere could ask in a browser's name under a name of its own that points here.
func (s *server) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data: 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		switch {
		case s.token == "" && !loopback(hostOf(r.Host)):
			http.Error(w, "this server answers to this machine's own names only", http.StatusForbidden)
			return
		case s.token != "" && !s.admitted(w, r):
			http.Error(w, "expected the secret: Authorization: Bearer SECRET, or ?token=SECRET", http.StatusUnauthorized)
			return
		case r.Method == http.MethodPost && r.Header.Get("Sec-Fetch-Site") != "" && r.Header.Get("Sec-Fetch-Site") != "same-origin":
			http.Error(w, "only this server's own pages may ask for runs", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func hostOf(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return strings.Trim(hostport, "[]")
}

// tokenCookie is where a browser keeps the secret.
const tokenCookie = "trough-token"

// admitted compares in constant time, so that an answer's delay says nothing about the secret.
func (s *server) admitted(w http.ResponseWriter, r *http.Request) bool {
	is := func(given string) bool { return subtle.ConstantTimeCompare([]byte(given), []byte(s.token)) == 1 }
	if given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok && is(given) {
		return true
	}
	if c, err := r.Cookie(tokenCookie); err == nil && is(c.Value) {
		return true
	}
	if !is(r.URL.Query().Get("token")) {
		return false
	}
	http.SetCookie(w, &http.Cookie{Name: tokenCookie, Value: s.token, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
	return true
}

func (s *server) index(w http.ResponseWriter, _ *http.Request) {
	found, err := s.list()
	s.page(w, "index", found, err)
}

// report is the report of one run, or of several side by side. Only names that the list has are read.
func (s *server) report(w http.ResponseWriter, r *http.Request) {
	found, err := s.list()
	var dirs []string
	for _, name := range r.URL.Query()["run"] {
		if !slices.ContainsFunc(found.Runs, func(r servedRun) bool { return r.Name == name }) {
			http.Error(w, "there is no such run", http.StatusNotFound)
			return
		}
		dirs = append(dirs, filepath.Join(s.dir, filepath.FromSlash(name)))
	}
	if len(dirs) == 0 {
		http.Error(w, "expected ?run=NAME", http.StatusBadRequest)
		return
	}
	var text []byte
	if err == nil {
		text, err = s.reportPage(r.Context(), dirs)
	}
	if err != nil {
		s.failed(w, err)
		return
	}
	writePage(w, text)
}

// experiment is the page of one experiment's directory. Only names that the list has are read.
func (s *server) experiment(w http.ResponseWriter, r *http.Request) {
	found, err := s.list()
	name := r.URL.Query().Get("name")
	if !slices.ContainsFunc(found.Experiments, func(e servedExperiment) bool { return e.Name == name }) {
		http.Error(w, "there is no such experiment", http.StatusNotFound)
		return
	}
	var text bytes.Buffer
	if err == nil {
		var of *studied
		if of, err = openStudy(filepath.Join(s.dir, filepath.FromSlash(name))); err == nil {
			err = of.document().Write(&text)
		}
	}
	if err != nil {
		s.failed(w, err)
		return
	}
	writePage(w, text.Bytes())
}

func writePage(w http.ResponseWriter, text []byte) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Write(text)
}

func (s *server) explorePage(w http.ResponseWriter, _ *http.Request) {
	s.page(w, "explore", s.explorer, nil)
}

// explore runs the explorer's scenario with other parameters, and answers with what that changes.
func (s *server) explore(w http.ResponseWriter, r *http.Request) {
	var asked explorerChange
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4<<10))
	d.DisallowUnknownFields()
	if err := d.Decode(&asked); err != nil {
		http.Error(w, oneLine(err), http.StatusBadRequest)
		return
	}
	answer, err := s.explorer.run(r.Context(), &asked)
	if err != nil {
		s.failed(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	encodeJSON(w, answer)
}

func (s *server) page(w http.ResponseWriter, name string, data any, err error) {
	var text bytes.Buffer
	if err == nil {
		err = servePages.ExecuteTemplate(&text, name, data)
	}
	if err != nil {
		s.failed(w, err)
		return
	}
	writePage(w, text.Bytes())
}

// failed says what went wrong: the input's fault as such, ours as ours.
func (s *server) failed(w http.ResponseWriter, err error) {
	code := http.StatusBadRequest
	var failed failure
	if errors.As(err, &failed) {
		code = http.StatusInternalServerError
	}
	http.Error(w, oneLine(err), code)
}

// reportPage is the page that trough report writes.
func (s *server) reportPage(ctx context.Context, dirs []string) ([]byte, error) {
	r := &reporting{app: s.app, anyway: true}
	if err := r.open(dirs); err != nil {
		return nil, err
	}
	if err := r.read(ctx, new(progress)); err != nil {
		return nil, err
	}
	var text bytes.Buffer
	err := r.page().Write(&text)
	return text.Bytes(), err
}
