package sim

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"trough.internal/models"
	"trough.internal/policies"
)

// drawByTheHour is a random market of which what is bought can always be had, and a policy that lets nothing go but at the
// end of its billed hour.
func drawByTheHour(t *rapid.T) *randomCase {
	c := drawBuying(t)
	c.world.Until = c.world.Start + 4*3600
	c.changes = slices.DeleteFunc(c.changes, func(ch models.CapacityChange) bool { return ch.Pool != 0 && ch.Reserved != 10 })
	c.world.SpotPrices = make([][]models.PriceChange, len(c.world.Pools))
	for p := 1; p <= 2; p++ {
		for at := c.world.Start; at < c.world.Until; at += models.Instant(rapid.IntRange(1, 4000).Draw(t, "price holds")) {
			price := models.MicroUSDPerHour(rapid.IntRange(0, 5).Draw(t, "price"))
			c.world.SpotPrices[p] = append(c.world.SpotPrices[p], models.PriceChange{At: at, Pool: models.PoolID(p), Price: price})
		}
	}
	text := "policy: p\nevaluate: 1m\navailability: {}\nworkers: {max: 15, place: " + rapid.SampledFrom([]string{"cheapest", "zone"}).Draw(t, "place") +
		", queues: [{class: high, jobs_per_hour: 60, within: 1m}, {class: low, jobs_per_hour: 60, within: 10m, max: 3}]}\n" +
		"fallback: {base: 2, max: 5}\nbilled_hour: {within: " + rapid.SampledFrom([]string{"1m", "5m", "30m"}).Draw(t, "within") + "}\n"
	set, err := policies.Parse("p", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	c.settings = set
	return c
}

// hourBooks follow, the slow way, from the ledger what a policy is told of hours, of prices and of running jobs.
type hourBooks struct {
	t      *rapid.T
	c      *randomCase
	within models.Instant
	there  map[models.InstanceID]*hourLife
	seen   int // decisions
}

type hourLife struct {
	pool     models.PoolID
	launched models.Instant
	state    models.State
	class    models.Class
}

func (b *hourBooks) left(l *hourLife, at models.Instant) models.Instant {
	return 3600 - (at-l.launched)%3600
}

func (b *hourBooks) Event(e models.Event) {
	if e.Instance == models.NoInstance || int(e.Pool) >= len(b.c.world.Pools) {
		return
	}
	if e.Kind == models.Launched {
		b.there[e.Instance] = &hourLife{pool: e.Pool, launched: e.At}
	}
	l := b.there[e.Instance]
	if l == nil {
		return
	}
	told := e.Kind == models.Draining || e.Kind == models.Yielding || e.Kind == models.Gone && l.state != models.Finishing && l.state != models.Leaving
	if told && l.state != models.Finishing && e.Cause != models.ByCloud && b.c.world.Pools[e.Pool].Kind != models.Surplus && b.left(l, e.At) > b.within {
		b.t.Fatalf("%+v: told to go %d seconds before the end of its hour", e, b.left(l, e.At))
	}
	l.state = e.To
	if e.Kind == models.Started {
		l.class = e.Class
	}
	if e.To == models.Absent {
		delete(b.there, e.Instance)
	}
}

func (b *hourBooks) Decision(obs *models.Observation, _ *models.Decision) {
	b.seen++
	ending, running := make([]int32, len(obs.Pools)), [models.Classes]int32{}
	for _, l := range b.there {
		if (l.state == models.Booting || l.state == models.Idle || l.state == models.Busy) && b.left(l, obs.Now) <= b.within {
			ending[l.pool]++
		}
		if l.state == models.Busy {
			running[l.class]++
		}
	}
	if !slices.Equal(ending, obs.HourEnding) || running != obs.Workload[0].RunningBy {
		b.t.Fatalf("at %s hours end of %v, and it is told of %v; running are %v, and it is told of %v", obs.Now, ending, obs.HourEnding, running, obs.Workload[0].RunningBy)
	}
	for p, changes := range b.c.world.SpotPrices {
		price := models.MicroUSDPerHour(0)
		for _, ch := range changes {
			if ch.At <= obs.Now {
				price = ch.Price
			}
		}
		if obs.Pools[p].Kind == models.OnDemand {
			price = obs.Pools[p].OnDemand
		}
		if obs.Price[p] != price {
			b.t.Fatalf("at %s pool %d costs %d, and it is told %d", obs.Now, p, price, obs.Price[p])
		}
	}
}

func TestWhatIsBoughtIsLetGoOnlyNearTheEndOfItsHour(t *testing.T) {
	decisions, ended := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		c := drawByTheHour(t)
		policy, err := policies.New(c.settings)
		if err != nil {
			t.Fatal(err)
		}
		books := &hourBooks{t: t, c: c, within: models.Instant(c.settings.BilledHour.Within / time.Second), there: map[models.InstanceID]*hourLife{}}
		var events eventList
		in := Inputs{Capacity: &once{window: models.Capacity{Changes: c.changes}}, Jobs: &batch{jobs: c.jobs}, Switches: c.switches}
		if _, err := New(c.world, in, policy, Options{Sink: sinkList{books, &events}, Decisions: books}).Run(); err != nil {
			t.Fatal(err)
		}
		decisions += books.seen
		for _, e := range events {
			if e.Kind == models.Gone && c.world.Pools[e.Pool].Kind == models.Spot {
				ended++
			}
		}
	})
	if decisions == 0 || ended == 0 {
		t.Errorf("%d decisions, %d spot instances let go: nothing was tested", decisions, ended)
	}
}

