package measure

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"trough.internal/models"
	"trough.internal/report/stats"
)

// Whatever the owners used while nobody knew, what it came to lies within the bounds.
func TestTheTruthLiesWithinTheBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ledger := drawLedger(t, 0, 120)
		end := ledger[len(ledger)-1].At + models.Instant(rapid.IntRange(0, 5000).Draw(t, "more"))
		setup := Setup{Pools: testPools(), Borrowers: testBorrowers, From: 0, Base: []int32{9}}
		measured := func(through func(models.Sink) models.Sink) Result {
			acc := New(setup)
			to := through(acc)
			for _, e := range ledger {
				to.Event(e)
			}
			return acc.Finish(max(end, 0))
		}
		truth := measured(func(to models.Sink) models.Sink { return truths{t, to} })
		best := measured(func(to models.Sink) models.Sink { return Fill{To: to} })
		worst := measured(func(to models.Sink) models.Sink { return Fill{To: to, Worst: true} })
		known := measured(func(to models.Sink) models.Sink { return to })
		for name, of := range map[string]func(*Sums) int64{
			"overdraft": func(s *Sums) int64 { return s.OverdraftSeconds },
			"cost":      func(s *Sums) int64 { return int64(s.OverdraftCost) },
		} {
			b, v, w := of(&best.Total), of(&truth.Total), of(&worst.Total)
			if b > v || v > w || of(&known.Total) > v {
				t.Fatalf("%s: best %d, truth %d, worst %d, as far as known %d", name, b, v, w, of(&known.Total))
			}
		}
		for _, f := range Bound(known.Figures(), best.Figures(), worst.Figures()) {
			if f.Bounds && (f.Low > f.Value || f.High < f.Value || !f.Interval || f.Note == "") {
				t.Fatalf("%+v", f)
			}
		}
	})
}

// truths says at random what the owners used where nobody knew.
type truths struct {
	t  *rapid.T
	to models.Sink
}

func (f truths) Event(e models.Event) {
	if e.Kind == models.OwnersChanged && e.M == models.Unknown {
		e.M = int32(rapid.IntRange(0, 14).Draw(f.t, "truth"))
	}
	f.to.Event(e)
}

// An hour in which nobody knows, with three of ten instances borrowed all the time: nothing or three instance-hours of overdraft.
func TestAnHourWithoutAReportBoundsTheOverdraft(t *testing.T) {
	pools := testPools()[:1]
	ledger := []models.Event{{Kind: models.OwnersChanged, N: 10, M: 5}}
	for i := range models.InstanceID(3) {
		ledger = append(ledger, models.Event{Kind: models.Ordered, To: models.OnOrder, Instance: i},
			models.Event{Kind: models.Launched, From: models.OnOrder, To: models.Booting, Instance: i})
	}
	ledger = append(ledger, models.Event{At: 3600, Kind: models.OwnersChanged, N: 10, M: models.Unknown},
		models.Event{At: 7200, Kind: models.OwnersChanged, N: 10, M: 6})
	of := func(worst bool) Result {
		acc := New(Setup{Pools: pools, Borrowers: testBorrowers[:1]})
		for _, e := range ledger {
			Fill{To: acc, Worst: worst}.Event(e)
		}
		return acc.Finish(10800)
	}
	best, worst := of(false), of(true)
	f, _ := Find(Bound(best.Figures(), best.Figures(), worst.Figures()), "overdraft_exposure")
	if !f.Bounds || f.Low != 0 || f.High != 3*3600 {
		t.Errorf("got %+v", f)
	}
	if f, _ := Find(Bound(best.Figures(), best.Figures(), worst.Figures()), "peak_borrowed"); f.Bounds {
		t.Errorf("what is borrowed is known: %+v", f)
	}
}

func TestASignThatDependsOnTheGapsIsFlagged(t *testing.T) {
	of := func(a, b, c float64) []Figure {
		return []Figure{{Key: "a", Known: true, Value: a, Evidence: &Evidence{Verdict: stats.Better}}, {Key: "b", Known: true, Value: b}, {Key: "c", Value: c}}
	}
	d := of(1, 1, 1)
	FlagSigns(d, of(1, 2, -1), of(-3, 0, 1))
	if !strings.Contains(d[0].Note, "its sign depends") || !strings.Contains(d[0].Note, "1 if nothing, -3 if all") || d[0].Evidence.Verdict != stats.NoVerdict {
		t.Errorf("got %+v", d[0])
	}
	if d[1].Note != "" || d[2].Note != "" {
		t.Errorf("flagged without reason: %+v %+v", d[1], d[2])
	}
}
