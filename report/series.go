package report

import "trough.internal/models"

// Series is what a run recorded of itself over time, and the names of its keys.
type Series struct {
	Title       string             // whose it is, in titles: scenario and policy
	From, Until models.Instant     //
	Pools       []models.PoolKey   // by models.PoolID
	Lendable    int                // how many of Pools are the market's; base fleets follow
	Regions     []string           // by index, as models.Market.Regions
	Rows        []models.SeriesRow // in order of time
	Spans       []Span             // to shade, curfews for one; evacuations are in Rows
}

// Span is a stretch of time with a name.
type Span struct {
	From, Until models.Instant
	Name        string // "curfew"; spans of one name share a colour and a place in the legend
}

// A Step says that something has a value from a time on.
type Step struct {
	At    models.Instant
	Value int64
}

// changes walks through the rows of some series: set is told of every new value and then, once for each
// time, done. What comes after the span is left out.
func (s *Series) changes(of []models.SeriesID, set func(row models.SeriesRow), done func(at models.Instant)) {
	var wanted [models.SeriesIDs]bool
	for _, id := range of {
		wanted[id] = true
	}
	open, at := false, s.From
	for _, row := range s.Rows {
		if !wanted[row.Series] || row.At > s.Until {
			continue
		}
		if open && row.At != at {
			done(at)
		}
		open, at = true, row.At
		set(row)
	}
	if open {
		done(at)
	}
}

// TypeNames lists the instance types in order of their names.
func (s *Series) TypeNames() []string {
	names, _ := s.types()
	return names
}

// Interventions are the evacuations and then the spans that a caller gave, as far as they are within the series'.
func (s *Series) Interventions() []Span {
	var list []Span
	for _, span := range append(s.evacuations(), s.Spans...) {
		if span.Until > s.From && span.From < s.Until {
			list = append(list, Span{max(span.From, s.From), min(span.Until, s.Until), span.Name})
		}
	}
	return list
}

// types lists the instance types in order of their names, and by pool which of them it has.
func (s *Series) types() (names []string, ofPool []int) {
	return s.pooled(func(k models.PoolKey) string { return k.Type })
}

// regions lists the regions likewise, those with base fleets alone too.
func (s *Series) regions() (names []string, ofPool []int) {
	return s.pooled(func(k models.PoolKey) string { return k.Region })
}

func (s *Series) pooled(by func(models.PoolKey) string) (names []string, ofPool []int) {
	for _, p := range s.Pools {
		names = insert(names, by(p))
	}
	for _, p := range s.Pools {
		ofPool = append(ofPool, index(names, by(p)))
	}
	return names, ofPool
}
