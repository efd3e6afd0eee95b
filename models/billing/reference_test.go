package billing

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"trough.internal/models"
	"trough.internal/models/catalog"
)

// slowBill is the same bill, worked out as one would by hand: it looks at every second, compares names, and counts in
// fractions. It returns its lines as text, for comparison. Nothing in it is shared with the engine but the input's types.
func slowBill(in Input) slow {
	s := slow{in: in, total: new(big.Rat), missing: map[string]bool{}}
	for hour := in.From; hour < in.Until; hour += 3600 {
		s.hour(hour)
	}
	s.capacity()
	s.finish()
	return s
}

type slow struct {
	in       Input
	lines    []string
	holdings []string
	total    *big.Rat // micro-USD
	unpriced []string

	missing map[string]bool
	unused  map[int]*big.Rat // hours, by holding
	usd     map[int]*big.Rat
	lacking map[int]bool
}

// usage is what a run is billed in an hour, in instance-hours.
type usage struct {
	Run
	index       int
	begin       models.Instant
	whole, left *big.Rat
	parts       map[string]*big.Rat
}

func (s *slow) hour(hour models.Instant) {
	var all []*usage
	for i, r := range s.in.Runs {
		if begin, seconds := s.seconds(r, hour); seconds > 0 {
			u := &usage{Run: r, index: i, begin: begin, whole: big.NewRat(seconds, 3600), parts: map[string]*big.Rat{}}
			u.left = new(big.Rat).Set(u.whole)
			all = append(all, u)
		}
	}
	var order []int
	for i := range s.in.Holdings {
		order = append(order, i)
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(s.in.Holdings[a].ID, s.in.Holdings[b].ID) })
	left := make([]*big.Rat, len(order)) // normalised hours, or micro-USD
	counts := make([]bool, len(order))
	for _, i := range order {
		h := s.in.Holdings[i]
		counts[i] = holdsAt(h, hour+3599)
		switch {
		case !counts[i]:
			left[i] = new(big.Rat)
		case h.Kind == EC2Plan || h.Kind == ComputePlan:
			left[i] = big.NewRat(int64(h.Commit), 1)
		case h.Kind != CapacityReservation:
			left[i] = new(big.Rat).Mul(big.NewRat(h.Count, 1), factor(h.Type))
		}
	}
	for _, kind := range []Kind{ZonalRI, RegionalRI, EC2Plan, ComputePlan} {
		for _, own := range []bool{true, false} {
			for _, i := range order {
				if h := s.in.Holdings[i]; h.Kind == kind {
					s.cover(h, left[i], all, own, hour)
				}
			}
		}
	}
	for _, i := range order {
		h := s.in.Holdings[i]
		if !counts[i] || h.Kind == CapacityReservation {
			continue
		}
		if h.Kind == EC2Plan || h.Kind == ComputePlan {
			s.lose(i, new(big.Rat).Quo(left[i], big.NewRat(int64(h.Commit), 1)), big.NewRat(int64(h.Commit), 1))
		} else {
			s.lose(i, new(big.Rat).Quo(left[i], factor(h.Type)), new(big.Rat))
		}
	}
	for _, u := range all {
		s.write(u, hour)
	}
}

// seconds looks at each second of an hour: the first in which something begins that is billed, and how much that is.
func (s *slow) seconds(r Run, hour models.Instant) (begin models.Instant, seconds int64) {
	hourly := s.in.Rules.Hourly(r.Platform)
	for t := hour; t < hour+3600; t++ {
		running := r.Start <= t && t < r.End
		counts := running
		if hourly && s.in.Rules.Hours == Begun {
			counts = running && (t-r.Start)%3600 == 0
		}
		if counts && seconds == 0 {
			begin = t
		}
		if counts {
			seconds++
		}
		if !hourly && t == r.End && r.End-r.Start < 60 {
			if seconds == 0 {
				begin = t
			}
			seconds += int64(60 - (r.End - r.Start))
		}
	}
	if hourly && seconds > 0 {
		seconds = 3600
	}
	return begin, seconds
}

func holdsAt(h Holding, last models.Instant) bool {
	return h.Start <= last && (last < h.End || last == h.End)
}

func factor(typeName string) *big.Rat {
	f, err := catalog.Factor(typeName)
	if err != nil {
		panic(err)
	}
	return new(big.Rat).SetFloat64(f)
}

