package experiment

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"trough.internal/models/settings"
)

// Axis is a parameter that varies: over values that are listed, or over a range.
type Axis struct {
	Set    string   `set:"set" required:"true" doc:"The parameter: policy.margin.share, or scenario.telemetry.lag."`
	Values []string `set:"values" doc:"Its values, as a file of settings would have them."`
	From   string   `set:"from" doc:"First value of a range: a percentage, a duration or a number."`
	To     string   `set:"to" doc:"Last value of the range, in the same unit."`
	Steps  int      `set:"steps" default:"0" min:"0" max:"10000" unit:"values" doc:"Of a range on a grid: how many values, both ends included."`
	Scale  string   `set:"scale" default:"linear" enum:"linear|log" doc:"Whether values of the range have equal differences or equal ratios."`
}

// Check refuses an axis without values, or with values of two kinds.
func (a *Axis) Check() error {
	if where, rest, _ := strings.Cut(a.Set, "."); where != "policy" && where != "scenario" || rest == "" {
		return fmt.Errorf("set is %q: expected policy. or scenario. and a setting of it, such as policy.margin.share", a.Set)
	}
	ranged := a.From != "" || a.To != ""
	switch {
	case len(a.Values) == 0 && !ranged:
		return fmt.Errorf("%s has no values: expected values, or from and to", a.Set)
	case len(a.Values) > 0 && (ranged || a.Steps != 0 || a.Scale != "linear"):
		return fmt.Errorf("%s: expected values, or from, to, steps and scale, not both", a.Set)
	case a.Steps == 1:
		return fmt.Errorf("%s: steps is 1: expected at least 2, since both ends of the range are values", a.Set)
	case len(a.Values) > 0:
		return nil
	}
	_, err := a.scale()
	return err
}

// levels are an axis' values on a grid.
func (a *Axis) levels() []string {
	if len(a.Values) > 0 {
		return a.Values
	}
	s, err := a.scale()
	if err != nil {
		panic(err) // Check has been called
	}
	list := make([]string, a.Steps)
	for i := range list {
		list[i] = s.at(float64(i) / float64(a.Steps-1))
	}
	return list
}

// at is the value at a share of the axis: of a range, that part of it; of a list, one of as many equal parts as it has values.
func (a *Axis) at(share float64) string {
	if n := len(a.Values); n > 0 {
		return a.Values[min(int(share*float64(n)), n-1)]
	}
	s, err := a.scale()
	if err != nil {
		panic(err) // Check has been called
	}
	return s.at(share)
}

// Ranged says whether the axis is a range.
func (a *Axis) Ranged() bool { return len(a.Values) == 0 }

// nearest is the value at a share of a range, or the nearest of its steps where it has them.
func (a *Axis) nearest(share float64) string {
	if a.Steps > 0 {
		share = math.Round(share*float64(a.Steps-1)) / float64(a.Steps-1)
	}
	return a.at(share)
}

// The units of a range's values.
type unit uint8

const (
	plain unit = iota
	percent
	span // in seconds
)

// scale is a range of numbers of one unit.
type scale struct {
	unit     unit
	whole    bool // both ends are whole numbers without a unit
	log      bool
	from, to float64
}

func (a *Axis) scale() (scale, error) {
	from, unitFrom, ok := measured(a.From)
	if !ok {
		return scale{}, fmt.Errorf("%s: from is %q: expected a percentage, a duration or a number", a.Set, a.From)
	}
	to, unitTo, ok := measured(a.To)
	if !ok {
		return scale{}, fmt.Errorf("%s: to is %q: expected a percentage, a duration or a number", a.Set, a.To)
	}
	s := scale{unit: unitFrom, log: a.Scale == "log", from: from, to: to}
	s.whole = s.unit == plain && !strings.Contains(a.From+a.To, ".")
	switch {
	case unitFrom != unitTo:
		return s, fmt.Errorf("%s: from is %s and to is %s: expected the same unit", a.Set, a.From, a.To)
	case !(from < to):
		return s, fmt.Errorf("%s: from is %s and to is %s: expected a range that rises", a.Set, a.From, a.To)
	case s.log && from <= 0:
		return s, fmt.Errorf("%s: from is %s: expected more than 0 for scale: log", a.Set, a.From)
	}
	return s, nil
}

// at is the value at a share of the scale. The ends stay exact.
func (s scale) at(share float64) string {
	v := s.from + share*(s.to-s.from)
	if s.log {
		v = s.from * math.Pow(s.to/s.from, share)
	}
	return s.text(min(max(v, s.from), s.to))
}

// text rounds to what a reader can tell apart: a thousandth of a percentage point, a second, a whole number where both ends
// are whole, else six digits.
func (s scale) text(v float64) string {
	switch s.unit {
	case percent:
		return settings.Share(math.Round(v*1e5) / 1e5).String()
	case span:
		return durationText(time.Duration(math.Round(v)) * time.Second)
	}
	if s.whole {
		return strconv.FormatFloat(math.Round(v), 'f', -1, 64)
	}
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 6, 64), 64)
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}

func (s scale) share(v float64) float64 {
	if s.log {
		return math.Log(v/s.from) / math.Log(s.to/s.from)
	}
	return (v - s.from) / (s.to - s.from)
}

// measured reads a percentage as a part of one, a duration in seconds, or a number.
func measured(text string) (float64, unit, bool) {
	if strings.HasSuffix(text, "%") {
		var share settings.Share
		err := share.UnmarshalText([]byte(text))
		return float64(share), percent, err == nil
	}
	if v, err := strconv.ParseFloat(text, 64); err == nil {
		return v, plain, !math.IsInf(v, 0) && !math.IsNaN(v)
	}
	var d struct {
		D time.Duration `set:"d"`
	}
	err := settings.Decode("", []byte("d: "+strconv.Quote(text)), &d)
	return d.D.Seconds(), span, err == nil && text != ""
}

// durationText is a duration as files of settings have it.
func durationText(d time.Duration) string {
	text, err := settings.Encode(struct {
		D time.Duration `set:"d"`
	}{d})
	if err != nil {
		panic(err) // every duration has a text
	}
	return strings.TrimSpace(strings.TrimPrefix(string(text), "d:"))
}
