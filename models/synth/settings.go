package synth

import (
	"fmt"
	"slices"
	"time"

	"trough.internal/models/settings"
	"trough.internal/models/zoneinfo"
)

// Settings are the parameters of a synthetic market, in a step of one minute: of one region, or of several that are alike but
// for name, zones, local time and size.
//
// What is published (Netflix, 2015): over 15 % of the footprint autoscales; at its daily peak, over 12,000 reserved
// instances are unused; a precompute cluster works from midnight to 11:00 and leaves over 1,500 r3.4xlarge unused in
// the afternoon and evening; pools of very different sizes. All else is assumed. Note that the article does not say of how
// many regions the 12,000 are; here they are of one.
type Settings struct {
	Region     string     `set:"region" default:"us-east-1" doc:"name of the region"`
	Zones      []string   `set:"zones" default:"a, c, d" doc:"letters of the zones"`
	TimeZone   string     `set:"time_zone" default:"America/New_York" doc:"local time of demand, precompute and office hours"`
	Regions    []Region   `set:"regions" doc:"in place of region, zones and time_zone: several regions, each with all the rest of the market by itself and with luck of its own, but for the failover, which is in the first one only"`
	Scale      float64    `set:"scale" default:"1" min:"0.001" max:"100" unit:"times" doc:"factor on all counts of instances"`
	Types      []Type     `set:"types" doc:"what is reserved; none stands for sixteen built-in types, see DefaultTypes"`
	Demand     Demand     `set:"demand" doc:"the customers' day, which autoscaling services follow"`
	Precompute Precompute `set:"precompute" doc:"a nightly cluster"`
	Noise      Noise      `set:"noise" doc:"what wavers"`
	Surges     Surges     `set:"surges" doc:"unplanned use by other accounts"`
	Deploys    Deploys    `set:"deploys" doc:"red/black: a service runs twice while its next version takes over"`
	Failover   Failover   `set:"failover" doc:"another region's customers come here"`
}

// Region is one of several regions. Its trough comes by its own local time.
type Region struct {
	Name     string   `set:"name" required:"true" doc:"name of the region"`
	Zones    []string `set:"zones" default:"a, b, c" doc:"letters of the zones"`
	TimeZone string   `set:"time_zone" required:"true" doc:"local time of demand, precompute and office hours"`
	Scale    float64  `set:"scale" default:"1" min:"0.001" max:"100" unit:"times" doc:"its size: a factor beside the market's"`
}

// Type is what is reserved of one instance type in all zones together, and what for.
type Type struct {
	Name       string         `set:"name" required:"true" doc:"instance type"`
	Reserved   int            `set:"reserved" required:"true" min:"0" max:"1000000" unit:"instances" doc:"in all zones together"`
	Autoscales settings.Share `set:"autoscales" default:"0%" min:"0%" max:"100%" doc:"share of reserved for autoscaling services at the day's peak"`
	Spare      settings.Share `set:"spare" default:"3%" min:"0%" max:"100%" doc:"share of reserved that is unused even then"`
}

// Demand is a day of two half cosines, a slow rise and a faster fall.
type Demand struct {
	PeakAt     time.Duration  `set:"peak_at" default:"20h30m" min:"0s" max:"23h59m" doc:"local time of the day's peak"`
	TroughAt   time.Duration  `set:"trough_at" default:"4h30m" min:"0s" max:"23h59m" doc:"local time of the day's trough"`
	Trough     settings.Share `set:"trough" default:"33%" min:"0%" max:"100%" doc:"demand at the trough over that at the peak"`
	Weekend    settings.Share `set:"weekend" default:"2%" min:"-90%" max:"100%" doc:"more on Saturday and Sunday"`
	DayToDay   settings.Share `set:"day_to_day" default:"1.5%" min:"0%" max:"100%" doc:"deviation from day to day"`
	PhaseShift time.Duration  `set:"phase_shift" default:"25m" min:"0s" max:"6h" doc:"deviation of a service's peak from the market's"`
	Service    int            `set:"service" default:"60" min:"1" max:"100000" unit:"instances" doc:"mean size of an autoscaling service at the peak; sizes are lognormal with a deviation of 0.8"`
}

