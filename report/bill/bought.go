package bill

import (
	"cmp"
	"fmt"
	"slices"

	"trough.internal/models"
	"trough.internal/models/billing"
)

// BoughtSetup is what the bill of bought instances needs besides the events.
type BoughtSetup struct {
	Pools  []models.Pool          // as the market has them; only those of kinds Spot and OnDemand are billed here
	Prices [][]models.PriceChange // by pool: of spot pools, in order of time
	Rules  billing.Rules          // of Linux
}

// Bought is what bought instances cost: no reservation covers them, so that each run is billed by itself, and the company's
// other use changes nothing. It is a models.Sink; its memory is bounded by the instances that run.
type Bought struct {
	setup BoughtSetup
	runs  map[models.InstanceID]models.Event // by instance: its launch
	total BoughtSums
	err   error // the first
}

// BoughtSums are integers that add up. Use is in instance-seconds, as it is billed: 3600 for a whole instance-hour.
type BoughtSums struct {
	Spot         int64           // charged
	SpotCost     models.MicroUSD // by the price at each instance-hour's start
	SpotList     models.MicroUSD // the charged spot use at its pools' on-demand prices
	SpotNorm     int64           // the charged spot use in thousandths of a second of the reference type: each pool's x its Speed
	OnDemand     int64           // charged
	OnDemandCost models.MicroUSD
	// List is what all of these runs, spot ones too, would cost on-demand: rounded up, and what the provider's interruption
	// makes free on the spot market charged.
	List models.MicroUSD
}

// NewBought returns the bill of a run that begins.
func NewBought(setup BoughtSetup) *Bought {
	return &Bought{setup: setup, runs: map[models.InstanceID]models.Event{}}
}

// Event takes the next event of a ledger.
func (b *Bought) Event(e models.Event) {
	if e.Kind != models.Launched && e.Kind != models.Gone {
		return
	}
	if kind := b.setup.Pools[e.Pool].Kind; kind != models.Spot && kind != models.OnDemand {
		return
	}
	if e.Kind == models.Launched {
		b.runs[e.Instance] = e
		return
	}
	ended := billing.EndedByUser
	if e.Cause == models.ByCloud {
		ended = billing.EndedByEC2
	}
	b.bill(b.runs[e.Instance], e.At, ended)
	delete(b.runs, e.Instance)
}

// Finish ends the bill: what still runs is billed as if its user ended it there. It is an error if a spot run's price is
// not known.
func (b *Bought) Finish(at models.Instant) (BoughtSums, error) {
	left := make([]models.Event, 0, len(b.runs))
	for _, launch := range b.runs {
		left = append(left, launch)
	}
	slices.SortFunc(left, func(x, y models.Event) int { return cmp.Compare(x.Instance, y.Instance) })
	for _, launch := range left {
		b.bill(launch, at, billing.StillRunning)
	}
	clear(b.runs)
	return b.total, b.err
}

// bill adds one run. One that ended in the second of its launch is billed as of a second.
func (b *Bought) bill(launch models.Event, end models.Instant, ended billing.SpotEnd) {
	end = max(end, launch.At+1)
	p := &b.setup.Pools[launch.Pool]
	seconds := charged(int64(end-launch.At), b.setup.Rules)
	list := p.OnDemand.For(seconds)
	b.total.List += list
	if p.Kind == models.OnDemand {
		b.total.OnDemand += seconds
		b.total.OnDemandCost += list
		return
	}
	run := billing.SpotRun{Start: launch.At, End: end, Ended: ended}
	spot, err := billing.Spot(run, b.setup.Prices[launch.Pool], b.setup.Rules)
	if err != nil {
		if b.err == nil {
			b.err = fmt.Errorf("spot pool %s: %w", p.Name(), err)
		}
		return
	}
	for i := range spot.Lines {
		seconds := spot.Lines[i].Seconds
		b.total.Spot += seconds
		b.total.SpotList += p.OnDemand.For(seconds)
		b.total.SpotNorm += seconds * int64(p.Speed)
	}
	b.total.SpotCost += spot.Total
}

// charged is what an on-demand run of so many seconds is billed as.
func charged(seconds int64, rules billing.Rules) int64 {
	if rules.Hourly(billing.Linux) {
		return (seconds + secondsPerHour - 1) / secondsPerHour * secondsPerHour
	}
	return max(seconds, secondsMin)
}

// Cost is all that was paid.
func (s *BoughtSums) Cost() models.MicroUSD { return s.SpotCost + s.OnDemandCost }

// SpotSaving is 1 - spot cost / the same charged hours on-demand; false where no spot hour that has a price was charged.
func (s *BoughtSums) SpotSaving() (float64, bool) {
	if s.SpotList == 0 {
		return 0, false
	}
	return 1 - float64(s.SpotCost)/float64(s.SpotList), true
}

// Saving is 1 - cost / all of it on-demand; false where nothing that has a price was bought.
func (s *BoughtSums) Saving() (float64, bool) {
	if s.List == 0 {
		return 0, false
	}
	return 1 - float64(s.Cost())/float64(s.List), true
}
