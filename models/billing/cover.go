package billing

import (
	"slices"
	"strings"

	"trough.internal/models"
)

// coverReserved covers the hour's items with reserved instances: zonal ones before regional ones, over all accounts.
func (e *engine) coverReserved() {
	for _, kind := range []Kind{ZonalRI, RegionalRI} {
		if !e.gives(kind) || kind == RegionalRI && !e.in.Rules.Regional() {
			continue
		}
		e.order = e.order[:0]
		for i := range e.items {
			if it := &e.items[i]; it.left > 0 { // smallest size first
				e.order = append(e.order, uint64(it.whole/perHour)<<44|uint64(it.begin)<<32|uint64(i))
			}
		}
		e.cover(kind)
	}
}

// gives says whether there is anything of a kind that gives in this hour.
func (e *engine) gives(kind Kind) bool {
	return slices.ContainsFunc(e.held[kind], func(h held) bool { return h.left > 0 })
}

// cover gives what is held of one kind to the items in e.order: to those of the owners' accounts, then to those of others.
func (e *engine) cover(kind Kind) {
	slices.Sort(e.order)
	s := &e.scopes[kind]
	s.fill(e.order, func(i uint32) int32 { return e.pools[e.items[i].pool].scope[kind] })
	for i := range e.held[kind] {
		h := &e.held[kind][i]
		e.give(h, s.items[:s.end[h.scope]], &s.owner[h.claim], h.account)
	}
	for i := range e.held[kind] {
		// What an owner's holding has left, it has left because its scope's items of that account are covered: those that
		// are not are others'.
		h := &e.held[kind][i]
		e.give(h, s.items[:s.end[h.scope]], &s.other[h.scope], anyone)
	}
}

const anyone int32 = -1 // an account

// give covers items in turn, from where the holding before it in the same scope stopped, until nothing is left of it.
func (e *engine) give(h *held, items []int32, next *int32, account int32) {
	for ; h.left > 0 && int(*next) < len(items); *next++ {
		it := &e.items[items[*next]]
		if it.left == 0 || account != anyone && account != it.account {
			continue
		}
		units := e.take(h, it)
		if units > 0 {
			e.link(it, h.index, e.place[h.index], units)
		}
		if it.left > 0 {
			return // the next holding goes on with this item
		}
	}
}

// take is how many of an item's units a holding covers. They are taken from what it has left.
func (e *engine) take(h *held, it *item) int64 {
	if h.kind == EC2Plan || h.kind == ComputePlan {
		units, spent := spend(models.MicroUSD(h.left), e.rates.at(e.pools[it.pool].key, e.hour).plan(h.kind), it.left, it.whole)
		h.left -= int64(spent)
		return units
	}
	units := min(h.left, it.left)
	h.left -= units
	return units
}

// scope is what a holding may cover.
type scope struct {
	name, place string // type or family, and zone or region; nothing is any
	platform    Platform
	tenancy     Tenancy
}

// claim is that of an account on its own holdings.
type claim struct{ scope, account int32 }

// scopeOf is what a holding may cover under the rules: of a regional reserved instance that is flexible in size the whole
// family, of a Savings Plan any platform and tenancy.
func (e *engine) scopeOf(h *Holding) scope {
	switch h.Kind {
	case EC2Plan:
		return scope{name: h.Type, place: h.Location}
	case ComputePlan:
		return scope{}
	case RegionalRI:
		if family, _, _ := strings.Cut(h.Type, "."); e.in.Rules.Flexible(family, h.Platform, h.Tenancy) {
			return scope{name: family, place: h.Location}
		}
	}
	return scope{h.Type, h.Location, h.Platform, h.Tenancy}
}

// scopes are those of one kind of holdings, and the hour's items in each.
type scopes struct {
	scopes numbers[scope]
	claims numbers[claim]
	items  []int32 // by scope, in the order in which they are covered
	end    []int32 // by scope: where its items end
	other  []int32 // by scope: the first item that may not be covered yet
	owner  []int32 // by claim: the same, of the account's items
}

func (s *scopes) init() {
	s.end, s.other = make([]int32, len(s.scopes.list)), make([]int32, len(s.scopes.list))
	s.owner = make([]int32, len(s.claims.list))
}

// fill sorts the hour's items by scope, and keeps their order in each.
func (s *scopes) fill(order []uint64, scopeOf func(item uint32) int32) {
	clear(s.end)
	for _, k := range order {
		if at := scopeOf(uint32(k)); at != none {
			s.end[at]++
		}
	}
	sum := int32(0)
	for at := range s.end {
		s.other[at] = sum
		sum += s.end[at]
		s.end[at] = s.other[at] // grows to the end below
	}
	s.items = slices.Grow(s.items[:0], int(sum))[:sum]
	for _, k := range order {
		if at := scopeOf(uint32(k)); at != none {
			s.items[s.end[at]] = int32(uint32(k))
			s.end[at]++
		}
	}
	for i, c := range s.claims.list {
		s.owner[i] = s.other[c.scope]
	}
}

// held is a holding that can cover something.
type held struct {
	index          int32 // into Input.Holdings
	kind           Kind
	scope, claim   int32
	account        int32
	first, until   models.Instant // the clock hours in which it counts, [first, until)
	gives, whole   int64          // in such an hour, and what one instance or the whole commitment gives: units, or micro-USD
	left           int64          // of what it gives in the hour at hand
	hours          int64          // in which it counted
	unused, remain int64          // what was left in them: times whole, and the remainder
}

// hours are the clock hours in which a holding counts: those in whose last second it is held, where an end of 11:59:59 is
// one of 12:00:00.
func (h *Holding) hours() (first, until models.Instant) {
	return hourOf(h.Start), hourOf(wholeEnd(h.End))
}

// gives is what a holding gives in a clock hour, and what one instance of it, or its whole commitment, does.
func (h *Holding) gives() (all, whole int64) {
	if h.Kind == EC2Plan || h.Kind == ComputePlan {
		return int64(h.Commit), int64(h.Commit)
	}
	whole = quarters(h.Type) * perHour
	return h.Count * whole, whole
}

func (h *held) open(hour models.Instant) {
	h.left = 0
	if h.first <= hour && hour < h.until {
		h.left = h.gives
	}
}

func (h *held) close(hour models.Instant) {
	if h.first <= hour && hour < h.until {
		h.hours++
		h.remain += h.left
		h.unused += h.remain / h.whole
		h.remain %= h.whole
	}
}

// line is the holding's own line. A Savings Plan costs its commitment in each hour in which it counts.
func (h *held) line() HoldingLine {
	l := HoldingLine{Holding: h.index, Unused: float64(h.unused) + float64(h.remain)/float64(h.whole)}
	if h.kind == EC2Plan || h.kind == ComputePlan {
		l.USD = models.MicroUSD(h.hours * h.gives)
	}
	return l
}
