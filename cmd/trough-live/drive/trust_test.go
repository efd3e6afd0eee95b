package drive

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"trough.internal/models"
)

// said is a report of one pool.
type said struct {
	source string
	at     models.Instant
	inUse  int32
}

// believedOf is the plain way to what is in use: from all reports that were taken, each time from the beginning.
func believedOf(all []said, enough int, alone time.Duration) (inUse int32, known bool) {
	if len(all) == 0 {
		return 0, false
	}
	from := len(all) - 1 // where the last source's reports begin
	for from > 0 && all[from-1].source == all[from].source {
		from--
	}
	before, bounded := believedOf(all[:from], enough, alone)
	own := all[from:]
	for n := range own {
		if n+1 >= enough && own[n].at.Sub(own[0].at) >= alone {
			bounded = false
		}
	}
	if !bounded && len(own) < enough {
		return 0, false
	}
	for _, s := range own[max(0, len(own)-enough):] {
		inUse = max(inUse, s.inUse)
	}
	if bounded {
		inUse = max(inUse, before)
	}
	return inUse, true
}

func TestWhatIsBelievedOfSeveralSourcesIsThePlainRule(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		safety := DefaultSafety()
		safety.FallMax = 1
		safety.AgreeingReads = int32(rapid.IntRange(1, 4).Draw(rt, "enough"))
		safety.SourceFor = time.Duration(rapid.IntRange(0, 300).Draw(rt, "alone")) * time.Second
		m := models.NewMarket(newWorld().pools[:1], []string{"encoding"})
		tr := newTrust(&safety, m)
		var all []said
		now := models.Instant(1000)
		for range rapid.IntRange(1, 40).Draw(rt, "reports") {
			now += models.Instant(rapid.IntRange(0, 60).Draw(rt, "later"))
			s := said{rapid.SampledFrom([]string{"first", "first", "second"}).Draw(rt, "source"), now - models.Instant(rapid.IntRange(0, 90).Draw(rt, "age")), int32(rapid.IntRange(0, 100).Draw(rt, "use"))}
			tr.take(&Cycle{Now: now}, &Report{Source: s.source, OccurredAt: s.at, Reserved: []int32{100}, InUse: []int32{s.inUse}})
			if len(all) == 0 || s.at > all[len(all)-1].at {
				all = append(all, s)
			}
			want, known := believedOf(all, int(safety.AgreeingReads), safety.SourceFor)
			if got, is := tr.believed(0); is != known || known && (got.inUse != want || got.at != all[len(all)-1].at) {
				rt.Fatalf("%d in use as of %s are believed (%t), want %d (%t) of %+v", got.inUse, got.at, is, want, known, all)
			}
		}
	})
}

func TestAFallThatOneSourceTellsIsTimedByItsOwnReports(t *testing.T) {
	pools := newWorld().pools
	pools[1].Region, pools[1].Zone = pools[0].Region, "us-east-1b"
	safety := DefaultSafety()
	tr := newTrust(&safety, models.NewMarket(pools, []string{"encoding"}))
	now := models.Instant(0)
	tell := func(source string, inUse ...int32) {
		tr.take(&Cycle{Now: now}, &Report{Source: source, OccurredAt: now, Reserved: []int32{100, 100}, InUse: inUse})
	}
	for range 15 {
		now += 60
		tell("first", 90, models.Unknown)
		if now <= 180 {
			tell("second", models.Unknown, 90)
		} else {
			tell("second", models.Unknown, 10)
		}
		if got, _ := tr.believed(1); now < 840 && now > 60 && got.inUse != 90 {
			t.Errorf("at %d: %d are believed in use, want 90", now, got.inUse)
		}
	}
	tell("second", models.Unknown, 10)
	now += 60
	tell("second", models.Unknown, 10)
	if got, _ := tr.believed(1); got.inUse != 10 {
		t.Errorf("after a quarter of an hour %d are believed in use, want 10", got.inUse)
	}
}
