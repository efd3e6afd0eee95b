package main

import (
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"trough.internal/models"
	"trough.internal/models/synth"
	"trough.internal/policies"
	"trough.internal/report"
	"trough.internal/report/measure"
	"trough.internal/sim"
)

// crossRegion is borrowing from several regions, which Netflix announced as a next step (Creating Your Own EC2 Spot Market, part 2,
// 2015). The article says that it triples what can be borrowed, and that it spreads on-demand usage, without a figure.
func crossRegion() reproduction {
	figures := []reproduced{
		{figure: "pool_ratio", unit: "ratio", article: new(3.0), kind: calibrated, definition: defPoolRatio},
		{figure: "pool_ratio_hour_least", unit: "ratio", kind: emergent, definition: defPoolRatioHour},
		{figure: "pool_ratio_troughs", unit: "ratio", kind: emergent, definition: defPoolRatioTroughs},
		{figure: "overdraft_home_ratio", unit: "ratio", kind: emergent, definition: defOverdraftHome},
	}
	for _, v := range regionVariants {
		of := func(figure, unit, definition string) {
			figures = append(figures, reproduced{figure: figure + v.suffix, unit: unit, kind: emergent, definition: definition + v.means})
		}
		for _, name := range regionFigures {
			f := ofRun(name, reproduced{})
			of(name, f.unit, f.definition)
		}
		if v.alone {
			continue
		}
		for _, region := range crossRegions {
			of(overdraftShare(region), "%", "part of the overdraft cost, as billed, that is of "+region)
		}
		of("overdraft_share_most", "%", "the largest of these parts")
		for _, name := range transferFigures {
			f, _ := measure.Find(new(measure.TransferResult).Figures(0), name)
			of(name, string(f.Unit), f.Definition)
		}
	}
	return reproduction{
		name:    "cross-region",
		about:   "Netflix, October 2015: borrowing from several regions, announced as a next step.",
		figures: figures,
		run:     runCrossRegion,
		// The article has no graph; this is how what is borrowed goes round with the regions' troughs.
		plot: func(ctx context.Context, a *app, seed uint64, dir string) error {
			return a.plotRun(ctx, "cross-region", seed, dir, 3*24*time.Hour, report.BorrowedByRegion)
		},
	}
}

const (
	defPoolRatio = "what can be borrowed in the three regions / in us-east-1 alone: max(0, reserved - in use) over all pools, mean over the run; " +
		"the regions are of equal size by assumption"
	defPoolRatioHour    = "the same ratio by clock hours, the smallest of them"
	defPoolRatioTroughs = "the three regions' smallest clock hour / that of us-east-1: above the ratio of the means, since they are not short at the same time"
	defOverdraftHome    = "overdraft cost in us-east-1, as billed, with three regions / with us-east-1 alone: below 1 where the others take load off it"
)

// crossRegions are the scenario's; the first is home.
var crossRegions = []string{"us-east-1", "us-west-2", "eu-west-1"}

func overdraftShare(region string) string {
	return "overdraft_share_" + strings.ReplaceAll(region, "-", "_")
}

// regionFigures are those of every variant's run.
var regionFigures = []string{"throughput_gain", "cost_efficiency", "overdraft_cost", "high_wait_p95", "goodput_share"}

// transferFigures are those of a run in several regions besides.
var transferFigures = []string{"moved_share", "transfer_cost", "transfer_cost_share"}

// regionVariant is one way to run the scenario.
type regionVariant struct {
	suffix, means string
	alone         bool // in the home region only
	change        func(s *policies.Settings, pools []models.Pool)
}

var regionVariants = []regionVariant{
	{},
	{suffix: "_alone", means: "; borrowing in us-east-1 only, under the same arrivals and luck", alone: true, change: onlyTheseRegions},
	{suffix: "_home_first", means: "; home is filled before the other regions get instances, in place of all alike", change: func(s *policies.Settings, _ []models.Pool) { s.Fair.Regions = crossRegions }},
}

// onlyTheseRegions leaves out of a policy what it says of regions without pools.
func onlyTheseRegions(s *policies.Settings, pools []models.Pool) {
	gone := func(w policies.CurfewWindow) bool {
		return !slices.ContainsFunc(pools, func(p models.Pool) bool {
			return slices.ContainsFunc(w.Pools, func(pattern policies.Pattern) bool { return pattern.Names(&p) })
		})
	}
	s.Curfew.Windows = slices.DeleteFunc(slices.Clone(s.Curfew.Windows), gone)
}

