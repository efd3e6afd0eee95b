package report

import (
	"fmt"
	"image/color"
	"time"

	"trough.internal/models"
)

// Charts are the plots of a run, in the order of a report.
func Charts(s *Series) []Chart {
	return []Chart{BorrowedByType(s), SurplusAgainstBorrowed(s), QueueByPriority(s), OverdraftCost(s)}
}

// BorrowedByType is what was borrowed of each instance type, stacked.
func BorrowedByType(s *Series) Chart {
	names, typeOf := s.types()
	return borrowedBy(s, "Borrowed instances by type", names, typeOf, "other types")
}

// BorrowedByRegion is what was borrowed in each region, stacked.
func BorrowedByRegion(s *Series) Chart {
	names, regionOf := s.regions()
	return borrowedBy(s, "Borrowed instances by region", names, regionOf, "other regions")
}

// borrowedBy stacks what was borrowed by what the pools are called.
func borrowedBy(s *Series, title string, names []string, nameOf []int, others string) Chart {
	list, ofPool := bands(s, names, nameOf, others)
	stack := make([]*reducer, len(list))
	total := int64(0)
	for k := range stack {
		stack[k] = newReducer(s.From, s.Until)
		total += list[k].seconds
	}
	held := make([]int64, len(list))
	by := make([]int64, len(s.Pools))
	s.changes([]models.SeriesID{models.SeriesBorrowed}, func(row models.SeriesRow) {
		held[ofPool[row.Key]] += row.Value - by[row.Key]
		by[row.Key] = row.Value
	}, func(at models.Instant) {
		upTo := int64(0)
		for k := range held {
			upTo += held[k]
			stack[k].add(at, upTo)
		}
	})
	c := Chart{Name: "borrowed", Title: title, Legend: "of borrowed hours", Empty: "nothing borrowed", Stacked: true}
	c.name(s, "instances")
	for k := len(list) - 1; k >= 0; k-- {
		if b := list[k]; b.seconds > 0 {
			c.Layers = append(c.Layers, Layer{Label: b.name, Second: percent(float64(b.seconds) / float64(total)),
				Colour: b.colour, Steps: stack[k].steps()})
		}
	}
	return c
}

// SurplusAgainstBorrowed is what could be borrowed, what was, and where it was too much.
func SurplusAgainstBorrowed(s *Series) Chart {
	reserved, inUse, borrowed := make([]int64, len(s.Pools)), make([]int64, len(s.Pools)), make([]int64, len(s.Pools))
	for p := range inUse {
		inUse[p] = int64(models.Unknown)
	}
	over := make([]int64, len(s.Pools))
	free, used, deep := newReducer(s.From, s.Until), newReducer(s.From, s.Until), newReducer(s.From, s.Until)
	column := map[models.SeriesID][]int64{models.SeriesReserved: reserved, models.SeriesInUse: inUse,
		models.SeriesBorrowed: borrowed, models.SeriesOverdraft: over}
	s.changes([]models.SeriesID{models.SeriesReserved, models.SeriesInUse, models.SeriesBorrowed, models.SeriesOverdraft},
		func(row models.SeriesRow) { column[row.Series][row.Key] = row.Value },
		func(at models.Instant) {
			available := int64(0)
			for p := range reserved {
				if inUse[p] != int64(models.Unknown) {
					available += max(0, reserved[p]-inUse[p])
				}
			}
			free.add(at, available)
			used.add(at, sum(borrowed))
			deep.add(at, sum(over))
		})
	c := Chart{Name: "surplus", Title: "What could be borrowed, and what was", Empty: "nothing to borrow, nothing borrowed"}
	c.name(s, "instances")
	c.Layers = []Layer{
		{Label: "borrowed", Colour: colourBorrowed, Steps: used.steps()},
		{Label: "reserved - in use", Colour: colourInk, Shape: Line, Steps: free.steps()},
	}
	if c.Layers[0].top() == 0 {
		c.Layers[0].Label = "nothing borrowed"
	}
	c.Below = &Layer{Label: "overdraft", Colour: colourAlarm, Steps: deep.steps()}
	c.Shades = s.shades()
	return c
}

