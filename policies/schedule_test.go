package policies

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"trough.internal/models"
	"trough.internal/models/random"
)

// TestWindowThatEndsLateIsItsSpansOneByOne holds the search against the plain way: a window is open while any hit of
// its cron lies within that hit's own length before.
func TestWindowThatEndsLateIsItsSpansOneByOne(t *testing.T) {
	start := instant(t, "2015-10-05T00:00:00Z")
	rapid.Check(t, func(r *rapid.T) {
		cron := rapid.SampledFrom([]string{"0 * * * *", "*/20 * * * *", "0 12 * * *", "30 */5 * * *"}).Draw(r, "cron")
		minutes := func(name string, most int) time.Duration {
			return time.Duration(rapid.IntRange(1, most).Draw(r, name)) * time.Minute
		}
		most, duration := minutes("most", 300), minutes("duration", 900)
		luck := random.New(rapid.Uint64().Draw(r, "seed"), "late")
		late := func(end models.Instant) time.Duration {
			return time.Duration(luck.Int(uint64(end), 0, int(most/time.Minute)+1)) * time.Minute
		}
		w := &window{cron: parseCron(t, cron), duration: duration, late: late, lateMost: most}
		hits := &window{cron: w.cron}
		var until []models.Instant // of every hit so far, those before the start too
		for hit, ok := hits.next(start - 2*86400); ok && hit < start+2*86400; hit, ok = hits.next(hit + 1) {
			end := hit.Add(duration)
			until = append(until, hit, end.Add(late(end)))
		}
		for at := start; at < start+86400; at += 60 {
			want := false
			for i := 0; i < len(until); i += 2 {
				want = want || until[i] <= at && at < until[i+1]
			}
			if got := w.at(at) == inside; got != want {
				r.Fatalf("%s: inside is %v, and by the spans one by one %v", at, got, want)
			}
		}
	})
}

func TestDelaysHaveTheMedianAndTheTailThatAreStated(t *testing.T) {
	s := &Schedule{Delay: 20 * time.Minute, DelayP95: 90 * time.Minute, DelayMost: 3 * time.Hour, Seed: 7}
	luck := random.New(s.Seed, "schedule-delay")
	delays := make([]time.Duration, 20000)
	for i := range delays {
		delays[i] = s.agreed(luck, models.Instant(86400*i))
	}
	slices.Sort(delays)
	near := func(name string, got, want time.Duration) {
		if got < want*95/100 || got > want*105/100 {
			t.Errorf("%s of the delays is %s, not about %s", name, got, want)
		}
	}
	near("median", delays[len(delays)/2], s.Delay)
	near("95th percentile", delays[len(delays)*95/100], s.DelayP95)
	if most := delays[len(delays)-1]; most != s.DelayMost {
		t.Errorf("the longest delay is %s, not the cut of %s", most, s.DelayMost)
	}
}

// TestWindowsThatShouldEndTogetherDo: it is one agreement, whatever the windows' length and pools.
func TestWindowsThatShouldEndTogetherDo(t *testing.T) {
	noon := parseCron(t, "0 12 * * *")
	two := parseCron(t, "0 14 * * *")
	s := &Schedule{Delay: 20 * time.Minute, DelayP95: 90 * time.Minute, Seed: 3, Windows: []ScheduleWindow{
		{Cron: noon, Duration: 4 * time.Hour, Instances: 1}, {Cron: two, Duration: 2 * time.Hour, Instances: 1}}}
	s.compile()
	first := instant(t, "2015-10-05T16:00:00Z")
	var ends []models.Instant
	for day := range models.Instant(10) {
		for at := first + 86400*day; ; at++ {
			a, b := s.windows[0].at(at), s.windows[1].at(at)
			if a != b {
				t.Fatalf("%s: one window is open, the other is not", at)
			}
			if a != inside {
				ends = append(ends, at-86400*day-first)
				break
			}
		}
	}
	if slices.Sort(ends); ends[0] == ends[len(ends)-1] {
		t.Errorf("every day ended the same %d s late", ends[0])
	}
}
