package sim

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"trough.internal/models"
	"trough.internal/policies"
)

// drawBuying is a random market of a pool to borrow from, two spot pools and an on-demand one, and a policy that buys.
func drawBuying(t *rapid.T) *randomCase {
	c := new(randomCase)
	c.drawWorld(t)
	w := &c.world
	w.SpotNotice = int32(rapid.SampledFrom([]int{0, 1, 120}).Draw(t, "spot notice"))
	if rapid.Bool().Draw(t, "unreliable") {
		w.MessagesLost, w.MessagesDoubled, w.MessagesUnread = 0.2, 0.2, 0.5
	}
	kinds := []models.PoolKind{models.Surplus, models.Spot, models.Spot, models.OnDemand}
	for i, kind := range kinds {
		w.Pools = append(w.Pools, models.Pool{Region: "r", Zone: "r" + string(rune('a'+i)), Type: "t", Kind: kind, Speed: 1000, OnDemand: 1e6})
		c.changes = append(c.changes, models.CapacityChange{At: w.Start, Pool: models.PoolID(i), Reserved: 10})
	}
	at := w.Start
	for range rapid.IntRange(0, 40).Draw(t, "changes") {
		at += models.Instant(rapid.IntRange(1, 900).Draw(t, "pause"))
		pool := rapid.SampledFrom([]int{0, 1, 2}).Draw(t, "pool")
		change := models.CapacityChange{At: at, Pool: models.PoolID(pool), Reserved: int32(rapid.SampledFrom([]int{0, 0, 3, 10}).Draw(t, "can be had"))}
		if pool == 0 {
			change.Reserved, change.InUse = 10, int32(rapid.IntRange(0, 12).Draw(t, "use"))
		}
		c.changes = append(c.changes, change)
	}
	c.drawJobs(t)
	text := "policy: p\nevaluate: 30s\navailability: {}\noverdraft: {}\nscaling: {groups: [{name: a, min: 1, max: 8, desired: 6, rebalance: " +
		rapid.SampledFrom([]string{"true", "false"}).Draw(t, "rebalance") + ", cooldown: 2m}]}\nfallback: {target: 6, max: 7" +
		rapid.SampledFrom([]string{"", ", messages: {}", ", messages: {count: every}, lower_after: 10m"}).Draw(t, "rule") + "}\n"
	set, err := policies.Parse("p", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	c.settings = set
	return c
}

// The slow way, from the ledger: of the instances that are there when fewer can be had, no more than that are still there
// after the notice.
func TestNoSpotInstanceOutlivesItsInterruption(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawBuying(t)
		var wheel, heap eventList
		c.run(t, false, &wheel)
		c.run(t, true, &heap)
		if !slices.Equal(wheel, heap) {
			t.Fatal("the wheel is not the heap")
		}
		w := &c.world
		can := make([]int32, len(w.Pools))
		there := make([]map[models.InstanceID]bool, len(w.Pools))
		for p := range there {
			there[p] = map[models.InstanceID]bool{}
		}
		type drop struct {
			pool     models.PoolID
			deadline models.Instant
			there    map[models.InstanceID]bool
			can      int
		}
		var drops []drop
		for _, e := range wheel {
			for len(drops) > 0 && drops[0].deadline < e.At {
				d := drops[0]
				drops = drops[1:]
				maps.DeleteFunc(d.there, func(i models.InstanceID, _ bool) bool { return !there[d.pool][i] })
				if len(d.there) > d.can {
					t.Fatalf("after %s %d instances of pool %d are still there, and %d could be had a notice before", d.deadline, len(d.there), d.pool, d.can)
				}
			}
			switch e.Kind {
			case models.OwnersChanged:
				can[e.Pool] = e.N
				if w.Pools[e.Pool].Kind == models.Spot {
					drops = append(drops, drop{e.Pool, e.At + models.Instant(w.SpotNotice), maps.Clone(there[e.Pool]), int(e.N)})
				}
			case models.Launched:
				there[e.Pool][e.Instance] = true
				if bought := w.Pools[e.Pool].Kind != models.Surplus; bought && int32(len(there[e.Pool])) > can[e.Pool] {
					t.Fatalf("%d instances of pool %d, and %d can be had", len(there[e.Pool]), e.Pool, can[e.Pool])
				}
			case models.Gone:
				delete(there[e.Pool], e.Instance)
				if e.Cause == models.ByCloud && w.Pools[e.Pool].Kind != models.Spot {
					t.Fatalf("the provider ended an instance that is not spot: %+v", e)
				}
			}
		}
	})
}

