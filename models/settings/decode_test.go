package settings_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"trough.internal/models/settings"
)

// clock is a time of day: a type that reads and writes itself.
type clock struct{ minutes int }

func (c *clock) UnmarshalText(text []byte) error {
	t, err := time.Parse("15:04", string(text))
	if err != nil {
		return errors.New("expected a time of day such as 23:30")
	}
	c.minutes = t.Hour()*60 + t.Minute()
	return nil
}

func (c clock) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "%02d:%02d", c.minutes/60, c.minutes%60), nil
}

func (clock) Want() string { return "a time of day such as 23:30" }

// price has an order, being an integer, and a text of its own.
type price int64

func (p *price) UnmarshalText(text []byte) error {
	var dollars, cents int64
	if n, err := fmt.Sscanf(string(text), "%d.%02d USD", &dollars, &cents); n != 2 || err != nil || dollars < 0 || dollars > 1e6 || cents < 0 || cents > 99 {
		return errors.New("not a price")
	}
	*p = price(dollars*100 + cents)
	return nil
}

func (p price) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "%d.%02d USD", p/100, p%100), nil
}

type kind string

type window struct {
	From  clock         `set:"from" required:"true" doc:"when it begins"`
	Lasts time.Duration `set:"lasts" default:"1h" min:"1m" max:"2d" doc:"how long it is"`
	Days  []int         `set:"days" min:"0" max:"6" doc:"weekdays, Sunday is 0"`
}

func (w *window) Check() error {
	if w.From.minutes*int(time.Minute)+int(w.Lasts) > int(48*time.Hour) {
		return errors.New("it ends later\nthan the second day")
	}
	return nil
}

type inner struct {
	Bid  price  `set:"bid" default:"0.35 USD" min:"0.01 USD" doc:"highest price"`
	Next *inner `set:"next" doc:"the same again"`
}

type margin struct {
	Share   settings.Share          `set:"share" default:"5%" min:"0%" max:"100%" doc:"part that is left unused"`
	Least   int32                   `set:"least" default:"2" min:"0" unit:"instances" doc:"at least so many are left"`
	After   time.Duration           `set:"after" default:"10m" min:"0s" max:"24h" doc:"age"`
	Yield   kind                    `set:"yield" default:"newest" enum:"newest|least-work-lost" doc:"whom to end"`
	On      bool                    `set:"on" default:"true" doc:"whether it acts"`
	Factor  float64                 `set:"factor" default:"1.5" min:"0" max:"10" doc:"a factor"`
	Seed    uint64                  `set:"seed" doc:"chance"`
	Count   int                     `set:"count" doc:"a count"`
	Big     int64                   `set:"big" doc:"a big count"`
	Name    string                  `set:"name" default:"the margin" doc:"a name"`
	Start   clock                   `set:"start" doc:"time of day"`
	Windows []window                `set:"windows" doc:"windows"`
	Zones   []string                `set:"zones" default:"us-east-1a, us-east-1b" doc:"zones"`
	Speeds  map[string]float64      `set:"speeds" min:"0" doc:"speed by type"`
	ByPool  map[kind]inner          `set:"by_pool" doc:"exceptions"`
	Inner   *inner                  `set:"inner" doc:"nil when absent"`
	Most    *int                    `set:"most" min:"1" doc:"nil when absent"`
	Policy  settings.Raw            `set:"policy" doc:"name or settings"`
	Stages  []settings.Raw          `set:"stages" doc:"stages"`
	More    map[string]settings.Raw `set:"more" doc:"more"`
	Derived int                     `set:"-"`
}

func TestAbsentKeysGetTheirDefaults(t *testing.T) {
	var m margin
	m.Derived = 7
	if err := settings.Decode("market.yaml", []byte("# nothing but a comment\n"), &m); err != nil {
		t.Fatal(err)
	}
	want := margin{Derived: 7, Share: 0.05, Least: 2, After: 10 * time.Minute, Yield: "newest", On: true, Factor: 1.5,
		Name: "the margin", Zones: []string{"us-east-1a", "us-east-1b"}}
	if !reflect.DeepEqual(m, want) {
		t.Errorf("got  %+v\nwant %+v", m, want)
	}
	for _, text := range []string{"", "{}", "---\n", "null", "# c", "---\n# c\n..."} {
		var again margin
		if err := settings.Decode("market.yaml", []byte(text), &again); err != nil || again.Share != 0.05 {
			t.Errorf("%q: %v, %+v", text, err, again)
		}
	}
	var filled margin
	settings.Defaults(&filled)
	filled.Derived = 7
	if !reflect.DeepEqual(filled, want) {
		t.Errorf("Defaults gives %+v", filled)
	}
}

func TestEveryTypeIsRead(t *testing.T) {
	text := `
share: 12.5%
least: 0
after: 1h30m
yield: least-work-lost
on: false
factor: 2
seed: 18446744073709551615
count: -4
big: -9223372036854775808
name: "yes"
start: 23:30
windows:
  - {from: "01:00", lasts: 1d12h, days: [0, 6]}
  - from: 02:15
zones: [eu-west-1a]
speeds: {r3.4xlarge: 1, m4.large: 0.25}
by_pool:
  us-east-1a/r3.4xlarge:
inner: {next: {}}
most: 3
`
	var m margin
	if err := settings.Decode("market.yaml", []byte(text), &m); err != nil {
		t.Fatal(err)
	}
	three := 3
	want := margin{Share: 0.125, After: 90 * time.Minute, Yield: "least-work-lost", Factor: 2, Seed: 1<<64 - 1, Count: -4,
		Big: -1 << 63, Name: "yes", Start: clock{23*60 + 30}, Windows: []window{{clock{60}, 36 * time.Hour, []int{0, 6}}, {clock{135}, time.Hour, nil}},
		Zones: []string{"eu-west-1a"}, Speeds: map[string]float64{"r3.4xlarge": 1, "m4.large": 0.25},
		ByPool: map[kind]inner{"us-east-1a/r3.4xlarge": {Bid: 35}}, Inner: &inner{35, &inner{35, nil}}, Most: &three}
	if !reflect.DeepEqual(m, want) {
		t.Errorf("got  %+v\nwant %+v", m, want)
	}
}

func TestEveryMistakeIsOneClearLine(t *testing.T) {
	deep := strings.Repeat("{next: ", 60) + "{}" + strings.Repeat("}", 60)
	for _, c := range []struct{ text, want string }{
		{"share: 5", `x.yaml:1:8: share is "5": expected a percentage such as "5%"`},
	} {
		var m margin
		err := settings.Decode("x.yaml", []byte(c.text), &m)
		if err == nil || err.Error() != c.want {
			t.Errorf("%q:\ngot  %v\nwant %s", c.text, err, c.want)
		}
		if !reflect.DeepEqual(m, margin{}) {
			t.Errorf("%q: a refused document left %+v", c.text, m)
		}
	}
	_ = deep
}
