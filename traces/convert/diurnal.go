package convert

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"trough.internal/models"
	"trough.internal/models/autoscale"
	"trough.internal/models/settings"
	"trough.internal/traces"
)

// The modelled services of scenario recorded-diurnal: a company's fleets that follow the requests of recorded series.

// service is one modelled service. Its instances are spread evenly over the zones.
type service struct {
	name   string
	series string // nasa or taxi
	kind   string // EC2 type
	peak   int    // instances that the target asks for at the series' peak (the 99.9th percentile of minutes)
	later  int    // minutes by which its users come later: those of the west coast three hours
}

// services are made up: what a video service of 2015 may run at the edge, in the middle and behind, on three types that
// its encoding farm can use and two smaller ones, for users on both coasts.
var services = []service{
	{"edge east", "taxi", "m3.2xlarge", 2400, 0},
	{"edge west", "taxi", "m3.2xlarge", 2000, 180},
	{"api east", "taxi", "r3.4xlarge", 1800, 0},
	{"api west", "taxi", "r3.4xlarge", 1500, 180},
	{"playback", "taxi", "m4.4xlarge", 2200, 60},
	{"search", "nasa", "r3.2xlarge", 1400, 0},
	{"web", "nasa", "c4.4xlarge", 1600, 0},
	{"studio", "nasa", "r3.8xlarge", 500, 180},
	{"signup", "taxi", "c4.4xlarge", 900, 120},
}

// DiurnalOptions are the options of the modelled services.
type DiurnalOptions struct {
	Zones     []string           `set:"zones" default:"us-east-1a, us-east-1b, us-east-1c" doc:"zones over which each service is spread evenly"`
	Level     settings.Share     `set:"level" default:"102%" min:"0%" max:"10000%" doc:"reserved instances of a pool, as a share of its highest in-use count, rounded up"`
	Floor     settings.Share     `set:"floor" default:"20%" min:"0%" max:"100%" doc:"fewest instances of a service, as a share of what its peak asks for"`
	Size      float64            `set:"size" default:"1" min:"0.001" max:"1000" unit:"times" doc:"factor on the services' instances"`
	Start     models.Instant     `set:"from" default:"2015-10-05T00:00:00Z" doc:"when the trace begins"`
	Until     models.Instant     `set:"until" default:"2015-10-30T00:00:00Z" doc:"when the trace ends: the NASA series ends at 17:32 that day"`
	NASAWeeks int                `set:"nasa_weeks" default:"1057" unit:"weeks" doc:"how much later the NASA requests come: Monday 1995-07-03 on 2015-10-05"`
	TaxiWeeks int                `set:"taxi_weeks" default:"52" unit:"weeks" doc:"how much later the taxi passengers come: Monday 2014-10-06 on 2015-10-05"`
	Scaling   autoscale.Settings `set:"scaling" doc:"how the services are scaled"`
}

const (
	diurnalRecorded = "the requests per minute at the NASA Kennedy Space Center web server (July 1995) and the taxi passengers per half hour in New York (autumn 2014): their shape over the day and the week"
	diurnalAssumed  = "everything else: nine services that are made up in size, type and users' time zone, each following one of the two series, moved by whole weeks; taxi passengers between half hours on straight lines; " +
		"an autoscaler with a predictive and a reactive part (package models/autoscale), every service evenly over the zones; reserved is a constant level above each pool's peak."
)

// diurnal reads the two series and runs the services.
func diurnal(nasaIn, taxiIn string, o *DiurnalOptions) (*inUse, error) {
	days := 21 // of history, for the plan
	begin := o.Start - models.Instant(days)*86400
	n := int(o.Until-begin) / 60
	c := &conversion{format: &nasa, in: []string{nasaIn}}
	raw, err := c.readNASA()
	if err != nil {
		return nil, err
	}
	passengers, err := readCloudWatch(taxiIn)
	if err != nil {
		return nil, err
	}
	demand := map[string][]float64{}
	if demand["nasa"], err = minuteSeries(raw, o.NASAWeeks, 1, begin, n); err != nil {
		return nil, err
	}
	if demand["taxi"], err = minuteSeries(passengers, o.TaxiWeeks, 30, begin, n); err != nil {
		return nil, err
	}
	return runServices(demand, days*dayMinutes, o), nil
}

