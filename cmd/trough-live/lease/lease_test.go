package lease

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"trough.internal/models"
	"trough.internal/models/settings"
)

func standard() (s Settings) {
	settings.Defaults(&s)
	return s
}

// world is a store, and time. What happens between a driver's asking and its answer is drawn.
type world struct {
	t       *rapid.T
	now     atomic.Int64 // nanoseconds; a keeper's timer asks for it, too
	content []byte
	writes  int
	late    []func() // writes that are still on their way
	drivers []*driver
	depth   int

	holder string // of the largest epoch that was held
	epoch  int64
}

// driver is a keeper, whose clock runs as it likes.
type driver struct {
	*Keeper
	w     *world
	rate  float64
	set   time.Duration // by how much its clock of the day was set
	turns bool          // it is inside of Turn
}

func (d *driver) Passed() time.Duration { return time.Duration(float64(d.w.now.Load()) * d.rate) }
func (d *driver) Now() models.Instant {
	return models.Instant((time.Duration(d.w.now.Load()) + d.set) / time.Second)
}

func (w *world) Read(context.Context) ([]byte, string, error) {
	w.between()
	content, version := w.content, w.version()
	w.between()
	if w.lucky("the reading fails", 8) {
		return nil, "", errors.New("no answer")
	}
	return content, version, nil
}

func (w *world) version() string {
	if w.content == nil {
		return ""
	}
	return fmt.Sprint(w.writes)
}

func (w *world) Write(_ context.Context, content []byte, version string) error {
	w.between()
	err := ErrChanged
	effect := func() {
		if w.version() == version {
			w.writes++
			w.content, err = content, nil
		}
	}
	switch fate := rapid.IntRange(0, 11).Draw(w.t, "fate"); fate {
	case 0:
		return errors.New("it never arrived")
	case 1:
		w.late = append(w.late, effect)
		return errors.New("it arrives later")
	case 2:
		effect()
		w.between()
		return errors.New("its answer is lost")
	}
	effect()
	w.between()
	return err
}

func (w *world) lucky(label string, oneOf int) bool {
	return rapid.IntRange(1, oneOf).Draw(w.t, label) == 1
}

// between is what happens while a driver waits: time passes, late writes arrive, and others take turns.
func (w *world) between() {
	w.depth++
	defer func() { w.depth-- }()
	if w.depth > 3 {
		return
	}
	for range rapid.IntRange(0, 2).Draw(w.t, "steps") {
		w.step()
	}
}

func (w *world) step() {
	switch rapid.IntRange(0, 5).Draw(w.t, "step") {
	case 0, 1, 2:
		d := w.drivers[rapid.IntRange(0, len(w.drivers)-1).Draw(w.t, "driver")]
		if !d.turns {
			d.turns = true
			d.Turn(context.Background())
			d.turns = false
		}
	case 3:
		w.now.Add(rapid.Int64Range(0, 20_000).Draw(w.t, "pause") * int64(time.Millisecond))
	case 4:
		w.now.Add(int64(3 * time.Second))
	case 5:
		if len(w.late) > 0 {
			w.late[0]()
			w.late = w.late[1:]
		}
	}
	w.check()
}

// check: at most one holds it, and nobody ever holds an epoch that another had, or an older one.
func (w *world) check() {
	holders := 0
	for _, d := range w.drivers {
		epoch, _, err := d.Held()
		if err != nil {
			continue
		}
		holders++
		if epoch < w.epoch || epoch == w.epoch && d.name != w.holder {
			w.t.Fatalf("%s holds epoch %d, after %d of %s", d.name, epoch, w.epoch, w.holder)
		}
		w.holder, w.epoch = d.name, epoch
	}
	if holders > 1 {
		w.t.Fatalf("%d hold it at %s", holders, time.Duration(w.now.Load()))
	}
}

// TestTwoNeverHoldIt: whatever happens between asking and answers, however long anybody pauses, whichever answers are lost, and
// though clocks run differently by a fifth.
func TestTwoNeverHoldIt(t *testing.T) {
	held := 0
	rapid.Check(t, func(t *rapid.T) {
		w := &world{t: t}
		for i := range rapid.IntRange(2, 3).Draw(t, "drivers") {
			d := &driver{w: w, rate: rapid.Float64Range(0.85, 1.15).Draw(t, "rate"), set: time.Duration(rapid.IntRange(0, 1000).Draw(t, "set")) * time.Hour}
			d.Keeper = New(w, standard(), fmt.Sprint("driver ", i), d)
			w.drivers = append(w.drivers, d)
		}
		for range 60 {
			w.step()
		}
		if w.epoch > 0 {
			held++
		}
	})
	if held == 0 {
		t.Error("nobody ever held it: nothing was shown")
	}
}