func (s *slow) cover(h Holding, left *big.Rat, all []*usage, own bool, hour models.Instant) {
	var candidates []*usage
	for _, u := range all {
		if (u.Account == h.Account) == own && s.matches(h, u.Run) {
			candidates = append(candidates, u)
		}
	}
	plan := h.Kind == EC2Plan || h.Kind == ComputePlan
	slices.SortFunc(candidates, func(a, b *usage) int {
		first := factor(a.Type).Cmp(factor(b.Type))
		if plan {
			first = s.bySaving(h.Kind, a.Run, b.Run, hour)
		}
		return cmp.Or(first, cmp.Compare(a.begin, b.begin), strings.Compare(a.Account, b.Account), strings.Compare(a.Instance, b.Instance),
			cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End), strings.Compare(a.Type, b.Type), strings.Compare(a.Zone, b.Zone),
			cmp.Compare(a.Platform, b.Platform), cmp.Compare(a.Tenancy, b.Tenancy))
	})
	for _, u := range candidates {
		switch {
		case u.left.Sign() == 0 || left.Sign() == 0:
		case plan:
			s.spend(h, left, u, hour)
		default:
			part := new(big.Rat).Quo(left, factor(u.Type))
			if part.Cmp(u.left) > 0 {
				part.Set(u.left)
			}
			left.Sub(left, new(big.Rat).Mul(part, factor(u.Type)))
			u.take(h.ID, part)
		}
	}
}

func (s *slow) matches(h Holding, r Run) bool {
	family := strings.Split(r.Type, ".")[0]
	region := r.Zone[:len(r.Zone)-1]
	same := h.Platform == r.Platform && h.Tenancy == r.Tenancy
	switch h.Kind {
	case ZonalRI:
		return same && h.Type == r.Type && h.Location == r.Zone
	case RegionalRI:
		if !s.in.Rules.Regional() {
			return false
		}
		if s.in.Rules.Flexible(family, r.Platform, r.Tenancy) {
			return same && strings.Split(h.Type, ".")[0] == family && h.Location == region
		}
		return same && h.Type == r.Type && h.Location == region
	case EC2Plan:
		return h.Type == family && h.Location == region
	}
	return h.Kind == ComputePlan
}

func (s *slow) rate(r Run, hour models.Instant) Rate {
	return s.in.Rates.Rate(RateKey{r.Type, r.Zone[:len(r.Zone)-1], r.Platform, r.Tenancy}, hour)
}

func (s *slow) planRate(kind Kind, r Run, hour models.Instant) models.MicroUSDPerHour {
	if kind == EC2Plan {
		return s.rate(r, hour).EC2Plan
	}
	return s.rate(r, hour).ComputePlan
}

// bySaving compares savings as fractions; one that cannot be told is below all.
func (s *slow) bySaving(kind Kind, a, b Run, hour models.Instant) int {
	saving := func(r Run) *big.Rat {
		onDemand := s.rate(r, hour).OnDemand
		if onDemand <= 0 {
			return big.NewRat(-1e18, 1)
		}
		return big.NewRat(int64(onDemand-s.planRate(kind, r, hour)), int64(onDemand))
	}
	return cmp.Or(saving(b).Cmp(saving(a)), cmp.Compare(s.planRate(kind, a, hour), s.planRate(kind, b, hour)))
}

func (s *slow) spend(h Holding, left *big.Rat, u *usage, hour models.Instant) {
	rate := s.planRate(h.Kind, u.Run, hour)
	if rate == Unpriced {
		return
	}
	if cost := round(new(big.Rat).Mul(u.left, big.NewRat(int64(rate), 1))); cost.Cmp(left) <= 0 {
		left.Sub(left, cost)
		u.take(h.ID, new(big.Rat).Set(u.left))
		return
	}
	// What the rest buys, in whole seconds of a quarter of a unit of the normalisation factor.
	unit := new(big.Rat).Mul(factor(u.Type), big.NewRat(4*3600, 1))
	buys := new(big.Rat).Mul(new(big.Rat).Quo(left, big.NewRat(int64(rate), 1)), unit)
	whole := new(big.Int).Quo(buys.Num(), buys.Denom())
	left.SetInt64(0)
	u.take(h.ID, new(big.Rat).Quo(new(big.Rat).SetInt(whole), unit))
}

func (u *usage) take(id string, part *big.Rat) {
	if part.Sign() > 0 {
		u.parts[id] = part
		u.left.Sub(u.left, part)
	}
}

// round is to a whole number, half away from zero; nothing here is negative.
func round(x *big.Rat) *big.Rat {
	twice := new(big.Rat).Add(new(big.Rat).Mul(x, big.NewRat(2, 1)), big.NewRat(1, 1))
	two := new(big.Int).Mul(twice.Denom(), big.NewInt(2))
	return new(big.Rat).SetInt(new(big.Int).Quo(twice.Num(), two))
}

