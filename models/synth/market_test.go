package synth

import (
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"trough.internal/models"
	"trough.internal/models/settings"
)

// monday is midnight in New York.
var monday = models.InstantOf(time.Date(2015, 10, 5, 4, 0, 0, 0, time.UTC))

const oneDay = 24 * time.Hour

func market(t testing.TB, s Settings, seed uint64, from models.Instant, days int) *region {
	t.Helper()
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	m, err := newRegion(s, seed, from, from.Add(time.Duration(days)*oneDay))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// minutes calls see with every minute of a market and the state of its pools.
func minutes(t testing.TB, m *region, see func(at models.Instant, state []models.CapacityChange)) {
	t.Helper()
	state := make([]models.CapacityChange, len(m.keys))
	for {
		w, err := m.Next()
		if err == io.EOF {
			return
		}
		i := 0
		for at := w.From; at < w.Until; at += 60 {
			for ; i < len(w.Changes) && w.Changes[i].At == at; i++ {
				state[w.Changes[i].Pool] = w.Changes[i]
			}
			see(at, state)
		}
		if i != len(w.Changes) {
			t.Fatalf("window from %s: %d changes are at no minute or out of order", w.From, len(w.Changes)-i)
		}
	}
}

func totals(state []models.CapacityChange) (unused, surplus int64) {
	for _, p := range state {
		surplus += int64(p.Reserved - p.InUse)
		unused += int64(max(0, p.Reserved-p.InUse))
	}
	return unused, surplus
}

func TestDefaultMarketHasThePublishedFigures(t *testing.T) {
	for seed := range uint64(3) {
		m := market(t, Defaults(), seed, monday, 15)
		if n := len(m.keys); n < 36 {
			t.Errorf("%d pools", n)
		}
		if share := m.autoscales() / float64(m.Reserved()); share < 0.15 || share > 0.25 {
			t.Errorf("seed %d: %.1f %% autoscales", seed, 100*share)
		}
		switches := m.Switches()
		peak, low := make([]int64, 15), make([]int64, 15)
		keys := m.keys
		minutes(t, m, func(at models.Instant, state []models.CapacityChange) {
			local := at.UTC().In(m.zone)
			day := int(at.Sub(monday+3600) / oneDay) // from 1:00
			unused, _ := totals(state)
			if at >= monday+3600 {
				peak[day] = max(peak[day], unused)
			}
			calm := at < switches[0].At-3600 || at > switches[1].At+3600
			if low[max(day, 0)] == 0 || unused < low[max(day, 0)] && calm {
				low[max(day, 0)] = unused
			}
			r3 := int64(0)
			for p, k := range keys {
				if k.Type == "r3.4xlarge" {
					r3 += int64(state[p].Reserved - state[p].InUse)
				}
			}
			minute := local.Hour()*60 + local.Minute()
			if minute >= 12*60 && minute < 23*60+59 && calm && r3 <= 1500 {
				t.Errorf("seed %d: %s: %d r3.4xlarge are unused", seed, local, r3)
			}
			if minute >= 15 && minute < 9*60 && r3 > 600 {
				t.Errorf("seed %d: %s: %d r3.4xlarge are unused while precompute works", seed, local, r3)
			}
		})
		for day := range 14 {
			if peak[day] <= 12000 || peak[day] > 14500 || low[day] > 8000 || low[day] < 3000 {
				t.Errorf("seed %d, day %d: unused goes from %d to %d", seed, day, low[day], peak[day])
			}
		}
	}
}

func TestPrecomputeTakesItsInstancesWithinMinutesOfLocalMidnight(t *testing.T) {
	from := models.InstantOf(time.Date(2015, 10, 30, 4, 0, 0, 0, time.UTC)) // clocks go back on 1 November
	s := Defaults()
	s.Surges.PerDay = 0
	m := market(t, s, 1, from, 5)
	keys := m.keys
	before := int64(0)
	minutes(t, m, func(at models.Instant, state []models.CapacityChange) {
		r3 := int64(0)
		for p, k := range keys {
			if k.Type == "r3.4xlarge" {
				r3 += int64(state[p].Reserved - state[p].InUse)
			}
		}
		switch local := at.UTC().In(m.zone); local.Hour()*60 + local.Minute() {
		case 23*60 + 59:
			before = r3
		case 12:
			if before > 0 && before-r3 < 1800 {
				t.Errorf("%s: %d r3.4xlarge are unused, and %d before midnight", local, r3, before)
			}
		}
	})
}

func TestFailoverGoesAboveWhatIsReserved(t *testing.T) {
	m := market(t, Defaults(), 1, monday, 12)
	switches := m.Switches()
	begin := monday.Add(m.s.Failover.At)
	if len(switches) != 2 || !switches[0].On || switches[0].At != begin.Add(4*time.Minute) || switches[1].On || switches[1].At != begin.Add(80*time.Minute) ||
		switches[0].Region != "us-east-1" {
		t.Fatalf("%+v", switches)
	}
	surplus := map[models.Instant]int64{}
	overdrawn := 0
	minutes(t, m, func(at models.Instant, state []models.CapacityChange) {
		_, surplus[at] = totals(state)
		if at == begin.Add(10*time.Minute) {
			for _, p := range state {
				if p.InUse > p.Reserved {
					overdrawn++
				}
			}
		}
	})
	if before, then, after := surplus[begin-60], surplus[begin.Add(8*time.Minute)], surplus[begin.Add(90*time.Minute)]; before < 3000 || then > -1000 || after < 3000 {
		t.Errorf("surplus is %d before, %d eight minutes after its beginning, %d after it", before, then, after)
	}
	if overdrawn < 24 {
		t.Errorf("%d pools are overdrawn", overdrawn)
	}
	s := Defaults()
	s.Failover.More = 0
	if got := market(t, s, 1, monday, 12).Switches(); got != nil {
		t.Errorf("no failover has switches: %v", got)
	}
	if got := market(t, Defaults(), 1, monday, 10).Switches(); got != nil {
		t.Errorf("a failover after the end has switches: %v", got)
	}
}

func TestDemandByHand(t *testing.T) {
	d := Demand{PeakAt: 20 * time.Hour, TroughAt: 4 * time.Hour, Trough: 0.5}
	level := d.level()
	// Sixteen hours up, eight down; half way is half way in both.
	for hour, want := range map[float64]float64{4: 0.5, 12: 0.75, 20: 1, 0: 0.75, 24: 0.75, -20: 0.5, 28: 0.5} {
		if got := level(hour); got < want-1e-12 || got > want+1e-12 {
			t.Errorf("at %v: %v, want %v", hour, got, want)
		}
	}
}

func TestWindowsRestateThenOnlyChange(t *testing.T) {
	m := market(t, Defaults(), 3, monday+17, 2) // cut to whole minutes
	pools := len(m.keys)
	next := monday
	for {
		w, err := m.Next()
		if err == io.EOF {
			break
		}
		if w.From != next || w.Until <= w.From || len(w.Pools) != pools {
			t.Fatalf("a window from %s until %s with %d pools, want one from %s", w.From, w.Until, len(w.Pools), next)
		}
		next = w.Until
		last := make([]models.CapacityChange, pools)
		for i, c := range w.Changes {
			if i < pools && (c.At != w.From || int(c.Pool) != i) {
				t.Fatalf("the window does not begin with every pool: %+v", c)
			}
			if i >= pools && (c.At < w.Changes[i-1].At || c.At == w.Changes[i-1].At && c.Pool <= w.Changes[i-1].Pool) {
				t.Fatalf("out of order: %+v", c)
			}
			if before := last[c.Pool]; i >= pools && before.InUse == c.InUse && before.Reserved == c.Reserved {
				t.Fatalf("no change: %+v", c)
			}
			if c.InUse < 0 || c.InUse > 2*c.Reserved {
				t.Fatalf("out of range: %+v", c)
			}
			last[c.Pool] = c
		}
	}
	if next != monday.Add(2*oneDay) {
		t.Errorf("the last window ends at %s", next)
	}
}

func TestSameSeedSameMarketWhereverItBegins(t *testing.T) {
	s := Defaults()
	s.Failover.More = 0 // it is timed from the beginning
	at := map[models.Instant][]int32{}
	counts := func(state []models.CapacityChange) []int32 {
		var n []int32
		for _, p := range state {
			n = append(n, p.InUse, p.Reserved)
		}
		return n
	}
	minutes(t, market(t, s, 5, monday, 4), func(now models.Instant, state []models.CapacityChange) { at[now] = counts(state) })
	minutes(t, market(t, s, 5, monday.Add(53*time.Hour), 1), func(now models.Instant, state []models.CapacityChange) {
		if !reflect.DeepEqual(at[now], counts(state)) {
			t.Fatalf("%s: %v, and from a later beginning %v", now, at[now], counts(state))
		}
	})
	same := true
	minutes(t, market(t, s, 6, monday, 1), func(now models.Instant, state []models.CapacityChange) {
		same = same && reflect.DeepEqual(at[now], counts(state))
	})
	if same {
		t.Error("another seed gives the same market")
	}
}

// With many surges at any time, losing those of the day before would show as a step of thousands.
func TestEventsOutlastTheirWindow(t *testing.T) {
	s := Defaults()
	s.Surges.PerDay, s.Surges.Length = 1000, time.Hour
	s.Precompute.Instances = 0
	before := int64(0)
	minutes(t, market(t, s, 1, monday, 4), func(at models.Instant, state []models.CapacityChange) {
		_, surplus := totals(state)
		if step := surplus - before; before != 0 && (step > 800 || step < -800) {
			t.Errorf("%s: surplus goes from %d to %d within a minute", at, before, surplus)
		}
		before = surplus
	})
}

func TestScaleScalesCounts(t *testing.T) {
	s := Defaults()
	s.Scale, s.Zones = 0.1, []string{"b"}
	m := market(t, s, 1, monday, 1)
	if m.Reserved() != 7860 || len(m.keys) != 16 || m.keys[0].Name() != "us-east-1b/c3.2xlarge" {
		t.Errorf("%d reserved in %d pools, first %s", m.Reserved(), len(m.keys), m.keys[0].Name())
	}
	if whole := market(t, Defaults(), 1, monday, 1); len(m.services) != len(whole.services) {
		t.Errorf("%d services, and %d of the whole market", len(m.services), len(whole.services))
	}
	peak := int64(0)
	minutes(t, m, func(_ models.Instant, state []models.CapacityChange) {
		unused, _ := totals(state)
		peak = max(peak, unused)
	})
	if peak < 1200 || peak > 1450 {
		t.Errorf("at most %d are unused", peak)
	}
}

func TestSomePoolsAreTightAndSomeAreLarge(t *testing.T) {
	m := market(t, Defaults(), 1, monday, 3)
	sum, n := make([]float64, len(m.keys)), 0.0
	minutes(t, m, func(_ models.Instant, state []models.CapacityChange) {
		n++
		for p := range state {
			sum[p] += float64(state[p].Reserved - state[p].InUse)
		}
	})
	tight, large := 0, 0
	for p := range sum {
		if sum[p]/n < 25 {
			tight++
		}
		if sum[p]/n > 400 {
			large++
		}
	}
	if tight < 4 || large < 6 {
		t.Errorf("%d pools are tight and %d large", tight, large)
	}
}

func TestAssumedSaysWhatIsMadeUp(t *testing.T) {
	text := strings.Join(market(t, Defaults(), 1, monday, 28).Assumed(), "\n")
	for _, want := range []string{"synthetic market: 78600 instances reserved in 48 pools", "autoscaling services use 18.6 %", "33% of that at the trough (04:30)",
		"2100 r3.4xlarge works from 00:00 to 11:00", "8 a day, 20 to 400 instances", "evacuation is switched on at 2015-10-15T23:04:00Z"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestSettingsReadAndRefuse(t *testing.T) {
	var s Settings
	if err := settings.Decode("x.yaml", nil, &s); err != nil || !reflect.DeepEqual(s, Defaults()) {
		t.Errorf("an empty section gives %+v, %v", s, err)
	}
	for _, test := range []struct{ yaml, want string }{
		{"zones: [a, a]", "different letters"},
		{"zones: [us-east-1a]", "different letters"},
		{"time_zone: New York", "unknown time zone"},
		{"types: [{name: m3.large, reserved: 10}]", `precompute: type is "r3.4xlarge": expected one of types`},
		{"types: [{name: r3.4xlarge, reserved: 10}]", "are more than is reserved"},
		{"types: [{name: r3.4xlarge, reserved: 9000}, {name: r3.4xlarge, reserved: 10}]", "already given"},
		{"demand: {peak_at: 4h30m}", "expected two times"},
		{"precompute: {until: 1h}", "expected at least from, rise, fall"},
		{"surges: {size_min: 500}", "expected at most size_max"},
		{"deploys: {until: 9h}", "expected less than until"},
		{"failover: {length: 10m}", "expected at least rise and fall"},
	} {
		err := settings.Decode("x.yaml", []byte(test.yaml), &s)
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s gives %v, want %q", test.yaml, err, test.want)
		}
	}
}

func BenchmarkOneDay(b *testing.B) {
	m := market(b, Defaults(), 1, monday, 1)
	for b.Loop() {
		m.next = monday + 20*3600 // a whole UTC day
		m.until = m.next + 86400
		if _, err := m.Next(); err != nil {
			b.Fatal(err)
		}
	}
}