// fixed is a clock that is set by hand.
type fixed struct {
	passed time.Duration
	now    models.Instant
}

func (f *fixed) Passed() time.Duration { return f.passed }
func (f *fixed) Now() models.Instant   { return f.now }

func (f *fixed) pass(d time.Duration) { f.passed, f.now = f.passed+d, f.now.Add(d) }

func TestAnotherTakesOverWhenTheHolderIsGoneAndAtOnceWhenItGaveItBack(t *testing.T) {
	path := File(filepath.Join(t.TempDir(), "lease"))
	clock, ctx := &fixed{}, context.Background()
	a, b := New(path, standard(), "a", clock), New(path, standard(), "b", clock)
	turn := func(k *Keeper) int64 {
		if err := k.Turn(ctx); err != nil {
			t.Fatal(err)
		}
		epoch, _, _ := k.Held()
		return epoch
	}
	if turn(a) != 0 {
		t.Error("a lease that nobody ever had may have been deleted: whoever had it may still act")
	}
	clock.pass(15 * time.Second)
	if turn(a) != 1 || turn(b) != 0 {
		t.Error("the first to wait long enough has it")
	}
	clock.pass(9 * time.Second)
	if turn(a) != 1 || turn(b) != 0 {
		t.Error("it was renewed")
	}
	_, lost, _ := a.Held()
	clock.pass(14 * time.Second)
	if turn(b) != 0 {
		t.Error("b takes over before its time")
	}
	clock.pass(time.Second)
	if _, _, err := a.Held(); err == nil || !strings.Contains(err.Error(), "not renewed for 10s") {
		t.Errorf("a was not heard of for 15 s: %v", err)
	}
	<-lost
	if turn(b) != 2 || turn(a) != 0 {
		t.Error("b takes over")
	}
	if _, _, err := a.Held(); err == nil || err.Error() != "b has it, with epoch 2" {
		t.Errorf("a is told: %v", err)
	}
	if err := b.Release(ctx); err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.Held(); err == nil {
		t.Error("b holds what it gave back")
	}
	if turn(a) != 3 {
		t.Error("a takes at once what was given back")
	}
}

// late is a store that answers long after a write took effect.
type late struct {
	File
	clock *fixed
	takes time.Duration
}

func (l *late) Write(ctx context.Context, content []byte, version string) error {
	err := l.File.Write(ctx, content, version)
	l.clock.pass(l.takes)
	return err
}

func TestTheTimeToActBeginsBeforeTheWriteAndNotWithItsAnswer(t *testing.T) {
	clock := &fixed{}
	store := &late{File: File(filepath.Join(t.TempDir(), "lease")), clock: clock}
	k := New(store, standard(), "a", clock)
	k.Turn(context.Background())
	clock.pass(15 * time.Second)
	store.takes = 9 * time.Second
	k.Turn(context.Background())
	if _, _, err := k.Held(); err != nil {
		t.Fatal(err)
	}
	clock.pass(time.Second)
	if _, _, err := k.Held(); err == nil {
		t.Error("another driver may have seen the write 10 s ago")
	}
}

func TestAMachineThatWasSuspendedDoesNotHoldItAnyMore(t *testing.T) {
	clock := &fixed{}
	k := New(File(filepath.Join(t.TempDir(), "lease")), standard(), "a", clock)
	k.Turn(context.Background())
	clock.pass(15 * time.Second)
	k.Turn(context.Background())
	if _, _, err := k.Held(); err != nil {
		t.Fatal(err)
	}
	clock.now += 3600 // and no time has passed
	if _, _, err := k.Held(); err == nil {
		t.Error("an hour later by the clock, it still acts")
	}
}

// slow is a store whose answers never come.
type slow struct{}

func (slow) Read(ctx context.Context) ([]byte, string, error) {
	<-ctx.Done()
	return nil, "", ctx.Err()
}

