package fleet

import (
	"testing"

	"trough.internal/models"
)

// TestWhoBeganLastIsTheEncodingSystemsWord: between two looks several jobs begin, and some end as the next begins on the same instance.
// By notice yields the instance whose job is the youngest, which has the least to lose.
func TestWhoBeganLastIsTheEncodingSystemsWord(t *testing.T) {
	for _, test := range []struct {
		off  string
		jobs int // told to have completed
		want int // instance that yields first
	}{{"", 2, 0}, {"began", 0, 2}} {
		w := newWorld(t)
		w.l.off = test.off
		w.minute()
		if err := w.order(models.Launch, 0, 3); err != nil {
			t.Fatal(err)
		}
		w.minutes(4)
		there := w.there(0)
		say := func(first, second, third models.Instant) (completed int) {
			for i, began := range []models.Instant{first, second, third} {
				w.jobs[there[i].ID] = Job{Jobs: 1, Class: models.Low, Began: began}
			}
			w.pass()
			w.cycle++
			for _, e := range w.look() {
				if e.Kind == models.Completed {
					completed++
				}
			}
			return completed
		}
		at := w.now
		if n := say(at+20, at+30, at+10); n != 0 || w.count(models.Busy, 0) != 3 {
			t.Errorf("rule %q off: %d jobs completed, and %d instances are busy: expected none and 3", test.off, n, w.count(models.Busy, 0))
		}
		if n := say(at+110, at+30, at+100); n != test.jobs || w.count(models.Busy, 0) != 3 {
			t.Errorf("rule %q off: %d jobs completed, and %d instances are busy: expected %d and 3", test.off, n, w.count(models.Busy, 0), test.jobs)
		}
		if err := w.order(models.YieldByNotice, 0, 1); err != nil {
			t.Fatal(err)
		}
		for i, d := range there {
			if (d.Yield != "") != (i == test.want) {
				t.Errorf("rule %q off: instance %d has tag %q", test.off, i, d.Yield)
			}
		}
	}
}

// TestWhenAJobBeganMayBeSaidLate: it is no other job that is told of for the first time.
func TestWhenAJobBeganMayBeSaidLate(t *testing.T) {
	w := newWorld(t)
	w.hold(0, 1)
	id := w.there(0)[0].ID
	for _, began := range []models.Instant{w.now - 60, w.now - 60, 0} {
		w.jobs[id] = Job{Jobs: 1, Class: models.Low, Began: began}
		w.pass()
		w.cycle++
		for _, e := range w.look() {
			t.Errorf("began %s: %s", began, e.Kind)
		}
	}
}
