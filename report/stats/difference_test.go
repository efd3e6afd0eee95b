package stats

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"trough.internal/models/random"
)

func TestFewDaysGetNoIntervalAndUnderTwoWeeksNoVerdict(t *testing.T) {
	for _, c := range []struct {
		days     int
		interval bool
		verdict  Verdict
		why      string
	}{
		{0, false, NoVerdict, "0 of the at least 14"},
		{4, false, NoVerdict, "4 of the at least 14"},
		{5, true, NoVerdict, "5 of the at least 14"},
		{13, true, NoVerdict, "13 of the at least 14"},
		{14, true, Better, ""},
	} {
		days := make([]float64, c.days)
		for d := range days {
			days[d] = 10 + float64(d%3)
		}
		d := one(1, []int{c.days}, days)
		v, why := d.Verdict(MoreIsBetter)
		if d.Known != c.interval || v != c.verdict || !strings.Contains(why, c.why) || (why == "") != (c.why == "") || d.Value != sum(days) {
			t.Errorf("%d days: %+v, %v (%s)", c.days, d, v, why)
		}
	}
}

func TestAVerdictKnowsWhichWayIsBetter(t *testing.T) {
	interval := func(low, high float64) Difference {
		return Difference{Interval: Interval{Low: low, High: high, Known: true, N: DaysMin}}
	}
	for _, c := range []struct {
		d          Difference
		more, less Verdict
	}{
		{interval(1, 2), Better, Worse}, {interval(-2, -1), Worse, Better}, {interval(-1, 1), NoEvidence, NoEvidence},
		{interval(0, 1), NoEvidence, NoEvidence}, {interval(0, 0), NoEvidence, NoEvidence},
		{Difference{Interval: Interval{N: 28, Note: "why"}}, NoVerdict, NoVerdict},
	} {
		more, _ := c.d.Verdict(MoreIsBetter)
		less, _ := c.d.Verdict(LessIsBetter)
		if more != c.more || less != c.less {
			t.Errorf("%+v: %v and %v", c.d, more, less)
		}
	}
}

func TestAConstantDifferenceHasAnIntervalOfNoWidth(t *testing.T) {
	a, b, ones := make([]float64, 20), make([]float64, 20), make([]float64, 20)
	for d := range a {
		a[d], b[d], ones[d] = 0.1*float64(d*d)+2, 0.1*float64(d*d), 1
	}
	c := Comparison{Seed: 1, Runs: []int{20}}
	for name, d := range map[string]Difference{
		"total": c.Differences(Ratio{Above: b}, []Ratio{{Above: a}})[0],
		"ratio": c.Differences(Ratio{b, ones}, []Ratio{{a, ones}})[0],
	} {
		want := map[string]float64{"total": 40, "ratio": 2}[name]
		if math.Abs(d.Value-want) > 1e-9 || d.Low != d.Value || d.High != d.Value || d.P != 0 {
			t.Errorf("%s: %+v", name, d)
		}
	}
	if d := c.Differences(Ratio{a, b}, []Ratio{{a, b}})[0]; d.Value != 0 || d.Low != 0 || d.High != 0 || d.P != 1 {
		t.Errorf("a policy against itself: %+v", d)
	}
}

// Of one day that differs among 28, two draws in five have nothing: nobody can say how rare such days are. The other
// candidates' intervals are as without that one.
func TestOneDayThatDiffersGivesNoInterval(t *testing.T) {
	rare, usual, never := make([]float64, 28), make([]float64, 28), make([]float64, 28)
	rare[9] = 1000
	for d := range usual {
		usual[d] = float64(d % 5)
	}
	c := Comparison{Seed: 1, Runs: []int{28}}
	list := c.Differences(Ratio{Above: never}, []Ratio{{Above: rare}, {Above: usual}})
	if d := list[0]; d.Known || d.Note != "too few days differ for an interval" || d.Value != 1000 || d.P != 1 {
		t.Errorf("got %+v", d)
	}
	alone := c.Differences(Ratio{Above: never}, []Ratio{{Above: usual}})
	alone[0].Candidates, alone[0].BlockDays, alone[0].Blocks = 2, list[1].BlockDays, list[1].Blocks
	if list[1] != alone[0] {
		t.Errorf("got %+v, alone %+v", list[1], alone[0])
	}
}

func TestARatioIsOfSumsNotOfDays(t *testing.T) {
	c := Comparison{Runs: []int{2}}
	list := c.Differences(Ratio{[]float64{1, 1}, []float64{1, 9}}, []Ratio{{[]float64{1, 0}, []float64{1, 9}}, {[]float64{1, 1}, []float64{0, 0}}})
	if d := list[0]; math.Abs(d.Value+0.1) > 1e-12 {
		t.Errorf("got %+v", d)
	}
	if d := list[1]; d.Known || d.Note != "undefined: there is nothing to divide by" {
		t.Errorf("nothing below: got %+v", d)
	}
}

