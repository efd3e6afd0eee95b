package bill_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"trough.internal/models"
	"trough.internal/models/billing"
	"trough.internal/report/bill"
)

// boughtPools: one of each kind, of which only the last two are bought.
var boughtPools = []models.Pool{
	{Zone: "us-east-1a", Type: "t", OnDemand: 9_000_000},
	{Zone: "us-east-1a", Type: "t", Kind: models.Spot, OnDemand: 1_000_000, Speed: 2500},
	{Zone: "us-east-1a", Type: "t", Kind: models.OnDemand, OnDemand: 1_000_000},
	{Zone: "us-east-1a", Type: "t", Kind: models.Base, OnDemand: 9_000_000},
}

func boughtRun(b *bill.Bought, instance models.InstanceID, pool models.PoolID, start, end models.Instant, cause models.Cause) {
	b.Event(models.Event{At: start, Kind: models.Launched, Instance: instance, Pool: pool})
	if end != models.Never {
		b.Event(models.Event{At: end, Kind: models.Gone, Instance: instance, Pool: pool, Cause: cause})
	}
}

// By hand: spot at 0.20 USD, from the second hour on 0.40; an instance-hour costs what held when it began.
func TestBoughtInstancesCostWhatTheirPoolsDo(t *testing.T) {
	prices := [][]models.PriceChange{nil, {{At: 0, Price: 200_000}, {At: 3600, Price: 400_000}}, nil, nil}
	for _, test := range []struct {
		name string
		rule billing.Rules
		want bill.BoughtSums
	}{
		{"by whole hours", hourly, bill.BoughtSums{Spot: 3600 + 7200 + 3600, SpotCost: 200_000 + 600_000 + 200_000, SpotList: 4_000_000, SpotNorm: 36_000_000, OnDemand: 3 * 3600, OnDemandCost: 3_000_000, List: 9_000_000}},
		{"by the second", seconds, bill.BoughtSums{Spot: 5400 + 5400 + 3600, SpotCost: 400_000 + 400_000 + 200_000, SpotList: 4_000_000, SpotNorm: 36_000_000, OnDemand: 5400 + 60, OnDemandCost: 1_516_667, List: 5_766_667}},
	} {
		b := bill.NewBought(bill.BoughtSetup{Pools: boughtPools, Prices: prices, Rules: test.rule})
		boughtRun(b, 0, 0, 0, 3600, models.NoCause)         // borrowed: another's bill
		boughtRun(b, 1, 3, 0, models.Never, models.NoCause) // base
		boughtRun(b, 2, 1, 0, 5400, models.ByCloud)         // spot, taken back after 1.5 hours
		boughtRun(b, 3, 1, 0, 5400, models.ByScaling)       // spot, ended
		boughtRun(b, 4, 1, 1800, models.Never, models.NoCause)
		boughtRun(b, 5, 1, 900, 1800, models.ByCloud) // taken back within its first hour: free
		boughtRun(b, 6, 2, 0, 5400, models.ByFallback)
		boughtRun(b, 7, 2, 100, 100, models.ByFallback) // gone at once
		got, err := b.Finish(5400)
		if err != nil {
			t.Fatal(err)
		}
		if got != test.want {
			t.Errorf("%s: %+v, expected %+v", test.name, got, test.want)
		}
	}
}

func TestASpotRunWithoutAPriceIsAnError(t *testing.T) {
	b := bill.NewBought(bill.BoughtSetup{Pools: boughtPools, Prices: make([][]models.PriceChange, 4), Rules: hourly})
	boughtRun(b, 0, 1, 0, 10, models.NoCause)
	if _, err := b.Finish(10); err == nil || !strings.Contains(err.Error(), "spot pool us-east-1a/t: the spot price at") {
		t.Error(err)
	}
}

// The bill of all is the sum of the bills of each, whatever their order.
func TestABoughtBillAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules := rapid.SampledFrom([]billing.Rules{hourly, seconds}).Draw(t, "rules")
		prices := [][]models.PriceChange{nil, {{At: 0, Price: 123_457}, {At: 5000, Price: 777_777}}, nil, nil}
		setup := bill.BoughtSetup{Pools: boughtPools, Prices: prices, Rules: rules}
		all, sum := bill.NewBought(setup), bill.BoughtSums{}
		for i := range rapid.IntRange(0, 8).Draw(t, "runs") {
			pool := models.PoolID(rapid.IntRange(1, 2).Draw(t, "pool"))
			start := models.Instant(rapid.IntRange(0, 9000).Draw(t, "start"))
			end := rapid.SampledFrom([]models.Instant{start, start + 1, start + 59, start + 3600, start + 8000, models.Never}).Draw(t, "end")
			cause := rapid.SampledFrom([]models.Cause{models.ByCloud, models.ByScaling}).Draw(t, "cause")
			one := bill.NewBought(setup)
			boughtRun(all, models.InstanceID(i), pool, start, end, cause)
			boughtRun(one, models.InstanceID(i), pool, start, end, cause)
			s, err := one.Finish(20000)
			if err != nil {
				t.Fatal(err)
			}
			sum = bill.BoughtSums{Spot: sum.Spot + s.Spot, SpotCost: sum.SpotCost + s.SpotCost, SpotList: sum.SpotList + s.SpotList, SpotNorm: sum.SpotNorm + s.SpotNorm, OnDemand: sum.OnDemand + s.OnDemand,
				OnDemandCost: sum.OnDemandCost + s.OnDemandCost, List: sum.List + s.List}
			if pool == 2 && s.Cost() != s.List || s.Spot > 0 && s.OnDemand > 0 {
				t.Fatalf("%+v", s)
			}
		}
		if got, err := all.Finish(20000); err != nil || got != sum {
			t.Fatalf("%+v, %v: the single ones add up to %+v", got, err, sum)
		}
	})
}
