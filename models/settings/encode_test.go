package settings_test

import (
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"trough.internal/models/settings"
)

func TestEncodeWritesResolvedSettingsInFieldOrder(t *testing.T) {
	var m margin
	text := "count: 3\nspeeds: {b: 1, a: 0.5}\npolicy: {z: [1, two], a: ~}  # why\ninner:\nname: 'on: # off'\nwindows: [{from: 01:00, days: [0]}]\nafter: 120m"
	if err := settings.Decode("x.yaml", []byte(text), &m); err != nil {
		t.Fatal(err)
	}
	got, err := settings.Encode(&m)
	want := `share: 5%
least: 2
after: 2h
yield: newest
on: true
factor: 1.5
seed: 0
count: 3
big: 0
name: 'on: # off'
start: 00:00
windows:
  - from: 01:00
    lasts: 1h
    days: [0]
zones: [us-east-1a, us-east-1b]
speeds:
  a: 0.5
  b: 1
by_pool: {}
inner:
  bid: 0.35 USD
policy: {z: [1, two], a: null}
stages: []
more: {}
`
	if err != nil || string(got) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, got, want)
	}
}

func TestWhatYAMLCannotHoldIsRefused(t *testing.T) {
	for want, v := range map[string]any{
		"factor: a number cannot be NaN":   margin{Factor: math.NaN()},
		"share: a share cannot be +Inf":    margin{Share: settings.Share(math.Inf(1))},
		`name: "\xff" is not UTF-8`:        margin{Name: "\xff"},
		`speeds: key "\xff" is not UTF-8`:  margin{Speeds: map[string]float64{"\xff": 1}},
		"stages[0]: nothing to write here": margin{Stages: []settings.Raw{{}}},
		"items[1]: nothing to write here": struct {
			A []*int `set:"items"`
		}{[]*int{new(int), nil}},
	} {
		if text, err := settings.Encode(v); err == nil || err.Error() != want {
			t.Errorf("%v, %s\nwant %s", err, text, want)
		}
	}
}

// anyText is mostly what YAML gives a meaning to.
func anyText() *rapid.Generator[string] {
	marks := []rune("a \n\t\r:#-'\"|>\u0085\u2028\ufeff\x00[]{},&*!%@`?~<é\u200b\ufffe")
	return rapid.OneOf(rapid.String(), rapid.StringOfN(rapid.SampledFrom(marks), 0, 8, -1), rapid.SampledFrom([]string{"", " ", "null", "~", "true", "yes", "5", "0x1", "1e3", ".nan", "2015-11-01", "<<", "- a", "a: b", "# c", "*a", "&a", "!t", "%", "@", "`",
		"a\nb", "\n", " a\n b ", "\ta", "a\r\nb", "\x00", "\u0085", "\u2028", "\ufeff", "'", "\"", "\\", "? a", "[", "{", "}", ",", strings.Repeat("long words ", 40), strings.Repeat("x", 300)}))
}

func anyInner() *rapid.Generator[inner] {
	return rapid.Custom(func(t *rapid.T) inner {
		i := inner{Bid: price(rapid.Int64Range(1, 1e8).Draw(t, "bid"))}
		if rapid.IntRange(0, 3).Draw(t, "next") == 0 {
			next := anyInner().Draw(t, "inner")
			i.Next = &next
		}
		return i
	})
}