func TestBoughtPoolsThatCannotBeAreRefused(t *testing.T) {
	const head = "scenario: s\nfrom: 2013-11-16T00:00:00Z\nlength: 1d\nbought:\n"
	for text, want := range map[string]string{
		"- {pool: us-east-1a/m3.2xlarge, kind: spot, most: 5, bid: 1 USD/h}":                                                   "a bid in a market without prices",
		"- {pool: us-east-1a/m3.2xlarge, kind: on-demand, most: 5, bid: 1 USD/h}":                                              "has no bid and no spot prices",
		"- {pool: us-east-1a/m3.2xlarge, kind: spot, most: 5, interrupted: <5%, prices: [{at: +0s, price: 1 USD/h}]}":          "expected only one of prices",
		"- {pool: m3.2xlarge, kind: on-demand, most: 5}":                                                                       "pool m3.2xlarge: expected zone/type",
		"- {pool: us-east-1a/m3.2xlarge, kind: spot, most: 5, prices: [{at: +1h, price: 1 USD/h}]}":                            "the price history begins 2013-11-16T01:00:00Z",
		"- {pool: us-east-1a/m3.2xlarge, kind: spot, most: 5, prices: [{at: +0s, price: 1 USD/h}, {at: +0s, price: 2 USD/h}]}": "prices[1] is at 2013-11-16T00:00:00Z, and the one before",
		"- {pool: us-east-1a/m3.2xlarge, kind: on-demand, most: 5}\n- {pool: us-east-1a/m3.2xlarge, kind: on-demand, most: 5}": "it is there twice as on-demand",
		"- {pool: us-east-1a/m3.2xlarge, kind: spot, most: 5, price_trace: short}":                                             "short: the price history ends 2013-11-16T12:00:00Z, before the scenario, which ends 2013-11-17T00:00:00Z",
		"- {pool: us-east-1b/m3.2xlarge, kind: spot, most: 5, price_trace: long}":                                              "a bid of 0.532 USD/h in a market without prices",
		"- {pool: us-east-1a/m3.2xlarge, kind: spot, most: 5, availability: counts}":                                           "counts covers 2013-11-16T00:00:00Z to 2013-11-16T12:00:00Z: expected it to cover the scenario",
		"- {pool: us-east-1b/m3.2xlarge, kind: spot, most: 5, availability: counts}":                                           "counts has no such pool: expected one such as us-east-1a/m3.2xlarge",
		"- {pool: us-east-1a/m9.2xlarge, kind: on-demand, most: 5}":                                                            "m9.2xlarge",
	} {
		s, err := ParseScenario("s.yaml", []byte(head+text+"\n"))
		if err == nil {
			_, err = s.Build(priceFiles{})
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, expected %q", text, err, want)
		}
	}
}

// priceFiles has a short and a long price history of one pool, and counts of half a day.
type priceFiles struct{}

var key = models.PoolKey{Region: "us-east-1", Zone: "us-east-1a", Type: "m3.2xlarge"}

const day models.Instant = 1384560000 // 2013-11-16

func (priceFiles) Prices(name string) (*models.Prices, Notes, error) {
	p := &models.Prices{Pools: []models.PoolKey{key}, Changes: []models.PriceChange{{At: day, Price: 100_000}, {At: day + 43200, Price: 900_000}}}
	if name == "long" {
		p.Changes = append(p.Changes, models.PriceChange{At: day + 2*86400, Price: 100_000})
	}
	return p, Notes{Recorded: []string{"prices"}}, nil
}

func (priceFiles) Capacity(string) (CapacitySource, CapacityInfo, error) {
	changes := []models.CapacityChange{{At: day, Reserved: 16, InUse: 12}, {At: day + 3600, Reserved: 16, InUse: 2}}
	return &once{window: models.Capacity{Changes: changes}}, CapacityInfo{Pools: []models.PoolKey{key}, From: day, Until: day + 43200}, nil
}

func (priceFiles) Jobs(string) (JobSource, Notes, error) { panic("there are none") }

