package measure

import (
	"fmt"
	"math"
	"reflect"
	"testing"

	"trough.internal/models"
	"trough.internal/models/billing"
)

// Two hours of a market that can be checked by hand: ten r3.4xlarge and four m3.xlarge are reserved, the base fleet is
// two r3.4xlarge, and three jobs of an hour arrive at once. The third gets a borrowed instance:
//
//	00:00:00  owners use 6 of the r3.4xlarge: 4 unused, and 4 m3.xlarge
//	00:01:00  one r3.4xlarge is launched; it is ready at 00:03:00 and takes the third job
//	00:30:00  owners use all 10: 1 instance of overdraft, until they use 9 at 00:32:00
//	01:03:00  the job completes; the instance is idle until 01:05:00 and gone
const byHandFrom models.Instant = 1_444_003_200 // 2015-10-05

func byHandSetup() Setup {
	pools := []models.Pool{
		{Region: "us-east-1", Zone: "us-east-1a", Type: "r3.4xlarge", Speed: 1000, OnDemand: 1_400_000},
		{Region: "us-east-1", Zone: "us-east-1a", Type: "m3.xlarge", Speed: 250, OnDemand: 266_000},
		{Region: "us-east-1", Zone: "us-east-1a", Type: "r3.4xlarge", Kind: models.Base, Speed: 1000, OnDemand: 1_400_000},
	}
	return Setup{Pools: pools, Borrowers: []string{"encoding"}, From: byHandFrom, Until: byHandFrom + 7200, Base: []int32{2},
		Billing: Billing{OwnerEnds: billing.EndsNewest}}
}

// ByHand returns the result of the run with borrowing, or of the one without.
func byHand(borrows bool) Result {
	a := New(byHandSetup())
	say := func(second models.Instant, e models.Event) {
		e.At = byHandFrom + second
		a.Event(e)
	}
	say(0, models.Event{Kind: models.Ready, Pool: 2, Instance: 0, To: models.Idle})
	say(0, models.Event{Kind: models.Ready, Pool: 2, Instance: 1, To: models.Idle})
	say(0, models.Event{Kind: models.OwnersChanged, Pool: 0, N: 10, M: 6})
	say(0, models.Event{Kind: models.OwnersChanged, Pool: 1, N: 4, M: 0})
	for job := range models.JobID(3) {
		say(0, models.Event{Kind: models.Arrived, Pool: models.NoPool, Job: job, N: 3600})
	}
	for i := range models.InstanceID(2) {
		say(0, models.Event{Kind: models.Started, Pool: 2, Instance: i, Job: models.JobID(i), From: models.Idle, To: models.Busy, N: 3600})
	}
	borrowed := func(second models.Instant, e models.Event) {
		if borrows {
			e.Instance, e.Job = 2, 2
			say(second, e)
		}
	}
	borrowed(60, models.Event{Kind: models.Ordered, To: models.OnOrder})
	borrowed(60, models.Event{Kind: models.Launched, From: models.OnOrder, To: models.Booting})
	borrowed(180, models.Event{Kind: models.Ready, From: models.Booting, To: models.Idle})
	borrowed(180, models.Event{Kind: models.Started, From: models.Idle, To: models.Busy, N: 3600, M: 180})
	say(1800, models.Event{Kind: models.OwnersChanged, Pool: 0, N: 10, M: 10})
	say(1920, models.Event{Kind: models.OwnersChanged, Pool: 0, N: 10, M: 9})
	for i := range models.InstanceID(2) {
		say(3600, models.Event{Kind: models.Completed, Pool: 2, Instance: i, Job: models.JobID(i), From: models.Busy, To: models.Idle, N: 3600, M: 3600})
	}
	if !borrows {
		say(3600, models.Event{Kind: models.Started, Pool: 2, Job: 2, From: models.Idle, To: models.Busy, N: 3600, M: 3600})
	}
	borrowed(3780, models.Event{Kind: models.Completed, From: models.Busy, To: models.Idle, N: 3600, M: 3780})
	borrowed(3900, models.Event{Kind: models.Draining, From: models.Idle, To: models.Finishing, Cause: models.ByIdle})
	borrowed(3900, models.Event{Kind: models.Gone, From: models.Finishing, To: models.Absent, Cause: models.ByIdle})
	return a.Finish(byHandFrom + 7200)
}

