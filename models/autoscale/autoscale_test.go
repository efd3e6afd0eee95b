package autoscale

import (
	"math"
	"slices"
	"testing"
	"time"

	"trough.internal/models/settings"
)

// plain serves 10 requests per instance at a target of 50 %: 5 each.
func plain() *Settings {
	s := &Settings{}
	settings.Defaults(s)
	s.RequestsPerInstance, s.Target, s.Min, s.Plan = 10, 0.5, 1, false
	return s
}

func flat(requests float64, n int) []float64 { return slices.Repeat([]float64{requests}, n) }

func TestASteadyLoadIsHeldAtTheTarget(t *testing.T) {
	got := plain().Instances(flat(50, 200), 0)
	if !slices.Equal(got, slices.Repeat([]int32{10}, 200)) {
		t.Error(got)
	}
}

func TestGrowthWaitsForTheAlarmAndTheCooldownAndComesInSteps(t *testing.T) {
	s := plain()
	s.Boot = 0
	got := s.Instances(append(flat(50, 10), flat(100, 20)...), 0)
	// 10 instances until the third minute above the target, then 13 (30 % more), then after five minutes 16, 20.
	want := slices.Concat(slices.Repeat([]int32{10}, 12), slices.Repeat([]int32{13}, 5), slices.Repeat([]int32{16}, 5), slices.Repeat([]int32{20}, 8))
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestShrinkingIsSlowerThanGrowing(t *testing.T) {
	s := plain()
	s.Boot = 0
	got := s.Instances(append(flat(50, 10), flat(20, 60)...), 0)
	if got[23] != 10 || got[24] != 9 || got[28] != 9 || got[29] != 8 {
		t.Errorf("after 14 and 15 minutes and the cooldown: %d %d, %d %d, want 10 9, 9 8", got[23], got[24], got[28], got[29])
	}
	if last := got[len(got)-1]; last != 4 {
		t.Errorf("in the end %d, want 4", last)
	}
}

// day is a load with a peak at noon, the same every day.
func day(days int) []float64 {
	out := make([]float64, days*dayMinutes)
	for i := range out {
		out[i] = 500 - 400*math.Cos(2*math.Pi*float64(i%dayMinutes)/dayMinutes)
	}
	return out
}

func TestThePlanIsAheadOfARiseThatComesEveryDay(t *testing.T) {
	s := plain()
	requests := day(3)
	reactive := s.Instances(requests, dayMinutes)
	s.Plan, s.Share = true, 1
	planned := s.Instances(requests, dayMinutes)
	short := func(sizes []int32) (n int) {
		for i, size := range sizes {
			if s.need(requests[dayMinutes+i]) > size {
				n++
			}
		}
		return n
	}
	if short(planned) != 0 || short(reactive) < 300 {
		t.Errorf("minutes above the target: %d with a plan and %d without, want 0 and hundreds", short(planned), short(reactive))
	}
	if low, high := slices.Min(planned), slices.Max(planned); high != 180 || low > 30 {
		t.Errorf("from %d to %d, want a swing from under 30 to 180", low, high)
	}
}

func TestThePlanDoesNotSeeWhatIsToCome(t *testing.T) {
	s := plain()
	s.Plan = true
	requests := day(9)
	before := s.Instances(requests, dayMinutes)
	at := 8 * dayMinutes
	for i := at; i < len(requests); i++ {
		requests[i] *= 3
	}
	after := s.Instances(requests, dayMinutes)
	n := at - dayMinutes
	if !slices.Equal(before[:n], after[:n]) || slices.Equal(before[n:], after[n:]) {
		t.Error("what comes later must change what comes later, and nothing before it")
	}
}

func TestTheForecastPrefersTheSameTimeOfTheWeek(t *testing.T) {
	values := make([]float64, 3*weekMinutes)
	values[5], values[weekMinutes+5], values[weekMinutes+5-dayMinutes] = 10, 20, 99
	for _, test := range []struct {
		minute int
		want   float64
	}{{5, 0}, {dayMinutes + 5, 10}, {weekMinutes + 5, 10}, {2*weekMinutes + 5, 15}} {
		if got := forecast(values, test.minute); got != test.want {
			t.Errorf("minute %d: %v, want %v", test.minute, got, test.want)
		}
	}
}

func TestPerMinuteKeepsTotals(t *testing.T) {
	got := PerMinute([]float64{60, 120, 60}, 30)
	if len(got) != 90 || math.Abs(got[0]-2) > 1e-9 || math.Abs(got[14]-2.0-1.0/60+1.0/60) > 0.1 || math.Abs(got[44]+got[45]-8) > 0.1 {
		t.Errorf("%v", got)
	}
	if got := PerMinute([]float64{30, 30}, 30); slices.Max(got) != 1 || slices.Min(got) != 1 {
		t.Error(got)
	}
}

func TestSizesStayWithinTheirBounds(t *testing.T) {
	s := plain()
	s.Min, s.Max, s.Plan = 20, 100, true
	got := s.Instances(day(4), 0)
	if slices.Min(got) != 20 || slices.Max(got) != 100 {
		t.Errorf("from %d to %d", slices.Min(got), slices.Max(got))
	}
	s.Max = 1
	if s.Check() == nil {
		t.Error("more at least than at most")
	}
}

func TestBootingInstancesDoNotServe(t *testing.T) {
	if got := readyBy([]int32{3, 3, 8, 9}, 1); got != 8 {
		t.Error(got)
	}
	s := plain()
	s.Boot = 10 * time.Minute
	with := s.Instances(append(flat(50, 10), flat(100, 60)...), 0)
	if with[len(with)-1] < 20 {
		t.Error(with)
	}
}
