package experiment

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestRoundValuesAreThoseThatPeopleSay(t *testing.T) {
	for want, axis := range map[string]Axis{
		"0% 10% 20% 30% 40%":        {From: "0%", To: "40%"},
		"3% 10% 20% 30% 37%":        {From: "3%", To: "37%"},
		"9.9% 20% 30% 40%":          {From: "9.9%", To: "40%"}, // 10% would stand beside its end
		"1% 2% 5% 10% 20% 50%":      {From: "1%", To: "50%", Scale: "log"},
		"1m 5m 15m 1h 2h":           {From: "1m", To: "2h", Scale: "log"},
		"0s 10m 20m 30m 40m 50m 1h": {From: "0s", To: "60m"},
		"0 2 4 6 8 10":              {From: "0", To: "10"},
		"0 1":                       {From: "0", To: "1"},
		"0.5 0.6 0.7 0.8 0.9 1":     {From: "0.5", To: "1.0"},
		"":                          {Values: []string{"1%", "2%"}},
	} {
		if got := strings.Join(axis.Round(), " "); got != want {
			t.Errorf("%+v: %s, want %s", axis, got, want)
		}
	}
}

// Whatever the range: its ends are among the values, they rise, and they divide it into few parts.
func TestRoundValuesDivideEveryRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		unit := rapid.SampledFrom([]string{"%", "s", ""}).Draw(t, "unit")
		from := rapid.IntRange(1, 90).Draw(t, "from")
		to := from + rapid.IntRange(1, map[string]int{"%": 100 - from, "s": 10_000_000, "": 1_000_000}[unit]).Draw(t, "width")
		a := Axis{From: fmt.Sprint(from) + unit, To: fmt.Sprint(to) + unit, Scale: rapid.SampledFrom([]string{"linear", "log"}).Draw(t, "scale")}
		list := a.Round()
		if len(list) < 2 || len(list) > roundMost+2 || a.Place(list[0]) != 0 || a.Place(list[len(list)-1]) != 1 {
			t.Fatalf("%+v: %v", a, list)
		}
		for i := range list[1:] {
			if !(a.Place(list[i]) < a.Place(list[i+1])) {
				t.Fatalf("%+v: %v", a, list)
			}
		}
	})
}
