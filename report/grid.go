package report

import (
	"image/color"
	"math"
	"slices"

	"trough.internal/models"
)

// Grid is several courses over the same instants, for charts that can be looked into.
type Grid struct {
	Time    []models.Instant
	Courses []Course
}

// Course is one of them.
type Course struct {
	Name   string
	Colour color.RGBA
	Values []int64
	Pool   models.PoolKey // what it is of, as far as it is of one region, zone or type
}

// Nothing stands for a value that nobody knows.
const Nothing = math.MinInt64

// gridder thins courses out to two instants of each column of time. Apart, every course has its own smallest and largest
// value of the column there, in the order in which they came; together, all have those of the two instants at which their
// sum was smallest and largest, so that a stack of them was really that high.
type gridder struct {
	grid     Grid
	from     models.Instant
	until    models.Instant
	width    models.Instant
	together bool

	now       []int64
	column    int
	first     [][2]int64 // by course: smallest and largest
	when      [][2]models.Instant
	sums      [2]int64
	sumsAt    [2]models.Instant
	snapshots [2][]int64
}

func newGridder(s *Series, courses []Course, columns int, together bool) *gridder {
	n := len(courses)
	g := &gridder{grid: Grid{Courses: courses}, from: s.From, until: s.Until, together: together, now: make([]int64, n),
		width: max(120, (s.Until-s.From+models.Instant(columns)-1)/models.Instant(columns)),
		first: make([][2]int64, n), when: make([][2]models.Instant, n), snapshots: [2][]int64{make([]int64, n), make([]int64, n)}}
	g.open(s.From)
	return g
}

// open begins a column with what holds at its start.
func (g *gridder) open(at models.Instant) {
	for k, v := range g.now {
		g.first[k], g.when[k] = [2]int64{v, v}, [2]models.Instant{at, at}
	}
	total := sum(g.now)
	g.sums, g.sumsAt = [2]int64{total, total}, [2]models.Instant{at, at}
	copy(g.snapshots[0], g.now)
	copy(g.snapshots[1], g.now)
}

// add says that the courses are now so from an instant on.
func (g *gridder) add(at models.Instant) {
	switch at {
	case g.until: // it has no length
		return
	case g.from + models.Instant(g.column)*g.width:
		g.open(at)
		return
	}
	for k, v := range g.now {
		switch {
		case v == Nothing:
		case g.first[k][0] == Nothing:
			g.first[k], g.when[k] = [2]int64{v, v}, [2]models.Instant{at, at}
		case v < g.first[k][0]:
			g.first[k][0], g.when[k][0] = v, at
		case v > g.first[k][1]:
			g.first[k][1], g.when[k][1] = v, at
		}
	}
	if !g.together {
		return
	}
	total := sum(g.now)
	if total < g.sums[0] {
		g.sums[0], g.sumsAt[0] = total, at
		copy(g.snapshots[0], g.now)
	}
	if total > g.sums[1] {
		g.sums[1], g.sumsAt[1] = total, at
		copy(g.snapshots[1], g.now)
	}
}

// upTo ends the columns that end at or before an instant; it is called before the courses change.
func (g *gridder) upTo(at models.Instant) {
	for {
		end := g.from + models.Instant(g.column+1)*g.width
		if end > at || end-g.width >= g.until {
			return
		}
		g.flush()
		g.column++
		g.open(end)
	}
}

func (g *gridder) flush() {
	at := g.from + models.Instant(g.column)*g.width
	g.grid.Time = append(g.grid.Time, at, at+min(g.width, g.until-at)/2)
	for k := range g.grid.Courses {
		c := &g.grid.Courses[k]
		low, top := g.first[k][0], g.first[k][1]
		before := g.when[k][0] <= g.when[k][1]
		if g.together {
			low, top = g.snapshots[0][k], g.snapshots[1][k]
			before = g.sumsAt[0] <= g.sumsAt[1]
		}
		if !before {
			low, top = top, low
		}
		c.Values = append(c.Values, low, top)
	}
}

func (g *gridder) end() Grid {
	g.upTo(g.until)
	if g.from+models.Instant(g.column)*g.width < g.until {
		g.flush()
	}
	return g.grid
}

// GridOf is the courses of one series by what its keys are grouped to, the sums of each group. Courses are in the order
// of groups; keys of group -1 are left out.
func GridOf(s *Series, id models.SeriesID, courses []Course, group []int, columns int, together bool) Grid {
	g := newGridder(s, courses, columns, together)
	value := make([]int64, len(group))
	s.changes([]models.SeriesID{id}, func(row models.SeriesRow) {
		g.upTo(row.At)
		if k := group[row.Key]; k >= 0 {
			g.now[k] += row.Value - value[row.Key]
			value[row.Key] = row.Value
		}
	}, g.add)
	return g.end()
}

// SurplusGrid is the surplus of every pool of the market, reserved - in use - borrowed; Nothing where nobody knows.
func SurplusGrid(s *Series, courses []Course, columns int) Grid {
	g := newGridder(s, courses, columns, false)
	pools := make([]utilisedPool, len(s.Pools))
	for k := range courses {
		pools[k].inUse, g.now[k] = int64(models.Unknown), Nothing
	}
	g.open(s.From)
	s.changes([]models.SeriesID{models.SeriesReserved, models.SeriesInUse, models.SeriesBorrowed}, func(row models.SeriesRow) {
		g.upTo(row.At)
		if int(row.Key) >= len(courses) {
			return
		}
		p := &pools[row.Key]
		p.set(row)
		g.now[row.Key] = Nothing
		if p.inUse != int64(models.Unknown) {
			g.now[row.Key] = p.reserved - p.inUse - p.borrowed
		}
	}, g.add)
	return g.end()
}

// StepsGrid is the layers of a chart as courses.
func StepsGrid(from, until models.Instant, layers []Layer, columns int) Grid {
	var courses []Course
	for _, l := range layers {
		courses = append(courses, Course{Name: l.Label, Colour: l.Colour})
	}
	g := newGridder(&Series{From: from, Until: until}, courses, columns, false)
	next := make([]int, len(layers))
	for {
		at := models.Never
		for k, i := range next {
			if i < len(layers[k].Steps) {
				at = min(at, layers[k].Steps[i].At)
			}
		}
		if at >= until {
			return g.end()
		}
		g.upTo(at)
		for k := range next {
			if steps := layers[k].Steps; next[k] < len(steps) && steps[next[k]].At == at {
				g.now[k] = steps[next[k]].Value
				next[k]++
			}
		}
		g.add(at)
	}
}

// WithoutZeros leaves out courses in which nothing ever was.
func (g Grid) WithoutZeros() Grid {
	g.Courses = slices.DeleteFunc(g.Courses, func(c Course) bool {
		return !slices.ContainsFunc(c.Values, func(v int64) bool { return v != 0 && v != Nothing })
	})
	return g
}
