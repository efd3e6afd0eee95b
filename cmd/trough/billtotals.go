package main

import (
	"cmp"
	"slices"

	"trough.internal/models"
	"trough.internal/report/bill"
)

// billAnswer is a run's bill as it is printed.
type billAnswer struct {
	Run       string         `json:"run"`
	Scenario  string         `json:"scenario"`
	Policy    string         `json:"policy"`
	From      models.Instant `json:"from"`
	Until     models.Instant `json:"until"`
	Rules     string         `json:"rules"`
	OwnerEnds string         `json:"owner_ends"`
	Seed      uint64         `json:"seed"`

	Total     billRow       `json:"total"`
	Days      []billRow     `json:"days"`
	Pools     []billRow     `json:"pools"`
	Borrowers []borrowerRow `json:"borrowers"`
	Stages    []stageRow    `json:"stages"`
	Decisions []costRow     `json:"decisions"` // the dearest
	Readings  []readingRow  `json:"readings"`
}

// billRow is the bill of a day, a pool, or all.
type billRow struct {
	Name          string   `json:"name"`
	Borrowed      float64  `json:"borrowed_hours"`
	List          usd      `json:"list_usd"`
	Overdraft     float64  `json:"on_demand_hours"`
	Cost          usd      `json:"usd"`
	Efficiency    *float64 `json:"cost_efficiency"` // null where nothing was borrowed
	Instant       usd      `json:"instantaneous_usd"`
	InstantShare  *float64 `json:"instantaneous_cost_efficiency"`
	PoolHours     int64    `json:"pool_hours"` // with an overdraft
	OwnersOverUSD usd      `json:"owners_usd"` // the owners' own
}

// borrowerRow is one borrower's part.
type borrowerRow struct {
	Borrower  string  `json:"borrower"`
	Borrowed  float64 `json:"borrowed_hours"`
	Overdraft float64 `json:"on_demand_hours"`
	Cost      usd     `json:"usd"`
}

// stageRow is what a stage's decisions cost: by launching, or later, because the owners came back to what was borrowed.
type stageRow struct {
	Stage     string  `json:"stage"`
	First     bool    `json:"first_hour"`
	Overdraft float64 `json:"on_demand_hours"`
	Cost      usd     `json:"usd"`
}

// costRow is what one evaluation's launches cost in their first hour.
type costRow struct {
	At        models.Instant `json:"at"`
	Pool      string         `json:"pool"`
	Stage     string         `json:"stage"`
	Overdraft float64        `json:"on_demand_hours"`
	Cost      usd            `json:"usd"`
}

// readingRow is the whole bill by another way of counting.
type readingRow struct {
	Basis      string   `json:"basis"`
	Main       bool     `json:"main"`
	Overdraft  float64  `json:"on_demand_hours"`
	Cost       usd      `json:"usd"`
	List       usd      `json:"list_usd"`
	Efficiency *float64 `json:"cost_efficiency"`
}

// billTally sums a bill's lines up as they come.
type billTally struct {
	stages    map[stageKey]amount
	decisions map[decisionKey]amount
}

type stageKey struct {
	cause models.Cause
	first bool
}

type decisionKey struct {
	at    models.Instant
	pool  models.PoolID
	cause models.Cause
}

type amount struct {
	seconds int64
	cost    models.MicroUSD
}

func (a amount) plus(l *bill.Line) amount { return amount{a.seconds + l.Seconds, a.cost + l.Cost} }

func newBillTally() *billTally {
	return &billTally{map[stageKey]amount{}, map[decisionKey]amount{}}
}

func (t *billTally) line(l bill.Line) {
	s := stageKey{l.Cause, l.First()}
	t.stages[s] = t.stages[s].plus(&l)
	if l.First() && l.Instance != models.NoInstance {
		d := decisionKey{l.Ordered, l.Pool, l.Cause}
		t.decisions[d] = t.decisions[d].plus(&l)
	}
}

// decisionsMost is how many of the dearest decisions are listed.
const decisionsMost = 10

// answer names what the bill came to.
func (b *runBill) answer(t *billTally) *billAnswer {
	m, r := &b.files.manifest, &b.result
	a := &billAnswer{Run: b.files.dir, Scenario: m.Scenario, Policy: m.Policy, From: r.From, Until: r.Until,
		Rules: r.Rules.String(), OwnerEnds: r.OwnerEnds.String(), Seed: b.setup.Seed,
		Days: []billRow{}, Pools: []billRow{}, Borrowers: []borrowerRow{}, Stages: []stageRow{}, Decisions: []costRow{}}
	a.Total = rowOf("total", &r.Total, r.Main)
	for i := range r.Days {
		from := r.From + models.Instant(i)*86400
		a.Days = append(a.Days, rowOf(from.String(), &r.Days[i], r.Main))
	}
	for i := range r.Pools {
		if b.pools[i].Kind == models.Surplus {
			a.Pools = append(a.Pools, rowOf(b.names[i], &r.Pools[i], r.Main))
		}
	}
	for i, borrower := range r.Borrowers {
		a.Borrowers = append(a.Borrowers, borrowerRow{b.setup.Borrowers[i], hoursOf(borrower.Borrowed), hoursOf(borrower.Overdraft), usd(borrower.Cost)})
	}
	for key, sum := range t.stages {
		a.Stages = append(a.Stages, stageRow{stageName(key.cause), key.first, hoursOf(sum.seconds), usd(sum.cost)})
	}
	slices.SortFunc(a.Stages, func(x, y stageRow) int {
		return cmp.Or(cmp.Compare(y.Cost, x.Cost), cmp.Compare(x.Stage, y.Stage), cmp.Compare(chargedFor(y), chargedFor(x)))
	})
	for key, sum := range t.decisions {
		a.Decisions = append(a.Decisions, costRow{key.at, b.names[key.pool], stageName(key.cause), hoursOf(sum.seconds), usd(sum.cost)})
	}
	slices.SortFunc(a.Decisions, func(x, y costRow) int {
		return cmp.Or(cmp.Compare(y.Cost, x.Cost), cmp.Compare(x.At, y.At), cmp.Compare(x.Pool, y.Pool), cmp.Compare(x.Stage, y.Stage))
	})
	a.Decisions = a.Decisions[:min(len(a.Decisions), decisionsMost)]
	for basis := range bill.Bases {
		s := &r.Total[basis]
		a.Readings = append(a.Readings, readingRow{basis.String(), basis == r.Main, hoursOf(s.Overdraft), usd(s.Cost), usd(s.List), efficiency(s)})
	}
	return a
}

func stageName(c models.Cause) string {
	if c == models.NoCause {
		return "not told apart"
	}
	return c.String()
}

func rowOf(name string, of *[bill.Bases]bill.Sums, main bill.Basis) billRow {
	s, now := &of[main], &of[bill.Instantaneous]
	return billRow{Name: name, Borrowed: hoursOf(s.Borrowed), List: usd(s.List), Overdraft: hoursOf(s.Overdraft), Cost: usd(s.Cost),
		Efficiency: efficiency(s), Instant: usd(now.Cost), InstantShare: efficiency(now), PoolHours: s.Hours, OwnersOverUSD: usd(s.OwnersCost)}
}

func efficiency(s *bill.Sums) *float64 {
	share, ok := s.Efficiency()
	if !ok {
		return nil
	}
	return &share
}
