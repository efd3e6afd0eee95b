package synth

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// demands are days of all shapes, also those that rise within minutes.
func demands(t *rapid.T) Demand {
	times := rapid.Int64Range(0, 24*60-1)
	d := Demand{TroughAt: time.Duration(times.Draw(t, "trough at")) * time.Minute, Trough: Defaults().Demand.Trough}
	rise := rapid.OneOf(rapid.Int64Range(1, 24*60-1), rapid.Int64Range(1, 10), rapid.Just[int64](24*60-1)).Draw(t, "rise")
	d.PeakAt = (d.TroughAt + time.Duration(rise)*time.Minute) % (24 * time.Hour)
	return d
}

func TestTheTableOfLevelsIsOffByLessThanItSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := demands(t)
		l := d.levels()
		most := 0.0
		for i := range 48 * 997 { // the prime has every place between two values seen
			hour := float64(i)/997 - 24
			most = max(most, math.Abs(l.at(hour)-l.exact(hour)))
		}
		if most > l.off {
			t.Fatalf("%+v: the table is off by %g, and says at most %g", d, most, l.off)
		}
	})
}

// A service that is so large that its count often lies near half of one has the formula's, for all that the table is off.
func TestServicesRunWhatTheFormulaGives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := demands(t)
		m := &region{levels: d.levels()}
		for range 50 {
			s := &service{peak: rapid.Float64Range(0, 1e5).Draw(t, "peak"), phase: rapid.Float64Range(-6, 6).Draw(t, "phase")}
			at := &minute{hour: rapid.Float64Range(0, 24).Draw(t, "hour"), demand: rapid.Float64Range(0.8, 1.2).Draw(t, "demand"), more: rapid.Float64Range(1, 11).Draw(t, "more")}
			wavers := rapid.Float64Range(-1, 3).Draw(t, "wavers")
			want := int(math.Round(s.peak * m.levels.exact(at.hour-s.phase) * at.demand * at.more * wavers))
			if got := m.instances(s, at, wavers); got != want {
				t.Fatalf("%+v at %+v: %d instances, by the formula %d", *s, *at, got, want)
			}
		}
	})
}

// Half of one is where rounding turns: with a peak chosen so that the formula gives it exactly, one float to either side decides.
func TestTheTableDoesNotRoundWhatItCannotTell(t *testing.T) {
	d := Defaults().Demand
	m := &region{levels: d.levels()}
	at, told := &minute{demand: 1, more: 1}, 0
	for i := range 24 * 1000 {
		at.hour = float64(i) / 1000
		level := m.levels.exact(at.hour)
		for _, peak := range []float64{99.5 / level, math.Nextafter(99.5/level, 0), math.Nextafter(99.5/level, 1000)} {
			s := &service{peak: peak}
			if got, want := m.instances(s, at, 1), int(math.Round(peak*level)); got != want {
				t.Fatalf("at hour %v, a peak of %v: %d instances, by the formula %d", at.hour, peak, got, want)
			}
			if int(math.Round(peak*m.levels.at(at.hour))) != int(math.Round(peak*level)) {
				told++
			}
		}
	}
	if told == 0 {
		t.Error("the table alone would have rounded all of them right: this test shows nothing")
	}
}
