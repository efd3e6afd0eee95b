package page

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"trough.internal/models"
	"trough.internal/report"
	"trough.internal/report/bill"
	"trough.internal/report/document"
	"trough.internal/report/measure"
)

func (b *builder) trail() document.Section {
	s := document.Section{ID: "trail", Title: "Strategies' trail"}
	all := int64(0)
	for _, stage := range b.run.Stages {
		all += stage.Bound
	}
	if all == 0 {
		s.Parts = append(s.Parts, document.Part{Lead: "The policy left no trail: it has no stages."})
		return s
	}
	t := document.NewTable("Which stage had the last word", "stage", "#share of pool-time", "#evaluations that changed something", "#instance-hours lowered", "#instance-hours raised")
	var shares []float64
	for _, stage := range b.run.Stages {
		share := float64(stage.Bound) / float64(all)
		shares = append(shares, share)
		t.Add(stage.Name, report.PercentText(100*share)+" %", report.Decimals(float64(stage.Times), 0),
			report.Decimals(stage.Lowered, 0), report.Decimals(stage.Raised, 0))
	}
	t.Bars(1, shares)
	s.Parts = append(s.Parts, document.Part{Lead: "A stage is binding where it is the last that changed how many instances a pool was to lend. Lowered and raised are what each stage, binding or not, " +
		"took from or added to the target of the one before, times how long that held.", Table: t})
	return s
}

func (b *builder) citizenship() document.Section {
	s := document.Section{ID: "citizenship", Title: "Evenness and churn"}
	s.Parts = append(s.Parts, document.Part{Table: b.figuresTable("Citizenship", "evenness", "churn", "launches", "interruptions", "work_lost", "launches_refused",
		"owners_refused", "evacuated_in")})
	r := b.run.Result
	if r == nil || len(r.Types) == 0 {
		return s
	}
	t := document.NewTable("By instance type, all zones together", "type", "#borrowed, instance-hours", "#unused, instance-hours", "#borrowed of the unused", "#launches per borrowed hour")
	t.Wide = true
	colours := report.TypeColours(b.run.Series)
	var shares []float64
	types := slices.Clone(r.Types)
	order := b.run.Series.TypeNames()
	slices.SortFunc(types, func(x, y measure.GroupResult) int {
		return cmp.Compare(slices.Index(order, x.Name), slices.Index(order, y.Name))
	})
	for _, g := range types {
		share, churn := "-", "-"
		part := 0.0
		if g.UnusedSeconds > 0 {
			part = float64(g.InsideSeconds) / float64(g.UnusedSeconds)
			share = report.Decimals(100*part, 1) + " %"
		}
		if g.BorrowedSeconds > 0 {
			churn = report.Decimals(float64(g.Launches)/hours(g.BorrowedSeconds), 3)
		}
		shares = append(shares, part)
		row := t.Add(g.Name, report.Decimals(hours(g.BorrowedSeconds), 0), report.Decimals(hours(g.UnusedSeconds), 0), share, churn)
		for p, pool := range b.run.Series.Pools {
			if pool.Type == g.Name {
				row.Cells[0].Colour = document.Swatch(b.colours.Of(colours[p], false))
			}
		}
	}
	t.Bars(3, shares)
	s.Parts = append(s.Parts, document.Part{Table: t})
	return s
}

func hours(seconds int64) float64 { return float64(seconds) / 3600 }

func (b *builder) cost() document.Section {
	s := document.Section{ID: "cost", Title: "Cost by day and pool"}
	if c := b.chart("cost"); c != nil {
		data := b.gridData(c.Title, "USD", "step", stepsGrid(c, c.Layers), 1_000_000, b.marks(true))
		s.Parts = append(s.Parts, document.Part{Figure: b.figure(c, "USD", data)})
	}
	r := b.run.Result
	if r == nil {
		s.Parts = append(s.Parts, document.Part{Lead: "The run left no ledger, and a bill by day and pool is made of it."})
		return s
	}
	t := costTable("By day (UTC)", "day")
	var costs []float64
	for d := range r.Days {
		costs = append(costs, costRow(t, r.Days[d].From.UTC().Format("Mon "+time.DateOnly), billedOf(r.Bill.Days, d, r.Bill.Main), &r.Days[d].Sums))
	}
	t.Bars(3, costs)
	s.Parts = append(s.Parts, document.Part{Table: t})
	if p := b.costByPool(); len(p.Rows) > 0 {
		s.Parts = append(s.Parts, document.Part{Heading: "By pool, the dearest first", Table: p, Folded: len(p.Rows) > rowsOpen})
	}
	return s
}

func (b *builder) costByPool() *document.Table {
	r := b.run.Result
	t := costTable("By pool, the dearest first", "pool")
	var order []int
	for p := range r.Pools {
		if r.Pools[p].Kind == models.Surplus && r.Pools[p].BorrowedSeconds > 0 {
			order = append(order, p)
		}
	}
	costOf := func(p int) models.MicroUSD { return billedOf(r.Bill.Pools, p, r.Bill.Main).Cost }
	slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(costOf(y), costOf(x)) })
	var costs []float64
	for _, p := range order {
		costs = append(costs, costRow(t, b.run.Pools[p], billedOf(r.Bill.Pools, p, r.Bill.Main), &r.Pools[p].Sums))
	}
	t.Bars(3, costs)
	return t
}

func billedOf(list [][bill.Bases]bill.Sums, k int, main bill.Basis) *bill.Sums {
	if k < len(list) {
		return &list[k][main]
	}
	return new(bill.Sums)
}