// Recorded prices and counts become what can be had: a bid of the on-demand price (0.532) against 0.10, and from noon 0.90.
func TestRecordedPricesAndCountsAreCapacity(t *testing.T) {
	for text, want := range map[string][]models.CapacityChange{
		"price_trace: long":                   {{At: day, Reserved: 5}, {At: day + 43200}},
		"price_trace: long, bid: 0.90 USD/h":  {{At: day, Reserved: 5}, {At: day + 86400}},
		"availability: counts":                {{At: day, Reserved: 4}, {At: day + 3600, Reserved: 5}},
		"prices: [{at: +0s, price: 9 USD/h}]": {{At: day}},
	} {
		s, err := ParseScenario("s.yaml", []byte("scenario: s\nfrom: 2013-11-16T00:00:00Z\nlength: 12h\nbought: [{pool: us-east-1a/m3.2xlarge, kind: spot, most: 5, "+text+"}]\n"))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(text, "trace") {
			s.Length = 24 * time.Hour
		}
		b, err := s.Build(priceFiles{})
		if err != nil {
			t.Fatal(err)
		}
		in, err := b.Inputs()
		if err != nil {
			t.Fatal(err)
		}
		got, err := in.Capacity.Next()
		if err != nil || !slices.Equal(got.Changes, want) {
			t.Errorf("%s: %v, %v: expected %v", text, got.Changes, err, want)
		}
	}
}

// Whatever the windows of the market are, the changes of bought pools come at their time.
func TestBoughtPoolsChangeAtTheirTimeBesideAMarket(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(pool models.PoolID, name string) (list []models.CapacityChange) {
			at := models.Instant(0)
			for range rapid.IntRange(0, 8).Draw(t, name) {
				at += models.Instant(rapid.IntRange(0, 4).Draw(t, "pause"))
				list = append(list, models.CapacityChange{At: at, Pool: pool, Reserved: int32(len(list))})
			}
			return list
		}
		market, bought := draw(0, "market"), draw(1, "bought")
		b := &beside{market: &windows{list: market, size: rapid.IntRange(1, 4).Draw(t, "window")}, bought: bought}
		var got []models.CapacityChange
		for {
			w, err := b.Next()
			if err != nil {
				break
			}
			got = append(got, w.Changes...)
		}
		of := func(pool models.PoolID) []models.CapacityChange {
			return slices.DeleteFunc(slices.Clone(got), func(c models.CapacityChange) bool { return c.Pool != pool })
		}
		if !slices.Equal(of(0), market) || !slices.Equal(of(1), bought) || !slices.IsSortedFunc(got, func(a, b models.CapacityChange) int { return int(a.At - b.At) }) {
			t.Fatalf("%v beside %v gave %v", bought, market, got)
		}
	})
}

// windows hands a list over in parts.
type windows struct {
	list []models.CapacityChange
	size int
}

func (w *windows) Next() (models.Capacity, error) {
	n := min(w.size, len(w.list))
	part := w.list[:n]
	w.list = w.list[n:]
	if n == 0 {
		return (&once{done: true}).Next()
	}
	return models.Capacity{Changes: part}, nil
}

// Without a market and without jobs a policy of groups alone holds what it is told to.
func TestAScenarioMayOnlyBuy(t *testing.T) {
	s, err := ParseScenario("s.yaml", []byte(`
scenario: s
from: 2015-11-16T00:00:00Z
length: 1h
bought:
  - {pool: us-east-1a/m3.2xlarge, kind: spot, most: 9, prices: [{at: +0s, price: 0.1 USD/h}, {at: +30m, price: 7 USD/h}]}
  - {pool: us-east-1a/m3.2xlarge, kind: on-demand, most: 9}
policy: {policy: p, scaling: {groups: [{name: a, max: 3, desired: 3}]}, fallback: {max: 3, messages: {}}}
`))
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Build(nil)
	if err != nil {
		t.Fatal(err)
	}
	var events eventList
	play(t, b, policyOf(t, s), Options{Sink: &events})
	counts := map[models.EventKind]int{}
	for _, e := range events {
		counts[e.Kind]++
		if e.Kind == models.Yielding && (e.N != 120 || e.Cause != models.ByCloud) {
			t.Errorf("%+v", e)
		}
	}
	if counts[models.Launched] != 6 || counts[models.Yielding] != 3 || counts[models.Gone] != 3 {
		t.Errorf("%v: expected three spot instances, two minutes' notice of their end, and three on-demand ones after it", counts)
	}
}

