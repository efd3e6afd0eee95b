package policies

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"trough.internal/models"
)

// spans walks through time by the minute and returns where the window is inside.
func spans(w *window, from, to models.Instant) []string {
	var all []string
	was := outside
	for at := from; at <= to; at += 60 {
		is := w.at(at)
		if (is == inside) != (was == inside) {
			all = append(all, at.String())
		}
		was = is
	}
	return all
}

func TestWindowFollowsTheClocksOfItsZone(t *testing.T) {
	for _, test := range []struct {
		name, cron, from, to string
		duration             time.Duration
		want                 []string // start, end, start, end ...
	}{
		{"summer", "0 0 * * *", "2015-10-05T00:00:00Z", "2015-10-05T12:00:00Z", 2 * time.Hour,
			[]string{"2015-10-05T04:00:00Z", "2015-10-05T06:00:00Z"}},
		{"winter", "0 0 * * *", "2015-12-05T00:00:00Z", "2015-12-05T12:00:00Z", 2 * time.Hour,
			[]string{"2015-12-05T05:00:00Z", "2015-12-05T07:00:00Z"}},
		// On 2015-03-08 clocks went from 02:00 to 03:00: a day of 23 hours without a half past two.
		{"skipped hour", "30 2 * * *", "2015-03-07T00:00:00Z", "2015-03-10T00:00:00Z", 10 * time.Minute,
			[]string{"2015-03-07T07:30:00Z", "2015-03-07T07:40:00Z", "2015-03-09T06:30:00Z", "2015-03-09T06:40:00Z"}},
		{"over the skipped hour", "30 1 * * *", "2015-03-08T00:00:00Z", "2015-03-08T23:00:00Z", time.Hour,
			[]string{"2015-03-08T06:30:00Z", "2015-03-08T07:30:00Z"}}, // an hour is an hour: until 03:30
		{"day of 23 hours", "0 0 * * *", "2015-03-08T00:00:00Z", "2015-03-10T00:00:00Z", time.Hour,
			[]string{"2015-03-08T05:00:00Z", "2015-03-08T06:00:00Z", "2015-03-09T04:00:00Z", "2015-03-09T05:00:00Z"}},
		// On 2015-11-01 clocks went from 02:00 back to 01:00: a day of 25 hours with two times half past one.
		{"repeated hour", "30 1 * * *", "2015-11-01T00:00:00Z", "2015-11-01T23:00:00Z", 10 * time.Minute,
			[]string{"2015-11-01T05:30:00Z", "2015-11-01T05:40:00Z", "2015-11-01T06:30:00Z", "2015-11-01T06:40:00Z"}},
		{"repeated hour, joined", "30 1 * * *", "2015-11-01T00:00:00Z", "2015-11-01T23:00:00Z", 90 * time.Minute,
			[]string{"2015-11-01T05:30:00Z", "2015-11-01T08:00:00Z"}},
		{"day of 25 hours", "0 0 * * *", "2015-11-01T00:00:00Z", "2015-11-03T00:00:00Z", time.Hour,
			[]string{"2015-11-01T04:00:00Z", "2015-11-01T05:00:00Z", "2015-11-02T05:00:00Z", "2015-11-02T06:00:00Z"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := &window{cron: parseCron(t, test.cron), zone: parseZone(t, "America/New_York"), duration: test.duration}
			got := spans(w, instant(t, test.from), instant(t, test.to))
			if len(got) != len(test.want) {
				t.Fatalf("got %v, expected %v", got, test.want)
			}
			for i := range got {
				if got[i] != test.want[i] {
					t.Errorf("got %v, expected %v", got, test.want)
				}
			}
		})
	}
}

func TestWindowStartsAtItsHitAndEndsBeforeItsDurationIsOver(t *testing.T) {
	w := &window{cron: parseCron(t, "0 0 * * *"), duration: time.Hour, lead: 45 * time.Minute}
	for text, want := range map[string]phase{
		"2015-10-04T23:14:59Z": outside, "2015-10-04T23:15:00Z": ahead, "2015-10-04T23:59:59Z": ahead,
		"2015-10-05T00:00:00Z": inside, "2015-10-05T00:59:59Z": inside, "2015-10-05T01:00:00Z": outside,
	} {
		if got := w.at(instant(t, text)); got != want {
			t.Errorf("%s: phase %d, expected %d", text, got, want)
		}
	}
}

func TestWindowAsItWouldBeWithoutRemembering(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		cron := rapid.SampledFrom([]string{"0 0 * * *", "*/10 * * * *", "30 1 * * sun", "0 0 1 * *"}).Draw(rt, "cron")
		zone := rapid.SampledFrom([]string{"America/New_York", "Australia/Lord_Howe", "UTC"}).Draw(rt, "zone")
		w := window{cron: parseCron(t, cron), zone: parseZone(t, zone),
			duration: time.Duration(rapid.IntRange(1, 300).Draw(rt, "duration")) * time.Minute,
			lead:     time.Duration(rapid.IntRange(0, 90).Draw(rt, "lead")) * time.Minute}
		at := models.Instant(rapid.Int64Range(1.4e9, 1.5e9).Draw(rt, "at"))
		remembering := w
		for range 50 {
			at += models.Instant(rapid.Int64Range(-4000, 9000).Draw(rt, "step"))
			fresh := w
			if got, want := remembering.at(at), slowPhase(&w, at); got != want || fresh.at(at) != want {
				rt.Fatalf("%s in %s at %s: remembering %d, fresh %d, by hand %d", cron, zone, at, got, fresh.at(at), want)
			}
		}
	})
}

// slowPhase looks at every minute within reach, on the zone's clock.
func slowPhase(w *window, at models.Instant) phase {
	hits := func(from, to models.Instant) bool { // in (from, to]
		for minute := (from + 60) / 60 * 60; minute <= to; minute += 60 {
			local := minute.UTC().In(w.zone.in())
			wall := time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), 0, 0, time.UTC).Unix()
			if _, hit := w.cron.next(wall, wall+60); hit && local.Second() == 0 {
				return true
			}
		}
		return false
	}
	switch {
	case hits(at.Add(-w.duration), at):
		return inside
	case hits(at, at.Add(w.lead)):
		return ahead
	}
	return outside
}

func TestPatternNamesPools(t *testing.T) {
	pool := models.Pool{Zone: "us-east-1a", Type: "r3.4xlarge"}
	for text, want := range map[Pattern]bool{"us-east-1a/r3.4xlarge": true, "us-east-1*/*": true, "*/r3.*": true, "*a/*": true,
		"us-east-1b/*": false, "*/r3": false, "us-west*/*": false} {
		if text.Names(&pool) != want {
			t.Errorf("%s names %s: expected %v", text, pool.Name(), want)
		}
	}
	for _, text := range []string{"", "us-east-1a", "/", "a/", "/b", "a/b/c", "[a]/b", "a?/b", `a\/b`, "a b/c"} {
		var p Pattern
		if err := p.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was accepted", text)
		}
	}
}