func (s *slow) write(u *usage, hour models.Instant) {
	if u.left.Sign() > 0 {
		u.parts["on-demand"] = u.left
	}
	for id, part := range u.parts {
		usd, unpriced := new(big.Rat), false
		if id == "on-demand" {
			usd, unpriced = s.price(u.Run, part, hour)
			s.total.Add(s.total, usd)
		}
		s.lines = append(s.lines, lineText(hour, u.Run, id, part, usd, unpriced))
	}
}

func (s *slow) price(r Run, part *big.Rat, hour models.Instant) (usd *big.Rat, unpriced bool) {
	rate := s.rate(r, hour).OnDemand
	if rate == Unpriced {
		s.missing[fmt.Sprint(r.Zone[:len(r.Zone)-1], " ", r.Type, " ", r.Platform, " ", r.Tenancy)] = true
		return new(big.Rat), true
	}
	return round(new(big.Rat).Mul(part, big.NewRat(int64(rate), 1))), false
}

func (s *slow) lose(i int, hours, usd *big.Rat) {
	if s.unused == nil {
		s.unused, s.usd, s.lacking = map[int]*big.Rat{}, map[int]*big.Rat{}, map[int]bool{}
	}
	if s.unused[i] == nil {
		s.unused[i], s.usd[i] = new(big.Rat), new(big.Rat)
	}
	s.unused[i].Add(s.unused[i], hours)
	s.usd[i].Add(s.usd[i], usd)
}

// capacity counts in each second what runs, and fills the reservations.
func (s *slow) capacity() {
	var order []int
	for i, h := range s.in.Holdings {
		if h.Kind == CapacityReservation {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(s.in.Holdings[a].ID, s.in.Holdings[b].ID) })
	idle := map[int]map[models.Instant]int64{} // instance-seconds, by holding and clock hour
	hour := s.in.From
	for t := s.in.From; t < s.in.Until && len(order) > 0; t++ {
		if t == hour+3600 {
			hour = t
		}
		free := map[int]bool{} // runs that nobody's reservation holds
		for i, r := range s.in.Runs {
			free[i] = r.Start <= t && t < r.End
		}
		for _, i := range order {
			h := s.in.Holdings[i]
			if t < h.Start || h.End <= t {
				continue
			}
			places := h.Count
			for k, r := range s.in.Runs {
				if places > 0 && free[k] && r.Account == h.Account && r.Type == h.Type && r.Zone == h.Location && r.Platform == h.Platform && r.Tenancy == h.Tenancy {
					places, free[k] = places-1, false
				}
			}
			if idle[i] == nil {
				idle[i] = map[models.Instant]int64{}
			}
			idle[i][hour] += places
		}
	}
	for _, i := range order {
		h := s.in.Holdings[i]
		like := Run{Type: h.Type, Zone: h.Location, Platform: h.Platform, Tenancy: h.Tenancy}
		seconds, last := new(big.Rat), models.Never // at one rate, and an hour of it
		settle := func() {
			if seconds.Sign() > 0 {
				usd, unpriced := s.price(like, seconds, last)
				s.lose(i, seconds, usd)
				s.lacking[i] = s.lacking[i] || unpriced
			}
			seconds = new(big.Rat)
		}
		for hour := s.in.From; hour < s.in.Until; hour += 3600 {
			if idle[i][hour] == 0 {
				continue
			}
			if last != models.Never && s.rate(like, hour).OnDemand != s.rate(like, last).OnDemand {
				settle()
			}
			seconds.Add(seconds, big.NewRat(idle[i][hour], 3600))
			last = hour
		}
		settle()
	}
}

func (s *slow) finish() {
	slices.Sort(s.lines)
	for i, h := range s.in.Holdings {
		s.lose(i, new(big.Rat), new(big.Rat))
		s.total.Add(s.total, s.usd[i])
		unused, _ := s.unused[i].Float64()
		s.holdings = append(s.holdings, holdingText(h, unused, s.usd[i], s.lacking[i]))
	}
	slices.Sort(s.holdings)
	for name := range s.missing {
		s.unpriced = append(s.unpriced, name)
	}
	slices.Sort(s.unpriced)
}

func lineText(hour models.Instant, r Run, coveredBy string, part, usd *big.Rat, unpriced bool) string {
	return fmt.Sprint(hour, " ", r.Account, " ", r.Instance, " ", coveredBy, " ", r, " ", part.RatString(), " h ", usd.RatString(), " ", unpriced)
}

func holdingText(h Holding, unused float64, usd *big.Rat, unpriced bool) string {
	return fmt.Sprintf("%+v %.9f h %s %v", h, unused, usd.RatString(), unpriced)
}