// runServices scales every service and spreads it over the zones. Demand by minute begins with so many minutes of history.
func runServices(demand map[string][]float64, history int, o *DiurnalOptions) *inUse {
	var kinds []string
	for _, s := range services {
		if !slices.Contains(kinds, s.kind) {
			kinds = append(kinds, s.kind)
		}
	}
	slices.Sort(kinds)
	minutes := len(demand["nasa"]) - history
	u := &inUse{from: o.Start, pools: poolsOf(o.Zones, kinds)}
	for range u.pools {
		u.values = append(u.values, make([]int32, minutes))
	}
	for turn, s := range services {
		requests := slices.Clone(demand[s.series])
		copy(requests[s.later:], demand[s.series])
		scaling := o.Scaling
		scaling.RequestsPerInstance = peakOf(requests[history:]) / (float64(s.peak) * o.Size * float64(scaling.Target))
		scaling.Min = max(scaling.Min, int32(float64(s.peak)*o.Size*float64(o.Floor)))
		kind, _ := slices.BinarySearch(kinds, s.kind)
		for m, size := range scaling.Instances(requests, history) {
			for z := range o.Zones {
				share := (int(size) + (z+turn)%len(o.Zones)) / len(o.Zones) // evenly: the shares differ by one at most, and add up
				u.values[z*len(kinds)+kind][m] += int32(share)
			}
		}
	}
	u.reserve(o.Level)
	return u
}

// peakOf is the 99.9th percentile: one hour in six weeks is above it.
func peakOf(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)*999/1000]
}

// minuteSeries is a series of totals of so many minutes as values by minute from begin, moved by weeks. Where it is
// missing, at the start, it repeats the day after; a hole holds the value before it.
func minuteSeries(s *series, weeks, step int, begin models.Instant, n int) ([]float64, error) {
	out := make([]float64, n)
	known := make([]bool, n)
	values := s.values
	if step > 1 {
		values = autoscale.PerMinute(values, step)
	}
	for i, at := range s.times {
		at += models.Instant(weeks) * week
		for k := range step {
			m := int(at-begin)/60 + k
			if at >= begin && m < n {
				out[m], known[m] = values[i*step+k], true
			}
		}
	}
	first := slices.Index(known, true)
	if first < 0 || !known[n-1] || first > n-2*dayMinutes {
		return nil, fmt.Errorf("%s: the series does not cover the span until %s", s.name, (begin + models.Instant(n)*60).String())
	}
	for m := first - 1; m >= 0; m-- {
		out[m] = out[m+dayMinutes]
	}
	for m := first + 1; m < n; m++ {
		if !known[m] {
			out[m] = out[m-1]
		}
	}
	if slices.Max(out) <= 0 || math.IsNaN(slices.Max(out)) {
		return nil, errors.New(s.name + ": no requests at all")
	}
	return out, nil
}

func diurnalMeta(o *DiurnalOptions) traces.Meta {
	parameters := ""
	for i, s := range services {
		if i > 0 {
			parameters += ", "
		}
		parameters += fmt.Sprintf("%s %d %s by %s %+d min", s.name, s.peak, s.kind, s.series, s.later)
	}
	return traces.Meta{Source: "nasa-http-1995: " + nasa.Source + "; nab-cloudwatch: " + cloudwatch.Source, Recorded: diurnalRecorded, Hold: 24 * time.Hour,
		Assumed: fmt.Sprintf("%s Parameters: %s; size %v, floor %s, level %s, target %s, lead %s, cooldowns %s and %s.", diurnalAssumed, parameters,
			o.Size, o.Floor, o.Level, o.Scaling.Target, o.Scaling.Lead, o.Scaling.UpCooldown, o.Scaling.DownCool)}
}
