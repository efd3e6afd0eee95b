package main

import (
	"context"
	"math"
	"os"
	"testing"

	"trough.internal/models"
	"trough.internal/report/bill"
	"trough.internal/report/measure"
	"trough.internal/sim"
)

// What three regions of equal size bring, whatever the luck: about three times the pool, and more than that where one alone
// is short; more work done and shorter waits; overdraft that no region has most of.
func TestThreeRegionsAreThreeTimesThePool(t *testing.T) {
	if testing.Short() {
		t.Skip("whole runs of one goroutine, which the race detector makes fifteen times as long")
	}
	a := &app{out: os.Stdout, err: os.Stderr, quiet: true}
	r := crossRegion()
	v, err := r.measure(context.Background(), a, 3)
	if err != nil {
		t.Fatal(err)
	}
	if len(v) != len(r.figures) {
		t.Errorf("knows %v of %d figures", v, len(r.figures))
	}
	if got := v["pool_ratio"]; !(got > 2.8 && got < 3.2) || !(v["pool_ratio_hour_least"] > 2 && v["pool_ratio_hour_least"] < got) || !(v["pool_ratio_troughs"] > got) {
		t.Errorf("the pool is %v times that of one region, %v in the worst hour, and %v from trough to trough", got, v["pool_ratio_hour_least"], v["pool_ratio_troughs"])
	}
	if !(v["throughput_gain"] > v["throughput_gain_alone"]) || !(v["high_wait_p95"] < v["high_wait_p95_alone"]) {
		t.Errorf("three regions do no better than one: %v", v)
	}
	for _, suffix := range []string{"", "_home_first"} {
		sum, most := 0.0, 0.0
		for _, region := range crossRegions {
			share := v[overdraftShare(region)+suffix]
			sum, most = sum+share, max(most, share)
		}
		if math.Abs(sum-100) > 1e-9 || most != v["overdraft_share_most"+suffix] {
			t.Errorf("shares of the overdraft add up to %v, the largest is %v: %v", sum, most, v)
		}
	}
	if !(v["overdraft_share_most"] < 50) || !(v["moved_share_home_first"] < v["moved_share"]) {
		t.Errorf("overdraft is concentrated, or home first moves more: %v", v)
	}
}

// The plain old way: every change is looked at for every minute of four clock hours of two small regions.
func TestPoolRatiosAreOfWhatIsUnused(t *testing.T) {
	s, err := sim.ParseScenario("s.yaml", []byte("scenario: s\nfrom: 2015-10-04T12:00:00Z\nlength: 4h\nencoding: {}\nmarket: {scale: 0.01, regions: [{name: us-east-1, zones: [a], time_zone: UTC}, {name: eu-west-1, zones: [a], time_zone: Asia/Tokyo}]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Build(nil)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	if err := poolRatios(b, values); err != nil {
		t.Fatal(err)
	}
	// Slowly: what is unused at every minute, by region and hour.
	in, err := b.Inputs()
	if err != nil {
		t.Fatal(err)
	}
	w, err := in.Capacity.Next()
	if err != nil {
		t.Fatal(err)
	}
	var hours [4][2]float64 // by hour: all, home
	for minute := range 240 {
		at := b.World.Start + models.Instant(60*minute)
		for p := range b.World.Pools {
			free := 0.0
			for _, c := range w.Changes {
				if int(c.Pool) == p && c.At <= at {
					free = max(0, float64(c.Reserved-c.InUse))
				}
			}
			hours[minute/60][0] += free
			if b.World.Pools[p].Region == "us-east-1" {
				hours[minute/60][1] += free
			}
		}
	}
	ratio, all, home, allLeast, homeLeast := math.Inf(1), 0.0, 0.0, math.Inf(1), math.Inf(1)
	for _, h := range hours {
		ratio, all, home = min(ratio, h[0]/h[1]), all+h[0], home+h[1]
		allLeast, homeLeast = min(allLeast, h[0]), min(homeLeast, h[1])
	}
	want := map[string]float64{"pool_ratio": all / home, "pool_ratio_hour_least": ratio, "pool_ratio_troughs": allLeast / homeLeast}
	for name, w := range want {
		if got := values[name]; math.Abs(got-w) > 1e-12 {
			t.Errorf("%s is %v, expected %v", name, got, w)
		}
	}
}

func TestOverdraftSharesAreOfTheBilledCost(t *testing.T) {
	p := &played{pools: []models.Pool{{Region: "us-east-1"}, {Region: "us-west-2"}, {Region: "us-east-1"}, {Region: "us-east-1", Kind: models.Base}}}
	p.result = measure.Result{Bill: bill.Result{Main: bill.ByTouched, Pools: make([][bill.Bases]bill.Sums, 3)}}
	for i, cost := range []models.MicroUSD{10, 60, 30} {
		p.result.Bill.Pools[i][bill.ByTouched].Cost = cost
		p.result.Bill.Pools[i][bill.ByBegun].Cost = 1000
	}
	values := map[string]float64{}
	shares(overdraftByRegion(p), "_x", values)
	if values["overdraft_share_us_east_1_x"] != 40 || values["overdraft_share_us_west_2_x"] != 60 || values["overdraft_share_eu_west_1_x"] != 0 || values["overdraft_share_most_x"] != 60 {
		t.Errorf("%v", values)
	}
	none := map[string]float64{}
	if shares(map[string]models.MicroUSD{}, "", none); len(none) != 0 {
		t.Errorf("shares of no overdraft: %v", none)
	}
}