// QueueByPriority is the jobs that waited: the most urgent as a line, the others as an area.
func QueueByPriority(s *Series) Chart {
	var waiting [models.Classes]int64
	high, rest := newReducer(s.From, s.Until), newReducer(s.From, s.Until)
	s.changes([]models.SeriesID{models.SeriesQueued}, func(row models.SeriesRow) { waiting[row.Key] = row.Value },
		func(at models.Instant) {
			high.add(at, waiting[models.High])
			rest.add(at, waiting[models.Medium]+waiting[models.Low])
		})
	c := Chart{Name: "queue", Title: "Jobs waiting, by priority", Empty: "no job waited"}
	c.name(s, "jobs")
	c.Layers = []Layer{
		{Label: "medium + low", Colour: colourQueue, Steps: rest.steps()},
		{Label: "high", Colour: colourAlarm, Shape: Line, Steps: high.steps()},
	}
	return c
}

// QueueByClass is the jobs of each class that waited.
func QueueByClass(s *Series) Chart {
	var waiting [models.Classes]int64
	var courses [models.Classes]*reducer
	for k := range courses {
		courses[k] = newReducer(s.From, s.Until)
	}
	s.changes([]models.SeriesID{models.SeriesQueued}, func(row models.SeriesRow) { waiting[row.Key] = row.Value },
		func(at models.Instant) {
			for k := range courses {
				courses[k].add(at, waiting[k])
			}
		})
	c := Chart{Name: "queue", Title: "Jobs waiting, by class", Empty: "no job waited"}
	c.name(s, "jobs")
	for k, colour := range []color.RGBA{colourAlarm, colourQueue, colourOther} {
		if l := (Layer{Label: models.Class(k).String(), Colour: colour, Shape: Line, Steps: courses[k].steps()}); l.top() > 0 {
			c.Layers = append(c.Layers, l)
		}
	}
	return c
}

// OverdraftCost is what the borrowed instances beyond the reservations would have cost at the on-demand rate, adding up.
func OverdraftCost(s *Series) Chart {
	by, total := make([]int64, len(s.Pools)), int64(0)
	cost := newReducer(s.From, s.Until)
	s.changes([]models.SeriesID{models.SeriesCost}, func(row models.SeriesRow) {
		total += row.Value - by[row.Key]
		by[row.Key] = row.Value
	}, func(at models.Instant) { cost.add(at, total) })
	c := Chart{Name: "cost", Title: "Instantaneous overdraft cost, cumulative", Divisor: 1e6, Empty: "no overdraft"}
	c.name(s, "USD at the on-demand rate")
	c.Layers = []Layer{{Label: "overdraft", Second: Decimals(float64(total)/1e6, 2) + " USD", Colour: colourAlarm, Shape: Line, Steps: cost.steps()}}
	c.Legend = "at the end"
	return c
}

// name gives a chart what all charts of a run have in common.
func (c *Chart) name(s *Series, unit string) {
	c.From, c.Until = s.From, s.Until
	c.Subtitle = unit + "  |  " + SpanText(s.From, s.Until)
	if s.Title != "" {
		c.Subtitle = unit + "  |  " + s.Title + "  |  " + SpanText(s.From, s.Until)
	}
}

// SpanText is a span as titles write it.
func SpanText(from, until models.Instant) string {
	return fmt.Sprintf("%s to %s UTC (%s)", minuteText(from), minuteText(until), durationText(until.Sub(from)))
}

func minuteText(at models.Instant) string {
	if at%60 != 0 {
		return at.UTC().Format("2006-01-02 15:04:05")
	}
	return at.UTC().Format("2006-01-02 15:04")
}

// durationText rounds to what a reader wants to know: days, hours, minutes or seconds.
func durationText(d time.Duration) string {
	seconds := int64(d / time.Second)
	switch {
	case seconds%86400 == 0 && seconds != 0:
		return plural(seconds/86400, "day")
	case seconds >= 2*86400:
		return fmt.Sprintf("%.1f days", float64(seconds)/86400)
	case seconds%3600 == 0 && seconds != 0:
		return plural(seconds/3600, "hour")
	case seconds >= 2*3600:
		return fmt.Sprintf("%.1f hours", float64(seconds)/3600)
	case seconds%60 == 0 && seconds != 0:
		return plural(seconds/60, "minute")
	}
	return plural(seconds, "second")
}

func plural(n int64, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

func sum(values []int64) int64 {
	total := int64(0)
	for _, v := range values {
		total += v
	}
	return total
}
