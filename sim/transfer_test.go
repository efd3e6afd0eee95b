package sim

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"trough.internal/models"
	"trough.internal/report/measure"
)

// moves works out from jobs and places alone what every attempt had to move, and holds the ledger's times against it.
type moves struct {
	t        *rapid.T
	terms    *models.Transfer
	pools    []models.Pool
	left     map[models.JobID]int64 // work, seconds
	attempts map[models.JobID]*attempt

	moved, seconds int64
	bytes          int64
}

type attempt struct {
	at             models.Instant
	bytes, seconds int64 // to be moved, and the time it takes
}

func (m *moves) Event(e models.Event) {
	switch e.Kind {
	case models.Arrived, models.Requeued:
		m.left[e.Job] = int64(e.N)
	case models.Started:
		a := &attempt{at: e.At}
		if m.pools[e.Pool].Region != m.terms.Home[0] {
			m.moved++
			a.bytes = int64(m.terms.PerJob) + m.left[e.Job]*int64(m.terms.PerSecond)
			for left := a.bytes; left > 0; left -= int64(m.terms.Rate) {
				a.seconds++
			}
		}
		m.attempts[e.Job] = a
	case models.Completed, models.Interrupted:
		a := m.attempts[e.Job]
		delete(m.attempts, e.Job)
		ran := int64(e.At - a.at)
		m.end(a, ran)
		speed := int64(m.pools[e.Pool].Speed)
		if want := a.seconds + (m.left[e.Job]*1000+speed-1)/speed; e.Kind == models.Completed && ran != want {
			m.t.Fatalf("job %d took %d s, expected %d s, %d of them moving: %+v", e.Job, ran, want, a.seconds, e)
		}
		if worked := max(0, ran-a.seconds) * speed / 1000; e.Kind == models.Interrupted && int64(e.N) > worked {
			m.t.Fatalf("job %d lost %d s of work and had done %d: %+v", e.Job, e.N, worked, e)
		}
	}
}

func (m *moves) end(a *attempt, ran int64) {
	m.seconds += min(ran, a.seconds)
	if ran >= a.seconds {
		m.bytes += a.bytes
		return
	}
	m.bytes += ran * int64(m.terms.Rate)
}

// Every attempt takes its work's time and its data's; what figures say of data, time and cost is what the jobs say, one by one.
func TestTransfersAreWhatTheJobsSay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		if c.world.Transfer == nil {
			c.world.Transfer = &models.Transfer{Home: []string{"r0"}, PerJob: 1000, Rate: 7}
		}
		m := &moves{t: t, terms: c.world.Transfer, pools: c.world.Pools, left: map[models.JobID]int64{}, attempts: map[models.JobID]*attempt{}}
		figures := measure.NewTransfers(measure.Setup{Pools: c.world.Pools, From: c.world.Start}, *c.world.Transfer)
		c.run(t, false, both{m, figures})
		for _, a := range m.attempts {
			m.end(a, int64(c.world.Until-a.at))
		}
		got := figures.Finish(c.world.Until)
		if got.Moved != m.moved || got.Seconds != m.seconds || int64(got.Bytes) != m.bytes || got.Cost != c.world.Transfer.Price.For(models.Bytes(m.bytes)) {
			t.Fatalf("the figures are %+v, the jobs moved %d times, %d s and %d bytes", got, m.moved, m.seconds, m.bytes)
		}
	})
}

// A job goes away from home only while no instance is idle there, and then to the nearest region.
func TestWorkStaysAtHomeWhileItCan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		c.world.Placement, c.world.Nearest = FastestFirst, []string{"r2", "r1", "r0"}
		home := rapid.SampledFrom([]string{"r0", "r1"}).Draw(t, "home")
		c.world.Transfer = &models.Transfer{Home: []string{home}, PerJob: 1000, Rate: 7}
		for p := range c.world.Pools {
			if c.world.Pools[p].Kind == models.Surplus && rapid.IntRange(0, 2).Draw(t, "third region") == 0 {
				c.world.Pools[p].Region = "r2"
			}
		}
		market := models.NewMarket(c.world.Pools, c.world.Borrowers)
		c.run(t, false, &starts{market, func(at *models.Pool) {
			for p := range market.Lendable {
				other := &market.Pools[p]
				if market.Count[models.Idle][p] == 0 || at.Kind == models.Base {
					continue
				}
				if order := func(p *models.Pool) int { return slices.Index([]string{home, "r2", "r1", "r0"}, p.Region) }; order(other) < order(at) {
					t.Fatalf("at %s a job starts in %s while %s is idle, with its home in %s", market.Now, at.Region, other.Region, home)
				}
				if other.Region == at.Region && other.Speed > at.Speed {
					t.Fatalf("at %s a job starts on speed %d while %d is idle in the same region", market.Now, at.Speed, other.Speed)
				}
			}
		}})
	})
}

