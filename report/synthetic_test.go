package report

import (
	"math"

	"trough.internal/models"
	"trough.internal/models/random"
)

// synthetic is a made-up run, only to have something to draw: owners with a daily trough, a workload without pattern,
// borrowing that follows both, an overdraft each night, and an evacuation.
func synthetic(days int, types []string) *Series {
	from := models.Instant(1_444_003_200) // 2015-10-05, a Monday
	s := &Series{Title: "made up, policy follow", From: from, Until: from + models.Instant(days*86400), Regions: []string{"us-east-1"}}
	for _, zone := range []string{"us-east-1a", "us-east-1b", "us-east-1c"} {
		for _, name := range types {
			s.Pools = append(s.Pools, models.PoolKey{Region: "us-east-1", Zone: zone, Type: name})
		}
	}
	stream := random.New(3, "synthetic")
	last := map[[2]int]int64{}
	say := func(at models.Instant, series models.SeriesID, key int, value int64) {
		k := [2]int{int(series), key}
		if was, said := last[k]; !said || was != value {
			s.Rows = append(s.Rows, models.SeriesRow{At: at, Value: value, Key: int16(key), Series: series})
		}
		last[k] = value
	}
	load := 0.0
	borrowed := make([]int64, len(s.Pools))
	cost := make([]int64, len(s.Pools))
	for m := range days * 1440 {
		at := from + models.Instant(m*60)
		if stream.Float64(1, uint64(m)) < 1.0/300 {
			load += stream.Exp(2, uint64(m), 2.5)
		}
		load = max(0, load-0.003-load*0.002)
		wanted := min(1, load)
		hour := float64(m%1440) / 60
		idle := 0.62 + 0.3*math.Cos((hour-9)/24*2*math.Pi)
		if hour < 2 {
			idle = 0.15 // the nightly batch
		}
		evacuated := m > 2*1440+600 && m < 2*1440+780
		for p := range s.Pools {
			size := int64(300 + 220*(p%len(types)%4))
			use := size - int64(float64(size)*idle*(0.96+0.04*stream.Float64(uint64(10+p), uint64(m/7))))
			available := size - use
			target := int64(wanted * 0.85 * float64(available))
			if evacuated {
				target = 0
			}
			borrowed[p] += (target - borrowed[p]) / 3
			if target == 0 && borrowed[p] < 3 {
				borrowed[p] = 0
			}
			over := max(0, borrowed[p]-available)
			cost[p] += over * 23_333
			say(at, models.SeriesReserved, p, size)
			say(at, models.SeriesInUse, p, use)
			say(at, models.SeriesBorrowed, p, borrowed[p])
			say(at, models.SeriesOverdraft, p, over)
			say(at, models.SeriesCost, p, cost[p])
		}
		on := int64(0)
		if evacuated {
			on = 1
		}
		say(at, models.SeriesEvacuating, 0, on)
		burst := int64(load * 4000)
		say(at, models.SeriesQueued, 0, burst/9)
		say(at, models.SeriesQueued, 1, burst/3)
		say(at, models.SeriesQueued, 2, burst)
	}
	for d := range days {
		s.Spans = append(s.Spans, Span{From: from + models.Instant(d*86400+22*3600), Until: from + models.Instant((d+1)*86400+2*3600), Name: "curfew"})
	}
	return s
}

var fewTypes = []string{"c3.4xlarge", "m3.2xlarge", "r3.2xlarge", "r3.4xlarge", "r3.8xlarge"}
var manyTypes = []string{"c3.2xlarge", "c3.4xlarge", "c3.8xlarge", "c4.8xlarge", "d2.8xlarge", "g2.2xlarge", "i2.4xlarge",
	"m3.2xlarge", "m3.xlarge", "m4.10xlarge", "m4.4xlarge", "r3.2xlarge", "r3.4xlarge", "r3.8xlarge"}