func anyMargin() *rapid.Generator[margin] {
	return rapid.Custom(func(t *rapid.T) margin {
		m := margin{
			Share:  settings.Share(rapid.Float64Range(0, 1).Draw(t, "share")),
			Least:  rapid.Int32Range(0, math.MaxInt32).Draw(t, "least"),
			After:  time.Duration(rapid.Int64Range(0, int64(24*time.Hour)).Draw(t, "after")),
			Yield:  rapid.SampledFrom([]kind{"newest", "least-work-lost"}).Draw(t, "yield"),
			On:     rapid.Bool().Draw(t, "on"),
			Factor: rapid.Float64Range(0, 10).Draw(t, "factor"),
			Seed:   rapid.Uint64().Draw(t, "seed"),
			Count:  rapid.Int().Draw(t, "count"),
			Big:    rapid.Int64().Draw(t, "big"),
			Name:   anyText().Draw(t, "name"),
			Start:  clock{rapid.IntRange(0, 1439).Draw(t, "start")},
		}
		for range rapid.IntRange(0, 3).Draw(t, "windows") {
			w := window{From: clock{rapid.IntRange(0, 600).Draw(t, "from")}, Lasts: time.Duration(rapid.Int64Range(int64(time.Minute), int64(24*time.Hour)).Draw(t, "lasts"))}
			w.Days = append(w.Days, rapid.SliceOf(rapid.IntRange(0, 6)).Draw(t, "days")...)
			m.Windows = append(m.Windows, w)
		}
		m.Zones = append(m.Zones, rapid.SliceOfN(anyText(), 0, 4).Draw(t, "zones")...)
		if speeds := rapid.MapOfN(anyText(), rapid.Float64Range(0, math.MaxFloat64), 0, 4).Draw(t, "speeds"); len(speeds) > 0 {
			m.Speeds = speeds
		}
		for _, key := range rapid.SliceOfN(anyText(), 0, 3).Draw(t, "pools") {
			if m.ByPool == nil {
				m.ByPool = map[kind]inner{}
			}
			m.ByPool[kind(key)] = anyInner().Draw(t, "exception")
		}
		if rapid.Bool().Draw(t, "has inner") {
			i := anyInner().Draw(t, "inner")
			m.Inner = &i
			most := rapid.IntRange(1, 9).Draw(t, "most")
			m.Most = &most
		}
		return m
	})
}

func TestWhatIsEncodedDecodesToTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := anyMargin().Draw(t, "margin")
		text, err := settings.Encode(m)
		if err != nil {
			t.Fatal(err)
		}
		var again margin
		if err := settings.Decode("again.yaml", text, &again); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if !reflect.DeepEqual(m, again) {
			t.Fatalf("%+v\nbecame\n%+v\nthrough\n%s", m, again, text)
		}
	})
}

func TestEveryDurationAndShareKeepsItsValue(t *testing.T) {
	type values struct {
		D time.Duration  `set:"d"`
		S settings.Share `set:"s"`
		F float64        `set:"f"`
		G float32        `set:"g"`
		I int8           `set:"i"`
		U uint16         `set:"u"`
	}
	rapid.Check(t, func(t *rapid.T) {
		v := values{
			D: rapid.OneOf(rapid.Map(rapid.Int64(), func(n int64) time.Duration { return time.Duration(n) }),
				rapid.Map(rapid.Int64Range(-100000, 100000), func(n int64) time.Duration { return time.Duration(n) * 24 * time.Hour }),
				rapid.Map(rapid.Int64Range(-100000, 100000), func(n int64) time.Duration { return time.Duration(n) * time.Minute })).Draw(t, "d"),
			S: settings.Share(rapid.Float64Range(-1e300, 1e300).Draw(t, "s")),
			F: rapid.Float64().Filter(func(f float64) bool { return !math.IsInf(f, 0) && !math.IsNaN(f) }).Draw(t, "f"),
			G: rapid.Float32().Filter(func(f float32) bool { return !math.IsInf(float64(f), 0) && f == f }).Draw(t, "g"),
			I: rapid.Int8().Draw(t, "i"), U: rapid.Uint16().Draw(t, "u"),
		}
		text, err := settings.Encode(v)
		if err != nil {
			t.Fatal(err)
		}
		var again values
		if err := settings.Decode("again.yaml", text, &again); err != nil || again != v {
			t.Fatalf("%v\n%+v\nbecame\n%+v\nthrough\n%s", err, v, again, text)
		}
	})
}

