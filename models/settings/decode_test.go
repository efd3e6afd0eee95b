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
	keys := "share, least, after, yield, on, factor, seed, count, big, name, start, windows, zones, speeds, by_pool, inner, most, policy, stages, more"
	deep := "inner: " + strings.Repeat("{next: ", 60) + "{}" + strings.Repeat("}", 60)
	for _, c := range []struct{ text, want string }{
		// percentages
		{"share: 5", `x.yaml:1:8: share is "5": expected a percentage such as "5%"`},
		{"share: 0.05", `x.yaml:1:8: share is "0.05": expected a percentage such as "5%"`},
		{"share: 0.5", `x.yaml:1:8: share is "0.5": expected a percentage such as "50%"`},
		{"share: 0", `x.yaml:1:8: share is "0": expected a percentage such as "0%"`},
		{"share: five", `x.yaml:1:8: share is "five": expected a percentage such as "5%"`},
		{"share: .inf%", `x.yaml:1:8: share is ".inf%": expected a percentage such as "5%"`},
		{"share: 120%", `x.yaml:1:8: share is "120%": expected 0% to 100%`},
		{"share: -1%", `x.yaml:1:8: share is "-1%": expected 0% to 100%`},

		// numbers
		{"least: -1", `x.yaml:1:8: least is "-1": expected at least 0 instances`},
		{"least: 1.5", `x.yaml:1:8: least is "1.5": expected a whole number`},
		{"least: 3000000000", `x.yaml:1:8: least is "3000000000": expected a whole number from -2147483648 to 2147483647`},
		{"least: many", `x.yaml:1:8: least is "many": expected a whole number`},
		{"count: 0x10", `x.yaml:1:8: count is "0x10": expected a whole number`},
		{"count: 010", `x.yaml:1:8: count is "010": expected a whole number`},
		{"count: 1_000", `x.yaml:1:8: count is "1_000": expected a whole number`},
		{"seed: -1", `x.yaml:1:7: seed is "-1": expected a whole number from 0 to 18446744073709551615`},
		{"seed: 18446744073709551616", `x.yaml:1:7: seed is "18446744073709551616": expected a whole number from 0 to 18446744073709551615`},
		{"factor: .nan", `x.yaml:1:9: factor is ".nan": expected a number`},
		{"factor: -.inf", `x.yaml:1:9: factor is "-.inf": expected a number`},
		{"factor: Inf", `x.yaml:1:9: factor is "Inf": expected a number`},
		{"factor: 1e999", `x.yaml:1:9: factor is "1e999": expected a number of a smaller size`},
		{"factor: 10.1", `x.yaml:1:9: factor is "10.1": expected 0 to 10`},
		{"most: 0", `x.yaml:1:7: most is "0": expected at least 1`},
		{"on: yes", `x.yaml:1:5: on is "yes": expected true or false`},

		// durations
		{"after: 5", `x.yaml:1:8: after is "5": expected a duration with its unit, such as 5s, 5m or 5h`},
		{"after: 25h", `x.yaml:1:8: after is "25h": expected 0s to 24h`},
		{"after: -1s", `x.yaml:1:8: after is "-1s": expected 0s to 24h`},
		{"after: 5 m", `x.yaml:1:8: after is "5 m": expected a duration such as 90s, 10m, 1h30m or 2d`},
		{"after: 2d-1h", `x.yaml:1:8: after is "2d-1h": expected a duration such as 90s, 10m, 1h30m or 2d`},
		{"after: 106752d", `x.yaml:1:8: after is "106752d": expected a duration such as 90s, 10m, 1h30m or 2d`},
		{"after: 99999999999999999999d", `x.yaml:1:8: after is "99999999999999999999d": expected a duration such as 90s, 10m, 1h30m or 2d`},

		// texts
		{"yield: oldest", `x.yaml:1:8: yield is "oldest": expected newest or least-work-lost`},
		{"yield: ''", `x.yaml:1:8: yield is "": expected newest or least-work-lost`},
		{"name: ~", `x.yaml:1:7: name: there is no value: expected text`},
		{"start: 25:00", `x.yaml:1:8: start is "25:00": expected a time of day such as 23:30`},
		{"inner: {bid: 3}", `x.yaml:1:14: inner.bid is "3": not a price`},
		{"inner: {bid: 0.00 USD}", `x.yaml:1:14: inner.bid is "0.00 USD": expected at least 0.01 USD`},
		{"yield: " + strings.Repeat("y", 99), `x.yaml:1:8: yield is "` + strings.Repeat("y", 60) + `...": expected newest or least-work-lost`},

		// keys
		{"yeild: newest", `x.yaml:1:1: unknown key "yeild": did you mean "yield"?`},
		{"inner:\n  bod: 3", `x.yaml:2:3: inner: unknown key "bod": did you mean "bid"?`},
		{"zebra: 5", `x.yaml:1:1: unknown key "zebra": expected one of ` + keys},
		{"\"a\\nb\": 3", `x.yaml:1:1: unknown key "a b": expected one of ` + keys},
		{"Derived: 3", `x.yaml:1:1: unknown key "Derived": expected one of ` + keys},
		{"windows: [{lasts: 1h}]", `x.yaml:1:11: windows[0].from: this key is missing: expected a time of day such as 23:30`},
		{"windows:\n- ~", `x.yaml:2:3: windows[0].from: this key is missing: expected a time of day such as 23:30`},
		{"least: 1\nleast: 2", `x.yaml:2:1: key "least" was already given in line 1`},
		{"policy: {a: 1, a: 2}", `x.yaml:1:16: policy: key "a" was already given in line 1`},
		{"speeds: {~: 1}", `x.yaml:1:10: speeds: expected a key`},
		{"speeds: {? [a] : 1}", `x.yaml:1:12: speeds: expected a key`},

		// kinds
		{"share:", `x.yaml:1:7: share: there is no value: expected a percentage such as "5%"`},
		{"share: [5%]", `x.yaml:1:8: share: expected a percentage such as "5%", not a list`},
		{"share: {a: 1}", `x.yaml:1:8: share: expected a percentage such as "5%", not keys with values`},
		{"inner: 5", `x.yaml:1:8: inner is "5": expected keys with values`},
		{"inner: [1]", `x.yaml:1:8: inner: expected keys with values, not a list`},
		{"windows: 5", `x.yaml:1:10: windows is "5": expected a list`},
		{"windows: {from: 1}", `x.yaml:1:10: windows: expected a list, not keys with values`},
		{"windows: [5]", `x.yaml:1:11: windows[0] is "5": expected keys with values`},
		{"speeds: [1]", `x.yaml:1:9: speeds: expected keys with values, not a list`},
		{"- a", `x.yaml:1:1: expected keys with values, not a list`},
		{"5", `x.yaml:1:1: "5": expected keys with values`},

		// inside lists and maps
		{"windows: [{from: 01:00, days: [1,7]}]", `x.yaml:1:34: windows[0].days[1] is "7": expected 0 to 6`},
		{"speeds:\n  r3.4xlarge: -1", `x.yaml:2:15: speeds.r3.4xlarge is "-1": expected at least 0`},
		{"by_pool: {us-east-1a/r3.4xlarge: {bid: x}}", `x.yaml:1:40: by_pool.us-east-1a/r3.4xlarge.bid is "x": not a price`},
		{"windows:\n- from: 23:00\n  lasts: 2d\n", `x.yaml:2:3: windows[0]: it ends later than the second day`},

		// what YAML can do and settings may not
		{"least: &a 1\ncount: *a", `x.yaml:1:8: least: anchor &a: write the value out where it is used`},
		{"inner: {<<: {bid: 1}}", `x.yaml:1:9: inner: merge key <<: write the values out`},
		{"least: !!int 5", `x.yaml:1:8: least: tag !!int: write the value without it`},
		{"policy: !!binary YQ==", `x.yaml:1:9: policy: tag !!binary: write the value without it`},
		{"least: 1\n---\nleast: 2", `x.yaml:2:1: a second document begins here: expected one`},
		{"least: 1\n---\n", `x.yaml:2:1: a second document begins here: expected one`},
		{deep, "x.yaml:1:352: inner" + strings.Repeat(".next", 49) + ": nested deeper than 50 levels"},

		// no YAML
		{"count: *a", `x.yaml:1: unknown anchor 'a' referenced`},
		{"a: b: c", `x.yaml:1: mapping values are not allowed in this context`},
		{"least: 1\ninner:\n\tbid: 3\n", `x.yaml:3:1: a tab in the indentation: use spaces`},
		{"least: 1\ninner:\n  bid: 3 USD\n \tnext:\n", `x.yaml:4:2: a tab in the indentation: use spaces`},
		{"least: 1\n share: 5%\n", `x.yaml:2: mapping values are not allowed in this context`},
		{"inner:\n  bid: [1\n\nleast: 4", `x.yaml:2: did not find expected ',' or ']'`},
		{"\n\nname: \"abc", `x.yaml:3: found unexpected end of stream`},
		{"inner:\n  next:\n  bid: 3\n bid: 2\nleast: 1", `x.yaml:4: did not find expected key`},
		{"least: 1\n---\n}", `x.yaml:3: did not find expected node content`},
		{"least: 1\nname: \x00", `x.yaml:2: control characters are not allowed`},
		{"x: " + strings.Repeat("[", 20000), `x.yaml:1: exceeded max depth of 10000`},
	} {
		var m margin
		err := settings.Decode("x.yaml", []byte(c.text), &m)
		if err == nil || err.Error() != c.want {
			t.Errorf("%.80q:\ngot  %v\nwant %s", c.text, err, c.want)
		}
		if e := (*settings.Error)(nil); !errors.As(err, &e) || e.File != "x.yaml" || e.Line == 0 {
			t.Errorf("%.80q: %#v has no place", c.text, err)
		}
		if !reflect.DeepEqual(m, margin{}) {
			t.Errorf("%.80q: a refused document left %+v", c.text, m)
		}
	}
}

