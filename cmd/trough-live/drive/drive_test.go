package drive

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"trough.internal/cmd/trough-live/journal"
	"trough.internal/cmd/trough-live/journal/memory"
	"trough.internal/models"
	"trough.internal/policies"
)

// watched is a journal that says when it is written.
type watched struct {
	Journal
	written func()
}

func (w watched) Append(record []byte) error {
	w.written()
	return w.Journal.Append(record)
}

func TestNothingIsDoneBeforeItIsWrittenDown(t *testing.T) {
	w := newWorld()
	d := w.driver(t, DefaultSafety(), "")
	written := 0
	d.setup.Journal = watched{w, func() {
		written++
		if w.acted[int64(written)*2+1] != nil {
			t.Errorf("orders of cycle %d were given before it was written down", written)
		}
	}}
	w.minutes(d, 5)
	if written != 5 || w.total() == 0 {
		t.Errorf("%d cycles were written, %s", written, w)
	}
}

func TestADiskThatIsFullStopsEverythingUntilItIsNot(t *testing.T) {
	w := newWorld()
	d := w.driver(t, DefaultSafety(), "")
	w.minutes(d, 4)
	held, acts := w.total(), len(w.acts)
	w.diskErr = errors.New("no space left on device")
	w.inUse = []int32{95, 95} // an overdraft, which would be returned at once
	c := w.minutes(d, 2)
	if c.Acted || w.total() != held || len(w.acts) != acts || !slices.ContainsFunc(c.Notes, func(n string) bool { return strings.Contains(n, "no space left") }) {
		t.Errorf("acted %t, %s, notes %q", c.Acted, w, c.Notes)
	}
	w.end(0, models.ByCloud) // is heard of in a cycle that is not written down
	w.minutes(d, 1)
	w.diskErr = nil
	c = w.minutes(d, 1)
	if !c.Acted || w.held[0] != 5 || w.held[1] != 5 {
		t.Errorf("there is room again: acted %t, %s", c.Acted, w)
	}
	w.minutes(d, 3)
	if v, err := Verify(w.folder()); err != nil || v.First != nil || v.Segments != 2 || v.Cycles != 8 {
		t.Errorf("the journal across it: %+v, %v", v, err)
	}
}

func TestShadowActsOnNothing(t *testing.T) {
	w := newWorld()
	s := w.setup(t, DefaultSafety())
	s.Mode = Shadow
	d, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	if c := w.minutes(d, 5); len(w.acts) > 0 || len(c.Orders) == 0 {
		t.Errorf("%d orders were given, of %d", len(w.acts), len(c.Orders))
	}
}

// stuck is a cloud in which one pool's orders take for ever.
type stuck struct {
	*world
	pool  models.PoolID
	until chan struct{}
	asked atomic.Int32
}

func (s *stuck) Act(ctx context.Context, cycle int64, orders []models.Order) error {
	if orders[0].Pool == s.pool {
		s.asked.Add(1)
		<-s.until
	}
	return s.world.Act(ctx, cycle, orders)
}

func TestAStuckPoolHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		s := &stuck{world: w, until: make(chan struct{})}
		setup := w.setup(t, DefaultSafety())
		setup.Cloud, setup.Patience = s, time.Second
		d, err := New(setup)
		if err != nil {
			t.Fatal(err)
		}
		c := w.minutes(d, 6)
		if w.held[0] != 0 || w.held[1] != 10 || s.asked.Load() != 1 {
			t.Errorf("%s, asked %d times", w, s.asked.Load())
		}
		if !slices.ContainsFunc(c.Notes, func(n string) bool { return strings.Contains(n, "us-east-1a/r3.4xlarge: orders of an earlier cycle") }) {
			t.Errorf("notes %q", c.Notes)
		}
		w.inUse[1] = 95
		w.minutes(d, 1)
		if w.held[1] != 5 {
			t.Errorf("a stuck launch held up a return: %s", w)
		}
		close(s.until)
		synctest.Wait()
		w.minutes(d, 3)
		if w.held[0] != 10 {
			t.Errorf("it is not stuck any more: %s", w)
		}
	})
}