func FuzzDecode(f *testing.F) {
	for _, text := range []string{
		"share: 5%\nleast: 3\nafter: 2d\nyield: newest\non: true\nfactor: 1e-9\nseed: 5\nname: \"a\\nb\"\nstart: 23:00\n",
		"windows:\n- {from: 01:00, days: [1, 2]}\nzones: [a, 'b']\nspeeds: {a: 1}\nby_pool: {a/b: {next: {}}}\ninner: {bid: 1.00 USD}\nmost: 4\n",
		"policy: {a: [1, ~, |\n  x\n y: >-\n  z\n\nstages: [fixed, {}, []]\nmore: {a: 1, '': 2}\n",
		"policy: >\n  folded\n  text\n\n  more\nstages:\n- |+\n  kept\n\n- ? long\n  : 5\n- - - a\n- null\n- .nan\n- 0x1F\n- 2015-11-01\n",
		"a: &a [*a]\n<<: x\n---\n--- !t x\n\t",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var m margin
		if err := settings.Decode("fuzz.yaml", data, &m); err != nil {
			if text := err.Error(); strings.ContainsAny(text, "\n\r") || !strings.HasPrefix(text, "fuzz.yaml:") {
				t.Fatalf("%q is not one line with its file", text)
			}
			return
		}
		text, err := settings.Encode(m)
		if err != nil {
			t.Fatalf("%+v: %v", m, err)
		}
		var again margin
		if err := settings.Decode("again.yaml", text, &again); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if twice, err := settings.Encode(again); err != nil || string(twice) != string(text) {
			t.Fatalf("%v\n%s\nbecame\n%s", err, text, twice)
		}
		if !reflect.DeepEqual(withoutRaw(m), withoutRaw(again)) {
			t.Fatalf("%+v\nbecame\n%+v\nthrough\n%s", m, again, text)
		}
	})
}

// withoutRaw leaves out what knows its place in its file, and so differs; its text is compared instead.
func withoutRaw(m margin) margin {
	m.Policy, m.Stages, m.More = settings.Raw{}, nil, nil
	return m
}

func TestDescribeListsEverySettingOnce(t *testing.T) {
	type small struct {
		Least int32            `set:"least" default:"2" min:"0" unit:"instances" doc:"left unused"`
		Must  settings.Share   `set:"must" required:"true" max:"50%"`
		Inner *inner           `set:"inner" doc:"nil when absent"`
		List  []window         `set:"list"`
		Names []string         `set:"names" default:"a, b"`
		Map   map[string]inner `set:"map"`
		Raw   settings.Raw     `set:"raw" default:"none"`
	}
	var s small
	settings.Defaults(&s)
	s.Least = 5
	s.List = []window{{From: clock{60}, Lasts: 90 * time.Minute}}
	want := []settings.Field{
		{Path: "least", Type: "whole number", Unit: "instances", Default: "2", Range: "at least 0", Doc: "left unused", Value: "5"},
		{Path: "must", Type: "percentage", Range: "at most 50%", Value: "0%"},
		{Path: "inner", Type: "section", Doc: "nil when absent"},
		{Path: "inner.bid", Type: "price", Default: "0.35 USD", Range: "at least 0.01 USD", Doc: "highest price"},
		{Path: "inner.next", Type: "section", Doc: "the same again"},
		{Path: "list", Type: "list of section"},
		{Path: "list[0].from", Type: "clock", Doc: "when it begins", Value: "01:00"},
		{Path: "list[0].lasts", Type: "duration", Default: "1h", Range: "1m to 2d", Doc: "how long it is", Value: "1h30m"},
		{Path: "list[0].days", Type: "list of whole number", Range: "0 to 6", Doc: "weekdays, Sunday is 0"},
		{Path: "names", Type: "list of text", Default: "a, b", Value: "a, b"},
		{Path: "map", Type: "map of section"},
		{Path: "map.*.bid", Type: "price", Default: "0.35 USD", Range: "at least 0.01 USD", Doc: "highest price"},
		{Path: "map.*.next", Type: "section", Doc: "the same again"},
		{Path: "raw", Type: "any", Default: "none", Value: "none"},
	}
	got := settings.Describe(s)
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("line %d:\ngot  %+v\nwant %+v", i, got[min(i, len(got)-1):], want[min(i, len(want)-1)])
		}
	}
	if !reflect.DeepEqual(settings.Describe(&s), got) {
		t.Error("a pointer is described in another way")
	}
}
