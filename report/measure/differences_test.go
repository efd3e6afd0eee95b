package measure

import (
	"math"
	"testing"

	"trough.internal/models"
	"trough.internal/report/bill"
	"trough.internal/report/stats"
)

// dailyResult has days with so many hours of work, 10 USD of list cost on each and the overdraft cost of the day, both on
// the bill and per second.
func dailyResult(work, cost []int64) *Result {
	r := &Result{From: byHandFrom}
	for day := range work {
		r.Days = append(r.Days, Day{Sums: Sums{WorkCompleted: 3600 * work[day], ListCost: 10_000_000, OverdraftCost: models.MicroUSD(cost[day])}})
		var billed [bill.Bases]bill.Sums
		billed[0] = bill.Sums{List: 10_000_000, Cost: models.MicroUSD(cost[day])}
		r.Bill.Days = append(r.Bill.Days, billed)
	}
	return r
}

// rising is 1, 2, 3, 1, 2, 3, … times a factor, plus more.
func rising(days int, factor, more int64) []int64 {
	list := make([]int64, days)
	for d := range list {
		list[d] = factor*int64(1+d%3) + more
	}
	return list
}

func TestMoreWorkIsBetterAndMoreOverdraftWorse(t *testing.T) {
	a := dailyResult(rising(28, 2, 10), rising(28, 1_000_000, 0))
	b := dailyResult(rising(28, 1, 0), rising(28, 500_000, 0))
	list := Pairing{Seed: 1}.Differences([]*Result{b}, [][]*Result{{a}})[0]
	for key, want := range map[string]struct {
		value   float64
		verdict stats.Verdict
	}{
		"work_completed": {280 + 55, stats.Better}, "overdraft_cost": {27.5, stats.Worse}, "cost_efficiency": {-100 * 27.5 / 280, stats.Worse},
		"instantaneous_overdraft_cost": {27.5, stats.Worse}, "instantaneous_cost_efficiency": {-100 * 27.5 / 280, stats.Worse},
		"interruptions": {0, stats.NoEvidence},
	} {
		f, _ := Find(list, key)
		if !f.Known || math.Abs(f.Value-want.value) > 1e-9 || f.Evidence == nil || f.Evidence.Verdict != want.verdict || f.Evidence.Days != 28 {
			t.Errorf("%s: %+v, %+v, expected %+v", key, f, f.Evidence, want)
		}
	}
	self := Pairing{Seed: 1}.Differences([]*Result{a}, [][]*Result{{a}, {b}})[0]
	if f, _ := Find(self, "work_completed"); f.Value != 0 || f.Evidence.Verdict != stats.NoEvidence || f.Evidence.Candidates != 2 {
		t.Errorf("against itself: %+v, %+v", f, f.Evidence)
	}
}

func TestADayIsOneDayUnderAllSeedsOfARecordedMarket(t *testing.T) {
	var a, b []*Result
	for seed := range int64(3) {
		a = append(a, dailyResult(rising(20, 2, 10*seed), rising(20, 1, 0)))
		b = append(b, dailyResult(rising(20, 1, 0), rising(20, 1, 0)))
	}
	for same, days := range map[bool]int{true: 20, false: 60} {
		f, _ := Find(Pairing{Seed: 1, SameInput: same}.Differences(b, [][]*Result{a})[0], "work_completed")
		if math.Abs(f.Value-(39+200)) > 1e-9 || f.Evidence.Days != days { // a seed has 39 more for the days, and 0, 200 or 400
			t.Errorf("same input %v: %+v, %+v", same, f, f.Evidence)
		}
	}
}

func TestDifferencesSayWhenThereIsNothingToCompare(t *testing.T) {
	with, without := byHand(true), byHand(false)
	short, long := dailyResult(rising(3, 1, 0), rising(3, 1, 0)), dailyResult(rising(4, 1, 0), rising(4, 1, 0))
	list := Pairing{Seed: 1}.Differences([]*Result{&without}, [][]*Result{{&with}, {long}})
	if f, _ := Find(list[0], "work_completed"); f.Value != 1 || f.Interval || f.Note != "no verdict: 1 of the at least 14 days that it takes" {
		t.Errorf("got %+v", f)
	}
	if f, _ := Find(list[0], "cost_efficiency"); f.Known || f.Note != "nothing was borrowed by one of the two" {
		t.Errorf("got %+v", f)
	}
	if list[1] != nil {
		t.Errorf("other days: got %+v", list[1])
	}
	if other := (Pairing{}).Differences([]*Result{short, long}, [][]*Result{{short, long}}); other[0] != nil {
		t.Errorf("seeds of other lengths: got %+v", other)
	}
}

func TestMeanFiguresAreOverTheSeedsThatKnowThem(t *testing.T) {
	known := func(v float64) Figure { return Figure{Key: "a", Value: v, Known: true, Note: "of one seed"} }
	list := Mean([][]Figure{{known(1), {Key: "b", Note: "why"}}, {known(2)}, {known(6)}, {{Key: "a"}}})
	if f := list[0]; f.Value != 3 || !f.Interval || f.Note != "known under 3 of 4 seeds" {
		t.Errorf("got %+v", f)
	}
	if f := list[1]; f.Known || f.Note != "why" {
		t.Errorf("got %+v", f)
	}
}