// silent is a source that never answers.
type silent struct {
	until chan struct{}
	asked atomic.Int32
}

func (s *silent) Reports(context.Context, models.Instant) ([]Report, error) {
	s.asked.Add(1)
	<-s.until
	return nil, errDown
}

func TestASourceThatNeverAnswersIsAskedOnceAndNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		setup := w.setup(t, DefaultSafety())
		source := &silent{until: make(chan struct{})}
		setup.Telemetry, setup.Patience = source, time.Second
		d, err := New(setup)
		if err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		c := w.minutes(d, 10)
		if took := time.Since(begun); took != 10*time.Second {
			t.Errorf("ten cycles took %s, want the patience of ten", took)
		}
		if len(c.Notes) != 1 || !strings.Contains(c.Notes[0], "no answer yet") {
			t.Errorf("notes %q", c.Notes)
		}
		if n := source.asked.Load(); n != 1 {
			t.Errorf("it was asked %d times, and each is waiting", n)
		}
		close(source.until)
	})
}

// folder is the world's journal as files.
func (w *world) folder() journal.Folder {
	f := memory.New()
	j, _ := journal.Open(f)
	for i := 0; i < len(w.records); i++ {
		if w.records[i] == nil {
			i++
			if err := j.Begin(w.records[i]); err != nil {
				panic(err)
			}
			continue
		}
		if err := j.Append(w.records[i]); err != nil {
			panic(err)
		}
	}
	return f
}

func TestVerifyFindsTheFirstCycleThatDecidesOtherwise(t *testing.T) {
	w := newWorld()
	d := w.driver(t, DefaultSafety(), "")
	w.minutes(d, 12)
	if v, err := Verify(w.folder()); err != nil || v.First != nil || v.Cycles != 12 {
		t.Fatalf("%+v, %v", v, err)
	}
	for what, change := range map[string]func(*record){
		"decision":    func(r *record) { r.Decided.Target[1]++ },
		"orders":      func(r *record) { r.Orders = append(r.Orders, [5]int32{0, 0, 0, 0, 1}) },
		"trail":       func(r *record) { r.Trail[0].Demand++ },
		"counts":      func(r *record) { r.Count[models.Idle] = [][2]int32{{0, 3}} },
		"observation": func(r *record) { r.InUse[0]-- },
	} {
		changed := *w
		changed.records = slices.Clone(w.records)
		var r record
		if err := json.Unmarshal(w.records[2+6], &r); err != nil { // a head and its mark, then cycles
			t.Fatal(err)
		}
		change(&r)
		changed.records[2+6], _ = json.Marshal(&r)
		v, err := Verify(changed.folder())
		if err != nil || v.First == nil || v.First.What != what || v.First.Cycle != 7 || v.Cycles != 7 || !strings.Contains(string(v.First.Inputs), `"reserved":[100,100]`) {
			t.Errorf("%s: %+v, first %+v, %v", what, v, v.First, err)
		}
	}
}

// TestADriverThatIsEndedAnywhereGoesOnAsIfItHadNotBeen: after a crash that leaves any beginning of the journal, what the driver
// knows of instances is what it would have known, and the same is held in the end.
func TestADriverThatIsEndedAnywhereGoesOnAsIfItHadNotBeen(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld()
		d := w.driver(t, DefaultSafety(), "")
		w.minutes(d, rapid.IntRange(1, 12).Draw(rt, "cycles"))
		f := w.folder().(*memory.Folder)
		file := f.Files["000000000001.journal"]
		cut := rapid.IntRange(0, len(w.records[len(w.records)-1])+8).Draw(rt, "torn")
		file.Data = file.Data[:len(file.Data)-cut]
		j, err := journal.Open(f)
		if err != nil {
			rt.Fatal(err)
		}
		setup := w.setup(t, DefaultSafety())
		setup.Journal = j
		again, notes, err := Resume(setup, f)
		if err != nil || len(notes) > 0 {
			rt.Fatal(notes, err)
		}
		if want := d.cycle - 1; again.cycle < want || cut == 0 && again.cycle != d.cycle {
			rt.Fatalf("it goes on after cycle %d, of %d", again.cycle, d.cycle)
		}
		w.minutes(again, 1)
		if held := again.obs.Held(0) + again.obs.Held(1); held > 20 || w.total() > 20 {
			rt.Fatalf("%d are held in its books, %s", held, w)
		}
		w.minutes(again, 8)
		if w.held[0] != 10 || w.held[1] != 10 || again.obs.Held(0) != 10 || again.obs.Held(1) != 10 {
			rt.Fatalf("%s, in the books %d and %d", w, again.obs.Held(0), again.obs.Held(1))
		}
		if v, err := Verify(f); err != nil || v.First != nil {
			rt.Fatal(v, err)
		}
	})
}

