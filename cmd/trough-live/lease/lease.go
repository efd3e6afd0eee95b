// Package lease sees to it that of several drivers one acts. The lease is a small document in a store that all of them reach, a file
// or an object, and is replaced only by who has read what it replaces.
//
// # Why two never act
//
// A holder writes the document anew every so often, and acts for act_for from when it *began* its last write that succeeded. Another
// driver takes over when it has seen the same document for the holder's length, counted from when it had *read* it first, and only
// if it is still the same. Both count the time that passed, since nobody knows what time another's clock shows; length is longer
// than act_for, so that clocks may run as differently as the two say, and orders on their way have time to arrive. What is on its
// way for longer is told by its epoch, which every take-over makes larger; see drive.Fence.
//
// A write whose answer is lost is not known to have succeeded, and so does not let its writer act. The next reading tells.
package lease

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"trough.internal/models"
)

// Settings are the section lease of a configuration.
type Settings struct {
	File   string        `set:"file" doc:"File of the lease, in a folder that all drivers share."`
	Object *Object       `set:"object" doc:"Object of the lease, for drivers on several machines. It must not expire, and nobody but the drivers may write it."`
	Length time.Duration `set:"length" default:"15s" min:"100ms" max:"10m" doc:"When it was not renewed for so long, another driver takes over."`
	ActFor time.Duration `set:"act_for" default:"10s" min:"50ms" max:"10m" doc:"For how long after it began to renew it a driver acts; shorter than length."`
	Every  time.Duration `set:"every" default:"3s" min:"10ms" max:"10m" doc:"Time between renewals, and the longest that one may take; shorter than act_for."`
}

// Object is one object of S3, or of a store that speaks its protocol and knows conditional writes.
type Object struct {
	Bucket   string `set:"bucket" required:"true" doc:"Bucket of the lease."`
	Key      string `set:"key" default:"trough-lease.json" doc:"Its key."`
	Region   string `set:"region" required:"true" doc:"Region of the bucket."`
	Endpoint string `set:"endpoint" doc:"Address of another store than Amazon's; not given: AWS_ENDPOINT_URL_S3, or Amazon's."`
	Profile  string `set:"profile" doc:"Profile of the shared configuration files; not given: the environment's, or the machine's role."`
}

// Check refuses a lease that two could hold, or that its holder loses between two renewals.
func (s *Settings) Check() error {
	switch {
	case (s.File == "") == (s.Object == nil):
		return errors.New("expected file or object, and not both")
	case s.ActFor >= s.Length:
		return fmt.Errorf("act_for is %s: expected less than length, %s: its holder must stop before another driver begins", s.ActFor, s.Length)
	case s.Every >= s.ActFor:
		return fmt.Errorf("every is %s: expected less than act_for, %s: it would be lost between two renewals", s.Every, s.ActFor)
	}
	return nil
}

// Store keeps the document. A write may fail and take effect all the same, then or later.
type Store interface {
	// Read returns the document and its version, both empty where there is none.
	Read(ctx context.Context) (document []byte, version string, err error)
	// Write replaces the document if it still has the version, empty for none, or else returns ErrChanged.
	Write(ctx context.Context, document []byte, version string) error
}

// ErrChanged is that somebody else has written.
var ErrChanged = errors.New("another driver has written it")

// document is what the store keeps. No two are the same bytes, so that neither are their versions.
type document struct {
	Holder string        `json:"holder"` // empty: nobody's, for anybody to take at once
	Epoch  int64         `json:"epoch"`
	Turn   int64         `json:"turn"`   // of its writer
	Writer string        `json:"writer"` // a holder's name that was given back stays here
	Length time.Duration `json:"length_ns"`
}

// Keeper is one driver's hold of the lease. One goroutine calls Turn, Run and Release; any may call Held.
type Keeper struct {
	store Store
	set   Settings
	name  string
	clock Clock

	turn  int64
	most  int64         // largest epoch that was read
	seen  string        // version that was read last; unread before the first
	since time.Duration // when it was read first

	mutex sync.Mutex
	epoch int64          // 0: not held
	begun time.Duration  // its last write that succeeded
	at    models.Instant // the same
	lost  chan struct{}
	why   error         // it is not held
	other string        // who had it when it was read last
	heard time.Duration // when that was
	timer *time.Timer
}

// Clock is how much time has passed, which nobody sets, and the time of day. A machine that was suspended may not count that time as
// passed; that the time of day is another one then tells. It only ever ends a hold, so that setting it does no harm.
type Clock interface {
	Passed() time.Duration
	Now() models.Instant
}

// unread is no version that a store gives.
const unread = "\x00"

// New makes a keeper that does not hold the lease yet. The name must be unlike that of every other driver and of this one's earlier
// runs.
func New(store Store, set Settings, name string, clock Clock) *Keeper {
	return &Keeper{store: store, set: set, name: name, clock: clock, seen: unread, why: errors.New("it was not read yet")}
}

// Held returns the epoch, and a channel that is closed where the lease may be another's, or an error.
func (k *Keeper) Held() (int64, <-chan struct{}, error) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	k.expire()
	if k.epoch == 0 {
		return 0, nil, k.why
	}
	return k.epoch, k.lost, nil
}

// State is how it stands with the lease.
type State struct {
	Epoch int64          // 0: it is not held
	Until models.Instant // by when it must have been renewed
	Why   error          // it is not held
	// Holder is which other driver has it, as was read within the lease's length; empty where that is not known.
	Holder string
}