// manyFiles has a price history of several pools: two that can be played, one whose prices begin late, one of a type that no list has.
type manyFiles struct{ priceFiles }

func (manyFiles) Prices(string) (*models.Prices, Notes, error) {
	at := func(zone, name string) models.PoolKey {
		return models.PoolKey{Region: "us-east-1", Zone: zone, Type: name}
	}
	p := &models.Prices{Pools: []models.PoolKey{at("us-east-1a", "m3.2xlarge"), at("us-east-1a", "m9.large"), at("us-east-1b", "m3.2xlarge"), at("us-east-1c", "m3.2xlarge")}}
	p.Changes = []models.PriceChange{{At: day - 9, Pool: 0, Price: 100_000}, {At: day, Pool: 1, Price: 5}, {At: day, Pool: 2, Price: 200_000},
		{At: day + 60, Pool: 3, Price: 5}, {At: day + 3600, Pool: 2, Price: 900_000}, {At: day + 86400, Pool: 0, Price: 6}}
	return p, Notes{Recorded: []string{"prices of four pools"}}, nil
}

// A pattern buys in every pool of the trace that it names and that can be played, each with its own prices and its type's on-demand
// price as its bid, and the notes say what it left out.
func TestAPatternStandsForThePoolsOfAPriceTrace(t *testing.T) {
	const head = "scenario: s\nfrom: 2013-11-16T00:00:00Z\nlength: 12h\nbought:\n"
	s, err := ParseScenario("s.yaml", []byte(head+`- {pool: "*/*", kind: spot, most: 5, price_trace: t}`+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Build(manyFiles{})
	if err != nil {
		t.Fatal(err)
	}
	if len(b.World.Pools) != 2 || b.World.Pools[0].Name() != "us-east-1a/m3.2xlarge" || b.World.Pools[1].Name() != "us-east-1b/m3.2xlarge" || b.World.Pools[1].Kind != models.Spot {
		t.Errorf("pools %+v", b.World.Pools)
	}
	if prices := b.World.SpotPrices; len(prices) != 2 || len(prices[0]) != 2 || prices[1][1].Price != 900_000 {
		t.Errorf("prices %v", prices)
	}
	in, err := b.Inputs()
	if err != nil {
		t.Fatal(err)
	}
	want := []models.CapacityChange{{At: day, Pool: 0, Reserved: 5}, {At: day, Pool: 1, Reserved: 5}, {At: day + 3600, Pool: 1}, {At: day + 43200, Pool: 0}}
	if got, err := in.Capacity.Next(); err != nil || !slices.Equal(got.Changes, want) {
		t.Errorf("%v, %v: expected %v", got.Changes, err, want)
	}
	notes := strings.Join(b.Notes.Assumed, "\n")
	for _, text := range []string{"of t are left out, for want of a rating or of a list price: m9.large", "of t are left out, since their prices begin later than the scenario: us-east-1c/m3.2xlarge"} {
		if !strings.Contains(notes, text) {
			t.Errorf("the notes do not say %q:\n%s", text, notes)
		}
	}
	for text, want := range map[string]string{
		`{pool: "*/*", kind: spot, most: 5, drawn: {}}`:                                 "a pattern: expected a price_trace",
		`{pool: "*/*", kind: on-demand, most: 5}`:                                       "a pattern: expected a price_trace",
		`{pool: "*/*", kind: spot, most: 5, price_trace: t, bid: 1 USD/h}`:              "expected neither bid nor on_demand",
		`{pool: "*", kind: spot, most: 5, price_trace: t}`:                              `pool is "*": expected pools as zone/type`,
		`{pool: "eu*/*", kind: spot, most: 5, price_trace: t}`:                          "t has no such pool: expected a pattern that names one such as us-east-1a/m3.2xlarge",
		`{pool: "*/m9.*", kind: spot, most: 5, price_trace: t}`:                         "of the 1 pools that it names in t no price list has the type, or their prices begin after the scenario",
		`{pool: us-east-1a/m3.2xlarge, kind: spot, most: 5, price_trace: t, drawn: {}}`: "expected only one of prices",
	} {
		s, err := ParseScenario("s.yaml", []byte(head+"- "+text+"\n"))
		if err == nil {
			_, err = s.Build(manyFiles{})
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, expected %q", text, err, want)
		}
	}
}