func TestFiguresAreThoseOfACalculationByHand(t *testing.T) {
	with, without := byHand(true), byHand(false)
	figures := Compare(&with, &without)
	for key, want := range map[string]float64{
		"throughput_gain":               50,                            // 3 hours of work against 2
		"capacity_gain":                 100 * 3840.0 / 14400,          // 00:01:00 to 01:05:00 against 2 x 2 h
		"overdraft_cost":                1.4,                           // owners begin 6 + 4 hours, the borrower one, of 10
		"cost_efficiency":               50,                            // that of two, 00:01 and 01:01
		"cost_efficiency_seconds":       100,                           // 30,660 of 36,000 s in the first hour
		"owners_overdraft_cost":         0,                             //
		"instantaneous_overdraft_cost":  0.046667,                      // 120 s x 1.40 USD/h, to the micro-dollar
		"instantaneous_cost_efficiency": 100 * (1 - 46667.0/1493333),   // 3840 s x 1.40 USD/h
		"borrowed_hours":                3840.0 / 3600,                 //
		"borrowed_normalised_hours":     3840.0 / 3600,                 //
		"unused_borrowed":               100 * (1740.0 + 1980) / 41280, // unused: 4x1800 + 0x120 + 1x5280 + 4x7200
		"peak_unused":                   8,                             //
		"peak_borrowed":                 1,                             //
		"goodput_share":                 100 * 3600.0 / 3840,           //
		"boot_hours":                    120.0 / 3600,                  //
		"idle_hours":                    120.0 / 3600,                  //
		"overdraft_exposure":            120,                           //
		"overdraft_episodes":            1,                             //
		"overdraft_time_p50":            120,                           //
		"overdraft_time_max":            120,                           //
		"overdraft_deepest":             1,                             //
		"jobs_completed":                3,                             //
		"work_completed":                3,                             //
		"backlog_jobs":                  0,                             //
		"high_wait_p50":                 0,                             // of 0, 0 and 180 s
		"high_wait_p95":                 180,                           //
		"high_completion_p50":           3601,                          // 3600 s, given as the end of its step of 2 s
		"high_completion_p99":           3780,                          // the largest is exact
		"makespan":                      3780,                          //
		"interruptions":                 0,                             //
		"churn":                         2 / (3840.0 / 3600),           // one launch, one end
		"evenness":                      0.5,                           // one of two types
		"unknown_time":                  0,                             //
	} {
		f, ok := Find(figures, key)
		if !ok || !f.Known || math.Abs(f.Value-want) > 1e-9 {
			t.Errorf("%s: got %v (known %v), want %v", key, f.Value, f.Known, want)
		}
	}
	alone := without.Figures()
	for key, want := range map[string]float64{"jobs_completed": 2, "backlog_jobs": 1, "backlog_hours": 1, "capacity_gain": 0} {
		if f, _ := Find(alone, key); f.Value != want {
			t.Errorf("without borrowing, %s: got %v, want %v", key, f.Value, want)
		}
	}
	if f, _ := Find(figures, "throughput_gain"); f.Note != "backlog left: 0 jobs (0 h of work) with borrowing, 1 jobs (1 h) without" {
		t.Errorf("note: %q", f.Note)
	}
}

func TestAFigureThatCannotBeGivenSaysWhy(t *testing.T) {
	alone := byHand(false)
	figures := alone.Figures()
	for key, want := range map[string]string{
		"throughput_gain":               "needs the same run without borrowing",
		"instantaneous_cost_efficiency": "nothing was borrowed",
		"overdraft_time_p50":            "there was no overdraft",
		"owners_refused":                "not modelled",
		"evacuated_in":                  "no region was evacuated",
	} {
		if f, ok := Find(figures, key); !ok || f.Known || f.Note != want {
			t.Errorf("%s: got %+v", key, f)
		}
	}
	with := byHand(true)
	if f, _ := Find(Compare(&alone, &with), "throughput_gain"); f.Known || f.Note != "the run to compare with borrowed too" {
		t.Errorf("a wrong partner: got %+v", f)
	}
}

func TestEveryFigureHasADefinitionAUnitAndAKeyOfItsOwn(t *testing.T) {
	r := byHand(true)
	seen := map[string]bool{}
	for _, f := range r.Figures() {
		if f.Definition == "" || f.Unit == "" || f.Group == "" || f.Name == "" || seen[f.Key] {
			t.Errorf("%+v", f)
		}
		seen[f.Key] = true
	}
}

func TestEpisodesSayWhatEndedThem(t *testing.T) {
	r := byHand(true)
	want := []Episode{{Pool: 0, Start: byHandFrom + 1800, End: byHandFrom + 1920, Deepest: 1, Seconds: 120, Cost: 46_667, Began: BegunByOwners, Ended: EndedByOwners}}
	if fmt.Sprint(r.Episodes) != fmt.Sprint(want) || r.Episodes[0].Ended.String() != "owners" {
		t.Errorf("got %+v", r.Episodes)
	}
	a := New(byHandSetup())
	for _, e := range []models.Event{
		{At: byHandFrom, Kind: models.OwnersChanged, N: 2, M: 0},
		{At: byHandFrom, Kind: models.Launched, To: models.Booting},
		{At: byHandFrom + 9, Kind: models.OwnersChanged, N: 2, M: 2},
		{At: byHandFrom + 19, Kind: models.Gone, From: models.Booting, Cause: models.ByOverdraft},
	} {
		a.Event(e)
	}
	r = a.Finish(byHandFrom + 100)
	if len(r.Episodes) != 1 || r.Episodes[0].Ended.String() != "overdraft" || r.Episodes[0].End != byHandFrom+19 {
		t.Errorf("got %+v", r.Episodes)
	}
}

