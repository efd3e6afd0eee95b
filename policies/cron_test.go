package policies

import (
	"testing"
	"time"

	"github.com/adhocore/gronx"
	"pgregory.net/rapid"

	"trough.internal/models"
)

func parseCron(t interface{ Fatal(...any) }, text string) Cron {
	var c Cron
	if err := c.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return c
}

func parseZone(t *testing.T, name string) Zone {
	var z Zone
	if err := z.UnmarshalText([]byte(name)); err != nil {
		t.Fatal(err)
	}
	return z
}

func instant(t *testing.T, text string) models.Instant {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return models.InstantOf(at)
}

func TestCronHitsWhenItSays(t *testing.T) {
	for _, test := range []struct{ cron, from, want string }{
		{"0 0 * * *", "2015-10-05T00:00:00Z", "2015-10-05T00:00:00Z"},
		{"0 0 * * *", "2015-10-05T00:00:01Z", "2015-10-06T00:00:00Z"},
		{"*/15 9-17 * * mon-fri", "2015-10-09T17:46:00Z", "2015-10-12T09:00:00Z"}, // Friday to Monday
		{"30 6 1,15 * *", "2015-10-15T06:31:00Z", "2015-11-01T06:30:00Z"},
		{"0 0 29 2 *", "2016-03-01T00:00:00Z", "2020-02-29T00:00:00Z"},
		{"0 0 29 2 *", "2096-03-01T00:00:00Z", "2104-02-29T00:00:00Z"}, // 2100 is no leap year
		{"0 0 13 * fri", "2015-10-05T00:00:00Z", "2015-10-09T00:00:00Z"},
		{"0 0 * * 7", "2015-10-05T00:00:00Z", "2015-10-11T00:00:00Z"}, // Sunday
		{"5/20 * * JAN *", "2015-12-31T23:59:00Z", "2016-01-01T00:05:00Z"},
		{"59 23 31 12 *", "1969-06-01T00:00:00Z", "1969-12-31T23:59:00Z"}, // before the epoch
		{"0 0 */2 * */3", "2015-10-05T00:00:00Z", "2015-10-07T00:00:00Z"}, // both: an odd day that is a Sunday, Wednesday or Saturday
	} {
		c := parseCron(t, test.cron)
		from := int64(instant(t, test.from))
		hit, ok := c.next(from, from+cronHorizon)
		if got := models.Instant(hit).String(); !ok || got != test.want {
			t.Errorf("%s from %s: %s, expected %s", test.cron, test.from, got, test.want)
		}
	}
}

func TestCronRefusesWhatCannotBeMeant(t *testing.T) {
	for _, text := range []string{"", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 13 *",
		"* * * * 8", "5-1 * * * *", "*/0 * * * *", "*/x * * * *", "1,, * * * *", "a * * * *", "+1 * * * *", "-1 * * * *", "1- * * * *",
		"0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 * foo *", "0 0 * * m", "@daily", "0 0 L * *", "*5 * * * *"} {
		var c Cron
		if err := c.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was accepted", text)
		}
	}
}

// The library is the plain old way: the parser of ours must agree with it where both know a text.
func TestCronAgreesWithGronx(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		field := func(name string, last int) string {
			number := rapid.IntRange(1, last)
			switch rapid.IntRange(0, 4).Draw(t, name) {
			case 0:
				a, b := number.Draw(t, name), number.Draw(t, name)
				return itoa(min(a, b)) + "-" + itoa(max(a, b))
			case 1:
				return itoa(number.Draw(t, name)) + "," + itoa(number.Draw(t, name))
			case 2:
				return "*/" + itoa(number.Draw(t, name))
			case 3:
				return itoa(number.Draw(t, name))
			}
			return "*"
		}
		text := field("minute", 59) + " " + field("hour", 23) + " " + field("day", 28) + " " + field("month", 12) + " " + field("weekday", 6)
		c := parseCron(t, text)
		at := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "at")/60*60, 0).UTC()
		due, err := gronx.New().IsDue(text, at)
		if err != nil {
			t.Fatal(err)
		}
		hit, ok := c.next(at.Unix(), at.Unix()+60)
		if ok && hit != at.Unix() {
			t.Fatalf("%s: hit at %d of %d", text, hit, at.Unix())
		}
		if ok != due {
			t.Fatalf("%s at %s: %v, and gronx says %v", text, at, ok, due)
		}
		// And the search finds what a walk finds.
		hit, ok = c.next(at.Unix(), at.Unix()+3*secondsPerDay)
		for walk := at.Unix(); walk < at.Unix()+3*secondsPerDay; walk += 60 {
			if _, due := c.next(walk, walk+60); due {
				if !ok || hit != walk {
					t.Fatalf("%s from %s: the search says %d (%v), the walk %d", text, at, hit, ok, walk)
				}
				return
			}
		}
		if ok {
			t.Fatalf("%s from %s: the search says %d, the walk nothing", text, at, hit)
		}
	})
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + itoa(n%10)
}
