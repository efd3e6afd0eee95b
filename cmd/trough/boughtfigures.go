package main

import (
	"trough.internal/report/bill"
	"trough.internal/report/measure"
	"trough.internal/sim"
)

const (
	defSpotCost     = "what the spot instances cost: each instance-hour at its pool's price when it began, by the rules stated for whom the provider or the user ended it"
	defOnDemandCost = "what the instances bought on-demand cost, by the rules stated"
	defBoughtSaving = "1 - cost of what was bought / all of it on-demand, hours rounded up likewise"
	defSpotHours    = "instance-hours of spot instances that were charged, each normalised to the reference type by the speed of its type"
	defSpotSaving   = "1 - spot cost / what the charged hours of spot instances would have cost on-demand"
)

// boughtBill is the sink that bills what a scenario buys; nil where it buys nothing.
func boughtBill(s *sim.Scenario, b *sim.Built) *bill.Bought {
	if b.World.SpotPrices == nil {
		return nil
	}
	return bill.NewBought(bill.BoughtSetup{Pools: b.World.Pools, Prices: b.World.SpotPrices, Rules: s.BillingRules()})
}

// boughtFigures names what a bill of bought instances says.
func boughtFigures(s *bill.BoughtSums) []measure.Figure {
	cost := func(key, name string, usd float64, definition string) measure.Figure {
		return measure.Figure{Key: key, Name: name, Group: measure.Billed, Value: usd, Known: true, Unit: measure.UnitUSD, Definition: definition}
	}
	saving, known := s.Saving()
	note := ""
	if !known {
		note = "nothing that has a price was bought"
	}
	spotSaving, spotKnown := s.SpotSaving()
	spotNote := ""
	if !spotKnown {
		spotNote = "no hour of a spot instance was charged"
	}
	return []measure.Figure{
		cost("spot_cost", "spot cost", s.SpotCost.USD(), defSpotCost),
		cost("on_demand_cost", "on-demand cost", s.OnDemandCost.USD(), defOnDemandCost),
		{Key: "saving", Name: "saving of what was bought", Group: measure.Billed, Value: 100 * saving, Known: known, Unit: measure.UnitPercent, Definition: defBoughtSaving, Note: note},
		{Key: "spot_hours", Name: "spot hours, normalised", Group: measure.Billed, Value: float64(s.SpotNorm) / 3600e3, Known: true, Unit: measure.UnitNormalisedHours, Definition: defSpotHours},
		{Key: "spot_saving", Name: "saving of spot hours", Group: measure.Billed, Value: 100 * spotSaving, Known: spotKnown, Unit: measure.UnitPercent, Definition: defSpotSaving, Note: spotNote},
	}
}