type outer struct {
	Must    string  `set:"must" required:"true" enum:"a|b" doc:"always given"`
	Section section `set:"section"`
}

type section struct {
	Low  int `set:"low" default:"1"`
	High int `set:"high" default:"2"`
	Must int `set:"must" required:"true"`
}

var errOrder = errors.New("low is above high")

func (s *section) Check() error {
	if s.Low > s.High {
		return errOrder
	}
	return nil
}

func TestRequiredKeysAndChecksHoldInAbsentSectionsToo(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", `x.yaml:1:1: must: this key is missing: expected text`},
		{"must: a", `x.yaml:1:1: section.must: this key is missing: expected a whole number`},
		{"must: c", `x.yaml:1:7: must is "c": expected a or b`},
		{"must: a\nsection:\n  must: 3\n  low: 5", `x.yaml:3:3: section: low is above high`},
		{"must: a\nsection: {must: 0}", ``},
	} {
		var o outer
		err := settings.Decode("x.yaml", []byte(c.text), &o)
		if got := fmt.Sprint(err); got != c.want && (c.want != "" || err != nil) {
			t.Errorf("%q: %v\nwant %s", c.text, err, c.want)
		}
		if strings.Contains(c.want, "above") && !errors.Is(err, errOrder) {
			t.Errorf("%q: the error of Check is lost", c.text)
		}
	}
}

