// Package autoscale models how many instances an autoscaled service runs, from the requests it gets: a predictive part that
// plans ahead and a reactive part on top of it, as Netflix ran Scryer together with Amazon Auto Scaling.
//
// Sources: "Scryer: Netflix's Predictive Auto Scaling Engine" and its part 2 (Netflix Technology Blog, November and December
// 2013): the plan comes from the history of the same times, is made ahead of need by the time that an instance takes to start,
// in few and large steps, and the reactive engine stays as the safety net. Amazon EC2 Auto Scaling's documentation: a cooldown of 300
// seconds unless stated; target tracking's alarms look at 3 minutes to grow and 15 to shrink, and shrink only below 90 % of the
// target (the last two from memory). Scryer's own forecasts (linear regression, Fourier transform) are not rebuilt: the mean
// of the same minute one and two weeks ago, or one day ago where there is less history, stands for them.
package autoscale

import (
	"fmt"
	"math"
	"time"

	"trough.internal/models/settings"
)

// Settings are what a group of instances is scaled by. Requests are per minute.
type Settings struct {
	RequestsPerInstance float64        `set:"requests_per_instance" default:"1000" min:"0.000001" unit:"requests per minute" doc:"what a fully used instance serves"`
	Target              settings.Share `set:"target" default:"60%" min:"1%" max:"100%" doc:"share of that at which the group is held"`
	Min                 int32          `set:"min" default:"3" min:"0" unit:"instances" doc:"fewest"`
	Max                 int32          `set:"max" default:"1000000" min:"1" unit:"instances" doc:"most"`

	Plan   bool           `set:"plan" default:"true" doc:"whether a predictive part sets the fewest instances, ahead of need"`
	Lead   time.Duration  `set:"lead" default:"20m" min:"0s" max:"6h" doc:"how long before need the plan is carried out: start and warm-up"`
	Every  time.Duration  `set:"every" default:"15m" min:"1m" max:"6h" doc:"how long a step of the plan lasts: few steps, each for the peak within it"`
	Smooth time.Duration  `set:"smooth" default:"15m" min:"0s" max:"6h" doc:"half of the window over which the history is averaged"`
	Share  settings.Share `set:"plan_share" default:"95%" min:"0%" doc:"how much of the forecast need the plan covers; the reactive part adds the rest"`

	Up         time.Duration  `set:"up" default:"3m" min:"1m" doc:"for how long the load must be above the target before the group grows"`
	Down       time.Duration  `set:"down" default:"15m" min:"1m" doc:"for how long it must be well below before the group shrinks"`
	DownBelow  settings.Share `set:"down_below" default:"90%" min:"1%" max:"100%" doc:"share of the target that counts as well below"`
	UpCooldown time.Duration  `set:"up_cooldown" default:"5m" min:"0s" doc:"pause after growing"`
	DownCool   time.Duration  `set:"down_cooldown" default:"5m" min:"0s" doc:"pause after shrinking"`
	UpStep     settings.Share `set:"up_step" default:"30%" min:"1%" doc:"most that the group grows at once, in parts of itself; at least one instance"`
	DownStep   settings.Share `set:"down_step" default:"10%" min:"1%" max:"100%" doc:"most that it shrinks at once, in parts of itself; at least one instance"`
	Boot       time.Duration  `set:"boot" default:"5m" min:"0s" doc:"until a launched instance serves: it counts as running from the launch"`
}

// Check is called after settings were read.
func (s *Settings) Check() error {
	if s.Min > s.Max {
		return fmt.Errorf("min is %d and max is %d: expected at most as many", s.Min, s.Max)
	}
	return nil
}

// Instances returns how many instances run in each minute of requests (per minute) from the minute from on. What is before
// it is history that only the plan uses. Settings must have been checked.
func (s *Settings) Instances(requests []float64, from int) []int32 {
	plan := s.plan(requests, from)
	out := make([]int32, max(0, len(requests)-from))
	g := group{Settings: s, high: math.MinInt32, low: math.MinInt32}
	for i := range out {
		now := from + i
		floor := s.clamp(float64(plan[i]))
		if i == 0 {
			g.size, g.ready = max(floor, s.need(requests[now])), max(floor, s.need(requests[now]))
		}
		g.step(i, requests[now], floor)
		out[i] = g.size
		g.ready = readyBy(out[:i+1], minutes(s.Boot))
	}
	return out
}

// need is how many instances serve so many requests at the target.
func (s *Settings) need(requests float64) int32 {
	return s.clamp(requests / (s.RequestsPerInstance * float64(s.Target)))
}

func (s *Settings) clamp(n float64) int32 {
	return int32(math.Min(math.Max(math.Ceil(n-1e-9), float64(s.Min)), float64(s.Max)))
}

// readyBy is how many of the instances that run now have also run all of the minutes before.
func readyBy(sizes []int32, boot int) int32 {
	least := sizes[len(sizes)-1]
	for i := max(0, len(sizes)-1-boot); i < len(sizes); i++ {
		least = min(least, sizes[i])
	}
	return least
}

// group is the reactive part: target tracking with alarms, cooldowns and bounded steps.
type group struct {
	*Settings
	size  int32 // launched
	ready int32 // of them, those that serve
	above int   // minutes for which the load has been above the target
	below int   // minutes for which it has been well below
	high  int   // minute of the last growth
	low   int   // minute of the last shrinking
	peak  float64
}

func (g *group) step(now int, requests float64, floor int32) {
	load := requests / (g.RequestsPerInstance * float64(max(g.ready, 1)))
	g.count(load, requests)
	switch {
	case g.above >= minutes(g.Up) && now-g.high >= minutes(g.UpCooldown):
		g.grow(now, g.need(requests))
	case g.below >= minutes(g.Down) && now-g.low >= minutes(g.DownCool) && now-g.high >= minutes(g.UpCooldown):
		g.shrink(now, max(g.need(g.peak), floor))
	}
	if floor > g.size {
		g.size, g.high = floor, now // the plan raises the least size; nothing holds it back
	}
}

func (g *group) count(load, requests float64) {
	target := float64(g.Target)
	switch {
	case load > target:
		g.above, g.below = g.above+1, 0
	case load < target*float64(g.DownBelow):
		if g.below == 0 {
			g.peak = 0
		}
		g.above, g.below = 0, g.below+1
		g.peak = math.Max(g.peak*0.98, requests) // the highest of late: one quiet minute does not shrink a group
	default:
		g.above, g.below = 0, 0
	}
}

func (g *group) grow(now int, want int32) {
	most := g.size + max(1, int32(float64(g.size)*float64(g.UpStep)))
	if want = min(want, most, g.Max); want > g.size {
		g.size, g.high = want, now
	}
}

func (g *group) shrink(now int, want int32) {
	least := g.size - max(1, int32(float64(g.size)*float64(g.DownStep)))
	if want = max(want, least, g.Min); want < g.size {
		g.size, g.low = want, now
	}
}

func minutes(d time.Duration) int { return int(d / time.Minute) }
