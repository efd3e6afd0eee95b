package sim

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"trough.internal/models"
	"trough.internal/models/random"
	"trough.internal/models/settings"
	"trough.internal/models/spotmarket"
)

// Bought is a pool from which instances are bought, beside those that are borrowed.
type Bought struct {
	Pool     string                  `set:"pool" required:"true" doc:"Zone and type, as us-east-1a/m3.2xlarge; or, with price_trace, several of the trace's, with * for any part."`
	Kind     string                  `set:"kind" required:"true" enum:"spot|on-demand" doc:"Spot or on-demand."`
	Most     int32                   `set:"most" required:"true" min:"1" max:"1000000" unit:"instances" doc:"Most instances that can be had of it."`
	OnDemand *models.MicroUSDPerHour `set:"on_demand" doc:"The type's on-demand price; not given: the price list's."`

	// Of spot pools: exactly one of the next five.
	Prices       []PriceStep       `set:"prices" doc:"Spot prices, each until the next one."`
	PriceTrace   string            `set:"price_trace" doc:"A recorded price trace, looked for in the data folder; it must cover the scenario."`
	Drawn        *spotmarket.Drawn `set:"drawn" doc:"Spot prices of the bid era, drawn; pools of one zone jump together."`
	Availability string            `set:"availability" doc:"A capacity trace of what could be had of the pool, as reserved - in use, looked for in the data folder. Costs the on-demand price less the discount."`
	Interrupted  *spotmarket.Class `set:"interrupted" doc:"Interruption class of Amazon's Spot Instance Advisor; interruptions are drawn. Costs the on-demand price less the discount."`

	Bid      *models.MicroUSDPerHour `set:"bid" doc:"Most that is paid for an hour; not given: the on-demand price, as Amazon does since 2017-11-28."`
	Discount settings.Share          `set:"discount" default:"70%" min:"0%" max:"100%" doc:"What spot costs less than on-demand where no prices are given."`
	Outage   time.Duration           `set:"outage" default:"1h" min:"1s" max:"30d" doc:"How long there is no capacity after a drawn interruption."`

	recorded []models.PriceChange // of a pattern's pool; nil: PriceTrace is yet to be read
}

// PriceStep is what a spot instance costs from an instant on.
type PriceStep struct {
	At    When                   `set:"at" required:"true" doc:"When: a time, or an offset from the scenario's start such as +24h."`
	Price models.MicroUSDPerHour `set:"price" required:"true" doc:"From then on, as 1.40 USD/h."`
}

// Check refuses what does not belong to the pool's kind.
func (p *Bought) Check() error {
	sources := 0
	for _, there := range []bool{len(p.Prices) > 0, p.PriceTrace != "", p.Drawn != nil, p.Availability != "", p.Interrupted != nil} {
		if there {
			sources++
		}
	}
	switch {
	case p.Kind == "spot" && sources == 0:
		return fmt.Errorf("a bid in a market without prices: expected one of prices, price_trace, drawn, availability and interrupted for the spot pool %s", p.Pool)
	case p.Kind == "spot" && sources > 1:
		return fmt.Errorf("expected only one of prices, price_trace, drawn, availability and interrupted for the spot pool %s", p.Pool)
	case p.Kind != "spot" && (sources > 0 || p.Bid != nil):
		return fmt.Errorf("the on-demand pool %s has no bid and no spot prices", p.Pool)
	}
	return p.checkPattern()
}

