package drive

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// frozen is a journal whose disk does not answer while its channel is open.
type frozen struct {
	*world
	until  chan struct{}
	writes int
}

func (f *frozen) Append(record []byte) error {
	f.writes++
	if f.until != nil {
		<-f.until
	}
	return f.world.Append(record)
}

func TestADiskThatDoesNotAnswerIsAskedOnceAndNothingIsDoneMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &frozen{world: newWorld()}
		setup := f.setup(t, DefaultSafety())
		setup.Journal, setup.Patience = f, time.Second
		d, err := New(setup)
		if err != nil {
			t.Fatal(err)
		}
		f.minutes(d, 8)
		f.until = make(chan struct{})
		f.inUse = []int32{95, 95}
		held, writes, acts, begun := f.total(), f.writes, len(f.acts), time.Now()
		for range 5 {
			c := f.minutes(d, 1)
			if c.Acted || !d.Writing() || !slices.ContainsFunc(c.Notes, func(n string) bool {
				return strings.Contains(n, "the journal cannot be written, so that nothing is done: the disk has not answered yet")
			}) {
				t.Errorf("acted %t, writing %t, notes %q", c.Acted, d.Writing(), c.Notes)
			}
		}
		synctest.Wait()
		if f.total() != held || len(f.acts) != acts || f.writes != writes+1 || time.Since(begun) != time.Second {
			t.Errorf("%s; %d acts, %d writes, in %s", f.world, len(f.acts)-acts, f.writes-writes, time.Since(begun))
		}
		close(f.until)
		synctest.Wait()
		f.until = nil
		if c := f.minutes(d, 1); !c.Acted || d.Writing() || f.total() != 10 {
			t.Errorf("the disk is back: acted %t, %s, notes %q", c.Acted, f.world, c.Notes)
		}
		if v, err := Verify(f.folder()); err != nil || v.First != nil || v.Segments != 2 {
			t.Errorf("%+v, %v", v, err)
		}
	})
}
