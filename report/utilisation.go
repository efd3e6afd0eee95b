package report

import (
	"image/color"
	"math"

	"trough.internal/models"
)

// Use is what a group of pools had reserved, used and lent.
type Use struct {
	Name string
	// Means over time, in instances; what nobody knew is in neither.
	Reserved, InUse, Borrowed float64
	SurplusLeast              int64 // of all its pools together, where all were known
	Overdraft                 int64 // the deepest of a pool's, added over pools at one sample
	Chart                     Chart // what could be borrowed, what was, and where it was too much
}

// Utilisation is the use of each group of pools. Of says what group a pool is in; kind is the word for the groups, in the names
// of the charts' files. Groups of base fleets alone are left out.
func Utilisation(s *Series, kind string, of func(models.PoolKey) string, columns int) []Use {
	names, ofPool := s.pooled(of)
	groups := make([]utilised, len(names))
	for k := range groups {
		groups[k].free, groups[k].held, groups[k].over = newReducerOf(s.From, s.Until, columns), newReducerOf(s.From, s.Until, columns), newReducerOf(s.From, s.Until, columns)
		groups[k].least = math.MaxInt64
	}
	seen := make([]utilisedPool, len(s.Pools))
	for p := range seen {
		seen[p].inUse = int64(models.Unknown)
		if p < s.Lendable {
			groups[ofPool[p]].now.unknown++
			groups[ofPool[p]].pools++
		}
	}
	last := s.From
	s.changes([]models.SeriesID{models.SeriesReserved, models.SeriesInUse, models.SeriesBorrowed, models.SeriesOverdraft},
		func(row models.SeriesRow) {
			if int(row.Key) >= s.Lendable {
				return
			}
			if row.At != last {
				integrate(groups, row.At-last)
				last = row.At
			}
			g := &groups[ofPool[row.Key]]
			g.now.take(&seen[row.Key], -1)
			seen[row.Key].set(row)
			g.now.take(&seen[row.Key], 1)
			g.changed = true
		},
		func(at models.Instant) {
			for k := range groups {
				groups[k].sample(at)
			}
		})
	integrate(groups, s.Until-last)
	var list []Use
	for k, name := range names {
		if groups[k].pools > 0 {
			list = append(list, groups[k].use(s, kind, name, s.groupColour(ofPool, k)))
		}
	}
	return list
}

// utilisedPool is what a pool is, in instances.
type utilisedPool struct{ reserved, inUse, borrowed, over int64 }

func (p *utilisedPool) set(row models.SeriesRow) {
	switch row.Series {
	case models.SeriesReserved:
		p.reserved = row.Value
	case models.SeriesInUse:
		p.inUse = row.Value
	case models.SeriesBorrowed:
		p.borrowed = row.Value
	case models.SeriesOverdraft:
		p.over = row.Value
	}
}

// together is what the pools of a group are, in instances.
type together struct {
	reserved, inUse, borrowed, free, over int64
	unknown                               int // pools
}

// take adds a pool to its group, or takes it away.
func (g *together) take(p *utilisedPool, sign int64) {
	g.reserved += sign * p.reserved
	g.borrowed += sign * p.borrowed
	g.over += sign * p.over
	if p.inUse == int64(models.Unknown) {
		g.unknown += int(sign)
		return
	}
	g.inUse += sign * p.inUse
	g.free += sign * max(0, p.reserved-p.inUse)
}

// utilised is a group of pools: what it is, its sums over time, and its courses.
type utilised struct {
	now                       together
	pools                     int
	changed                   bool
	free, held, over          *reducer
	seconds                   float64
	reserved, inUse, borrowed float64 // instance-seconds
	least, deepest            int64
}

func integrate(groups []utilised, seconds models.Instant) {
	d := float64(seconds)
	for k := range groups {
		g := &groups[k]
		g.seconds += d
		g.reserved += d * float64(g.now.reserved)
		g.inUse += d * float64(g.now.inUse)
		g.borrowed += d * float64(g.now.borrowed)
	}
}

func (g *utilised) sample(at models.Instant) {
	if !g.changed {
		return
	}
	g.changed = false
	g.free.add(at, g.now.free)
	g.held.add(at, g.now.borrowed)
	g.over.add(at, g.now.over)
	g.deepest = max(g.deepest, g.now.over)
	if g.now.unknown == 0 {
		g.least = min(g.least, g.now.reserved-g.now.inUse-g.now.borrowed)
	}
}

func (g *utilised) use(s *Series, kind, name string, colour color.RGBA) Use {
	c := Chart{Name: kind + "-" + fileName(name), Title: name, Empty: "nothing to borrow"}
	c.name(s, "instances")
	c.Layers = []Layer{
		{Label: "borrowed", Colour: colour, Steps: g.held.steps()},
		{Label: "reserved - in use", Colour: colourInk, Shape: Line, Steps: g.free.steps()},
	}
	c.Below = &Layer{Label: "overdraft", Colour: colourAlarm, Steps: g.over.steps()}
	seconds := max(1, g.seconds)
	return Use{Name: name, Chart: c, Reserved: g.reserved / seconds, InUse: g.inUse / seconds, Borrowed: g.borrowed / seconds,
		SurplusLeast: g.least, Overdraft: g.deepest}
}

// groupColour is the type's colour where all pools of a group have one type.
func (s *Series) groupColour(ofPool []int, k int) color.RGBA {
	_, typeOf := s.types()
	of := -1
	for p, group := range ofPool {
		switch {
		case group != k:
		case of >= 0 && typeOf[p] != of:
			return colourBorrowed
		default:
			of = typeOf[p]
		}
	}
	return typeColour(of)
}

// fileName is a name as files can have it.
func fileName(name string) string {
	safe := []byte(name)
	for i, b := range safe {
		if !(b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '.' || b == '-') {
			safe[i] = '-'
		}
	}
	return string(safe)
}
