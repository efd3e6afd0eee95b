package billing

import (
	"cmp"
	"slices"
	"strings"

	"trough.internal/models"
	"trough.internal/models/catalog"
)

// engine is a bill in the making: the input with its names turned into numbers, and the clock hour at hand.
//
// Everything is an integer per clock hour. Usage counts in units: seconds times four times the normalisation factor (a
// multiple of 1/4), so that the part of a large instance that a small one's reservation covers is a whole number.
type engine struct {
	in   *Input
	bill Bill

	pools  []pool
	runs   []run         // what is billed in the span, by account and instance
	byID   []int32       // holdings, those of one id by their terms
	held   [Kinds][]held // those that can cover something, by id
	scopes [Kinds]scopes
	place  []int32 // by holding: where it stands among the lines of one run's hour
	nobody int32   // the same for what nothing covers
	rates  rates

	hour   models.Instant
	coming []int32 // runs that have not begun, by first hour
	active []int32 // runs of the hour
	before []int32 // those of the hour before
	items  []item  // by account and instance
	covers []cover
	order  []uint64 // of items: whatever counts first in the high bits, the item in the low 32
}

// poolName names usage that only accounts and times tell apart.
type poolName struct {
	typeName, zone string
	platform       Platform
	tenancy        Tenancy
}

func (r *Run) pool() poolName { return poolName{r.Type, r.Zone, r.Platform, r.Tenancy} }

type pool struct {
	quarters int64        // of a unit of the normalisation factor
	key      int32        // of its rate
	hourly   bool         // billed by whole instance-hours
	scope    [Kinds]int32 // or none
}

func newEngine(in *Input) *engine {
	e := &engine{in: in}
	e.bill.Holdings = make([]HoldingLine, len(in.Holdings))
	accounts := numbers[string]{}
	e.hold(&accounts)
	e.run(&accounts)
	e.rates.init(in.Rates)
	return e
}

// hold takes the holdings in.
func (e *engine) hold(accounts *numbers[string]) {
	e.byID = make([]int32, len(e.in.Holdings))
	for i := range e.byID {
		e.byID[i] = int32(i)
	}
	slices.SortFunc(e.byID, func(a, b int32) int {
		x, y := &e.in.Holdings[a], &e.in.Holdings[b]
		return cmp.Or(cmp.Compare(x.ID, y.ID), cmp.Compare(x.Start, y.Start))
	})
	e.place, e.nobody = make([]int32, len(e.byID)), -1
	for at, i := range e.byID {
		h := &e.in.Holdings[i]
		e.place[i] = 2 * int32(at)
		if h.ID < onDemandName {
			e.nobody = e.place[i] + 1
		}
		if h.Kind == CapacityReservation {
			e.rates.keys.number(h.rateKey())
			continue // covers nothing
		}
		s := &e.scopes[h.Kind]
		one := held{index: i, kind: h.Kind, account: accounts.number(h.Account), scope: s.scopes.number(e.scopeOf(h))}
		one.claim = s.claims.number(claim{one.scope, one.account})
		one.first, one.until = h.hours()
		one.gives, one.whole = h.gives()
		e.held[h.Kind] = append(e.held[h.Kind], one)
	}
	for kind := range e.scopes {
		e.scopes[kind].init()
	}
}

// run takes the runs in that are billed in the span.
func (e *engine) run(accounts *numbers[string]) {
	pools := numbers[poolName]{}
	items := 0
	for i := range e.in.Runs {
		r := &e.in.Runs[i]
		first, last := r.hours(e.in.Rules)
		first, last = max(first, e.in.From), min(last, e.in.Until-perHour)
		if first > last {
			continue
		}
		items += int(last-first)/perHour + 1
		e.runs = append(e.runs, run{
			index: int32(i), start: r.Start, end: r.End, first: first, last: last,
			account: accounts.number(r.Account), pool: pools.number(r.pool()),
		})
	}
	slices.SortFunc(e.runs, func(a, b run) int {
		return cmp.Or(compareRuns(&e.in.Runs[a.index], &e.in.Runs[b.index]), cmp.Compare(a.index, b.index))
	})
	for _, name := range pools.list {
		e.pools = append(e.pools, e.pool(name))
	}
	e.coming = make([]int32, len(e.runs))
	for i := range e.coming {
		e.coming[i] = int32(i)
	}
	slices.SortFunc(e.coming, func(a, b int32) int {
		return cmp.Or(cmp.Compare(e.runs[a].first, e.runs[b].first), cmp.Compare(a, b))
	})
	e.bill.Lines = make([]Line, 0, items) // at least; a part that is covered by another holding is one more
}

// pool works out what follows from a pool's name.
func (e *engine) pool(name poolName) pool {
	family, _, _ := strings.Cut(name.typeName, ".")
	region := models.RegionOfZone(name.zone)
	p := pool{
		quarters: quarters(name.typeName),
		key:      e.rates.keys.number(RateKey{Type: name.typeName, Region: region, Platform: name.platform, Tenancy: name.tenancy}),
		hourly:   e.in.Rules.Hourly(name.platform),
	}
	for kind := range Kinds {
		h := Holding{Kind: kind, Type: name.typeName, Location: region, Platform: name.platform, Tenancy: name.tenancy}
		switch kind {
		case ZonalRI:
			h.Location = name.zone
		case EC2Plan:
			h.Type = family
		}
		p.scope[kind] = e.scopes[kind].scopes.find(e.scopeOf(&h))
	}
	return p
}

// compareRuns orders runs by what they are, so that their order in the input does not matter.
func compareRuns(a, b *Run) int {
	if c := cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Instance, b.Instance)); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Zone, b.Zone),
		cmp.Compare(a.Platform, b.Platform), cmp.Compare(a.Tenancy, b.Tenancy))
}

// quarters is the normalisation factor of a type that has been checked, times 4.
func quarters(typeName string) int64 {
	factor, err := catalog.Factor(typeName)
	if err != nil {
		panic(err)
	}
	return int64(4 * factor)
}

// numbers gives numbers to names, from 0 in the order in which they come.
type numbers[Name comparable] struct {
	list []Name
	of   map[Name]int32
}

// none is the number of what has none.
const none int32 = -1

func (n *numbers[Name]) number(name Name) int32 {
	if n.of == nil {
		n.of = map[Name]int32{}
	}
	i, known := n.of[name]
	if !known {
		i = int32(len(n.list))
		n.of[name] = i
		n.list = append(n.list, name)
	}
	return i
}

func (n *numbers[Name]) find(name Name) int32 {
	if i, known := n.of[name]; known {
		return i
	}
	return none
}