func TestAListThatIsFullChangesNoFigure(t *testing.T) {
	setup := byHandSetup()
	setup.EpisodesMax = 1
	a := New(setup)
	a.Event(models.Event{At: byHandFrom, Kind: models.Launched, To: models.Booting})
	for i := range models.Instant(10) {
		a.Event(models.Event{At: byHandFrom + 10*i, Kind: models.OwnersChanged, N: 2, M: 2 - int32(i%2)})
	}
	r := a.Finish(byHandFrom + 100)
	if len(r.Episodes) != 1 || r.EpisodesLeftOut != 4 || r.Total.Episodes != 5 || r.EpisodesLasted.N != 5 || r.Total.OverdraftSeconds != 50 {
		t.Errorf("got %+v", r)
	}
}

func TestOwnersInstancesKeptOutAreCountedWhereInstancesAreLimited(t *testing.T) {
	setup := byHandSetup()
	setup.Pools[0].Physical = 5
	a := New(setup)
	a.Event(models.Event{At: byHandFrom, Kind: models.OwnersChanged, N: 5, M: 3})
	for range 2 {
		a.Event(models.Event{At: byHandFrom, Kind: models.Launched, To: models.Booting})
	}
	a.Event(models.Event{At: byHandFrom + 10, Kind: models.OwnersChanged, N: 5, M: 5})  // 2 kept out
	a.Event(models.Event{At: byHandFrom + 40, Kind: models.Gone, From: models.Booting}) // 1
	a.Event(models.Event{At: byHandFrom + 50, Kind: models.OwnersChanged, N: 5, M: 4})  // none
	r := a.Finish(byHandFrom + 100)
	if r.Total.Blocked != 2 || r.Total.BlockedSeconds != 2*30+1*10 {
		t.Errorf("got %d, %d instance-seconds", r.Total.Blocked, r.Total.BlockedSeconds)
	}
	if f, _ := Find(r.Figures(), "owners_refused"); !f.Known || f.Value != 2 {
		t.Errorf("got %+v", f)
	}
}

func TestEventsDoNotAllocate(t *testing.T) {
	ledger := benchLedger(benchPools(), 4000)
	a := New(Setup{Pools: benchPools(), Borrowers: testBorrowers[:1], From: 1_443_657_600})
	i := 0
	per := testing.AllocsPerRun(len(ledger)-2, func() {
		a.Event(ledger[i])
		i++
	})
	if per != 0 {
		t.Errorf("%g allocations per event", per)
	}
}

func TestTimeDoesNotRunBackwards(t *testing.T) {
	a := New(byHandSetup())
	a.Event(models.Event{At: byHandFrom + 10, Kind: models.OwnersChanged, N: 2})
	defer func() {
		if recover() == nil {
			t.Error("an earlier event was taken")
		}
	}()
	a.Event(models.Event{At: byHandFrom + 9, Kind: models.OwnersChanged, N: 2})
}

func TestEvennessAppliesBelowHalfOfTheUnused(t *testing.T) {
	a := New(byHandSetup())
	a.Event(models.Event{At: byHandFrom, Kind: models.OwnersChanged, N: 2, M: 0})
	a.Event(models.Event{At: byHandFrom, Kind: models.OwnersChanged, Pool: 1, N: 2, M: 0})
	a.Event(models.Event{At: byHandFrom, Kind: models.Launched, To: models.Booting})
	a.Event(models.Event{At: byHandFrom + 10, Kind: models.Launched, Pool: 1, To: models.Booting}) // half
	a.Event(models.Event{At: byHandFrom + 30, Kind: models.Gone, Pool: 1, From: models.Booting})
	if r := a.Finish(byHandFrom + 35); r.EvenSeconds != 15 || r.EvenSum != 15*500_000 {
		t.Errorf("it applied for %d s, sum %d", r.EvenSeconds, r.EvenSum)
	}
}

func TestSumsAddUpInEveryField(t *testing.T) {
	var one, two Sums
	for i, n := 0, reflect.ValueOf(&one).Elem(); i < n.NumField(); i++ {
		if n.Field(i).Kind() == reflect.Array {
			for j := range n.Field(i).Len() {
				n.Field(i).Index(j).SetInt(int64(100 + j))
			}
			continue
		}
		n.Field(i).SetInt(int64(i + 1))
	}
	two.add(&one)
	if two != one {
		t.Errorf("nothing and one make %+v", two)
	}
	two.combine(&one, -1)
	if two != (Sums{}) {
		t.Errorf("one less one leaves %+v", two)
	}
}
