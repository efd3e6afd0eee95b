package drive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"trough.internal/cmd/trough-live/journal"
	"trough.internal/models"
	"trough.internal/policies"
)

// This file is a driver in a process of its own, whose journal is on the disk and whose world is its test: it asks one question
// after another over a pipe, so that the test can kill it at any of them, and at any moment between.

// journalOf is the environment variable that makes the test binary such a driver, and names its journal.
const journalOf = "TROUGH_TEST_DRIVER_OF"

func TestMain(m *testing.M) {
	path := os.Getenv(journalOf)
	if path == "" {
		os.Exit(m.Run())
	}
	if err := driverProcess(path); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// question is what the process asks; next is that its evaluation is over.
type question struct {
	What   string
	Cursor int64
	Cycle  int64
	Orders []models.Order
}

type reply struct {
	Now      models.Instant
	Passed   time.Duration
	Reports  []Report
	Workload models.Workload
	Events   []models.Event
	Cursor   int64
}

// pipe is the process's end.
type pipe struct {
	mutex  sync.Mutex
	in     *json.Decoder
	out    *json.Encoder
	now    models.Instant
	passed time.Duration
}

func (p *pipe) ask(q question) (r reply, err error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if err := p.out.Encode(q); err != nil {
		return r, err
	}
	return r, p.in.Decode(&r)
}

func (p *pipe) next() error {
	r, err := p.ask(question{What: "next"})
	p.now, p.passed = r.Now, r.Passed
	return err
}

func (p *pipe) Now() models.Instant   { return p.now }
func (p *pipe) Passed() time.Duration { return p.passed }

func (p *pipe) Reports(context.Context, models.Instant) ([]Report, error) {
	r, err := p.ask(question{What: "reports"})
	return r.Reports, err
}

func (p *pipe) Workload(_ context.Context, _ models.Instant, into []models.Workload) error {
	r, err := p.ask(question{What: "work"})
	into[0] = r.Workload
	return err
}

func (p *pipe) Since(_ context.Context, cursor int64) ([]models.Event, int64, error) {
	r, err := p.ask(question{What: "events", Cursor: cursor})
	return r.Events, r.Cursor, err
}

func (p *pipe) Act(_ context.Context, cycle int64, orders []models.Order) error {
	_, err := p.ask(question{What: "act", Cycle: cycle, Orders: orders})
	return err
}

func driverProcess(path string) error {
	p := &pipe{in: json.NewDecoder(os.Stdin), out: json.NewEncoder(os.Stdout)}
	if err := p.next(); err != nil {
		return err
	}
	folder, _, err := journal.Lock(path)
	if err != nil {
		return err
	}
	j, err := journal.Open(folder)
	if err != nil {
		return err
	}
	set, err := policies.Parse("greedy.yaml", []byte(greedy))
	if err != nil {
		return err
	}
	d, _, err := Resume(Setup{Pools: newStorm(0).pools, Borrowers: []string{"encoding"}, Policy: set, Safety: DefaultSafety(), Mode: Run,
		Telemetry: p, Work: p, Cloud: p, Clock: p, Journal: j, Patience: time.Minute}, folder)
	if err != nil {
		return err
	}
	for {
		if c := d.Cycle(context.Background()); !c.Acted {
			return errors.New(c.Notes[len(c.Notes)-1])
		}
		if err := p.next(); err != nil {
			return err
		}
	}
}

// life is one process, and what it asks of its world.
type life struct {
	*storm
	command *exec.Cmd
	asks    *json.Decoder
	answers *json.Encoder
	given   map[int64][]models.Order // by cycle: orders that arrived
}

func (l *life) start(path string) error {
	l.command = exec.Command(os.Args[0], "-test.run=^$")
	l.command.Env = append(os.Environ(), journalOf+"="+path)
	l.command.Stderr = os.Stderr
	in, err := l.command.StdinPipe()
	if err != nil {
		return err
	}
	out, err := l.command.StdoutPipe()
	if err != nil {
		return err
	}
	l.asks, l.answers = json.NewDecoder(out), json.NewEncoder(in)
	return l.command.Start()
}

// kill ends the process as kill -9 does, wherever it is.
func (l *life) kill() {
	l.command.Process.Kill()
	l.command.Wait() // which says that it was killed
}

// serve answers one question: what it asks for happens, and its answer may be kept back.
func (l *life) serve(t *testing.T, silent bool) (what string) {
	var q question
	if err := l.asks.Decode(&q); err != nil {
		if !errors.Is(err, io.EOF) {
			t.Error(err)
		}
		t.Fatalf("the process ended by itself: %v", l.command.Wait())
	}
	ctx := context.Background()
	var r reply
	switch q.What {
	case "next":
		l.advance()
		r.Now, r.Passed = l.now(), l.passed
	case "reports":
		r.Reports, _ = l.Reports(ctx, 0)
	case "work":
		into := make([]models.Workload, 1)
		l.Workload(ctx, 0, into)
		r.Workload = into[0]
	case "events":
		r.Events, r.Cursor, _ = l.Since(ctx, q.Cursor)
	case "act":
		token := fmt.Sprint(0, q.Cycle, q.Orders[0].Pool, q.Orders[0].Kind == models.Launch)
		if l.done[token] {
			t.Errorf("cycle %d: orders of a pool came twice: %+v", q.Cycle, q.Orders)
		}
		l.carryOut(token, q.Orders)
		l.given[q.Cycle] = append(l.given[q.Cycle], q.Orders...)
	}
	if !silent {
		if err := l.answers.Encode(r); err != nil {
			t.Fatal(err)
		}
	}
	return q.What
}

// TestAKilledProcessGoesOnAsIfItHadNotBeen: kill -9 at seeded questions and moments, over and over on one journal. No order is lost or
// given twice, none is given that is not written down, the journal decides the same again, and what is held in the end is what an
// uninterrupted run holds. With TROUGH_LONG=1 it is killed 500 times.
func TestAKilledProcessGoesOnAsIfItHadNotBeen(t *testing.T) {
	kills := 10
	if testing.Short() {
		kills = 3
	}
	if os.Getenv("TROUGH_LONG") != "" {
		kills = 500
	}
	path := filepath.Join(t.TempDir(), "journal")
	l := &life{storm: newStorm(1), given: map[int64][]models.Order{}}
	l.fair, l.queue = true, 1_000_000
	for n := range uint64(kills) {
		if err := l.start(path); err != nil {
			t.Fatal(err)
		}
		for range int(60 * l.luck("questions", n, 0)) {
			l.serve(t, false)
		}
		l.serve(t, l.luck("silent", n, 0) < 0.5)
		time.Sleep(time.Duration(3 * float64(time.Millisecond) * l.luck("moment", n, 0))) // it may be writing now
		l.kill()
	}
	if err := l.start(path); err != nil {
		t.Fatal(err)
	}
	defer l.kill()
	// Half an hour after the owners' last change everything has come to rest.
	for cycles := 0; cycles < 60 || l.minute()%30 != 29; {
		if l.serve(t, false) == "next" {
			cycles++
		}
	}
	for p := range l.pools {
		if want := reservedOf - l.used(p); l.borrowed(models.PoolID(p)) != want {
			t.Errorf("%s: %d are held, want %d, as without a kill", l.pools[p].Name(), l.borrowed(models.PoolID(p)), want)
		}
	}
	for _, f := range l.failures {
		t.Error(f)
	}
	l.compare(t, path, kills)
}

// compare holds the journal against what arrived.
func (l *life) compare(t *testing.T, path string, kills int) {
	folder := journal.Dir(path)
	if v, err := Verify(folder); err != nil || v.First != nil || v.Orders == 0 {
		t.Errorf("%+v, %v", v, err)
	}
	written := map[int64][][5]int32{}
	last := int64(0)
	var ends []int64 // the last cycle of each life but the last
	if _, err := journal.Read(folder, func(rec journal.Record) error {
		if rec.Index == 0 {
			ends = append(ends, last)
			return nil
		}
		var r record
		if err := json.Unmarshal(rec.Content, &r); err != nil {
			return err
		}
		if r.Cycle != last+1 {
			t.Errorf("cycle %d follows cycle %d", r.Cycle, last)
		}
		last = r.Cycle
		written[r.Cycle] = r.Orders
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	cut := 0
	for cycle, orders := range written {
		given := ordersOf(l.given[cycle])
		switch {
		case slices.Equal(given, orders):
		case len(given) < len(orders) && slices.Equal(given, orders[:len(given)]) && (slices.Contains(ends, cycle) || cycle == last):
			cut++
		default:
			t.Errorf("cycle %d: orders %v are written, and %v were given", cycle, orders, given)
		}
	}
	for cycle := range l.given {
		if written[cycle] == nil {
			t.Errorf("cycle %d: orders were given that are not written", cycle)
		}
	}
	t.Logf("%d cycles over %d kills; %d evaluations were killed between their orders", last, kills, cut)
}