// Precompute is a cluster that starts at midnight and must be done by a time.
type Precompute struct {
	Type      string         `set:"type" default:"r3.4xlarge" doc:"its instance type; must be one of types unless instances is 0"`
	Instances int            `set:"instances" default:"2100" min:"0" max:"1000000" unit:"instances" doc:"its size; 0 is no such cluster"`
	From      time.Duration  `set:"from" default:"0s" min:"0s" max:"23h59m" doc:"local time at which it starts"`
	Until     time.Duration  `set:"until" default:"11h" min:"1m" max:"24h" doc:"local time by which it is gone; after from"`
	Rise      time.Duration  `set:"rise" default:"10m" min:"1m" max:"6h" doc:"time to its full size"`
	Fall      time.Duration  `set:"fall" default:"40m" min:"1m" max:"6h" doc:"time from the first instance without work to the last"`
	Early     time.Duration  `set:"early" default:"15m" min:"0s" max:"6h" doc:"how much earlier than until it is gone on average; exponential, at most four times this"`
	DayToDay  settings.Share `set:"day_to_day" default:"2%" min:"0%" max:"20%" doc:"how much smaller than its size it is on average; exponential, at most four times this"`
}

// Noise is what wavers without an event.
type Noise struct {
	Service settings.Share `set:"service" default:"2%" min:"0%" max:"50%" doc:"deviation of an autoscaling service's size; new every ten minutes, and a line in between"`
	Drift   settings.Share `set:"drift" default:"0.2%" min:"0%" max:"10%" doc:"deviation of what does not autoscale; new every six hours, and a line in between"`
	Jitter  float64        `set:"jitter" default:"1.5" min:"0" max:"1000" unit:"instances" doc:"deviation in a pool of 1000 in use, new every minute; grows as the root of use"`
}

// Surges are a Poisson process; each is in one pool or in all zones of a type, chosen by size.
type Surges struct {
	PerDay  float64        `set:"per_day" default:"8" min:"0" max:"1000" unit:"surges" doc:"mean number"`
	SizeMin float64        `set:"size_min" default:"20" min:"1" max:"100000" unit:"instances" doc:"smallest"`
	SizeMax float64        `set:"size_max" default:"400" min:"1" max:"100000" unit:"instances" doc:"largest; the logarithm is even between, and a pool gets at most half its reservation"`
	OnePool settings.Share `set:"one_pool" default:"60%" min:"0%" max:"100%" doc:"share in one pool only"`
	Length  time.Duration  `set:"length" default:"30m" min:"1m" max:"24h" doc:"median length; the deviation of the logarithm is 0.5, at most eight times this"`
	Rise    time.Duration  `set:"rise" default:"4m" min:"0s" max:"6h" doc:"time to the full size"`
	Fall    time.Duration  `set:"fall" default:"6m" min:"0s" max:"6h" doc:"time from the full size to none"`
}

// Deploys are a Poisson process in office hours, Monday to Friday.
type Deploys struct {
	PerDay float64       `set:"per_day" default:"40" min:"0" max:"10000" unit:"deploys" doc:"mean number on a weekday"`
	From   time.Duration `set:"from" default:"9h" min:"0s" max:"23h59m" doc:"local time of the first"`
	Until  time.Duration `set:"until" default:"17h" min:"1m" max:"24h" doc:"local time of the last"`
	Size   float64       `set:"size" default:"30" min:"1" max:"100000" unit:"instances" doc:"median size of the service; the deviation of the logarithm is 1, at most a twentieth of the type's reservation"`
	Length time.Duration `set:"length" default:"1h" min:"1m" max:"24h" doc:"median time for which both run; the deviation of the logarithm is 0.3, at most eight times this"`
}

// Failover is one in the whole market. It takes the services' surge beyond what is reserved.
type Failover struct {
	At          time.Duration  `set:"at" default:"10d19h" min:"0s" max:"36500d" doc:"when it begins, from the market's beginning on"`
	More        settings.Share `set:"more" default:"90%" min:"0%" max:"1000%" doc:"how much more the autoscaling services run; 0% is no failover"`
	Rise        time.Duration  `set:"rise" default:"6m" min:"1m" max:"6h" doc:"time until they do"`
	Fall        time.Duration  `set:"fall" default:"20m" min:"1m" max:"6h" doc:"time in which the customers go home, before its end"`
	Length      time.Duration  `set:"length" default:"80m" min:"1m" max:"10d" doc:"from beginning to end; at least rise and fall"`
	SwitchAfter time.Duration  `set:"switch_after" default:"4m" min:"0s" max:"10d" doc:"when evacuation is switched on, from its beginning on; it is switched off at its end"`
}

