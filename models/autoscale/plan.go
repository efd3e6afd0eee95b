package autoscale

import "math"

const (
	dayMinutes  = 24 * 60
	weekMinutes = 7 * dayMinutes
)

// plan is the predictive part: the least size for each minute from the minute from on. It sees of the requests only what
// is at least a lead and a step old at the time it speaks of.
func (s *Settings) plan(requests []float64, from int) []int32 {
	plan := make([]int32, max(0, len(requests)-from))
	if !s.Plan {
		return plan
	}
	smooth := smoothed(requests, minutes(s.Smooth))
	every, lead := minutes(s.Every), minutes(s.Lead)
	for begin := 0; begin < len(plan); begin += every {
		peak := 0.0
		for m := from + begin; m < from+begin+every+lead; m++ {
			peak = math.Max(peak, forecast(smooth, m))
		}
		need := s.need(peak * float64(s.Share))
		for i := begin; i < min(begin+every, len(plan)); i++ {
			plan[i] = need
		}
	}
	return plan
}

// forecast is the mean of the same minute one and two weeks ago; with less history of one week ago, or of yesterday; without any
// it is nothing, and the reactive part is alone. Everything that it looks at is a day old or older, and Smooth and Lead are hours at most.
func forecast(smooth []float64, minute int) float64 {
	sum, n := 0.0, 0
	for _, back := range [...]int{weekMinutes, 2 * weekMinutes} {
		if at := minute - back; at >= 0 && at < len(smooth) {
			sum, n = sum+smooth[at], n+1
		}
	}
	if n > 0 {
		return sum / float64(n)
	}
	if at := minute - dayMinutes; at >= 0 && at < len(smooth) {
		return smooth[at]
	}
	return 0
}

// smoothed is the mean over half minutes to both sides, or what there is of them.
func smoothed(values []float64, half int) []float64 {
	sums := make([]float64, len(values)+1)
	for i, v := range values {
		sums[i+1] = sums[i] + v
	}
	out := make([]float64, len(values))
	for i := range values {
		low, high := max(0, i-half), min(len(values), i+half+1)
		out[i] = (sums[high] - sums[low]) / float64(high-low)
	}
	return out
}

// PerMinute draws straight lines between values that are the totals of steps of so many minutes, so that each minute has
// its own. The first value stands in the middle of its step.
func PerMinute(totals []float64, step int) []float64 {
	out := make([]float64, len(totals)*step)
	for i := range out {
		at := (float64(i)+0.5)/float64(step) - 0.5 // in steps, from the middle of the first
		low := int(math.Floor(at))
		part := at - float64(low)
		a, b := totals[clampIndex(low, len(totals))], totals[clampIndex(low+1, len(totals))]
		out[i] = (a + (b-a)*part) / float64(step)
	}
	return out
}

func clampIndex(i, n int) int { return min(max(i, 0), n-1) }
