package sim

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"trough.internal/models"
	"trough.internal/models/random"
	"trough.internal/policies"
	"trough.internal/traces"
)

// A year of minutes of hundreds of pools streams: what a run holds is a window, not the trace.
func TestLongYearOf600PoolsReplaysBelowAGigabyte(t *testing.T) {
	days, pools := 364, 600
	if os.Getenv("TROUGH_LONG") == "" {
		days = 3
		t.Logf("only %d of 364 days: TROUGH_LONG=1 runs the year", days)
	}
	path := filepath.Join(t.TempDir(), "year.parquet")
	from := models.Instant(1420070400)
	var keys []models.PoolKey
	w := World{Start: from, Until: from + models.Instant(days)*86400, Borrowers: []string{"encoding"}, TelemetryEvery: 60, Lag: 60}
	for p := range pools {
		k := models.PoolKey{Region: "us-east-1", Zone: "us-east-1" + string(rune('a'+p%3)), Type: "t" + string(rune('a'+p/3%26)) + string(rune('a'+p/78)) + ".large"}
		keys = append(keys, k)
	}
	out, err := traces.CreateCapacity(path, traces.Meta{Hold: 24 * time.Hour, Source: "made up"}, keys)
	if err != nil {
		t.Fatal(err)
	}
	luck := random.New(1, "year")
	for m := range days * 1440 {
		at := from + models.Instant(m)*60
		for p := range pools {
			if err := out.Append(models.CapacityChange{At: at, Pool: models.PoolID(p), Reserved: 1000, InUse: int32(500 + luck.Int(uint64(p), uint64(m), 400))}); err != nil {
				t.Fatal(err)
			}
		}
	}
	out.End(w.Until)
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := traces.OpenCapacity(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, k := range r.Pools() {
		w.Pools = append(w.Pools, models.Pool{Region: k.Region, Zone: k.Zone, Type: k.Type, Speed: 1000})
	}
	never := policies.NewPipeline(time.Minute, policies.Limits{})
	var peak uint64
	count := &counter{}
	began := time.Now()
	_, err = New(w, Inputs{Capacity: r}, never, Options{Sink: count, Progress: func(models.Instant) error {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		peak = max(peak, m.Sys-m.HeapReleased)
		return nil
	}}).Run()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d changes of %d pools over %d days replayed in %s with at most %d MB", count.n, pools, days, time.Since(began).Round(time.Millisecond), peak>>20)
	if peak > 1<<30 {
		t.Errorf("the run held %d MB, expected less than 1024", peak>>20)
	}
	if count.n < int64(days)*1440*int64(pools)*99/100 {
		t.Errorf("only %d changes were replayed", count.n)
	}
}

type counter struct{ n int64 }

func (c *counter) Event(models.Event) { c.n++ }
