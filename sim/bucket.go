package sim

import (
	"math"

	"trough.internal/models/random"
)

// Bucket is an API's token bucket: Burst calls at once, then Rate a second. The zero value has no limit.
//
// EC2's RunInstances and TerminateInstances resource buckets hold 1,000 and refill at 2 a second today; what held
// in 2015 is not published.
type Bucket struct {
	Burst int32
	Rate  float64
}

// tokens grants calls in order. It keeps the theoretical arrival time of the generic cell rate algorithm in
// microseconds, so that a call learns at once when it will be let through and no queue is needed.
type tokens struct {
	interval int64 // microseconds a token; 0 is no limit
	slack    int64 // microseconds that a full bucket is ahead
	arrival  int64
}

func newTokens(b Bucket) tokens {
	if b.Rate <= 0 {
		return tokens{}
	}
	interval := int64(1e6 / b.Rate)
	return tokens{interval: interval, slack: interval * int64(max(b.Burst, 1)-1)}
}

// take returns the second, now or later, at which one call is let through.
func (t *tokens) take(now tick) tick {
	if t.interval == 0 {
		return now
	}
	at := int64(now) * 1e6
	t.arrival = max(t.arrival, at)
	granted := max(at, t.arrival-t.slack)
	t.arrival += t.interval
	return tick((granted + 1e6 - 1) / 1e6)
}

// Delay is how long something takes: lognormal, given by its median and 95th percentile, cut at Most (0 is no cut).
// A zero median takes no time.
type Delay struct {
	Median, P95, Most int32 // seconds
}

// quantile95 is the standard normal's 95th percentile.
const quantile95 = 1.6448536269514722

// Shortest is the shortest delay that can be drawn, in seconds.
func (d Delay) Shortest() int32 { return d.at(random.NormalLeast()) }

// draw returns a delay's draw for an entity, in whole seconds.
func (d Delay) draw(luck random.Stream, entity uint64) tick { return d.at(luck.Normal(entity, 0)) }

// at is the delay so many standard deviations above its median, in whole seconds.
func (d Delay) at(deviations float64) tick {
	if d.Median == 0 {
		return 0
	}
	sigma := 0.0
	if d.P95 > d.Median {
		sigma = math.Log(float64(d.P95)/float64(d.Median)) / quantile95
	}
	s := math.Round(float64(d.Median) * math.Exp(sigma*deviations))
	if d.Most > 0 {
		s = min(s, float64(d.Most))
	}
	return tick(min(s, 1<<30))
}
