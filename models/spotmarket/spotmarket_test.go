package spotmarket

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"trough.internal/models"
	"trough.internal/models/random"
)

func at(price models.MicroUSDPerHour, from models.Instant) models.PriceChange {
	return models.PriceChange{At: from, Price: price}
}

func TestABidHasCapacityWhileThePriceIsNotAboveIt(t *testing.T) {
	prices := []models.PriceChange{at(5, 0), at(10, 100), at(11, 200), at(10, 300), at(3, 400), at(50, 500), at(1, 500), at(20, 600)}
	for _, test := range []struct {
		name        string
		bid         models.MicroUSDPerHour
		from, until models.Instant
		want        []Span
	}{
		{"equal is enough", 10, 0, 1000, []Span{{0, 200}, {300, 600}}},
		{"the last price at an instant holds", 3, 0, 1000, []Span{{400, 600}}},
		{"within a scenario", 10, 150, 350, []Span{{150, 200}, {300, 350}}},
		{"what was before holds", 5, 50, 90, []Span{{50, 90}}},
		{"never", 0, 0, 1000, nil},
		{"always", 50, 0, 1000, []Span{{0, 1000}}},
	} {
		got, err := Bid(prices, test.bid, test.from, test.until)
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, %v: expected %v", test.name, got, err, test.want)
		}
	}
}

// The plain old way: ask for every second.
func TestABidIsOpenInJustTheSecondsInWhichThePriceIsNotAboveIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		prices, now := []models.PriceChange{at(models.MicroUSDPerHour(rapid.IntRange(0, 5).Draw(t, "price")), 0)}, models.Instant(0)
		for range rapid.IntRange(0, 8).Draw(t, "changes") {
			now += models.Instant(rapid.IntRange(0, 5).Draw(t, "pause"))
			prices = append(prices, at(models.MicroUSDPerHour(rapid.IntRange(0, 5).Draw(t, "price")), now))
		}
		bid := models.MicroUSDPerHour(rapid.IntRange(0, 5).Draw(t, "bid"))
		from := models.Instant(rapid.IntRange(0, 10).Draw(t, "from"))
		until := from + models.Instant(rapid.IntRange(1, 40).Draw(t, "length"))
		spans, err := Bid(prices, bid, from, until)
		if err != nil {
			t.Fatal(err)
		}
		changes := Capacity(3, 7, spans, from)
		for second := from; second < until; second++ {
			price := models.MicroUSDPerHour(-1)
			for _, c := range prices {
				if c.At <= second {
					price = c.Price
				}
			}
			can := int32(-1)
			for _, c := range changes {
				if c.At <= second {
					can = c.Reserved
				}
			}
			if want := map[bool]int32{true: 7, false: 0}[price <= bid]; can != want {
				t.Fatalf("second %d: price %d, bid %d: %d can be had, expected %d", second, price, bid, can, want)
			}
		}
	})
}

func TestWhatABidCannotStandOnIsAnError(t *testing.T) {
	if _, err := Bid(nil, 1_000_000, 0, 10); err == nil || err.Error() != "a bid of 1 USD/h in a market without prices" {
		t.Error(err)
	}
	if _, err := Bid([]models.PriceChange{at(1, 5)}, 1, 0, 10); err == nil || !strings.Contains(err.Error(), "begins 1970-01-01T00:00:05Z: expected it to begin by 1970-01-01T00:00:00Z") {
		t.Error(err)
	}
	history := &models.Prices{Changes: []models.PriceChange{at(1, 0), at(2, 99)}}
	if err := Covers(history, 100); err == nil || !strings.Contains(err.Error(), "ends 1970-01-01T00:01:39Z, before the scenario") {
		t.Error(err)
	}
	if err := Covers(history, 99); err != nil {
		t.Error(err)
	}
	if Covers(&models.Prices{}, 0) == nil {
		t.Error("an empty history is none")
	}
}

func TestNoticeIsGivenSince2015(t *testing.T) {
	for text, want := range map[string]time.Duration{"2013-11-16T00:00:00Z": 0, "2015-01-04T23:59:59Z": 0, "2015-01-05T00:00:00Z": 2 * time.Minute} {
		var day models.Instant
		if err := day.UnmarshalText([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if got := Notice(day); got != want {
			t.Errorf("%s: %s, expected %s", text, got, want)
		}
	}
}

func TestWhatNobodySawOfferedCannotBeHad(t *testing.T) {
	recorded := []models.CapacityChange{{At: 0, Reserved: 16, InUse: 10}, {At: 60, Reserved: 16, InUse: models.Unknown}, {At: 120, Reserved: 16, InUse: 0}, {At: 180, Reserved: 16, InUse: 2}}
	got := FromAvailable(recorded, 2, 12, 30)
	want := []models.CapacityChange{{At: 30, Pool: 2, Reserved: 6}, {At: 60, Pool: 2}, {At: 120, Pool: 2, Reserved: 12}}
	if !slices.Equal(got, want) {
		t.Errorf("%v, expected %v", got, want)
	}
	if got := FromAvailable(recorded, 2, 12, 0); got[0] != (models.CapacityChange{Pool: 2, Reserved: 6}) || len(got) != 3 {
		t.Errorf("%v: expected one change at the beginning", got)
	}
}

func TestPricesAreThoseOfThePool(t *testing.T) {
	a, b := models.PoolKey{Zone: "a"}, models.PoolKey{Zone: "b"}
	p := &models.Prices{Pools: []models.PoolKey{a, b}, Changes: []models.PriceChange{{At: 1, Pool: 1, Price: 7}, {At: 2, Price: 8}}}
	if got := Of(p, b); len(got) != 1 || got[0].Price != 7 {
		t.Errorf("%v", got)
	}
	if got := Of(p, models.PoolKey{Zone: "c"}); got != nil {
		t.Errorf("%v in a zone without prices", got)
	}
}

// Of many pools over a month, about the class's part meets an interruption.
func TestAClassInterruptsItsPartOfPoolsWithinAMonth(t *testing.T) {
	const pools = 4000
	for class := range Classes {
		met := 0
		for seed := range uint64(pools) {
			spans := class.Spans(random.New(seed, "interruption"), time.Hour, 0, 30*86400)
			if spans[0].Until < 30*86400 {
				met++
			}
			for i := 1; i < len(spans); i++ {
				if spans[i].From-spans[i-1].Until < 3600 || spans[i].From >= spans[i].Until {
					t.Fatalf("%s: %v", class, spans)
				}
			}
		}
		if got, want := float64(met)/pools, classRates[class]; got < want-0.02 || got > want+0.02 {
			t.Errorf("%s: %.3f of the pools, expected about %.3f", class, got, want)
		}
	}
}

func TestAClassIsReadAsItIsWritten(t *testing.T) {
	for class := range Classes {
		text, _ := class.MarshalText()
		var again Class
		if err := again.UnmarshalText(text); err != nil || again != class {
			t.Errorf("%s: %v, %v", text, again, err)
		}
	}
	if new(Class).UnmarshalText([]byte("30%")) == nil {
		t.Error("30% is no class")
	}
}