type sinkList []models.Sink

func (s sinkList) Event(e models.Event) {
	for _, one := range s {
		one.Event(e)
	}
}

// Who is about to complete an hour goes before who was idle for longer, and the soonest first.
func TestTheSoonestHourEndsFirst(t *testing.T) {
	w := World{Pools: []models.Pool{{Kind: models.Spot, Speed: 1000}}, Borrowers: []string{"b"}, Until: 1}
	var gone eventList
	e := New(w, Inputs{}, hourly(t), Options{Sink: &gone})
	e.market.Reserved[0] = 9
	for _, at := range []tick{0, 200, 100, 3000, 250} {
		e.now = at
		e.order(0, models.ByWorkers)
	}
	e.now = 3590
	e.watchHours()
	if e.obs.HourEnding[0] != 4 {
		t.Errorf("%d are about to complete an hour, of which those of 0, 100, 200 and 250 are", e.obs.HourEnding[0])
	}
	gone = nil
	e.yieldWhenIdle(0, 5, models.ByBilledHour)
	var order []models.InstanceID
	for _, ev := range gone {
		order = append(order, ev.Instance)
	}
	if want := []models.InstanceID{0, 2, 1, 4, 3}; !slices.Equal(order, want) {
		t.Errorf("they go in the order %v, expected %v: launched at 0, 100, 200, 250, and the one of 3000 last", order, want)
	}
}

// Of instances that are all in the midst of their hours none is about to complete one, so that the usual order holds: of those without
// a job the newest goes first, not the one whose hour ends first.
func TestInTheMidstOfTheirHoursInstancesEndInTheUsualOrder(t *testing.T) {
	w := World{Pools: []models.Pool{{Kind: models.Spot, Speed: 1000}}, Borrowers: []string{"b"}, Until: 1}
	var gone eventList
	e := New(w, Inputs{}, hourly(t), Options{Sink: &gone})
	e.market.Reserved[0] = 9
	for _, at := range []tick{100, 200} {
		e.now = at
		e.order(0, models.ByWorkers)
	}
	e.now = 1000
	gone = nil
	e.yieldWhenIdle(0, 1, models.ByBilledHour)
	if len(gone) != 1 || gone[0].Instance != 1 {
		t.Errorf("%+v, expected the end of instance 1, which was launched last", gone)
	}
}

// hourly is a policy that minds billed hours.
func hourly(t *testing.T) policies.Policy {
	set, err := policies.Parse("p", []byte("policy: p\nworkers: {max: 9, queues: [{class: high, jobs_per_hour: 1, within: 1h}]}\nbilled_hour: {within: 5m}\n"))
	if err != nil {
		t.Fatal(err)
	}
	policy, err := policies.New(set)
	if err != nil {
		t.Fatal(err)
	}
	return policy
}