func TestBadTagsPanic(t *testing.T) {
	for name, into := range map[string]any{
		"no name": &struct{ A int }{},
		"one name twice": &struct {
			A, B int `set:"a"`
		}{},
		"default no value": &struct {
			A int `set:"a" default:"x"`
		}{},
		"default outside": &struct {
			A int `set:"a" default:"1" min:"2"`
		}{},
		"zero outside": &struct {
			A int `set:"a" min:"2"`
		}{},
		"zero not in enum": &struct {
			A string `set:"a" enum:"b|c"`
		}{},
		"min of a text": &struct {
			A string `set:"a" min:"b"`
		}{},
		"max of a section": &struct {
			A section `set:"a" max:"1"`
		}{},
		"default of a map": &struct {
			A map[string]int `set:"a" default:"1"`
		}{},
		"a channel": &struct {
			A chan int `set:"a"`
		}{},
		"keys are numbers": &struct {
			A map[int]int `set:"a"`
		}{},
		"no pointer": section{},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			settings.Defaults(into)
		}()
	}
}

func TestRawIsDecodedLaterAtItsPlace(t *testing.T) {
	text := "name: x\npolicy:\n  bid: 1.00 USD\n  next: {bid: 2}\nstages: [fixed, {fixed: {}}, [a], ~]\nmore: {a: 5%}\n"
	var m margin
	if err := settings.Decode("x.yaml", []byte(text), &m); err != nil {
		t.Fatal(err)
	}
	if got := []any{m.Policy.IsZero(), m.Policy.Kind(), m.Policy.String(), m.Stages[0].Kind(), m.Stages[0].String(), m.Stages[1].Kind(), m.Stages[2].Kind(),
		m.Stages[3].Kind(), m.Stages[3].IsZero(), settings.Raw{}.Kind(), settings.Raw{}.IsZero()}; !reflect.DeepEqual(got,
		[]any{false, "map", "", "value", "fixed", "map", "list", "none", false, "none", true}) {
		t.Error(got)
	}
	var i inner
	if err := m.Policy.Decode(&i); fmt.Sprint(err) != `x.yaml:4:15: policy.next.bid is "2": not a price` {
		t.Error(err)
	}
	var n int
	if err := m.Stages[0].Decode(&n); fmt.Sprint(err) != `x.yaml:5:10: stages[0] is "fixed": expected a whole number` {
		t.Error(err)
	}
	if err := m.Stages[0].Wrong("a stage"); err.Error() != `x.yaml:5:10: stages[0] is "fixed": expected a stage` {
		t.Error(err)
	}
	if err := m.Stages[1].Wrong("a stage"); err.Error() != `x.yaml:5:17: stages[1]: expected a stage` {
		t.Error(err)
	}
	var keys map[string]settings.Raw
	if err := m.Stages[1].Decode(&keys); err != nil || keys["fixed"].Kind() != "map" {
		t.Error(keys, err)
	}
	if err := keys["fixed"].Decode(&i); err != nil || i.Bid != 35 {
		t.Error(i, err)
	}
	var s settings.Share
	a := m.More["a"]
	if err := a.Decode(&s); err != nil || s != 0.05 {
		t.Error(s, err)
	}
	if err := (settings.Raw{}).Decode(&i); err != nil || i.Bid != 35 {
		t.Error(i, err)
	}
}