// State is how it stands now.
func (k *Keeper) State() State {
	epoch, _, err := k.Held()
	k.mutex.Lock()
	defer k.mutex.Unlock()
	s := State{Epoch: epoch, Why: err}
	if err == nil {
		s.Until = k.at.Add(k.set.ActFor)
	} else if k.clock.Passed()-k.heard < k.set.Length {
		s.Holder = k.other
	}
	return s
}

// Turn renews the lease, takes it where it is free, or waits. An error says why nothing of that could be done; what is held is then
// held until its time is over.
func (k *Keeper) Turn(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, k.set.Every)
	defer cancel()
	now, version, err := k.read(ctx)
	if err != nil {
		return fmt.Errorf("lease: %w", err)
	}
	read := k.clock.Passed()
	k.hear(now.Holder, read)
	if version != k.seen {
		k.seen, k.since = version, read
	}
	next := document{Holder: k.name, Epoch: k.most, Length: k.set.Length}
	switch waited := read - k.since; {
	case now.Holder == k.name:
	case version != "" && now.Holder == "":
		next.Epoch++
	case waited < max(now.Length, k.set.Length): // a document that was deleted had a holder, too
		k.drop(fmt.Errorf("%s has it, with epoch %d", holderName(now.Holder), now.Epoch))
		return nil
	default:
		next.Epoch++
	}
	begun, at := k.clock.Passed(), k.clock.Now()
	switch err := k.write(ctx, next, version); {
	case errors.Is(err, ErrChanged):
		k.drop(err)
		return nil
	case err != nil:
		return fmt.Errorf("lease: %w", err)
	}
	k.most = max(k.most, next.Epoch)
	k.hold(next.Epoch, begun, at)
	return nil
}

// Run takes turns until ctx ends, and then gives the lease back. It tells of a turn that failed.
func (k *Keeper) Run(ctx context.Context, failed func(error)) {
	ticks := time.NewTicker(k.set.Every)
	defer ticks.Stop()
	for {
		if err := k.Turn(ctx); err != nil && ctx.Err() == nil {
			failed(err)
		}
		select {
		case <-ticks.C:
		case <-ctx.Done():
			if err := k.Release(context.WithoutCancel(ctx)); err != nil {
				failed(err)
			}
			return
		}
	}
}

// Release gives the lease back if it is held, so that another driver can take it at once.
func (k *Keeper) Release(ctx context.Context) error {
	epoch, _, err := k.Held()
	if err != nil {
		return nil
	}
	k.drop(errors.New("it was given back"))
	ctx, cancel := context.WithTimeout(ctx, k.set.Every)
	defer cancel()
	now, version, err := k.read(ctx)
	if err == nil && now.Holder == k.name {
		err = k.write(ctx, document{Epoch: epoch, Length: k.set.Length}, version)
	}
	if err != nil && !errors.Is(err, ErrChanged) {
		return fmt.Errorf("lease: it could not be given back: %w", err)
	}
	return nil
}

func (k *Keeper) read(ctx context.Context) (now document, version string, err error) {
	content, version, err := k.store.Read(ctx)
	if err != nil || version == "" {
		return document{}, "", err
	}
	if err := json.Unmarshal(content, &now); err != nil || now.Epoch < 1 || now.Epoch > epochMost || now.Length < 0 || now.Length > lengthMost {
		return document{}, "", fmt.Errorf("it holds %.80q: expected a lease: %w", content, errors.Join(err, errForeign))
	}
	k.most = max(k.most, now.Epoch)
	return now, version, nil
}

var errForeign = errors.New("this is none")

// No driver writes more than these: epochs are counted one by one, and lengths are settings.
const (
	epochMost  = 1 << 53
	lengthMost = 10 * time.Minute
)

func (k *Keeper) write(ctx context.Context, next document, version string) error {
	k.turn++
	next.Turn, next.Writer = k.turn, k.name
	content, err := json.Marshal(&next)
	if err != nil {
		return err
	}
	return k.store.Write(ctx, content, version)
}

func (k *Keeper) hold(epoch int64, begun time.Duration, at models.Instant) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	k.expire()
	if k.epoch != epoch {
		k.epoch, k.lost = epoch, make(chan struct{})
	}
	k.begun, k.at = begun, at
	if k.timer != nil {
		k.timer.Stop()
	}
	k.timer = time.AfterFunc(begun+k.set.ActFor-k.clock.Passed(), func() { k.Held() })
	k.expire()
}

// hear notes who has it, if that is another.
func (k *Keeper) hear(holder string, at time.Duration) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if k.heard, k.other = at, holder; holder == k.name {
		k.other = ""
	}
}

// drop is that it is another's, or that it is not needed any more.
func (k *Keeper) drop(why error) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	k.end(why)
}

// expire ends what was not renewed in time.
func (k *Keeper) expire() {
	over := k.clock.Passed()-k.begun >= k.set.ActFor || k.clock.Now().Sub(k.at) > k.set.ActFor+time.Second
	if k.epoch != 0 && over {
		k.end(fmt.Errorf("it was not renewed for %s", k.set.ActFor))
	}
}

func (k *Keeper) end(why error) {
	k.why = why
	if k.epoch != 0 {
		k.epoch = 0
		close(k.lost)
		k.timer.Stop()
	}
}

func holderName(name string) string {
	if name == "" {
		return "perhaps a driver whose lease was deleted"
	}
	return name
}
