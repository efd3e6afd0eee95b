package measure

import (
	"fmt"
	"math"

	"trough.internal/models"
)

// Optimum is what could have been reached by somebody who knew the future, in normalised hours: no policy's value is above Upper, and
// something reached Lower. Package sim/hindsight says how they come about.
type Optimum struct {
	Lower, Upper float64
}

// Value is a run's goodput on borrowed instances less ratio times its overdraft, in normalised hours; ratio is p/v, the price of an
// overdraft hour over the worth of a useful hour. What was borrowed while nobody knew the surplus counts as overdraft: unknown is
// not idle. Where ratio is infinite it is minus infinity for a run that overdrew at all.
func (r *Result) Value(ratio float64) float64 {
	goodput, overdraft := r.Frontier()
	if overdraft == 0 {
		return goodput
	}
	return goodput - ratio*overdraft
}

// Frontier is what a value weighs: the work of the jobs that completed on borrowed instances, and the instantaneous
// overdraft, what was borrowed while nobody knew the surplus included. Both are in normalised hours.
func (r *Result) Frontier() (goodput, overdraft float64) {
	seconds := int64(0)
	for i := range r.Pools {
		if p := &r.Pools[i]; p.Kind == models.Surplus {
			seconds += int64(p.Speed) * (p.OverdraftSeconds + p.UnknownBorrowedSeconds)
		}
	}
	return hours(r.Total.WorkCompleted), normHours(seconds)
}

// Worth are the figures that weigh a run's work against its overdraft, beside what could have been reached.
func (r *Result) Worth(ratio float64, o Optimum) []Figure {
	b := &builder{}
	b.in(Headline)
	value := r.Value(ratio)
	if math.IsInf(value, -1) {
		const why = "it overdrew, and no work is worth that"
		b.missing("value", "value", UnitNormalisedHours, defValue, why)
		b.missing("regret", "regret, at most", UnitPercent, defRegret, why)
	} else {
		b.give("value", "value", value, UnitNormalisedHours, defValue, "")
		b.regret(value, o)
	}
	b.ratio("capture", "capture", float64(r.CaptureInside), float64(r.CaptureAvailable), defCapture, "nothing was available while there was work")
	return b.figures
}

// regret is given against the upper bound, which is at most missed, and against what was reached, which was missed for certain.
func (b *builder) regret(value float64, o Optimum) {
	if !(o.Upper > 0) || math.IsInf(o.Upper, 1) {
		b.missing("regret", "regret, at most", UnitPercent, defRegret, "nothing could have been reached")
		return
	}
	missed := func(best float64) float64 { return 100 * (best - value) / best }
	b.give("regret", "regret, at most", missed(o.Upper), UnitPercent, defRegret, "")
	if o.Lower > 0 {
		b.give("regret_certain", "regret, certain", missed(o.Lower), UnitPercent, defRegretCertain, "")
	}
}

// RatioText is a price ratio as flags have it.
func RatioText(ratio float64) string {
	if math.IsInf(ratio, 1) {
		return "inf"
	}
	return fmt.Sprintf("%g", ratio)
}