func TestSharesAreExact(t *testing.T) {
	for text, want := range map[string]settings.Share{"5%": 0.05, "7%": 0.07, "57%": 0.57, "0.1%": 0.001, "100%": 1, "250%": 2.5, "-5%": -0.05, "+5%": 0.05, "007%": 0.07, "0%": 0} {
		var s settings.Share
		if err := s.UnmarshalText([]byte(text)); err != nil || s != want {
			t.Errorf("%s is %v: %v", text, float64(s), err)
		}
	}
	for want, s := range map[string]settings.Share{"5%": 0.05, "7%": 0.07, "57%": 0.57, "0.1%": 0.001, "100%": 1, "250%": 2.5, "-5%": -0.05, "0%": 0, "0.01%": 0.0001} {
		if s.String() != want {
			t.Errorf("%v is written %s", float64(s), s)
		}
	}
}

func TestNearestIsWhatWasMeant(t *testing.T) {
	words := []string{"share", "least", "after", "yield", "on"}
	for word, want := range map[string]string{"shar": "share", "hsare": "share", "LEAST": "least", "aftre": "after", "yeild": "yield",
		"no": "on", "xyz": "", "": "", "leased": "least", "shareholder": ""} {
		if got, ok := settings.Nearest(word, words); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v", word, got, ok)
		}
	}
}