func TestWhatThePolicyRemembersIsTakenOver(t *testing.T) {
	w := newWorld()
	setup := w.setup(t, DefaultSafety())
	setup.Policy, _ = policies.BuiltinSettings("full")
	d, err := New(setup)
	if err != nil {
		t.Fatal(err)
	}
	w.minutes(d, 9)
	again, notes, err := Resume(setup, w.folder())
	if err != nil || len(notes) > 0 {
		t.Fatal(notes, err)
	}
	want, _ := d.policy.Snapshot()
	got, _ := again.policy.Snapshot()
	if !bytes.Equal(want, got) {
		t.Errorf("it remembers %s, want %s", got, want)
	}
	other := setup
	other.Policy, _ = policies.BuiltinSettings("availability")
	if _, notes, err := Resume(other, w.folder()); err != nil || len(notes) != 1 || !strings.Contains(notes[0], "begins anew") {
		t.Errorf("another policy: %q, %v", notes, err)
	}
	w.now -= 3600
	if _, _, err := Resume(setup, w.folder()); err == nil || !strings.Contains(err.Error(), "expected a later time") {
		t.Errorf("an hour before: %v", err)
	}
	w.now += 3600
	other.Pools = slices.Clone(w.pools)
	other.Pools[0].Zone = "us-east-1b"
	if _, _, err := Resume(other, w.folder()); err == nil || !strings.Contains(err.Error(), "other pools") {
		t.Errorf("another market: %v", err)
	}
}

func TestASegmentHoldsADayOfMinutes(t *testing.T) {
	w := newWorld()
	d := w.driver(t, DefaultSafety(), "")
	w.minutes(d, 2*recordsMost+1)
	v, err := Verify(w.folder())
	if err != nil || v.First != nil || v.Segments != 3 || v.Cycles != 2*recordsMost+1 {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestWhatALiveDriverCannotDoIsRefused(t *testing.T) {
	w := newWorld()
	for text, want := range map[string]string{
		"policy: p\navailability: {}\nbilled_hour: {}\n": "billed_hour",
	} {
		s := w.setup(t, DefaultSafety())
		s.Policy, _ = policies.Parse("p.yaml", []byte(text))
		if _, err := New(s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	s := w.setup(t, DefaultSafety())
	s.Pools = slices.Clone(w.pools)
	s.Pools[1].Kind = models.Spot
	if _, err := New(s); err == nil || !strings.Contains(err.Error(), "none are bought yet") {
		t.Errorf("a spot pool: %v", err)
	}
}

func TestEventsThatDoNotFitTheBooksAreRefused(t *testing.T) {
	m := models.NewMarket(newWorld().pools, []string{"encoding"})
	for _, e := range []models.Event{
		{}, {Kind: 99}, {Kind: models.OwnersChanged}, {Kind: models.Ordered, Pool: 2, To: models.OnOrder}, {Kind: models.Ordered, Pool: -1},
		{Kind: models.Ordered, Borrower: 1}, {Kind: models.Launched, From: models.OnOrder, To: models.Booting}, {Kind: models.Ready, To: models.States},
		{Kind: models.Started, From: models.Absent, To: models.Busy}, {Kind: models.Arrived, Class: models.Classes}, {Kind: models.Switched, M: 2}, {Kind: models.Switched, M: -2},
	} {
		if fits(m, &e) == nil {
			t.Errorf("%+v fits", e)
			m.Apply(&e) // would panic
		}
	}
}

type discard struct{}

func (discard) Begin([]byte) error  { return nil }
func (discard) Append([]byte) error { return nil }
