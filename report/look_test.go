package report

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"trough.internal/models"
)

// TestLook writes plots of made-up runs for a person to look at: TROUGH_LOOK=dir go test -run TestLook ./report
func TestLook(t *testing.T) {
	dir := os.Getenv("TROUGH_LOOK")
	if dir == "" {
		t.Skip("TROUGH_LOOK names no directory")
	}
	empty := synthetic(5, fewTypes)
	empty.Rows, empty.Spans = nil, nil
	short := synthetic(1, fewTypes)
	short.Until = short.From + 5400
	never := synthetic(5, fewTypes)
	never.Rows = slices.DeleteFunc(never.Rows, func(r models.SeriesRow) bool {
		return r.Series == models.SeriesBorrowed || r.Series == models.SeriesOverdraft || r.Series == models.SeriesCost
	})
	year := synthetic(200, fewTypes[:2])
	for name, s := range map[string]*Series{"five": synthetic(5, fewTypes), "month": synthetic(28, manyTypes), "empty": empty, "short": short, "never": never, "year": year, "hand": handSeries()} {
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(at, 0o755); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		charts := Charts(s)
		t.Log("charts", time.Since(start))
		if err := WriteCharts(at, charts); err != nil {
			t.Fatal(err)
		}
		t.Log(name, len(s.Rows), "rows", time.Since(start))
	}
}