func costTable(caption, of string) *document.Table {
	t := document.NewTable(caption, of, "#borrowed, instance-hours", "#on-demand, instance-hours", "#overdraft cost, USD", "#cost efficiency", "#instantaneous overdraft cost, USD")
	t.Wide = true
	return t
}

func costRow(t *document.Table, name string, billed *bill.Sums, sums *measure.Sums) float64 {
	share := "-"
	if v, ok := billed.Efficiency(); ok {
		share = report.PercentText(100*v) + " %"
	}
	t.Add(name, report.Decimals(hours(billed.Borrowed), 0), report.Decimals(hours(billed.Overdraft), 1), report.Decimals(billed.Cost.USD(), 2), share,
		report.Decimals(sums.OverdraftCost.USD(), 2))
	return billed.Cost.USD()
}

// value is what only some summaries have.
func (b *builder) value() document.Section {
	s := document.Section{ID: "value", Title: "Value, capture and regret"}
	t := b.definedTable("Against what was possible", []string{"value", "capture", "regret", "regret_certain", "saving", "static_farm_instances"})
	if len(t.Rows) == 0 {
		s.Parts = append(s.Parts, document.Part{Lead: b.run.uncomputed()})
		return s
	}
	lead := ""
	if worth := b.run.Conditions.Worth; worth != "" {
		lead = "With p/v of " + worth + ", the price of an overdraft hour over the worth of a useful hour."
	}
	s.Parts = append(s.Parts, document.Part{Lead: lead, Table: t})
	return s
}

// uncomputed says how to get what only compare computes: the bound that no policy passes takes longer than a run.
func (r *Run) uncomputed() string {
	scenario := "SCENARIO"
	if r.Live != nil {
		scenario = shellWord(r.Dir+"/scenario.yaml") + " --data " + shellWord(r.Dir)
	}
	return "Not computed: `trough compare " + scenario + " -p POLICY -p never -o OUT` leaves them in the runs that it makes."
}

func (b *builder) quality() document.Section {
	s := document.Section{ID: "quality", Title: "Data quality"}
	r := &b.run.Reports
	items := []document.Item{}
	if r.Seen > 0 {
		items = append(items, document.Item{Name: "age of the reports that the policy acted on", Text: fmt.Sprintf("mean %s, oldest %s", report.TimeText(r.AgeSum/r.Seen), report.TimeText(int64(r.AgeMax)))})
	}
	if r.Seen+r.Unknown > 0 {
		items = append(items, document.Item{Name: "evaluations of a pool without a trusted report", Text: report.Decimals(float64(r.Unknown), 0) + " of " + report.Decimals(float64(r.Seen+r.Unknown), 0) + " that changed something"})
	}
	if len(items) > 0 {
		s.Parts = append(s.Parts, document.Part{Heading: "Staleness", Items: items})
	}
	s.Parts = append(s.Parts, document.Part{Heading: "Gaps", Table: b.figuresTable("Time without a report", "unknown_time", "unknown_borrowed")})
	if result := b.run.Result; result != nil {
		t := document.NewTable("Pools with gaps", "pool", "#hours without a report", "#borrowed meanwhile, instance-hours")
		for p := range result.Pools {
			if pool := &result.Pools[p]; pool.UnknownSeconds > 0 {
				t.Add(b.run.Pools[p], report.Decimals(hours(pool.UnknownSeconds), 1), report.Decimals(hours(pool.UnknownBorrowedSeconds), 1))
			}
		}
		if len(t.Rows) > 0 {
			s.Parts = append(s.Parts, document.Part{Table: t})
		}
	}
	return s
}

// all is every figure with its definition.
func (b *builder) all() document.Section {
	s := document.Section{ID: "all", Title: "All figures, with definitions"}
	for _, group := range groupsOf(b.run.Figures) {
		var keys []string
		for _, f := range b.run.Figures {
			if f.Group == group {
				keys = append(keys, f.Key)
			}
		}
		name := string(group)
		if name == "" {
			name = "other"
		}
		t := b.definedTable(name, keys)
		s.Parts = append(s.Parts, document.Part{Heading: strings.ToUpper(name[:1]) + name[1:], Table: t, Folded: true})
	}
	return s
}

func groupsOf(figures []measure.Figure) []measure.Group {
	var list []measure.Group
	for _, f := range figures {
		if !slices.Contains(list, f.Group) {
			list = append(list, f.Group)
		}
	}
	return list
}

// figuresTable is a table of those of the figures that the run has.
func (b *builder) figuresTable(caption string, keys ...string) *document.Table {
	t := document.NewTable(caption, "figure", "#value", "unit", "note")
	b.fill(t, keys, false)
	return t
}

func (b *builder) definedTable(caption string, keys []string) *document.Table {
	t := document.NewTable(caption, "figure", "#value", "unit", "note", "definition")
	b.fill(t, keys, true)
	return t
}

func (b *builder) fill(t *document.Table, keys []string, defined bool) {
	for _, key := range keys {
		f, ok := b.find(key)
		if !ok {
			continue
		}
		note := f.Note
		if text := report.IntervalText(f); text != "" {
			note = strings.TrimSuffix(text+": "+note, ": ")
		}
		texts := []string{f.Name, report.ValueText(f), report.UnitText(f.Unit), note}
		if defined {
			texts = append(texts, f.Definition)
		}
		t.Add(texts...)
	}
}