// DefaultTypes are the types of a market that names none: 48 pools in three zones, 78,600 instances, 18.6 % of them for
// autoscaling services. The types are of 2015; the counts are made up.
func DefaultTypes() []Type {
	return []Type{
		{"r3.4xlarge", 7200, 0.03, 0.01},
		{"r3.8xlarge", 2100, 0.08, 0.02},
		{"r3.2xlarge", 5400, 0.12, 0.03},
		{"r3.xlarge", 4200, 0.20, 0.05},
		{"m3.2xlarge", 9000, 0.24, 0.04},
		{"m3.xlarge", 12000, 0.26, 0.05},
		{"m4.4xlarge", 3600, 0.18, 0.08},
		{"m4.2xlarge", 7500, 0.28, 0.06},
		{"m4.xlarge", 8400, 0.25, 0.04},
		{"c3.8xlarge", 1500, 0.10, 0.01},
		{"c3.4xlarge", 3300, 0.15, 0.02},
		{"c3.2xlarge", 6000, 0.22, 0.03},
		{"c4.8xlarge", 1200, 0.12, 0.06},
		{"c4.4xlarge", 2700, 0.20, 0.09},
		{"i2.4xlarge", 1500, 0, 0.03},
		{"i2.2xlarge", 3000, 0, 0.015},
	}
}

// Defaults are the settings of an empty section.
func Defaults() Settings {
	var s Settings
	settings.Defaults(&s)
	return s
}

// Check returns an error that says what does not fit together.
func (s *Settings) Check() error {
	for i, one := range s.each() {
		if err := one.checkRegion(); err != nil {
			return s.ofRegion(i, err)
		}
	}
	for i := range s.Regions {
		if slices.ContainsFunc(s.Regions[:i], func(r Region) bool { return r.Name == s.Regions[i].Name }) {
			return s.ofRegion(i, fmt.Errorf("name is %q, like that of another region: expected a name of its own", s.Regions[i].Name))
		}
	}
	switch {
	case s.Demand.PeakAt == s.Demand.TroughAt:
		return fmt.Errorf("demand: peak_at and trough_at are both %s: expected two times", s.Demand.PeakAt)
	case s.Precompute.Until < s.Precompute.From+s.Precompute.Rise+s.Precompute.Fall+4*s.Precompute.Early:
		return fmt.Errorf("precompute: until is %s: expected at least from, rise, fall and four times early together", s.Precompute.Until)
	case s.Surges.SizeMin > s.Surges.SizeMax:
		return fmt.Errorf("surges: size_min is %v: expected at most size_max, %v", s.Surges.SizeMin, s.Surges.SizeMax)
	case s.Deploys.From >= s.Deploys.Until:
		return fmt.Errorf("deploys: from is %s: expected less than until, %s", s.Deploys.From, s.Deploys.Until)
	case s.Failover.Length < s.Failover.Rise+s.Failover.Fall || s.Failover.Length < s.Failover.SwitchAfter:
		return fmt.Errorf("failover: length is %s: expected at least rise and fall together, and switch_after", s.Failover.Length)
	}
	return s.checkTypes()
}

// each are the settings of every region by itself, in the order in which they are listed.
func (s *Settings) each() []Settings {
	if len(s.Regions) == 0 {
		return []Settings{*s}
	}
	list := make([]Settings, len(s.Regions))
	for i, r := range s.Regions {
		one := *s
		one.Regions, one.Region, one.Zones, one.TimeZone = nil, r.Name, r.Zones, r.TimeZone
		one.Scale *= r.Scale
		if i > 0 {
			one.Failover.More = 0
		}
		list[i] = one
	}
	return list
}

// ofRegion says which of several regions an error is about.
func (s *Settings) ofRegion(i int, err error) error {
	if len(s.Regions) == 0 {
		return err
	}
	return fmt.Errorf("regions[%d]: %w", i, err)
}

func (s *Settings) checkRegion() error {
	if _, err := zoneinfo.Load(s.TimeZone); err != nil {
		return err
	}
	if s.Region == "" || len(s.Zones) == 0 {
		return fmt.Errorf("expected a region and at least one zone")
	}
	for i, z := range s.Zones {
		if len(z) != 1 || z < "a" || z > "z" || slices.Contains(s.Zones[:i], z) {
			return fmt.Errorf("zones: %q: expected different letters from a to z", z)
		}
	}
	return nil
}

func (s *Settings) checkTypes() error {
	types := s.types()
	found := s.Precompute.Instances == 0
	for i, t := range types {
		if slices.ContainsFunc(types[:i], func(o Type) bool { return o.Name == t.Name }) {
			return fmt.Errorf("types: %s was already given", t.Name)
		}
		rest := float64(t.Reserved) * (1 - float64(t.Autoscales) - float64(t.Spare))
		if t.Name == s.Precompute.Type {
			found = true
			rest -= float64(s.Precompute.Instances)
		}
		if rest < -1e-6 {
			return fmt.Errorf("types: %s: what autoscales, what is spare and the precompute cluster are more than is reserved", t.Name)
		}
	}
	if !found {
		return fmt.Errorf("precompute: type is %q: expected one of types", s.Precompute.Type)
	}
	return nil
}

func (s *Settings) types() []Type {
	if len(s.Types) == 0 {
		return DefaultTypes()
	}
	return s.Types
}
