package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/cmd/trough-live/lease"
	"trough.internal/cmd/trough-live/metrics"
	"trough.internal/models"
	"trough.internal/models/settings"
)

// board is what others can ask of a running driver, and the one thing that they can tell it.
type board struct {
	every   time.Duration
	ageMax  time.Duration
	clock   clock
	metrics *metrics.Metrics
	stops   *stopsOnDisk
	config  *Config
	mode    drive.Mode
	lease   func() lease.State // nil without a lease
	writing sync.Mutex         // one stop state at a time

	mutex sync.Mutex
	last  time.Duration // passed at the last evaluation
	state state         // after it
}

func newBoard(l *live, every time.Duration, m *metrics.Metrics) *board {
	stops, _ := l.setup.Stops.(*stopsOnDisk)
	b := &board{every: every, ageMax: l.config.Safety.TelemetryAgeMax, clock: newWallClock(), metrics: m, stops: stops, config: l.config, mode: l.setup.Mode}
	if l.keeper != nil {
		b.lease = l.keeper.State
	}
	return b
}

// cycle notes an evaluation, and what calls were made until then.
func (b *board) cycle(market *models.Market, c *drive.Cycle, api metrics.API, took time.Duration) {
	b.metrics.Calls(api)
	if b.lease != nil {
		l := b.lease()
		b.metrics.Lease(l.Why == nil, l.Epoch, l.Until)
	}
	b.metrics.Cycle(market, c, took)
	s := b.stateOf(c, api)
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.last, b.state = b.clock.Passed(), s
}

func (b *board) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", b.healthz)
	mux.HandleFunc("GET /readyz", b.readyz)
	mux.Handle("GET /metrics", b.guarded(b.metrics.Handler()))
	mux.Handle("GET /stops", b.guarded(http.HandlerFunc(b.showStops)))
	mux.HandleFunc("POST /stops", b.setStop)
	return atMost(requestsMost, mux)
}

// guarded lets in who has the token, where other hosts can ask: what is borrowed and stopped is nobody else's business.
func (b *board) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !b.config.loopback() && !b.allowed(r.Header.Get("Authorization")) {
			unauthorized(w)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func unauthorized(w http.ResponseWriter) {
	w.Header().Set("WWW-Authenticate", "Bearer")
	http.Error(w, "expected the header Authorization: Bearer TOKEN", http.StatusUnauthorized)
}

// requestsMost is how many requests are answered at once: what asks a driver is a handful of probes, scrapers and people.
const requestsMost = 32

// atMost turns away what comes while so many requests are being answered.
func atMost(n int, next http.Handler) http.Handler {
	places := make(chan struct{}, n)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case places <- struct{}{}:
			defer func() { <-places }()
			next.ServeHTTP(w, r)
		default:
			http.Error(w, "too many requests at once", http.StatusServiceUnavailable)
		}
	})
}

// healthz says whether evaluations still come, whatever they say: none for three of the policy's times and a minute more is a driver
// that hangs, and is to be started again. A driver that knows nothing is healthy: another start would not teach it.
func (b *board) healthz(w http.ResponseWriter, _ *http.Request) {
	b.mutex.Lock()
	since := b.clock.Passed() - b.last
	b.mutex.Unlock()
	if since > 3*b.every+time.Minute {
		http.Error(w, fmt.Sprintf("no evaluation for %s", since.Round(time.Second)), http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ok")
}

func (b *board) showStops(w http.ResponseWriter, _ *http.Request) {
	f, err := b.stops.InForce(0)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	text, err := settings.Encode(f)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Write(text)
}

// setStop takes one stop state as a file would have it, such as {state: hold, region: us-east-1}, from whoever has the token.
func (b *board) setStop(w http.ResponseWriter, r *http.Request) {
	if !b.allowed(r.Header.Get("Authorization")) {
		unauthorized(w)
		return
	}
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<16))
	if err != nil {
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	var stop drive.Stop
	if err := settings.Decode("stop", text, &stop); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	b.writing.Lock()
	defer b.writing.Unlock()
	if err := b.stops.set(stop, models.InstantOf(time.Now())); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	b.showStops(w, r)
}

// allowed compares tokens in a time that does not depend on where they differ. The file is read each time, so that a token can be
// changed while the driver runs; without one nobody is allowed.
func (b *board) allowed(header string) bool {
	if b.config.TokenFile == "" {
		return false
	}
	token, err := os.ReadFile(b.config.path(b.config.TokenFile))
	if token = bytes.TrimSpace(token); err != nil || len(token) == 0 {
		return false
	}
	given, ok := strings.CutPrefix(header, "Bearer ")
	a, c := sha256.Sum256(token), sha256.Sum256([]byte(given))
	return ok && subtle.ConstantTimeCompare(a[:], c[:]) == 1
}

// serve listens until the function that it returns is called.
func (b *board) serve(log *slog.Logger) (stop func(), err error) {
	listener, err := b.config.listener(log)
	if err != nil {
		return nil, err
	}
	server := &http.Server{Handler: b.handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 1 << 16, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}
	log.Info("listens", "address", listener.Addr().String())
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Warn("serves no more", "error", err)
		}
	}()
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		server.Shutdown(ctx)
	}, nil
}