// buy adds the pools that are bought from, after those of the market: their capacity to the inputs, and to prices what they
// cost.
func (s *Scenario) buy(b *Built, files Files) error {
	if len(s.Bought) == 0 {
		return nil
	}
	b.World.SpotNotice = seconds(spotmarket.Notice(s.From))
	b.World.SpotPrices = make([][]models.PriceChange, len(b.World.Pools))
	var changes []models.CapacityChange
	for i := range s.Bought {
		sets, err := s.expand(b, &s.Bought[i], files)
		if err != nil {
			return fmt.Errorf("bought: pool %s: %w", s.Bought[i].Pool, err)
		}
		for k := range sets {
			own, prices, err := s.buyPool(b, &sets[k], files)
			if err != nil {
				return fmt.Errorf("bought: pool %s: %w", sets[k].Pool, err)
			}
			changes = append(changes, own...)
			b.World.SpotPrices = append(b.World.SpotPrices, prices)
		}
	}
	spotmarket.Sort(changes)
	market := b.inputs
	b.inputs = func() (Inputs, error) {
		in, err := market()
		in.Capacity = &beside{market: in.Capacity, bought: changes}
		return in, err
	}
	return nil
}

func (s *Scenario) buyPool(b *Built, set *Bought, files Files) ([]models.CapacityChange, []models.PriceChange, error) {
	zone, name, ok := strings.Cut(set.Pool, "/")
	if !ok {
		return nil, nil, fmt.Errorf("expected zone/type such as us-east-1a/m3.2xlarge")
	}
	p, err := s.pool(models.PoolKey{Region: models.RegionOfZone(zone), Zone: zone, Type: name}, &b.Notes)
	if err != nil {
		return nil, nil, err
	}
	p.Kind, p.Physical = models.OnDemand, 0
	if set.Kind == "spot" {
		p.Kind = models.Spot
	}
	if slices.ContainsFunc(b.World.Pools, func(o models.Pool) bool { return o.Name() == p.Name() && o.Kind == p.Kind }) {
		return nil, nil, fmt.Errorf("it is there twice as %s: expected once", set.Kind)
	}
	if set.OnDemand != nil {
		p.OnDemand = *set.OnDemand
	}
	id := models.PoolID(len(b.World.Pools))
	b.World.Pools = append(b.World.Pools, p)
	if p.Kind == models.OnDemand {
		return []models.CapacityChange{{At: s.From, Pool: id, Reserved: set.Most}}, nil, nil
	}
	return s.spot(b, set, &p, id, files)
}

// spot is a spot pool's capacity and prices.
func (s *Scenario) spot(b *Built, set *Bought, p *models.Pool, id models.PoolID, files Files) ([]models.CapacityChange, []models.PriceChange, error) {
	discounted := []models.PriceChange{{At: s.From, Pool: id, Price: p.OnDemand - models.MicroUSDPerHour(float64(set.Discount)*float64(p.OnDemand))}}
	switch {
	case set.Interrupted != nil:
		luck := random.New(s.Seed, "interruption "+p.Name())
		b.Notes.Assumed = append(b.Notes.Assumed, "an interruption of the advisor's class ends a spot pool's instances at once; its length and the price are assumed")
		return spotmarket.Capacity(id, set.Most, set.Interrupted.Spans(luck, set.Outage, s.From, s.end()), s.From), discounted, nil
	case set.Availability != "":
		recorded, err := s.availability(b, set.Availability, p, files)
		return spotmarket.FromAvailable(recorded, id, set.Most, s.From), discounted, err
	}
	prices, err := s.spotPrices(b, set, p, id, files)
	if err != nil {
		return nil, nil, err
	}
	bid := p.OnDemand
	if set.Bid != nil {
		bid = *set.Bid
	}
	spans, err := spotmarket.Bid(prices, bid, s.From, s.end())
	b.Notes.Assumed = append(b.Notes.Assumed, "a spot pool has all that is asked of it while its price is not above the bid")
	return spotmarket.Capacity(id, set.Most, spans, s.From), prices, err
}