func TestTheSameSeedDrawsTheSameDays(t *testing.T) {
	days := equals(1, 1, 28, 0)[0].Above
	if one(7, []int{28}, days) != one(7, []int{28}, days) {
		t.Error("two comparisons differ")
	}
	if one(7, []int{28}, days) == one(8, []int{28}, days) {
		t.Error("two seeds agree")
	}
}

// What both policies have in common, however wild, is not in their difference; other units scale the interval.
func TestOnlyTheDifferenceCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(DaysShown, 40).Draw(t, "days")
		whole := rapid.SliceOfN(rapid.Float64Range(-64, 64), n, n)
		common, a := whole.Draw(t, "common"), whole.Draw(t, "a")
		c := Comparison{Seed: rapid.Uint64().Draw(t, "seed"), Runs: []int{n}, resamples: 199}
		both, twice := make([]float64, n), make([]float64, n)
		for d := range a {
			common[d], a[d] = math.Round(common[d]), math.Round(a[d])
			both[d], twice[d] = a[d]+common[d], -2*a[d]
		}
		zero := Ratio{Above: make([]float64, n)}
		plain := c.Differences(zero, []Ratio{{Above: a}})[0]
		beside := c.Differences(Ratio{Above: common}, []Ratio{{Above: both}})[0]
		scaled := c.Differences(zero, []Ratio{{Above: twice}})[0]
		near := func(x, y float64) bool { return math.Abs(x-y) <= 1e-6*(1+math.Abs(x)) }
		if plain.Known && beside.Known && !(near(plain.Low, beside.Low) && near(plain.High, beside.High)) {
			t.Fatalf("%+v, beside what is common %+v", plain, beside)
		}
		if plain.Known != scaled.Known || !near(-2*plain.Low, scaled.High) || !near(-2*plain.High, scaled.Low) || plain.P != scaled.P {
			t.Fatalf("%+v, scaled by -2 %+v", plain, scaled)
		}
	})
}

// More candidates make every interval wider, or leave it; the order of candidates changes nothing.
func TestIntervalsPayForTheNumberOfCandidates(t *testing.T) {
	const days = 56
	list := equals(3, 6, days, 0.5)
	zero := Ratio{Above: make([]float64, days)}
	c := Comparison{Seed: 3, Runs: []int{days}}
	all := c.Differences(zero, list)
	turned := c.Differences(zero, []Ratio{list[5], list[4], list[3], list[2], list[1], list[0]})
	for i, d := range all {
		if turned[5-i].Candidates != 6 || math.Abs(turned[5-i].Low-d.Low) > 1e-9 || turned[5-i].P != d.P {
			t.Errorf("candidate %d: %+v, in another order %+v", i, d, turned[5-i])
		}
		if d.P < 1.0/(1+Resamples) || d.P > 1 || (d.P <= 0.05) != (d.Low > 0 || d.High < 0) {
			t.Errorf("p and interval disagree: %+v", d)
		}
	}
	copies := c.Differences(zero, []Ratio{list[0], list[0], list[0]})
	if alone := c.Differences(zero, list[:1])[0]; copies[2].Low != alone.Low || copies[2].High != alone.High {
		t.Errorf("three copies of one candidate %+v need no correction: alone %+v", copies[2], alone)
	}
	if one := c.Differences(zero, list[:1])[0]; one.BlockDays == all[0].BlockDays && all[0].High-all[0].Low <= one.High-one.Low {
		t.Errorf("six candidates %+v, one %+v", all[0], one)
	}
}

func TestTotalsAreOfOneRun(t *testing.T) {
	d := one(1, []int{3, 3}, []float64{1, 2, 3, 5, 6, 7})
	if d.Value != 12 || d.N != 6 {
		t.Errorf("got %+v, expected the mean of 6 and 18", d)
	}
}

// What is particular to a seed is on all of its days. From fourteen runs on, runs are the blocks and the interval has it;
// of four it cannot, and here is by how much.
func TestWholeRunsAreBlocksWhereThereAreEnough(t *testing.T) {
	lengths := make([]int, 16)
	for i := range lengths {
		lengths[i] = 12
	}
	d := one(1, lengths, equals(1, 1, 16*12, 0)[0].Above)
	if d.N != 192 || d.Blocks != 16 || d.BlockDays != 12 {
		t.Errorf("got %+v", d)
	}
	particular := noise{"particular", 0, func(s random.Stream, entity uint64, days []float64) {
		own := math.Sqrt(0.3) * s.Normal(entity, 1000)
		for d := range days {
			days[d] = own + s.Normal(entity, uint64(d))
		}
	}}
	if share := covered(particular, lengths); share < 0.93 || share > 0.97 {
		t.Errorf("16 runs: %.1f %% of the intervals hold the true value", 100*share)
	}
	if share := covered(particular, lengths[:4]); share < 0.7 || share > 0.9 {
		t.Errorf("4 runs: %.1f %% of the intervals hold the true value", 100*share)
	}
}
