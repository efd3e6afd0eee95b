package measure_test

import (
	"testing"

	"trough.internal/report/measure"
)

func TestBorrowersFiguresAreSharesOfWhatAllBorrowed(t *testing.T) {
	waits := measure.NewHistogram()
	for s := int32(1); s <= 100; s++ {
		waits.Add(s)
	}
	results := []measure.BorrowerResult{
		{Name: "encoding", Held: 900, Arrived: 120, Completed: 100, Starved: 60, Wait: waits},
		{Name: "qa", Held: 300, Wait: measure.NewHistogram()},
	}
	figures := measure.BorrowerFigures(results)
	for key, want := range map[string]float64{"borrower_encoding_share": 75, "borrower_qa_share": 25, "borrower_encoding_completed": 100,
		"borrower_encoding_wait_p50": 50, "borrower_encoding_wait_p95": 95, "borrower_encoding_starved": 60, "borrower_qa_completed": 0} {
		if f, ok := measure.Find(figures, key); !ok || !f.Known || f.Value != want || f.Definition == "" || f.Group != measure.ByBorrower {
			t.Errorf("%s is %+v, expected %v", key, f, want)
		}
	}
	if f, ok := measure.Find(figures, "borrower_qa_wait_p95"); !ok || f.Known || f.Note == "" {
		t.Errorf("the wait of a borrower without jobs is %+v", f)
	}
	if alone := measure.BorrowerFigures(results[:1]); alone != nil {
		t.Errorf("one borrower has figures of its own: %v", alone)
	}
	results[0].Held, results[1].Held = 0, 0
	if f, _ := measure.Find(measure.BorrowerFigures(results), "borrower_qa_share"); f.Known {
		t.Errorf("a share of nothing is %v", f.Value)
	}
}
