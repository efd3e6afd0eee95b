package report

import (
	"testing"

	"pgregory.net/rapid"
	"trough.internal/models"
)

// drawSeries is random rows of a few pools, some of them after the end.
func drawSeries(t *rapid.T) *Series {
	s := &Series{From: testFrom, Until: testFrom + models.Instant(rapid.IntRange(60, 40_000).Draw(t, "span")), Lendable: 3}
	for range 3 {
		s.Pools = append(s.Pools, models.PoolKey{Region: "us-east-1", Zone: "us-east-1a", Type: "r3.xlarge"})
	}
	at := testFrom
	for range rapid.IntRange(0, 200).Draw(t, "rows") {
		at += 60 * models.Instant(rapid.IntRange(0, 20).Draw(t, "gap"))
		row := models.SeriesRow{At: at, Key: int16(rapid.IntRange(0, 2).Draw(t, "pool")), Value: int64(rapid.IntRange(-1, 9).Draw(t, "value")),
			Series: rapid.SampledFrom([]models.SeriesID{models.SeriesReserved, models.SeriesInUse, models.SeriesBorrowed}).Draw(t, "series")}
		if row.Series != models.SeriesInUse {
			row.Value = max(0, row.Value)
		}
		s.Rows = append(s.Rows, row)
	}
	return s
}

// valuesAt is what a series' keys were at an instant, the plain way.
func valuesAt(s *Series, id models.SeriesID, at models.Instant, start int64) []int64 {
	values := []int64{start, start, start}
	for _, row := range s.Rows {
		if row.Series == id && row.At <= at {
			values[row.Key] = row.Value
		}
	}
	return values
}

// Whatever a course was within a column, the column's two values are its smallest and largest then.
func TestAGridKeepsEveryPeakAndValley(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSeries(t)
		columns := rapid.IntRange(1, 50).Draw(t, "columns")
		g := GridOf(s, models.SeriesBorrowed, make([]Course, 3), []int{0, 1, 2}, columns, false)
		surplus := SurplusGrid(s, make([]Course, 3), columns)
		if len(g.Time) > 2*columns || len(g.Time)%2 != 0 || len(surplus.Time) != len(g.Time) {
			t.Fatalf("%d and %d times of %d columns", len(g.Time), len(surplus.Time), columns)
		}
		for k := 0; k < len(g.Time); k += 2 {
			var held, free [3]extremes
			until := s.Until
			if k+2 < len(g.Time) {
				until = g.Time[k+2]
			}
			for at := g.Time[k]; at < until; at += 60 - at%60 {
				borrowed, inUse, reserved := valuesAt(s, models.SeriesBorrowed, at, 0), valuesAt(s, models.SeriesInUse, at, int64(models.Unknown)), valuesAt(s, models.SeriesReserved, at, 0)
				for p := range 3 {
					held[p].take(borrowed[p])
					if inUse[p] != int64(models.Unknown) {
						free[p].take(reserved[p] - inUse[p] - borrowed[p])
					}
				}
			}
			for p := range 3 {
				held[p].check(t, "borrowed", g.Courses[p].Values[k:k+2])
				free[p].check(t, "surplus", surplus.Courses[p].Values[k:k+2])
			}
		}
	})
}

type extremes struct {
	any       bool
	low, high int64
}

func (e *extremes) take(v int64) {
	if !e.any {
		e.low, e.high = v, v
	}
	e.any, e.low, e.high = true, min(e.low, v), max(e.high, v)
}

func (e *extremes) check(t *rapid.T, what string, got []int64) {
	if !e.any {
		e.low, e.high = Nothing, Nothing
	}
	if low, high := min(got[0], got[1]), max(got[0], got[1]); low != e.low || high != e.high {
		t.Fatalf("%s: %v, want %d and %d", what, got, e.low, e.high)
	}
}

// A stack of courses that are thinned out each by itself would be higher than it ever was.
func TestAStackedGridIsNeverHigherThanItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSeries(t)
		g := GridOf(s, models.SeriesBorrowed, make([]Course, 3), []int{0, 1, 2}, 10, true)
		top, was := int64(0), int64(0)
		for k := range g.Time {
			top = max(top, g.Courses[0].Values[k]+g.Courses[1].Values[k]+g.Courses[2].Values[k])
		}
		for at := s.From; at < s.Until; at += 60 - at%60 {
			was = max(was, sum(valuesAt(s, models.SeriesBorrowed, at, 0)))
		}
		if top != was {
			t.Fatalf("the stack is up to %d, and was up to %d", top, was)
		}
	})
}

func TestUtilisationIsThatOfACalculationByHand(t *testing.T) {
	s := handSeries()
	uses := Utilisation(s, "zone", func(k models.PoolKey) string { return k.Zone }, 300)
	if len(uses) != 2 {
		t.Fatalf("%d zones", len(uses))
	}
	// Zone a: 10 and 8 reserved; 4 in use for 3 minutes and 8 for 7, beside 9; 3 borrowed for 3 minutes and 1 for 6, beside 2 for 4.
	a := uses[0]
	if a.Name != "us-east-1a" || a.Reserved != 18 || a.InUse != 9+(4*3+8*7)/10.0 || a.Borrowed != (3*3+1*6+2*4)/10.0 || a.SurplusLeast != 18-17-5 || a.Overdraft != 3 {
		t.Errorf("%+v", a)
	}
	// Nobody knew until minute 4 what the owners of zone b used: the 5 that were reserved could not be borrowed before.
	b := uses[1]
	if b.Name != "us-east-1b" || b.SurplusLeast != 5 || b.InUse != 0 || len(b.Chart.Layers[1].Steps) != 2 || b.Chart.Layers[1].Steps[1] != (Step{testFrom + 240, 5}) {
		t.Errorf("%+v", b)
	}
}