// Home, then the regions as they are named, then others; within one the fastest. Base fleets have an order of their own.
func TestPoolsAreTakenFromHomeOn(t *testing.T) {
	base := func(region string) models.Pool { return models.Pool{Region: region, Kind: models.Base} }
	w := World{Placement: FastestFirst, Borrowers: []string{"a", "b"}, Nearest: []string{"near", "far"},
		Pools:    []models.Pool{{Region: "far", Speed: 2000}, {Region: "home", Speed: 1000}, {Region: "home", Speed: 1500}, {Region: "near", Speed: 500}, base("far"), base("home")},
		Transfer: &models.Transfer{Home: []string{"home", "far"}, Rate: 1}}
	for b, want := range [][]int16{{2, 1, 3, 0, 5, 4}, {0, 3, 2, 1, 4, 5}} {
		if got := w.order(models.BorrowerID(b), 4); !slices.Equal(got, want) {
			t.Errorf("borrower %d takes pools in the order %v, expected %v", b, got, want)
		}
	}
}

// starts calls a function before every start, with its pool.
type starts struct {
	market *models.Market
	check  func(at *models.Pool)
}

func (s *starts) Event(e models.Event) {
	if e.Kind == models.Started {
		s.check(&s.market.Pools[e.Pool])
	}
	s.market.Apply(&e)
}

// A market of one region, where work is at home: no terms of moving change an event.
func TestTransferChangesNothingWhereWorkIsAtHome(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		c.world.Transfer = nil
		for p := range c.world.Pools {
			c.world.Pools[p].Region = "r0"
		}
		var without, with eventList
		c.run(t, false, &without)
		c.world.Transfer = &models.Transfer{Home: []string{"r0"}, PerJob: 1e9, Rate: 1}
		if e, _ := c.run(t, false, &with); e.away != nil {
			t.Fatal("the engine looks for transfers in a market of one region")
		}
		if fmt.Sprint(with) != fmt.Sprint(without) {
			t.Fatal("events differ")
		}
	})
}

func TestTransfersThatCannotBeAreRefused(t *testing.T) {
	const head = "scenario: s\nfrom: 2015-10-05T00:00:00Z\nlength: 1h\nmarket: {scale: 0.01, regions: [{name: us-east-1, time_zone: America/New_York}, {name: us-west-2, time_zone: America/Los_Angeles}]}\nencoding: {}\n"
	const two = "borrowers: [{name: a, origins: [production, qa]}, {name: b, origins: [research], home: us-east-2}]\n"
	for text, want := range map[string]string{
		"transfer: {home: us-west-1}\n":                               `s.yaml:6:18: transfer.home is "us-west-1": expected a region with pools of the scenario, one of us-east-1, us-west-2`,
		"transfer: {home: us-east-1, then: [us-west-2, eu-west-1]}\n": `s.yaml:6:47: transfer.then[1] is "eu-west-1": expected a region with pools`,
		"transfer: {}\n": `transfer.home`,
		"transfer: {home: us-east-1, per_job: -1 MB}\n":                   `s.yaml:6:38: transfer.per_job is "-1 MB": expected a size such as 250 MB`,
		"transfer: {home: us-east-1, per_second: 1 GB}\n":                 `transfer.per_second is "1 GB": expected 0 B to 100 MB`,
		"transfer: {home: us-east-1, rate: 0 B}\n":                        `transfer.rate is "0 B": expected 1 kB to 1 TB`,
		"transfer: {home: us-east-1, price: 0.02 USD}\n":                  `transfer.price is "0.02 USD": expected a price such as 0.02 USD/GB`,
		"transfer: {home: us-east-1}\ndispatch: {placement: round-robin}": `dispatch.placement is "round-robin": expected fastest beside transfer`,
		two:                                   `s.yaml:6:88: borrowers[1].home is "us-east-2": expected transfer beside a borrower's home`,
		two + "transfer: {home: us-east-1}\n": `s.yaml:6:88: borrowers[1].home is "us-east-2": expected a region with pools of the scenario, one of us-east-1, us-west-2`,
	} {
		s, err := ParseScenario("s.yaml", []byte(head+text))
		if err == nil {
			_, err = s.Build(nil)
		}
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, expected %q", text, err, want)
		}
	}
	s, err := ParseScenario("s.yaml", []byte(head+strings.ReplaceAll(two, "us-east-2", "us-west-2")+"transfer: {home: us-east-1}\n"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Build(nil)
	if err != nil {
		t.Fatal(err)
	}
	if home := b.World.Transfer.Home; home[0] != "us-east-1" || home[1] != "us-west-2" {
		t.Errorf("homes by borrower are %v", home)
	}
}