func runCrossRegion(ctx context.Context, a *app, seed uint64) (map[string]float64, error) {
	j, err := a.system("cross-region", seed)
	if err != nil {
		return nil, err
	}
	without, err := a.playNever(ctx, j)
	if err != nil {
		return nil, err
	}
	values := map[string]float64{}
	if err := poolRatios(j.built, values); err != nil {
		return nil, err
	}
	home := map[string]models.MicroUSD{} // overdraft cost, by variant
	for i := range regionVariants {
		v := &regionVariants[i]
		p, err := a.playRegions(ctx, seed, v)
		if err != nil {
			return nil, err
		}
		figures := append(measure.Compare(&p.result, &without.result), p.more...)
		keys := slices.Clone(regionFigures)
		costs := overdraftByRegion(p)
		home[v.suffix] = costs[crossRegions[0]]
		if !v.alone {
			shares(costs, v.suffix, values)
			keys = append(keys, transferFigures...)
		}
		for key, value := range valuesOf(figures, keys...) {
			values[key+v.suffix] = value
		}
	}
	if home["_alone"] > 0 {
		values["overdraft_home_ratio"] = float64(home[""]) / float64(home["_alone"])
	}
	return values, nil
}

// playRegions plays a variant of the scenario.
func (a *app) playRegions(ctx context.Context, seed uint64, v *regionVariant) (*played, error) {
	j, err := a.system("cross-region", seed)
	if err != nil {
		return nil, err
	}
	set, err := scenarioPolicy(j.scenario)
	if err != nil {
		return nil, err
	}
	if v.alone {
		homeAlone(j.scenario)
		if j.built, err = j.scenario.Build(j.files); err != nil {
			return nil, err
		}
	}
	if v.change != nil {
		v.change(set, j.built.World.Pools)
	}
	return a.play(ctx, j.scenario, j.built, candidate{set.Policy + v.suffix, set}, nil, nil)
}

// homeAlone leaves of the scenario's market its home region, which is the same by itself.
func homeAlone(s *sim.Scenario) {
	s.Market.Regions = slices.DeleteFunc(slices.Clone(s.Market.Regions), func(r synth.Region) bool { return r.Name != crossRegions[0] })
	s.Transfer = nil
}

// overdraftByRegion is the marginal overdraft cost, as billed.
func overdraftByRegion(p *played) map[string]models.MicroUSD {
	costs := map[string]models.MicroUSD{}
	for i := range p.pools {
		if i < len(p.result.Bill.Pools) {
			costs[p.pools[i].Region] += p.result.Bill.Pools[i][p.result.Bill.Main].Cost
		}
	}
	return costs
}

// shares adds each region's part of the overdraft cost, in percent; none where there was no overdraft.
func shares(costs map[string]models.MicroUSD, suffix string, values map[string]float64) {
	all, most := models.MicroUSD(0), models.MicroUSD(0)
	for _, region := range crossRegions {
		all, most = all+costs[region], max(most, costs[region])
	}
	if all == 0 {
		return
	}
	for _, region := range crossRegions {
		values[overdraftShare(region)+suffix] = 100 * float64(costs[region]) / float64(all)
	}
	values["overdraft_share_most"+suffix] = 100 * float64(most) / float64(all)
}

// poolRatios compares what can be borrowed in all regions with what can be at home, minute by minute, whatever is borrowed.
func poolRatios(b *sim.Built, values map[string]float64) error {
	in, err := b.Inputs()
	if err != nil {
		return err
	}
	pools := b.World.Pools[:b.Lendable()]
	now := marketNow{source: in.Capacity, reserved: make([]int32, len(pools)), inUse: make([]int32, len(pools))}
	all, home := sumsOfHours{least: math.MaxInt64}, sumsOfHours{least: math.MaxInt64}
	ratio := math.Inf(1)
	for at := b.World.Start; at < b.World.Until; at += 60 {
		if err := now.forward(at); err != nil {
			return err
		}
		for p := range pools {
			free := int64(now.unused(p))
			all.hour += free
			if pools[p].Region == crossRegions[0] {
				home.hour += free
			}
		}
		if (at+60)%3600 == 0 {
			ratio = min(ratio, float64(all.hour)/float64(max(1, home.hour)))
			all.close()
			home.close()
		}
	}
	values["pool_ratio"] = float64(all.sum) / float64(home.sum)
	values["pool_ratio_hour_least"] = ratio
	values["pool_ratio_troughs"] = float64(all.least) / float64(home.least)
	return nil
}

// sumsOfHours are of clock hours, in instance-minutes.
type sumsOfHours struct{ hour, sum, least int64 }

func (s *sumsOfHours) close() {
	s.sum, s.least, s.hour = s.sum+s.hour, min(s.least, s.hour), 0
}