func (slow) Write(ctx context.Context, _ []byte, _ string) error { <-ctx.Done(); return ctx.Err() }

// flip is a store that stops answering.
type flip struct {
	File
	down atomic.Bool
}

func (f *flip) Read(ctx context.Context) ([]byte, string, error) {
	if f.down.Load() {
		return slow{}.Read(ctx)
	}
	return f.File.Read(ctx)
}

// real is the machine's clock, which a bubble replaces.
type real struct{ begun time.Time }

func (r real) Passed() time.Duration { return time.Since(r.begun) }
func (r real) Now() models.Instant   { return models.InstantOf(time.Now()) }

func TestWhoCannotRenewItIsToldInTimeThoughTheStoreHangs(t *testing.T) {
	path := File(filepath.Join(t.TempDir(), "lease"))
	synctest.Test(t, func(t *testing.T) {
		store := &flip{File: path}
		k := New(store, standard(), "a", real{time.Now()})
		ctx, stop := context.WithCancel(context.Background())
		var failures atomic.Int32
		ended := make(chan struct{})
		go func() { k.Run(ctx, func(error) { failures.Add(1) }); close(ended) }()
		time.Sleep(20 * time.Second)
		_, lost, err := k.Held()
		if err != nil {
			t.Fatal(err)
		}
		store.down.Store(true)
		begun := time.Now()
		<-lost
		if took := time.Since(begun); took > 10*time.Second || took < 7*time.Second {
			t.Errorf("it is lost after %s, want at most 10 s after the last renewal began", took)
		}
		time.Sleep(time.Minute)
		store.down.Store(false)
		time.Sleep(10 * time.Second)
		if epoch, _, err := k.Held(); epoch != 1 || err != nil || failures.Load() == 0 {
			t.Errorf("nobody took it meanwhile: epoch %d, %v, %d failures", epoch, err, failures.Load())
		}
		stop()
		<-ended
		if now, _, err := k.read(context.Background()); err != nil || now.Holder != "" || now.Epoch != 1 {
			t.Errorf("it was not given back: %+v, %v", now, err)
		}
	})
}

func TestSettingsThatLetTwoActAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"file: x": "", "object: {bucket: b, region: r}": "",
		"{}": "expected file or object",
		"{file: x, object: {bucket: b, region: r}}": "expected file or object",
		"{file: x, act_for: 15s}":                   "act_for is 15s: expected less than length",
		"{file: x, every: 10s}":                     "every is 10s: expected less than act_for",
	} {
		var s Settings
		if err := settings.Decode("lease", []byte(text), &s); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// What a driver says of the lease is what it has read of late.
func TestAStateNamesTheHolderWhileThatIsKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := File(filepath.Join(t.TempDir(), "lease"))
		a, b := New(store, standard(), "alpha", &sinceStart{time.Now()}), New(store, standard(), "beta", &sinceStart{time.Now()})
		if s := a.State(); s.Why == nil || s.Holder != "" || s.Epoch != 0 {
			t.Errorf("before the first reading: %+v", s)
		}
		turn := func(k *Keeper) State {
			if err := k.Turn(context.Background()); err != nil {
				t.Fatal(err)
			}
			return k.State()
		}
		turn(a)
		time.Sleep(standard().Length)
		if s := turn(a); s.Why != nil || s.Epoch != 1 || s.Until != models.InstantOf(time.Now().Add(standard().ActFor)) || s.Holder != "" {
			t.Errorf("it has taken it: %+v", s)
		}
		if s := turn(b); s.Why == nil || s.Holder != "alpha" || s.Epoch != 0 || s.Until != 0 {
			t.Errorf("it stands by: %+v", s)
		}
		time.Sleep(standard().Length)
		if s := b.State(); s.Why == nil || s.Holder != "" {
			t.Errorf("it has not read it for long: %+v", s)
		}
		if s := a.State(); s.Why == nil || s.Holder != "" {
			t.Errorf("it lost it: %+v", s)
		}
	})
}

// sinceStart is a clock of the time that passes in a test.
type sinceStart struct{ begun time.Time }

func (c *sinceStart) Passed() time.Duration { return time.Since(c.begun) }
func (c *sinceStart) Now() models.Instant   { return models.InstantOf(time.Now()) }