// spotPrices are those that the scenario gives, those of a recorded trace, or drawn ones.
func (s *Scenario) spotPrices(b *Built, set *Bought, p *models.Pool, id models.PoolID, files Files) ([]models.PriceChange, error) {
	switch {
	case set.recorded != nil:
		return set.recorded, nil
	case set.Drawn != nil:
		b.Notes.Assumed = append(b.Notes.Assumed, set.Drawn.Assumed())
		luck, jumps := random.New(s.Seed, "spot price "+p.Name()), random.New(s.Seed, "spot jumps "+p.Zone)
		return set.Drawn.Prices(luck, jumps, id, p.OnDemand, s.From, s.end()), nil
	case set.PriceTrace == "":
		prices := make([]models.PriceChange, len(set.Prices))
		for i, step := range set.Prices {
			prices[i] = models.PriceChange{At: step.At.From(s.From), Price: step.Price}
			if i > 0 && prices[i].At <= prices[i-1].At {
				return nil, fmt.Errorf("prices[%d] is at %s, and the one before at %s: expected them in order", i, prices[i].At, prices[i-1].At)
			}
		}
		return prices, nil
	}
	all, err := s.openPrices(b, set.PriceTrace, files)
	if err != nil {
		return nil, err
	}
	return spotmarket.Of(all, models.PoolKey{Region: p.Region, Zone: p.Zone, Type: p.Type}), nil
}

// availability reads the recorded counts of one pool.
func (s *Scenario) availability(b *Built, name string, p *models.Pool, files Files) ([]models.CapacityChange, error) {
	if files == nil {
		return nil, fmt.Errorf("%s cannot be read here", name)
	}
	source, info, err := files.Capacity(name)
	if err != nil {
		return nil, err
	}
	id := models.PoolID(slices.Index(info.Pools, models.PoolKey{Region: p.Region, Zone: p.Zone, Type: p.Type}))
	switch {
	case id < 0:
		return nil, fmt.Errorf("%s has no such pool: expected one such as %s", name, info.Pools[0].Name())
	case info.From > s.From || info.Until < s.end():
		return nil, fmt.Errorf("%s covers %s to %s: expected it to cover the scenario, %s to %s", name, info.From, info.Until, s.From, s.end())
	}
	b.Notes.add(info.Notes)
	var own []models.CapacityChange
	for {
		w, err := source.Next()
		if err == io.EOF {
			return own, nil
		}
		if err != nil {
			return nil, err
		}
		for _, c := range w.Changes {
			if c.Pool == id {
				own = append(own, c)
			}
		}
	}
}

// sourcesBought is a scenario of bought pools alone: no market to borrow from, and perhaps no jobs, where only capacity is
// asked for.
func (s *Scenario) sourcesBought(b *Built, files Files) ([]models.PoolKey, error) {
	if s.Encoding == nil && len(s.Jobs) == 0 {
		b.inputs = func() (Inputs, error) { return Inputs{Switches: s.switches(nil)}, nil }
		return nil, nil
	}
	b.inputs = func() (in Inputs, err error) {
		in.Switches = s.switches(nil)
		in.Jobs, _, err = s.openJobs(files)
		return in, err
	}
	_, notes, err := s.openJobs(files)
	b.Notes.add(notes)
	return nil, err
}

// beside plays the changes of bought pools together with those of the market, which may be nil.
type beside struct {
	market CapacitySource
	bought []models.CapacityChange
	out    []models.CapacityChange
}

func (b *beside) Next() (models.Capacity, error) {
	w, err := models.Capacity{}, io.EOF
	if b.market != nil {
		w, err = b.market.Next()
	}
	n := len(b.bought)
	switch {
	case err == io.EOF && n > 0:
		b.market = nil
	case err != nil:
		return w, err
	default: // what comes after the window's last change waits for the next one
		n = 0
		for n < len(b.bought) && len(w.Changes) > 0 && b.bought[n].At <= w.Changes[len(w.Changes)-1].At {
			n++
		}
	}
	b.out = append(append(b.out[:0], w.Changes...), b.bought[:n]...)
	b.bought = b.bought[n:]
	spotmarket.Sort(b.out)
	w.Changes = b.out
	return w, nil
}
