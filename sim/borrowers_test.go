package sim

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"trough.internal/models"
	"trough.internal/policies"
)

// apart holds jobs, their borrowers and their places against one another.
type apart struct {
	t      rapid.TB
	origin []models.Origin // by job
	of     [models.Origins]models.BorrowerID
	ended  int
}

func (a *apart) Event(e models.Event) {
	if e.Job != models.NoJob && e.Kind != models.OwnersChanged && e.Kind != models.Switched && e.Borrower != a.of[a.origin[e.Job]] {
		a.t.Fatalf("a job of %s is with borrower %d: %+v", a.origin[e.Job], e.Borrower, e)
	}
	if e.Kind == models.Completed {
		a.ended++
	}
}

// TestBorrowersStayApart: a borrower's jobs run on its own instances only, what an observation says of each adds up to what the
// market says of all, and with something to borrow for each all jobs complete.
func TestBorrowersStayApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pools, n := rapid.IntRange(1, 70).Draw(t, "pools"), rapid.IntRange(1, 200).Draw(t, "jobs")
		w := World{Drain: true, Borrowers: []string{"a", "b", "c"}[:rapid.IntRange(1, 3).Draw(t, "borrowers")], Notice: 60,
			DrainMost: Forever, Placement: rapid.SampledFrom([]Placement{RoundRobin, FastestFirst}).Draw(t, "placement"), Seed: 1,
			Boot: Delay{Median: 60, P95: 120}, TelemetryEvery: 60}
		capacity := models.Capacity{Until: models.Never}
		for p := range pools {
			w.Pools = append(w.Pools, models.Pool{Zone: "z", Type: string(rune('a' + p)), Speed: int32(1000 + p%3*100)})
			capacity.Changes = append(capacity.Changes, models.CapacityChange{Pool: models.PoolID(p), Reserved: 10, InUse: 3})
		}
		// The owners come and go, so that jobs are interrupted and go back to where they were.
		for at := range models.Instant(20) {
			for p := range pools {
				capacity.Changes = append(capacity.Changes, models.CapacityChange{At: 600 * (at + 1), Pool: models.PoolID(p), Reserved: 10, InUse: int32(9 - 6*(at%2))})
			}
		}
		for range rapid.IntRange(0, 2).Draw(t, "base fleets") {
			w.Pools, w.Base = append(w.Pools, models.Pool{Zone: "z", Type: "base", Kind: models.Base, Speed: 1000}), append(w.Base, 2)
			w.BaseOf = append(w.BaseOf, models.BorrowerID(rapid.IntRange(0, len(w.Borrowers)-1).Draw(t, "whose")))
		}
		for o := range w.BorrowerOf {
			w.BorrowerOf[o] = models.BorrowerID(rapid.IntRange(0, len(w.Borrowers)-1).Draw(t, "origin"))
		}
		check := &apart{t: t, of: w.BorrowerOf}
		jobs := make([]models.Job, n)
		for i := range jobs {
			o := models.Origin(rapid.IntRange(0, int(models.Origins)-1).Draw(t, "origin of a job"))
			check.origin = append(check.origin, o)
			jobs[i] = models.Job{ID: models.JobID(i), Arrival: models.Instant(i * 10), Work: int32(rapid.IntRange(1, 3600).Draw(t, "work")), Origin: o, Class: models.Class(i % 3)}
			if i > 2 && i%5 == 0 {
				jobs[i].After = 1
			} else if i <= 2 {
				jobs[i].Group = 1
			}
		}
		set, err := policies.Parse("p", []byte("policy: p\navailability: {}\noverdraft: {cool_off: 0s}\nbroker: {minimum_runtime: 2m}\n"))
		if err != nil {
			t.Fatal(err)
		}
		policy, err := policies.New(set)
		if err != nil {
			t.Fatal(err)
		}
		adds := &adding{t: t}
		e := New(w, Inputs{Capacity: &once{window: capacity}, Jobs: &batch{jobs: jobs}}, policy, Options{Sink: check, Decisions: adds})
		adds.market = e.Market()
		if _, err := e.Run(); err != nil {
			t.Fatal(err)
		}
		if check.ended != n {
			t.Fatalf("%d of %d jobs completed", check.ended, n)
		}
	})
}

// adding compares what borrowers are told with the market.
type adding struct {
	t      rapid.TB
	market *models.Market
}

func (a *adding) Decision(obs *models.Observation, _ *models.Decision) {
	var queued [models.Classes]int32
	var work [models.Classes]int64
	for b := range obs.Workload {
		for class := range queued {
			queued[class] += obs.Workload[b].Queued[class]
			work[class] += obs.Workload[b].Work[class]
		}
	}
	if queued != a.market.Queued || work != a.market.QueuedWork {
		a.t.Fatalf("at %s the borrowers have %v jobs of %v s, and the market %v of %v", obs.Now, queued, work, a.market.Queued, a.market.QueuedWork)
	}
	for b := range obs.Workload { // what runs on base fleets is told as BaseBusy
		running, busy := int32(0), int32(0)
		for _, n := range obs.Workload[b].RunningBy {
			running += n
		}
		for p := range a.market.Lendable {
			busy += a.market.Count[models.Busy][a.market.Cell(models.PoolID(p), models.BorrowerID(b))]
		}
		if running != busy || running != obs.Workload[b].Running {
			a.t.Fatalf("at %s borrower %d is told that %d and %d of its jobs run, and %d do on what it borrows", obs.Now, b, running, obs.Workload[b].Running, busy)
		}
	}
}

func TestBorrowersThatCannotBeAreRefused(t *testing.T) {
	const head = "scenario: s\nfrom: 2015-10-05T00:00:00Z\nlength: 1h\nmarket: {}\nencoding: {}\n"
	const both = "borrowers: [{name: a, origins: [production, qa]}, {name: b, origins: [research]}]\n"
	for text, want := range map[string]string{
		"borrowers: [{name: a, origins: [production, qa]}]\n":                                                                  "borrowers: nobody runs the jobs of origin research: expected it among the origins of one of them",
		"borrowers: [{name: a, origins: [production, qa, research]}, {name: b, origins: [qa]}]\n":                              "borrowers[1].origins: a runs the jobs of qa already: expected one borrower for each origin",
		"borrowers: [{name: a, origins: [production, qa, research]}, {name: a, origins: [qa]}]\n":                              `borrowers[1].name is "a", like that of another borrower`,
		"borrowers: [{name: A b, origins: [production]}]\n":                                                                    "s.yaml:6:13: borrowers[0]: name is \"A b\": expected small letters, digits and hyphens",
		"borrowers: [{name: a, origins: [everybody]}]\n":                                                                       `borrowers[0].origins[0] is "everybody": expected`,
		both + "base: [{pool: us-east-1a/r3.4xlarge, instances: 3, borrower: bb}]\n":                                           `base[0].borrower: the scenario has no borrower "bb": did you mean "b"?`,
		both + "policy:\n  policy: p\n  availability: {}\n  broker:\n    borrowers:\n      - {name: a}\n      - {name: xyz}\n": `s.yaml:13:16: policy.broker.borrowers[1].name is "xyz": expected a borrower of the scenario, one of a, b`,
	} {
		_, err := ParseScenario("s.yaml", []byte(head+text))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, expected %q", text, err, want)
		}
	}
	if _, err := ParseScenario("s.yaml", []byte(head+both)); err != nil {
		t.Error(err)
	}
}
